#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

/// @file
/// VECTOR (MySQL 9, MariaDB 11.7) as `std::vector<float>`, or as `std::array<float, N>` for a VECTOR(N); also from
/// BLOB and BINARY that hold such numbers, four bytes each, little-endian. A `std::span<float const>` can be a
/// parameter, but is nothing to read into, as the numbers of a packet are not aligned.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

[[nodiscard]] inline bool holds_vectors(Column const& column) noexcept
{
    return column.type == ColumnType::vector || column.type == ColumnType::null ||
           holds_binary(column);
}

/// The numbers in the bytes are as many as `size` floats.
inline void load_floats(FieldView const& field, float* numbers) noexcept
{
    if (field.size() != 0)
        std::memcpy(numbers, field.data(), field.size());
}

/// Not a number and infinity are nothing that a VECTOR can hold.
[[nodiscard]] inline bool write_floats(WireWriter& writer, std::span<float const> numbers)
{
    writer.length_encoded_integer(numbers.size_bytes());
    writer.bytes(numbers.data(), numbers.size_bytes());
    for (float const number : numbers)
        if (!std::isfinite(number))
            return false;
    return true;
}

/// A range of floats in a row, as a parameter.
template <class T>
struct FloatsParameter {
    static constexpr ParameterType parameter_type{ColumnType::blob, false};
    [[nodiscard]] static bool encode(WireWriter& writer, T const& value)
    {
        return write_floats(writer, value);
    }
};

} // namespace detail

/// A vector of any number of dimensions.
template <class Allocator>
struct ValueTraits<std::vector<float, Allocator>>
    : detail::FloatsParameter<std::vector<float, Allocator>> {
    [[nodiscard]] static bool decode(FieldView const& field, std::vector<float, Allocator>& value)
    {
        if (!field.is_text() || !detail::holds_vectors(field.column()) ||
            field.size() % sizeof(float) != 0)
            return false;
        value.resize(field.size() / sizeof(float));
        detail::load_floats(field, value.data());
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_vectors(field.column());
    }
};

/// A vector of so many dimensions; one of another number is an error.
template <std::size_t Size>
struct ValueTraits<std::array<float, Size>> : detail::FloatsParameter<std::array<float, Size>> {
    [[nodiscard]] static bool decode(FieldView const& field,
                                     std::array<float, Size>& value) noexcept
    {
        if (!field.is_text() || !detail::holds_vectors(field.column()) ||
            field.size() != Size * sizeof(float))
            return false;
        detail::load_floats(field, value.data());
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_vectors(field.column());
    }
};

/// Numbers of somebody else's, as a parameter.
template <class T, std::size_t Extent>
    requires std::is_same_v < std::remove_const_t<T>,
float > struct ValueTraits<std::span<T, Extent>> : detail::FloatsParameter<std::span<T, Extent>> {
};

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sealsql::inline SEALSQL_ABI {

/// A BIT(n) whose n is known at run time only; `std::bitset<n>` is the one for the other case. Bit 0 is the
/// last one that SQL writes: b'001' has the value 1.
struct Bits {
    std::uint64_t value = 0;

    /// The column's n, 1 to 64; zero in a parameter that does not say it.
    unsigned size = 0;

    friend bool operator==(Bits const&, Bits const&) = default;
};

/// `size` zeros and ones, the highest bit first.
[[nodiscard]] inline std::string to_string(Bits bits)
{
    std::string text(bits.size, '0');
    for (std::size_t i = 0; i < text.size() && i < 64; ++i)
        if ((bits.value >> i & 1U) != 0)
            text[text.size() - 1 - i] = '1';
    return text;
}

namespace detail {

[[nodiscard]] inline bool holds_bits(Column const& column) noexcept
{
    return column.type == ColumnType::bit || holds_integers(column) || holds_binary(column) ||
           column.type == ColumnType::null;
}

/// Bits are sent as bytes in both protocols, the highest first, as is a literal like b'101'.
/// @return false if they are none, or more than 64, or a negative number
[[nodiscard]] inline bool read_bits(FieldView const& field, std::uint64_t& value) noexcept
{
    if (holds_integers(field.column())) {
        WholeNumber number;
        if (!read_whole_number(field, number) || number.is_negative)
            return false;
        value = number.bits;
        return true;
    }
    if (!field.is_text() || !holds_bits(field.column()) || field.size() == 0 ||
        field.size() > sizeof value)
        return false;
    value = 0;
    for (char const byte : field.bytes())
        value = value << 8U | static_cast<unsigned char>(byte);
    return true;
}

[[nodiscard]] inline bool fits_bits(std::uint64_t value, std::size_t size) noexcept
{
    return size >= 64 || value >> size == 0;
}

} // namespace detail

/// BIT(n), from which its size is taken, binary strings of up to eight bytes, and integers that are not negative.
template <>
struct ValueTraits<Bits> {
    [[nodiscard]] static bool decode(FieldView const& field, Bits& value) noexcept
    {
        Column const& column = field.column();
        if (!detail::read_bits(field, value.value))
            return false;
        value.size = column.type == ColumnType::bit ? column.length
                                                    : static_cast<unsigned>(8 * field.size());
        if (detail::holds_integers(column))
            value.size = 64;
        return value.size <= 64 && detail::fits_bits(value.value, value.size);
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_bits(field.column());
    }

    static constexpr ParameterType parameter_type{ColumnType::big_int, true};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, Bits value)
    {
        writer.integer<8>(value.value);
        return value.size == 0 || (value.size <= 64 && detail::fits_bits(value.value, value.size));
    }
};

/// The same with a number of bits that is known; a value with others set is an error.
template <std::size_t Size>
    requires(Size <= 64)
struct ValueTraits<std::bitset<Size>> {
    [[nodiscard]] static bool decode(FieldView const& field, std::bitset<Size>& value) noexcept
    {
        std::uint64_t bits = 0;
        if (!detail::read_bits(field, bits) || !detail::fits_bits(bits, Size))
            return false;
        value = std::bitset<Size>{bits};
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_bits(field.column());
    }

    static constexpr ParameterType parameter_type{ColumnType::big_int, true};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, std::bitset<Size> const& value)
    {
        writer.integer<8>(value.to_ullong());
        return true;
    }
};

} // namespace sealsql::inline SEALSQL_ABI

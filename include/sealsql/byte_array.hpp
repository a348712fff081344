#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <array>
#include <cstddef>
#include <cstring>

namespace sealsql::inline SEALSQL_ABI {

/// Exactly so many bytes: a BINARY(Size), which comes with zeros behind what was put in. A value of another
/// size is an error, never cut.
template <std::size_t Size>
struct ValueTraits<std::array<std::byte, Size>> {
    [[nodiscard]] static bool decode(FieldView const& field,
                                     std::array<std::byte, Size>& value) noexcept
    {
        if (!field.is_text() || field.size() != Size)
            return false;
        if constexpr (Size != 0)
            std::memcpy(value.data(), field.data(), Size);
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept { return field.is_text(); }

    static constexpr ParameterType parameter_type{ColumnType::blob, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer,
                                     std::array<std::byte, Size> const& value)
    {
        writer.length_encoded_integer(Size);
        writer.bytes(value.data(), Size);
        return true;
    }
};

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/uuid.hpp>

#include <cstring>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// 16 if it is no hexadecimal digit.
[[nodiscard]] SEALSQL_INLINE unsigned hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return static_cast<unsigned>(c - '0');
    if (c >= 'a' && c <= 'f')
        return static_cast<unsigned>(c - 'a') + 10U;
    if (c >= 'A' && c <= 'F')
        return static_cast<unsigned>(c - 'A') + 10U;
    return 16U;
}

/// Hyphens stand before these bytes.
[[nodiscard]] SEALSQL_INLINE bool hyphen_before(std::size_t byte) noexcept
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

} // namespace detail

SEALSQL_INLINE std::optional<Uuid> Uuid::parse(std::string_view text) noexcept
{
    bool const hyphens = text.size() == text_size;
    if (!hyphens && text.size() != text_size - 4)
        return std::nullopt;
    Uuid uuid;
    char const* next = text.data();
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (hyphens && detail::hyphen_before(i) && *next++ != '-')
            return std::nullopt;
        unsigned const high = detail::hex_value(*next++);
        unsigned const low = detail::hex_value(*next++);
        if (high > 15U || low > 15U)
            return std::nullopt;
        uuid.bytes[i] = static_cast<std::byte>(high << 4U | low);
    }
    return uuid;
}

SEALSQL_INLINE void Uuid::write(char* text) const noexcept
{
    static constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (detail::hyphen_before(i))
            *text++ = '-';
        auto const byte = std::to_integer<unsigned>(bytes[i]);
        *text++ = digits[byte >> 4U];
        *text++ = digits[byte & 15U];
    }
}

SEALSQL_INLINE std::string to_string(Uuid const& uuid)
{
    char text[Uuid::text_size];
    uuid.write(text);
    return {text, sizeof text};
}

SEALSQL_INLINE bool ValueTraits<Uuid>::decode(FieldView const& field, Uuid& value) noexcept
{
    if (!accepts(field))
        return false;
    if (field.column().is_binary && field.size() == value.bytes.size()) {
        std::memcpy(value.bytes.data(), field.data(), value.bytes.size());
        return true;
    }
    auto const uuid = Uuid::parse(field.bytes());
    if (uuid)
        value = *uuid;
    return uuid.has_value();
}

SEALSQL_INLINE bool ValueTraits<Uuid>::accepts(FieldView const& field) noexcept
{
    return field.is_text() && detail::holds_strings(field.column());
}

SEALSQL_INLINE bool ValueTraits<Uuid>::encode(detail::WireWriter& writer, Uuid const& value)
{
    char text[Uuid::text_size];
    value.write(text);
    writer.length_encoded_text({text, sizeof text});
    return true;
}

} // namespace sealsql::inline SEALSQL_ABI

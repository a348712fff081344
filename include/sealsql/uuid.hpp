#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// A UUID (RFC 9562): 16 bytes, in the order in which they are written.
///
/// It is read from MariaDB's UUID, from text with or without hyphens (CHAR(36), CHAR(32)), and from
/// BINARY(16). As a parameter it is its text of 36 characters, which UUID and CHAR(36) take; for
/// BINARY(16) give its `bytes`, of which <sealsql/byte_array.hpp> makes a parameter.
struct Uuid {
    std::array<std::byte, 16> bytes{};

    /// Of 36 characters with hyphens or 32 without, in either case; no value for anything else.
    [[nodiscard]] static std::optional<Uuid> parse(std::string_view text) noexcept;

    friend bool operator==(Uuid const&, Uuid const&) = default;
    friend auto operator<=>(Uuid const&, Uuid const&) = default;

    static constexpr std::size_t text_size = 36;

    /// Writes its 36 characters, without a NUL.
    void write(char* text) const noexcept;
};

/// 36 characters, in small letters.
[[nodiscard]] std::string to_string(Uuid const& uuid);

/// UUID, text, and BINARY(16).
template <>
struct ValueTraits<Uuid> {
    [[nodiscard]] static bool decode(FieldView const& field, Uuid& value) noexcept;
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, Uuid const& value);
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/uuid.ipp>
#endif

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/value.hpp>

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// An IPv4 address: four bytes, as on the network.
///
/// It is read from MariaDB's INET4, from text, from the four bytes of INET6_ATON(), and from an integer of
/// INET_ATON(). As a parameter it is its text.
struct Inet4 {
    std::array<std::byte, 4> bytes{};

    /// Of four decimal numbers without leading zeros; no value for anything else.
    [[nodiscard]] static std::optional<Inet4> parse(std::string_view text) noexcept;

    /// Of INET_ATON(): 127.0.0.1 is 2130706433.
    [[nodiscard]] static Inet4 from_number(std::uint32_t number) noexcept;

    friend bool operator==(Inet4 const&, Inet4 const&) = default;
    friend auto operator<=>(Inet4 const&, Inet4 const&) = default;

    static constexpr std::size_t max_text = 15;

    /// Writes it without a NUL, into room for max_text.
    /// @return the number of characters
    std::size_t write(char* text) const noexcept;
};

/// An IPv6 address: 16 bytes, as on the network.
///
/// It is read from MariaDB's INET6, from text, and from the 16 bytes of INET6_ATON(). As a parameter it is
/// its text. An IPv4 address in one of these is `::ffff:192.0.2.1`.
///
/// Sixteen bytes of a binary column, such as VARBINARY and BLOB, are the address itself, also where they could be read as its text:
/// keep text in a column of text. Only of a procedure's OUT parameter of more than 16 bytes, where MySQL does not tell the two
/// apart, are they text if they can be.
struct Inet6 {
    std::array<std::byte, 16> bytes{};

    /// As in RFC 4291, section 2.2, without a zone; no value for anything else.
    [[nodiscard]] static std::optional<Inet6> parse(std::string_view text) noexcept;

    friend bool operator==(Inet6 const&, Inet6 const&) = default;
    friend auto operator<=>(Inet6 const&, Inet6 const&) = default;

    static constexpr std::size_t max_text = 45;

    /// Writes it without a NUL, into room for max_text.
    /// @return the number of characters
    std::size_t write(char* text) const noexcept;
};

[[nodiscard]] std::string to_string(Inet4 const& address);

/// In the form of RFC 5952, so that equal addresses have equal texts.
[[nodiscard]] std::string to_string(Inet6 const& address);

/// INET4, text, four bytes, and integers.
template <>
struct ValueTraits<Inet4> {
    [[nodiscard]] static bool decode(FieldView const& field, Inet4& value) noexcept;
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, Inet4 const& value);
};

/// INET6, text, and 16 bytes.
template <>
struct ValueTraits<Inet6> {
    [[nodiscard]] static bool decode(FieldView const& field, Inet6& value) noexcept;
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, Inet6 const& value);
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/inet_address.ipp>
#endif

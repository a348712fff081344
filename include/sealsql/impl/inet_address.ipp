#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/inet_address.hpp>

#include <charconv>
#include <cstring>
#include <system_error>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE std::optional<Inet4> Inet4::parse(std::string_view text) noexcept
{
    Inet4 address;
    char const* next = text.data();
    char const* const end = next + text.size();
    for (std::size_t i = 0; i < address.bytes.size(); ++i) {
        if (i != 0 && (next == end || *next++ != '.'))
            return std::nullopt;
        std::uint8_t number = 0;
        auto const [stop, error] = std::from_chars(next, end, number);
        // A leading zero means octal to some readers: nobody can say which number was meant.
        if (error != std::errc{} || (*next == '0' && stop - next > 1) || stop - next > 3)
            return std::nullopt;
        address.bytes[i] = std::byte{number};
        next = stop;
    }
    return next == end ? std::optional{address} : std::nullopt;
}

SEALSQL_INLINE Inet4 Inet4::from_number(std::uint32_t number) noexcept
{
    Inet4 address;
    for (std::size_t i = 0; i < address.bytes.size(); ++i)
        address.bytes[i] = static_cast<std::byte>(number >> (24U - 8U * i));
    return address;
}

SEALSQL_INLINE std::size_t Inet4::write(char* text) const noexcept
{
    char* end = text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i != 0)
            *end++ = '.';
        end = std::to_chars(end, end + 3, std::to_integer<unsigned>(bytes[i])).ptr;
    }
    return static_cast<std::size_t>(end - text);
}

SEALSQL_INLINE std::optional<Inet6> Inet6::parse(std::string_view text) noexcept
{
    constexpr std::size_t none = 17;
    Inet6 address;
    std::size_t size = 0;   // bytes written
    std::size_t gap = none; // where :: stands
    char const* next = text.data();
    char const* const end = next + text.size();
    if (text.substr(0, 2) == "::") {
        gap = 0;
        next += 2;
    }
    while (next != end && size < address.bytes.size()) {
        std::uint16_t group = 0;
        auto const [stop, error] = std::from_chars(next, end, group, 16);
        if (error != std::errc{} || stop - next > 4)
            return std::nullopt;
        if (stop != end && *stop == '.') {
            // The last four bytes may be an IPv4 address.
            auto const last = Inet4::parse({next, static_cast<std::size_t>(end - next)});
            if (!last || size > address.bytes.size() - last->bytes.size())
                return std::nullopt;
            for (std::byte const byte : last->bytes)
                address.bytes[size++] = byte;
            next = end;
            break;
        }
        address.bytes[size++] = static_cast<std::byte>(group >> 8U);
        address.bytes[size++] = static_cast<std::byte>(group & 0xFFU);
        next = stop;
        if (next == end)
            break;
        if (*next++ != ':' || next == end)
            return std::nullopt;
        if (*next == ':') {
            if (gap != none)
                return std::nullopt;
            gap = size;
            ++next;
        }
    }
    if (next != end || (gap == none) != (size == address.bytes.size()))
        return std::nullopt;
    if (gap != none) {
        // What came behind :: belongs to the end.
        std::size_t const moved = size - gap;
        for (std::size_t i = 1; i <= moved; ++i) {
            address.bytes[address.bytes.size() - i] = address.bytes[size - i];
            address.bytes[size - i] = std::byte{0};
        }
    }
    return address;
}

SEALSQL_INLINE std::size_t Inet6::write(char* text) const noexcept
{
    constexpr std::size_t groups = 8;
    auto const group = [&](std::size_t i) {
        return std::to_integer<unsigned>(bytes[2 * i]) << 8U |
               std::to_integer<unsigned>(bytes[2 * i + 1]);
    };
    char* end = text;
    bool mapped = group(5) == 0xFFFF;
    for (std::size_t i = 0; i < 5; ++i)
        mapped = mapped && group(i) == 0;
    if (mapped) {
        for (char const c : std::string_view{"::ffff:"})
            *end++ = c;
        Inet4 const last{{bytes[12], bytes[13], bytes[14], bytes[15]}};
        return static_cast<std::size_t>(end - text) + last.write(end);
    }
    // The first of the longest runs of two or more zeros becomes ::.
    std::size_t gap = groups;
    std::size_t longest = 1;
    for (std::size_t i = 0; i < groups; ++i) {
        std::size_t run = 0;
        while (i + run < groups && group(i + run) == 0)
            ++run;
        if (run > longest) {
            longest = run;
            gap = i;
        }
    }
    for (std::size_t i = 0; i < groups; ++i) {
        if (i == gap) {
            *end++ = ':';
            *end++ = ':';
            i += longest - 1;
            continue;
        }
        if (i != 0 && (gap == groups || i != gap + longest))
            *end++ = ':';
        end = std::to_chars(end, end + 4, group(i), 16).ptr;
    }
    return static_cast<std::size_t>(end - text);
}

SEALSQL_INLINE std::string to_string(Inet4 const& address)
{
    char text[Inet4::max_text];
    return {text, address.write(text)};
}

SEALSQL_INLINE std::string to_string(Inet6 const& address)
{
    char text[Inet6::max_text];
    return {text, address.write(text)};
}

namespace detail {

/// An address as text or, from a binary string of its size, as its bytes.
template <class Address>
[[nodiscard]] bool read_address(FieldView const& field, Address& value) noexcept
{
    if (!field.is_text() || !holds_strings(field.column()))
        return false;
    std::size_t const size = value.bytes.size();
    Column const& column = field.column();
    bool const may_be_bytes = column.is_binary && field.size() == size;
    // MySQL says of a procedure's VARCHAR that it holds bytes, and an IPv6 address may be written in just as many characters.
    // As bytes, such would be an address that nobody has; and a parameter of bytes alone is not longer than they are. A column's
    // bytes are never text: whoever may store an address of his choice could have it read as another one, such as ::1.
    if (!may_be_bytes || (column.is_out_parameter && column.length > size)) {
        auto const address = Address::parse(field.bytes());
        if (address)
            value = *address;
        if (address || !may_be_bytes)
            return address.has_value();
    }
    std::memcpy(value.bytes.data(), field.data(), size);
    return true;
}

template <class Address>
[[nodiscard]] bool write_address(WireWriter& writer, Address const& value)
{
    char text[Address::max_text];
    writer.length_encoded_text({text, value.write(text)});
    return true;
}

} // namespace detail

SEALSQL_INLINE bool ValueTraits<Inet4>::decode(FieldView const& field, Inet4& value) noexcept
{
    if (!detail::holds_integers(field.column()))
        return detail::read_address(field, value);
    detail::WholeNumber number;
    if (!detail::read_whole_number(field, number) || number.is_negative ||
        number.bits > 0xFFFF'FFFFU)
        return false;
    value = Inet4::from_number(static_cast<std::uint32_t>(number.bits));
    return true;
}

SEALSQL_INLINE bool ValueTraits<Inet4>::accepts(FieldView const& field) noexcept
{
    return detail::holds_integers(field.column()) || detail::holds_strings(field.column());
}

SEALSQL_INLINE bool ValueTraits<Inet4>::encode(detail::WireWriter& writer, Inet4 const& value)
{
    return detail::write_address(writer, value);
}

SEALSQL_INLINE bool ValueTraits<Inet6>::decode(FieldView const& field, Inet6& value) noexcept
{
    return detail::read_address(field, value);
}

SEALSQL_INLINE bool ValueTraits<Inet6>::accepts(FieldView const& field) noexcept
{
    return detail::holds_strings(field.column());
}

SEALSQL_INLINE bool ValueTraits<Inet6>::encode(detail::WireWriter& writer, Inet6 const& value)
{
    return detail::write_address(writer, value);
}

} // namespace sealsql::inline SEALSQL_ABI

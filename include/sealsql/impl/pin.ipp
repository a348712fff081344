#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/printable.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

inline constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// 32 bytes from 64 hexadecimal digits, with a colon between each two of them or none at all.
[[nodiscard]] SEALSQL_INLINE bool read_hex(std::string_view text,
                                           std::array<std::byte, 32>& bytes) noexcept
{
    std::size_t const step = text.size() == 95 ? 3 : 2;
    if (text.size() != 64 && text.size() != 95)
        return false;
    auto const digit = [&](char c) {
        return c >= '0' && c <= '9'   ? c - '0'
               : c >= 'a' && c <= 'f' ? c - 'a' + 10
               : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                      : -1;
    };
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        int const high = digit(text[i * step]);
        int const low = digit(text[i * step + 1]);
        bool const apart = step == 2 || i + 1 == bytes.size() || text[i * step + 2] == ':';
        if (high < 0 || low < 0 || !apart)
            return false;
        bytes[i] = static_cast<std::byte>(high * 16 + low);
    }
    return true;
}

/// 32 bytes from Base64 (RFC 4648, 4) in the one form that they have.
[[nodiscard]] SEALSQL_INLINE bool read_base64(std::string_view text,
                                              std::array<std::byte, 32>& bytes) noexcept
{
    if (text.size() != 44 || text.back() != '=')
        return false;
    std::uint32_t bits = 0;
    unsigned waiting = 0;
    std::size_t written = 0;
    for (char const c : text.substr(0, 43)) {
        std::size_t const value = base64_digits.find(c);
        if (value == std::string_view::npos)
            return false;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        waiting += 6;
        if (waiting >= 8) {
            waiting -= 8;
            bytes[written++] = static_cast<std::byte>((bits >> waiting) & 0xFFU);
        }
    }
    return (bits & 0x3U) == 0; // the last digit's spare bits
}

/// Takes `prefix` off the front of `text`, whatever its case.
[[nodiscard]] SEALSQL_INLINE bool take_prefix(std::string_view& text,
                                              std::string_view prefix) noexcept
{
    if (text.size() < prefix.size())
        return false;
    for (std::size_t i = 0; i < prefix.size(); ++i) {
        bool const is_upper = text[i] >= 'A' && text[i] <= 'Z';
        if ((is_upper ? static_cast<char>(text[i] - 'A' + 'a') : text[i]) != prefix[i])
            return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

[[nodiscard]] SEALSQL_INLINE std::array<std::byte, 32> read_key_pin(std::string_view text)
{
    std::array<std::byte, 32> bytes{};
    std::string_view rest = text;
    bool good = false;
    if (take_prefix(rest, "sha256//")) {
        good = read_base64(rest, bytes);
    } else if (take_prefix(rest, "pin-sha256:") || take_prefix(rest, "pin-sha256=")) {
        if (rest.size() > 2 && rest.front() == '"' && rest.back() == '"')
            rest = rest.substr(1, rest.size() - 2);
        good = read_base64(rest, bytes) || read_hex(rest, bytes);
    } else {
        good = read_hex(rest, bytes);
    }
    if (!good)
        throw tls_error(TlsReason::options_contradict, TlsStage::configuration,
                        concat({"\"", printable(text.substr(0, 200)),
                                "\" is no pin of a public key: expected are sha256// and 44 "
                                "characters of Base64, or 64 hexadecimal digits with or without "
                                "colons"}),
                        "take it from the server's certificate as the comment of class Pin shows");
    return bytes;
}

SEALSQL_INLINE std::string key_pin_text(std::array<std::byte, 32> const& sha256)
{
    std::string text = "sha256//";
    std::uint32_t bits = 0;
    unsigned waiting = 0;
    for (std::byte const byte : sha256) {
        bits = (bits << 8U) | std::to_integer<std::uint32_t>(byte);
        waiting += 8;
        while (waiting >= 6) {
            waiting -= 6;
            text += base64_digits[(bits >> waiting) & 0x3FU];
        }
    }
    text += base64_digits[(bits << (6 - waiting)) & 0x3FU];
    text += '=';
    return text;
}

} // namespace detail

SEALSQL_INLINE Pin Pin::public_key(std::string_view text)
{
    return {Kind::public_key, detail::read_key_pin(text)};
}

SEALSQL_INLINE Pin Pin::public_key_without_reserve(std::string_view text)
{
    return {Kind::only_public_key, detail::read_key_pin(text)};
}

SEALSQL_INLINE Pin Pin::certificate(std::string_view text)
{
    std::array<std::byte, 32> bytes{};
    std::string_view rest = text;
    static_cast<void>(detail::take_prefix(rest, "sha256 fingerprint="));
    if (!detail::read_hex(rest, bytes))
        throw detail::tls_error(
            TlsReason::options_contradict, TlsStage::configuration,
            detail::concat({"\"", printable(text.substr(0, 200)),
                            "\" is no fingerprint of a certificate: expected are 64 hexadecimal "
                            "digits with or without colons"}),
            "take it from the server's certificate: openssl x509 -noout -fingerprint -sha256 -in "
            "FILE");
    return {Kind::certificate, bytes};
}

SEALSQL_INLINE std::string Pin::text() const
{
    if (is_public_key())
        return detail::key_pin_text(sha256_);
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::byte const byte : sha256_) {
        text += digits[std::to_integer<unsigned>(byte) >> 4U];
        text += digits[std::to_integer<unsigned>(byte) & 0xFU];
    }
    return text;
}

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/detail/config.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// What an X.509 certificate (RFC 5280) says of itself. All text in it was written by whoever made
/// the certificate; control characters are escaped, so that it can be printed.
struct Certificate {
    /// Distinguished names in the form of RFC 2253, such as `CN=db.internal,O=Example`.
    std::string subject;
    std::string issuer;

    /// Subject alternative names: the only names that verification looks at (RFC 9525).
    std::vector<std::string> dns_names;
    std::vector<std::string> ip_addresses;

    /// When it is valid, in UTC.
    std::chrono::sys_seconds not_before{};
    std::chrono::sys_seconds not_after{};

    /// In hexadecimal.
    std::string serial_number;

    /// SHA-256 of the DER form: what `openssl x509 -fingerprint -sha256` prints, without colons.
    std::array<std::byte, 32> sha256{};

    /// `sha256` in lower-case hexadecimal.
    [[nodiscard]] std::string sha256_hex() const
    {
        static constexpr char digits[] = "0123456789abcdef";
        std::string text;
        text.reserve(sha256.size() * 2);
        for (std::byte const byte : sha256) {
            text += digits[std::to_integer<unsigned>(byte) >> 4U];
            text += digits[std::to_integer<unsigned>(byte) & 0xFU];
        }
        return text;
    }

    friend bool operator==(Certificate const&, Certificate const&) = default;
};

} // namespace sealsql::inline SEALSQL_ABI

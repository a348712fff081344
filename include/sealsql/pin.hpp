#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// A key or a certificate that a server is known by, as its SHA-256. See SslOptions::pins.
///
/// The pin of a running server's key, as curl writes it:
///
///     openssl x509 -in server.pem -pubkey -noout | openssl pkey -pubin -outform der |
///         openssl dgst -sha256 -binary | openssl base64      # put sha256// before it
class Pin {
public:
    /// A public key: SHA-256 of its SubjectPublicKeyInfo (RFC 7469, 2.4). A renewed certificate keeps
    /// it as long as the key stays. One such pin alone is refused by check(): where the only key is
    /// lost, no client could connect any more. Make a second key now, keep it somewhere else, and give
    /// its pin too (RFC 7469, 4.3), or say public_key_without_reserve().
    /// @param text `sha256//` and Base64, as curl writes it; or `pin-sha256:` or `pin-sha256=` and
    ///     Base64 or hexadecimal; or 64 hexadecimal digits alone. With or without colons between bytes.
    /// @throws TlsError with TlsReason::options_contradict if it is none of these
    [[nodiscard]] static Pin public_key(std::string_view text);

    /// As public_key(), and says that it is known what happens when this key has to be replaced: no
    /// client connects until it has got another pin.
    [[nodiscard]] static Pin public_key_without_reserve(std::string_view text);

    /// One certificate: SHA-256 of its DER form. It changes whenever the certificate is renewed, so
    /// that it is its own kind of promise: it needs no reserve, because there can be none that lasts.
    /// @param text 64 hexadecimal digits with or without colons, or the line that
    ///     `openssl x509 -fingerprint -sha256` prints
    /// @throws TlsError with TlsReason::options_contradict if it is none of these
    [[nodiscard]] static Pin certificate(std::string_view text);

    /// Whether it is a public key's, and not a certificate's.
    [[nodiscard]] bool is_public_key() const noexcept { return kind_ != Kind::certificate; }

    /// Whether it needs a second pin beside it.
    [[nodiscard]] bool wants_reserve() const noexcept { return kind_ == Kind::public_key; }

    /// The digest itself.
    [[nodiscard]] std::array<std::byte, 32> const& sha256() const noexcept { return sha256_; }

    /// `sha256//` and Base64 for a key, hexadecimal for a certificate: what the functions above read.
    [[nodiscard]] std::string text() const;

    friend bool operator==(Pin const&, Pin const&) = default;

private:
    enum class Kind : std::uint8_t { public_key, only_public_key, certificate };

    Pin(Kind kind, std::array<std::byte, 32> const& sha256) noexcept : kind_{kind}, sha256_{sha256}
    {
    }

    friend class detail::List<Pin>; // for its room that is not in use
    Pin() = default;

    Kind kind_ = Kind::certificate;
    std::array<std::byte, 32> sha256_{};
};

/// Some of them, as SslOptions hold them: written `{…}`, with size(), [], push_back() and `for` like a std::vector,
/// which would cost every file that includes sealsql more to compile.
using Pins = detail::List<Pin>;

namespace detail {

/// A key's digest as curl writes it: `sha256//` and Base64.
[[nodiscard]] std::string key_pin_text(std::array<std::byte, 32> const& sha256);

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/pin.ipp>
#endif

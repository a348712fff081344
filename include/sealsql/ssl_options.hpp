#pragma once

#include <sealsql/certificate_check.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/revocation.hpp>
#include <sealsql/trust_anchors.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// How much of the server's certificate is checked. TLS itself is on in each of them.
enum class VerifyMode : std::uint8_t {
    /// The chain leads to a trusted CA, and the certificate is for the name that was dialled
    /// (RFC 9525). What `mysql` calls VERIFY_IDENTITY.
    identity,
    /// The chain leads to a trusted CA. Whoever holds any certificate of that CA can pose as the
    /// server, so the CA has to be named. What `mysql` calls VERIFY_CA.
    ca,
    /// Nothing. The connection is encrypted, but nobody knows to whom: a network attacker can sit in
    /// between, and is shown the password itself if he asks for it. What `mysql` calls REQUIRED.
    /// With SslOptions::pins it is not nothing: see there.
    none,
};

/// The versions of TLS that can be asked for (RFC 5246, RFC 8446).
enum class TlsVersion : std::uint8_t { tls1_2, tls1_3 };

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(VerifyMode mode) noexcept;

/// As OpenSSL and MySQL name it: `TLSv1.2`.
[[nodiscard]] char const* to_string(TlsVersion version) noexcept;

namespace detail {

inline constexpr unsigned default_max_chain_depth = 10;
inline constexpr int min_security_level = 2;

} // namespace detail

/// How a server is to prove itself. With nothing said: a certificate of a CA that the system trusts,
/// for the name that is dialled, over TLS 1.2 or later. Plaintext cannot be said here.
struct SslOptions {
    /// Whom to trust.
    TrustAnchors ca = TrustAnchors::system();

    /// What of the server's certificate is checked.
    VerifyMode verify = VerifyMode::identity;

    /// The name or IP address that the certificate must be for. Empty: the host that is dialled.
    /// For tunnels, local sockets and addresses that the certificate does not name. Also sent as the
    /// server name indication (RFC 6066), unless it is an IP address.
    std::string server_name{};

    /// The oldest version that is accepted.
    TlsVersion min_version = TlsVersion::tls1_2;

    /// Keys and certificates of which the server must have one, on top of what `verify` asks for: at
    /// least one certificate of the verified chain (the server's, an intermediate CA's or the trusted
    /// CA's) has to match at least one of them. Empty: any.
    ///
    /// With VerifyMode::none they stand in place of a CA: the server's own certificate has to match, and
    /// nothing else of it is looked at, neither its name nor its dates. The server is then known by its
    /// key, so that what it says counts as said by the server (ErrorOrigin::server).
    ///
    /// A single Pin::public_key() is refused by check(); give a second one that is held in reserve.
    std::vector<Pin> pins{};

    /// Where to look up whether certificates were revoked. Off unless lists are named.
    Revocation revocation{};

    /// How many intermediate CAs may stand between the server's certificate and the trusted CA.
    unsigned max_chain_depth = detail::default_max_chain_depth;

    /// OpenSSL's security level, 2 to 5 (`man SSL_CTX_set_security_level`), for the handshake and for
    /// each key and signature of the chain. 2 asks for 112 bits (RSA of 2048), 3 for 128 (RSA of 3072, or
    /// an elliptic curve of 256), 4 for 192, 5 for 256. Where OpenSSL's configuration file asks for
    /// more, that holds. With VerifyMode::none it is the handshake's alone, and with pins the key's.
    int security_level = detail::min_security_level;

    /// A check of your own, which may refuse a server that passed all others.
    CertificateCheck also_check{};

    friend bool operator==(SslOptions const&, SslOptions const&) = default;
};

namespace detail {

/// Whether the text can be a host name or IP address: not a pattern, which OpenSSL would let match many
/// names, nor a name in another script, which certificates hold in its `xn--` form only.
[[nodiscard]] bool is_plausible_host(std::string_view text) noexcept;

} // namespace detail

/// Refuses options that contradict each other, such as a CA that VerifyMode::none would ignore.
/// `ConnectionBuilder::ssl()` calls it.
/// @throws TlsError with TlsReason::options_contradict, and the cure as remedy
void check(SslOptions const& options);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/ssl_options.ipp>
#endif

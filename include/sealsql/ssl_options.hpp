#pragma once

#include <sealsql/certificate_check.hpp>
#include <sealsql/client_identity.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/revocation.hpp>
#include <sealsql/trust_anchors.hpp>

#include <cstdint>
#include <filesystem>
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
enum class TlsVersion : std::uint8_t {
    /// Broken (RFC 8996); only with SslOptions::insecure_legacy_tls.
    tls1_0,
    /// @copydoc tls1_0
    tls1_1,
    tls1_2,
    tls1_3,
};

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
    /// server name indication (RFC 6066), unless it is an IP address or `sni_name` says another.
    std::string server_name{};

    /// Other names and IP addresses of which the certificate may be for any instead, such as those of a
    /// cluster whose nodes have certificates of their own. TlsInfo::verified_name tells which it was. Each
    /// is one more whose owner can pose as the server.
    std::vector<std::string> also_accept_names{};

    /// The name to send as the server name indication (RFC 6066), by which a proxy may choose the server;
    /// what the certificate must be for stays as it is. Not an IP address. Empty: the name that is checked,
    /// or the host that is dialled. Everybody on the way can read it.
    std::string sni_name{};

    /// The oldest version that is accepted.
    TlsVersion min_version = TlsVersion::tls1_2;

    /// The newest version that is asked for.
    TlsVersion max_version = TlsVersion::tls1_3;

    /// The ciphers of TLS 1.2 in order of preference, by OpenSSL's names, such as
    /// `ECDHE-RSA-AES128-GCM-SHA256`. Empty: OpenSSL's choice. In no case one without encryption or
    /// authentication, or with MD5, RC4 or 3DES.
    std::vector<std::string> ciphers{};

    /// The cipher suites of TLS 1.3 in order of preference, such as `TLS_AES_256_GCM_SHA384`. Empty:
    /// OpenSSL's choice.
    std::vector<std::string> cipher_suites{};

    /// The groups for the key exchange in order of preference, such as `X25519` or `P-256`. Empty:
    /// OpenSSL's choice.
    std::vector<std::string> groups{};

    /// Whether to take up the TLS session of an earlier connection that was made by exactly the same
    /// settings to the same server: connecting then costs about half. See TlsInfo::resumed. With a session
    /// of TLS 1.3 nothing older is offered; a server that refuses that is dialled once more without it.
    bool session_resumption = true;

    /// Allows a `min_version` of TLS 1.0 or 1.1, as servers of the time of MySQL 5.6 need, and with it
    /// signatures by SHA-1 and short keys, by security level 0 for the handshake and the chain, whatever
    /// OpenSSL's configuration file says: who records or changes the traffic may be able to break it.
    bool insecure_legacy_tls = false;

    /// For debugging: appends what decrypts the connections to this file, in the format that Wireshark
    /// reads (NSS key log). Whoever has the file reads all of it, passwords included. Empty: no file.
    std::filesystem::path key_log_file{};
    /// Who we are, for servers that ask for a client certificate, as for accounts with `REQUIRE X509`.
    /// Not with VerifyMode::none: the certificate proves us to the server that it was meant for, or to
    /// whoever sits in its place. TLS 1.2 shows the certificate, never the key, to everybody on the way;
    /// TLS 1.3 to the server only.
    ClientIdentity identity{};

    /// Keys and certificates of which the server must have one, on top of what `verify` asks for: at
    /// least one certificate of the verified chain (the server's, an intermediate CA's or the trusted
    /// CA's) has to match at least one of them. Empty: any.
    ///
    /// With VerifyMode::none they stand in place of a CA: the server's own certificate has to match, and
    /// nothing else of it is looked at, neither its name nor its dates. The server is then known by its
    /// key, so that what it says counts as said by the server (ErrorOrigin::server).
    ///
    /// A single Pin::public_key() is refused by check(); give a second one that is held in reserve.
    Pins pins{};

    /// Where to look up whether certificates were revoked. Off unless lists are named.
    Revocation revocation{};

    /// Whether the server is to prove by its handshake that its certificate was not revoked, and how
    /// strictly: OcspStapling::if_sent() or OcspStapling::required() of <sealsql/ocsp_stapling.hpp>. Off
    /// unless said otherwise: MySQL and MariaDB themselves staple nothing.
    OcspPolicy ocsp_stapling{};

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

/// Whether a server that passes is known: by a CA, or by its key.
[[nodiscard]] inline bool verifies_server(SslOptions const& options) noexcept
{
    return options.verify != VerifyMode::none || !options.pins.empty();
}

/// Whether the text is an IP address rather than a name.
[[nodiscard]] bool is_ip_address(std::string const& text) noexcept;

/// Whether the text can be a host name or IP address: not a pattern, which OpenSSL would let match many
/// names, nor a name in another script, which certificates hold in its `xn--` form only.
[[nodiscard]] bool is_plausible_host(std::string_view text) noexcept;

/// The part of check() about who we are.
void check_identity(SslOptions const& options);

/// The part of check() about who the server may be.
void check_names(SslOptions const& options);

} // namespace detail

/// Refuses options that contradict each other, such as a CA that VerifyMode::none would ignore.
/// `ConnectionBuilder::ssl()` calls it.
/// @throws TlsError with TlsReason::options_contradict, and the cure as remedy
void check(SslOptions const& options);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/ssl_options.ipp>
#endif

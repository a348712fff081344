#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/ssl_options.hpp>

#include <string>

namespace sealsql::inline SEALSQL_ABI {

/// The facts of one connection's TLS, as this side saw them.
struct TlsInfo {
    /// As OpenSSL and the server's `Ssl_version` name it: `TLSv1.3`.
    std::string version;

    /// As OpenSSL and the server's `Ssl_cipher` name it: `TLS_AES_256_GCM_SHA384`.
    std::string cipher;

    /// Whether an earlier connection's session was resumed. The certificate was then checked when that
    /// session began, by the same settings, and `peer` is what it was.
    bool resumed = false;

    /// What was checked. With VerifyMode::none, `peer` is what somebody claims, unless `pinned`.
    VerifyMode verify_mode = VerifyMode::identity;

    /// Whether it was checked that the peer matches SslOptions::pins.
    bool pinned = false;

    /// The name or address that the certificate was checked for; empty unless
    /// VerifyMode::identity.
    std::string verified_name;

    Certificate peer;

    friend bool operator==(TlsInfo const&, TlsInfo const&) = default;
};

} // namespace sealsql::inline SEALSQL_ABI

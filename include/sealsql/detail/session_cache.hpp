#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>

#include <cstdint>
#include <string>

/// @file
/// TLS sessions of earlier connections (RFC 8446, 2.2; RFC 5246, 7.3), kept in memory for the process: a
/// resumed handshake costs a third of a full one.
///
/// A resumed handshake does not show the server's certificate again, so nothing is checked. It is as
/// good as the check that was made when the session began, and no better: a session is offered only
/// under a policy that is equal in everything to the one that it was made under, until the first
/// certificate of its chain expires.

struct ssl_session_st; // OpenSSL's own tag for SSL_SESSION

namespace sealsql::inline SEALSQL_ABI::detail {

void release_session(ssl_session_st* session) noexcept;
using TlsSession = Owned<ssl_session_st, release_session>;

/// A session, and until when the certificates hold that it stands for, in seconds since 1970.
struct KeptSession {
    TlsSession session;
    std::int64_t valid_until = 0;
    /// Whether the server asked for a client certificate, which it does in full handshakes only.
    bool identity_requested = false;
    /// The groups for the key exchange in the order that suits the server; empty for OpenSSL's.
    std::string groups{};
    /// The server's certificate, read already; null if it was not.
    Shared<Certificate const> peer{};
};

/// A session to offer; empty if none may be. A session of TLS 1.3 is given out once only (RFC 8446, C.4).
/// Safe to call from several threads, as all three.
[[nodiscard]] KeptSession take_session(TlsPolicy const& policy) noexcept;

/// Keeps a session. The cache is bounded: the oldest go first, and those at once that no connection can use any more,
/// because the files have changed that their policy was made of.
void keep_session(Shared<TlsPolicy const> const& policy, KeptSession session) noexcept;

/// Drops all sessions that were made under this policy.
void forget_sessions(TlsPolicy const& policy) noexcept;

} // namespace sealsql::inline SEALSQL_ABI::detail

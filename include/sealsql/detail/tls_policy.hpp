#pragma once

#include <sealsql/detail/client_identity_store.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/revocation_lists.hpp>
#include <sealsql/detail/trust_store.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/ssl_options.hpp>

#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// All that decides whether a server is accepted, in the form in which it is checked. Made once for
/// each connection, and not changed after that.
///
/// Two policies are equal only if each of them would accept exactly the servers that the other accepts.
/// This is what TLS sessions are kept by (session_cache.hpp): whatever is to influence the check has to
/// become a member here.
struct TlsPolicy {
    Endpoint endpoint;
    /// Without `ca` and `identity`, for which `trust` and `identity` below stand.
    SslOptions options;

    /// The name to check, without a trailing dot; empty if there is none.
    std::string name;
    bool name_is_address = false;

    /// Names that are as good, likewise.
    std::vector<std::string> other_names{};

    /// The name to send; empty for none.
    std::string sni_name{};

    /// Null for VerifyMode::none. Equal only if it is the same object, which a changed file never is.
    TrustStore trust;

    LoadedRevocation revocation;

    /// None if SslOptions name none. A server keeps with a session who the client is.
    LoadedIdentity identity;

    friend bool operator==(TlsPolicy const&, TlsPolicy const&) = default;
};

/// Reads what the options name.
/// @throws TlsError if a file cannot be used, or OpenSSL does not know a setting
[[nodiscard]] TlsPolicy make_tls_policy(Endpoint const& endpoint, SslOptions const& options);

} // namespace sealsql::inline SEALSQL_ABI::detail

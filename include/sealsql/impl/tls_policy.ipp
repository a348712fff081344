#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/trust_store.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/client_identity_store.ipp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/revocation_lists.ipp>
#include <sealsql/impl/trust_store.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Behind the caller's ciphers, so that none of these comes back by an alias such as `ALL`.
inline constexpr std::string_view never_ciphers = "!aNULL:!eNULL:!PSK:!SRP:!MD5:!RC4:!3DES";

/// The name as a certificate may have it.
[[nodiscard]] SEALSQL_INLINE std::string name_for_certificates(std::string name)
{
    // The zone of fe80::1%eth0 is this machine's.
    name.resize(std::min(name.size(), name.find('%')));
    // A certificate never names the root of the DNS (RFC 6125, 6.4.1).
    if (name.ends_with('.'))
        name.pop_back();
    return name;
}

/// As OpenSSL takes lists of names.
[[nodiscard]] SEALSQL_INLINE std::string join(std::vector<std::string> const& names)
{
    std::string list;
    for (std::string const& name : names) {
        if (!list.empty())
            list += ':';
        list += name;
    }
    return list;
}

/// OpenSSL skips names that it does not know, as long as one is left: so each is tried by itself.
template <class Accepts>
void require_known(std::vector<std::string> const& names, char const* option, char const* hint,
                   Accepts const& accepts)
{
    for (std::string const& name : names) {
        bool const is_name = !name.empty() && name.find_first_of(":,; !+@\t\r\n") == name.npos &&
                             name.find('\0') == name.npos;
        if (is_name && accepts(name))
            continue;
        throw tls_error(TlsReason::options_contradict, TlsStage::configuration,
                        concat({"OpenSSL does not know '", printable(name),
                                "', which SslOptions name in ", option}),
                        hint);
    }
}

/// @throws TlsError for a setting that OpenSSL would ignore
SEALSQL_INLINE void require_known_settings(SslOptions const& options)
{
    if (options.ciphers.empty() && options.cipher_suites.empty() && options.groups.empty())
        return;
    ErrorQueueGuard const errors;
    Owned<SSL_CTX, SSL_CTX_free> const scratch{SSL_CTX_new(TLS_client_method())};
    if (!scratch)
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL has no memory for its settings", {});
    require_known(
        options.ciphers, ".ciphers",
        "give names as `openssl ciphers -tls1_2 -s` prints them; those of TLS 1.3 belong into "
        ".cipher_suites",
        [&](std::string const& name) {
            return SSL_CTX_set_cipher_list(scratch.get(),
                                           concat({name, ":", never_ciphers}).c_str()) == 1;
        });
    require_known(
        options.cipher_suites, ".cipher_suites",
        "give names as `openssl ciphers -tls1_3 -s` prints them; those of TLS 1.2 belong into "
        ".ciphers",
        [&](std::string const& name) {
            return SSL_CTX_set_ciphersuites(scratch.get(), name.c_str()) == 1;
        });
    require_known(options.groups, ".groups", "give names such as X25519, P-256 or ffdhe3072",
                  [&](std::string const& name) {
                      return SSL_CTX_set1_groups_list(scratch.get(), name.c_str()) == 1;
                  });
}

SEALSQL_INLINE TlsPolicy make_tls_policy(Endpoint const& endpoint, SslOptions const& options)
{
    require_known_settings(options);
    TlsPolicy policy{.endpoint = endpoint,
                     .options = options,
                     .name = {},
                     .trust = {},
                     .revocation = {},
                     .identity = {}};
    policy.name =
        name_for_certificates(options.server_name.empty() ? endpoint.host() : options.server_name);
    policy.name_is_address = is_ip_address(policy.name);
    for (std::string const& name : options.also_accept_names)
        policy.other_names.push_back(name_for_certificates(name));
    if (!options.sni_name.empty())
        policy.sni_name = name_for_certificates(options.sni_name);
    else if (!policy.name_is_address)
        policy.sni_name = policy.name;
    if (options.verify != VerifyMode::none)
        policy.trust = load_trust_store(options.ca);
    policy.revocation.lists = load_revocation_lists(options.revocation);
    policy.identity = load_identity(options.identity);
    // What is shared between connections was checked at the lowest level that any of them has.
    if (policy.identity && options.security_level > min_security_level)
        require_usable(policy.identity, "the client certificate that SslOptions name",
                       options.security_level);
    // What was loaded stands for them from here on. They may hold passwords and keys, and a policy lives as
    // long as its connection and its sessions.
    policy.options.ca = TrustAnchors{};
    policy.options.identity = ClientIdentity{};
    return policy;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

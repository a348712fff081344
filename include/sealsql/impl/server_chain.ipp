#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/client_identity.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/session_errors.ipp>
#include <sealsql/impl/tls_engine.ipp>
#include <sealsql/impl/verify_certificate.ipp>
#include <sealsql/pin.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/server_chain.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(ChainRole role) noexcept
{
    switch (role) {
    case ChainRole::server:
        return "server";
    case ChainRole::intermediate:
        return "intermediate";
    case ChainRole::trusted_ca:
        return "trusted_ca";
    }
    return "unknown";
}

namespace detail {

using StoreContext = Owned<X509_STORE_CTX, X509_STORE_CTX_free>;
using X509Stack = Owned<stack_st_X509, release_chain>;

SEALSQL_INLINE ServerChain ChainAccess::make(Endpoint const& endpoint, SslOptions const& options,
                                             stack_st_X509 const* sent,
                                             stack_st_X509 const* verified)
{
    ErrorQueueGuard const errors;
    ServerChain chain;
    chain.endpoint_ = endpoint;
    chain.options_ = options;
    // They may hold passwords and keys.
    chain.options_.ca = TrustAnchors{};
    chain.options_.identity = ClientIdentity{};
    for (int i = 0; sent != nullptr && i < sk_X509_num(sent); ++i) {
        X509* const x509 = sk_X509_value(sent, i);
        chain.sent_.push_back(read_certificate(x509));
        unsigned char* encoded = nullptr;
        int const size = i2d_X509(x509, &encoded);
        if (size <= 0)
            throw std::bad_alloc{};
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        chain.der_.emplace_back(reinterpret_cast<char const*>(encoded),
                                static_cast<std::size_t>(size));
        OPENSSL_free(encoded);
        if (i == 0)
            chain.key_pin_ = key_pin_text(digest_key(x509));
    }
    for (int i = 0; verified != nullptr && i < sk_X509_num(verified); ++i)
        chain.verified_.push_back(read_certificate(sk_X509_value(verified, i)));
    return chain;
}

/// The way from the server's certificate to one that is trusted, at whatever time; null if there is none.
[[nodiscard]] SEALSQL_INLINE X509Stack find_trusted_path(stack_st_X509* sent, X509_STORE* trust)
{
    ErrorQueueGuard const errors;
    StoreContext const context{X509_STORE_CTX_new()};
    if (!context || sent == nullptr || sk_X509_num(sent) == 0 || trust == nullptr ||
        X509_STORE_CTX_init(context.get(), trust, sk_X509_value(sent, 0), sent) != 1)
        return {};
    X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_NO_CHECK_TIME);
    if (X509_verify_cert(context.get()) != 1)
        return {};
    return X509Stack{X509_STORE_CTX_get1_chain(context.get())};
}

[[nodiscard]] SEALSQL_INLINE X509Stack parse_der(std::vector<std::string> const& certificates)
{
    ErrorQueueGuard const errors;
    X509Stack stack{sk_X509_new_null()};
    for (std::string const& der : certificates) {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as OpenSSL has them
        auto const* next = reinterpret_cast<unsigned char const*>(der.data());
        X509* const x509 = d2i_X509(nullptr, &next, static_cast<long>(der.size())); // NOLINT
        if (!stack || x509 == nullptr || sk_X509_push(stack.get(), x509) == 0) {
            X509_free(x509);
            throw std::bad_alloc{};
        }
    }
    return stack;
}

/// Decides about the chain as a handshake would: a context for checking is made the way OpenSSL makes it
/// (ssl_verify_cert_chain()), from an SSL with the policy's settings.
/// @throws TlsError if the chain is refused
SEALSQL_INLINE void check_again(ServerChain const& chain, SslOptions const& options)
{
    ErrorQueueGuard const errors;
    sealsql::check(options);
    TlsState tls;
    auto const policy = Shared<TlsPolicy const>::make(make_tls_policy(chain.endpoint(), options));
    tls.policy = policy;
    Owned<SSL_CTX, SSL_CTX_free> const settings{SSL_CTX_new(TLS_client_method())};
    Owned<SSL, SSL_free> const ssl{settings ? SSL_new(settings.get()) : nullptr};
    if (!ssl || !apply_policy(ssl.get(), *policy))
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL did not accept the TLS settings",
                        "check .server_name, and the ciphers in OpenSSL's configuration file");
    X509Stack const sent = parse_der(chain.der());
    StoreContext const context{X509_STORE_CTX_new()};
    if (!context || X509_STORE_CTX_init(context.get(), policy->trust.get(),
                                        sk_X509_value(sent.get(), 0), sent.get()) != 1)
        throw std::bad_alloc{};
    X509_VERIFY_PARAM* const parameters = X509_STORE_CTX_get0_param(context.get());
    X509_VERIFY_PARAM_set_auth_level(parameters, SSL_get_security_level(ssl.get()));
    if (X509_STORE_CTX_set_default(context.get(), "ssl_server") != 1 ||
        X509_VERIFY_PARAM_set1(parameters, SSL_get0_param(ssl.get())) != 1)
        throw std::bad_alloc{};
    if (judge_chain(context.get(), tls))
        return;
    if (!tls.refused)
        throw std::bad_alloc{};
    Endpoint const& endpoint = chain.endpoint();
    throw_certificate_refusal(
        tls.refusal, *policy,
        endpoint.is_local_socket()
            ? printable(endpoint.path().string())
            : concat({printable(endpoint.host()), ":", std::to_string(endpoint.port())}),
        options.ca.describe());
}

} // namespace detail

SEALSQL_INLINE ServerChain server_chain(Connection const& connection)
{
    detail::Session const& session = detail::require(connection.session_);
    detail::TlsState const& tls = session.tls_state();
    if (session.tls() == nullptr)
        throw detail::client_error(detail::error_code::unknown_error,
                                   detail::concat({"the connection to ", session.target(),
                                                   " has no TLS, so no certificates"}),
                                   "connect with ssl()");
    if (tls.ssl == nullptr || !session.usable())
        throw detail::client_error(
            detail::error_code::server_gone,
            detail::concat({"the connection to ", session.target(), " is closed"}),
            "ask for the certificates while it is open; they can be kept");
    stack_st_X509* const sent = SSL_get_peer_cert_chain(tls.ssl);
    stack_st_X509* const verified = SSL_get0_verified_chain(tls.ssl);
    // A session keeps what was sent, and not how it was verified.
    detail::X509Stack const found = verified == nullptr
                                        ? detail::find_trusted_path(sent, tls.policy->trust.get())
                                        : detail::X509Stack{};
    return detail::ChainAccess::make(tls.policy->endpoint, tls.policy->options, sent,
                                     verified != nullptr ? verified : found.get());
}

SEALSQL_INLINE std::vector<Expiry> expiries(ServerChain const& chain, std::chrono::sys_seconds now)
{
    std::vector<Expiry> all;
    std::vector<Certificate> const& certificates = chain.certificates();
    for (std::size_t i = 0; i < certificates.size(); ++i) {
        bool const is_anchor = chain.has_trust_anchor() && i + 1 == certificates.size();
        all.push_back({.role = i == 0      ? ChainRole::server
                               : is_anchor ? ChainRole::trusted_ca
                                           : ChainRole::intermediate,
                       .certificate = certificates[i],
                       .left = certificates[i].not_after - now});
    }
    std::stable_sort(all.begin(), all.end(), [](Expiry const& left, Expiry const& right) {
        return left.left < right.left;
    });
    return all;
}

SEALSQL_INLINE Expiry first_to_expire(ServerChain const& chain, std::chrono::sys_seconds now)
{
    std::vector<Expiry> all = expiries(chain, now);
    if (all.empty())
        throw detail::client_error(detail::error_code::unknown_error,
                                   "the chain has no certificate that could expire",
                                   "get it from server_chain() or inspect()");
    return std::move(all.front());
}

SEALSQL_INLINE Verdict survives(ServerChain const& chain, SslOptions const& options)
{
    if (chain.empty())
        throw detail::client_error(detail::error_code::unknown_error,
                                   "the chain has no certificate that could be checked",
                                   "get it from server_chain() or inspect()");
    Verdict verdict;
    try {
        detail::check_again(chain, options);
    } catch (TlsError const& error) {
        verdict.refusal = error;
    }
    return verdict;
}

SEALSQL_INLINE Verdict survives(ServerChain const& chain, TrustAnchors const& only)
{
    SslOptions options = detail::ChainAccess::options(chain);
    options.ca = only;
    if (options.verify == VerifyMode::none)
        options.verify = VerifyMode::identity;
    return survives(chain, options);
}

} // namespace sealsql::inline SEALSQL_ABI

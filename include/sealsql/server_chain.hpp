#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/trust_anchors.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// @file
/// The certificates of a connection's server: when each of them expires, and whether they would be
/// accepted under other settings. Not part of <sealsql/sealsql.hpp>: include it where it is needed.
///
///     auto const chain = sealsql::server_chain(db);
///     auto const first = sealsql::first_to_expire(chain);
///     std::cout << first.days_left() << " days left for " << first.certificate.subject << '\n';
///     if (auto const verdict = sealsql::survives(chain, "new-ca.pem"); !verdict)
///         std::cout << verdict.refusal->what() << '\n';

struct stack_st_X509; // OpenSSL's own tag for STACK_OF(X509)

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

struct ChainAccess;

} // namespace detail

/// The certificates that a server showed, and what is needed to check them again. Plain values: it stays
/// valid when the connection goes, and can be given to another thread.
class ServerChain {
public:
    /// None.
    ServerChain() = default;

    /// What the server sent, in its order: its own certificate first. Of a resumed connection, what it
    /// sent when the session began.
    [[nodiscard]] std::vector<Certificate> const& sent() const noexcept { return sent_; }

    /// From the server's certificate (first) to the trusted CA (last), which servers do not usually
    /// send; empty if there is no way to a trusted CA, or none was looked for (VerifyMode::none). Of a
    /// resumed connection it is found anew, among the CAs that were trusted when it was made, whatever
    /// has expired since.
    [[nodiscard]] std::vector<Certificate> const& verified() const noexcept { return verified_; }

    /// verified(), or sent() where that is empty.
    [[nodiscard]] std::vector<Certificate> const& certificates() const noexcept
    {
        return verified_.empty() ? sent_ : verified_;
    }

    /// Whether the trusted CA is among certificates(), as the last.
    [[nodiscard]] bool has_trust_anchor() const noexcept { return !verified_.empty(); }

    /// Whether no certificate is in it.
    [[nodiscard]] bool empty() const noexcept { return sent_.empty(); }

    /// The public key of the server's certificate as Pin::public_key() takes it: `sha256//…`. A pin is
    /// worth as much as the way on which it was learnt.
    [[nodiscard]] std::string const& key_pin() const noexcept { return key_pin_; }

    /// sent() in DER, in the same order.
    [[nodiscard]] std::vector<std::string> const& der() const noexcept { return der_; }

    /// Where the server was dialled.
    [[nodiscard]] Endpoint const& endpoint() const noexcept { return endpoint_; }

private:
    friend detail::ChainAccess;

    std::vector<Certificate> sent_;
    std::vector<Certificate> verified_;
    std::vector<std::string> der_;
    std::string key_pin_;
    Endpoint endpoint_;
    SslOptions options_; // of the connection, without .ca and .identity
};

/// The certificates of a connection's server. It costs nothing until it is called, and asks nobody.
/// @throws Error if the connection is closed or has no TLS
[[nodiscard]] ServerChain server_chain(Connection const& connection);

/// What a certificate in a chain is there for.
enum class ChainRole : std::uint8_t { server, intermediate, trusted_ca };

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(ChainRole role) noexcept;

/// How long a certificate still holds.
struct Expiry {
    ChainRole role = ChainRole::server;
    Certificate certificate;
    /// Negative once it has expired.
    std::chrono::seconds left{};

    /// Whole days; negative as soon as it has expired.
    [[nodiscard]] std::int64_t days_left() const noexcept
    {
        return std::chrono::floor<std::chrono::days>(left).count();
    }

    friend bool operator==(Expiry const&, Expiry const&) = default;
};

/// This machine's clock, in whole seconds.
[[nodiscard]] inline std::chrono::sys_seconds current_time()
{
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// All certificates of ServerChain::certificates(), the one that expires first in front.
[[nodiscard]] std::vector<Expiry> expiries(ServerChain const& chain,
                                           std::chrono::sys_seconds now = current_time());

/// The certificate that expires first. When it has, nobody can connect any more.
/// @throws Error if the chain is empty
[[nodiscard]] Expiry first_to_expire(ServerChain const& chain,
                                     std::chrono::sys_seconds now = current_time());

/// What a check decided.
struct Verdict {
    /// Why the server is refused, as connecting would throw it; nothing if it is accepted.
    std::optional<TlsError> refusal{};

    /// Whether the server is accepted.
    [[nodiscard]] bool accepted() const noexcept { return !refusal; }
    explicit operator bool() const noexcept { return accepted(); }
};

/// Whether a server that shows this chain would be accepted under these settings now: by the same code
/// that checks it inside a handshake, options and files included. Names are checked as for the endpoint
/// that was dialled, unless .server_name says another. `.also_check` is called if all else accepts.
///
/// The protocol itself (versions, ciphers, the client's certificate, a stapled OCSP response) is not part of
/// it, and that the server holds the key is known only of a chain that a connection saw.
[[nodiscard]] Verdict survives(ServerChain const& chain, SslOptions const& options);

/// Whether connections like the one that saw this chain would be accepted if `only`, such as a path, were
/// trusted and nobody else: what to ask before an old CA is thrown out. All other settings are those of that
/// connection; VerifyMode::none counts as VerifyMode::identity, because it trusts nobody.
[[nodiscard]] Verdict survives(ServerChain const& chain, TrustAnchors const& only);

namespace detail {

/// How the parts of the library fill a ServerChain.
struct ChainAccess {
    /// @param verified from the server's certificate to the trusted CA; may be null
    [[nodiscard]] static ServerChain make(Endpoint const& endpoint, SslOptions const& options,
                                          stack_st_X509 const* sent, stack_st_X509 const* verified);
    [[nodiscard]] static SslOptions const& options(ServerChain const& chain) noexcept
    {
        return chain.options_;
    }
};

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/server_chain.ipp>
#endif

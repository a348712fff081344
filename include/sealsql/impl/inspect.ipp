#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/greeting_guard.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/session_cache.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/trust_store.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/hooks.ipp>
#include <sealsql/impl/server_chain.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/impl/session_errors.ipp>
#include <sealsql/impl/tls_engine.ipp>
#include <sealsql/inspect.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/revocation.hpp>
#include <sealsql/server_chain.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/trust_anchors.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/// @file
/// An inspection is a number of connections, each up to the end of its handshake. Connector/C has no part in
/// them: it knows no way to stop there. All that decides is the same as in connecting: the guard of the
/// greeting, the deadline below TLS, and the TLS engine, which finds its connection by the CallScope.

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(ProbeAnswer answer) noexcept
{
    switch (answer) {
    case ProbeAnswer::not_tried:
        return "not_tried";
    case ProbeAnswer::refused:
        return "refused";
    case ProbeAnswer::accepted:
        return "accepted";
    }
    return "unknown";
}

namespace detail {

/// One connection of an inspection.
class Probe {
public:
    Probe(Shared<TlsPolicy const> policy, std::chrono::milliseconds timeout,
          Clock::time_point latest)
        : timeout_{timeout}, deadline_{std::min(latest, Clock::now() + timeout)},
          endpoint_{policy->endpoint}, target_{concat({printable(endpoint_.host()), ":",
                                                       std::to_string(endpoint_.port())})}
    {
        state_.tls.policy = std::move(policy);
        state_.timeout = timeout_;
    }

    Probe(Probe const&) = delete;
    Probe& operator=(Probe const&) = delete;
    ~Probe()
    {
        ssl_.reset(); // before the socket that its BIO is on, and the state
        if (state_.tls.socket >= 0)
            static_cast<void>(::close(state_.tls.socket));
    }

    /// Connects to the first of the addresses that answers.
    /// @return which that is
    [[nodiscard]] std::string dial(std::vector<std::string> const& addresses)
    {
        int error = ETIMEDOUT;
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            // A dead address must not use up the time of those behind it.
            auto const share =
                (deadline_ - Clock::now()) / static_cast<std::int64_t>(addresses.size() - i);
            error = dial(addresses[i], Clock::now() + share);
            if (error == 0)
                return addresses[i];
        }
        throw fatal_client_error(
            error_code::conn_host_error,
            concat({"cannot connect to ", target_, ": ", std::generic_category().message(error)}),
            "check the host and port, and that the server runs");
    }

    /// Reads the greeting, and asks for TLS.
    void read_greeting()
    {
        ErrorQueueGuard const errors;
        CallScope const call{state_, deadline_};
        GreetingGuard& guard = state_.guard;
        std::array<char, 4096> buffer{};
        while (guard.verdict() == GreetingGuard::Verdict::pass &&
               guard.phase() == GreetingGuard::Phase::greeting) {
            int const size =
                receive(state_, state_.tls.socket, buffer.data(), static_cast<int>(buffer.size()));
            if (size <= 0)
                throw_no_greeting();
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as bytes
            static_cast<void>(guard.on_read({reinterpret_cast<std::byte const*>(buffer.data()),
                                             static_cast<std::size_t>(size)}));
        }
    }

    /// What the guard found wrong with the greeting.
    void require_good_greeting() const { throw_guard_verdict(state_.guard, target_, false, true); }

    /// Asks for TLS and shakes hands.
    void shake_hands()
    {
        ErrorQueueGuard const errors;
        CallScope const call{state_, deadline_};
        request_tls();
        context_.reset(SSL_CTX_new(TLS_client_method()));
        ssl_.reset(context_ ? SSL_new(context_.get()) : nullptr);
        if (!ssl_ || state_.tls.context != context_.get())
            throw tls_error(TlsReason::backend_unusable, TlsStage::handshake,
                            "OpenSSL did not ask sealsql about a new context",
                            "see that one OpenSSL is linked, and not closed already");
        // So that reading returns when a ticket has come.
        SSL_clear_mode(ssl_.get(), SSL_MODE_AUTO_RETRY);
        errno = 0;
        bool const done = SSL_connect(ssl_.get()) == 1;
        if (done && state_.tls.finished && state_.tls.certificate_checked && state_.tls.peer)
            return;
        int const number = errno;
        unsigned long const error = ERR_peek_error(); // NOLINT(google-runtime-int): OpenSSL's type
        char const* const reason = error != 0 ? ERR_reason_error_string(error) : nullptr;
        std::string const text = reason != nullptr ? reason
                                 : number != 0     ? std::generic_category().message(number)
                                                   : "it ended";
        throw_handshake_failure(state_, target_, {}, text);
        throw tls_error(TlsReason::handshake_closed, TlsStage::handshake,
                        concat({"the TLS handshake with ", target_, " failed: ", text}), {});
    }

    /// Gives the server time to send what resumes the session.
    void wait_for_ticket()
    {
        ErrorQueueGuard const errors;
        // Servers send it with the last message of the handshake.
        constexpr std::chrono::milliseconds patience{500};
        CallScope const call{state_, std::min(deadline_, Clock::now() + patience)};
        // One is enough; a server that sends others, which cannot be used, is not waited for.
        constexpr int most = 8;
        for (int i = 0; i < most && SSL_SESSION_is_resumable(SSL_get0_session(ssl_.get())) != 1;
             ++i) {
            char byte = 0;
            int const size = SSL_read(ssl_.get(), &byte, 1);
            if (size > 0 || SSL_get_error(ssl_.get(), size) != SSL_ERROR_WANT_READ ||
                state_.timed_out)
                return;
        }
    }

    /// Says goodbye to the TLS that there is, without waiting for the answer.
    void hang_up() noexcept
    {
        ErrorQueueGuard const errors;
        CallScope const call{state_, Clock::now() + goodbye_timeout};
        static_cast<void>(SSL_shutdown(ssl_.get()));
    }

    [[nodiscard]] GreetingGuard const& guard() const noexcept { return state_.guard; }
    [[nodiscard]] TlsState const& tls() const noexcept { return state_.tls; }

private:
    /// @return zero, or the error of the system
    [[nodiscard]] int dial(std::string const& address, Clock::time_point deadline)
    {
        addrinfo hints{};
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (::getaddrinfo(address.c_str(), std::to_string(endpoint_.port()).c_str(), &hints,
                          &found) != 0)
            return EADDRNOTAVAIL;
        Owned<addrinfo, ::freeaddrinfo> const owner{found};
        int const socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                    found->ai_protocol);
        if (socket < 0)
            return errno;
        int error = ::connect(socket, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
        if (error == EINPROGRESS)
            error = wait_for_socket(socket, false, deadline) ? take_socket_error(socket) : errno;
        if (error == 0)
            state_.tls.socket = socket;
        else
            static_cast<void>(::close(socket));
        return error;
    }

    [[noreturn]] void throw_no_greeting() const
    {
        if (state_.timed_out)
            throw fatal_client_error(error_code::conn_host_error,
                                     concat({"no greeting came from ", target_, " within ",
                                             std::to_string(timeout_.count()), " ms"}),
                                     "check that a MySQL server answers there");
        throw fatal_client_error(
            error_code::server_lost,
            concat({target_, " closed the connection instead of sending a greeting"}),
            "look into the server's log; a proxy or firewall in between does this, too");
    }

    /// Protocol::SSLRequest: 32 bytes of what this client can do, and no user name.
    void request_tls()
    {
        constexpr std::array<char, 36> request{
            32,   0,      0, 1, // the packet's size and number
            0x01, '\x8A', 8, 0, // CLIENT_MYSQL, PROTOCOL_41, SSL, SECURE_CONNECTION, PLUGIN_AUTH
            0,    0,      0, 1, // the largest packet: 16 MiB
            45,                 // utf8mb4
        };
        std::size_t sent = 0;
        while (sent < request.size()) {
            int const size = transmit(state_, state_.tls.socket, request.data() + sent,
                                      static_cast<int>(request.size() - sent));
            if (size < 0)
                throw tls_error(
                    TlsReason::handshake_closed, TlsStage::handshake,
                    concat({target_, " closed the connection when it was asked for TLS"}),
                    "try again; if it stays, look into the server's log", nullptr, true);
            sent += static_cast<std::size_t>(size);
        }
        static_cast<void>(state_.guard.on_write(request.size()));
    }

    std::chrono::milliseconds timeout_;
    Clock::time_point deadline_;
    Endpoint endpoint_;
    std::string target_;
    ConnectionState state_{true};
    Owned<SSL_CTX, SSL_CTX_free> context_;
    Owned<SSL, SSL_free> ssl_;
};

/// The settings by which a server is looked at: those that shape the handshake, and no check that would end
/// it before all is seen.
[[nodiscard]] SEALSQL_INLINE SslOptions for_a_look(SslOptions options)
{
    options.ca = TrustAnchors::system();
    options.verify = VerifyMode::none;
    options.pins.clear();
    options.revocation = Revocation::off();
    options.ocsp_stapling = {};
    options.also_check = {};
    options.identity = ClientIdentity{};
    options.key_log_file.clear();
    options.session_resumption = true;
    return options;
}

/// The settings with another VerifyMode, without what check() would not let stand beside it.
[[nodiscard]] SEALSQL_INLINE SslOptions with_mode(SslOptions options, VerifyMode mode)
{
    options.verify = mode;
    if (mode != VerifyMode::identity) {
        options.server_name.clear();
        options.also_accept_names.clear();
    }
    if (mode == VerifyMode::none) {
        options.ca = TrustAnchors::system();
        options.revocation = Revocation::off();
        options.ocsp_stapling = {};
        options.max_chain_depth = default_max_chain_depth;
        options.identity = ClientIdentity{};
    }
    return options;
}

class Inspector {
public:
    Inspector(std::string const& host, std::uint16_t port, InspectOptions const& options)
        : options_{options}, endpoint_{Endpoint::tcp(host, port)},
          latest_{Clock::now() + options.total_timeout}, addresses_{resolve(host)}
    {
    }

    [[nodiscard]] Inspection run()
    {
        look();
        // A session ends with the certificate that it was made with.
        if (found_.has_tls && !is_over() && first_to_expire(found_.chain).left.count() > 0)
            resume();
        if (found_.tls_offered && options_.try_protocols)
            try_protocols();
        judge();
        return std::move(found_);
    }

private:
    [[nodiscard]] bool is_over() const noexcept { return gave_up_ || Clock::now() >= latest_; }

    [[nodiscard]] Shared<TlsPolicy const> policy_for(SslOptions const& options) const
    {
        return Shared<TlsPolicy const>::make(make_tls_policy(endpoint_, options));
    }

    void look()
    {
        look_policy_ = policy_for(for_a_look(options_.ssl));
        // The certificates are to be seen as they are now.
        forget_sessions(*look_policy_);
        Probe probe{look_policy_, options_.connect_timeout, latest_};
        ++found_.connections;
        found_.address = probe.dial(addresses_);
        addresses_ = {found_.address};
        probe.read_greeting();
        read_greeting(probe.guard());
        try {
            probe.require_good_greeting();
            probe.shake_hands();
        } catch (TlsError const& error) {
            found_.refusal = error;
            gave_up_ = error.reason() == TlsReason::timed_out;
            return;
        }
        TlsState const& tls = probe.tls();
        found_.has_tls = true;
        found_.version = tls.version;
        found_.cipher = tls.cipher;
        found_.asks_for_identity = tls.identity_requested;
        stack_st_X509* const sent = SSL_get_peer_cert_chain(tls.ssl);
        X509Stack path;
        try {
            // Whether they are accepted is for the verdicts to say.
            TrustStore const trust = load_trust_store(options_.ssl.ca);
            path = find_trusted_path(sent, trust.get());
        } catch (TlsError const&) {
            // The verdicts say that there are none.
        }
        found_.chain = ChainAccess::make(endpoint_, options_.ssl, sent, path.get());
        probe.wait_for_ticket();
        probe.hang_up();
    }

    void resume()
    {
        try {
            Probe probe{look_policy_, options_.connect_timeout, latest_};
            connect(probe);
            found_.resumption = probe.tls().resumed ? ProbeAnswer::accepted : ProbeAnswer::refused;
            probe.hang_up();
        } catch (Error const& error) {
            note_failure(error);
        }
        forget_sessions(*look_policy_);
    }

    void try_protocols()
    {
        for (ProtocolSupport& one : found_.protocols) {
            SslOptions options = for_a_look(options_.ssl);
            options.session_resumption = false;
            options.min_version = one.version;
            options.max_version = one.version;
            options.insecure_legacy_tls = one.version < TlsVersion::tls1_2;
            if (one.version != TlsVersion::tls1_2)
                options.ciphers.clear();
            if (one.version != TlsVersion::tls1_3)
                options.cipher_suites.clear();
            try_protocol(one, options);
        }
    }

    /// Lets the server choose, takes away what it chose, and so on until it finds nothing any more.
    void try_protocol(ProtocolSupport& one, SslOptions options)
    {
        std::vector<std::string> left = ciphers_of(options);
        std::vector<std::string>& choice =
            one.version == TlsVersion::tls1_3 ? options.cipher_suites : options.ciphers;
        while (!left.empty() && !is_over()) {
            if (one.version >= TlsVersion::tls1_2)
                choice = left;
            std::optional<std::string> const cipher = agree(options);
            if (!cipher) {
                if (!gave_up_ && one.answer == ProbeAnswer::not_tried)
                    one.answer = ProbeAnswer::refused;
                return;
            }
            one.answer = ProbeAnswer::accepted;
            one.ciphers.push_back(*cipher);
            if (one.version < TlsVersion::tls1_2 || std::erase(left, *cipher) == 0)
                return;
        }
    }

    /// @return the cipher; nothing if there is none in common, or nobody answers any more
    [[nodiscard]] std::optional<std::string> agree(SslOptions const& options)
    {
        try {
            Probe probe{policy_for(options), options_.connect_timeout, latest_};
            connect(probe);
            probe.hang_up();
            return probe.tls().cipher;
        } catch (Error const& error) {
            note_failure(error);
            return std::nullopt;
        }
    }

    void connect(Probe& probe)
    {
        ++found_.connections;
        static_cast<void>(probe.dial(addresses_));
        probe.read_greeting();
        probe.require_good_greeting();
        probe.shake_hands();
    }

    /// A handshake that the other side refuses is an answer; all else says that there will be no more of them.
    void note_failure(Error const& error) noexcept
    {
        auto const* const of_tls = dynamic_cast<TlsError const*>(&error);
        gave_up_ = of_tls == nullptr || of_tls->stage() != TlsStage::handshake ||
                   of_tls->reason() == TlsReason::timed_out ||
                   of_tls->reason() == TlsReason::backend_unusable;
    }

    /// The names of what this side may use by these settings.
    [[nodiscard]] std::vector<std::string> ciphers_of(SslOptions const& options) const
    {
        ErrorQueueGuard const errors;
        std::vector<std::string> names;
        Shared<TlsPolicy const> const policy = policy_for(options);
        Owned<SSL_CTX, SSL_CTX_free> const context{SSL_CTX_new(TLS_client_method())};
        Owned<SSL, SSL_free> const ssl{context ? SSL_new(context.get()) : nullptr};
        // False for a version that this OpenSSL was built without.
        if (!ssl || !apply_policy(ssl.get(), *policy))
            return names;
        Owned<STACK_OF(SSL_CIPHER), free_ciphers> const all{SSL_get1_supported_ciphers(ssl.get())};
        for (int i = 0; all && i < sk_SSL_CIPHER_num(all.get()); ++i)
            names.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(all.get(), i)));
        return names;
    }

    static void free_ciphers(STACK_OF(SSL_CIPHER) * ciphers) noexcept
    {
        sk_SSL_CIPHER_free(ciphers);
    }

    /// For people: the guard has judged it.
    void read_greeting(GreetingGuard const& guard)
    {
        using Verdict = GreetingGuard::Verdict;
        if (guard.verdict() != Verdict::pass && guard.verdict() != Verdict::tls_not_offered)
            return;
        WireReader reader{guard.first_packet()};
        reader.skip(1); // the protocol's version
        std::string_view version = reader.nul_terminated_text();
        // For the sake of old replicas, that would not know a version of two digits.
        constexpr std::string_view prefix = "5.5.5-";
        if (version.starts_with(prefix) && version.find("MariaDB") != std::string_view::npos)
            version.remove_prefix(prefix.size());
        found_.server_version = printable(version);
        reader.skip(4 + 8 + 1);
        std::uint64_t capabilities = reader.integer<2>();
        reader.skip(1 + 2);
        capabilities |= reader.integer<2>() << 16U;
        found_.auth_plugin = printable(guard.named_method());
        found_.capabilities = static_cast<std::uint32_t>(capabilities);
        found_.tls_offered = guard.tls_offered();
    }

    void judge()
    {
        for (ModeVerdict& one : found_.verdicts) {
            if (found_.has_tls)
                one.verdict = survives(found_.chain, with_mode(options_.ssl, one.mode));
            else
                one.verdict.refusal = found_.refusal;
        }
    }

    InspectOptions const& options_;
    Endpoint endpoint_;
    Clock::time_point latest_;
    std::vector<std::string> addresses_;
    Shared<TlsPolicy const> look_policy_;
    Inspection found_;
    bool gave_up_ = false;
};

} // namespace detail

SEALSQL_INLINE Inspection inspect(std::string const& host, std::uint16_t port,
                                  InspectOptions const& options)
{
    if (!detail::is_plausible_host(host) || port == 0)
        throw detail::client_error(
            detail::error_code::unknown_host,
            detail::concat({"'", printable(host), "', port ", std::to_string(port),
                            ", is no place on a network"}),
            "give a host name or an IP address without brackets, and a port from 1 to 65535");
    check(options.ssl);
    // Connector/C has no part in this; but with one that cannot be made safe no connect would do what the
    // verdicts say. And the hooks keep this code loaded, as OpenSSL may call it from now on.
    detail::register_hooks();
    return detail::Inspector{host, port, options}.run();
}

} // namespace sealsql::inline SEALSQL_ABI

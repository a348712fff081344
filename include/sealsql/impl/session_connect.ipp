#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/capi.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/login_screen.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/process_id.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_cache.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/hooks.ipp>
#include <sealsql/impl/process_id.ipp>
#include <sealsql/impl/resolve.ipp>
#include <sealsql/impl/session_errors.ipp>
#include <sealsql/login_method.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/tls_info.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/// @file
/// How a session begins and ends: from a name and options to a verified server that knows who we are, and the
/// goodbye.

namespace sealsql::inline SEALSQL_ABI::detail {

// Login methods by who may learn what.
/// To whoever answers through TLS that the caller wants unverified, and on local sockets.
inline constexpr LoginMethods methods_for_unverified{};
/// In plaintext over a network: only a response to a challenge travels.
inline constexpr LoginMethods methods_over_plaintext{
    LoginMethod::mysql_native_password, LoginMethod::client_ed25519, LoginMethod::parsec};

/// How long closing may take: saying goodbye is a courtesy.
inline constexpr std::chrono::milliseconds goodbye_timeout{200};

/// Lets this thread's short sleeps be as short as they are asked to be, for as long as it lives: after it has dialled,
/// Connector/C sleeps for a microsecond, which the kernel rounds up by the timer slack, 50 µs as a rule (prctl(2)).
class PromptTimers {
public:
    PromptTimers() noexcept : before_{::prctl(PR_GET_TIMERSLACK)}
    {
        if (before_ > 1)
            static_cast<void>(::prctl(PR_SET_TIMERSLACK, 1UL)); // zero would be the default
    }
    PromptTimers(PromptTimers const&) = delete;
    PromptTimers& operator=(PromptTimers const&) = delete;
    ~PromptTimers()
    {
        if (before_ > 1)
            static_cast<void>(::prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(before_)));
    }

private:
    int before_;
};

SEALSQL_INLINE void Session::close_handle(st_mysql* handle) noexcept { mysql_close(handle); }

SEALSQL_INLINE Session::Session(ConnectionOptions const& options, ConnectPlan const& plan)
    : is_local_socket_{options.endpoint.is_local_socket()},
      needs_tls_{options.transport.demands_tls()}, owner_{process_id()},
      options_{Shared<ConnectionOptions const>::make(options)}, timeouts_{options.timeouts},
      max_allowed_packet_{options.max_allowed_packet}, limit_{plan.limit},
      text_rule_{detail::text_rule(options.character_set)}, framer_{options.max_allowed_packet},
      statements_{options.statement_cache_size}
{
    if (!options.observer) {
        connect(options, plan);
        return;
    }
    watch_.take(options.observer.owner_->make_watch(options));
    Operation connecting{watch_->begin_connect(plan.look_up_began)};
    try {
        connect(options, plan);
    } catch (Error const& error) {
        connecting.fail(error);
        throw;
    }
    connecting.succeed();
}

SEALSQL_INLINE void Session::connect(ConnectionOptions const& options, ConnectPlan const& plan)
{
    sealsql::check(options);
    register_hooks();
    if (tls_is_gone())
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL does not work any more: the process is ending",
                        "connect before the end of main() only");
    Endpoint const& endpoint = options.endpoint;
    SslOptions const* const ssl = options.transport.ssl();
    Shared<TlsPolicy const> policy;
    if (ssl != nullptr)
        policy = Shared<TlsPolicy const>::make(make_tls_policy(endpoint, *ssl));

    Clock::time_point deadline = Clock::now() + timeouts_.connect;
    std::vector<std::string> resolved;
    if (is_local_socket_) {
        target_ = printable(endpoint.path().native());
        resolved.push_back({}); // NOLINT(modernize-use-emplace): one more template to compile
    } else {
        target_ = concat({printable(endpoint.host()), ":", std::to_string(endpoint.port())});
        if (plan.addresses == nullptr && limit_ != nullptr) {
            resolved = limit_->look_up(endpoint.host(), deadline);
        } else if (plan.addresses == nullptr) {
            resolved = resolve(endpoint.host());
            deadline = Clock::now() + timeouts_.connect; // the resolver cannot be interrupted
        }
    }
    std::vector<std::string> const& addresses =
        plan.addresses != nullptr && resolved.empty() ? *plan.addresses : resolved;

    if (ssl != nullptr)
        trusted_ = ssl->ca.describe();

    bool looked_again = false;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        handle_.reset();                               // before the state that it calls back into
        state_.reset(new ConnectionState{needs_tls_}); // NOLINT(cppcoreguidelines-owning-memory)
        state_->tls.policy = policy;
        // A dead address must not use up the time of those behind it.
        auto share = (deadline - Clock::now()) / static_cast<std::int64_t>(addresses.size() - i);
        if (timeouts_.dial.count() != 0 && share > timeouts_.dial)
            share = timeouts_.dial;
        try {
            if (watch_)
                watch_->begin_dial(addresses[i]);
            dial(options, addresses[i], deadline, Clock::now() + share);
            if (watch_)
                watch_->end_dial(*this, nullptr);
            break;
        } catch (TlsError const& error) {
            if (watch_)
                watch_->end_dial(*this, &error);
            // An attacker's answer is no reason to look further. A file that has changed since is, and that the
            // server has given up TLS 1.3 since the session that was offered.
            bool const may_be_older = state_->tls.only_tls1_3 && !state_->tls.finished &&
                                      (error.reason() == TlsReason::protocol_version ||
                                       error.reason() == TlsReason::handshake_refused);
            if ((error.stage() != TlsStage::verification && !may_be_older) || looked_again)
                throw;
            looked_again = true;
            if (!may_be_older) {
                auto fresh = Shared<TlsPolicy const>::make(make_tls_policy(endpoint, *ssl));
                if (*fresh == *policy)
                    throw;
                policy = std::move(fresh);
            }
            --i;
        } catch (Error const& error) {
            if (watch_)
                watch_->end_dial(*this, &error);
            bool const unreachable = error.code() == error_code::conn_host_error ||
                                     error.code() == error_code::connection_error;
            if (!unreachable || i + 1 == addresses.size() || Clock::now() >= deadline)
                throw;
        }
    }
    limiting_call_ = "connect_timeout()";
    run_init_statements(deadline);
    limiting_call_ = nullptr;
    limit_ = nullptr;
}

SEALSQL_INLINE Session::~Session() { close(); }

SEALSQL_INLINE void Session::close() noexcept
{
    if (!handle_)
        return;
    if (state_->tls.ssl != nullptr && tls_is_gone()) {
        // Its memory goes with the process, which is ending; until then somebody has it, for those who look for leaks.
        struct Left {
            st_mysql* handle;
            Left* next;
        };
        static Left* all = nullptr;
        static_cast<void>(::close(socket_));
        // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): as said
        if (auto* const left = new (std::nothrow) Left{handle_.release(), nullptr})
            left->next = __atomic_exchange_n(&all, left, __ATOMIC_ACQ_REL);
        return;
    }
    ErrorQueueGuard const errors;
    int const socket = static_cast<int>(mysql_get_socket(handle_.get()));
    bool const is_inherited = process_id() != owner_;
    if (is_inherited) {
        // In a forked child. A word to the server would end the parent's session, and in TLS repeat the
        // nonce of what the parent says next.
        int const nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        bool const is_cut_off = nowhere >= 0 && socket >= 0 && ::dup2(nowhere, socket) >= 0;
        if (nowhere >= 0)
            static_cast<void>(::close(nowhere));
        if (!is_cut_off) {
            static_cast<void>(handle_.release()); // better left than closed
            return;
        }
    }
    // In the middle of a reply there is nothing to say.
    if (busy_ && !is_inherited)
        cut(socket);
    state_->interrupted = false; // it is Connector/C that waits now, and it would go on for ever
    framer_.drop(); // what is left of it must not be readable only because it came early
    CallScope const call{*state_, Clock::now() + goodbye_timeout};
    handle_.reset();
}

SEALSQL_INLINE void Session::dial(ConnectionOptions const& options, std::string const& address,
                                  Clock::time_point deadline, Clock::time_point dial_deadline)
{
    ErrorQueueGuard const errors;
    CallScope call{*state_, deadline};
    call.set_dial_deadline(dial_deadline);
    if (limit_ != nullptr)
        limit_->before_wait(*this, call);
    state_->timeout = state_->connect_timeout = timeouts_.connect;
    if (timeouts_.dial.count() != 0 && dial_deadline < deadline) {
        state_->timeout = timeouts_.dial;
        state_->timeout_call = "dial_timeout()";
    }
    state_->handshake_timeout = timeouts_.handshake;
    state_->login_timeout = timeouts_.login;

    MYSQL* const handle = mysql_init(nullptr);
    if (handle == nullptr)
        throw std::bad_alloc{};
    handle_.reset(handle);
    state_->handle = handle;
    set_options(options);

    PromptTimers const timers;
    MYSQL const* const connected = mysql_real_connect(
        handle, is_local_socket_ ? nullptr : address.c_str(), options.user.c_str(),
        options.password.c_str(), options.database.empty() ? nullptr : options.database.c_str(),
        is_local_socket_ ? 0U : options.endpoint.port(),
        is_local_socket_ ? options.endpoint.path().c_str() : nullptr,
        (options.multi_statements ? CLIENT_MULTI_STATEMENTS : 0UL) |
            (options.found_rows ? CLIENT_FOUND_ROWS : 0UL));
    bool const is_refused = state_->login_screen.verdict() != LoginScreen::Verdict::pass;
    if (connected == nullptr || is_refused) {
        if (state_->tls.context != nullptr && !state_->tls.finished)
            forget_sessions(*state_->tls.policy);
        throw_connect_failure(address);
    }

    accept_tls();
    state_->logged_in = true;
    // Nobody needs it again: there is no reconnect and no change of user.
    if (handle->passwd != nullptr)
        erase_memory(handle->passwd, std::strlen(handle->passwd));
    socket_ = static_cast<int>(mysql_get_socket(handle));
    set_receive_tick(socket_); // mysql_real_connect() has put its own timeout in its place
    if (!is_local_socket_)
        set_keepalive(socket_, options.keepalive);
    status_ = static_cast<std::uint16_t>(handle->server_status);
    // Connector/C always asks for it.
    tracks_changes_ = (handle->server_capabilities & CLIENT_SESSION_TRACKING) != 0;
    is_mariadb_ =
        std::string_view{mysql_get_server_info(handle)}.find("MariaDB") != std::string_view::npos;
    constexpr unsigned long is_mysql = 1; // NOLINT(google-runtime-int): Connector/C's type
    constexpr unsigned long takes_arrays = 1U
                                           << (34U - 32U); // NOLINT(google-runtime-int): as above
    unsigned long extended = 0;                            // NOLINT(google-runtime-int): as above
    // Connector/C asks for all that it knows and the server has, and it has known this one since 3.0.
    takes_arrays_ = (handle->server_capabilities & is_mysql) == 0 &&
                    mariadb_get_infov(handle, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
                                      &extended) == 0 &&
                    (extended & takes_arrays) != 0;
    local_infile_ = options.local_infile;
    // It would count what an UPDATE changed, and a caller would take a row that stayed as it was for a missing one.
    if (options.found_rows && (handle->server_capabilities & CLIENT_FOUND_ROWS) == 0) {
        close();
        throw fatal_client_error(error_code::unknown_error,
                                 concat({target_, " cannot count the rows that an UPDATE found"}),
                                 "leave out found_rows(), and count on the rows that were changed");
    }
    agree_on_compression(options);
}

SEALSQL_INLINE void Session::agree_on_compression(ConnectionOptions const& options)
{
    codec_.reset();
    if (handle_->net.compress == 0)
        return;
    constexpr unsigned long zstd = 1U << 26U; // NOLINT(google-runtime-int): Connector/C's type
    if (options.compression.make_codec == nullptr || (handle_->client_flag & zstd) != 0) {
        close();
        throw fatal_client_error(
            error_code::unknown_error,
            concat({"Connector/C agreed with ", target_, " on a compression other than zlib"}),
            "leave out compression(), or take Connector/C's zstd plugin away");
    }
    codec_.reset(options.compression.make_codec());
    framer_.ignore_numbers();
}

/// An option that was not taken might be the one that keeps a login from being sent.
SEALSQL_INLINE void set_option(MYSQL* handle, mysql_option option, void const* value)
{
    if (mysql_optionsv(handle, option, value) != 0)
        throw fatal_client_error(error_code::unknown_error,
                                 concat({"this Connector/C does not know mysql_option number ",
                                         std::to_string(static_cast<int>(option))}),
                                 "use MariaDB Connector/C 3.3 or 3.4");
}

SEALSQL_INLINE void Session::set_options(ConnectionOptions const& options)
{
    MYSQL* const handle = handle_.get();
    auto const set = [handle](mysql_option option, void const* value) {
        set_option(handle, option, value);
    };
    unsigned const protocol = is_local_socket_ ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    my_bool const off = 0;
    unsigned const files = options.local_infile ? 1 : 0;
    set(MYSQL_OPT_PROTOCOL, &protocol);
    // The certificate is verified by verify_certificate(), not by Connector/C, whose check differs
    // between versions and knows exceptions. Left on, 3.4 would also begin TLS where plaintext was chosen.
    set(MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
    set(MYSQL_OPT_RECONNECT, &off);
    set(MYSQL_OPT_LOCAL_INFILE, &files);
    if (options.compression.make_codec != nullptr)
        set(MYSQL_OPT_COMPRESS, nullptr);
    // Connector/C itself never sends any: it reads nothing but the login, where no server has to ask. The file name is
    // the server's choice, and Connector/C's own handler formats it unchecked.
    mysql_set_local_infile_handler(
        handle, [](void**, char const*, void*) { return 1; },
        [](void*, char*, unsigned) { return -1; }, [](void*) {},
        [](void*, char* text, unsigned size) {
            if (size != 0)
                text[0] = '\0';
            return static_cast<int>(CR_UNKNOWN_ERROR);
        },
        nullptr);
    set(MYSQL_SET_CHARSET_NAME, options.character_set.c_str());
    // During the login LoginScreen limits what may come, and then PacketFramer.
    std::size_t const largest = std::size_t{1} << 30U;
    set(MYSQL_OPT_MAX_ALLOWED_PACKET, &largest);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the option's type is void const*
    set(MARIADB_OPT_IO_WAIT, reinterpret_cast<void const*>(&on_wait));
    for (auto const& [name, value] : options.connection_attributes)
        mysql_optionsv(handle, MYSQL_OPT_CONNECT_ATTR_ADD, name.c_str(), value.c_str());

    // No login method at all, until the guard has judged the greeting and on_transfer() sets the list:
    // where the hook does not run, no method gets the password.
    set(MARIADB_OPT_RESTRICTED_AUTH, "");
    state_->methods = state_->tls.policy && verifies_server(state_->tls.policy->options)
                          ? options.login_methods
                          : options.login_methods & methods_for_unverified;
    state_->methods_without_tls =
        options.login_methods &
        (is_local_socket_ ? methods_for_unverified : methods_over_plaintext);
    if (state_->tls.policy)
        set_tls_options();
}

SEALSQL_INLINE void Session::set_tls_options()
{
    MYSQL* const handle = handle_.get();
    // Any path keeps Connector/C from reading the system's bundle for each connection.
    set_option(handle, MYSQL_OPT_SSL_CAPATH, "/dev/null");
    // With these two no handshake can succeed: pre-shared keys, and nobody has one. on_handshake()
    // replaces both; where it does not run, there is no connection. They also switch TLS on.
    set_option(handle, MARIADB_OPT_TLS_VERSION, "TLSv1.2");
    set_option(handle, MYSQL_OPT_SSL_CIPHER, "PSK");
    my_bool const on = 1;
    if (needs_tls_)
        set_option(handle, MYSQL_OPT_SSL_ENFORCE, &on);
}

SEALSQL_INLINE void Session::accept_tls()
{
    TlsState& tls = state_->tls;
    if (!needs_tls_ && !tls.configured)
        return; // plaintext, as asked for
    if (!tls.finished || !tls.certificate_checked || !tls.peer) {
        close();
        throw tls_error(TlsReason::backend_unusable, TlsStage::handshake,
                        concat({"Connector/C connected to ", target_,
                                " without sealsql's check of the server"}),
                        "link Connector/C dynamically, so that both share one OpenSSL");
    }
    tls_ = describe_tls();
    has_tls_ = true;
}

SEALSQL_INLINE TlsInfo Session::describe_tls() const
{
    TlsState const& tls = state_->tls;
    SslOptions const& options = tls.policy->options;
    return TlsInfo{.version = tls.version,
                   .cipher = tls.cipher,
                   .resumed = tls.resumed,
                   .verify_mode = options.verify,
                   .pinned = !options.pins.empty(),
                   .verified_name = tls.verified_name,
                   .peer = *tls.peer};
}

SEALSQL_INLINE void Session::run_init_statements(Clock::time_point deadline)
{
    std::size_t number = 0;
    for (std::string const& statement : options_->init_statements)
        // Not its text, which may hold a secret.
        run_statement(statement, concat({"init statement ", std::to_string(++number), " failed; "}),
                      deadline);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/column.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/capi.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/login_screen.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_cache.hpp>
#include <sealsql/detail/session_changes.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/stream_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/hooks.ipp>
#include <sealsql/impl/session_errors.ipp>
#include <sealsql/login_method.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/tls_info.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <limits>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI::detail {

// Login methods by who may learn what.
/// To whoever answers through TLS that the caller wants unverified, and on local sockets.
inline constexpr LoginMethods methods_for_unverified{};
/// In plaintext over a network: only a response to a challenge travels.
inline constexpr LoginMethods methods_over_plaintext{
    LoginMethod::mysql_native_password, LoginMethod::client_ed25519, LoginMethod::parsec};

/// What a session needs to begin with and get back to is never large.
inline constexpr std::size_t most_of_a_small_reply = std::size_t{1} << 20U;

/// How long closing may take: saying goodbye is a courtesy.
inline constexpr std::chrono::milliseconds goodbye_timeout{200};

// --- Connecting ---

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

[[nodiscard]] SEALSQL_INLINE bool holds(std::vector<std::string> const& texts,
                                        std::string_view wanted) noexcept
{
    for (std::string const& text : texts) {
        if (text == wanted)
            return true;
    }
    return false;
}

/// A host's addresses in the resolver's order, as numbers: Connector/C is never given a name, which
/// it would try to read as a list, a socket or a URL.
[[nodiscard]] SEALSQL_INLINE std::vector<std::string> resolve(std::string const& host)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    addrinfo* found = nullptr;
    int const error = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    Owned<addrinfo, ::freeaddrinfo> const owner{found};
    std::vector<std::string> addresses;
    for (addrinfo const* entry = error == 0 ? found : nullptr; entry != nullptr;
         entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(),
                          static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST) != 0)
            continue;
        std::string address = text.data();
        if (!holds(addresses, address))
            addresses.push_back(std::move(address));
    }
    if (addresses.empty())
        throw Error{
            {.code = error_code::unknown_host,
             .message = concat({"the host ", printable(host), " is unknown: ",
                                (error != 0 ? ::gai_strerror(error) : "it has no address")}),
             .remedy = "check the name given to to_host(), and this machine's DNS",
             .retryable = error == EAI_AGAIN}};
    return addresses;
}

SEALSQL_INLINE void Session::close_handle(st_mysql* handle) noexcept { mysql_close(handle); }

SEALSQL_INLINE Session::Session(ConnectionOptions const& options, ConnectPlan const& plan)
    : is_local_socket_{options.endpoint.is_local_socket()},
      needs_tls_{options.transport.demands_tls()}, owner_{::getpid()},
      options_{Shared<ConnectionOptions const>::make(options)}, timeouts_{options.timeouts},
      max_allowed_packet_{options.max_allowed_packet}, limit_{plan.limit},
      framer_{options.max_allowed_packet}, statements_{options.statement_cache_size}
{
    if (!options.observer) {
        connect(options, plan);
        return;
    }
    watch_.take(options.observer.owner_->make_watch(options));
    Operation connecting{watch_->begin_connect()};
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

    std::vector<std::string> resolved;
    if (is_local_socket_) {
        target_ = printable(endpoint.path().native());
        resolved.push_back({}); // NOLINT(modernize-use-emplace): one more template to compile
    } else {
        target_ = concat({printable(endpoint.host()), ":", std::to_string(endpoint.port())});
        if (plan.addresses == nullptr)
            resolved =
                limit_ != nullptr ? limit_->look_up(endpoint.host()) : resolve(endpoint.host());
    }
    std::vector<std::string> const& addresses = resolved.empty() ? *plan.addresses : resolved;

    if (ssl != nullptr)
        trusted_ = ssl->ca.describe();

    bool looked_again = false;
    Clock::time_point const deadline = Clock::now() + timeouts_.connect;
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
            // An attacker's answer is no reason to look further; a file that has changed since is.
            if (error.stage() != TlsStage::verification || looked_again)
                throw;
            looked_again = true;
            auto fresh = Shared<TlsPolicy const>::make(make_tls_policy(endpoint, *ssl));
            if (*fresh == *policy)
                throw;
            policy = std::move(fresh);
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
    bool const is_inherited = ::getpid() != owner_;
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
        options.multi_statements ? CLIENT_MULTI_STATEMENTS : 0UL);
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
    // Connector/C itself never sends any: it reads nothing but the login, where no server has to ask. The file name is the server's choice, and Connector/C's own handler formats it unchecked.
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

// --- Statements ---

/// Closes a session that an exception, such as a lack of memory, leaves in the middle of a reply. An Error has left
/// it idle, or closed it.
class ReplyGuard {
public:
    explicit ReplyGuard(Session& session) noexcept : session_{&session} {}
    ReplyGuard(ReplyGuard const&) = delete;
    ReplyGuard& operator=(ReplyGuard const&) = delete;
    ~ReplyGuard()
    {
        if (std::uncaught_exceptions() > exceptions_ && session_->busy())
            session_->close();
    }

private:
    Session* session_;
    int exceptions_ = std::uncaught_exceptions();
};

SEALSQL_INLINE void Session::require_idle() const
{
    if (::getpid() != owner_)
        throw fatal_client_error(
            error_code::server_gone,
            concat({"the connection to ", target_, " belongs to the parent process"}),
            "connect anew in the child of a fork");
    if (watch_ && watch_->is_telling)
        throw client_error(error_code::commands_out_of_sync,
                           "an observer uses the connection that it is being told of",
                           "use another connection, or wait until the observer has returned");
    if (!handle_)
        throw fatal_client_error(error_code::server_gone,
                                 concat({"the connection to ", target_, " is closed"}),
                                 "connect again; a closed session's transaction is rolled back");
    if (busy_)
        throw client_error(error_code::commands_out_of_sync,
                           "the connection is busy: rows of an earlier statement are still open",
                           "go through them to the end, call finish(), or let the Rows go out of "
                           "scope first");
}

SEALSQL_INLINE CommandBuffer& Session::begin_command()
{
    require_idle();
    if (limit_ != nullptr)
        limit_->before_command(*this);
    for (std::uint32_t const id : discarded_) {
        commands_.begin(Command::close_statement).integer<4>(id);
        commands_.end();
    }
    discarded_.clear();
    return commands_;
}

SEALSQL_INLINE void Session::send(Clock::time_point latest) { send_packets(false, latest); }

SEALSQL_INLINE void Session::send_content(Bytes content, Clock::time_point latest)
{
    commands_.begin_packet(framer_.expected()).bytes(content.data(), content.size());
    commands_.end();
    framer_.expect(commands_.next_number());
    send_packets(true, latest);
}

SEALSQL_INLINE void Session::send_packets(bool continues, Clock::time_point latest)
{
    state_->timed_out = false;
    busy_ = true;
    if (!continues)
        state_watch.look_at(commands_.bytes());
    if (codec_) {
        try {
            codec_->encode(commands_.bytes(), continues, encoded_);
        } catch (...) {
            close(); // what was written would go with the next statement
            throw;
        }
    }
    CallScope call{*state_, std::min(latest, Clock::now() + timeouts_.write)};
    if (limit_ != nullptr)
        limit_->before_send(*this, call, continues);
    bool const is_sent = write_all(*state_, socket_, codec_ ? encoded_.bytes() : commands_.bytes());
    commands_.clear();
    encoded_.release();
    if (!is_sent)
        throw_lost("sending a statement failed; ", "write_timeout()");
}

SEALSQL_INLINE void Session::send_query(std::string_view sql, Clock::time_point latest)
{
    CommandBuffer& commands = begin_command();
    if (sql.empty())
        throw client_error(error_code::empty_query, "the statement is empty", {}, "42000");
    commands.begin(Command::query).text(sql);
    commands.end();
    send(latest);
}

SEALSQL_INLINE CallScope Session::begin_wait(Clock::time_point latest)
{
    if (!handle_)
        throw fatal_client_error(
            error_code::server_gone,
            concat({"the connection to ", target_, " was closed while rows were read"}));
    if (::getpid() != owner_) // what is read here would be missing there
        throw fatal_client_error(
            error_code::server_gone,
            concat({"the connection to ", target_, " belongs to the parent process"}),
            "connect anew in the child of a fork");
    state_->timed_out = false;
    return CallScope{*state_, std::min(latest, Clock::now() + timeouts_.read)};
}

SEALSQL_INLINE bool Session::goes_on(PacketFramer::Status status, CallScope& call)
{
    switch (status) {
    case PacketFramer::Status::packet:
        return false;
    case PacketFramer::Status::out_of_order:
        reject("sends its packets out of order");
    case PacketFramer::Status::too_large:
        throw_too_large();
    case PacketFramer::Status::incomplete:
        break;
    }
    long got = 0;
    do {
        if (limit_ != nullptr)
            limit_->before_wait(*this, call);
        got = receive_some(framer_.room());
    } while (got <= 0 && state_->interrupted);
    if (got <= 0) // also when the time is over, however many bytes keep coming
        throw_lost(!what_failed_.empty() ? what_failed_ : "the statement failed; ",
                   "read_timeout()");
    framer_.received(static_cast<std::size_t>(got));
    return true;
}

SEALSQL_INLINE Bytes Session::wait_for_packet(Clock::time_point latest)
{
    Bytes payload;
    CallScope call = begin_wait(latest);
    while (goes_on(framer_.next(payload), call)) {
    }
    return payload;
}

SEALSQL_INLINE std::byte Session::peek_packet(Clock::time_point latest)
{
    std::byte first{};
    CallScope call = begin_wait(latest);
    while (goes_on(framer_.peek(first), call)) {
    }
    return first;
}

SEALSQL_INLINE Bytes Session::read_piece(bool& is_last, Clock::time_point latest)
{
    Bytes piece;
    CallScope call = begin_wait(latest);
    while (goes_on(framer_.next_piece(piece, is_last), call)) {
    }
    return piece;
}

SEALSQL_INLINE long Session::receive_some(View<std::byte> room)
{
    if (!codec_)
        return read_some(*state_, socket_, room);
    for (;;) {
        std::size_t const decoded = codec_->decode(room);
        if (decoded != 0)
            return static_cast<long>(decoded);
        if (codec_->problem() != nullptr)
            reject(codec_->problem());
        long const got = read_some(*state_, socket_, codec_->room());
        if (got <= 0)
            return got;
        codec_->received(static_cast<std::size_t>(got));
    }
}

SEALSQL_INLINE void Session::begin_coded_reply()
{
    // Numbers below the packets tell one reply from the next, but not within what was decoded.
    if (framer_.buffered() != 0)
        reject("sends more than one answer");
    codec_->begin_reply();
}

SEALSQL_INLINE ReplyReader::Event Session::read_event(ReplyReader& reader, Clock::time_point latest)
{
    Bytes const packet = read_packet(latest);
    return judge(reader, reader.on_packet(packet), packet, latest);
}

SEALSQL_INLINE ReplyReader::Event Session::judge(ReplyReader& reader, ReplyReader::Event event,
                                                 Bytes packet, Clock::time_point latest)
{
    using Event = ReplyReader::Event;
    std::size_t description = 0;
    for (;;) {
        switch (event) {
        case Event::more:
            // What describes a result is kept, and so it is limited as one packet is.
            description += packet.size();
            if (description > max_allowed_packet_)
                throw_too_large();
            break;
        case Event::error:
            fail(reader.error(), !what_failed_.empty() ? what_failed_ : "the statement failed; ");
        case Event::malformed:
            reject(reader.problem());
        case Event::local_infile:
            // Also where the login allows it: what load_data() is given has been sent by then.
            reject(local_infile_ ? "asked for data or a file that load_data() was not called for"
                                 : "asked for a file of this machine, which it was told it cannot "
                                   "have");
        case Event::completion:
            note_completion(reader.completion(), packet);
            [[fallthrough]];
        case Event::columns:
        case Event::row:
            if (!is_cancelling_ || limit_->hands_over(*this, reader, event == Event::completion))
                return event;
            break;
        }
        packet = read_packet(latest);
        event = reader.on_packet(packet);
    }
}

SEALSQL_INLINE void Session::note_completion(Completion const& completion, Bytes packet)
{
    transaction.note(completion);
    status_ = completion.status;
    if ((status_ & status_session_changed) != 0 && tracks_changes_)
        on_session_change(packet);
}

SEALSQL_INLINE void Session::on_session_change(Bytes packet)
{
    constexpr std::size_t longest_name = 64;
    std::string_view now;
    bool is_database_changed = false;
    bool is_state_changed = false;
    SessionChange const change = find_session_change(packet, "character_set_client", now,
                                                     is_database_changed, is_state_changed);
    state_watch.is_changed = state_watch.is_changed || is_state_changed;
    // What was prepared means the tables of the database that was chosen then.
    if (is_database_changed)
        statements_.clear_with([this](Statement& statement) { discard(statement); });
    switch (change) {
    case SessionChange::none:
        return;
    case SessionChange::changed:
        // Of a name that is none, nobody would know what to do with it: it is asked for when it matters.
        client_character_set_ = std::string{now.size() <= longest_name ? now : ""};
        return;
    case SessionChange::unsaid:
        client_character_set_.clear();
        return;
    case SessionChange::malformed:
        reject("reports a change of the session in a malformed way");
    }
}

SEALSQL_INLINE void Session::read_away(ReplyReader& reader, Clock::time_point latest)
{
    while (reader.is_under_way())
        static_cast<void>(read_event(reader, latest));
}

SEALSQL_INLINE void Session::run_plain(std::string_view sql)
{
    Operation operation{watch(), OperationKind::query, sql};
    try {
        send_query(sql);
        begin_reply();
        ReplyReader reader;
        reader.begin(false);
        read_away(reader, Clock::now() + timeouts_.read);
    } catch (Error const& error) {
        operation.fail(error);
        throw;
    }
    set_idle();
    operation.succeed();
}

SEALSQL_INLINE void Session::set_idle() noexcept
{
    busy_ = false;
    is_cancelling_ = false;
    commands_.forget_replies();
    if (codec_)
        codec_->forget_replies();
    framer_.release();
}

SEALSQL_INLINE Error Session::refusal(ServerError const& error, std::string_view what_failed) const
{
    Error refused =
        peer_error(error.code, error.sqlstate, error.message, peer_origin(), what_failed);
    return is_cancelling_ ? limit_->meaning(std::move(refused)) : refused;
}

SEALSQL_INLINE void Session::fail(ServerError const& error, std::string_view what_failed)
{
    transaction.error = error.code;
    state_watch.note_error(error.code);
    Error const refused = refusal(error, what_failed);
    if (refused.poisons_connection())
        close();
    else
        set_idle();
    throw_again(refused);
}

SEALSQL_INLINE void Session::reject(std::string_view what)
{
    close();
    throw fatal_client_error(error_code::malformed_packet,
                             concat({target_, " ", what, "; the connection is closed"}),
                             "check what sits between this program and the server");
}

// --- Prepared statements ---

/// The id of the statement that was prepared last (MariaDB).
inline constexpr std::uint32_t statement_just_prepared = 0xFFFF'FFFF;

/// The number of parameters, for SQL that is so plain that every `?` is one: no quotes, comments or escapes, and no
/// colons, as names of parameters have them in Oracle's mode.
/// @return false for any other
[[nodiscard]] SEALSQL_INLINE bool count_parameters(std::string_view sql,
                                                   std::size_t& count) noexcept
{
    count = 0;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        char const next = i + 1 < sql.size() ? sql[i + 1] : ' ';
        switch (sql[i]) {
        case '?':
            ++count;
            break;
        case '\'':
        case '"':
        case '`':
        case '\\':
        case '#':
        case ':':
        case ';':
        case '\0':
            return false;
        case '-':
        case '/':
            if (next == sql[i] || next == '*')
                return false;
            break;
        default:
            break;
        }
    }
    return true;
}

SEALSQL_INLINE void Session::require_parameters(unsigned wanted, std::size_t given) const
{
    if (given == wanted)
        return;
    throw client_error(
        error_code::unknown_error,
        concat({"the statement has ", std::to_string(wanted), " parameters, but values for ",
                std::to_string(given), " were given; nothing was executed"}),
        "give one value for each ? in the statement", "07001");
}

SEALSQL_INLINE void Session::write_prepare(std::string_view sql)
{
    commands_.begin(Command::prepare).text(sql);
    commands_.end();
}

SEALSQL_INLINE void Session::write_execute(std::uint32_t id, Arguments const& arguments)
{
    CommandBuffer::Mark const before = commands_.mark();
    WireWriter writer = commands_.begin(Command::execute);
    writer.integer<4>(id);
    writer.integer<1>(0); // no cursor
    writer.integer<4>(1);
    if (arguments.count != 0) {
        try {
            ParameterWriter parameters{writer.buffer(), arguments.count};
            parameters.set_utf8(takes_utf8());
            arguments.write(arguments.context, parameters);
        } catch (...) {
            commands_.cut(before);
            throw;
        }
    }
    commands_.end();
}

SEALSQL_INLINE void Session::read_prepare_reply(Shared<Statement> const& statement)
{
    begin_reply();
    Clock::time_point const deadline = Clock::now() + timeouts_.read;
    Bytes const packet = read_packet(deadline);
    ServerError error;
    if (is_error(packet) && parse_error(packet, error) && error.code != progress_report)
        fail(error, "the statement cannot be prepared; ");
    accept_prepare_reply(packet, statement, deadline);
}

SEALSQL_INLINE void Session::accept_prepare_reply(Bytes packet, Shared<Statement> const& statement,
                                                  Clock::time_point deadline)
{
    auto const read = [&] {
        Bytes const next = read_packet(deadline);
        ServerError error;
        if (is_error(next) && parse_error(next, error) && error.code != progress_report)
            fail(error, "the statement cannot be prepared; ");
        return next;
    };
    PrepareReply reply;
    if (!parse_prepare_reply(packet, reply))
        reject("answers the preparation of a statement with something that is no answer");
    std::size_t description = 0;
    // Descriptions of the parameters, which say nothing on MariaDB, and of the columns.
    Columns columns;
    for (bool const is_column : {false, true}) {
        std::size_t const count = is_column ? reply.columns : reply.parameters;
        for (std::size_t i = 0; i < count; ++i) {
            Bytes const definition_packet = read();
            description += definition_packet.size();
            if (description > max_allowed_packet_)
                throw_too_large();
            ColumnDefinition definition;
            if (!parse_column_definition(definition_packet, definition))
                reject("sent a malformed description of a column");
            if (is_column)
                columns.push_back(make_column(definition));
        }
        if (count != 0 && !is_eof(read()))
            reject("sent another number of columns than it said");
    }
    statement->id = reply.id;
    statement->parameters = reply.parameters;
    statement->columns.reset();
    if (reply.columns != 0)
        statement->columns = Shared<Columns const>::make(std::move(columns));
    statement->generation = generation_;
    last_prepared_ = statement;
}

/// MariaDB goes on taking statement_just_prepared for an older statement when it could not even begin to prepare
/// another, as with max_prepared_stmt_count reached: it would run that one, with the values that were meant for
/// the other. So an older one must not be left: the close is of what was prepared right before it or, where even
/// that was not possible, of the older one.
SEALSQL_INLINE void Session::write_forget_last_prepared()
{
    write_prepare("DO 0");
    commands_.begin(Command::close_statement).integer<4>(statement_just_prepared);
    commands_.end();
}

SEALSQL_INLINE void Session::read_forget_last_prepared()
{
    begin_reply();
    Clock::time_point const deadline = Clock::now() + timeouts_.read;
    Bytes const packet = read_packet(deadline);
    Shared<Statement> const before = std::move(last_prepared_);
    if (!is_error(packet)) {
        accept_prepare_reply(packet, Shared<Statement>::make(), deadline);
    } else {
        ServerError error;
        if (!parse_error(packet, error) || poisons_connection(error.code))
            fail(error, "the statement cannot be prepared; ");
        if (before)
            discard(*before); // it is the one that was closed; that it is closed again is no error
    }
    last_prepared_.reset();
}

SEALSQL_INLINE void Session::prepare(Shared<Statement> const& statement)
{
    if (is_prepared(*statement)) {
        require_idle();
        return;
    }
    Operation operation{watch(), OperationKind::prepare, statement->sql};
    try {
        static_cast<void>(begin_command());
        ReplyGuard const guard{*this};
        if (statement->sql.empty())
            throw client_error(error_code::empty_query, "the statement is empty", {}, "42000");
        write_prepare(statement->sql);
        send();
        read_prepare_reply(statement);
    } catch (Error const& error) {
        operation.fail(error);
        throw;
    }
    set_idle();
    operation.succeed();
}

SEALSQL_INLINE void Session::discard(Statement& statement) noexcept
{
    if (!usable() || !is_prepared(statement))
        return;
    statement.generation = 0;
    try {
        discarded_.push_back(statement.id);
        if (last_prepared_ && &*last_prepared_ == &statement)
            last_prepared_.reset(); // it is closed before anything else is prepared
    } catch (...) {
        // The server keeps it until the session ends.
    }
}

SEALSQL_INLINE Shared<Statement> Session::send_execute(Shared<Statement> const& statement,
                                                       Arguments const& arguments)
{
    static_cast<void>(begin_command());
    if (!is_prepared(*statement)) {
        prepare(statement);
        static_cast<void>(begin_command());
    }
    require_parameters(statement->parameters, arguments.count);
    write_execute(statement->id, arguments);
    send();
    return statement;
}

SEALSQL_INLINE Shared<Statement> Session::send_execute(std::string_view sql,
                                                       Arguments const& arguments)
{
    static_cast<void>(begin_command());
    ReplyGuard const guard{*this};
    if (Shared<Statement> const known = statements_.find(sql))
        return send_execute(known, arguments);

    auto statement = Shared<Statement>::make();
    statement->sql = std::string{sql};
    std::size_t parameters = 0;
    bool const forgets = static_cast<bool>(last_prepared_);
    // A Galera node tells of a transaction that it has taken back for another node's in the answer to the next command:
    // that must not be a mere preparation behind which the statement is already on its way, for it would then be
    // executed, and committed, by itself.
    bool const may_forget = !forgets || !transaction.is_open;
    if (is_mariadb_ && may_forget && !sql.empty() && count_parameters(sql, parameters)) {
        // Both in one write, for MariaDB can name what it has just prepared. A count that is wrong must be
        // found before: the server would read the values of one parameter as those of another.
        require_parameters(static_cast<unsigned>(parameters), arguments.count);
        CommandBuffer::Mark const before = commands_.mark();
        try {
            if (forgets)
                write_forget_last_prepared();
            write_prepare(sql);
            write_execute(statement_just_prepared, arguments);
        } catch (...) {
            commands_.cut(before);
            throw;
        }
        send();
        if (forgets)
            read_forget_last_prepared();
        try {
            read_prepare_reply(statement);
        } catch (Error const&) {
            // It then could not be executed either, and says so.
            if (usable()) {
                busy_ = true;
                ReplyReader second;
                second.begin(true);
                begin_reply();
                int const code = transaction.error;
                try {
                    read_away(second, Clock::now() + timeouts_.read);
                } catch (Error const&) {
                }
                transaction.error = code;
                if (usable())
                    set_idle();
            }
            throw;
        }
        if (statement->parameters != arguments.count)
            reject("counts the parameters of a statement in another way than is possible");
    } else {
        prepare(statement);
        require_parameters(statement->parameters, arguments.count);
        static_cast<void>(begin_command());
        write_execute(statement->id, arguments);
        send();
    }
    if (Shared<Statement> const oldest = statements_.insert(statement))
        discard(*oldest);
    return statement;
}

// --- The session itself ---

SEALSQL_INLINE void Session::run_command(Command command, std::string_view argument,
                                         std::string_view what_failed, Clock::time_point deadline)
{
    OperationKind const kind = command == Command::ping               ? OperationKind::ping
                               : command == Command::reset_connection ? OperationKind::reset
                               : command == Command::select_database
                                   ? OperationKind::select_database
                                   : OperationKind::query;
    Operation operation{watch(), kind, argument};
    try {
        static_cast<void>(begin_command());
        ReplyGuard const guard{*this};
        commands_.begin(command).text(argument);
        commands_.end();
        what_failed_ = what_failed;
        send(deadline);
        ReplyReader reader;
        reader.begin(false);
        begin_reply();
        std::size_t rows = 0;
        while (reader.is_under_way()) {
            if (read_event(reader, deadline) == ReplyReader::Event::row &&
                ++rows > most_of_a_small_reply)
                throw_too_large();
        }
        if (operation)
            operation->affected_rows = reader.completion().affected_rows;
    } catch (Error const& error) {
        what_failed_ = {};
        operation.fail(error);
        throw;
    } catch (...) {
        what_failed_ = {};
        throw;
    }
    what_failed_ = {};
    set_idle();
    operation.succeed();
}

SEALSQL_INLINE void Session::ping()
{
    run_command(Command::ping, {}, "the ping failed; ", Clock::now() + timeouts_.read);
}

SEALSQL_INLINE void Session::reset()
{
    run_command(Command::reset_connection, {}, "resetting the session failed; ",
                Clock::now() + timeouts_.read);
    statements_.clear();
    discarded_ = {};
    last_prepared_.reset();
    ++generation_;
    client_character_set_.clear();
    // The server keeps the database that was chosen last. MySQL forgets the character set, MariaDB keeps
    // it. Connector/C knows the name, so it is a plain word.
    Clock::time_point const deadline = Clock::now() + timeouts_.read;
    try {
        if (!options_->database.empty())
            run_command(Command::select_database, options_->database,
                        "selecting the database again failed; ", deadline);
        run_statement(concat({"SET NAMES ", options_->character_set}), deadline);
        run_init_statements(deadline);
    } catch (Error const& error) {
        // Half a beginning is none: the init statements may be what limits the session.
        close();
        throw_again(Error{{.code = error.code(),
                           .sqlstate = error.sqlstate(),
                           .message = concat({error.message(), "; the connection is closed"}),
                           .remedy = error.remedy(),
                           .origin = error.origin(),
                           .retryable = error.retryable(),
                           .poisons_connection = true,
                           .cancel_reason = error.cancel_reason(),
                           .cancel_outcome = CancelOutcome::unknown}});
    }
}

SEALSQL_INLINE void Session::run_init_statements(Clock::time_point deadline)
{
    for (std::string const& statement : options_->init_statements)
        run_statement(statement, deadline);
}

SEALSQL_INLINE void Session::run_statement(std::string_view sql, Clock::time_point deadline)
{
    if (sql.empty())
        throw client_error(error_code::empty_query, "the statement is empty", {}, "42000");
    run_command(Command::query, sql, "the statement failed; ", deadline);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

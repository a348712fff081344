#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/capi.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/greeting_guard.hpp>
#include <sealsql/detail/printable.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/hooks.ipp>
#include <sealsql/ssl_options.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace sealsql::inline SEALSQL_ABI::detail {

// Login methods by who may learn what. Connector/C takes a list of names.
/// Over verified TLS, TLS that the caller wants unverified, and local sockets: the password itself may
/// travel, protected by the transport.
inline constexpr char const* auth_over_protected_transport =
    "caching_sha2_password,mysql_native_password,client_ed25519,parsec,sha256_password";
/// In plaintext over a network: only a response to a challenge travels.
inline constexpr char const* auth_over_plaintext = "mysql_native_password,client_ed25519,parsec";

/// Bytes that a server may send while logging in; a greeting and some hundred in truth.
inline constexpr std::uint64_t login_budget = std::uint64_t{1} << 20U;

/// How long closing may take: saying goodbye is a courtesy.
inline constexpr std::chrono::milliseconds goodbye_timeout{200};

// --- Options ---

SEALSQL_INLINE void check(ConnectionOptions const& options)
{
    auto const refuse = [](char const* message, char const* remedy) {
        throw client_error(error_code::unknown_error, message, remedy);
    };
    auto const has_nul = [](std::string_view text) { return text.find('\0') != text.npos; };
    if (auto const* const tcp = std::get_if<TcpEndpoint>(&options.endpoint)) {
        if (tcp->host.empty())
            refuse("the host name is empty", "give to_host() a name or an IP address");
        if (!is_plausible_host(tcp->host))
            refuse("the host name has characters that no host name has",
                   "give to_host() one name or IP address, without brackets, and the port as its "
                   "second argument");
        if (tcp->port == 0)
            refuse("the port is 0", "give to_host() the server's port; MySQL's is 3306");
    } else if (std::get<SocketEndpoint>(options.endpoint).path.empty()) {
        refuse("the path of the local socket is empty", "give to_socket() the socket's path");
    }
    if (options.user.empty())
        refuse("the user name is empty", "give login() the name of a user");
    if (has_nul(options.user) || has_nul(options.password.reveal()) || has_nul(options.database) ||
        has_nul(options.character_set))
        refuse("a user name, password, database or character set holds a NUL character",
               "the protocol cannot send one: check what was given to login() and database()");
    for (auto const& [name, value] : options.attributes) {
        if (name.empty() || has_nul(name) || has_nul(value))
            refuse("an attribute has an empty name or holds a NUL character",
                   "check what was given to attribute()");
    }
    for (std::string const& statement : options.init_statements) {
        if (statement.empty())
            refuse("an init statement is empty", "check what was given to init_statement()");
    }
    constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
    for (auto const timeout :
         {options.timeouts.connect, options.timeouts.read, options.timeouts.write}) {
        if (timeout <= std::chrono::milliseconds::zero() || timeout > longest)
            refuse("a timeout is not between 1 ms and a year",
                   "there is no endless wait: give connect_timeout(), read_timeout() and "
                   "write_timeout() the longest that makes sense");
    }
    if (options.max_packet_size < 16'384 || options.max_packet_size > (std::size_t{1} << 30U))
        refuse("the largest packet is not between 16 KiB and 1 GiB",
               "check what was given to max_packet_size()");
    if (auto const* const tls = std::get_if<TlsRequired>(&options.transport)) {
        sealsql::check(tls->ssl);
        if (std::holds_alternative<SocketEndpoint>(options.endpoint) &&
            tls->ssl.verify == VerifyMode::identity && tls->ssl.server_name.empty())
            throw tls_error(TlsReason::options_contradict, TlsStage::configuration,
                            "a local socket has no host name that the certificate could be for",
                            "give SslOptions a .server_name, or use plaintext_over_local_socket()");
    } else if (auto const* const offered = std::get_if<TlsIfOffered>(&options.transport)) {
        sealsql::check(offered->ssl);
    }
}

/// The TLS that is demanded; null for plaintext.
[[nodiscard]] SEALSQL_INLINE SslOptions const* ssl_of(ConnectionOptions const& options) noexcept
{
    if (auto const* const required = std::get_if<TlsRequired>(&options.transport))
        return &required->ssl;
    if (auto const* const offered = std::get_if<TlsIfOffered>(&options.transport))
        return &offered->ssl;
    return nullptr;
}

// --- Connecting ---

/// A host's addresses in the resolver's order, as numbers: Connector/C is never given a name, which
/// it would try to read as a list, a socket or a URL.
[[nodiscard]] SEALSQL_INLINE std::vector<std::string> resolve(TcpEndpoint const& endpoint)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_protocol = IPPROTO_TCP;
    addrinfo* found = nullptr;
    int const error = ::getaddrinfo(endpoint.host.c_str(), nullptr, &hints, &found);
    std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> const owner{found, &::freeaddrinfo};
    std::vector<std::string> addresses;
    for (addrinfo const* entry = error == 0 ? found : nullptr; entry != nullptr;
         entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(),
                          static_cast<socklen_t>(text.size()), nullptr, 0, NI_NUMERICHOST) == 0 &&
            std::find(addresses.begin(), addresses.end(), text.data()) == addresses.end())
            addresses.emplace_back(text.data());
    }
    if (addresses.empty())
        throw client_error(error_code::unknown_host,
                           "the host " + printable(endpoint.host) + " is unknown: " +
                               (error != 0 ? ::gai_strerror(error) : "it has no address"),
                           "check the name given to to_host(), and this machine's DNS");
    return addresses;
}

SEALSQL_INLINE void Session::CloseHandle::operator()(st_mysql* handle) const noexcept
{
    mysql_close(handle);
}

SEALSQL_INLINE Session::Session(ConnectionOptions const& options)
    : is_local_socket_{std::holds_alternative<SocketEndpoint>(options.endpoint)},
      needs_tls_{std::holds_alternative<TlsRequired>(options.transport)},
      timeouts_{options.timeouts}, max_packet_size_{options.max_packet_size},
      init_statements_{options.init_statements}
{
    check(options);
    register_hooks();
    SslOptions const* const ssl = ssl_of(options);
    std::shared_ptr<void> const trust =
        ssl != nullptr && ssl->verify != VerifyMode::none ? load_trust_store(ssl->ca) : nullptr;

    std::vector<std::string> addresses;
    if (auto const* const tcp = std::get_if<TcpEndpoint>(&options.endpoint)) {
        target_ = printable(tcp->host) + ":" + std::to_string(tcp->port);
        addresses = resolve(*tcp);
    } else {
        target_ = printable(std::get<SocketEndpoint>(options.endpoint).path.string());
        addresses.emplace_back();
    }

    Clock::time_point const deadline = Clock::now() + timeouts_.connect;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        state_ = std::make_unique<ConnectionState>(needs_tls_);
        if (ssl != nullptr) {
            TlsState& tls = state_->tls;
            tls.wanted = true;
            tls.verify = ssl->verify;
            tls.min_version = ssl->min_version;
            tls.trust_store = trust;
            tls.name = ssl->server_name;
            if (auto const* const tcp = std::get_if<TcpEndpoint>(&options.endpoint);
                tcp != nullptr && tls.name.empty())
                tls.name = tcp->host;
            if (tls.name.ends_with('.'))
                tls.name.pop_back(); // a certificate never names the root of the DNS (RFC 6125, 6.4.1)
            tls.name_is_address = is_ip_address(tls.name);
        }
        // A dead address must not use up the time of those behind it.
        auto const share =
            (deadline - Clock::now()) / static_cast<std::int64_t>(addresses.size() - i);
        try {
            dial(options, addresses[i], deadline, Clock::now() + share);
            break;
        } catch (TlsError const&) {
            throw; // an attacker's answer is no reason to look further
        } catch (Error const& error) {
            bool const unreachable = error.code() == error_code::conn_host_error ||
                                     error.code() == error_code::connection_error;
            if (!unreachable || i + 1 == addresses.size() || Clock::now() >= deadline)
                throw;
        }
    }
    run_init_statements(deadline);
}

SEALSQL_INLINE Session::~Session() { close(); }

SEALSQL_INLINE void Session::close() noexcept
{
    if (!handle_)
        return;
    ErrorQueueGuard const errors;
    CallScope const call{*state_, Clock::now() + goodbye_timeout};
    handle_.reset();
}

SEALSQL_INLINE void Session::dial(ConnectionOptions const& options, std::string const& address,
                                  Clock::time_point deadline, Clock::time_point dial_deadline)
{
    ErrorQueueGuard const errors;
    CallScope call{*state_, deadline};
    call.set_dial_deadline(dial_deadline);

    MYSQL* const handle = mysql_init(nullptr);
    if (handle == nullptr)
        throw std::bad_alloc{};
    handle_.reset(handle);
    state_->handle = handle;
    state_->budget = login_budget;
    set_options(options);

    auto const* const tcp = std::get_if<TcpEndpoint>(&options.endpoint);
    std::string const socket_path =
        tcp != nullptr ? std::string{} : std::get<SocketEndpoint>(options.endpoint).path.string();
    MYSQL const* const connected = mysql_real_connect(
        handle, tcp != nullptr ? address.c_str() : nullptr, options.user.c_str(),
        options.password.c_str(), options.database.empty() ? nullptr : options.database.c_str(),
        tcp != nullptr ? tcp->port : 0U, tcp != nullptr ? nullptr : socket_path.c_str(), 0UL);
    if (connected == nullptr)
        throw_connect_failure(address);

    accept_tls();
    int const socket = static_cast<int>(mysql_get_socket(handle));
    static_cast<void>(::fcntl(socket, F_SETFD, FD_CLOEXEC));
    if (state_->tls.configured)
        set_receive_tick(socket); // at its end, mysql_real_connect() has put its own timeout in place
}

SEALSQL_INLINE void Session::set_options(ConnectionOptions const& options)
{
    MYSQL* const handle = handle_.get();
    auto const set = [handle](mysql_option option, void const* value) {
        if (mysql_optionsv(handle, option, value) != 0)
            throw fatal_client_error(error_code::unknown_error,
                                     "Connector/C refuses option " +
                                         std::to_string(static_cast<int>(option)),
                                     "use MariaDB Connector/C 3.3 or 3.4");
    };
    unsigned const protocol = is_local_socket_ ? MYSQL_PROTOCOL_SOCKET : MYSQL_PROTOCOL_TCP;
    my_bool const off = 0;
    unsigned const no_files = 0;
    set(MYSQL_OPT_PROTOCOL, &protocol);
    set(MYSQL_OPT_RECONNECT, &off);
    set(MYSQL_OPT_LOCAL_INFILE, &no_files);
    // The file name is the server's choice, and Connector/C's own handler formats it unchecked.
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
    // The limit is ours (ConnectionState::budget): Connector/C reports a packet over its own limit as a
    // lost connection.
    std::size_t const largest = std::size_t{1} << 30U;
    set(MYSQL_OPT_MAX_ALLOWED_PACKET, &largest);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the option's type is void const*
    set(MARIADB_OPT_IO_WAIT, reinterpret_cast<void const*>(&on_wait));
    for (auto const& [name, value] : options.attributes)
        mysql_optionsv(handle, MYSQL_OPT_CONNECT_ATTR_ADD, name.c_str(), value.c_str());

    bool const protected_transport = state_->tls.wanted || is_local_socket_;
    set(MARIADB_OPT_RESTRICTED_AUTH,
        protected_transport ? auth_over_protected_transport : auth_over_plaintext);
    state_->plaintext_auth = is_local_socket_ ? nullptr : auth_over_plaintext;
    if (state_->tls.wanted)
        set_tls_options();
}

SEALSQL_INLINE void Session::set_tls_options()
{
    MYSQL* const handle = handle_.get();
    my_bool const off = 0;
    // The certificate is verified by verify_certificate(), not by Connector/C, whose check differs
    // between versions and knows exceptions.
    mysql_optionsv(handle, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &off);
    // Any path keeps Connector/C from reading the system's bundle for each connection.
    mysql_optionsv(handle, MYSQL_OPT_SSL_CAPATH, "/dev/null");
    // With these two no handshake can succeed: pre-shared keys, and nobody has one. They also switch
    // TLS on. on_handshake() replaces both; where it does not run, there is no connection.
    mysql_optionsv(handle, MARIADB_OPT_TLS_VERSION, "TLSv1.2");
    mysql_optionsv(handle, MYSQL_OPT_SSL_CIPHER, "PSK");
}

SEALSQL_INLINE void Session::accept_tls()
{
    TlsState& tls = state_->tls;
    if (!needs_tls_ && !tls.configured)
        return; // plaintext, as asked for
    if (!tls.finished || !tls.certificate_checked || !tls.peer) {
        close();
        throw tls_error(TlsReason::backend_unusable, TlsStage::handshake,
                        "Connector/C connected to " + target_ +
                            " without sealsql's check of the server",
                        "link Connector/C dynamically, so that both share one OpenSSL");
    }
    tls_ = TlsInfo{.version = tls.version,
                   .cipher = tls.cipher,
                   .verify_mode = tls.verify,
                   .verified_name = tls.verify == VerifyMode::identity ? tls.name : std::string{},
                   .peer = *std::move(tls.peer)};
}

SEALSQL_INLINE ErrorOrigin Session::peer_origin() const noexcept
{
    bool const verified =
        tls_ ? tls_->verify_mode != VerifyMode::none
             : state_->tls.certificate_checked && state_->tls.verify != VerifyMode::none;
    return verified || is_local_socket_ ? ErrorOrigin::server : ErrorOrigin::unauthenticated_peer;
}

// --- Why connecting failed ---

SEALSQL_INLINE void Session::throw_guard_verdict()
{
    using Verdict = GreetingGuard::Verdict;
    GreetingGuard const& guard = state_->guard;
    auto const refuse = [](TlsReason reason, std::string message, std::string remedy,
                           bool retryable = false) {
        throw tls_error(reason, TlsStage::greeting, std::move(message), std::move(remedy),
                        std::nullopt, retryable);
    };
    switch (guard.verdict()) {
    case Verdict::pass:
        return;
    case Verdict::tls_not_offered:
        refuse(TlsReason::tls_not_offered,
               target_ + " does not offer TLS, or somebody on the way removed the offer; nothing was "
                         "sent",
               "switch TLS on in the server (MySQL and MariaDB: ssl_cert and ssl_key); only for a "
               "network that nobody else can reach, insecure_plaintext_over_network() goes without");
        return;
    case Verdict::bytes_after_greeting:
        refuse(TlsReason::bytes_before_tls,
               "bytes that no server sends came before TLS from " + target_ +
                   ": somebody on the way tries to inject data; nothing was sent",
               "find out who sits between this program and the server");
        return;
    case Verdict::error_packet: {
        int const code = guard.claimed_code();
        std::string const text = "instead of a greeting, error " + std::to_string(code) +
                                 " came from " + target_ +
                                 " before TLS, where nobody vouches for it; it says: " +
                                 printable(guard.claimed_message());
        if (needs_tls_)
            refuse(TlsReason::error_before_tls, text,
                   "look into the server's log for the same error; if it is not there, somebody on "
                   "the way wrote it",
                   is_retryable(code));
        throw Error{{.code = code,
                     .message = text,
                     .remedy = {},
                     .origin = is_local_socket_ ? ErrorOrigin::server
                                                : ErrorOrigin::unauthenticated_peer,
                     .retryable = is_retryable(code),
                     .poisons_connection = true}};
    }
    case Verdict::malformed_greeting:
        refuse(TlsReason::malformed_greeting,
               "what answers at " + target_ + " is no MySQL server of version 5.5 or later",
               "check the host and port given to to_host()");
        return;
    case Verdict::unexpected_write:
        refuse(TlsReason::backend_unusable,
               "Connector/C was about to answer " + target_ + " before TLS and was stopped",
               "use MariaDB Connector/C 3.3 or 3.4 as released");
        return;
    }
}

/// `2026-11-24 07:58:00 UTC`
[[nodiscard]] SEALSQL_INLINE std::string format_time(std::chrono::sys_seconds time)
{
    std::time_t const seconds = time.time_since_epoch().count();
    std::tm parts{};
    std::array<char, 32> text{};
    if (::gmtime_r(&seconds, &parts) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        return "an unknown time";
    return text.data();
}

[[nodiscard]] SEALSQL_INLINE std::string describe_names(Certificate const& certificate)
{
    std::string names;
    auto const add = [&](std::string const& name) {
        names += names.empty() ? name : ", " + name;
    };
    for (std::string const& name : certificate.dns_names)
        add(name);
    for (std::string const& address : certificate.ip_addresses)
        add(address);
    return names.empty() ? "no name at all in its subjectAltName" : names;
}

SEALSQL_INLINE void Session::throw_certificate_refusal(CertificateRefusal const& refusal)
{
    Certificate const& certificate = refusal.certificate;
    std::string const which =
        refusal.depth == 0
            ? "the certificate of " + target_ + " (" + certificate.subject + ")"
            : "the CA certificate (" + certificate.subject + ") in the chain of " + target_;
    std::string const now = "; this machine's clock says " +
                            format_time(std::chrono::floor<std::chrono::seconds>(
                                std::chrono::system_clock::now()));
    std::string message;
    std::string remedy;
    switch (refusal.reason) {
    case TlsReason::name_mismatch:
        message = which + " is not for " + printable(state_->tls.name) + ": it is for " +
                  describe_names(certificate);
        remedy = "connect by one of these names; if you know that this is the right server, name it in "
                 ".ssl({.server_name = …})";
        break;
    case TlsReason::expired:
        message = which + " expired on " + format_time(certificate.not_after) + now;
        remedy = refusal.depth == 0 ? "renew the server's certificate"
                                    : "renew the CA and give its new certificate as .ca";
        break;
    case TlsReason::not_yet_valid:
        message = which + " is valid from " + format_time(certificate.not_before) + " only" + now;
        remedy = "set the clock of this machine, or that of the machine that made the certificate";
        break;
    case TlsReason::self_signed:
        message = which + " is self-signed and not among the trusted CAs";
        remedy = "give the CA that the server's operator hands out as .ca in SslOptions; if this is "
                 "it, somebody else is answering";
        break;
    case TlsReason::issuer_not_trusted:
        message = which + " leads to no trusted CA: it was issued by " + certificate.issuer;
        remedy = "give the certificate of that CA as .ca in SslOptions (a new one if the server got "
                 "a new certificate), and let the server send its intermediate certificates";
        break;
    case TlsReason::wrong_purpose:
        message = which + " may not be used for this: " + refusal.detail;
        remedy = "give the server a certificate that was made for TLS servers (serverAuth)";
        break;
    case TlsReason::too_weak:
        message = which + " is too weak: " + refusal.detail;
        remedy = "renew it with RSA of at least 2048 bits or an elliptic curve, and SHA-256";
        break;
    default:
        message = which + " was refused: " + refusal.detail;
        remedy = "renew the server's certificate";
        break;
    }
    message += ". Nothing of the login was sent";
    throw tls_error(refusal.reason, TlsStage::verification, std::move(message), std::move(remedy),
                    certificate);
}

SEALSQL_INLINE void Session::throw_tls_failure(std::string const& text)
{
    TlsState const& tls = state_->tls;
    if (tls.refusal)
        throw_certificate_refusal(*tls.refusal);
    bool const in_handshake = tls.context != nullptr && !tls.finished;
    if (!in_handshake)
        return;
    auto const refuse = [&](TlsReason reason, std::string message, std::string remedy,
                            bool retryable = false) {
        throw tls_error(reason, TlsStage::handshake,
                        "the TLS handshake with " + target_ + " " + std::move(message) +
                            "; nothing of the login was sent",
                        std::move(remedy), std::nullopt, retryable);
    };
    constexpr int alert_protocol_version = 70;
    constexpr int alert_decode_error = 50;
    constexpr int alert_unexpected_message = 10;
    if (state_->timed_out)
        refuse(TlsReason::timed_out,
               "did not end within " + std::to_string(timeouts_.connect.count()) + " ms",
               "check that a MySQL server answers there; connect_timeout() sets the time", true);
    if (tls.alert_received == alert_protocol_version || tls.alert_sent == alert_protocol_version)
        refuse(TlsReason::protocol_version,
               std::string{"found no common version: this side allows "} +
                   to_string(tls.min_version) + " and later",
               "update the server; TLS 1.2 is in MySQL since 5.7 and in MariaDB since 10.1");
    if (tls.alert_received >= 0)
        refuse(TlsReason::handshake_refused,
               "was refused by the other side, alert " + std::to_string(tls.alert_received),
               "look into the server's log: the two sides have no common cipher, or it demands a "
               "client certificate");
    if (tls.alert_sent == alert_decode_error || tls.alert_sent == alert_unexpected_message)
        refuse(TlsReason::handshake_malformed, "broke its rules: " + printable(text),
               "check that a MySQL server answers there");
    if (tls.alert_sent >= 0)
        refuse(TlsReason::handshake_refused, "was refused by this side: " + printable(text),
               "the two sides have nothing in common that is strong enough: update the server");
    if (text.find("wrong version number") != std::string::npos)
        refuse(TlsReason::handshake_malformed, "got an answer that is not TLS",
               "check that a MySQL server answers there, and no proxy that ends TLS");
    if (!tls.configured)
        throw tls_error(TlsReason::backend_unusable, TlsStage::handshake,
                        "OpenSSL did not accept the TLS settings for " + target_ + ": " +
                            printable(text),
                        "check .server_name, and the ciphers in OpenSSL's configuration file");
    refuse(TlsReason::handshake_closed, "was cut short by the other side: " + printable(text),
           "try again; if it stays, look into the server's log", true);
}

SEALSQL_INLINE void Session::throw_connect_failure(std::string const& address)
{
    MYSQL* const handle = handle_.get();
    int const code = static_cast<int>(mysql_errno(handle));
    std::string const text = mysql_error(handle);
    std::string const state = mysql_sqlstate(handle);
    // What is thrown here ends the session, so nothing is left to say goodbye to.
    throw_guard_verdict();
    throw_tls_failure(text);

    std::string const where =
        target_ + (address.empty() || target_.starts_with(address) ? "" : " (" + address + ")");
    if (state_->flooded)
        throw fatal_client_error(error_code::malformed_packet,
                                 target_ + " sends more than any server does while logging in",
                                 "check that a MySQL server answers there");
    bool const dialling = state_->guard.phase() == GreetingGuard::Phase::greeting;
    if (state_->timed_out)
        throw fatal_client_error(
            dialling ? error_code::conn_host_error : error_code::server_lost,
            dialling ? "no greeting came from " + where + " in time"
                     : where + " did not complete the login within " +
                           std::to_string(timeouts_.connect.count()) + " ms",
            "check that a MySQL server answers there; connect_timeout() sets the time");
    switch (code) {
    case error_code::connection_error:
    case error_code::conn_host_error: {
        // The number at the end of "Can't connect to server on '%s' (%d)" is the system's.
        auto const open = text.rfind('(');
        int const number =
            state_->dial_error != 0     ? state_->dial_error
            : open == std::string::npos ? 0
                                        : std::atoi(text.c_str() + open + 1); // NOLINT(cert-err34-c)
        throw fatal_client_error(
            is_local_socket_ ? error_code::connection_error : error_code::conn_host_error,
            "cannot connect to " + where + ": " +
                (number > 0 ? std::generic_category().message(number) : printable(text)),
            is_local_socket_ ? "check the path given to to_socket(), and that the server runs"
                             : "check the host and port given to to_host(), and that the server runs");
    }
    case error_code::server_gone:
    case error_code::server_lost:
    case error_code::tls_error: // after the handshake: the connection below it broke
        throw fatal_client_error(error_code::server_lost,
                                 where + " closed the connection " +
                                     (dialling ? "instead of sending a greeting"
                                               : "during the login"),
                                 "look into the server's log; a proxy or firewall in between does "
                                 "this, too");
    case error_code::cannot_read_charset:
        throw client_error(code, "Connector/C does not know this character set",
                           "check the name given to character_set()");
    case error_code::auth_plugin_cannot_load:
        throw fatal_client_error(code,
                                 "the login method that " + where +
                                     " asks for cannot be loaded: " + printable(text),
                                 "install Connector/C's plugins, or set MARIADB_PLUGIN_DIR to their "
                                 "folder");
    case error_code::auth_plugin_not_allowed:
        throw fatal_client_error(
            code,
            where + " asks for a login method that would show the password: " + printable(text),
            state_->tls.wanted || is_local_socket_
                ? "let the user log in with caching_sha2_password, mysql_native_password or ed25519"
                : "use TLS: remove insecure_plaintext_over_network()");
    case error_code::malformed_packet:
    case error_code::packet_too_large:
        throw fatal_client_error(code, where + " breaks the protocol: " + printable(text),
                                 "check that a MySQL server answers there");
    default:
        break;
    }
    if (code >= error_code::unknown_error && code < 3000)
        throw fatal_client_error(code, "the login on " + where + " failed: " + printable(text));
    throw peer_error(code, state, text, peer_origin(), "the login on " + where + " failed; ");
}

// --- Statements ---

SEALSQL_INLINE void Session::require_idle() const
{
    if (!handle_)
        throw fatal_client_error(error_code::server_gone,
                                 "the connection to " + target_ + " is closed",
                                 "connect again; a closed session's transaction is rolled back");
    if (busy_)
        throw client_error(error_code::commands_out_of_sync,
                           "the connection is busy: rows of an earlier statement are still open",
                           "go through them to the end, call finish(), or let the Rows go out of "
                           "scope first");
}

SEALSQL_INLINE void Session::throw_failure(std::string_view what_failed, char const* timeout_call)
{
    MYSQL* const handle = handle_.get();
    int const code = static_cast<int>(mysql_errno(handle));
    std::string const text = mysql_error(handle);
    std::string const state = mysql_sqlstate(handle);
    bool const from_server = code != 0 && (code < 2000 || code >= 3000);
    if (from_server && !poisons_connection(code))
        throw peer_error(code, state, text, peer_origin(), what_failed);
    bool const timed_out = state_->timed_out;
    bool const flooded = state_->flooded;
    close();
    if (from_server)
        throw peer_error(code, state, text, peer_origin(), what_failed);
    std::string const prefix{what_failed};
    if (timed_out)
        throw fatal_client_error(error_code::server_lost,
                                 prefix + target_ + " did not answer in time; the connection is closed",
                                 std::string{"give "} + timeout_call +
                                     " a longer time if the statement needs it");
    if (flooded || code == error_code::packet_too_large)
        throw fatal_client_error(error_code::packet_too_large,
                                 prefix + "a packet is larger than " +
                                     std::to_string(max_packet_size_) +
                                     " bytes; the connection is closed",
                                 "raise max_packet_size() if such values are expected");
    if (code == error_code::malformed_packet)
        throw fatal_client_error(code,
                                 prefix + target_ + " breaks the protocol; the connection is closed");
    throw fatal_client_error(error_code::server_lost,
                             prefix + "the connection to " + target_ + " is lost",
                             "connect again; whether the statement took effect is not known");
}

SEALSQL_INLINE void Session::send_query(std::string_view sql)
{
    require_idle();
    if (sql.empty())
        throw client_error(error_code::empty_query, "the statement is empty", {}, "42000");
    state_->timed_out = false;
    CallScope const call{*state_, Clock::now() + timeouts_.write};
    if (mysql_send_query(handle_.get(), sql.data(), static_cast<unsigned long>(sql.size())) != 0)
        throw_failure("sending a statement failed; ", "write_timeout()");
    busy_ = true;
}

SEALSQL_INLINE std::span<std::byte const> Session::read_packet()
{
    return read_packet(Clock::now() + timeouts_.read);
}

SEALSQL_INLINE std::span<std::byte const> Session::read_packet(Clock::time_point deadline)
{
    if (!handle_)
        throw fatal_client_error(error_code::server_gone,
                                 "the connection to " + target_ + " was closed while rows were read");
    // What Connector/C reads ahead belongs to packets behind this one.
    constexpr std::uint64_t read_ahead = 32'768;
    if (!reply_limited_)
        state_->budget = max_packet_size_ + read_ahead;
    CallScope const call{*state_, deadline};
    unsigned long const size = mysql_net_read_packet(handle_.get());
    if (size == packet_error) {
        busy_ = false;
        throw_failure("the statement failed; ", "read_timeout()");
    }
    return std::as_bytes(std::span{handle_->net.read_pos, size});
}

SEALSQL_INLINE void Session::limit_reply(bool limited) noexcept
{
    reply_limited_ = limited;
    state_->budget = limited ? max_packet_size_ + login_budget
                             : std::numeric_limits<std::uint64_t>::max();
}

SEALSQL_INLINE void Session::reject(std::string what)
{
    busy_ = false;
    close();
    throw fatal_client_error(error_code::malformed_packet,
                             target_ + " " + std::move(what) + "; the connection is closed",
                             "check what sits between this program and the server");
}

SEALSQL_INLINE void Session::run_simple(int (*command)(st_mysql*), std::string_view what_failed)
{
    require_idle();
    state_->timed_out = false;
    limit_reply(true);
    CallScope const call{*state_, Clock::now() + timeouts_.read};
    int const failed = command(handle_.get());
    limit_reply(false);
    if (failed != 0)
        throw_failure(what_failed, "read_timeout()");
}

SEALSQL_INLINE void Session::ping() { run_simple(mysql_ping, "the ping failed; "); }

SEALSQL_INLINE void Session::reset()
{
    run_simple(mysql_reset_connection, "resetting the session failed; ");
    run_init_statements(Clock::now() + timeouts_.read);
}

SEALSQL_INLINE void Session::run_init_statements(Clock::time_point deadline)
{
    for (std::string const& statement : init_statements_) {
        send_query(statement);
        bool more = true;
        while (more) {
            limit_reply(true);
            ReplyHeader const header = parse_reply_header(read_packet(deadline));
            Completion completion = header.completion;
            if (header.kind == ReplyKind::columns) {
                for (std::size_t ends = 0; ends < 2;) {
                    auto const packet = read_packet(deadline);
                    if (is_eof(packet)) {
                        completion = parse_eof(packet);
                        ++ends;
                    }
                }
            } else if (header.kind != ReplyKind::completion) {
                reject("answers an init statement with something that is no answer");
            }
            more = completion.more_results();
        }
        limit_reply(false);
        busy_ = false;
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/sql.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// The builder's states are types, so that what is missing or contradictory does not compile. Each
/// wrong call exists as a deleted overload that carries the sentence telling what to do; the same
/// question can be asked with `requires`. What is always needed, the server, is an argument and not
/// a state. The templates end here: connect() and options() return plain classes.

namespace sealsql::inline SEALSQL_ABI {

/// States of BasicConnectionBuilder, incomplete on purpose: only their names are used, by the
/// compiler in its messages.
namespace builder_state {
struct login_missing;
struct login_given;

struct tls_by_default;
struct tls_configured;
struct tls_if_offered;
struct plaintext_chosen;
struct socket_transport_missing;
struct socket_tls_configured;
struct socket_plaintext_chosen;
} // namespace builder_state

/// login() was called.
template <class Login>
concept login_is_given = std::same_as<Login, builder_state::login_given>;

/// Nothing was said about TLS so far.
template <class TransportState>
concept transport_is_open = std::same_as<TransportState, builder_state::tls_by_default> ||
    std::same_as<TransportState, builder_state::socket_transport_missing>;

/// The server is on the network.
template <class TransportState>
concept transport_is_tcp = std::same_as<TransportState, builder_state::tls_by_default> ||
    std::same_as<TransportState, builder_state::tls_configured> ||
    std::same_as<TransportState, builder_state::tls_if_offered> ||
    std::same_as<TransportState, builder_state::plaintext_chosen>;

/// Plaintext was chosen.
template <class TransportState>
concept transport_is_plaintext = std::same_as<TransportState, builder_state::plaintext_chosen> ||
    std::same_as<TransportState, builder_state::socket_plaintext_chosen>;

namespace detail {
// clang-format off
/// What functions take that are deleted over a local socket until its protection is chosen.
using NothingToCheck = Because<Sentence{"a local socket has no host name to check: call plaintext_over_local_socket(), or ssl() with a server_name"}>;
// clang-format on
} // namespace detail

/// Says where to connect to, who to be and whom to trust, step by step; then connect().
///
/// ```
/// auto db = sealsql::ConnectionBuilder::to_host("db.internal")
///               .login("app", sealsql::Secret::from_env("DB_PASSWORD"))
///               .ssl({.ca = "/etc/ssl/db-ca.pem"})
///               .database("shop")
///               .connect();
/// ```
///
/// Every step returns a new builder and leaves this one as it was, so that a half-built one can be
/// kept and finished in several ways.
template <class Login = builder_state::login_missing,
          class TransportState = builder_state::tls_by_default>
class BasicConnectionBuilder {
    template <class OtherLogin, class OtherTransport>
    using Rebind = BasicConnectionBuilder<OtherLogin, OtherTransport>;

public:
    /// A server on the network, over TLS with the identity check on.
    /// @param host a name or an IP address, IPv6 without brackets; `localhost` is TCP here
    [[nodiscard]] static BasicConnectionBuilder to_host(std::string host,
                                                        std::uint16_t port = 3306) requires
        std::same_as<BasicConnectionBuilder, BasicConnectionBuilder<>>
    {
        ConnectionOptions options;
        options.endpoint = Endpoint::tcp(std::move(host), port);
        return BasicConnectionBuilder{std::move(options)};
    }

    /// A server on this machine, behind a Unix domain socket. A socket has no name to check, so one
    /// of ssl() and plaintext_over_local_socket() has to follow.
    [[nodiscard]] static auto to_socket(std::filesystem::path path) requires
        std::same_as<BasicConnectionBuilder, BasicConnectionBuilder<>>
    {
        ConnectionOptions options;
        options.endpoint = Endpoint::local_socket(std::move(path));
        return Rebind<Login, builder_state::socket_transport_missing>{std::move(options)};
    }

    /// The user and the password to log in with; for a user without password, `Secret{}`.
    [[nodiscard]] auto login(std::string user, Secret password) const
        requires(!login_is_given<Login>)
    {
        auto options = options_;
        options.user = std::move(user);
        options.password = std::move(password);
        return Rebind<builder_state::login_given, TransportState>{std::move(options)};
    }

    // clang-format off
    template <class Text>
        requires(std::convertible_to<Text const&, std::string_view> && !login_is_given<Login>)
    void login(std::string, Text const&, detail::Because<detail::Sentence{"login() takes the password as a sealsql::Secret, which is never printed: say login(user, sealsql::Secret{text}), or Secret::from_env(variable), or Secret{} for a user without password"}> = {}) const = delete;

    void login(std::string, Secret, detail::Because<detail::Sentence{"login() was called on this builder before; call it once"}> = {}) const
        requires login_is_given<Login>
    = delete;
    // clang-format on

    /// How the server is to prove itself. Where a compiler only says that no ssl() takes a brace-enclosed list, write
    /// `ssl(sealsql::SslOptions{…})`: it then names the field that has another type.
    /// @throws TlsError if the options contradict each other
    [[nodiscard]] auto ssl(SslOptions options) const requires transport_is_open<TransportState>
    {
        check(options);
        auto next = options_;
        next.transport = Transport::tls(std::move(options));
        using Next =
            std::conditional_t<transport_is_tcp<TransportState>, builder_state::tls_configured,
                               builder_state::socket_tls_configured>;
        return Rebind<Login, Next>{std::move(next)};
    }

    // clang-format off
    template <class Path>
        requires(std::convertible_to<Path const&, TrustAnchors> && transport_is_open<TransportState>)
    void ssl(Path const&, detail::Because<detail::Sentence{"ssl() takes SslOptions: for the file of a CA, write ssl({.ca = path})"}> = {}) const = delete;

    void ssl(SslOptions, detail::Because<detail::Sentence{"this builder is in plaintext, so SslOptions would be silently ignored; remove the call that chose plaintext"}> = {}) const
        requires transport_is_plaintext<TransportState>
    = delete;

    void ssl(SslOptions, detail::Because<detail::Sentence{"ssl() was called on this builder before; put all TLS settings into one SslOptions"}> = {}) const
        requires std::same_as<TransportState, builder_state::tls_configured> || std::same_as<TransportState, builder_state::socket_tls_configured>
    = delete;

    void ssl(SslOptions, detail::Because<detail::Sentence{"insecure_tls_if_offered() was called on this builder before; give it the SslOptions, or remove it to demand TLS"}> = {}) const
        requires std::same_as<TransportState, builder_state::tls_if_offered>
    = delete;
    // clang-format on

    /// Without TLS: everybody on the way reads and changes statements and results, and what the
    /// login sends. Only logins by challenge and response are possible (mysql_native_password,
    /// client_ed25519), so that the password itself does not travel.
    [[nodiscard]] auto insecure_plaintext_over_network()
        const requires std::same_as<TransportState, builder_state::tls_by_default>
    {
        auto next = options_;
        next.transport = Transport::plaintext();
        return Rebind<Login, builder_state::plaintext_chosen>{std::move(next)};
    }

    // clang-format off
    void insecure_plaintext_over_network(detail::Because<detail::Sentence{"this builder already says how to use TLS; remove ssl() or insecure_tls_if_offered() to go without it"}> = {}) const
        requires std::same_as<TransportState, builder_state::tls_configured> || std::same_as<TransportState, builder_state::tls_if_offered>
    = delete;

    void insecure_plaintext_over_network(detail::Because<detail::Sentence{"insecure_plaintext_over_network() was called on this builder before; call it once"}> = {}) const
        requires std::same_as<TransportState, builder_state::plaintext_chosen>
    = delete;

    void insecure_plaintext_over_network(detail::Because<detail::Sentence{"a local socket is no network: call plaintext_over_local_socket()"}> = {}) const
        requires (!transport_is_tcp<TransportState>)
    = delete;
    // clang-format on

    /// TLS when the server offers it, else plaintext, as `--ssl-mode=PREFERRED` of `mysql` does: a
    /// network attacker can choose plaintext, or TLS with himself, where he is shown the password if he
    /// asks for it. `options` hold when TLS is used.
    /// @throws TlsError if the options contradict each other
    [[nodiscard]] auto insecure_tls_if_offered(SslOptions options = {.verify = VerifyMode::none})
        const requires std::same_as<TransportState, builder_state::tls_by_default>
    {
        check(options);
        auto next = options_;
        next.transport = Transport::insecure_tls_if_offered(std::move(options));
        return Rebind<Login, builder_state::tls_if_offered>{std::move(next)};
    }

    // clang-format off
    void insecure_tls_if_offered(SslOptions = {}, detail::Because<detail::Sentence{"this builder already says how to use TLS; choose one of ssl(), insecure_tls_if_offered() and plaintext"}> = {}) const
        requires (transport_is_tcp<TransportState> && !transport_is_open<TransportState>)
    = delete;

    void insecure_tls_if_offered(SslOptions = {}, detail::Because<detail::Sentence{"over a local socket call ssl() or plaintext_over_local_socket()"}> = {}) const
        requires (!transport_is_tcp<TransportState>)
    = delete;
    // clang-format on

    /// Without TLS, through the kernel of this machine. The permissions of the socket's folder are
    /// what tells the server from an impostor.
    [[nodiscard]] auto plaintext_over_local_socket()
        const requires std::same_as<TransportState, builder_state::socket_transport_missing>
    {
        auto next = options_;
        next.transport = Transport::plaintext();
        return Rebind<Login, builder_state::socket_plaintext_chosen>{std::move(next)};
    }

    // clang-format off
    void plaintext_over_local_socket(detail::Because<detail::Sentence{"this builder goes over the network: use to_socket(path), or spell out insecure_plaintext_over_network()"}> = {}) const
        requires transport_is_tcp<TransportState>
    = delete;

    void plaintext_over_local_socket(detail::Because<detail::Sentence{"this builder already says how to use TLS; choose one of ssl() and plaintext_over_local_socket()"}> = {}) const
        requires std::same_as<TransportState, builder_state::socket_tls_configured> || std::same_as<TransportState, builder_state::socket_plaintext_chosen>
    = delete;
    // clang-format on

    /// The database that unqualified names refer to.
    [[nodiscard]] auto database(std::string name) const
    {
        auto next = *this;
        next.options_.database = std::move(name);
        return next;
    }

    /// @copydoc ConnectionOptions::login_methods
    ///
    /// Replaces the methods that hold with nothing said.
    [[nodiscard]] auto login_methods(LoginMethods methods) const
    {
        auto next = *this;
        next.options_.login_methods = methods;
        return next;
    }

    /// @copydoc Timeouts::connect
    [[nodiscard]] auto connect_timeout(std::chrono::milliseconds timeout) const
    {
        auto next = *this;
        next.options_.timeouts.connect = timeout;
        return next;
    }

    /// @copydoc Timeouts::dial
    [[nodiscard]] auto dial_timeout(std::chrono::milliseconds timeout) const
    {
        auto next = *this;
        next.options_.timeouts.dial = timeout;
        return next;
    }

    /// @copydoc Timeouts::handshake
    [[nodiscard]] auto handshake_timeout(std::chrono::milliseconds timeout) const
    {
        auto next = *this;
        next.options_.timeouts.handshake = timeout;
        return next;
    }

    /// @copydoc Timeouts::login
    [[nodiscard]] auto login_timeout(std::chrono::milliseconds timeout) const
    {
        auto next = *this;
        next.options_.timeouts.login = timeout;
        return next;
    }

    /// @copydoc Timeouts::read
    [[nodiscard]] auto read_timeout(std::chrono::milliseconds timeout) const
    {
        auto next = *this;
        next.options_.timeouts.read = timeout;
        return next;
    }

    /// @copydoc Timeouts::write
    [[nodiscard]] auto write_timeout(std::chrono::milliseconds timeout) const
    {
        auto next = *this;
        next.options_.timeouts.write = timeout;
        return next;
    }

    /// Of statements and results; `utf8mb4` unless said otherwise. Over a connection in UTF-8 a text that is not UTF-8 is no
    /// parameter, for servers differ about what they make of it, and neither is one that `utf8mb3` (whose other name is
    /// `utf8`) or `ascii` has no characters for: bytes go as `std::vector<std::byte>` or `std::span<std::byte const>`.
    [[nodiscard]] auto character_set(std::string name) const
    {
        auto next = *this;
        next.options_.character_set = std::move(name);
        return next;
    }

    /// A statement to run on each new connection, and again after Connection::reset(), such as
    /// `SET time_zone = '+00:00'`. May be called several times.
    [[nodiscard]] auto init_statement(Sql statement) const
    {
        auto next = *this;
        next.options_.init_statements.emplace_back(statement.text());
        return next;
    }

    /// A name and value for the server's `session_connect_attrs`. May be called several times.
    [[nodiscard]] auto connection_attribute(std::string name, std::string value) const
    {
        auto next = *this;
        next.options_.connection_attributes.push_back({std::move(name), std::move(value)});
        return next;
    }

    /// @copydoc Keepalive
    [[nodiscard]] auto keepalive(Keepalive keepalive) const
    {
        auto next = *this;
        next.options_.keepalive = keepalive;
        return next;
    }

    /// @copydoc ConnectionOptions::max_allowed_packet
    [[nodiscard]] auto max_allowed_packet(std::size_t bytes) const
    {
        auto next = *this;
        next.options_.max_allowed_packet = bytes;
        return next;
    }

    /// @copydoc ConnectionOptions::statement_cache_size
    [[nodiscard]] auto statement_cache_size(std::size_t statements) const
    {
        auto next = *this;
        next.options_.statement_cache_size = statements;
        return next;
    }

    /// Lets one text hold several statements, with `;` between; their results are read by Results of
    /// <sealsql/results.hpp>. Off unless called: what is injected into a text can then not begin a statement of
    /// its own.
    [[nodiscard]] auto multi_statements() const
    {
        auto next = *this;
        next.options_.multi_statements = true;
        return next;
    }

    /// Lets the affected rows of an UPDATE be those that it found, changed or not.
    /// @see ConnectionOptions::found_rows
    [[nodiscard]] auto found_rows(bool is_wanted = true) const
    {
        auto next = *this;
        next.options_.found_rows = is_wanted;
        return next;
    }

    /// Lets load_data() of <sealsql/load_data.hpp> work.
    /// @see ConnectionOptions::local_infile
    [[nodiscard]] auto local_infile(bool is_allowed = true) const
    {
        auto next = *this;
        next.options_.local_infile = is_allowed;
        return next;
    }

    /// Such as `Compression::zlib()` of <sealsql/compression.hpp>.
    /// @see ConnectionOptions::compression
    [[nodiscard]] auto compression(CompressionPolicy policy) const
    {
        auto next = *this;
        next.options_.compression = policy;
        return next;
    }

    /// Who is told what the connection does: made by `make_observer()` of <sealsql/observer.hpp>.
    [[nodiscard]] auto observer(ObserverHandle handle) const
    {
        auto next = *this;
        next.options_.observer = std::move(handle);
        return next;
    }

    /// Connects, verifies the server, logs in and runs the init statements.
    /// @throws TlsError if there is no TLS connection that can be trusted
    /// @throws Error if the server cannot be reached or refuses the login
    [[nodiscard]] Connection connect() const
        requires(login_is_given<Login> &&
                 !std::same_as<TransportState, builder_state::socket_transport_missing>)
    {
        return Connection{options_};
    }

    // clang-format off
    Connection connect(detail::Because<detail::Sentence{"no login yet: call login(user, password) before connect()"}> = {}) const
        requires (!login_is_given<Login>)
    = delete;

    Connection connect(detail::NothingToCheck = {}) const // a local socket has no host name to check: call plaintext_over_local_socket(), or ssl() with a server_name
        requires (login_is_given<Login>&& std::same_as<TransportState, builder_state::socket_transport_missing>)
    = delete;
    // clang-format on

    /// What connect() would use, as a value to keep.
    [[nodiscard]] ConnectionOptions const& options() const& noexcept
        requires(login_is_given<Login> &&
                 !std::same_as<TransportState, builder_state::socket_transport_missing>)
    {
        return options_;
    }

    [[nodiscard]] ConnectionOptions options() && noexcept
        requires(login_is_given<Login> &&
                 !std::same_as<TransportState, builder_state::socket_transport_missing>)
    {
        return std::move(options_);
    }

    // clang-format off
    ConnectionOptions options(detail::Because<detail::Sentence{"no login yet: call login(user, password) before options()"}> = {}) const
        requires (!login_is_given<Login>)
    = delete;

    ConnectionOptions options(detail::NothingToCheck = {}) const // a local socket has no host name to check: call plaintext_over_local_socket(), or ssl() with a server_name
        requires (login_is_given<Login>&& std::same_as<TransportState, builder_state::socket_transport_missing>)
    = delete;
    // clang-format on

private:
    template <class, class>
    friend class BasicConnectionBuilder;

    explicit BasicConnectionBuilder(ConnectionOptions options) : options_{std::move(options)} {}

    ConnectionOptions options_;
};

/// Where every connection begins: `ConnectionBuilder::to_host(…)` or `to_socket(…)`.
using ConnectionBuilder = BasicConnectionBuilder<>;

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/error.hpp>
#include <sealsql/tls_info.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// What connections, pools and retries do, told to an observer: for logs, metrics and traces. Not part of
/// <sealsql/sealsql.hpp>: include it where it is needed.
///
/// Members say which attribute of OpenTelemetry's semantic conventions for database clients they are the value of.

namespace sealsql::inline SEALSQL_ABI {

/// How an observer gets the text of statements.
enum class StatementText : std::uint8_t {
    /// With `?` in place of each literal, and without comments: see without_literals().
    without_literals,
    /// With all that is in it. What a program puts into its statements as literals, such as names, mail addresses or
    /// the password of a CREATE USER, is then in its logs.
    as_sent,
    none,
};

/// What an observer wants to be told of each operation: the less, the cheaper.
struct ObserverOptions {
    StatementText text = StatementText::without_literals;
    /// Whether OperationEvent::summary is wanted.
    bool summary = true;
    /// Whether OperationEvent::parameters is wanted. Dangerous: the values of a program's statements are what its database is
    /// there to protect. Of each operation the first 128 are told, of bulk_execute() those of one row after the other; data
    /// that is sent in pieces is not.
    bool parameters = false;
    /// Of a longer text or parameter only the beginning is told.
    std::size_t longest_text = 4096;
};

/// When something began and how long it took.
struct Span {
    std::chrono::system_clock::time_point begin{};
    std::chrono::nanoseconds duration{};
};

/// Who is at the other end.
struct Peer {
    /// `mariadb` or `mysql`, as the server said in the login; `mysql` before that. db.system.name
    std::string_view system = "mysql";
    /// The IP address, the one that was dialled last; empty for a local socket, and before any was. network.peer.address
    std::string_view address{};
};

// The events. `options` are those that a connection is made from, but without the secrets: no password, and of client certificate
// and trust store only where they are, without key and passphrases. db.namespace is options.database, server.address and
// server.port are in options.endpoint.

/// An attempt to connect, from the resolver to the last init statement. A HostList, for which a name stands for as many servers as
/// it has addresses, makes one to each in turn: the resolver is part of the first. db.client.connection.create_time
struct ConnectEvent {
    ConnectionOptions const& options;
    Span span{};
    /// Null if it succeeded.
    Error const* error = nullptr;
    Peer peer{};
};

/// One of the addresses that an attempt to connect tries, from dialling it to the end of the login. Within the
/// ConnectEvent's span.
struct DialEvent {
    ConnectionOptions const& options;
    Span span{};
    Error const* error = nullptr;
    Peer peer{};
};

/// A TLS handshake, with the check of the server. Within the DialEvent's span, and told at its end.
struct HandshakeEvent {
    ConnectionOptions const& options;
    Span span{};
    /// Null if it failed.
    TlsInfo const* tls = nullptr;
    /// Null if it succeeded, whatever became of the login behind it.
    Error const* error = nullptr;
    Peer peer{};
};

/// A statement or another command, from sending it to the end of its answer. db.client.operation.duration
///
/// Each statement of a Pipeline is one, and so is each init statement. An execution that has to be prepared first includes
/// that; where it takes an exchange of its own, it is told as well. What the caller's types make of an answer, such as that a
/// value does not fit, is not the operation's error.
struct OperationEvent {
    ConnectionOptions const& options;
    Span span{};
    OperationKind kind = OperationKind::query;
    /// As ObserverOptions::text has it, with `?` for each parameter; for other commands their name, such as `ping`.
    /// db.query.text
    std::string_view statement{};
    /// Its first word, in capitals. db.operation.name
    std::string_view name{};
    /// Empty unless ObserverOptions::summary. db.query.summary
    std::string_view summary{};
    /// Whether the parameters were sent apart from the text.
    bool is_prepared = false;
    /// The rest of its rows was read away because the caller gave them up.
    bool is_abandoned = false;
    std::uint64_t affected_rows = 0;
    /// Those that were read from the server. db.response.returned_rows
    std::uint64_t returned_rows = 0;
    /// How many rows of parameters a bulk operation sends; else zero. db.operation.batch.size
    std::uint64_t batch_size = 0;
    /// Null if it succeeded; else what the caller gets. Its code() is db.response.status_code. Its message may quote what the
    /// server quotes of statements and values: it is no text for logs that may not hold them.
    Error const* error = nullptr;
    Peer peer{};
    /// Empty unless ObserverOptions::parameters: as text, `NULL` for NULL, `...` for what was sent in pieces.
    /// db.query.parameter.<number from 0>, but not where batch_size is not zero
    std::span<std::string const> parameters{};
};

/// What a pool does.
enum class PoolEventKind : std::uint8_t {
    /// A connection was made.
    opened,
    /// A connection was closed, for the reason in PoolEvent::reason.
    closed,
    /// A connection was lent; the span is the wait for it. db.client.connection.wait_time
    acquired,
    /// A connection came back; the span is how long it was lent. db.client.connection.use_time
    returned,
    /// Nobody got a connection in time. db.client.connection.timeouts
    acquire_failed,
    /// A connection has been lent for longer than the pool's options expect.
    leak_suspected,
};

/// Something that a pool did.
struct PoolEvent {
    ConnectionOptions const& options;
    PoolEventKind kind = PoolEventKind::opened;
    Span span{};
    /// In words, such as `idle`, `lifetime`, `broken`; empty where the kind says it all.
    std::string_view reason{};
    /// db.client.connection.count, with db.client.connection.state `idle` and `used`
    std::size_t idle = 0;
    std::size_t lent = 0;
    /// db.client.connection.pending_requests
    std::size_t waiting = 0;
    Error const* error = nullptr;
    /// db.client.connection.pool.name; where it is empty, that is `host:port/database`.
    std::string_view pool_name{};
};

/// A unit of work failed, and is run again unless it was the last attempt.
struct RetryEvent {
    ConnectionOptions const& options;
    /// The attempt that failed: 1 for the first.
    unsigned attempt = 0;
    std::chrono::nanoseconds pause{};
    /// The attempts or the time that the policy allows are used up, or it was stopped: the error is thrown.
    bool is_last = false;
    Error const& error;
};

/// A host out of several was passed over, chosen, or changed its role.
struct HostEvent {
    ConnectionOptions const& options;
    /// `chosen`; `resting` (it could not be used) or `unfit` (it is not what is wanted); `promoted` or `demoted`; `moved` (its
    /// name stands for another server).
    std::string_view what{};
    Error const* error = nullptr;
};

/// Is told what happens. Derive from it and override what is of interest; each does nothing by itself.
///
/// Called in the thread that does what it is told of, at the end of each: an observer that waits makes its users wait. Several
/// threads may call it at once. What an event refers to is there until the call returns. None may throw. A connection cannot be
/// used by the observer that it is telling: that is an Error. The observer may use others, of which it had better not
/// be told.
class Observer {
public:
    Observer() = default;
    Observer(Observer const&) = delete;
    Observer& operator=(Observer const&) = delete;
    virtual ~Observer() = default;

    /// Asked once by each connection.
    [[nodiscard]] virtual ObserverOptions options() const noexcept { return {}; }

    virtual void on_connect(ConnectEvent const& /*event*/) noexcept {}
    virtual void on_dial(DialEvent const& /*event*/) noexcept {}
    virtual void on_handshake(HandshakeEvent const& /*event*/) noexcept {}
    virtual void on_operation(OperationEvent const& /*event*/) noexcept {}
    virtual void on_pool(PoolEvent const& /*event*/) noexcept {}
    virtual void on_retry(RetryEvent const& /*event*/) noexcept {}
    virtual void on_host(HostEvent const& /*event*/) noexcept {}
};

namespace detail {

/// As observers get them.
[[nodiscard]] ConnectionOptions without_password(ConnectionOptions options);

[[nodiscard]] SessionWatch* make_observer_watch(ConnectionOptions const& options);

/// An observer that its handles own, or share with others.
template <class Value>
struct OwnedObserver : ObserverOwner {
    template <class... Arguments>
    explicit OwnedObserver(Arguments&&... arguments)
        : ObserverOwner{[](Count* count) noexcept { delete static_cast<OwnedObserver*>(count); }},
          value(std::forward<Arguments>(arguments)...)
    {
        make_watch = make_observer_watch;
    }

    Value value;
};

} // namespace detail

/// A new observer, for ConnectionOptions::observer:
///
///     .observer(sealsql::make_observer<Printer>(std::cerr))
template <std::derived_from<Observer> Derived, class... Arguments>
[[nodiscard]] ObserverHandle make_observer(Arguments&&... arguments)
{
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the handles own it
    auto* const owner = new detail::OwnedObserver<Derived>(std::forward<Arguments>(arguments)...);
    owner->observer = &owner->value;
    return ObserverHandle{owner};
}

/// An observer that the caller goes on using; nobody where it is null.
[[nodiscard]] inline ObserverHandle make_observer(std::shared_ptr<Observer> observer)
{
    if (!observer)
        return {};
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the handles own it
    auto* const owner = new detail::OwnedObserver<std::shared_ptr<Observer>>(std::move(observer));
    owner->observer = owner->value.get();
    return ObserverHandle{owner};
}

/// A statement with `?` in place of each literal, and without comments. Where it could be read in more than one way, as by SQL
/// modes, or is longer than `most` bytes, it ends in `...`: no part of a literal is in it, in whatever mode the server reads it.
/// What is in double quotes counts as a literal, and so does a name in backticks that no ordinary name looks like.
[[nodiscard]] std::string without_literals(std::string_view sql, std::size_t most = 4096);

/// What a statement does, and to what, in a few words that many statements share: `SELECT account`,
/// `INSERT orders SELECT basket`.
[[nodiscard]] std::string query_summary(std::string_view sql);

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(OperationKind kind) noexcept;
/// @copydoc to_string(OperationKind)
[[nodiscard]] char const* to_string(PoolEventKind kind) noexcept;

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/observer.ipp>
#endif

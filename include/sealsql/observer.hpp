#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/error.hpp>
#include <sealsql/tls_info.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

/// @file
/// What connections, pools and retries do, told to an observer: for logs, metrics and traces. Not part of
/// <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

/// When something began and how long it took.
struct Span {
    std::chrono::system_clock::time_point begin{};
    std::chrono::nanoseconds duration{};
};

/// An attempt to connect, from the resolver to the last init statement.
struct ConnectEvent {
    ConnectionOptions const& options;
    Span span{};
    /// Null if it succeeded.
    Error const* error = nullptr;
};

/// A TLS handshake, with the check of the server.
struct HandshakeEvent {
    ConnectionOptions const& options;
    Span span{};
    /// Null if it failed.
    TlsInfo const* tls = nullptr;
    Error const* error = nullptr;
};

/// A statement or another command, from sending it to the end of its answer.
struct OperationEvent {
    ConnectionOptions const& options;
    Span span{};
    /// The statement as it was sent, with `?` for each parameter; a command's name, such as `ping`, where it is none.
    std::string_view statement{};
    bool is_prepared = false;
    std::uint64_t affected_rows = 0;
    std::uint64_t returned_rows = 0;
    /// Null if it succeeded.
    Error const* error = nullptr;
};

/// What a pool does.
enum class PoolEventKind : std::uint8_t {
    /// A connection was made.
    opened,
    /// A connection was closed, for the reason in PoolEvent::reason.
    closed,
    /// A connection was lent; the span is the wait for it.
    acquired,
    /// A connection came back; the span is how long it was lent.
    returned,
    /// Nobody got a connection in time.
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
    std::size_t idle = 0;
    std::size_t lent = 0;
    std::size_t waiting = 0;
    Error const* error = nullptr;
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
    /// In words, such as `resting`, `chosen`, `demoted`.
    std::string_view what{};
    Error const* error = nullptr;
};

/// Is told what happens. Derive from it and override what is of interest; each does nothing by itself.
///
/// Called in the thread that does what it is told of, at the end of each: an observer that waits makes its users wait. Several
/// threads may call it at once. What an event refers to is there until the call returns.
class Observer {
public:
    Observer() = default;
    Observer(Observer const&) = delete;
    Observer& operator=(Observer const&) = delete;
    virtual ~Observer() = default;

    virtual void on_connect(ConnectEvent const& /*event*/) noexcept {}
    virtual void on_handshake(HandshakeEvent const& /*event*/) noexcept {}
    virtual void on_operation(OperationEvent const& /*event*/) noexcept {}
    virtual void on_pool(PoolEvent const& /*event*/) noexcept {}
    virtual void on_retry(RetryEvent const& /*event*/) noexcept {}
    virtual void on_host(HostEvent const& /*event*/) noexcept {}
};

namespace detail {

/// An observer that its handles own.
template <class Derived>
struct OwnObserver : ObserverOwner {
    template <class... Arguments>
    explicit OwnObserver(Arguments&&... arguments)
        : ObserverOwner{}, value(std::forward<Arguments>(arguments)...)
    {
        observer = &value;
    }

    Derived value;
};

/// One that others own as well.
struct SharedObserver : ObserverOwner {
    explicit SharedObserver(std::shared_ptr<Observer> other) noexcept
        : ObserverOwner{}, value{std::move(other)}
    {
        observer = value.get();
    }

    std::shared_ptr<Observer> value;
};

} // namespace detail

/// A new observer, for ConnectionOptions::observer.
template <std::derived_from<Observer> Derived, class... Arguments>
[[nodiscard]] ObserverHandle make_observer(Arguments&&... arguments)
{
    return ObserverHandle{
        detail::Shared<detail::OwnObserver<Derived>>::make(std::forward<Arguments>(arguments)...)};
}

/// An observer that the caller goes on using; nobody where it is null.
[[nodiscard]] inline ObserverHandle make_observer(std::shared_ptr<Observer> observer)
{
    if (!observer)
        return {};
    return ObserverHandle{detail::Shared<detail::SharedObserver>::make(std::move(observer))};
}

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/call_site.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/pool_options.hpp>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

/// @file
/// Connections that are kept and lent. Not part of <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {
struct PoolEntry;
class PoolState;
} // namespace detail

/// A connection that was lent by a ConnectionPool, and goes back to it with this object. What was made of it, such as Rows,
/// prepared statements and transactions, has to go first: otherwise the connection is closed.
///
/// One thread at a time. It may outlive its pool; the connection is then closed. A moved-from one holds nothing.
class PooledConnection {
public:
    PooledConnection() noexcept = default;
    PooledConnection(PooledConnection&& other) noexcept;
    PooledConnection& operator=(PooledConnection&& other) noexcept;
    ~PooledConnection();

    /// Whether there is a connection.
    explicit operator bool() const noexcept { return entry_ != nullptr; }

    [[nodiscard]] Connection& operator*() const noexcept { return *connection_; }
    [[nodiscard]] Connection* operator->() const& noexcept { return connection_; }

    /// Keep it in a variable. Rows of `pool.acquire()->query(...)` would outlive the loan; and Clang before 17 forgets to
    /// destroy a temporary object in an expression with a consteval call, as each Sql literal is: the loan would never end.
    Connection* operator->() const&& = delete;

    /// The connection is closed when it goes back, and never lent again: for one that is in a state that nobody can know.
    void discard() noexcept;

    /// What to say of this loan in ConnectionPool::loans() and reports of leaks, in place of the line that acquired it.
    void set_label(std::string label);

    /// Gives the connection back now.
    void give_back() noexcept;

    /// The same, for who has no time: one that is not in order by then is closed, as if PoolOptions::return_timeout were over.
    void give_back(std::chrono::steady_clock::time_point latest) noexcept;

private:
    friend class ConnectionPool;
    PooledConnection(detail::Shared<detail::PoolState> pool, detail::PoolEntry& entry) noexcept;

    detail::Shared<detail::PoolState> pool_;
    detail::PoolEntry* entry_ = nullptr;
    Connection* connection_ = nullptr;
};

/// Connections to lend, for any number of threads:
///
///     sealsql::ConnectionPool pool{builder.options(), {.max_size = 4}};
///     auto db = pool.acquire();
///     db->execute("UPDATE ...");
///
/// Those who wait are served strictly in the order in which they came. A connection is made when somebody wants one and none
/// is idle, by the thread that wants it: so that what goes wrong is told where it matters, several are made at a time, and a
/// host that does not answer holds nobody else up. Whoever connects has had its turn: what comes back meanwhile goes to others, and to
/// itself once the attempt has failed. After a failure the next attempt waits, up to half a second; an error that
/// may pass is only told when the time is over.
///
/// Each connection that comes back is put in order first: an open transaction is rolled back, and the session reset as
/// PoolOptions::reset says. Idle connections are replaced when the files that SslOptions name have changed, or the source says
/// so, lent ones when they come back.
///
/// Where a connection is idle, acquiring and returning it costs next to nothing: one look at its socket if it was at rest for a
/// millisecond or longer. To hand one on to a thread that waits costs what any strict order does: one thread is put to sleep and
/// another woken, each time. tests/benchmark/pool.sh measures both.
///
/// A pool belongs to the process that made it: a forked child makes one of its own. The parent's, in a child, refuses to lend,
/// and lets go of its connections without a word to the server.
class ConnectionPool {
public:
    /// Lends connections to one server.
    /// @throws Error if the options cannot be meant. The server need not be there yet
    explicit ConnectionPool(ConnectionOptions options, PoolOptions const& pool_options = {});

    /// Lends connections of this source.
    explicit ConnectionPool(std::shared_ptr<ConnectionSource> source,
                            PoolOptions const& pool_options = {});

    // clang-format off
    template <class Login, class TransportState>
    explicit ConnectionPool(BasicConnectionBuilder<Login, TransportState> const&, PoolOptions const& = {}, detail::Because<detail::Sentence{"a pool takes ConnectionOptions: write ConnectionPool{builder.options(), ...}"}> = {}) = delete;
    // clang-format on

    ConnectionPool(ConnectionPool const&) = delete;
    ConnectionPool& operator=(ConnectionPool const&) = delete;

    /// As shutdown(). Nobody may be about to acquire.
    ~ConnectionPool();

    /// Lends a connection; waits for it as long as PoolOptions::acquire_timeout.
    /// @throws Error if there is none in time: retryable, and says what became of all connections. If connecting fails for a
    ///     reason that does not pass, such as a wrong password, that error, at once
    [[nodiscard]] PooledConnection acquire(CallSite where = CallSite::here());

    /// The same within another time; zero takes only what is there.
    [[nodiscard]] PooledConnection acquire_for(std::chrono::nanoseconds time,
                                               CallSite where = CallSite::here());

    /// The same until a point in time, or until `stop` is requested.
    [[nodiscard]] PooledConnection acquire_until(std::chrono::steady_clock::time_point deadline,
                                                 std::stop_token const& stop = {},
                                                 CallSite where = CallSite::here());

    /// What connections are made from.
    [[nodiscard]] ConnectionOptions const& options() const noexcept;

    [[nodiscard]] PoolStatistics statistics() const;

    /// The connections that are lent, the longest first.
    [[nodiscard]] std::vector<PoolLoan> loans() const;

    /// What the maintenance thread does: closes what is idle for too long, too old or outdated, reports what was lent for too
    /// long, opens connections up to PoolOptions::min_size, and has the source find out what its servers have become
    /// (ConnectionSource::maintain()). For pools without that thread.
    void maintain();

    /// Ends the pool: nobody gets a connection any more, those who wait get an error, idle connections are closed, and lent
    /// ones when they come back. Waits for nobody but the maintenance thread.
    void shutdown() noexcept;

    /// As shutdown(), and waits for lent connections to come back.
    /// @return whether all did, by `deadline`
    [[nodiscard]] bool drain(std::chrono::steady_clock::time_point deadline) noexcept;

private:
    detail::Shared<detail::PoolState> state_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/pool.ipp>
#endif

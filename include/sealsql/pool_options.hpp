#pragma once

#include <sealsql/detail/by_name.hpp>
#include <sealsql/detail/config.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sealsql::inline SEALSQL_ABI {

/// When a connection that comes back to its pool is put back to its beginning, by Connection::reset(): with the builder's
/// database, character set and init statements. An open transaction is rolled back in any case.
enum class ResetPolicy : std::uint8_t {
    /// Unless it is known that nothing was changed: neither did the server report a change (session_track_state_change),
    /// nor was any statement sent that may leave something behind which servers do not report, such as a call of a function
    /// that is not known. What was prepared then stays prepared, so a borrower's statements are fast from the first on.
    ///
    /// After a statement that wrote, a trigger may have locked by GET_LOCK(), which no text shows and no server reports:
    /// then RELEASE_ALL_LOCKS() is called, which costs a round trip, and leaves what was prepared.
    ///
    /// What stays: what the server tells of the latest statement (LAST_INSERT_ID(), ROW_COUNT(), SHOW WARNINGS); the last
    /// value of a sequence that a trigger or a default took (LASTVAL()); a lock that a view takes when it is read, by
    /// GET_LOCK() within its query or within a function that it calls; on MySQL, what else such a function changes, until
    /// the server reports it with the next answer that has no rows. Whoever has such uses `always`.
    ///
    /// A Pipeline or a bulk insert within a Transaction has a session reset as well: it switches autocommit off and on again,
    /// which the server reports like any change.
    when_changed,
    /// Each time.
    always,
    /// Never: settings, variables, temporary tables and locks pass from one borrower to the next.
    never,
};

/// How a ConnectionPool behaves: each option is given by its name, as in {.max_size = 8}. A time of zero means never, unless it
/// says otherwise.
struct PoolOptions {
    /// Nothing to set: a value without a name finds this, and does not compile.
    [[no_unique_address]] detail::ByName by_name = detail::ByName{};

    /// So many connections are kept open, also when nobody wants them.
    std::size_t min_size = 0;

    /// The most connections that are open at a time. A server's max_connections has to do for all its clients.
    std::size_t max_size = 10;

    /// How long acquire() waits. Zero: it takes only what is there.
    std::chrono::milliseconds acquire_timeout = std::chrono::seconds{30};

    /// A connection that nobody wanted for so long is closed, down to min_size. Let it be less than the server's
    /// wait_timeout, and than what firewalls on the way allow.
    std::chrono::milliseconds idle_timeout = std::chrono::minutes{10};

    /// A connection older than that is replaced, and each up to a tenth earlier, so that not all go at once.
    std::chrono::milliseconds max_lifetime = std::chrono::minutes{30};

    /// A connection that nobody wanted for so long is asked for a sign of life before it is lent
    /// (ConnectionSource::still_fits()). Zero: each time. After any connection of the pool has broken, the others are
    /// asked as well.
    std::chrono::milliseconds validate_after = std::chrono::seconds{30};

    /// The most that returning a connection may take: rolling back and resetting. One that takes longer is closed. Not zero.
    std::chrono::milliseconds return_timeout = std::chrono::seconds{5};

    /// A connection that is lent for longer is reported, once, with where it was taken: to the observer, and in
    /// PoolStatistics::leaks_suspected and ConnectionPool::loans().
    std::chrono::milliseconds leak_after{0};

    ResetPolicy reset = ResetPolicy::when_changed;

    /// Whether a thread keeps the pool in order: min_size, idle_timeout, max_lifetime, leak_after, new files of CAs, and what
    /// servers have become (ConnectionSource::maintain()). It begins with the first connection. Without it, call
    /// ConnectionPool::maintain() now and then.
    bool maintenance_thread = true;

    /// What observers are told as the pool's name (PoolEvent::pool_name).
    std::string name{};

    friend bool operator==(PoolOptions const&, PoolOptions const&) = default;
};

/// Refuses options that cannot be meant. Constructing a pool does it first.
/// @throws Error with the cure as remedy
void check(PoolOptions const& options);

/// What a pool has done and is doing.
struct PoolStatistics {
    // Now.
    std::size_t idle = 0;
    std::size_t lent = 0;
    /// Being made.
    std::size_t connecting = 0;
    /// Threads that wait for one.
    std::size_t waiting = 0;

    // Since the pool was made.
    std::uint64_t acquired = 0;
    /// Of these, for how many somebody had to wait.
    std::uint64_t waited = 0;
    /// Nobody got a connection in time.
    std::uint64_t timeouts = 0;
    std::uint64_t opened = 0;
    std::uint64_t connects_failed = 0;
    /// Connections that came back and were put back to their beginning.
    std::uint64_t resets = 0;
    /// Connections that came back with an open transaction.
    std::uint64_t rollbacks = 0;
    /// Connections that were asked for a sign of life.
    std::uint64_t validations = 0;
    std::uint64_t leaks_suspected = 0;

    /// Connections closed, by reason.
    struct Closed {
        /// Lost, or out of step.
        std::uint64_t broken = 0;
        std::uint64_t idle = 0;
        std::uint64_t lifetime = 0;
        /// The source's generation changed: new trust, or a failover.
        std::uint64_t outdated = 0;
        /// The source's still_fits() said no.
        std::uint64_t unfit = 0;
        /// Changed in a way that no reset takes back: to another role, or to another database where the options name none.
        std::uint64_t altered = 0;
        /// PooledConnection::discard(), or moved out of it.
        std::uint64_t discarded = 0;
        /// Rows, a prepared statement or a transaction outlived the loan.
        std::uint64_t still_used = 0;
        std::uint64_t shutdown = 0;

        friend bool operator==(Closed const&, Closed const&) = default;
    } closed{};

    std::chrono::nanoseconds total_wait{};
    std::chrono::nanoseconds longest_wait{};

    friend bool operator==(PoolStatistics const&, PoolStatistics const&) = default;
};

/// A connection that is lent.
struct PoolLoan {
    /// PooledConnection::set_label(), or the file, line and function that acquired it.
    std::string taken_by;
    std::chrono::nanoseconds held{};
    /// Longer than PoolOptions::leak_after.
    bool is_overdue = false;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/pool_options.ipp>
#endif

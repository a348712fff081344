#pragma once

#include <sealsql/call_site.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/error.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/transaction.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <type_traits>
#include <utility>

/// @file
/// A unit of work that is run again where that may help. Not part of <sealsql/sealsql.hpp>: include it where it
/// is needed.

namespace sealsql::inline SEALSQL_ABI {

/// What may help after an error.
enum class RetryAdvice : std::uint8_t {
    /// Nothing: it would fail again.
    no,
    /// The same once more, as after a deadlock; on the same connection if there is no other.
    same_connection,
    /// The same on a fresh connection: this one is lost, or its server cannot do it.
    fresh_connection,
    /// The same, once the files that say whom to trust have been replaced: the server has a new certificate. They are
    /// read again with each attempt.
    newer_trust,
};

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(RetryAdvice advice) noexcept;

/// What may help after this error; RetryAdvice::no exactly if Error::retryable() is false.
///
/// | Error | Advice |
/// |---|---|
/// | deadlock (1213, 3058, 1180 with error 149), lock wait (1205), record changed (1020), other transaction rollbacks (`40…`) | same connection |
/// | the connection is lost, not made or killed (2002, 2003, 2006, 2013, 1927, 3169, 4031); the name server is busy (2005) | fresh connection |
/// | the server goes down, starts, or is offline (1053, 3032), or is a Galera node without its cluster (1047) | fresh connection |
/// | too many connections (1040, 1203, 1226) or threads (1135) | fresh connection |
/// | the server takes no writes any more (1290 about `read_only`, 1792, 1836, 1874) | fresh connection |
/// | the handshake was cut or too slow; no TLS is offered | fresh connection |
/// | issuer unknown, certificate expired or too new, revocation list missing or old | newer trust |
/// | all else | no |
///
/// To RetryPolicy::attempt_limit, run_transaction() and run_repeatable() answer with a fresh connection by themselves. So they do
/// to a host whose name is unknown (2005) and was known before: in an earlier attempt of the same run, or at any time in the
/// life of the ConnectionSource or the pool. Name servers of containers drop a name while its server is down.
///
/// Files that cannot be used are an error at once, unless they could be before: in an earlier attempt of the same run, or at
/// any time in the life of the ConnectionSource or the pool. Then they are just being replaced.
///
/// TLS that is not offered is what a server shows whose SSL was switched off for a moment, and what an attacker
/// shows. Trying again costs no secret, since each attempt gives up before anything is sent, and the time is bounded;
/// an attacker gains nothing but that the caller hears of it later, for which there is the observer.
[[nodiscard]] RetryAdvice advise(Error const& error) noexcept;

namespace detail {

template <class Callable>
concept ChecksCommit = std::copy_constructible<Callable> &&
    std::constructible_from<std::function<bool(Connection&)>, Callable const&>;

} // namespace detail

/// What RetryPolicy::was_committed holds: a function that takes a Connection& and returns whether it found what the
/// transaction wrote, or none.
class CommitCheck {
public:
    /// None.
    CommitCheck() = default;

    /// From a lambda, a function, or whatever else can be copied and called so.
    template <class Callable>
        requires(!std::same_as<Callable, CommitCheck> && detail::ChecksCommit<Callable>)
    // NOLINTNEXTLINE(google-explicit-constructor): it is assigned from a lambda
    CommitCheck(Callable const& check) : function_{check} {}

    // clang-format off
    template <class Callable>
        requires(!std::same_as<Callable, CommitCheck> && !detail::ChecksCommit<Callable>)
    CommitCheck(Callable const&, detail::Because<detail::Sentence{"RetryPolicy::was_committed takes a Connection& and returns a bool: [&](sealsql::Connection& db) { return ...; }"}> = {}) = delete;
    // clang-format on

    /// Whether there is one.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(function_); }

    /// Asks it.
    [[nodiscard]] bool operator()(Connection& db) const { return function_(db); }

private:
    std::function<bool(Connection&)> function_;
};

/// How often, how long and on what grounds a unit of work is run again.
struct RetryPolicy {
    /// How often it is run at most.
    unsigned attempts = 1000;

    /// How long all of it may take. What runs at its end is stopped as by an OperationDeadline (<sealsql/deadline.hpp>); a
    /// COMMIT is not, but waited for until the grace is over.
    std::chrono::milliseconds time_limit{60'000};

    /// How long one run may take, from when it has its connection. What runs at its end is stopped likewise, and the work is
    /// run again on a fresh connection: so a server that has gone silent is left while there is time for another. (The
    /// end of an OperationDeadline of the work's own, or of an OperationTimeout, is not followed by another run.)
    ///
    /// Not given: half of time_limit, so that there is as much for one more as the first had. Zero: none but time_limit.
    std::optional<std::chrono::milliseconds> attempt_limit{};

    /// Between attempts passes a random part of this after the first, of twice as much after the second, and so on.
    /// That is exponential backoff with full jitter: many clients of one server do not come back all at once.
    std::chrono::milliseconds first_pause{20};

    /// Above which it does not grow; and so how long after the server is back its clients notice at the latest.
    std::chrono::milliseconds longest_pause{500};

    /// How each transaction begins.
    TransactionOptions transaction{};

    /// Ends it likewise when a stop is requested.
    std::stop_token stop{};

    /// Asked when the answer to COMMIT was lost (CommitUnknown), on a fresh connection: whether the transaction was
    /// committed. True: the result of the work is returned. False: the work is run again. Empty: CommitUnknown is
    /// thrown, and nothing is repeated.
    ///
    /// Let the work write something that only it can have written, such as a row under a unique key, and look for
    /// that here. The COMMIT may still be at work on the server: what is asked here runs in a transaction of
    /// Isolation::serializable, which is then committed, so that a SELECT of that row waits until it is over.
    ///
    /// The nodes of a cluster lock each for itself, and may be behind. A Galera node is asked with wsrep_sync_wait, so
    /// that it knows all that was committed before; but a COMMIT that is still at work on another node it does not wait
    /// for. (With MySQL's Group Replication, ConnectionOptions::init_statements can set group_replication_consistency.)
    /// There let the check first write what the work wrote, such as `UPDATE account SET looked = looked + 1 WHERE
    /// id = ?` for the account that the work took from: of the two, only one can be committed.
    ///
    /// All that says nothing of a server that never got what another one had committed, as a replica may that was
    /// promoted too early.
    CommitCheck was_committed{};

    /// Instead of sealsql::advise(), for errors of which you know more.
    std::function<RetryAdvice(Error const&)> advise{};
};

/// Refuses a policy that cannot be meant, such as one of no attempts.
/// @throws Error with the cure as remedy
void check(RetryPolicy const& policy);

namespace detail {

/// What lends connections, such as a pool.
template <class Pool>
concept LendsConnections = requires(Pool& pool, std::chrono::steady_clock::time_point deadline,
                                    std::stop_token stop)
{
    {
        *pool.acquire_until(deadline, stop)
        } -> std::same_as<Connection&>;
    {
        pool.options()
        } -> std::convertible_to<ConnectionOptions const&>;
};

template <class Provider>
concept ProvidesConnections =
    LendsConnections<Provider> || std::derived_from<Provider, ConnectionSource> ||
    std::same_as<std::remove_cv_t<Provider>, ConnectionOptions>;

// clang-format off
/// What functions take that are deleted for a first argument from which no connections come.
using NoProvider = Because<Sentence{"the first argument says where connections come from: a ConnectionPool, a ConnectionSource or ConnectionOptions (of a builder: its options()); a Connection could not be replaced"}>;
// clang-format on

/// The connection of the attempt under way.
class RetryConnection {
public:
    RetryConnection() = default;
    RetryConnection(RetryConnection const&) = delete;
    RetryConnection& operator=(RetryConnection const&) = delete;
    virtual ~RetryConnection() = default;

    /// Valid until rest() or drop().
    [[nodiscard]] virtual Connection& get(std::chrono::steady_clock::time_point deadline,
                                          std::stop_token const& stop) = 0;
    /// Before a pause: what others wait for is given back.
    virtual void rest() noexcept = 0;
    /// It is not to be used again, by anybody.
    virtual void drop() noexcept = 0;
    [[nodiscard]] virtual ConnectionOptions const& options() const noexcept = 0;
};

/// How long after the deadline a connection may be put in order: what runs then has as long (DeadlineOptions::grace).
inline constexpr std::chrono::milliseconds return_grace{1'000};

/// Out of a pool.
template <class Pool>
class LentConnection final : public RetryConnection {
public:
    LentConnection(Pool& pool, CallSite where) noexcept : pool_{&pool}, where_{where} {}
    LentConnection(LentConnection const&) = delete;
    LentConnection& operator=(LentConnection const&) = delete;
    ~LentConnection() override { rest(); }

    Connection& get(std::chrono::steady_clock::time_point deadline,
                    std::stop_token const& stop) override
    {
        lease_.reset();
        latest_ = deadline + return_grace;
        if constexpr (requires { pool_->acquire_until(deadline, stop, where_); })
            return *lease_.emplace(pool_->acquire_until(deadline, stop, where_));
        else
            return *lease_.emplace(pool_->acquire_until(deadline, stop));
    }
    void rest() noexcept override
    {
        if constexpr (requires { lease_->give_back(latest_); }) {
            if (lease_)
                lease_->give_back(latest_);
        }
        lease_.reset();
    }
    void drop() noexcept override
    {
        if (lease_)
            (**lease_).close(); // by which the pool knows
        lease_.reset();
    }
    ConnectionOptions const& options() const noexcept override { return pool_->options(); }

private:
    Pool* pool_;
    CallSite where_;
    std::chrono::steady_clock::time_point latest_{};
    std::optional<std::remove_cvref_t<decltype(std::declval<Pool&>().acquire_until(
        std::chrono::steady_clock::time_point{}, std::stop_token{}))>>
        lease_;
};

/// One of our own, kept between attempts as long as it can be used.
class OwnConnection : public RetryConnection {
public:
    Connection& get(std::chrono::steady_clock::time_point deadline,
                    std::stop_token const& stop) override;
    void rest() noexcept override {}
    void drop() noexcept override { connection_.reset(); }

private:
    [[nodiscard]] virtual Connection connect(std::chrono::steady_clock::time_point deadline,
                                             std::stop_token const& stop) = 0;

    std::optional<Connection> connection_;
};

class ConnectionFromSource final : public OwnConnection {
public:
    explicit ConnectionFromSource(ConnectionSource& source) noexcept : source_{&source} {}
    ConnectionOptions const& options() const noexcept override { return source_->options(); }

private:
    Connection connect(std::chrono::steady_clock::time_point deadline,
                       std::stop_token const& stop) override;

    ConnectionSource* source_;
};

class ConnectionFromOptions final : public OwnConnection {
public:
    explicit ConnectionFromOptions(ConnectionOptions const& options) noexcept : options_{&options}
    {
    }
    ConnectionOptions const& options() const noexcept override { return *options_; }

private:
    Connection connect(std::chrono::steady_clock::time_point deadline,
                       std::stop_token const& stop) override;

    ConnectionOptions const* options_;
};

template <class Provider>
using RetryConnectionOf =
    std::conditional_t<LendsConnections<Provider>, LentConnection<Provider>,
                       std::conditional_t<std::derived_from<Provider, ConnectionSource>,
                                          ConnectionFromSource, ConnectionFromOptions>>;

/// Runs a unit until it succeeds, or the policy says that it is enough.
/// @param commits whether the unit has come to its COMMIT, of which only that one's answer may be asked about; null if it has
///     none of ours
void run_unit(RetryConnection& provider, RetryPolicy const& policy,
              std::function<void(Connection&)> const& unit, bool const* commits = nullptr);

/// Runs work until an attempt of it succeeds, and returns what that one returned.
/// @tparam Argument what the work is given
/// @param attempt is given a connection and what runs the work with such an argument
/// @param where what a pool says of its loans
/// @param commits see run_unit()
template <class Argument, class Provider, class Work, class Attempt>
auto run_work(Provider& provider, RetryPolicy const& policy, Work& work, Attempt const& attempt,
              CallSite where, bool const* commits = nullptr)
    -> std::invoke_result_t<Work&, Argument&>
{
    using Result = std::invoke_result_t<Work&, Argument&>;
    static_assert(!std::is_reference_v<Result>,
                  "what the work returns outlives the attempt: return it by value");
    constexpr bool is_void = std::is_void_v<Result>;
    std::optional<std::conditional_t<is_void, bool, Result>> result;
    auto const run = [&](Argument& argument) {
        if constexpr (is_void) {
            std::invoke(work, argument);
        } else {
            result.reset();
            result.emplace(std::invoke(work, argument));
        }
    };
    auto connection = [&]() -> RetryConnectionOf<Provider> {
        if constexpr (LendsConnections<Provider>)
            return RetryConnectionOf<Provider>{provider, where};
        else
            return RetryConnectionOf<Provider>{provider};
    }();
    run_unit(
        connection, policy, [&](Connection& db) { attempt(db, run); }, commits);
    if constexpr (!is_void)
        return std::move(*result);
}

} // namespace detail

/// Runs a unit of work in a transaction and commits it; again, after a pause, as long as it fails with an error
/// after which that may help.
///
/// ```
/// run_transaction(pool, [&](Transaction& tx) {
///     tx.execute("UPDATE account SET balance = balance - ? WHERE id = ?", 10, from);
///     tx.execute("UPDATE account SET balance = balance + ? WHERE id = ?", 10, to);
/// });
/// ```
///
/// Nothing is done twice in the database: what was not committed is rolled back before the work is run again, and a
/// COMMIT whose answer was lost is not repeated unless RetryPolicy::was_committed says that it failed, or nothing could be
/// written (TransactionOptions::read_only). What the work does outside of the database, it does in each attempt, and what it
/// writes to tables without transactions (MyISAM) as well. It must not commit by itself.
///
/// When no more is to be tried, the last error is thrown as it is. Whatever else the work throws rolls back and passes
/// through. While it waits, no connection of a pool is held.
/// @param provider a pool, a ConnectionSource or ConnectionOptions; of the latter two, a connection is made and closed
///     again
/// @param work takes a Transaction&; what it returns is returned
/// @param where what ConnectionPool::loans() and reports of leaks say of its connections
/// @throws CommitUnknown if the answer to COMMIT was lost and nothing tells whether it was carried out
/// @throws OperationCancelled if what ran at the deadline, or when a stop was requested, was stopped
/// @throws Error the last one
template <class Provider, class Work>
    requires detail::ProvidesConnections<std::remove_reference_t<Provider>> &&
        std::invocable<Work&, Transaction&>
auto run_transaction(Provider&& provider, Work&& work, RetryPolicy const& policy = {},
                     CallSite where = CallSite::here()) -> std::invoke_result_t<Work&, Transaction&>
{
    bool commits = false;
    return detail::run_work<Transaction>(
        provider, policy, work,
        [&](Connection& db, auto const& run) {
            commits = false;
            Transaction transaction{db, policy.transaction};
            run(transaction);
            commits = true;
            transaction.commit();
        },
        where, &commits);
}

// clang-format off
template <class Provider, class Work>
    requires (!detail::ProvidesConnections<std::remove_reference_t<Provider>>)
void run_transaction(Provider&&, Work&&, RetryPolicy const& = {}, detail::NoProvider = {}) = delete; // the first argument says where connections come from: a ConnectionPool, a ConnectionSource or ConnectionOptions (of a builder: its options()); a Connection could not be replaced

template <class Provider, class Work>
    requires detail::ProvidesConnections<std::remove_reference_t<Provider>> && (!std::invocable<Work&, Transaction&>)
void run_transaction(Provider&&, Work&&, RetryPolicy const& = {}, detail::Because<detail::Sentence{"the work of run_transaction() takes a Transaction&, and nothing else: [&](sealsql::Transaction& tx) { ... }"}> = {}) = delete;

/// As run_transaction(), for work that needs no transaction, or manages its own: **only for what may be done twice**,
/// such as reading. An error after which it is run again may come when part of it, or all, has taken effect.
/// @param work takes a Connection&; what it returns is returned
template <class Provider, class Work>
    requires detail::ProvidesConnections<std::remove_reference_t<Provider>> &&
        std::invocable<Work&, Connection&>
auto run_repeatable(Provider&& provider, Work&& work, RetryPolicy const& policy = {},
                    CallSite where = CallSite::here())
    -> std::invoke_result_t<Work&, Connection&>
{
    return detail::run_work<Connection>(
        provider, policy, work, [](Connection& db, auto const& run) { run(db); }, where);
}

template <class Provider, class Work>
    requires (!detail::ProvidesConnections<std::remove_reference_t<Provider>>)
void run_repeatable(Provider&&, Work&&, RetryPolicy const& = {}, detail::NoProvider = {}) = delete; // the first argument says where connections come from: a ConnectionPool, a ConnectionSource or ConnectionOptions (of a builder: its options()); a Connection could not be replaced

template <class Provider, class Work>
    requires detail::ProvidesConnections<std::remove_reference_t<Provider>> && (!std::invocable<Work&, Connection&>)
void run_repeatable(Provider&&, Work&&, RetryPolicy const& = {}, detail::Because<detail::Sentence{"the work of run_repeatable() takes a Connection&, and nothing else: [&](sealsql::Connection& db) { ... }"}> = {}) = delete;
        // clang-format on

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/retry.ipp>
#endif

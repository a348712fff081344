#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/backoff.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/deadline.ipp>
#include <sealsql/impl/detail/trust_watch.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/observer.ipp>
#include <sealsql/impl/transaction.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/retry.hpp>
#include <sealsql/transaction.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(RetryAdvice advice) noexcept
{
    switch (advice) {
    case RetryAdvice::no:
        return "no";
    case RetryAdvice::same_connection:
        return "same_connection";
    case RetryAdvice::fresh_connection:
        return "fresh_connection";
    case RetryAdvice::newer_trust:
        return "newer_trust";
    }
    return "unknown";
}

SEALSQL_INLINE RetryAdvice advise(Error const& error) noexcept
{
    if (!error.retryable())
        return RetryAdvice::no;
    if (auto const* const tls = dynamic_cast<TlsError const*>(&error))
        return detail::is_about_a_file(*tls) ||
                       detail::is_cured_by_newer_files(tls->reason(), tls->stage())
                   ? RetryAdvice::newer_trust
                   : RetryAdvice::fresh_connection;
    if (error.poisons_connection())
        return RetryAdvice::fresh_connection;
    namespace code = detail::error_code;
    switch (error.code()) {
    case code::unknown_host:
    case code::not_in_cluster:
    case code::too_many_user_connections:
    case code::user_limit_reached:
    case code::option_prevents_statement:
    case code::read_only_transaction:
    case code::read_only_mode:
    case code::innodb_read_only:
        return RetryAdvice::fresh_connection;
    default:
        return RetryAdvice::same_connection;
    }
}

SEALSQL_INLINE void check(RetryPolicy const& policy)
{
    auto const refuse = [](char const* message, char const* remedy) {
        throw detail::client_error(detail::error_code::unknown_error, message, remedy);
    };
    constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
    if (policy.attempts == 0)
        refuse("RetryPolicy allows no attempt at all",
               "set .attempts to 1 for one without retries");
    if (policy.time_limit <= std::chrono::milliseconds::zero() || policy.time_limit > longest)
        refuse("RetryPolicy's .time_limit is not between 1 ms and a year",
               "give the longest time that makes sense");
    if (policy.attempt_limit && (*policy.attempt_limit < std::chrono::milliseconds::zero() ||
                                 *policy.attempt_limit > longest))
        refuse("RetryPolicy's .attempt_limit is not between 0 and a year",
               "give the longest time that one run of the work may take, or zero for none");
    if (policy.first_pause <= std::chrono::milliseconds::zero() ||
        policy.longest_pause < policy.first_pause || policy.longest_pause > longest)
        refuse("RetryPolicy's pauses are not 0 < .first_pause <= .longest_pause <= a year",
               "without pauses, all clients of a server that comes back would hold it down");
}

namespace detail {

SEALSQL_INLINE Connection& OwnConnection::get(std::chrono::steady_clock::time_point deadline,
                                              std::stop_token const& stop)
{
    if (!connection_ || !connection_->usable()) {
        connection_.reset(); // before the new one: a server may count both
        connection_.emplace(connect(deadline, stop));
    }
    return *connection_;
}

SEALSQL_INLINE Connection ConnectionFromSource::connect(
    std::chrono::steady_clock::time_point deadline, std::stop_token const& stop)
{
    return source_->connect(deadline, stop);
}

SEALSQL_INLINE Connection ConnectionFromOptions::connect(
    std::chrono::steady_clock::time_point deadline, std::stop_token const& stop)
{
    return connect_until(*options_, deadline, stop);
}

/// After the last attempt, of which was_committed has said what became of it.
[[noreturn]] SEALSQL_INLINE void throw_not_committed(CommitUnknown const& unknown)
{
    throw Error{
        {.code = unknown.code(),
         .sqlstate = "40000",
         .message = concat({"the transaction was not committed, as RetryPolicy::was_committed "
                            "found out: ",
                            unknown.message()}),
         .remedy = "run it again; RetryPolicy allowed no further attempt",
         .origin = unknown.origin(),
         .retryable = true,
         .poisons_connection = true,
         .cancel_reason = unknown.cancel_reason()}};
}

/// Has a node of a Galera cluster show all that was committed on any node before it was asked: it may be behind, and its
/// locks are its own. Elsewhere nothing.
class UpToDateReads {
public:
    explicit UpToDateReads(Connection& db) : session_{SessionAccess::session(db)}
    {
        bool is_node = false;
        std::string before;
        for (auto const& [name, value] : db.query<std::tuple<std::string_view, std::string_view>>(
                 "SHOW SESSION VARIABLES WHERE Variable_name IN ('wsrep_on', 'wsrep_sync_wait')")) {
            is_node = is_node || (name == "wsrep_on" && value == "ON");
            if (name == "wsrep_sync_wait")
                before = value;
        }
        if (!is_node)
            return;
        session_->run_plain("SET SESSION wsrep_sync_wait = 15");
        before_ = std::move(before);
    }
    UpToDateReads(UpToDateReads const&) = delete;
    UpToDateReads& operator=(UpToDateReads const&) = delete;
    ~UpToDateReads()
    {
        if (before_.empty() || !session_->usable())
            return;
        try {
            Session::CleanUp const clean_up{*session_};
            session_->run_plain(concat({"SET SESSION wsrep_sync_wait = ", before_}));
        } catch (...) {
            session_->close();
        }
    }

private:
    Shared<Session> session_;
    std::string before_; // empty: it was not set
};

/// One run of run_unit().
class RetryLoop {
public:
    using Clock = std::chrono::steady_clock;

    RetryLoop(RetryConnection& provider, RetryPolicy const& policy)
        : provider_{&provider}, policy_{&policy}, deadline_{Clock::now() + policy.time_limit},
          attempt_limit_{policy.attempt_limit ? std::chrono::nanoseconds{*policy.attempt_limit}
                                              : std::chrono::nanoseconds{policy.time_limit} / 2}
    {
    }

    [[nodiscard]] RetryAdvice advice(Error const& error)
    {
        // No limit of the caller's: it is there so that there is time for another.
        if (error.cancel_reason() == CancelReason::deadline && Clock::now() >= attempt_end_ &&
            Clock::now() < deadline_)
            return RetryAdvice::fresh_connection;
        if (policy_->advise)
            return policy_->advise(error);
        auto const* const tls = dynamic_cast<TlsError const*>(&error);
        if (tls != nullptr && is_about_a_file(*tls))
            return files_were_good_ || error.retryable() ? RetryAdvice::newer_trust
                                                         : RetryAdvice::no;
        files_were_good_ = true; // or it had not come so far
        if (is_connecting_ && error.code() == error_code::unknown_host)
            return name_was_known_ || error.retryable() ? RetryAdvice::fresh_connection
                                                        : RetryAdvice::no;
        name_was_known_ = true; // likewise
        // It is this side that asked for it, and no server will do otherwise.
        if (policy_->transaction.read_only && error.code() == error_code::read_only_transaction)
            return RetryAdvice::no;
        return sealsql::advise(error);
    }

    /// Runs it by the deadline. Of a COMMIT that was under way then, the transaction says what became of it.
    void run(std::function<void(Connection&)> const& unit)
    {
        is_connecting_ = true;
        attempt_end_ = Clock::time_point::max();
        Connection& db = provider_->get(deadline_, policy_->stop);
        is_connecting_ = false;
        name_was_known_ = true;
        if (attempt_limit_ != std::chrono::nanoseconds::zero())
            attempt_end_ = Clock::now() + attempt_limit_;
        DeadlineOptions options;
        if (attempt_end_ < deadline_) // half of what is left then is for the next one
            options.grace =
                std::min(options.grace, std::chrono::duration_cast<std::chrono::milliseconds>(
                                            (deadline_ - attempt_end_) / 2));
        OperationDeadline const limit{db, std::min(deadline_, attempt_end_), policy_->stop,
                                      options};
        unit(db);
    }

    /// Whether there is another attempt, after the pause that is due; the connection is given back.
    [[nodiscard]] bool is_next_due(Error const& error, RetryAdvice advice)
    {
        bool const is_good = advice == RetryAdvice::no || advice == RetryAdvice::same_connection;
        if (is_good && !error.poisons_connection())
            provider_->rest();
        else
            provider_->drop();
        auto const left = deadline_ - Clock::now();
        // Half of what is left leaves the other half to the attempt.
        auto const pause = std::min<std::chrono::nanoseconds>(
            backoff(policy_->first_pause, policy_->longest_pause, attempt_), left / 2);
        bool const goes_on = advice != RetryAdvice::no && attempt_ < policy_->attempts &&
                             left > std::chrono::milliseconds{1} && !policy_->stop.stop_requested();
        if (advice != RetryAdvice::no) {
            if (provider_->options().observer) {
                ConnectionOptions const options = without_password(provider_->options());
                options.observer->on_retry({.options = options,
                                            .attempt = attempt_,
                                            .pause = goes_on ? pause : std::chrono::nanoseconds{},
                                            .is_last = !goes_on,
                                            .error = error});
            }
        }
        if (!goes_on)
            return false;
        ++attempt_;
        std::mutex mutex;
        std::condition_variable_any stopped;
        std::unique_lock lock{mutex};
        stopped.wait_for(lock, policy_->stop, pause, [] { return false; });
        return !policy_->stop.stop_requested();
    }

    /// Asks whether a transaction was committed whose COMMIT was not answered.
    /// @throws CommitUnknown if that cannot be known
    [[nodiscard]] bool was_committed(CommitUnknown const& unknown)
    {
        provider_->drop();
        for (;;) {
            try {
                bool answer = false;
                run([&](Connection& db) {
                    UpToDateReads const reads{db};
                    Transaction asking{db, {.isolation = Isolation::serializable}};
                    answer = policy_->was_committed(db);
                    asking.commit();
                });
                return answer;
            } catch (CommitUnknown const& error) {
                if (!is_next_due(error, RetryAdvice::fresh_connection)) // asking may be repeated
                    throw_unknown(unknown, error);
            } catch (Error const& error) {
                if (!is_next_due(error, advice(error)))
                    throw_unknown(unknown, error);
            } catch (std::exception const& other) {
                throw_unknown(unknown, client_error(error_code::unknown_error, other.what()));
            } catch (...) {
                throw_unknown(unknown, client_error(error_code::unknown_error,
                                                    "an exception of an unknown type"));
            }
        }
    }

private:
    [[noreturn]] static void throw_unknown(CommitUnknown const& unknown, Error const& why)
    {
        throw CommitUnknown{
            {.code = unknown.code(),
             .sqlstate = unknown.sqlstate(),
             .message = concat(
                 {unknown.message(),
                  "; and RetryPolicy::was_committed could not find it out: ", why.message()}),
             .remedy = unknown.remedy(),
             .origin = unknown.origin(),
             .retryable = false,
             .poisons_connection = true,
             .cancel_reason = unknown.cancel_reason()}};
    }

    RetryConnection* provider_;
    RetryPolicy const* policy_;
    Clock::time_point deadline_;
    std::chrono::nanoseconds attempt_limit_; // zero: none
    Clock::time_point attempt_end_ = Clock::time_point::max();
    unsigned attempt_ = 1;
    bool is_connecting_ = false;
    bool files_were_good_ = false;
    bool name_was_known_ = false;
};

SEALSQL_INLINE void run_unit(RetryConnection& provider, RetryPolicy const& policy,
                             std::function<void(Connection&)> const& unit, bool const* commits)
{
    check(policy);
    if (policy.stop.stop_requested())
        throw OperationCancelled{
            Error{cancelled(CancelReason::stop_requested, CancelOutcome::not_sent,
                            "the work was not begun: a stop was requested before", false)}};
    RetryLoop loop{provider, policy};
    for (;;) {
        try {
            loop.run(unit);
            provider.rest();
            return;
        } catch (CommitUnknown const& unknown) {
            if (commits == nullptr || !*commits)
                throw; // it is another transaction's
            if (policy.transaction.read_only)
                return provider.drop();
            if (!policy.was_committed)
                throw;
            if (loop.was_committed(unknown))
                return;
            // Now it is known that nothing was done.
            if (!loop.is_next_due(unknown, RetryAdvice::fresh_connection))
                throw_not_committed(unknown);
        } catch (Error const& error) {
            if (!loop.is_next_due(error, loop.advice(error)))
                throw;
        }
    }
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

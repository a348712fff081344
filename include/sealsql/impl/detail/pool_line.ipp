#pragma once

#include <sealsql/detail/backoff.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/detail/waiting_line.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/detail/nudge.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/pool_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// After the first failure to connect, and the longest pause after many. A server that comes back is to be found
/// well within a second.
inline constexpr std::chrono::milliseconds first_pause{20};
inline constexpr std::chrono::milliseconds longest_pause{500};

SEALSQL_INLINE bool PoolState::may_connect(Clock::time_point now) const noexcept
{
    // A server that refused is asked by one at a time, and not too often.
    return has_room() && (failures_ == 0 || (connecting_ == 0 && now >= next_attempt_));
}

SEALSQL_INLINE void PoolState::lend(PoolEntry& entry, Waiter& waiter,
                                    Clock::time_point now) noexcept
{
    waiter.outcome = Waiter::Outcome::connection;
    waiter.entry = &entry;
    waiter.idle = now - entry.since;
    waiter.is_doubtful = entry.is_doubtful || entry.since <= doubtful_since_;
    entry.is_lent = true;
    entry.since = now;
    entry.where = *waiter.where;
    auto const waited = now - waiter.began;
    ++statistics_.acquired;
    if (waiter.had_to_wait) {
        ++statistics_.waited;
        statistics_.total_wait += waited;
        statistics_.longest_wait =
            std::max<std::chrono::nanoseconds>(statistics_.longest_wait, waited);
    }
}

/// Gives a waiter whose turn it is what there is.
/// @return false if there is nothing
SEALSQL_INLINE bool PoolState::serve(Waiter& waiter, Clock::time_point now) noexcept
{
    if (!idle_.empty()) {
        PoolEntry& entry = *idle_.back();
        idle_.pop_back();
        lend(entry, waiter, now);
        return true;
    }
    if (!may_connect(now) || now >= waiter.deadline)
        return false;
    ++connecting_;
    waiter.outcome = Waiter::Outcome::leave;
    return true;
}

/// Serves the line, after anything that may have changed what there is.
SEALSQL_INLINE void PoolState::dispatch(Clock::time_point now, Woken& woken) noexcept
{
    while (!line_.empty()) {
        Waiter& next = line_.front();
        if (!serve(next, now))
            break;
        line_.remove(next);
        woken.add(next);
    }
    if (line_.empty() || failures_ == 0 || connecting_ != 0 || !has_room())
        return;
    Waiter& first = line_.front();
    if (first.look_at > next_attempt_) {
        first.look_at = next_attempt_;
        first.nudge.say(Nudge::Word::look);
    }
}

/// For one who comes, or had its turn and got nothing of it: whoever came before is served first.
/// @return whether it has to wait
SEALSQL_INLINE bool PoolState::serve_or_queue(Waiter& waiter, Clock::time_point now,
                                              Woken& woken) noexcept
{
    waiter.outcome = Waiter::Outcome::none;
    if (line_.empty() && serve(waiter, now))
        return false;
    waiter.had_to_wait = true;
    line_.insert(waiter);
    dispatch(now, woken);
    return true;
}

/// Ends all waits.
SEALSQL_INLINE void PoolState::end_all(Waiter::Outcome outcome, std::exception_ptr const& error,
                                       Woken& woken) noexcept
{
    while (!line_.empty()) {
        Waiter& next = line_.front();
        line_.remove(next);
        next.outcome = outcome;
        next.error = error;
        woken.add(next);
    }
}

/// For one that is closed already: from here on another may take its place, and drain() does not wait for it.
SEALSQL_INLINE std::unique_ptr<PoolEntry> PoolState::take_out(PoolEntry& entry,
                                                              Reason reason) noexcept
{
    auto const at = std::find_if(all_.begin(), all_.end(),
                                 [&entry](auto const& one) { return one.get() == &entry; });
    std::unique_ptr<PoolEntry> taken = std::move(*at);
    *at = std::move(all_.back());
    all_.pop_back();
    ++(statistics_.closed.*reason.counter);
    if (is_shut_down_)
        drained_.notify_all();
    return taken;
}

SEALSQL_INLINE void PoolState::add(std::unique_ptr<PoolEntry> made, Clock::time_point now) noexcept
{
    made->since = now;
    if (options_.max_lifetime != std::chrono::milliseconds::zero()) {
        auto const tenth = options_.max_lifetime.count() / 10;
        auto const earlier = tenth == 0 ? 0 : static_cast<std::int64_t>(random_()) % tenth;
        made->expires = now + options_.max_lifetime - std::chrono::milliseconds{earlier};
    }
    all_.push_back(std::move(made));
    failures_ = 0;
    ++statistics_.opened;
    start_upkeep();
}

/// Ends an attempt to connect. What it made for a pool that has ended is closed before drain() hears of it.
SEALSQL_INLINE void PoolState::end_attempt(std::unique_lock<std::mutex>& lock,
                                           std::unique_ptr<PoolEntry>& made) noexcept
{
    if (is_shut_down_ && made) {
        lock.unlock();
        made.reset();
        lock.lock();
    }
    --connecting_;
    if (is_shut_down_)
        drained_.notify_all();
}

SEALSQL_INLINE void PoolState::note_failure(std::exception_ptr const& error, Clock::time_point now,
                                            bool counts)
{
    ++statistics_.connects_failed;
    // That a waiter had no time to connect explains less than what the server said to others.
    if (!counts && failures_ != 0)
        return;
    failure_ = Failure{.error = error, .text = {}, .code = error_code::unknown_error, .time = now};
    try {
        std::rethrow_exception(error);
    } catch (Error const& known) {
        failure_.text = known.what();
        failure_.code = known.code();
        failure_.is_retryable = known.retryable();
    } catch (std::exception const& other) {
        failure_.text = other.what();
    } catch (...) {
        failure_.text = "an exception of an unknown type";
    }
    if (!counts)
        return;
    // What keeps others from connecting may have cost the ones that are idle their server.
    doubtful_since_ = now;
    ++failures_;
    next_attempt_ = now + backoff(first_pause, longest_pause, failures_);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

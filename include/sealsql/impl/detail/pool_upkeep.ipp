#pragma once

#include <sealsql/connection_source.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/per_process.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/detail/signals_blocked.hpp>
#include <sealsql/detail/waiting_line.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/detail/pool_acquire.ipp>
#include <sealsql/impl/detail/pool_line.ipp>
#include <sealsql/impl/detail/pool_report.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/pool_options.hpp>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The pools that may have a maintenance thread.
class UpkeepThreads {
public:
    /// @return false if nothing would end the pool's thread before OpenSSL is gone: then there must be none
    [[nodiscard]] static bool join(PoolState& pool)
    {
        static bool const is_told = call_before_tls_goes(end_all);
        if (!is_told)
            return false;
        UpkeepThreads& threads = PerProcess<UpkeepThreads>::get();
        std::lock_guard const lock{threads.mutex_};
        if (!threads.are_over_)
            threads.members_.push_back({&pool});
        return !threads.are_over_;
    }

    /// Waits if the pool's thread is just being waited for, by which the pool has to stay.
    static void leave(PoolState const& pool) noexcept
    {
        UpkeepThreads* const threads = PerProcess<UpkeepThreads>::find();
        if (threads == nullptr)
            return;
        std::unique_lock lock{threads->mutex_};
        std::erase_if(threads->members_,
                      [&](Member const& member) { return member.pool == &pool; });
        threads->has_ended_one_.wait(lock, [&] { return threads->ending_ != &pool; });
    }

private:
    struct Member {
        PoolState* pool;
        bool is_told = false;
    };

    /// Pools that are static objects may be destroyed after OpenSSL has cleaned up, and until then their threads would use it.
    static void end_all() noexcept
    {
        UpkeepThreads* const threads = PerProcess<UpkeepThreads>::find();
        if (threads == nullptr)
            return; // in a forked child without pools
        // What those threads call may make and destroy pools, also other ones' and until they have ended: nothing is called or
        // waited for under the lock.
        std::unique_lock lock{threads->mutex_};
        threads->are_over_ = true;
        std::vector<Member>& members = threads->members_;
        for (;;) {
            auto const next = std::find_if(members.begin(), members.end(),
                                           [](Member const& one) { return !one.is_told; });
            if (next == members.end())
                break;
            next->is_told = true;
            std::stop_source stop = next->pool->forbid_upkeep();
            lock.unlock();
            stop.request_stop();
            lock.lock();
        }
        while (!members.empty()) {
            PoolState* const pool = members.back().pool;
            members.pop_back();
            std::thread upkeep = pool->take_upkeep();
            if (!upkeep.joinable())
                continue;
            threads->ending_ = pool;
            lock.unlock();
            upkeep.join();
            lock.lock();
            threads->ending_ = nullptr;
            threads->has_ended_one_.notify_all();
        }
    }

    std::mutex mutex_{};
    std::vector<Member> members_{};
    bool are_over_ = false;
    PoolState const* ending_ = nullptr;
    std::condition_variable has_ended_one_{};
};

/// How often the files of CAs are looked at while nobody acquires.
inline constexpr std::chrono::seconds upkeep_interval{1};

/// Closes those idle connections of which `is_over` says so, the ones that were idle longest first.
template <class IsOver>
void PoolState::close_idle(Reason reason, IsOver const& is_over) noexcept
{
    for (;;) {
        PoolEntry* entry = nullptr;
        {
            std::lock_guard const lock{mutex_};
            auto const at = std::find_if(idle_.begin(), idle_.end(),
                                         [&](PoolEntry const* one) { return is_over(*one); });
            if (at == idle_.end())
                return;
            entry = *at;
            idle_.erase(at);
            ++closing_;
        }
        entry->connection.close();
        std::unique_ptr<PoolEntry> closed;
        {
            Woken woken;
            std::lock_guard const lock{mutex_};
            --closing_;
            closed = take_out(*entry, reason);
            if (!is_shut_down_)
                dispatch(Clock::now(), woken);
        }
        notify(PoolEventKind::closed, {}, reason.name);
    }
}

SEALSQL_INLINE void PoolState::follow_generation()
{
    std::uint64_t now = source_->generation();
    if (now == generation_)
        return;
    {
        // One at a time, or an older answer could take the place of a newer one.
        std::unique_lock const lock{generation_mutex_, std::try_to_lock};
        if (!lock)
            return;
        now = source_->generation();
        if (generation_.exchange(now) == now)
            return;
    }
    close_idle(outdated, [now](PoolEntry const& entry) { return entry.generation != now; });
}

SEALSQL_INLINE void PoolState::maintain()
{
    require_ours();
    if (is_shut_down_)
        return;
    follow_generation();
    Clock::time_point const now = Clock::now();
    close_idle(too_old, [now](PoolEntry const& entry) { return now >= entry.expires; });
    if (options_.idle_timeout != std::chrono::milliseconds::zero())
        close_idle(idle_for_long, [this, now](PoolEntry const& entry) {
            return all_.size() - closing_ > options_.min_size &&
                   now - entry.since >= options_.idle_timeout;
        });
    report_leaks();
    fill(upkeep_stop_.get_token());
    source_->maintain(upkeep_stop_.get_token());
    follow_generation();
}

SEALSQL_INLINE void PoolState::report_leaks()
{
    if (options_.leak_after == std::chrono::milliseconds::zero())
        return;
    for (;;) {
        std::string taken_by;
        Clock::duration held{};
        {
            Clock::time_point const now = Clock::now();
            std::lock_guard const lock{mutex_};
            auto const at = std::find_if(all_.begin(), all_.end(), [&](auto const& entry) {
                return entry->is_lent && !entry->is_reported &&
                       now - entry->since >= options_.leak_after;
            });
            if (at == all_.end())
                return;
            (*at)->is_reported = true;
            ++statistics_.leaks_suspected;
            taken_by = in_words(**at);
            held = now - (*at)->since;
        }
        notify(PoolEventKind::leak_suspected, held, taken_by);
    }
}

/// Opens connections up to the minimum.
SEALSQL_INLINE void PoolState::fill(std::stop_token const& stop)
{
    while (!stop.stop_requested()) {
        Clock::time_point const began = Clock::now();
        {
            std::lock_guard const lock{mutex_};
            if (is_shut_down_ || all_.size() + connecting_ >= options_.min_size ||
                !may_connect(began))
                return;
            ++connecting_;
        }
        std::unique_ptr<PoolEntry> made;
        std::exception_ptr failure;
        try {
            made = connect(began + source_->options().timeouts.connect, stop);
        } catch (...) {
            failure = std::current_exception();
        }
        Clock::time_point const now = Clock::now();
        bool const is_made = static_cast<bool>(made);
        bool is_late = false;
        {
            Woken woken;
            std::unique_lock lock{mutex_};
            end_attempt(lock, made);
            if (is_shut_down_)
                return;
            if (made) {
                PoolEntry& entry = *made;
                is_late = entry.generation != generation_;
                add(std::move(made), now);
                idle_.push_back(&entry);
            } else {
                note_failure(failure, now, !stop.stop_requested());
            }
            dispatch(now, woken);
        }
        if (!is_made)
            return;
        notify(PoolEventKind::opened, now - began);
        // What follows the source had not found it among the idle ones.
        if (is_late)
            close_idle(outdated,
                       [this](PoolEntry const& entry) { return entry.generation != generation_; });
    }
}

/// When there is something to do next.
SEALSQL_INLINE Clock::time_point PoolState::next_due(Clock::time_point now) const noexcept
{
    if (all_.empty() && options_.min_size == 0)
        return Clock::time_point::max(); // until a connection is made
    Clock::time_point due = now + upkeep_interval;
    for (auto const& entry : all_) {
        if (entry->is_lent) {
            if (!entry->is_reported && options_.leak_after != std::chrono::milliseconds::zero())
                due = std::min(due, entry->since + options_.leak_after);
            continue;
        }
        due = std::min(due, entry->expires);
        if (options_.idle_timeout != std::chrono::milliseconds::zero() &&
            all_.size() > options_.min_size)
            due = std::min(due, entry->since + options_.idle_timeout);
    }
    // An attempt that is under way is the only one while they fail, and its end says so.
    if (all_.size() + connecting_ < options_.min_size && (failures_ == 0 || connecting_ == 0))
        due = std::min(due, next_attempt_);
    // Never without a pause: what is due may have to wait for others.
    return std::max(due, now + std::chrono::milliseconds{1});
}

/// Lets the thread begin, or look at a connection that was made.
SEALSQL_INLINE void PoolState::start_upkeep() noexcept
{
    if (!options_.maintenance_thread || is_shut_down_ || is_upkeep_over_)
        return;
    if (upkeep_.joinable()) {
        upkeep_due_.notify_one();
        return;
    }
    SignalsBlocked const signals;
    if (!signals)
        return;
    try {
        upkeep_ = std::thread{[this] { run_upkeep(); }};
    } catch (...) {
        // It begins with the next connection, if there can be more threads then.
    }
}

SEALSQL_INLINE void PoolState::run_upkeep()
{
    for (;;) {
        try {
            maintain();
        } catch (...) {
            // Without memory there is another time.
        }
        std::unique_lock lock{mutex_};
        if (is_upkeep_over_)
            return;
        Clock::time_point const due = next_due(Clock::now());
        if (due == Clock::time_point::max())
            upkeep_due_.wait(lock);
        else
            upkeep_due_.wait_until(lock, due);
        if (is_upkeep_over_)
            return;
    }
}

SEALSQL_INLINE std::stop_source PoolState::forbid_upkeep() noexcept
{
    std::lock_guard const lock{mutex_};
    is_upkeep_over_ = true;
    upkeep_due_.notify_all();
    return upkeep_stop_;
}

SEALSQL_INLINE std::thread PoolState::take_upkeep() noexcept
{
    std::lock_guard const lock{mutex_};
    // An observer that is called in that thread cannot wait for it.
    if (upkeep_.get_id() == std::this_thread::get_id())
        return {};
    return std::move(upkeep_);
}

SEALSQL_INLINE void PoolState::end_upkeep() noexcept
{
    forbid_upkeep().request_stop();
    if (std::thread upkeep = take_upkeep(); upkeep.joinable())
        upkeep.join();
}

SEALSQL_INLINE void PoolState::start()
{
    bool const can_be_ended = options_.maintenance_thread && UpkeepThreads::join(*this);
    std::lock_guard const lock{mutex_};
    // It may be over already: the process may have begun to exit since.
    is_upkeep_over_ = is_upkeep_over_ || !can_be_ended;
    if (options_.min_size != 0)
        start_upkeep();
}

} // namespace sealsql::inline SEALSQL_ABI::detail

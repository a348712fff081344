#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/name_lookup.hpp>
#include <sealsql/detail/name_watch.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/detail/name_lookup.ipp>
#include <sealsql/impl/detail/time_limit.ipp>
#include <sealsql/impl/session.ipp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// How long an address is remembered of a name that takes turns.
inline constexpr std::chrono::minutes turn_memory{5};
inline constexpr std::size_t most_turns = 64;

/// How soon it is asked whether the resolver has answered, and when that is given up: in a forked child nobody goes on with
/// what was under way.
inline constexpr std::chrono::milliseconds answer_interval{20};
inline constexpr std::chrono::minutes longest_look{1};

SEALSQL_INLINE NameWatch::NameWatch(std::string name, bool takes_turns,
                                    std::chrono::milliseconds interval)
    : name_{std::move(name)}, takes_turns_{takes_turns}, interval_{interval},
      next_look_{Clock::time_point::max().time_since_epoch().count()}
{
}

SEALSQL_INLINE void NameWatch::look_next(Clock::time_point when) noexcept
{
    if (interval_ != std::chrono::milliseconds::zero())
        next_look_.store(when.time_since_epoch().count(), std::memory_order_relaxed);
}

SEALSQL_INLINE NameWatch::Found NameWatch::find(Clock::time_point deadline,
                                                std::stop_token const& stop)
{
    register_hooks();
    TimeLimit limit{deadline, stop, std::chrono::milliseconds{1}, nullptr};
    Found found;
    try {
        found.addresses = limit.look_up(name_, Clock::time_point::max());
    } catch (Error const& error) {
        throw_if_it_passes(error);
        throw;
    }
    found.has_moved = note(found.addresses, limit.look_up_began());
    return found;
}

SEALSQL_INLINE void NameWatch::throw_if_it_passes(Error const& error)
{
    if (error.code() != error_code::unknown_host)
        return;
    {
        std::lock_guard const lock{mutex_};
        if (last_.empty())
            return;
    }
    throw Error{{.code = error.code(),
                 .sqlstate = error.sqlstate(),
                 .message = error.message(),
                 .remedy = error.remedy(),
                 .origin = error.origin(),
                 .retryable = true}};
}

SEALSQL_INLINE bool NameWatch::note(std::vector<std::string> const& addresses,
                                    Clock::time_point began)
{
    std::lock_guard const lock{mutex_};
    under_way_.reset(); // which was asked before
    look_next(Clock::now() + interval_);
    return note_under_lock(addresses, began);
}

SEALSQL_INLINE bool NameWatch::note_under_lock(std::vector<std::string> const& addresses,
                                               Clock::time_point began)
{
    // Who asked first may come last: an old answer behind a new one would be two moves.
    if (addresses.empty() || began < last_began_)
        return false;
    last_began_ = began;
    auto const now = Clock::now();
    auto const was_seen = [&](std::string const& address) {
        return std::any_of(seen_.begin(), seen_.end(),
                           [&](Seen const& one) { return one.address == address; });
    };
    std::erase_if(seen_, [&](Seen const& one) { return now - one.when > turn_memory; });
    bool moved = !last_.empty() &&
                 std::none_of(addresses.begin(), addresses.end(), [&](std::string const& address) {
                     return std::find(last_.begin(), last_.end(), address) != last_.end();
                 });
    if (moved && takes_turns_ && std::any_of(addresses.begin(), addresses.end(), was_seen))
        moved = false;
    if (moved)
        moves_.fetch_add(1, std::memory_order_relaxed);
    last_ = addresses;
    if (takes_turns_)
        for (std::string const& address : addresses) {
            std::erase_if(seen_, [&](Seen const& one) { return one.address == address; });
            if (seen_.size() == most_turns)
                seen_.erase(seen_.begin());
            seen_.push_back({address, now});
        }
    return moved;
}

SEALSQL_INLINE bool NameWatch::look() noexcept
{
    auto const now = Clock::now();
    if (now.time_since_epoch().count() < next_look_.load(std::memory_order_relaxed))
        return false;
    std::unique_lock const lock{mutex_, std::try_to_lock};
    if (!lock)
        return false;
    try {
        if (!under_way_) {
            look_next(now + interval_); // if there can be no thread
            register_hooks();
            under_way_ = begin_look_up(name_);
            began_ = now;
            look_next(now + answer_interval);
            return false;
        }
        std::vector<std::string> addresses;
        Clock::time_point const began = under_way_->began;
        bool is_done = false;
        {
            std::lock_guard const answer{under_way_->mutex};
            is_done = under_way_->is_done;
            addresses = under_way_->addresses;
        }
        if (!is_done && now - began_ < longest_look) {
            look_next(now + answer_interval);
            return false;
        }
        under_way_.reset();
        look_next(now + interval_);
        return note_under_lock(addresses, began);
    } catch (...) {
        return false; // it is looked at again
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail

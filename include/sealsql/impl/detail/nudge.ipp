#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/nudge.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// In place of a word: its thread sleeps, or is about to.
inline constexpr std::uint32_t is_parked = 3;

SEALSQL_INLINE void Nudge::say(Word word) noexcept
{
    auto* const address = &word_;
    // The waiter may be gone right after that: then nobody waits at that address, or somebody who looks again.
    if (address->exchange(static_cast<std::uint32_t>(word), std::memory_order_acq_rel) == is_parked)
        static_cast<void>(
            ::syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0));
}

SEALSQL_INLINE Nudge::Word Nudge::wait_until(Clock::time_point until) noexcept
{
    std::uint32_t said = 0;
    if (word_.compare_exchange_strong(said, is_parked, std::memory_order_acquire)) {
        timespec time{};
        auto const since = until.time_since_epoch();
        time.tv_sec = static_cast<std::time_t>(
            std::chrono::duration_cast<std::chrono::seconds>(since).count());
        time.tv_nsec = static_cast<long>((since % std::chrono::seconds{1}).count());
        while (word_.load(std::memory_order_acquire) == is_parked) {
            if (::syscall(SYS_futex, &word_, FUTEX_WAIT_BITSET_PRIVATE, is_parked,
                          until == Clock::time_point::max() ? nullptr : &time, nullptr,
                          FUTEX_BITSET_MATCH_ANY) != 0 &&
                errno != EAGAIN && errno != EINTR)
                break; // `until` has come
        }
    }
    said = word_.exchange(0, std::memory_order_acquire);
    return said == is_parked ? Word::none : static_cast<Word>(said);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

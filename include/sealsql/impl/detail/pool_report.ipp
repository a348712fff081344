#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/observer.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/pool_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE std::string in_words(std::chrono::nanoseconds time)
{
    auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return milliseconds < 10'000 ? concat({std::to_string(milliseconds), " ms"})
                                 : concat({std::to_string(milliseconds / 1'000), " s"});
}

[[nodiscard]] SEALSQL_INLINE std::string in_words(PoolEntry const& entry)
{
    if (!entry.label.empty())
        return entry.label;
    return concat(
        {entry.where.file, ":", std::to_string(entry.where.line), " (", entry.where.function, ")"});
}

SEALSQL_INLINE PoolStatistics PoolState::statistics() const
{
    require_ours();
    std::lock_guard const lock{mutex_};
    PoolStatistics now = statistics_;
    now.idle = idle_.size();
    now.lent = lent();
    now.connecting = connecting_;
    now.waiting = line_.size();
    return now;
}

SEALSQL_INLINE std::vector<PoolLoan> PoolState::loans() const
{
    require_ours();
    std::vector<PoolLoan> loans;
    Clock::time_point const now = Clock::now();
    {
        std::lock_guard const lock{mutex_};
        for (auto const& entry : all_) {
            if (!entry->is_lent)
                continue;
            auto const held = now - entry->since;
            loans.push_back(
                {.taken_by = in_words(*entry),
                 .held = held,
                 .is_overdue = options_.leak_after != std::chrono::milliseconds::zero() &&
                               held >= options_.leak_after});
        }
    }
    std::sort(loans.begin(), loans.end(),
              [](PoolLoan const& left, PoolLoan const& right) { return left.held > right.held; });
    return loans;
}

SEALSQL_INLINE void PoolState::notify(PoolEventKind kind, Clock::duration duration,
                                      std::string_view reason, Error const* error) const noexcept
{
    if (!is_observed())
        return;
    std::size_t idle = 0;
    std::size_t lent_now = 0;
    std::size_t waiting = 0;
    {
        std::lock_guard const lock{mutex_};
        idle = idle_.size();
        lent_now = lent();
        waiting = line_.size();
    }
    told_->observer->on_pool(
        {.options = *told_,
         .kind = kind,
         .span = {.begin =
                      std::chrono::system_clock::now() -
                      std::chrono::duration_cast<std::chrono::system_clock::duration>(duration),
                  .duration = duration},
         .reason = reason,
         .idle = idle,
         .lent = lent_now,
         .waiting = waiting,
         .error = error,
         .pool_name = options_.name});
}

} // namespace sealsql::inline SEALSQL_ABI::detail

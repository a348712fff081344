#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/waiting_line.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/detail/pool_acquire.ipp>
#include <sealsql/impl/detail/pool_line.ipp>
#include <sealsql/impl/detail/pool_report.ipp>
#include <sealsql/impl/detail/pool_return.ipp>
#include <sealsql/impl/detail/pool_upkeep.ipp>
#include <sealsql/impl/observer.ipp>
#include <sealsql/impl/process_id.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/pool_options.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE PoolState::PoolState(std::shared_ptr<ConnectionSource> source,
                                    PoolOptions const& options)
    : source_{std::move(source)}, options_{options},
      told_{source_->options().observer
                ? std::optional<ConnectionOptions>{without_password(source_->options())}
                : std::nullopt},
      generation_{source_->generation()}, random_{static_cast<std::minstd_rand::result_type>(
                                              Clock::now().time_since_epoch().count())}
{
    // From here on none of them allocates.
    all_.reserve(options_.max_size);
    idle_.reserve(options_.max_size);
}

SEALSQL_INLINE PoolState::~PoolState()
{
    if (is_ours())
        UpkeepThreads::leave(*this);
}

SEALSQL_INLINE void PoolState::require_ours() const
{
    if (!is_ours())
        throw client_error(error_code::unknown_error, "the pool belongs to the parent process",
                           "make a ConnectionPool of its own in the child of a fork");
}

SEALSQL_INLINE void PoolState::shutdown() noexcept
{
    {
        Woken woken;
        std::lock_guard const lock{mutex_};
        is_shut_down_ = true;
        end_all(Waiter::Outcome::shut_down, nullptr, woken);
    }
    end_upkeep();
    close_idle(shut_down, [](PoolEntry const&) { return true; });
}

SEALSQL_INLINE bool PoolState::drain(Clock::time_point deadline) noexcept
{
    shutdown();
    std::unique_lock lock{mutex_};
    auto const is_drained = [this] { return all_.empty() && connecting_ == 0; };
    if (deadline == Clock::time_point::max()) {
        drained_.wait(lock, is_drained);
        return true;
    }
    return drained_.wait_until(lock, deadline, is_drained);
}

SEALSQL_INLINE void PoolState::abandon() noexcept
{
    // Where the fork came in the middle of something, nothing is known of what there is: then all stays as it is.
    std::unique_lock const lock{mutex_, std::try_to_lock};
    if (!lock)
        return;
    for (PoolEntry* const entry : idle_)
        entry->connection.close();
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/call_site.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection_source.ipp>
#include <sealsql/impl/detail/pool_state.ipp>
#include <sealsql/impl/pool_options.ipp>
#include <sealsql/pool.hpp>
#include <sealsql/pool_options.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <new>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Lets an object stay for good. In a forked child nobody knows who was in the middle of what: destroying what the parent's
/// threads wait on could wait for them, who are not there.
SEALSQL_INLINE void keep_for_good(Shared<PoolState> const& state) noexcept
{
    alignas(Shared<PoolState>) std::array<std::byte, sizeof(Shared<PoolState>)> one_owner_more;
    ::new (static_cast<void*>(one_owner_more.data())) Shared<PoolState>{state};
}

[[nodiscard]] SEALSQL_INLINE Shared<PoolState> make_pool(std::shared_ptr<ConnectionSource> source,
                                                         PoolOptions const& options)
{
    check(options);
    if (!source)
        throw client_error(error_code::unknown_error, "the pool was given no source of connections",
                           "give ConnectionPool a ConnectionSource, or ConnectionOptions");
    auto state = Shared<PoolState>::make(std::move(source), options);
    state->start();
    return state;
}

} // namespace detail

SEALSQL_INLINE PooledConnection::PooledConnection(detail::Shared<detail::PoolState> pool,
                                                  detail::PoolEntry& entry) noexcept
    : pool_{std::move(pool)}, entry_{&entry}, connection_{&entry.connection}
{
}

SEALSQL_INLINE PooledConnection::PooledConnection(PooledConnection&& other) noexcept
    : pool_{std::move(other.pool_)}, entry_{std::exchange(other.entry_, nullptr)},
      connection_{std::exchange(other.connection_, nullptr)}
{
}

SEALSQL_INLINE PooledConnection& PooledConnection::operator=(PooledConnection&& other) noexcept
{
    if (this != &other) {
        give_back();
        pool_ = std::move(other.pool_);
        entry_ = std::exchange(other.entry_, nullptr);
        connection_ = std::exchange(other.connection_, nullptr);
    }
    return *this;
}

SEALSQL_INLINE PooledConnection::~PooledConnection() { give_back(); }

SEALSQL_INLINE void PooledConnection::give_back() noexcept
{
    give_back(detail::Clock::time_point::max());
}

SEALSQL_INLINE void
PooledConnection::give_back(std::chrono::steady_clock::time_point latest) noexcept
{
    if (entry_ == nullptr)
        return;
    if (!pool_->is_ours())
        detail::keep_for_good(pool_);
    connection_ = nullptr;
    pool_->take_back(*std::exchange(entry_, nullptr), latest);
    pool_.reset();
}

SEALSQL_INLINE void PooledConnection::discard() noexcept
{
    if (entry_ != nullptr)
        entry_->is_discarded = true;
}

SEALSQL_INLINE void PooledConnection::set_label(std::string label)
{
    if (entry_ != nullptr)
        pool_->set_label(*entry_, std::move(label));
}

SEALSQL_INLINE ConnectionPool::ConnectionPool(ConnectionOptions options,
                                              PoolOptions const& pool_options)
    : ConnectionPool{std::make_shared<SingleServer>(std::move(options)), pool_options}
{
}

SEALSQL_INLINE ConnectionPool::ConnectionPool(std::shared_ptr<ConnectionSource> source,
                                              PoolOptions const& pool_options)
    : state_{detail::make_pool(std::move(source), pool_options)}
{
}

SEALSQL_INLINE ConnectionPool::~ConnectionPool() { shutdown(); }

SEALSQL_INLINE PooledConnection ConnectionPool::acquire(CallSite where)
{
    return acquire_for(state_->options().acquire_timeout, where);
}

SEALSQL_INLINE PooledConnection ConnectionPool::acquire_for(std::chrono::nanoseconds time,
                                                            CallSite where)
{
    constexpr std::chrono::nanoseconds longest = std::chrono::hours{24 * 365};
    auto const now = detail::Clock::now();
    return {state_, state_->acquire(now, now + std::min(time, longest), {}, where)};
}

SEALSQL_INLINE PooledConnection ConnectionPool::acquire_until(
    std::chrono::steady_clock::time_point deadline, std::stop_token const& stop, CallSite where)
{
    return {state_, state_->acquire(detail::Clock::now(), deadline, stop, where)};
}

SEALSQL_INLINE ConnectionOptions const& ConnectionPool::options() const noexcept
{
    return state_->source().options();
}

SEALSQL_INLINE PoolStatistics ConnectionPool::statistics() const { return state_->statistics(); }

SEALSQL_INLINE std::vector<PoolLoan> ConnectionPool::loans() const { return state_->loans(); }

SEALSQL_INLINE void ConnectionPool::maintain() { state_->maintain(); }

SEALSQL_INLINE void ConnectionPool::shutdown() noexcept
{
    if (state_->is_ours()) {
        state_->shutdown();
    } else {
        detail::keep_for_good(state_);
        state_->abandon();
    }
}

SEALSQL_INLINE bool ConnectionPool::drain(std::chrono::steady_clock::time_point deadline) noexcept
{
    if (state_->is_ours())
        return state_->drain(deadline);
    shutdown();
    return true;
}

} // namespace sealsql::inline SEALSQL_ABI

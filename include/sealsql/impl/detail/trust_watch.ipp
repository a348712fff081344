#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/impl/tls_policy.ipp>
#include <sealsql/ssl_options.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE TrustWatch::TrustWatch(ConnectionOptions const& options) : options_{options}
{
    look();
}

SEALSQL_INLINE std::uint64_t TrustWatch::generation() noexcept
{
    if (Clock::now().time_since_epoch().count() >= next_look_.load(std::memory_order_relaxed))
        look();
    return generation_.load(std::memory_order_acquire);
}

SEALSQL_INLINE void TrustWatch::look() noexcept
{
    SslOptions const* const ssl = options_.transport.ssl();
    if (tls_is_gone())
        return;
    // Files may be on a network: whoever comes while another looks takes what is known.
    std::unique_lock const lock{mutex_, std::try_to_lock};
    if (!lock)
        return;
    try {
        if (ssl != nullptr) {
            auto fresh = Shared<TlsPolicy const>::make(make_tls_policy(options_.endpoint, *ssl));
            if (policy_ && *policy_ != *fresh)
                generation_.fetch_add(1, std::memory_order_release);
            policy_ = std::move(fresh);
        }
    } catch (...) {
        // What cannot be used now stays what it was; connecting says what is wrong with it.
    }
    constexpr std::chrono::seconds interval{1};
    next_look_.store((Clock::now() + interval).time_since_epoch().count(),
                     std::memory_order_relaxed);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

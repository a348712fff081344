#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/tls_policy.ipp>
#include <sealsql/ssl_options.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE bool is_about_a_file(TlsError const& error) noexcept
{
    switch (error.reason()) {
    case TlsReason::ca_unreadable:
    case TlsReason::ca_malformed:
    case TlsReason::identity_unreadable:
    case TlsReason::identity_malformed:
    case TlsReason::identity_mismatch:
        return true;
    case TlsReason::revocation_unknown:
        return error.stage() == TlsStage::configuration;
    default:
        return false;
    }
}

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

SEALSQL_INLINE void TrustWatch::throw_if_it_passes(TlsError const& error) const
{
    if (!is_about_a_file(error) || !files_were_good_.load(std::memory_order_relaxed))
        return;
    throw TlsError{{.code = error.code(),
                    .sqlstate = error.sqlstate(),
                    .message = error.message(),
                    .remedy = error.remedy(),
                    .origin = error.origin(),
                    .retryable = true,
                    .poisons_connection = true},
                   error.reason(),
                   error.stage()};
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
            files_were_good_.store(true, std::memory_order_relaxed);
        }
    } catch (...) {
        // What cannot be used now stays what it was; connecting says what is wrong with it.
    }
    constexpr std::chrono::seconds interval{1};
    next_look_.store((Clock::now() + interval).time_since_epoch().count(),
                     std::memory_order_relaxed);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/detail/trust_watch.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/tls_policy.ipp>
#include <sealsql/ssl_options.hpp>

#include <cstdint>
#include <mutex>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What the options name now; null if that cannot be read.
[[nodiscard]] SEALSQL_INLINE Shared<TlsPolicy const> look_at(SslOptions const& options)
{
    try {
        return Shared<TlsPolicy const>::make(make_tls_policy(Endpoint{}, options));
    } catch (Error const&) {
        return {};
    }
}

SEALSQL_INLINE void TrustWatch::add(SslOptions const* ssl)
{
    if (ssl != nullptr)
        watched_.push_back({*ssl, look_at(*ssl)});
}

SEALSQL_INLINE std::uint64_t TrustWatch::generation(Clock::time_point now)
{
    std::lock_guard const lock{mutex_};
    if (now < next_look_)
        return generation_;
    next_look_ = now + interval;
    for (Watched& watched : watched_) {
        Shared<TlsPolicy const> fresh = look_at(watched.options);
        if (!fresh || (watched.last && *fresh == *watched.last))
            continue;
        watched.last = std::move(fresh);
        ++generation_;
    }
    return generation_;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

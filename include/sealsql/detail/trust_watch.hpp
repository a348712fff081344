#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/ssl_options.hpp>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Notices that the files that SslOptions name (CAs, revocation lists, the client's certificate) hold something else
/// than before: connections that were made by the old ones might not be made now.
///
/// Any number of threads may call it at once.
class TrustWatch {
public:
    using Clock = std::chrono::steady_clock;

    /// Looks at the files at most once in this time.
    static constexpr std::chrono::milliseconds interval{1000};

    TrustWatch() = default;

    /// Adds what is to be watched, as it is now; null for none. Not to be called once others ask.
    void add(SslOptions const* ssl);

    /// A number that changes when the content does. Files that cannot be read now are as they were.
    [[nodiscard]] std::uint64_t generation(Clock::time_point now = Clock::now());

private:
    struct Watched {
        SslOptions options;
        Shared<TlsPolicy const> last;
    };

    std::mutex mutex_;
    std::vector<Watched> watched_;
    Clock::time_point next_look_{};
    std::uint64_t generation_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

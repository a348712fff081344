#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Notices when what options trust has changed: the files of CAs, revocation lists and the client's identity. Any number of
/// threads may ask it at once.
class TrustWatch {
public:
    /// `options` have to stay where they are.
    explicit TrustWatch(ConnectionOptions const& options);

    /// A number that changes with the trust. The files are looked at once a second at most; one that cannot be used, as
    /// while it is being replaced, changes nothing.
    [[nodiscard]] std::uint64_t generation() noexcept;

private:
    void look() noexcept;

    ConnectionOptions const& options_;
    std::atomic<std::uint64_t> generation_{1};
    std::atomic<Clock::rep> next_look_{0};
    std::mutex mutex_;
    Shared<TlsPolicy const> policy_; // null while it could never be made
};

} // namespace sealsql::inline SEALSQL_ABI::detail

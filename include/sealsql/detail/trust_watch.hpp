#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/error.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Whether a file that the options name cannot be used as it is now: half-written, or not yet of one pair.
[[nodiscard]] bool is_about_a_file(TlsError const& error) noexcept;

/// Notices when what options trust has changed: the files of CAs, revocation lists and the client's identity. Any number of
/// threads may ask it at once.
class TrustWatch {
public:
    /// `options` have to stay where they are.
    explicit TrustWatch(ConnectionOptions const& options);

    /// A number that changes with the trust. The files are looked at once a second at most; one that cannot be used, as
    /// while it is being replaced, changes nothing.
    [[nodiscard]] std::uint64_t generation() noexcept;

    /// Returns what is to be thrown as it is. What is wrong with a file that could be used before passes: it is just being
    /// replaced.
    /// @throws TlsError the same as a retryable error
    void throw_if_it_passes(TlsError const& error) const;

private:
    void look() noexcept;

    ConnectionOptions const& options_;
    std::atomic<std::uint64_t> generation_{1};
    std::atomic<Clock::rep> next_look_{0};
    std::atomic<bool> files_were_good_{false};
    std::mutex mutex_;
    Shared<TlsPolicy const> policy_; // null while it could never be made
};

} // namespace sealsql::inline SEALSQL_ABI::detail

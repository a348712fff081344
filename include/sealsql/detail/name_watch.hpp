#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/name_lookup.hpp>
#include <sealsql/error.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Notices when a host's name comes to stand for another server, as after a failover by DNS: when it has none of the
/// addresses that it had. Any number of threads may use it at once.
class NameWatch {
public:
    /// @param takes_turns whether the name may stand for one server after the other, so that an address that it had a
    ///     while ago is no news
    /// @param interval how often to look; zero: never
    NameWatch(std::string name, bool takes_turns, std::chrono::milliseconds interval);

    struct Found {
        std::vector<std::string> addresses;
        /// Whether that is another server.
        bool has_moved = false;
    };

    /// Looks the name up for a connection.
    /// @throws OperationCancelled if it is not known in time
    /// @throws Error if it is unknown, see throw_if_it_passes()
    [[nodiscard]] Found find(Clock::time_point deadline, std::stop_token const& stop);

    /// What the name stands for.
    /// @param began when that was asked; what was asked before the latest that is noted is old
    /// @return whether that is another server
    [[nodiscard]] bool note(std::vector<std::string> const& addresses, Clock::time_point began);

    /// If the error is that the name is unknown, and it was known before: it comes back, as that of a container does whose
    /// server is started anew.
    /// @throws Error that says so
    void throw_if_it_passes(Error const& error);

    /// Has the name looked up now and then; does not wait for it.
    /// @return whether it stands for another server, by the answer to an earlier look
    [[nodiscard]] bool look() noexcept;

    /// How often it was found to stand for another server.
    [[nodiscard]] std::uint64_t moves() const noexcept
    {
        return moves_.load(std::memory_order_relaxed);
    }

private:
    struct Seen {
        std::string address;
        Clock::time_point when;
    };

    [[nodiscard]] bool note_under_lock(std::vector<std::string> const& addresses,
                                       Clock::time_point began);
    void look_next(Clock::time_point when) noexcept;

    std::string name_;
    bool takes_turns_;
    std::chrono::milliseconds interval_;
    std::atomic<Clock::rep> next_look_;
    std::atomic<std::uint64_t> moves_ = 0;
    std::mutex mutex_;
    std::vector<std::string> last_; // none: never looked up
    Clock::time_point last_began_{};
    std::vector<Seen> seen_; // not long ago
    std::shared_ptr<Lookup> under_way_;
    Clock::time_point began_{};
};

} // namespace sealsql::inline SEALSQL_ABI::detail

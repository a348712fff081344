#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A host as texts name it, or one of the addresses of its name.
[[nodiscard]] std::string target_of(Host const& host, std::string const& address);

/// What is known of the hosts of a list, and of each address of a name that stands for several servers: what they are, and
/// which of them rest. Any number of threads may use it at once.
class HostPlaces {
public:
    /// Both have to stay where they are.
    HostPlaces(std::vector<Host> const& hosts, HostListOptions const& options);

    /// The hosts that do not rest, and behind them the others: first who answers, though it is not what is wanted, then
    /// who may be back soonest.
    /// @param rested how many do not rest
    [[nodiscard]] std::vector<std::size_t> in_order(std::size_t& rested) const;

    /// A host has these addresses now, or by one empty one is dialled by its name. Puts those that rest behind the others.
    void set_addresses(std::size_t host, std::vector<std::string>& addresses);

    /// The name stands for another server now, of which nothing is known yet.
    void forget(std::size_t host);

    void note_success(std::size_t host, std::string const& address);

    /// @param answers whether it is only not what is wanted
    void note_failure(std::size_t host, std::string const& address, std::string const& reason,
                      bool answers);

    /// Where a place is: an address of a host, or by an empty one the host by its name.
    struct Where {
        std::size_t host = 0;
        std::string address{};
    };

    /// Those that do not rest.
    [[nodiscard]] std::vector<Where> not_resting() const;

    /// It was found to be what is wanted, and is tried before those that rest. Its failures still count: only note_success()
    /// forgets them.
    void end_rest(std::size_t host, std::string const& address);

    enum class RoleChange : std::uint8_t { not_here, none, changed };
    /// @param target as target_of() has it
    RoleChange note_role(std::size_t host, std::string const& target, ServerRole role);

    [[nodiscard]] std::vector<HostStatus> status() const;

private:
    struct Place {
        /// Empty: the host by its name.
        std::string address{};
        std::string target{};
        ServerRole role{}; // unknown
        /// As before it was unfit.
        ServerRole last_known_role{};
        unsigned failures = 0;
        Clock::time_point rests_until = Clock::time_point::min();
        /// It answers, and is not what is wanted.
        bool answers = false;
        std::string reason{};

        [[nodiscard]] bool is_resting(Clock::time_point now) const noexcept
        {
            return now < rests_until;
        }
    };

    // Under the lock.
    [[nodiscard]] Place* find(std::size_t host, std::string const& address);
    void let_rest(Place& place, std::string const& reason, bool answers) const;

    std::vector<Host> const& hosts_;
    HostListOptions const& options_;
    mutable std::mutex mutex_;
    std::vector<std::vector<Place>> places_; // of each host
};

} // namespace sealsql::inline SEALSQL_ABI::detail

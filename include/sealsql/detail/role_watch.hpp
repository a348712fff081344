#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A server that a list of hosts has connected to.
struct ServerInUse {
    std::size_t host = 0;
    /// Of the name's several ones; empty: by the host's name.
    std::string address{};
    /// Where that was; empty: where the host's name says, which is an address.
    std::string dialled{};
    ServerRole role{}; // unknown
    /// The list's, before it connected: what it made is to be replaced when that has changed.
    std::uint64_t generation = 0;
};

/// Asks the servers that connections were made to what they are, over connections of its own: a server may have another role
/// by now, and nothing of what runs there need fail. Any number of threads may use it at once.
class RoleWatch {
public:
    /// @param interval zero: never
    explicit RoleWatch(std::chrono::milliseconds interval) : interval_{interval} {}

    /// @param is_second_best whether another role would have been preferred
    void note_use(ServerInUse const& server, bool is_second_best);

    /// What was asked, and over what.
    using Connect = std::function<Connection(ServerInUse const& server, Clock::time_point latest)>;
    using Ask = std::function<ServerRole(Connection& connection, Clock::time_point latest)>;

    /// A server that was asked.
    struct Answer {
        ServerInUse server;
        /// Unknown: it did not answer in time.
        ServerRole role{};
    };

    /// Holds the lock while its owner asks; does not if that was done not long ago, or another thread is about it.
    [[nodiscard]] std::unique_lock<std::mutex> begin_round();

    /// Asks each server in use, and first those that answered the last time. One that has not answered for three rounds is
    /// forgotten until a connection is made to it: a name may have left it, and its silence takes the others' time. Within a
    /// round.
    /// @param generation the list's
    [[nodiscard]] std::vector<Answer> ask_all(std::uint64_t generation, Clock::time_point latest,
                                              Connect const& connect, Ask const& ask);

    /// Whether there are connections of this generation of which another role would have been preferred.
    [[nodiscard]] bool uses_second_best(std::uint64_t generation);

private:
    struct Asker {
        ServerInUse server;
        Connection connection;
    };

    struct Known {
        ServerInUse server;
        /// Rounds, since it answered or a connection was made to it.
        unsigned unanswered = 0;
    };

    [[nodiscard]] std::vector<ServerInUse> in_use(std::uint64_t generation);
    void note_asked(ServerInUse const& server, bool is_silent);

    std::chrono::milliseconds const interval_;
    std::mutex mutex_;
    std::vector<Known> in_use_;
    /// Of the latest connection to one that is not what is preferred; zero: none.
    std::uint64_t second_best_ = 0;

    std::mutex round_;
    Clock::time_point next_round_{};
    std::vector<Asker> askers_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

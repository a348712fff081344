#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/role_watch.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/server_role.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE bool is_same_server(ServerInUse const& one, ServerInUse const& other)
{
    return one.host == other.host && one.dialled == other.dialled;
}

/// Not if the server refused, be it that it takes no more connections, nor if the caller had enough.
[[nodiscard]] SEALSQL_INLINE bool may_be_gone(Error const& error)
{
    return error.code() >= error_code::unknown_error && error.code() < 3000 &&
           error.cancel_reason() != CancelReason::stop_requested;
}

SEALSQL_INLINE void RoleWatch::note_use(ServerInUse const& server, bool is_second_best)
{
    if (interval_ == std::chrono::milliseconds::zero())
        return;
    std::lock_guard const lock{mutex_};
    // Of two threads that connect, the one that began first may come last.
    auto const known = std::find_if(in_use_.begin(), in_use_.end(), [&](Known const& one) {
        return is_same_server(one.server, server);
    });
    if (known == in_use_.end())
        in_use_.push_back({server});
    else if (known->server.generation <= server.generation)
        *known = {server};
    if (is_second_best)
        second_best_ = std::max(second_best_, server.generation);
}

SEALSQL_INLINE std::vector<ServerInUse> RoleWatch::in_use(std::uint64_t generation)
{
    std::lock_guard const lock{mutex_};
    // Connections of another one are on their way out.
    std::erase_if(in_use_, [&](Known const& one) { return one.server.generation < generation; });
    std::stable_sort(in_use_.begin(), in_use_.end(), [](Known const& left, Known const& right) {
        return left.unanswered < right.unanswered;
    });
    std::vector<ServerInUse> servers;
    for (Known const& one : in_use_)
        servers.push_back(one.server);
    return servers;
}

SEALSQL_INLINE void RoleWatch::note_asked(ServerInUse const& server, bool is_silent)
{
    constexpr unsigned enough = 3;
    std::lock_guard const lock{mutex_};
    auto const known = std::find_if(in_use_.begin(), in_use_.end(), [&](Known const& one) {
        return is_same_server(one.server, server);
    });
    if (known == in_use_.end())
        return;
    known->unanswered = is_silent ? known->unanswered + 1 : 0;
    if (known->unanswered == enough)
        in_use_.erase(known);
}

SEALSQL_INLINE bool RoleWatch::uses_second_best(std::uint64_t generation)
{
    std::lock_guard const lock{mutex_};
    return second_best_ >= generation;
}

SEALSQL_INLINE std::unique_lock<std::mutex> RoleWatch::begin_round()
{
    std::unique_lock lock{round_, std::try_to_lock};
    auto const now = Clock::now();
    if (!lock || interval_ == std::chrono::milliseconds::zero() || now < next_round_)
        return {};
    next_round_ = now + interval_;
    return lock;
}

SEALSQL_INLINE std::vector<RoleWatch::Answer> RoleWatch::ask_all(std::uint64_t generation,
                                                                 Clock::time_point latest,
                                                                 Connect const& connect,
                                                                 Ask const& ask)
{
    std::vector<ServerInUse> const servers = in_use(generation);
    std::vector<Asker> askers = std::exchange(askers_, {});
    std::vector<Answer> answers;
    for (std::size_t i = 0; i < servers.size(); ++i) {
        ServerInUse const& server = servers[i];
        Answer answer{.server = server};
        bool is_silent = false;
        auto const now = Clock::now();
        auto const end = now + (latest - now) / static_cast<std::int64_t>(servers.size() - i);
        auto const kept = std::find_if(askers.begin(), askers.end(), [&](Asker const& one) {
            return one.server.generation == generation && is_same_server(one.server, server);
        });
        try {
            Connection connection = kept != askers.end() && kept->connection.usable()
                                        ? std::move(kept->connection)
                                        : connect(server, end);
            answer.role = ask(connection, end);
            askers_.push_back({server, std::move(connection)});
        } catch (Error const& error) {
            // What is wrong is told to those who use that server. It is asked again.
            is_silent = may_be_gone(error);
        }
        note_asked(server, is_silent);
        answers.push_back(std::move(answer));
    }
    return answers;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

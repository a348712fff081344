#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/error.hpp>

#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

class ReplyReader;
class Session;

/// What limits all that runs on a session, beside its timeouts: OperationTimeout and OperationDeadline of
/// <sealsql/deadline.hpp>. Those that have none pay for a pointer.
class OperationLimit {
public:
    OperationLimit() = default;
    OperationLimit(OperationLimit const&) = delete;
    OperationLimit& operator=(OperationLimit const&) = delete;
    virtual ~OperationLimit() = default;

    /// The addresses of a host, as numbers, for a session that connects.
    /// @throws OperationCancelled if they are not known in time
    /// @throws Error if they are not by `latest`
    [[nodiscard]] virtual std::vector<std::string> look_up(std::string const& host,
                                                           Clock::time_point latest) = 0;

    /// Whether nothing may begin or go on any more.
    [[nodiscard]] virtual bool is_over() noexcept = 0;

    /// What is said of a command that is not begun then.
    [[nodiscard]] virtual Error not_begun() = 0;

    /// Before a command is written.
    /// @throws OperationCancelled if it must not be
    virtual void before_command(Session& session) = 0;

    /// Before what was written is sent, `continues` if it is part of what is under way: limits the call.
    virtual void before_send(Session& session, CallScope& call, bool continues) = 0;

    /// Before each wait, and after each that was interrupted: limits the call, or has the server told to stop.
    /// @throws OperationCancelled if there is nothing to be waited for any more
    virtual void before_wait(Session& session, CallScope& call) = 0;

    /// What was to be sent is sent, or what was waited for is here; or what the server was told to stop has ended.
    virtual void after_wait(Session& session) noexcept = 0;

    /// The caller comes for more of an answer.
    virtual void renew() noexcept = 0;

    /// Of a reply that comes in while the server has been told to stop: whether it is handed to the caller as it is.
    /// @throws OperationCancelled when it has come to its end and is not
    [[nodiscard]] virtual bool hands_over(Session& session, ReplyReader const& reader,
                                          bool is_completion) = 0;

    /// The same of an error: what it means.
    [[nodiscard]] virtual Error meaning(Error refused) = 0;

    /// The connection is lost, or a wait of it over.
    /// @throws OperationCancelled if that is this limit's doing
    virtual void on_lost(Session& session) = 0;
};

/// Where a session is to begin, if not by its options alone.
struct ConnectPlan {
    /// Limits connecting.
    OperationLimit* limit = nullptr;
    /// Of the host, as numbers; null: they are looked up.
    std::vector<std::string> const* addresses = nullptr;
    /// When looking them up began, where an observer is to be told that this was part of connecting; the end of time: it was not.
    Clock::time_point look_up_began = Clock::time_point::max();
};

} // namespace sealsql::inline SEALSQL_ABI::detail

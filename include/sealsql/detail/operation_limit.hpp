#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/error.hpp>

#include <string>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

class Session;

/// What limits all that runs on a session, beside its timeouts: OperationDeadline of <sealsql/deadline.hpp>. Those
/// that have none pay for a pointer.
class OperationLimit {
public:
    OperationLimit() = default;
    OperationLimit(OperationLimit const&) = delete;
    OperationLimit& operator=(OperationLimit const&) = delete;

    /// Why nothing may begin or go on any more; none as long as it may.
    [[nodiscard]] virtual CancelReason reason() noexcept = 0;

    /// When it says so by itself.
    [[nodiscard]] virtual Clock::time_point deadline() const noexcept = 0;

    /// A descriptor that can be read once it was told to say so; -1 if nobody can.
    [[nodiscard]] virtual int wake() const noexcept = 0;

    /// How long stopping may take.
    [[nodiscard]] virtual Clock::duration grace() const noexcept = 0;

    /// Until when, once there is a reason().
    [[nodiscard]] virtual Clock::time_point end() noexcept = 0;

    /// Before a command: learns what it takes to stop it.
    virtual void prepare(Session& session) = 0;

    /// Tells the server to stop the statement that it runs on the session.
    /// @return whether it was told. If not, it may still be on the way
    [[nodiscard]] virtual bool cancel(Session& session) noexcept = 0;

protected:
    ~OperationLimit() = default;
};

/// Where a session is to begin, if not by its options alone.
struct ConnectPlan {
    /// Limits connecting.
    OperationLimit* limit = nullptr;
    /// Of the host, as numbers; null: they are looked up.
    std::vector<std::string> const* addresses = nullptr;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

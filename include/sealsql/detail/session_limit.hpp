#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/error.hpp>

#include <chrono>
#include <stop_token>

namespace sealsql::inline SEALSQL_ABI::detail {

/// That of a session, which has the server told. Beside its time and its word to stop, it may give a time to each operation:
/// all that is waited for counts, to send a command or what goes together, and to read the answers; and again for each
/// call by which more of an answer is read. What the caller does in between does not.
class SessionLimit final : public TimeLimit {
public:
    /// As the time of each operation: none.
    static constexpr Clock::duration no_time = Clock::duration::max();

    /// @param outer the one around it; null for that of the session's options
    SessionLimit(Clock::time_point when, std::stop_token stop, std::chrono::milliseconds grace,
                 Clock::duration each, SessionLimit* outer);

    /// The one around it is in force again, and what was told to stop is no more.
    void leave(Session& session) noexcept;

    /// The time of each operation.
    [[nodiscard]] Clock::duration each() const noexcept { return each_; }

    void before_command(Session& session) override;
    void before_send(Session& session, CallScope& call, bool continues) override;
    void before_wait(Session& session, CallScope& call) override;
    void after_wait(Session& session) noexcept override;
    void renew() noexcept override { begin_operation(); }
    [[nodiscard]] bool hands_over(Session& session, ReplyReader const& reader,
                                  bool is_completion) override;
    [[nodiscard]] Error meaning(Error refused) override;
    void on_lost(Session& session) override;
    void settle(Session& session) override;

private:
    void begin_operation() noexcept;
    void go_on() noexcept;
    void ask(Session& session);
    void absorb(Session& session);
    [[nodiscard]] bool cancel(Session& session) noexcept;
    void tell(Session& session);
    [[noreturn]] void give_up(Session& session);

    SessionLimit* outer_;
    Clock::time_point until_; // whatever operations there are
    Clock::duration each_;
    Clock::duration left_{};      // of each_, when nothing is waited for
    Clock::time_point its_end_{}; // of the operation, if its time goes on
    bool goes_on_ = false;        // its time does
    Shared<Session> side_;        // the connection that KILL goes over
    Clock::time_point next_kill_{};
    bool is_busy_ = false;       // with a statement of its own
    bool is_dropping_ = false;   // what comes of a statement that was told to stop
    bool may_be_killed_ = false; // a KILL may hit what comes next
};

} // namespace sealsql::inline SEALSQL_ABI::detail

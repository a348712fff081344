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

/// That of a session, which has the server told.
class SessionLimit final : public TimeLimit {
public:
    SessionLimit(Shared<Session> session, Clock::time_point when, std::stop_token stop,
                 std::chrono::milliseconds grace);
    ~SessionLimit();
    SessionLimit(SessionLimit const&) = delete;
    SessionLimit& operator=(SessionLimit const&) = delete;

    void before_command(Session& session) override;
    void before_send(Session& session, CallScope& call, bool continues) override;
    void before_wait(Session& session, CallScope& call) override;
    [[nodiscard]] bool hands_over(Session& session, ReplyReader const& reader,
                                  bool is_completion) override;
    [[nodiscard]] Error meaning(Error refused) override;
    void on_lost(Session& session) override;

private:
    void ask(Session& session);
    void absorb(Session& session);
    [[nodiscard]] bool cancel(Session& session) noexcept;
    void tell(Session& session);
    [[noreturn]] void give_up(Session& session);

    Shared<Session> session_;
    OperationLimit* outer_;
    Shared<Session> side_; // the connection that KILL goes over
    Clock::time_point next_kill_{};
    bool is_busy_ = false;       // with a statement of its own
    bool is_dropping_ = false;   // what comes of a statement that was told to stop
    bool may_be_killed_ = false; // a KILL may hit what comes next
};

} // namespace sealsql::inline SEALSQL_ABI::detail

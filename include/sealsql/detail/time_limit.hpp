#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/error.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A time that far from now; the end of time if that cannot be told.
[[nodiscard]] Clock::time_point time_after(std::chrono::nanoseconds duration) noexcept;

/// What an OperationCancelled is made of.
[[nodiscard]] ErrorData cancelled(CancelReason reason, CancelOutcome outcome, std::string_view what,
                                  bool is_closed);

/// A descriptor that any thread can make readable.
class WakeUp {
public:
    WakeUp();
    WakeUp(WakeUp const&) = delete;
    WakeUp& operator=(WakeUp const&) = delete;
    ~WakeUp();

    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    void raise() const noexcept;
    void lower() const noexcept;

private:
    int descriptor_;
};

/// A time and a word to stop, the earlier of which counts; and the word of an outer one. By itself it limits connecting,
/// where nothing can be told to stop.
class TimeLimit : public OperationLimit {
public:
    TimeLimit(Clock::time_point when, std::stop_token stop, std::chrono::milliseconds grace,
              TimeLimit* outer);
    ~TimeLimit() override;
    TimeLimit(TimeLimit const&) = delete;
    TimeLimit& operator=(TimeLimit const&) = delete;

    [[nodiscard]] CancelReason reason() noexcept;
    [[nodiscard]] Clock::time_point deadline() const noexcept { return when_; }
    /// When stopping has to be done, once there is a reason.
    [[nodiscard]] Clock::time_point end() noexcept;

    /// What was looked up last; none if that failed.
    [[nodiscard]] std::vector<std::string> const& looked_up() const noexcept { return looked_up_; }
    /// When that look-up began, which may have been another one's.
    [[nodiscard]] Clock::time_point look_up_began() const noexcept { return look_up_began_; }

    [[nodiscard]] std::vector<std::string> look_up(std::string const& host,
                                                   Clock::time_point latest) override;
    [[nodiscard]] bool is_over() noexcept override { return reason() != CancelReason::none; }
    [[nodiscard]] Error not_begun() override;
    void before_command(Session& session) override;
    void before_send(Session& session, CallScope& call, bool continues) override;
    void before_wait(Session& session, CallScope& call) override;
    void after_wait(Session&) noexcept override {}
    void renew() noexcept override {}
    [[nodiscard]] bool hands_over(Session&, ReplyReader const&, bool) override { return true; }
    [[nodiscard]] Error meaning(Error refused) override { return refused; }
    void on_lost(Session& session) override;

    /// What may still stop a later command is made to stop one that does nothing.
    virtual void settle(Session&) {}

protected:
    /// Not whether it was met.
    void set_deadline(Clock::time_point when) noexcept { when_ = when; }
    /// What the deadline has ended is over, and something else begins.
    void forget_deadline() noexcept
    {
        reason_ = reason_ == CancelReason::deadline ? CancelReason::none : reason_;
    }
    /// Whether it was seen that it is met.
    [[nodiscard]] bool is_known_to_be_over() const noexcept
    {
        return reason_ != CancelReason::none;
    }

    /// Limits a call whose limit is not met yet.
    void watch(CallScope& call) const noexcept;

    /// What has to be done behind the end still gets its time.
    void renew_grace() noexcept;

private:
    struct Raise {
        WakeUp const* wake_up;
        void operator()() const noexcept { wake_up->raise(); }
    };

    [[nodiscard]] bool stop_requested() const noexcept;

    TimeLimit* outer_;
    Clock::time_point when_;
    std::stop_token stop_;
    Clock::duration grace_;
    CancelReason reason_ = CancelReason::none;
    Clock::time_point end_{};
    std::vector<std::string> looked_up_;
    Clock::time_point look_up_began_{};
    std::optional<WakeUp> own_wake_up_;
    WakeUp const* wake_up_ = nullptr; // its own, or that of one around it
    std::optional<std::stop_callback<Raise>> callback_;
};

/// What runs on a session meanwhile ends in time, or the session is closed: nothing of it is worth another connection to stop
/// it.
class LimitedSession {
public:
    LimitedSession(Session& session, Clock::time_point until, std::stop_token const& stop)
        : session_{session}, limit_{session.limit(), until, stop}
    {
        session_.set_limit(&limit_);
    }
    LimitedSession(LimitedSession const&) = delete;
    LimitedSession& operator=(LimitedSession const&) = delete;
    ~LimitedSession() { session_.set_limit(limit_.replaced()); }

private:
    class Limit final : public TimeLimit {
    public:
        /// @param replaced what does not count meanwhile: that of the session's options, or none
        Limit(OperationLimit* replaced, Clock::time_point until, std::stop_token const& stop)
            : TimeLimit{until, stop, std::chrono::milliseconds{1}, nullptr},
              replaced_{static_cast<TimeLimit*>(replaced)}
        {
        }

        [[nodiscard]] OperationLimit* replaced() const noexcept { return replaced_; }

        void before_command(Session& session) override
        {
            settle(session);
            TimeLimit::before_command(session);
        }
        void settle(Session& session) override
        {
            if (replaced_ != nullptr)
                replaced_->settle(session);
        }

    private:
        TimeLimit* replaced_;
    };

    Session& session_;
    Limit limit_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

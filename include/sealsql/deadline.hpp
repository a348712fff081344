#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/error.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>

/// @file
/// Deadlines of the caller's, and std::stop_token: for statements, which the server is then told to stop, and for
/// connecting. Not part of <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

/// How an OperationDeadline stops what it limits.
struct DeadlineOptions {
    /// How long it may take, from the deadline or the request to stop: to have the server stop the statement, and to
    /// read its answer. What is not stopped by then costs the connection. At least a millisecond.
    std::chrono::milliseconds grace{1'000};

    friend bool operator==(DeadlineOptions const&, DeadlineOptions const&) = default;
};

namespace detail {

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

/// A time and a word to stop, the earlier of which counts. By itself it limits connecting, where nothing can be told to
/// stop.
class TimeLimit : public OperationLimit {
public:
    TimeLimit(Clock::time_point when, std::stop_token stop, std::chrono::milliseconds grace,
              TimeLimit* outer);
    ~TimeLimit();
    TimeLimit(TimeLimit const&) = delete;
    TimeLimit& operator=(TimeLimit const&) = delete;

    [[nodiscard]] CancelReason reason() noexcept;
    [[nodiscard]] Clock::time_point deadline() const noexcept { return when_; }
    /// When stopping has to be done, once there is a reason.
    [[nodiscard]] Clock::time_point end() noexcept;

    [[nodiscard]] bool is_over() noexcept override { return reason() != CancelReason::none; }
    [[nodiscard]] Error not_begun() override;
    void before_command(Session& session) override;
    void before_send(Session& session, CallScope& call, bool continues) override;
    void before_wait(Session& session, CallScope& call) override;
    [[nodiscard]] bool hands_over(Session&, ReplyReader const&, bool) override { return true; }
    [[nodiscard]] Error meaning(Error refused) override { return refused; }
    void on_lost(Session& session) override;

protected:
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
    std::optional<WakeUp> own_wake_up_;
    WakeUp const* wake_up_ = nullptr; // its own, or that of one around it
    std::optional<std::stop_callback<Raise>> callback_;
};

/// What runs on a session meanwhile ends in time, or the session is closed: nothing of it is worth another connection to stop
/// it.
class LimitedSession {
public:
    LimitedSession(Session& session, Clock::time_point until, std::stop_token const& stop)
        : session_{session}, limit_{until, stop, std::chrono::milliseconds{1}, nullptr}
    {
        session_.set_limit(&limit_);
    }
    LimitedSession(LimitedSession const&) = delete;
    LimitedSession& operator=(LimitedSession const&) = delete;
    ~LimitedSession() { session_.set_limit(nullptr); }

private:
    Session& session_;
    TimeLimit limit_;
};

/// That of a session, which has the server told.
class SessionLimit final : public TimeLimit {
public:
    SessionLimit(Shared<Session> session, Clock::time_point when, std::stop_token stop,
                 DeadlineOptions options);
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

/// A time that far from now; the end of time if that cannot be told.
[[nodiscard]] Clock::time_point time_after(std::chrono::nanoseconds duration) noexcept;

} // namespace detail

/// Limits all that runs on a connection while it lives, by whatever call: statements, prepared or not, pipelines, bulk
/// inserts, rows as they come, pings, resets, transactions.
///
/// ```
/// sealsql::OperationDeadline const limit{db, 2s, stop_token};
/// auto report = db.query_all<Line>("SELECT … ");
/// ```
///
/// At the deadline, or when the token says so, the server is told to stop the statement: by KILL QUERY over a second
/// connection to the same address, made from the same options and verified like the first, since no other way is
/// open while a statement runs. Whatever the peer does, the call ends within DeadlineOptions::grace after that, with
/// OperationCancelled. If the server has stopped, the connection is in step and can be used as before; if not, it is
/// closed, and the error says so. A statement without rows that came to its end all the same, such as a COMMIT, is
/// reported as what it is: done. Later statements are refused before they are sent; only what takes back a
/// Transaction or a part of one still runs, within the grace.
///
/// They can stand one in the other: the earlier deadline counts. To be able to name the connection to the server, the
/// first statement under one asks for its number: one round trip, once for each connection. The number in the
/// greeting is not taken, for anybody could have written it, and another connection would be hit. For the same reason
/// no KILL is sent where the second connection comes to another server than the first, as behind a balancer of
/// load; the connection is then closed instead.
///
/// For the thread that uses the connection; the token may be told by any. Ends with the connection's
/// session at the latest: it may outlive the Connection, and follows it where it is moved to.
class OperationDeadline {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    /// Up to a point in time, and until the token says to stop.
    [[nodiscard]] OperationDeadline(Connection& connection, TimePoint when,
                                    std::stop_token stop = {}, DeadlineOptions options = {});

    /// For so long from now.
    template <class Count, class Period>
    [[nodiscard]] OperationDeadline(Connection& connection,
                                    std::chrono::duration<Count, Period> duration,
                                    std::stop_token stop = {}, DeadlineOptions options = {})
        : OperationDeadline{connection, detail::time_after(to_nanoseconds(duration)),
                            std::move(stop), options}
    {
    }

    /// Until the token says to stop.
    [[nodiscard]] OperationDeadline(Connection& connection, std::stop_token stop,
                                    DeadlineOptions options = {})
        : OperationDeadline{connection, TimePoint::max(), std::move(stop), options}
    {
    }

    OperationDeadline(OperationDeadline const&) = delete;
    OperationDeadline& operator=(OperationDeadline const&) = delete;
    ~OperationDeadline();

private:
    /// What no clock can count is for ever.
    template <class Count, class Period>
    [[nodiscard]] static std::chrono::nanoseconds
    to_nanoseconds(std::chrono::duration<Count, Period> duration)
    {
        constexpr std::chrono::duration<double> longest{1e9}; // 30 years
        if (duration > longest)
            return std::chrono::nanoseconds::max();
        if (duration < -longest)
            return std::chrono::nanoseconds::zero();
        return std::chrono::duration_cast<std::chrono::nanoseconds>(duration);
    }

    detail::SessionLimit limit_;
};

/// Connects by a point in time at the latest, or until the token says to stop; the options' Timeouts hold as well.
/// Looking up the host's name counts, too: the system's resolver cannot be interrupted, so it runs in a thread of its
/// own, which is left behind when the time is over and ends when the resolver does. Names that are looked up already
/// are not looked up twice at a time.
/// @throws OperationCancelled at the deadline, or when told to stop
/// @throws Error as the constructor of Connection does
[[nodiscard]] Connection connect(ConnectionOptions const& options,
                                 std::chrono::steady_clock::time_point deadline,
                                 std::stop_token stop = {});

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/deadline.ipp>
#endif

#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/detail/name_lookup.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/session.ipp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <sys/eventfd.h>
#include <sys/types.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE Clock::time_point time_after(std::chrono::nanoseconds duration) noexcept
{
    Clock::time_point const now = Clock::now();
    return duration > Clock::time_point::max() - now ? Clock::time_point::max() : now + duration;
}

SEALSQL_INLINE WakeUp::WakeUp() : descriptor_{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    if (descriptor_ < 0)
        throw client_error(error_code::unknown_error,
                           concat({"a wait that a std::stop_token ends needs an event descriptor: ",
                                   std::generic_category().message(errno)}),
                           "let the process have more open files (ulimit -n)");
}

SEALSQL_INLINE WakeUp::~WakeUp() { static_cast<void>(::close(descriptor_)); }

SEALSQL_INLINE void WakeUp::raise() const noexcept
{
    std::uint64_t const one = 1;
    // It fails only where it is so high that it can be read anyway.
    [[maybe_unused]] ssize_t const written = ::write(descriptor_, &one, sizeof one);
}

SEALSQL_INLINE void WakeUp::lower() const noexcept
{
    std::uint64_t count = 0;
    [[maybe_unused]] ssize_t const got = ::read(descriptor_, &count, sizeof count);
}

SEALSQL_INLINE TimeLimit::TimeLimit(Clock::time_point when, std::stop_token stop,
                                    std::chrono::milliseconds grace, TimeLimit* outer)
    : outer_{outer}, when_{when}, stop_{std::move(stop)}, grace_{std::max<Clock::duration>(
                                                              grace, std::chrono::milliseconds{1})},
      wake_up_{outer != nullptr ? outer->wake_up_ : nullptr}
{
    if (outer_ != nullptr)
        grace_ = std::min(grace_, outer_->grace_);
    if (!stop_.stop_possible())
        return;
    if (wake_up_ == nullptr)
        wake_up_ = &own_wake_up_.emplace();
    callback_.emplace(stop_, Raise{wake_up_});
}

SEALSQL_INLINE TimeLimit::~TimeLimit()
{
    callback_.reset(); // first: none raises it any more
    bool const was_raised = stop_.stop_requested();
    if (own_wake_up_ || wake_up_ == nullptr || !was_raised)
        return;
    // It belongs to those around, of whom one may have raised it, too.
    wake_up_->lower();
    if (outer_->stop_requested())
        wake_up_->raise();
}

SEALSQL_INLINE bool TimeLimit::stop_requested() const noexcept
{
    return stop_.stop_requested() || (outer_ != nullptr && outer_->stop_requested());
}

SEALSQL_INLINE CancelReason TimeLimit::reason() noexcept
{
    if (reason_ != CancelReason::none)
        return reason_;
    if (stop_requested()) {
        reason_ = CancelReason::stop_requested;
        end_ = Clock::now() + grace_;
    } else if (when_ != Clock::time_point::max() && Clock::now() >= when_) {
        reason_ = CancelReason::deadline;
        end_ = when_ + grace_;
    }
    return reason_;
}

SEALSQL_INLINE Clock::time_point TimeLimit::end() noexcept
{
    return reason() == CancelReason::none ? Clock::time_point::max() : end_;
}

SEALSQL_INLINE void TimeLimit::renew_grace() noexcept
{
    end_ = std::max(end_, Clock::now() + grace_);
}

SEALSQL_INLINE ErrorData cancelled(CancelReason reason, CancelOutcome outcome,
                                   std::string_view what, bool is_closed)
{
    int code = error_code::query_interrupted;
    if (outcome != CancelOutcome::interrupted)
        code = is_closed ? error_code::server_lost : error_code::unknown_error;
    return {
        .code = code,
        .message =
            concat({reason == CancelReason::deadline ? "the deadline of the operation has passed: "
                                                     : "the operation was asked to stop: ",
                    what}),
        .remedy =
            reason == CancelReason::deadline
                ? "give the OperationDeadline, the OperationTimeout, connect() or the RetryPolicy more "
                  "time if it needs it"
                : "",
        .origin = ErrorOrigin::client,
        .retryable = false,
        .poisons_connection = is_closed,
        .cancel_reason = reason,
        .cancel_outcome = outcome};
}

SEALSQL_INLINE Error TimeLimit::not_begun()
{
    return Error{cancelled(reason(), CancelOutcome::not_sent, "nothing was sent", false)};
}

SEALSQL_INLINE void TimeLimit::watch(CallScope& call) const noexcept
{
    call.watch(when_, wake_up_ != nullptr ? wake_up_->descriptor() : -1);
}

SEALSQL_INLINE void TimeLimit::on_lost(Session& session)
{
    if (reason() == CancelReason::none)
        return;
    std::string const target = session.target();
    session.close();
    throw OperationCancelled{
        Error{cancelled(reason(), CancelOutcome::not_sent,
                        concat({"there is no connection to ", target, " yet"}), true)}};
}

SEALSQL_INLINE void TimeLimit::before_command(Session& session) { on_lost(session); }

SEALSQL_INLINE void TimeLimit::before_wait(Session& session, CallScope& call)
{
    on_lost(session);
    session.state().interrupted = false;
    watch(call);
}

SEALSQL_INLINE void TimeLimit::before_send(Session&, CallScope& call, bool)
{
    // A command that was begun when the limit is met goes out: the server can be told to stop it.
    bool const is_met = is_over();
    call.end_by(is_met ? end_ : when_ == Clock::time_point::max() ? when_ : when_ + grace_);
    call.set_grace(grace_);
    watch(call);
    call.watch(Clock::time_point::max(),
               is_met || wake_up_ == nullptr ? -1 : wake_up_->descriptor());
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/session_limit.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_options.ipp>
#include <sealsql/impl/detail/session_limit.ipp>
#include <sealsql/impl/detail/time_limit.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Only OperationDeadline and OperationTimeout limit a session that has begun.
[[nodiscard]] SEALSQL_INLINE SessionLimit* limit_of(Shared<Session> const& session)
{
    return static_cast<SessionLimit*>(require(session).limit());
}

[[nodiscard]] SEALSQL_INLINE Clock::duration time_of_each(SessionLimit const* limit,
                                                          DeadlineOptions const& options) noexcept
{
    return limit == nullptr || options.lifts_timeout ? SessionLimit::no_time : limit->each();
}

SEALSQL_INLINE OperationLimit* make_operation_limit(Session& session)
{
    OperationPolicy const& policy = session.options().operation_timeout;
    return new SessionLimit{Clock::time_point::max(), {}, policy.grace, policy.time, nullptr};
}

} // namespace detail

SEALSQL_INLINE OperationTimeout::operator OperationPolicy() const
{
    constexpr std::chrono::hours year{24 * 365};
    constexpr std::chrono::milliseconds least{1};
    if (time < least || time > year || grace < least || grace > year)
        throw detail::client_error(
            detail::error_code::unknown_error,
            "the time of each operation, or its grace, is not between 1 ms and a year",
            "check what was given to OperationTimeout; leave it out for no such limit");
    return {.time = time, .grace = grace, .make_limit = &detail::make_operation_limit};
}

SEALSQL_INLINE OperationDeadline::OperationDeadline(Connection& connection, TimePoint when,
                                                    std::stop_token stop, DeadlineOptions options)
    : session_{detail::SessionAccess::session(connection)},
      limit_{when, std::move(stop), options.grace,
             detail::time_of_each(detail::limit_of(session_), options), detail::limit_of(session_)}
{
    session_->set_limit(&limit_);
}

SEALSQL_INLINE OperationDeadline::~OperationDeadline() { limit_.leave(*session_); }

namespace detail {

/// @param known addresses of the host; null: it is looked up
[[nodiscard]] SEALSQL_INLINE Connection connect_within(
    ConnectionOptions const& options, TimeLimit& limit, std::vector<std::string> const* known,
    Clock::time_point look_up_began = Clock::time_point::max())
{
    check(options);
    register_hooks(); // keeps the code loaded that a thread left behind comes back to
    return SessionAccess::connection(Shared<Session>::make(
        options, ConnectPlan{.limit = &limit, .addresses = known, .look_up_began = look_up_began}));
}

SEALSQL_INLINE Connection connect_until(ConnectionOptions options, Clock::time_point deadline,
                                        std::stop_token const& stop,
                                        std::vector<std::string> const* addresses,
                                        Clock::time_point look_up_began)
{
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    options.timeouts.connect =
        std::clamp(left, std::chrono::milliseconds{1}, options.timeouts.connect);
    // So that the options' own time ends it, and says what took too long.
    constexpr std::chrono::milliseconds later{50};
    TimeLimit limit{deadline + later, stop, std::chrono::milliseconds{1}, nullptr};
    return connect_within(options, limit, addresses, look_up_began);
}

} // namespace detail

SEALSQL_INLINE Connection connect(ConnectionOptions const& options,
                                  std::chrono::steady_clock::time_point deadline,
                                  std::stop_token stop)
{
    detail::TimeLimit limit{deadline, std::move(stop), std::chrono::milliseconds{1}, nullptr};
    return detail::connect_within(options, limit, nullptr);
}

} // namespace sealsql::inline SEALSQL_ABI

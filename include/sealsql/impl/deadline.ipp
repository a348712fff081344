#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_options.ipp>
#include <sealsql/impl/detail/session_limit.ipp>
#include <sealsql/impl/detail/time_limit.ipp>
#include <sealsql/impl/session.ipp>

#include <algorithm>
#include <chrono>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE OperationDeadline::OperationDeadline(Connection& connection, TimePoint when,
                                                    std::stop_token stop, DeadlineOptions options)
    : limit_{detail::SessionAccess::session(connection), when, std::move(stop), options.grace}
{
}

SEALSQL_INLINE OperationDeadline::~OperationDeadline() = default;

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

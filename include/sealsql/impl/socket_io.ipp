#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/socket_io.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// How long a blocking read sleeps before it looks at the clock. Below twice of it to the deadline,
/// poll() keeps the time exactly; above, a read that finds its bytes costs one system call.
inline constexpr std::chrono::milliseconds receive_tick{200};

SEALSQL_INLINE bool wait_for_socket(int socket, bool to_read, Clock::time_point deadline) noexcept
{
    constexpr std::int64_t an_hour = 3'600'000;
    pollfd waiting{};
    waiting.fd = socket;
    waiting.events = to_read ? POLLIN : POLLOUT;
    for (;;) {
        // In whole milliseconds, and one more for what is left of the last.
        static_assert(std::is_same_v<Clock::duration, std::chrono::nanoseconds>);
        std::int64_t const left = (deadline - Clock::now()).count() / 1'000'000 + 1;
        int const timeout = left < 0 ? 0 : static_cast<int>(left < an_hour ? left : an_hour);
        int const ready = ::poll(&waiting, 1, timeout);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
        if (ready == 0 && left <= timeout) {
            errno = ETIMEDOUT;
            return false;
        }
    }
}

SEALSQL_INLINE int take_socket_error(int socket) noexcept
{
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

SEALSQL_INLINE int receive(ConnectionState& state, int socket, char* buffer, int size) noexcept
{
    CallScope const* const call = CallScope::current();
    Clock::time_point const deadline = call != nullptr ? call->deadline() : Clock::now();
    for (;;) {
        Clock::time_point const now = Clock::now();
        if (now >= deadline) {
            state.timed_out = true;
            errno = ETIMEDOUT;
            return -1;
        }
        bool const may_sleep = deadline - now > 2 * receive_tick;
        ssize_t const got =
            ::recv(socket, buffer, static_cast<std::size_t>(size), may_sleep ? 0 : MSG_DONTWAIT);
        if (got >= 0)
            return static_cast<int>(got);
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        // Either the tick is over, or the socket does not block.
        Clock::time_point const until =
            may_sleep ? std::min(deadline, now + 2 * receive_tick) : deadline;
        if (!wait_for_socket(socket, true, until) && errno != ETIMEDOUT)
            return -1;
    }
}

SEALSQL_INLINE int transmit(ConnectionState& state, int socket, char const* bytes,
                            int size) noexcept
{
    CallScope const* const call = CallScope::current();
    Clock::time_point const deadline = call != nullptr ? call->deadline() : Clock::now();
    for (;;) {
        if (Clock::now() >= deadline) {
            state.timed_out = true;
            errno = ETIMEDOUT;
            return -1;
        }
        ssize_t const sent =
            ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            return static_cast<int>(sent);
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        if (!wait_for_socket(socket, false, deadline) && errno != ETIMEDOUT)
            return -1;
    }
}

SEALSQL_INLINE void set_receive_tick(int socket) noexcept
{
    timeval tick{};
    tick.tv_usec = std::chrono::microseconds{receive_tick}.count();
    static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick));
}

SEALSQL_INLINE void cut(int socket) noexcept
{
    if (socket >= 0)
        static_cast<void>(::shutdown(socket, SHUT_RDWR));
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/socket_io.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// How long a blocking read sleeps before it looks at the clock. Below twice of it to the deadline,
/// poll() keeps the time exactly; above, a read that finds its bytes costs one system call.
inline constexpr std::chrono::milliseconds receive_tick{200};

SEALSQL_INLINE bool wait_for_socket(int socket, bool to_read, Clock::time_point deadline,
                                    int wake) noexcept
{
    constexpr std::int64_t an_hour = 3'600'000;
    pollfd waiting[2] = {}; // NOLINT(cppcoreguidelines-avoid-c-arrays): as poll() has it
    waiting[0].fd = socket;
    waiting[0].events = to_read ? POLLIN : POLLOUT;
    waiting[1].fd = wake;
    waiting[1].events = POLLIN;
    for (;;) {
        // In whole milliseconds, and one more for what is left of the last.
        static_assert(std::is_same_v<Clock::duration, std::chrono::nanoseconds>);
        std::int64_t const left = (deadline - Clock::now()).count() / 1'000'000 + 1;
        int const timeout = left < 0 ? 0 : static_cast<int>(left < an_hour ? left : an_hour);
        int const ready = ::poll(waiting, wake < 0 ? 1 : 2, timeout);
        if (ready > 0) {
            if (waiting[1].revents == 0)
                return true;
            errno = ECANCELED;
            return false;
        }
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

/// The wait is over, or interrupted.
SEALSQL_INLINE int end_wait(ConnectionState& state, bool is_over) noexcept
{
    (is_over ? state.timed_out : state.interrupted) = true;
    errno = is_over ? ETIMEDOUT : ECANCELED;
    return -1;
}

SEALSQL_INLINE int receive(ConnectionState& state, int socket, char* buffer, int size) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr)
        return end_wait(state, true);
    Clock::time_point const end = call->wait_end();
    int const wake = call->wake();
    for (;;) {
        Clock::time_point const now = Clock::now();
        if (now >= end)
            return end_wait(state, now >= call->deadline());
        bool const may_sleep = wake < 0 && end - now > 2 * receive_tick;
        ssize_t const got =
            ::recv(socket, buffer, static_cast<std::size_t>(size), may_sleep ? 0 : MSG_DONTWAIT);
        if (got >= 0)
            return static_cast<int>(got);
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        // Either the tick is over, or the socket does not block.
        Clock::time_point const until = may_sleep ? std::min(end, now + 2 * receive_tick) : end;
        if (wait_for_socket(socket, true, until, wake) || errno == ETIMEDOUT)
            continue;
        return errno == ECANCELED ? end_wait(state, false) : -1;
    }
}

SEALSQL_INLINE int transmit(ConnectionState& state, int socket, char const* bytes,
                            int size) noexcept
{
    CallScope* const call = CallScope::current();
    if (call == nullptr)
        return end_wait(state, true);
    for (;;) {
        Clock::time_point const now = Clock::now();
        if (now >= call->wait_end())
            return end_wait(state, now >= call->deadline());
        ssize_t const sent =
            ::send(socket, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            return static_cast<int>(sent);
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return -1;
        if (wait_for_socket(socket, false, call->wait_end(), call->wake()) || errno == ETIMEDOUT)
            continue;
        if (errno != ECANCELED)
            return -1;
        if (call->grace() == Clock::duration::zero())
            return end_wait(state, false);
        // Half a command is no use to anybody: it has the time that is left to be told to stop.
        call->end_by(Clock::now() + call->grace());
        call->watch(Clock::time_point::max(), -1);
    }
}

SEALSQL_INLINE void set_receive_tick(int socket) noexcept
{
    timeval tick{};
    tick.tv_usec = std::chrono::microseconds{receive_tick}.count();
    static_cast<void>(::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof tick));
}

SEALSQL_INLINE void set_keepalive(int socket, Keepalive const& keepalive) noexcept
{
    auto const set = [socket](int level, int name, std::int64_t value) {
        int const number = static_cast<int>(value < 2'147'483'647 ? value : 2'147'483'647);
        static_cast<void>(::setsockopt(socket, level, name, &number, sizeof number));
    };
    bool const is_on = keepalive.idle.count() > 0;
    set(SOL_SOCKET, SO_KEEPALIVE, is_on ? 1 : 0);
    if (is_on) {
        set(IPPROTO_TCP, TCP_KEEPIDLE, keepalive.idle.count());
        set(IPPROTO_TCP, TCP_KEEPINTVL, keepalive.interval.count());
        set(IPPROTO_TCP, TCP_KEEPCNT, keepalive.probes);
    }
    set(IPPROTO_TCP, TCP_USER_TIMEOUT, keepalive.unacknowledged.count());
}

SEALSQL_INLINE void cut(int socket) noexcept
{
    if (socket >= 0)
        static_cast<void>(::shutdown(socket, SHUT_RDWR));
}

} // namespace sealsql::inline SEALSQL_ABI::detail

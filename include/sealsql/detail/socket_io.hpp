#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/fwd.hpp>

#include <cstddef>

/// @file
/// Waiting, reading and writing on a connection's socket up to the deadline of the call under way.
/// All bytes of a TLS connection pass here, and all waiting of a plaintext one. Connector/C's own
/// timeouts are for each read: one byte a second never trips them.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Waits until the socket is ready, the deadline is over, or `wake` can be read.
/// @return whether it is ready; if not, errno tells why (ETIMEDOUT past the deadline, ECANCELED if woken)
[[nodiscard]] bool wait_for_socket(int socket, bool to_read, Clock::time_point deadline,
                                   int wake = -1) noexcept;

/// The error that a connection attempt on this socket ended with; zero if it succeeded.
[[nodiscard]] int take_socket_error(int socket) noexcept;

/// As `recv`, up to the deadline; zero at the peer's end, -1 on failure.
[[nodiscard]] int receive(ConnectionState& state, int socket, char* buffer, int size) noexcept;

/// As `send`, up to the deadline; raises no SIGPIPE.
[[nodiscard]] int transmit(ConnectionState& state, int socket, char const* bytes,
                           int size) noexcept;

/// Makes blocking reads return now and then, for receive() to look at the clock.
void set_receive_tick(int socket) noexcept;

/// When the kernel gives up a peer that has gone silent; see Keepalive.
void set_keepalive(int socket, Keepalive const& keepalive) noexcept;

/// Ends both directions, so that whatever is tried next on the socket fails at once.
void cut(int socket) noexcept;

} // namespace sealsql::inline SEALSQL_ABI::detail

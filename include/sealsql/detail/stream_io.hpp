#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/view.hpp>

/// @file
/// Bytes to and from a server that the login is over with, through TLS where there is TLS. Up to the login it is
/// Connector/C that reads and writes; from then on these two, into our own buffers.

namespace sealsql::inline SEALSQL_ABI::detail {

/// As many bytes as there are, at least one, within the CallScope's deadline.
/// @return how many; zero or less when the connection is lost or the time is over (ConnectionState::timed_out)
[[nodiscard]] long read_some(ConnectionState& state, int socket, View<std::byte> room) noexcept;

/// All of the bytes, within the CallScope's deadline.
/// @return whether they were taken
[[nodiscard]] bool write_all(ConnectionState& state, int socket, Bytes bytes) noexcept;

} // namespace sealsql::inline SEALSQL_ABI::detail

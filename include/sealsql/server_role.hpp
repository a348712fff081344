#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/fwd.hpp>

#include <cstdint>

/// @file
/// What a server says of itself: whether it takes writes. Not part of <sealsql/sealsql.hpp>: include it where it is
/// needed.

namespace sealsql::inline SEALSQL_ABI {

/// What a server is, as it says itself over the connection.
enum class ServerRole : std::uint8_t {
    /// It was not asked.
    unknown,
    /// It takes writes.
    primary,
    /// It takes none: `read_only`, `super_read_only`, `innodb_read_only` or `transaction_read_only` is on.
    replica,
    /// A node of a Galera cluster that is not in step with it, or is not in the part that has the majority.
    unfit,
};

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(ServerRole role) noexcept;

/// Asks a server what it is: one round trip, and another one on a Galera node. It needs no privilege.
/// @throws Error also if its answer does not tell
[[nodiscard]] ServerRole server_role(Connection& connection);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/server_role.ipp>
#endif

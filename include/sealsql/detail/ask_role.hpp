#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/fwd.hpp>

#include <string>

namespace sealsql::inline SEALSQL_ABI::detail {

struct RoleAndReason {
    ServerRole role{}; // unknown
    /// In words, for a sentence that begins with the server's name.
    std::string reason{};
};

/// Asks a server what it is.
/// @throws Error also if its answer does not tell
[[nodiscard]] RoleAndReason ask_role(Connection& connection, Clock::time_point latest);

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>

#include <string_view>

/// @file
/// How a transaction is ended, and that alone. COMMIT and ROLLBACK without more do what @@completion_type says as well, which
/// may be to begin another transaction, that nobody would end, or to end the connection.

namespace sealsql::inline SEALSQL_ABI::detail {

inline constexpr std::string_view commit_only = "COMMIT AND NO CHAIN NO RELEASE";
inline constexpr std::string_view rollback_only = "ROLLBACK AND NO CHAIN NO RELEASE";

} // namespace sealsql::inline SEALSQL_ABI::detail

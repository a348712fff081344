#pragma once

#include <sealsql/detail/config.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// As getpid() says it, whom a forked child does not take for its parent either, but without asking the kernel each time: that
/// would be the dearest part of lending a connection, and two of the four system calls of a small statement.
[[nodiscard]] int process_id() noexcept;

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What getpid() says, also in a forked child, but without asking the kernel each time: that would be the dearest part of
/// lending a connection, and two of the four system calls of a small statement.
[[nodiscard]] int process_id() noexcept;

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A number that no forked child has in common with those it comes from, without asking the kernel each time as getpid() does:
/// that would be the dearest part of lending a connection, and two of the four system calls of a small statement. Not that of
/// getpid(), which a child in a PID namespace of its own may share with its parent.
[[nodiscard]] int process_id() noexcept;

} // namespace sealsql::inline SEALSQL_ABI::detail

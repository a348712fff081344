#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE ErrorQueueGuard::ErrorQueueGuard() noexcept { ERR_set_mark(); }
SEALSQL_INLINE ErrorQueueGuard::~ErrorQueueGuard() { ERR_pop_to_mark(); }

SEALSQL_INLINE void forget_errors() noexcept { ERR_clear_error(); }

} // namespace sealsql::inline SEALSQL_ABI::detail

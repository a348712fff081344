#pragma once

#include <sealsql/detail/config.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Empties OpenSSL's error queue of this thread. Every call into libssl does the same at its beginning.
void forget_errors() noexcept;

/// Keeps OpenSSL's error queue of this thread as it was: others may be reading it.
class ErrorQueueGuard {
public:
    ErrorQueueGuard() noexcept;
    ErrorQueueGuard(ErrorQueueGuard const&) = delete;
    ErrorQueueGuard& operator=(ErrorQueueGuard const&) = delete;
    ~ErrorQueueGuard();
};

} // namespace sealsql::inline SEALSQL_ABI::detail

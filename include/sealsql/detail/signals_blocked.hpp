#pragma once

#include <sealsql/detail/config.hpp>

#include <csignal>

namespace sealsql::inline SEALSQL_ABI::detail {

/// While it lives, threads begin with all signals blocked: a signal of the process is for the application's threads, and one
/// that waits for it would not be woken if a thread of ours took it.
class SignalsBlocked {
public:
    SignalsBlocked() noexcept
    {
        sigset_t all;
        sigfillset(&all);
        is_blocked_ = ::pthread_sigmask(SIG_SETMASK, &all, &before_) == 0;
    }
    SignalsBlocked(SignalsBlocked const&) = delete;
    SignalsBlocked& operator=(SignalsBlocked const&) = delete;
    ~SignalsBlocked()
    {
        if (is_blocked_)
            ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

    explicit operator bool() const noexcept { return is_blocked_; }

private:
    sigset_t before_{};
    bool is_blocked_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#ifndef SEALSQL_TESTS_SUPPORT_SOON_HPP
#define SEALSQL_TESTS_SUPPORT_SOON_HPP

#include <chrono>
#include <thread>

namespace sealsql::testing {

/// Waits for what another thread is about to do, for five seconds at most.
template <class Condition>
bool soon(Condition const& condition)
{
    for (int i = 0; i < 500; ++i) {
        if (condition())
            return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
}

} // namespace sealsql::testing

#endif

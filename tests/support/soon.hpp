#ifndef SEALSQL_TESTS_SUPPORT_SOON_HPP
#define SEALSQL_TESTS_SUPPORT_SOON_HPP

// What tests need whose outcome may depend on how busy the machine is.

#include <chrono>
#include <thread>
#include <utility>

namespace sealsql::testing {

/// What a busy machine may add to a time. Who hangs takes longer: timeouts that a test does not mean, and
/// ServerOptions::session_limit, end later than this.
inline constexpr std::chrono::seconds slack{10};

/// Waits for what another thread is about to do, for twenty seconds at most.
template <class Condition>
bool soon(Condition const& condition)
{
    auto const until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return true;
}

/// What comes of a round, which is run again if this says nothing since the machine was late. Who is late in each of ten rounds
/// is so by himself, and that is what the last one shows.
template <class Round, class IsLate>
auto unless_late(Round const& round, IsLate const& is_late)
{
    auto result = round();
    for (int again = 0; again < 9 && is_late(std::as_const(result)); ++again)
        result = round();
    return result;
}

} // namespace sealsql::testing

#endif

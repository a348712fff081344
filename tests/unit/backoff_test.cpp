// How long to wait before the next try.

#include <sealsql/detail/backoff.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

using namespace sealsql::detail;
using namespace std::chrono_literals;

TEST_CASE("Pauses double up to the largest, whatever the attempt", "[backoff]")
{
    std::vector<std::chrono::nanoseconds> const expected{20ms,  40ms,  80ms,  160ms,
                                                         320ms, 500ms, 500ms, 500ms};
    for (unsigned i = 0; i < expected.size(); ++i)
        CHECK(longest_backoff(20ms, 500ms, i + 1) == expected[i]);
    CHECK(longest_backoff(20ms, 500ms, 4'000'000'000U) == 500ms);
    CHECK(longest_backoff(1ms, 24h * 365, 4'000'000'000U) == 24h * 365);
    CHECK(longest_backoff(7ms, 7ms, 3) == 7ms);
}

TEST_CASE("A pause is any part of the longest, each as likely", "[backoff]")
{
    constexpr int draws = 4000;
    std::vector<int> tenths(10);
    for (int i = 0; i < draws; ++i) {
        auto const part = random_part(1s);
        REQUIRE(part >= 0ns);
        REQUIRE(part <= 1s);
        ++tenths[static_cast<std::size_t>(
            std::min<std::chrono::nanoseconds::rep>(9, part / std::chrono::nanoseconds{100ms}))];
    }
    // Six standard deviations around 400.
    CHECK(*std::min_element(tenths.begin(), tenths.end()) > 280);
    CHECK(*std::max_element(tenths.begin(), tenths.end()) < 520);
    CHECK(random_part(0ns) == 0ns);
}

TEST_CASE("A backoff is a part of the longest pause that is due", "[backoff]")
{
    std::chrono::nanoseconds longest{};
    for (int i = 0; i < 1000; ++i) {
        auto const pause = backoff(20ms, 500ms, 3);
        REQUIRE(pause >= 0ns);
        REQUIRE(pause <= 80ms);
        longest = std::max(longest, pause);
    }
    CHECK(longest > 60ms);
    CHECK(backoff(0ns, 0ns, 100) == 0ns);
}

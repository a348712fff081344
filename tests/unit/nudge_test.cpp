#include <sealsql/detail/nudge.hpp>

#include <sealsql/pool.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <chrono>
#include <thread>

using namespace std::chrono_literals;
using sealsql::detail::Clock;
using sealsql::detail::Nudge;

TEST_CASE("a word that was said before the wait ends it at once", "[unit][pool]")
{
    Nudge nudge;
    nudge.say(Nudge::Word::done);
    CHECK(nudge.wait_until(Clock::time_point::max()) == Nudge::Word::done);
    CHECK(nudge.wait_until(Clock::now()) == Nudge::Word::none); // it was taken
}

TEST_CASE("the last word counts", "[unit][pool]")
{
    Nudge nudge;
    nudge.say(Nudge::Word::look);
    nudge.say(Nudge::Word::done);
    CHECK(nudge.wait_until(Clock::time_point::max()) == Nudge::Word::done);
}

TEST_CASE("without a word the wait ends when it should", "[unit][pool]")
{
    Nudge nudge;
    Clock::time_point const until = Clock::now() + 30ms;
    CHECK(nudge.wait_until(until) == Nudge::Word::none);
    CHECK(Clock::now() >= until);
    CHECK(nudge.wait_until(Clock::time_point{}) == Nudge::Word::none);
    CHECK(nudge.wait_until(Clock::time_point::min()) == Nudge::Word::none);
}

TEST_CASE("a word after a wait that was over is there for the next", "[unit][pool]")
{
    Nudge nudge;
    CHECK(nudge.wait_until(Clock::now()) == Nudge::Word::none);
    nudge.say(Nudge::Word::look);
    CHECK(nudge.wait_until(Clock::time_point::max()) == Nudge::Word::look);
}

TEST_CASE("a thread that sleeps is woken by each word", "[unit][pool]")
{
    constexpr int rounds = 2000;
    Nudge there;
    Nudge back;
    std::atomic<int> heard{0};
    std::thread other{[&] {
        for (int i = 0; i != rounds; ++i) {
            if (there.wait_until(Clock::now() + 60s) == Nudge::Word::look)
                ++heard;
            back.say(Nudge::Word::done);
        }
    }};
    bool all = true;
    for (int i = 0; i != rounds; ++i) {
        there.say(Nudge::Word::look);
        all = back.wait_until(Clock::time_point::max()) == Nudge::Word::done && all;
    }
    other.join();
    CHECK(all);
    CHECK(heard == rounds);
}

// Shared ownership: one object, which goes with its last owner.

#include <sealsql/detail/shared.hpp>

#include "support/catch.hpp"

#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using sealsql::detail::Shared;

namespace {

struct Counter {
    explicit Counter(int& deaths) : deaths_{&deaths} {}
    Counter(Counter const&) = delete;
    Counter& operator=(Counter const&) = delete;
    ~Counter() { ++*deaths_; }

    int value = 0;

private:
    int* deaths_;
};

// The public classes own what their headers do not define.
class Incomplete;
[[maybe_unused]] Shared<Incomplete> copy_of(Shared<Incomplete> const& other) { return other; }
static_assert(std::is_nothrow_copy_constructible_v<Shared<Counter>>);
static_assert(std::is_nothrow_copy_assignable_v<Shared<Counter>>);

} // namespace

TEST_CASE("A shared object goes with its last owner", "[shared]")
{
    int deaths = 0;
    auto first = Shared<Counter>::make(deaths);
    CHECK(first != nullptr);
    first->value = 7;
    Shared<Counter> second{first};
    CHECK((*second).value == 7);
    first.reset();
    CHECK(first == nullptr);
    CHECK(deaths == 0);

    Shared<Counter> third{std::move(second)};
    CHECK(second == nullptr); // NOLINT(bugprone-use-after-move): that is what is tested
    Shared<Counter>& same = third;
    third = same;
    CHECK(deaths == 0);
    third = Shared<Counter>::make(deaths);
    CHECK(deaths == 1);
    third = {};
    CHECK(deaths == 2);
}

TEST_CASE("An owner of a derived object can be one of its base", "[shared]")
{
    struct Derived : Counter {
        using Counter::Counter;
        int more = 1;
    };
    static_assert(!std::is_convertible_v<Shared<Counter>, Shared<Derived>>);
    int deaths = 0;
    Shared<Derived> derived = Shared<Derived>::make(deaths);
    Shared<Counter> base = derived;
    base->value = 3;
    CHECK(derived->value == 3);
    derived.reset();
    CHECK(deaths == 0); // by whichever owner
    Shared<Counter const> moved = std::move(base);
    CHECK(moved->value == 3);
    moved.reset();
    CHECK(deaths == 1);
}

TEST_CASE("Owners in different threads need no lock", "[shared]")
{
    int deaths = 0;
    {
        auto const first = Shared<Counter>::make(deaths);
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([first] {
                for (int j = 0; j < 10'000; ++j)
                    Shared<Counter> const copy{first};
            });
        for (std::thread& thread : threads)
            thread.join();
        CHECK(deaths == 0);
    }
    CHECK(deaths == 1);
}

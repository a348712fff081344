// The growing list that stands in for std::vector inside.

#include <sealsql/detail/list.hpp>

#include "support/catch.hpp"

#include <string>
#include <type_traits>
#include <utility>

using sealsql::detail::List;

static_assert(std::is_nothrow_move_constructible_v<List<std::string>>);
static_assert(std::is_nothrow_move_assignable_v<List<std::string>>);

TEST_CASE("A list keeps its elements as it grows", "[list]")
{
    List<std::string> list;
    CHECK(list.empty());
    CHECK(list.begin() == list.end());
    for (int i = 0; i < 100; ++i)
        list.push_back(std::to_string(i));
    REQUIRE(list.size() == 100);
    int expected = 0;
    for (std::string const& element : list)
        CHECK(element == std::to_string(expected++));

    list.push_back(list[7]); // one of its own
    CHECK(list[100] == "7");
}

TEST_CASE("Elements that come back are new ones", "[list]")
{
    List<std::string> list;
    list.resize(3);
    list[2] = "old";
    list.resize(1);
    CHECK(list.size() == 1);
    list.resize(3);
    CHECK(list[2].empty());
}

TEST_CASE("A list is made of its elements", "[list]")
{
    List<std::string> list{"a", "b"};
    REQUIRE(list.size() == 2);
    CHECK(list.front() == "a");
    for (std::string& element : list)
        element += "c";
    CHECK(list[1] == "bc");
    list = {};
    CHECK(list.empty());
}

TEST_CASE("Lists are equal if their elements are", "[list]")
{
    List<std::string> const list{"a", "b"};
    CHECK(list == List<std::string>{"a", "b"});
    CHECK(list != List<std::string>{"a"});
    CHECK(list != List<std::string>{"a", "c"});
    CHECK(list != List<std::string>{"a", "b", "c"});
    List<std::string> cut_off{"a", "b", "c"};
    cut_off.resize(2);
    CHECK(list == cut_off); // what is in room that is not in use is no matter
}

TEST_CASE("Copies of a list are apart", "[list]")
{
    List<std::string> list;
    list.push_back("a");
    List<std::string> copy{list};
    copy[0] = "b";
    copy.push_back("c");
    CHECK(list.size() == 1);
    CHECK(list[0] == "a");

    List<std::string>& same = copy;
    copy = same;
    CHECK(copy.size() == 2);

    List<std::string> const taken{std::move(copy)};
    CHECK(copy.empty()); // NOLINT(bugprone-use-after-move): that is what is tested
    CHECK(taken[1] == "c");
    copy.push_back("d"); // it can be used again
    CHECK(copy[0] == "d");
}

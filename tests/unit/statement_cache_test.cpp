// Which prepared statements are kept.

#include <sealsql/detail/statement_cache.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

using sealsql::detail::Shared;
using sealsql::detail::Statement;
using sealsql::detail::StatementCache;

namespace {

Shared<Statement> statement(std::string sql, std::uint32_t id = 0)
{
    auto made = Shared<Statement>::make();
    made->sql = std::move(sql);
    made->id = id;
    return made;
}

/// The text of what had to go, or "-".
std::string insert(StatementCache& cache, std::string sql)
{
    auto const gone = cache.insert(statement(std::move(sql)));
    return gone ? gone->sql : "-";
}

} // namespace

TEST_CASE("A statement is found by its text", "[statement_cache]")
{
    StatementCache cache{3};
    CHECK(cache.capacity() == 3);
    CHECK_FALSE(cache.find("SELECT 1"));
    CHECK(cache.insert(statement("SELECT 1", 7)) == nullptr);
    CHECK(cache.insert(statement("SELECT 2", 8)) == nullptr);
    REQUIRE(cache.find("SELECT 1"));
    CHECK(cache.find("SELECT 1")->id == 7);
    CHECK(cache.find("SELECT 2")->id == 8);
    for (std::string_view const other : {"", "SELECT 1 ", "select 1", "SELECT", "SELECT 12"})
        CHECK_FALSE(cache.find(other));
    CHECK_FALSE(cache.find(std::string_view{"SELECT 1\0", 9}));
    CHECK(cache.size() == 2);
}

TEST_CASE("The statement that was not used for the longest time goes first", "[statement_cache]")
{
    StatementCache cache{3};
    for (char const* sql : {"a", "b", "c"})
        CHECK(insert(cache, sql) == "-");
    CHECK(insert(cache, "d") == "a");
    CHECK(cache.find("b")); // is used, so c is the oldest now
    CHECK(insert(cache, "e") == "c");
    CHECK(insert(cache, "f") == "d");
    CHECK(insert(cache, "g") == "b");
    CHECK(cache.size() == 3);
    CHECK_FALSE(cache.find("a"));
    CHECK_FALSE(cache.find("b"));
    CHECK(cache.find("e"));
    CHECK(cache.find("f"));
    CHECK(cache.find("g"));
    // Looking for what is not there uses nothing.
    CHECK_FALSE(cache.find("x"));
    CHECK(insert(cache, "h") == "e");
}

TEST_CASE("A cache of one, and of none", "[statement_cache]")
{
    StatementCache one{1};
    CHECK(insert(one, "a") == "-");
    CHECK(insert(one, "b") == "a");
    CHECK(one.find("b"));
    StatementCache none{0};
    CHECK(insert(none, "a") == "a"); // its server is to forget it at once
    CHECK_FALSE(none.find("a"));
    CHECK(none.size() == 0);
}

TEST_CASE("Statements can be forgotten", "[statement_cache]")
{
    StatementCache cache{3};
    for (char const* sql : {"a", "b", "c"})
        CHECK(insert(cache, sql) == "-");
    cache.remove("a");
    cache.remove("a");
    cache.remove("not there");
    CHECK(cache.size() == 2);
    CHECK_FALSE(cache.find("a"));
    CHECK(cache.find("b"));
    CHECK(cache.find("c"));
    CHECK(insert(cache, "d") == "-"); // there is room again
    CHECK(insert(cache, "e") == "b");
    auto const kept = cache.find("c");
    cache.clear();
    CHECK(cache.size() == 0);
    CHECK_FALSE(cache.find("c"));
    CHECK(kept->sql == "c"); // whoever has it has it
    CHECK(insert(cache, "f") == "-");
}

// Several results of one statement: texts of several statements, procedures and their parameters, warnings.

#include "server.hpp"

#include <sealsql/results.hpp>

#include "support/catch.hpp"

#include <string_view>
#include <tuple>
#include <type_traits>

namespace {

using namespace sealsql;
using namespace sealsql::testing;

struct Pair {
    int id;
    std::optional<std::string> name;
};

struct Parameters {
    std::optional<int> doubled;
    std::optional<std::string> greeting;
};

/// For as long as this object lives.
class Procedure {
public:
    Procedure()
    {
        db.execute("DROP PROCEDURE IF EXISTS greet");
        db.execute("CREATE PROCEDURE greet(IN who VARCHAR(100), INOUT doubled INT, "
                   "OUT greeting VARCHAR(100)) "
                   "BEGIN SELECT 1 AS id, who AS name UNION SELECT 2, 'Bob'; "
                   "SELECT 2.5 AS number; SELECT 1 FROM DUAL WHERE FALSE; "
                   "SET doubled = 2 * doubled, greeting = CONCAT('Hello ', who); END");
    }
    ~Procedure()
    {
        try {
            db.execute("DROP PROCEDURE greet");
        } catch (Error const&) {
        }
    }
    Procedure(Procedure const&) = delete;
    Procedure& operator=(Procedure const&) = delete;

    Connection db = builder().connect();
};

} // namespace

TEST_CASE("rows that were left behind give nothing of the next result", "[integration][results]")
{
    auto db = builder().multi_statements().connect();
    Results results{db, "SELECT 1, 2, 3; SELECT 4"};
    auto left = results.rows<std::tuple<int, int, int>>();
    REQUIRE(results.next());
    CHECK(left.begin() == left.end());
    CHECK(results.all<int>() == std::vector<int>{4});
}

TEST_CASE("a result has the shapes that a query has", "[integration][results]")
{
    auto db = builder().multi_statements().connect();
    Results results{db,
                    "SELECT 1 AS a FROM DUAL WHERE FALSE; SELECT 2 AS a; SELECT 3; SELECT 4 UNION "
                    "SELECT 5; DO 1"};
    auto rows = results.rows<int>();
    CHECK(rows.columns().size() == 1);
    CHECK(rows.columns()[0].name == "a");
    CHECK(!results.opt<int>());
    REQUIRE(results.next());
    CHECK(rows.columns()[0].name == "a"); // its own, whatever came meanwhile
    CHECK(results.opt<int>() == 2);
    REQUIRE(results.next());
    CHECK(results.value<int>() == 3);
    REQUIRE(results.next());
    CHECK_THROWS_AS(results.opt<int>(), Error);
    REQUIRE(results.next());
    CHECK(results.rows().columns().empty());
    CHECK_THROWS_AS(results.value<int>(), Error);
    static_assert(!std::is_move_constructible_v<Results>);
}

TEST_CASE("texts of several statements, where they are asked for", "[integration][results]")
{
    auto closed = builder().connect();
    CHECK(error_of([&] { closed.execute("DO 1; DO 2"); }).code() == 1064);

    auto db = builder().multi_statements().connect();
    Results results{db, "SELECT 1 AS id, 'x' AS name; CREATE TEMPORARY TABLE several (a INT); "
                        "INSERT INTO several VALUES (1), (2), (3); SELECT a FROM several"};
    CHECK(results.has_rows());
    CHECK(results.columns().size() == 2);
    CHECK(results.one<Pair>().name == "x");
    REQUIRE(results.next());
    CHECK_FALSE(results.has_rows());
    REQUIRE(results.next());
    CHECK(results.done().affected_rows == 3);
    REQUIRE(results.next());
    int sum = 0;
    for (int const a : results.rows<int>())
        sum += a;
    CHECK(sum == 6);
    CHECK_FALSE(results.next());
    CHECK_FALSE(results.next());
    CHECK(db.query_value<int>("SELECT 1") == 1);

    SECTION("an error of one of them ends the rest")
    {
        Results half{db, "SELECT 1; SELECT no_such_column; INSERT INTO several VALUES (4)"};
        CHECK(half.one<int>() == 1);
        CHECK(error_of([&] { half.next(); }).code() == 1054);
        CHECK(db.query_value<int>("SELECT COUNT(*) FROM several") == 3);
    }
    SECTION("what is left is read away")
    {
        {
            Results left{db, "SELECT a FROM several; SELECT a FROM several; SELECT a FROM several"};
            auto rows = left.rows<int>();
            CHECK(*rows.begin() == 1);
            CHECK(left.next());
        }
        CHECK(db.query_value<int>("SELECT 1") == 1);
        Results finished{db, "SELECT a FROM several; DELETE FROM several"};
        CHECK(finished.finish().affected_rows == 3);
        CHECK(db.query_value<int>("SELECT 2") == 2);
    }
    SECTION("types are checked as ever")
    {
        Results wrong{db, "SELECT 1 AS a; SELECT NULL AS id, 2 AS name"};
        CHECK_THROWS_AS(wrong.one<Pair>(), Error);
        REQUIRE(wrong.next());
        CHECK_THROWS_AS(wrong.all<Pair>(), Error);
        CHECK_THROWS_AS(wrong.out_parameters(), Error);
    }
    SECTION("after a reset")
    {
        db.reset();
        Results again{db, "SELECT 1; SELECT 2"};
        CHECK(again.one<int>() == 1);
        CHECK(again.next());
        CHECK(again.one<int>() == 2);
    }
}

TEST_CASE("procedures: results, then OUT and INOUT parameters", "[integration][results]")
{
    Procedure procedure;
    Connection& db = procedure.db;

    Results results{db, "CALL greet(?, ?, ?)", "Ann", 21, nullptr};
    auto const people = results.all<Pair>();
    REQUIRE(people.size() == 2);
    CHECK(people[0].name == "Ann");
    CHECK_FALSE(results.has_out_parameters());
    REQUIRE(results.next());
    CHECK(results.one<double>() == 2.5);
    REQUIRE(results.next());
    CHECK(results.has_rows());
    CHECK(results.all().empty());
    REQUIRE(results.next());
    CHECK(results.has_out_parameters());
    CHECK(results.columns()[1].name == "greeting");
    auto const [doubled, greeting] = results.out_parameters<std::tuple<int, std::string>>();
    CHECK(doubled == 42);
    CHECK(greeting == "Hello Ann");
    results.finish();

    // From the cache, by names, and straight to the parameters.
    Results by_name{db, "CALL greet(?, ?, ?)", "Eve", std::nullopt, nullptr};
    auto const parameters = by_name.out_parameters<Parameters>();
    CHECK_FALSE(parameters.doubled);
    CHECK(parameters.greeting == "Hello Eve");
    by_name.finish();

    auto statement = db.prepare("CALL greet(?, ?, ?)");
    for (int i = 1; i < 4; ++i) {
        Results prepared{statement, "Joe", i, nullptr};
        auto rows = prepared.rows();
        CHECK(rows.begin()->get<std::string>("name") == "Joe"); // and what is left is read away
    }
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("a result of more rows than was said", "[integration][results]")
{
    auto db = builder().connect();
    Results two{db, "SELECT 1 UNION SELECT 2"};
    CHECK(std::string_view{error_of([&] { static_cast<void>(two.one<int>()); }).what()}.find(
              "more than one row") != std::string_view::npos);
    two.finish();
    Results none{db, "SELECT 1 FROM DUAL WHERE FALSE"};
    CHECK(std::string_view{error_of([&] { static_cast<void>(none.one<int>()); }).what()}.find(
              "no row") != std::string_view::npos);
}

TEST_CASE("warnings of statements with parameters", "[integration][results]")
{
    for (std::size_t const cache : {std::size_t{0}, std::size_t{1}, std::size_t{64}}) {
        auto db = builder().statement_cache_size(cache).connect();
        db.execute("SET SESSION sql_mode = ''");
        db.execute("CREATE TEMPORARY TABLE narrow (a TINYINT)");
        for (int round = 0; round < 2; ++round) {
            INFO("cache of " << cache << ", round " << round);
            CHECK(db.query_value<int>("SELECT ?", 1) == 1); // which has to go for the next
            CHECK(db.execute("INSERT INTO narrow VALUES (?), (?)", 1000, 2000).warning_count == 2);
            auto const warnings = db.warnings();
            REQUIRE(warnings.size() == 2);
            CHECK(warnings[0].level == "Warning");
            CHECK(warnings[1].code == 1264);
            CHECK(std::string_view{warnings[1].message}.find("row 2") != std::string_view::npos);
        }
        auto insert = db.prepare("INSERT INTO narrow VALUES (?)");
        CHECK(insert.execute(1000).warning_count == 1);
        CHECK(db.warnings().size() == 1);
    }
}

TEST_CASE("a statement that cannot be prepared runs no other one", "[integration]")
{
    // MariaDB takes "the statement that was prepared last" for an older one when it cannot even begin with the
    // next: with the values meant for a SELECT it would run a DELETE.
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE precious (a INT NOT NULL)");
    db.execute("INSERT INTO precious VALUES (1), (2), (3)");
    db.execute("DELETE FROM precious WHERE a = ?", 99);
    auto root = admin();
    auto const most = root.query_value<int>("SELECT @@GLOBAL.max_prepared_stmt_count");
    auto const limit = [&](int count) {
        root.execute(
            Sql::unchecked("SET GLOBAL max_prepared_stmt_count = " + std::to_string(count)));
    };
    std::vector<int> codes;
    limit(0);
    try {
        for (int round = 0; round < 2; ++round)
            codes.push_back(error_of([&] {
                                static_cast<void>(
                                    db.query_all<int>("SELECT a FROM precious WHERE a < ?", 2));
                            }).code());
    } catch (...) {
        limit(most);
        throw;
    }
    limit(most);
    CHECK(codes == std::vector<int>{1461, 1461});
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM precious") == 3);
    // All goes on as usual, what was prepared included.
    CHECK(db.execute("DELETE FROM precious WHERE a = ?", 1).affected_rows == 1);
    CHECK(db.query_all<int>("SELECT a FROM precious WHERE a < ?", 3) == std::vector<int>{2});
    CHECK(db.query_all<int>("SELECT a FROM precious WHERE a > ?", 2) == std::vector<int>{3});
}

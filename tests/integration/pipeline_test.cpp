// Batches of statements in one write, against a real server.

#include "server.hpp"

#include <sealsql/pipeline.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <limits>
#include <string_view>
#include <tuple>

namespace {

using namespace sealsql;
using namespace sealsql::testing;

struct Item {
    int id;
    std::string name;
    std::optional<std::string> note;
};

Connection with_items()
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE item (id INT NOT NULL PRIMARY KEY, "
               "name VARCHAR(100) NOT NULL, note VARCHAR(100))");
    db.execute("INSERT INTO item VALUES (1, 'one', NULL), (2, 'two', 'deux')");
    return db;
}

/// A counter of this session's, such as of prepared statements that were closed.
std::int64_t counter(Connection& db, std::string const& name)
{
    return std::get<1>(db.query_one<std::tuple<std::string, std::int64_t>>(
        Sql::unchecked("SHOW SESSION STATUS LIKE '" + name + "'")));
}

} // namespace

TEST_CASE("a batch tells the session what its statements changed, and may not choose a database",
          "[integration][pipeline]")
{
    auto db = builder().connect();
    REQUIRE(db.character_set() == "utf8mb4");
    Pipeline batch{db};
    auto const done = batch.execute("SET NAMES latin1");
    batch.run();
    CHECK(db.character_set() == "latin1");

    for (Sql const use : {Sql{"USE information_schema"}, Sql{" use`information_schema`"},
                          Sql{"/* now */ USE information_schema"}}) {
        CAPTURE(use.text());
        Pipeline refused{db};
        auto const one = refused.execute(use);
        CHECK_THROWS_AS(refused.run(), Error);
        CHECK(db.query_value<std::string>("SELECT DATABASE()") == Server::get()["DATABASE"]);
    }
    Pipeline fine{db};
    auto const value = fine.query_value<int>("SELECT 1 AS `use`");
    // Where there can be no second statement, a semicolon begins none.
    auto const text = fine.query_value<std::string>("SELECT 'first; use the other'");
    fine.run();
    CHECK(value.value() == 1);
    CHECK(text.value() == "first; use the other");
    auto several = builder().multi_statements().connect();
    Pipeline second{several};
    auto const other = second.execute("SELECT 1; USE information_schema");
    CHECK_THROWS_AS(second.run(), Error);
    if (!Server::get().is_mariadb())
        return;
    db.execute("PREPARE other FROM 'USE information_schema'");
    Pipeline hidden{db};
    auto const executed = hidden.execute("EXECUTE other");
    CHECK_THROWS_AS(hidden.run(), Error);
    CHECK(db.query_value<std::string>("SELECT DATABASE()") == Server::get()["DATABASE"]);
}

TEST_CASE("a batch gives each statement its own result", "[integration][pipeline]")
{
    auto db = with_items();
    Pipeline batch{db};
    auto const all = batch.query_all<Item>("SELECT id, name, note FROM item ORDER BY id");
    auto const one = batch.query_one<Item>("SELECT note, name, id FROM item WHERE id = ?", 2);
    auto const none = batch.query_opt<Item>("SELECT id, name, note FROM item WHERE id = ?", 99);
    auto const some = batch.query_opt<std::string>("SELECT name FROM item WHERE id = ?", 1);
    auto const inserted =
        batch.execute("INSERT INTO item VALUES (?, ?, ?)", 3, "three", std::nullopt);
    auto const count = batch.query_value<int>("SELECT COUNT(*) FROM item");
    auto const rows = batch.query_all("SELECT name FROM item WHERE id > ? ORDER BY id", 1);
    auto const dropped = batch.execute("SELECT id FROM item");
    CHECK(batch.size() == 8);
    CHECK_FALSE(count);
    CHECK(error_of([&] { static_cast<void>(count.value()); }).code() == 2014);
    batch.run();
    CHECK(batch.size() == 0);

    REQUIRE(all.value().size() == 2);
    CHECK(all.value()[1].note == "deux");
    CHECK(one.value().name == "two");
    CHECK_FALSE(none.value());
    CHECK(some.value() == "one");
    CHECK(inserted.value().affected_rows == 1);
    CHECK(count.value() == 3); // in order
    REQUIRE(rows.value().size() == 2);
    CHECK(rows.value()[1].get<std::string>("name") == "three");
    CHECK(dropped);

    // Filled again; what was prepared is used again.
    auto const before = counter(db, "Com_stmt_prepare");
    auto const again = batch.query_one<Item>("SELECT note, name, id FROM item WHERE id = ?", 1);
    batch.run();
    CHECK(again.value().name == "one");
    CHECK(counter(db, "Com_stmt_prepare") == before);
    CHECK(db.query_one<Item>("SELECT note, name, id FROM item WHERE id = ?", 3).name == "three");
    CHECK(counter(db, "Com_stmt_prepare") == before);
}

TEST_CASE("an error in a batch is one statement's own", "[integration][pipeline]")
{
    auto db = with_items();
    Pipeline batch{db};
    auto const first = batch.query_value<int>("SELECT 1");
    auto const syntax = batch.execute("SELEC 1");
    auto const unprepared =
        batch.query_value<int>("SELECT no_such_column FROM item WHERE id = ?", 1);
    auto const duplicate = batch.execute("INSERT INTO item VALUES (?, 'again', NULL)", 1);
    auto const too_few = batch.query_value<int>("SELECT id FROM item WHERE id = ? AND name = ?", 1);
    auto const misfit = batch.query_all<std::tuple<int, int>>("SELECT id FROM item");
    auto const null = batch.query_all<std::string>("SELECT note FROM item");
    auto const many = batch.query_one<int>("SELECT id FROM item");
    auto const many_opt = batch.query_opt<int>("SELECT id FROM item");
    auto const none = batch.query_value<int>("SELECT id FROM item WHERE id = 99");
    auto const no_rows = batch.query_all<Item>("DO 1");
    auto const last = batch.query_value<int>("SELECT ?", 7);
    CHECK(batch.try_run() == 10);
    CHECK(first.value() == 1);
    CHECK(syntax.error()->code() == 1064);
    CHECK(unprepared.error()->code() == 1054);
    CHECK(duplicate.error()->code() == 1062);
    CHECK(std::string_view{too_few.error()->what()}.find("has 2 parameters") !=
          std::string_view::npos);
    CHECK(std::string_view{misfit.error()->what()}.find("2 fields") != std::string_view::npos);
    CHECK(std::string_view{null.error()->what()}.find("NULL") != std::string_view::npos);
    CHECK(std::string_view{many.error()->what()}.find("more than one row") !=
          std::string_view::npos);
    CHECK(std::string_view{many_opt.error()->what()}.find("more than one row") !=
          std::string_view::npos);
    CHECK(std::string_view{none.error()->what()}.find("no row") != std::string_view::npos);
    CHECK(std::string_view{no_rows.error()->what()}.find("execute()") != std::string_view::npos);
    CHECK(error_of([&] { static_cast<void>(duplicate.value()); }).code() == 1062);
    CHECK(last.value() == 7);

    // run() tells of the first, when all were run.
    batch.execute("INSERT INTO item VALUES (1, 'again', NULL)");
    auto const behind = batch.execute("INSERT INTO item VALUES (4, 'four', NULL)");
    CHECK(error_of([&] { batch.run(); }).code() == 1062);
    CHECK(behind.value().affected_rows == 1);

    // A parameter that cannot be sent is not added.
    CHECK_THROWS_AS(batch.execute("SELECT ?, ?", 1, std::nan("")), Error);
    CHECK(batch.size() == 0);
    auto const good = batch.query_value<double>("SELECT ? + 0e0", 1.5);
    batch.run();
    CHECK(good.value() == 1.5);
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM item") == 3);
}

TEST_CASE("a batch runs statements that the caller has prepared", "[integration][pipeline]")
{
    auto db = with_items();
    auto insert = db.prepare("INSERT INTO item VALUES (?, ?, NULL)");
    auto const select = db.prepare("SELECT COUNT(*) FROM item");
    Pipeline batch{db};
    for (int id = 10; id < 20; ++id)
        batch.execute(insert, id, "name");
    auto const count = batch.query_value<int>(select);
    batch.run();
    CHECK(count.value() == 12);

    // A session that begins anew prepares them anew.
    db.reset();
    db.execute("CREATE TEMPORARY TABLE item (id INT, name VARCHAR(100), note INT)");
    batch.execute(insert, 1, "name");
    auto const after = batch.query_value<int>(select);
    batch.run();
    CHECK(after.value() == 1);
    CHECK(insert.execute(2, "x").affected_rows == 1);

    auto other = builder().connect();
    Pipeline elsewhere{other};
    CHECK_THROWS_AS(elsewhere.execute(insert, 1, "x"), Error);
}

TEST_CASE("a batch prepares what stands behind a change of tables after it",
          "[integration][pipeline]")
{
    auto db = builder().connect();
    Pipeline batch{db};
    auto const too_early = batch.execute("INSERT INTO fresh VALUES (?)", 1);
    batch.execute("CREATE TEMPORARY TABLE fresh (a INT NOT NULL)");
    auto const in_time = batch.execute("INSERT INTO fresh VALUES (?)", 2);
    auto const read = batch.query_all<int>("SELECT a FROM fresh WHERE a > ?", 0);
    batch.execute("DROP TEMPORARY TABLE fresh");
    auto const too_late = batch.query_all<int>("SELECT a FROM fresh WHERE a > ?", 0);
    CHECK(batch.try_run() == 2);
    CHECK(too_early.error()->code() == 1146);
    CHECK(in_time);
    CHECK(read.value() == std::vector<int>{2});
    CHECK(too_late.error()->code() == 1146);
}

TEST_CASE("a batch of any size neither blocks nor grows beyond its results",
          "[integration][pipeline]")
{
    auto db = with_items();
    db.execute("CREATE TEMPORARY TABLE big (id INT NOT NULL, text LONGTEXT NOT NULL)");
    std::string const text(100'000, 'x');

    // Large statements and large results at the same time, far more than sockets hold.
    Pipeline batch{db};
    std::vector<PipelineResult<std::string>> texts;
    for (int id = 0; id < 100; ++id) {
        batch.execute("INSERT INTO big VALUES (?, ?)", id, text);
        texts.push_back(batch.query_value<std::string>("SELECT text FROM big WHERE id = ?", id));
    }
    batch.run();
    for (auto const& result : texts)
        CHECK(result.value() == text);

    std::vector<PipelineResult<int>> numbers;
    for (int i = 0; i < 5'000; ++i)
        numbers.push_back(i % 2 == 0 ? batch.query_value<int>("SELECT ?", i)
                                     : batch.query_value<int>("SELECT 1"));
    batch.run();
    for (int i = 0; i < 5'000; ++i)
        REQUIRE(numbers[static_cast<std::size_t>(i)].value() == (i % 2 == 0 ? i : 1));
}

TEST_CASE("a batch of more statements than the cache holds", "[integration][pipeline]")
{
    auto db = builder().statement_cache_size(2).connect();
    auto const check = [&] {
        Pipeline batch{db};
        std::vector<PipelineResult<int>> results;
        for (int round = 0; round < 3; ++round)
            for (int i = 0; i < 10; ++i)
                results.push_back(batch.query_value<int>(
                    Sql::unchecked("SELECT ? + " + std::to_string(100 * i)), round));
        batch.run();
        for (int i = 0; i < 30; ++i)
            REQUIRE(results[static_cast<std::size_t>(i)].value() == i / 10 + 100 * (i % 10));
    };
    check();
    check();
    db.execute("DO 1"); // tells the server which to close
    CHECK(counter(db, "Com_stmt_prepare") - counter(db, "Com_stmt_close") <= 2);
}

TEST_CASE("a batch refuses to begin where the connection is not free", "[integration][pipeline]")
{
    auto db = with_items();
    Pipeline batch{db};
    auto const result = batch.query_value<int>("SELECT 1");
    {
        auto rows = db.query("SELECT id FROM item");
        CHECK(error_of([&] { batch.run(); }).code() == 2014);
    }
    CHECK(batch.size() == 1);
    batch.run();
    CHECK(result.value() == 1);
    batch.run(); // nothing to do
    CHECK_THROWS_AS(batch.execute(""), Error);
}

TEST_CASE("a connection that is killed ends the rest of a batch", "[integration][pipeline]")
{
    auto db = with_items();
    Pipeline batch{db};
    auto const first = batch.query_value<int>("SELECT 1");
    auto const suicide =
        batch.execute(Sql::unchecked("KILL " + std::to_string(db.connection_id())));
    auto const last = batch.query_value<int>("SELECT 2");
    Error const error = error_of([&] { batch.run(); });
    INFO(error.what());
    CHECK(error.poisons_connection());
    CHECK(first.value() == 1);
    CHECK(last.error() != nullptr);
    CHECK(suicide.error() != nullptr);
    CHECK_FALSE(db.usable());
}

TEST_CASE("results of procedures within a batch", "[integration][pipeline]")
{
    auto db = builder().connect();
    db.execute("DROP PROCEDURE IF EXISTS two_results");
    db.execute("CREATE PROCEDURE two_results(IN n INT) BEGIN SELECT n; SELECT 'x', 'y'; END");
    Pipeline batch{db};
    auto const first = batch.query_all<int>("CALL two_results(?)", 5);
    auto const text = batch.query_all<int>("CALL two_results(6)");
    auto const after = batch.query_value<int>("SELECT 1");
    batch.run();
    CHECK(first.value() == std::vector<int>{5});
    CHECK(text.value() == std::vector<int>{6});
    CHECK(after.value() == 1);
    db.execute("DROP PROCEDURE two_results");
}

#include "server.hpp"

#include <sealsql/bulk.hpp>
#include <sealsql/kept_rows.hpp>
#include <sealsql/load_data.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/results.hpp>

#include "support/catch.hpp"
#include "support/soon.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

namespace {

struct User {
    std::int64_t id;
    std::string name;
    std::optional<std::string> email;
};

} // namespace

TEST_CASE("create, insert and query typed rows", "[integration][valgrind]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE users (id BIGINT PRIMARY KEY AUTO_INCREMENT, "
               "name VARCHAR(40) NOT NULL, email VARCHAR(80))");
    auto const inserted =
        db.execute("INSERT INTO users (name, email) VALUES ('Ann', NULL), ('Bob', 'bob@example')");
    CHECK(inserted.affected_rows == 2);
    CHECK(inserted.last_insert_id == 1);
    CHECK(inserted.warning_count == 0);

    std::vector<std::string> seen;
    for (auto const& [id, name, email] :
         db.query<User>("SELECT id, name, email FROM users ORDER BY id"))
        seen.push_back(std::to_string(id) + name + email.value_or("-"));
    CHECK(seen == std::vector<std::string>{"1Ann-", "2Bobbob@example"});

    using Pair = std::tuple<std::string_view, std::optional<std::string_view>>;
    std::string joined;
    for (auto const& [name, email] : db.query<Pair>("SELECT name, email FROM users ORDER BY id"))
        joined += std::string{name} + "/" + std::string{email.value_or("NULL")} + ";";
    CHECK(joined == "Ann/NULL;Bob/bob@example;");

    CHECK(db.query_all<User>("SELECT id, name, email FROM users").size() == 2);
    CHECK(db.query_opt<User>("SELECT id, name, email FROM users WHERE id = 2")->name == "Bob");
    CHECK_FALSE(db.query_opt<User>("SELECT id, name, email FROM users WHERE id = 3"));
    CHECK(db.query_one<User>("SELECT id, name, email FROM users WHERE id = 1").id == 1);
    CHECK(db.query_value<std::int64_t>("SELECT COUNT(*) FROM users") == 2);

    CHECK(db.execute("UPDATE users SET name = 'Ann' WHERE id = 1").affected_rows == 0);
    CHECK(db.execute("UPDATE users SET name = 'Eve'").affected_rows == 2);
    CHECK(db.execute("DELETE FROM users").affected_rows == 2);
    CHECK(db.query_all<User>("SELECT id, name, email FROM users").empty());
}

TEST_CASE("found rows are counted where they are asked for", "[integration]")
{
    for (bool const found : {false, true}) {
        auto db = builder().found_rows(found).connect();
        db.execute("CREATE TEMPORARY TABLE account (id INT PRIMARY KEY, balance INT)");
        db.execute("INSERT INTO account VALUES (1, 100), (2, 200), (3, 300)");
        std::uint64_t const same = found ? 1 : 0;
        // As text, prepared, in one write with others and in bulk, before and after a reset.
        for (int round = 0; round < 2; ++round) {
            CAPTURE(found, round);
            CHECK(db.execute("UPDATE account SET balance = 100 WHERE id = 1").affected_rows ==
                  same);
            CHECK(db.query_value<int>("SELECT ROW_COUNT()") == static_cast<int>(same));
            CHECK(db.execute("UPDATE account SET balance = ? WHERE id = ?", 100, 1).affected_rows ==
                  same);
            CHECK(db.execute("UPDATE account SET balance = 100 WHERE id IN (1, 2)").affected_rows ==
                  1 + same);
            CHECK(db.execute("UPDATE account SET balance = 200 WHERE id = 2").affected_rows == 1);
            CHECK(db.execute("UPDATE account SET balance = 0 WHERE id = 9").affected_rows == 0);
            CHECK(db.execute("INSERT INTO account VALUES (1, 100) "
                             "ON DUPLICATE KEY UPDATE balance = VALUES(balance)")
                      .affected_rows == same);
            Pipeline batch{db};
            auto const piped = batch.execute("UPDATE account SET balance = ? WHERE id = ?", 200, 2);
            batch.run();
            CHECK(piped.value().affected_rows == same);
            std::vector<std::pair<int, int>> const rows{{100, 1}, {200, 2}, {1, 9}};
            CHECK(bulk_execute(db, "UPDATE account SET balance = ? WHERE id = ?", rows)
                      .affected_rows == 2 * same);
            CHECK(db.execute("DELETE FROM account WHERE id = 3").affected_rows == 1);
            db.reset();
            db.execute("CREATE TEMPORARY TABLE account (id INT PRIMARY KEY, balance INT)");
            db.execute("INSERT INTO account VALUES (1, 100), (2, 200), (3, 300)");
        }
    }
}

TEST_CASE("dynamic rows know their columns", "[integration]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE big (Billions BIGINT UNSIGNED NOT NULL)");
    db.execute("INSERT INTO big VALUES (5000000000)");
    auto rows = db.query("SELECT Billions, NULL AS nothing, 'x' AS letter FROM big");
    REQUIRE(rows.columns().size() == 3);
    CHECK(rows.columns()[0].name == "Billions");
    CHECK(rows.columns()[0].type == ColumnType::big_int);
    CHECK(rows.columns()[0].is_unsigned);
    CHECK(rows.columns()[1].nullable);
    CHECK_FALSE(rows.columns()[2].is_binary);
    std::optional<Row> kept;
    for (Row const& row : rows)
        kept = row;
    REQUIRE(kept);
    CHECK(kept->get<std::int64_t>("billions") == 5'000'000'000);
    CHECK(kept->get<std::optional<int>>(1) == std::nullopt);
    CHECK((*kept)["letter"] == "x");
    CHECK_THROWS_AS(kept->get<int>(1), Error);
    CHECK_THROWS_AS(kept->get<int>("no such column"), Error);
}

TEST_CASE("columns know what the server says of them", "[integration]")
{
    auto db = builder().connect();
    db.execute(
        "CREATE TEMPORARY TABLE described (id INT AUTO_INCREMENT PRIMARY KEY, "
        "code VARCHAR(10) NOT NULL UNIQUE, part INT NOT NULL DEFAULT 1, other INT, "
        "at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, "
        "data JSON, bytes VARBINARY(10), shape POINT, KEY (part, other)) CHARACTER SET latin1");
    db.execute("INSERT INTO described (code) VALUES (?)", "a");
    bool const is_mariadb = Server::get().is_mariadb();
    for (bool const is_prepared : {false, true}) {
        CAPTURE(is_prepared);
        constexpr Sql select =
            "SELECT id, code AS c, part, other, at, data, bytes, shape, 1 + 1 FROM described AS d";
        auto statement = db.prepare(select);
        auto rows = is_prepared ? statement.query() : db.query(select);
        Columns const& columns = rows.columns();
        REQUIRE(columns.size() == 9);
        for (std::size_t i = 0; i < 8; ++i) {
            CAPTURE(i);
            CHECK(columns[i].table == "d");
            CHECK(columns[i].original_table == "described");
            CHECK(columns[i].is_primary_key == (i == 0));
            CHECK(columns[i].is_auto_increment == (i == 0));
            CHECK(columns[i].is_unique_key == (i == 1));
            CHECK(columns[i].has_no_default == (i == 1));
            CHECK(columns[i].is_multiple_key == (i == 2));
            CHECK(columns[i].is_updated_to_now == (i == 4));
        }
        CHECK(columns[1].original_name == "code");
        CHECK(columns[8].original_table.empty());
        CHECK_FALSE(columns[8].is_multiple_key);
        CHECK(columns[0].collation == 63);
        CHECK(columns[6].collation == 63);
        CHECK(columns[6].is_binary);
        CHECK_FALSE(columns[1].is_binary);
        CHECK(columns[5].extended_type == (is_mariadb ? "json" : ""));
        CHECK((columns[5].type == ColumnType::json) == !is_mariadb);
        CHECK(columns[7].extended_type == (is_mariadb ? "point" : ""));
        for (std::size_t const i : {0U, 1U, 2U, 3U, 4U, 6U, 8U})
            CHECK(columns[i].extended_type.empty());
    }
    if (is_mariadb) {
        db.execute("CREATE TEMPORARY TABLE addresses (u UUID, six INET6, four INET4)");
        auto rows = db.query("SELECT u, six, four FROM addresses");
        CHECK(rows.columns()[0].extended_type == "uuid");
        CHECK(rows.columns()[1].extended_type == "inet6");
        CHECK(rows.columns()[2].extended_type == "inet4");
    }
    // What the number of a collation tells: in which character set the text comes.
    auto const set_of_text = [&] {
        auto const number = [&] {
            auto rows = db.query("SELECT code FROM described");
            return rows.columns()[0].collation;
        }();
        if (is_mariadb)
            return db.query_value<std::string>(
                "SELECT CHARACTER_SET_NAME FROM "
                "information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID = ?",
                number);
        return db.query_value<std::string>(
            "SELECT CHARACTER_SET_NAME FROM information_schema.collations WHERE ID = ?", number);
    };
    CHECK(set_of_text() == "utf8mb4");
    db.execute("SET character_set_results = latin1");
    CHECK(set_of_text() == "latin1");
}

TEST_CASE("what a statement did comes with the server's words for it", "[integration]")
{
    auto db = builder().local_infile().multi_statements().connect();
    db.execute("CREATE TEMPORARY TABLE told (id INT PRIMARY KEY, n INT)");
    std::string const inserted = "Records: 3  Duplicates: 0  Warnings: 0";
    std::string const matched = "Rows matched: 2  Changed: 1  Warnings: 0";
    CHECK(db.execute("INSERT INTO told VALUES (1, 1), (2, 2), (3, 3)").info == inserted);
    CHECK(db.execute("INSERT INTO told VALUES (?, 4), (5, 5), (6, 6)", 4).info == inserted);
    CHECK(db.execute("UPDATE told SET n = 1 WHERE id IN (1, 2)").info == matched);
    CHECK(db.execute("DELETE FROM told WHERE id = ?", 1).info.empty());
    CHECK(db.execute("DO 1").info.empty());
    CHECK(db.execute("SET @a = 1, NAMES utf8mb4").info.empty()); // which is reported behind it
    CHECK(db.query("SELECT id FROM told").finish().info.empty());
    Pipeline batch{db};
    auto const update = batch.execute("UPDATE told SET n = ? WHERE id IN (2, 3)", 3);
    auto const nothing = batch.execute("DO 1");
    batch.run();
    CHECK(update.value().info == matched);
    CHECK(nothing.value().info.empty());
    CHECK(load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE told",
                    std::string_view{"8\t1\n9\t1\n"})
              .info == "Records: 2  Deleted: 0  Skipped: 0  Warnings: 0");
    Results results{db, "INSERT INTO told VALUES (11, 1), (12, 2), (13, 3); SELECT 1; DO 1"};
    CHECK(results.done().info == inserted);
    CHECK(results.finish().info.empty());
}

TEST_CASE("numbers come whole or not at all", "[integration][valgrind]")
{
    auto db = builder().connect();
    CHECK(db.query_value<std::uint64_t>("SELECT 18446744073709551615") ==
          std::numeric_limits<std::uint64_t>::max());
    CHECK(db.query_value<std::int64_t>("SELECT -9223372036854775808") ==
          std::numeric_limits<std::int64_t>::min());
    CHECK(db.query_value<double>("SELECT 0.1e0") == 0.1);
    CHECK(db.query_value<bool>("SELECT 1 = 1"));
    db.execute("CREATE TEMPORARY TABLE flags (flag BIT(1) NOT NULL, many BIT(20) NOT NULL)");
    db.execute("INSERT INTO flags VALUES (b'1', b'10000000000000000001')");
    CHECK(db.query_value<bool>("SELECT flag FROM flags"));
    CHECK(db.query_value<unsigned>("SELECT many FROM flags") == 0x80001U);
    CHECK_THROWS_AS(db.query_value<bool>("SELECT b'1'"), Error); // a text of bytes, says the server
    auto const error =
        error_of([&] { static_cast<void>(db.query_value<std::int8_t>("SELECT 128 AS big")); });
    CHECK(error.message().find("big") != std::string::npos);
    CHECK(error.message().find("128") != std::string::npos);
    CHECK_FALSE(error.poisons_connection());
    CHECK_THROWS_AS(db.query_value<unsigned>("SELECT -1"), Error);
    CHECK_THROWS_AS(db.query_value<int>("SELECT 1.5"), Error);
    CHECK_THROWS_AS(db.query_value<int>("SELECT 'x'"), Error);
    CHECK_THROWS_AS(db.query_value<int>("SELECT NULL"), Error);
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("texts and bytes come as they are", "[integration][valgrind]")
{
    auto db = builder().connect();
    CHECK(db.query_value<std::string>("SELECT 'Grüße, 世界 🌍'") == "Grüße, 世界 🌍");
    CHECK(db.query_value<std::string>("SELECT CONCAT('a', CHAR(0), 'b')") ==
          std::string("a\0b", 3));
    CHECK(db.query_value<std::string>("SELECT ''").empty());
    CHECK(db.query_value<std::vector<std::byte>>("SELECT X'00FF10'") ==
          std::vector<std::byte>{std::byte{0}, std::byte{0xFF}, std::byte{0x10}});
    for (std::size_t const size : {250U, 251U, 252U, 65'535U, 65'536U}) {
        auto const text = db.query_value<std::string>(
            Sql::unchecked("SELECT REPEAT('x', " + std::to_string(size) + ")"));
        CHECK(text == std::string(size, 'x'));
    }
}

TEST_CASE("values of more than 16 MiB come in several packets", "[integration]")
{
    auto db = builder().connect();
    // The server's limit bounds what it builds; 16 MiB and one byte need two packets.
    auto const limit = db.query_value<std::uint64_t>("SELECT @@max_allowed_packet");
    std::size_t const size = std::min<std::uint64_t>(limit - 1024, (16U << 20U) + 5);
    auto const text = db.query_value<std::string>(
        Sql::unchecked("SELECT REPEAT('y', " + std::to_string(size) + ")"));
    CHECK(text.size() == size);
    CHECK(text.find_first_not_of('y') == std::string::npos);
}

TEST_CASE("a row larger than allowed is cut off", "[integration][valgrind]")
{
    // A value of this size has a length of four bytes in front.
    char const* const too_large =
        GENERATE("SELECT REPEAT('x', 99997)", "SELECT REPEAT('x', 1000000)");
    auto db = builder().max_allowed_packet(100'000).connect();
    CHECK(db.query_value<std::string>("SELECT REPEAT('x', 99996)").size() == 99'996);
    auto const error = error_of(
        [&] { static_cast<void>(db.query_value<std::string>(Sql::unchecked(too_large))); });
    CHECK(error.code() == 2020);
    CHECK(error.remedy().find("max_allowed_packet()") != std::string::npos);
    CHECK_FALSE(db.usable());
}

TEST_CASE("leaving a loop early leaves the connection usable", "[integration][valgrind]")
{
    auto db = builder().connect();
    constexpr Sql many = "WITH RECURSIVE numbers AS (SELECT 1 AS n UNION ALL "
                         "SELECT n + 1 FROM numbers WHERE n < 500) SELECT n FROM numbers";
    for (int const n : db.query<int>(many)) {
        CHECK(n == 1);
        break;
    }
    CHECK(db.query_value<int>("SELECT 10") == 10);
}

TEST_CASE("a busy connection says so", "[integration]")
{
    auto db = builder().connect();
    {
        auto rows = db.query<int>("SELECT 1 UNION ALL SELECT 2");
        auto const error = error_of([&] { db.execute("SELECT 1"); });
        CHECK(error.code() == 2014);
        CHECK(error.remedy().find("finish()") != std::string::npos);
        CHECK_FALSE(error.poisons_connection());
        CHECK(*rows.begin() == 1);
    }
    CHECK(db.query_value<int>("SELECT 3") == 3);
    auto rows = db.query<int>("SELECT 1 UNION ALL SELECT 2");
    rows.finish();
    CHECK(db.query_value<int>("SELECT 4") == 4);
}

TEST_CASE("rows outlive neither their connection nor its closing", "[integration]")
{
    std::optional<Connection> db{builder().connect()};
    auto rows = db->query<int>("SELECT 1 UNION ALL SELECT 2");
    db.reset();
    CHECK_THROWS_AS(rows.begin(), Error);
}

TEST_CASE("connections move", "[integration][valgrind]")
{
    auto first = builder().connect();
    auto second = std::move(first);
    CHECK(second.query_value<int>("SELECT 1") == 1);
    CHECK_FALSE(first.usable()); // NOLINT(bugprone-use-after-move): what is tested
    CHECK_THROWS_AS(first.ping(), Error);
    CHECK_THROWS_AS(first.execute("SELECT 1"), Error);
    first = builder().connect();
    CHECK(first.query_value<int>("SELECT 2") == 2);
    first = std::move(second);
    CHECK(first.query_value<int>("SELECT 3") == 3);
    first.close();
    CHECK_FALSE(first.usable());
    CHECK_THROWS_AS(first.execute("SELECT 1"), Error);
}

TEST_CASE("a wrong number of columns is told with their names", "[integration]")
{
    auto db = builder().connect();
    using Three = std::tuple<int, int, int>;
    auto const error =
        error_of([&] { static_cast<void>(db.query<Three>("SELECT 1 AS one, 2 AS two")); });
    CHECK(error.message().find("one, two") != std::string::npos);
    CHECK(error.message().find('3') != std::string::npos);
    CHECK(db.query_value<int>("SELECT 1") == 1);
    for (auto const& none : {error_of([&] { static_cast<void>(db.query<User>("DO 1")); }),
                             error_of([&] { static_cast<void>(db.query<Three>("DO 1")); })})
        CHECK(none.remedy().find("execute()") != std::string::npos);
}

TEST_CASE("an aggregate and a statement that do not fit each other are told with all names",
          "[integration]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE users (id BIGINT PRIMARY KEY, name VARCHAR(40), "
               "email VARCHAR(80))");
    db.execute("INSERT INTO users VALUES (1, 'Ann', NULL)");
    // In any order, whatever the case.
    auto const ann =
        db.query_one<User>("SELECT email, COALESCE(name, '') AS NAME, id FROM users WHERE 1");
    CHECK(ann.id == 1);
    CHECK(ann.name == "Ann");
    auto const error =
        error_of([&] { static_cast<void>(db.query<User>("SELECT id AS id_, name FROM users")); });
    for (char const* part :
         {"no column has the name of the member id", "the member name cannot be NULL",
          "no column has the name of the member email",
          "no member has the name of the column id_"}) {
        CAPTURE(part, error.message());
        CHECK(error.message().find(part) != std::string::npos);
    }
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("a wrong number of rows is an error", "[integration]")
{
    auto db = builder().connect();
    CHECK_THROWS_AS(db.query_one<int>("SELECT 1 FROM DUAL WHERE 1 = 0"), Error);
    CHECK_THROWS_AS(db.query_opt<int>("SELECT 1 UNION ALL SELECT 2"), Error);
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("a failed statement leaves the connection usable", "[integration]")
{
    auto db = builder().connect();
    auto const error = error_of([&] { db.execute("SELEC 1"); });
    CHECK(error.code() == 1064);
    CHECK(error.sqlstate() == "42000");
    CHECK(error.origin() == ErrorOrigin::server);
    CHECK_FALSE(error.retryable());
    CHECK_FALSE(error.poisons_connection());
    CHECK(db.usable());
    CHECK_THROWS_AS(db.execute(""), Error);
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("several statements in one text are refused", "[integration]")
{
    auto db = builder().connect();
    auto const error = error_of([&] { db.execute("SELECT 1; SELECT 2"); });
    CHECK(error.code() == 1064);
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("LOAD DATA LOCAL sends nothing", "[integration]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE copied (line TEXT)");
    CHECK_THROWS_AS(db.execute("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE copied"), Error);
}

TEST_CASE("warnings are values", "[integration][valgrind]")
{
    auto db = builder().connect();
    auto const result = db.execute("SELECT CAST('12x' AS SIGNED)");
    CHECK(result.warning_count == 1);
    auto const warnings = db.warnings();
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].level == "Warning");
    CHECK(warnings[0].code == 1292);
    CHECK(warnings[0].message.find("12x") != std::string::npos);
    db.execute("CREATE TEMPORARY TABLE fresh (n INT)");
    CHECK(db.warnings().empty());
}

TEST_CASE("procedures with several results are read to the end", "[integration][valgrind]")
{
    auto db = builder().connect();
    db.execute("DROP PROCEDURE IF EXISTS sealsql_two_results");
    db.execute("CREATE PROCEDURE sealsql_two_results() BEGIN SELECT 1; SELECT 2, 3; END");
    db.execute("CALL sealsql_two_results()");
    CHECK(db.query_value<int>("SELECT 7") == 7);
    std::vector<int> seen;
    for (int const n : db.query<int>("CALL sealsql_two_results()"))
        seen.push_back(n);
    CHECK(seen == std::vector<int>{1});
    CHECK(db.query_value<int>("SELECT 8") == 8);
    for ([[maybe_unused]] int const n : db.query<int>("CALL sealsql_two_results()"))
        break;
    CHECK(db.query_value<int>("SELECT 9") == 9);
    auto rows = db.query("CALL sealsql_two_results()");
    CHECK(rows.begin()->get<int>(0) == 1);
    REQUIRE(rows.next_result());
    CHECK(rows.columns().size() == 2);
    CHECK(rows.begin()->get<int>(1) == 3);
    CHECK_FALSE(rows.next_result()); // the procedure's own end gives no rows
    CHECK(rows.columns().empty());
    CHECK(rows.begin() == rows.end());
    CHECK_FALSE(rows.next_result());
    CHECK(db.query_value<int>("SELECT 10") == 10);
    db.execute("DROP PROCEDURE sealsql_two_results");
}

TEST_CASE("an error behind the first result is the statement's", "[integration][valgrind]")
{
    auto db = builder().multi_statements().connect();
    db.execute("DROP PROCEDURE IF EXISTS sealsql_late_error");
    db.execute("CREATE PROCEDURE sealsql_late_error() BEGIN SELECT 1 AS n; "
               "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'late'; END");
    auto call = db.prepare("CALL sealsql_late_error()");
    auto const code_of = [](auto const& run) {
        try {
            run();
        } catch (Error const& error) {
            return error.code();
        }
        return 0;
    };
    constexpr int signal = 1644;
    constexpr Sql sql = "CALL sealsql_late_error()";
    CHECK(code_of([&] { static_cast<void>(db.query_value<int>(sql)); }) == signal);
    CHECK(code_of([&] { static_cast<void>(db.query_one(sql)); }) == signal);
    CHECK(code_of([&] { static_cast<void>(db.query_opt<int>(sql)); }) == signal);
    CHECK(code_of([&] { static_cast<void>(db.query_all<int>(sql)); }) == signal);
    CHECK(code_of([&] { static_cast<void>(call.query_value<int>()); }) == signal);
    CHECK(code_of([&] { static_cast<void>(call.query_all<int>()); }) == signal);
    CHECK(code_of([&] { static_cast<void>(keep(db.query<std::string_view>(sql))); }) == signal);
    CHECK(code_of([&] {
              static_cast<void>(db.query_value<int>("SELECT 1; SELECT no_such_column"));
          }) == 1054);
    // Of a range that is kept, whoever asks for what is behind is told.
    auto rows = db.query<int>(sql);
    CHECK(rows.all() == std::vector<int>{1});
    CHECK(code_of([&] { rows.next_result(); }) == signal);
    auto again = db.query<int>(sql);
    CHECK(again.one() == 1);
    CHECK(code_of([&] { again.finish(); }) == signal);
    CHECK(db.query_value<int>("SELECT 7; SELECT 8, 9") == 7);
    CHECK(db.query_value<int>("SELECT 10") == 10);
    db.execute("DROP PROCEDURE sealsql_late_error");
}

TEST_CASE("ping and reset", "[integration][valgrind]")
{
    auto db = builder().init_statement("SET @greeting = 'hello'").connect();
    db.ping();
    db.execute("SET @other = 1");
    db.execute("CREATE TEMPORARY TABLE gone (n INT)");
    db.reset();
    CHECK(db.query_value<std::optional<int>>("SELECT @other") == std::nullopt);
    CHECK(db.query_value<std::string>("SELECT @greeting") == "hello");
    CHECK(db.query_value<std::string>("SELECT @@character_set_client") == "utf8mb4");
    CHECK_THROWS_AS(db.execute("SELECT * FROM gone"), Error);
}

TEST_CASE("a reset keeps the character set that the builder chose", "[integration]")
{
    auto db = builder().character_set("latin1").connect();
    constexpr Sql sets = "SELECT @@character_set_client, @@character_set_connection, "
                         "@@character_set_results";
    using Sets = std::tuple<std::string, std::string, std::string>;
    Sets const latin{"latin1", "latin1", "latin1"};
    CHECK(db.query_one<Sets>(sets) == latin);
    db.execute("SET NAMES utf8mb4");
    db.reset();
    CHECK(db.query_one<Sets>(sets) == latin);
}

TEST_CASE("a reset restores all that the builder chose", "[integration]")
{
    auto db = builder()
                  .character_set("latin1")
                  .init_statement("SET @first = 1")
                  .init_statement("SET time_zone = '+03:00'")
                  .connect();
    db.execute("USE information_schema");
    db.execute("SET NAMES utf8mb4");
    db.execute("SET @first = 2, @second = 2");
    db.execute("SET time_zone = '+05:00'");
    REQUIRE(db.query_value<std::string>("SELECT DATABASE()") == "information_schema");
    for (int i = 0; i < 2; ++i) {
        db.reset();
        CHECK(db.query_value<std::string>("SELECT DATABASE()") == Server::get()["DATABASE"]);
        CHECK(db.query_value<std::string>("SELECT @@character_set_client") == "latin1");
        CHECK(db.query_value<std::string>("SELECT @@character_set_connection") == "latin1");
        CHECK(db.query_value<std::string>("SELECT @@character_set_results") == "latin1");
        CHECK(db.query_value<int>("SELECT @first") == 1);
        CHECK(db.query_value<std::optional<int>>("SELECT @second") == std::nullopt);
        CHECK(db.query_value<std::string>("SELECT @@time_zone") == "+03:00");
        CHECK(db.tls()->verified_name == Server::get().host());
    }
}

TEST_CASE("a statement that takes too long ends in time", "[integration]")
{
    auto db = builder().read_timeout(500ms).connect();
    auto const begin = std::chrono::steady_clock::now();
    auto const error = error_of([&] { db.execute("SELECT SLEEP(20)"); });
    auto const elapsed = std::chrono::steady_clock::now() - begin;
    CHECK(error.code() == 2013);
    CHECK(error.retryable());
    CHECK(error.poisons_connection());
    CHECK(error.remedy().find("read_timeout()") != std::string::npos);
    CHECK(elapsed >= 450ms);
    CHECK(elapsed < 500ms + slack);
    CHECK_FALSE(db.usable());
}

TEST_CASE("a killed connection is reported as lost", "[integration]")
{
    auto db = builder().connect();
    auto const id = db.connection_id();
    auto other = builder().connect();
    other.execute(Sql::unchecked("KILL " + std::to_string(id)));
    auto const error = error_of([&] {
        for (int i = 0; i < 50; ++i)
            db.execute("DO SLEEP(0.1)");
    });
    CHECK(error.retryable());
    CHECK(error.poisons_connection());
    CHECK_FALSE(db.usable());
}

TEST_CASE("a deadlock can be retried on the same connection", "[integration]")
{
    auto db = builder().connect();
    auto const error = error_of([&] {
        db.execute("SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213, MESSAGE_TEXT = 'deadlock'");
    });
    CHECK(error.code() == 1213);
    CHECK(error.sqlstate() == "40001");
    CHECK(error.retryable());
    CHECK_FALSE(error.poisons_connection());
    CHECK(db.usable());
}

TEST_CASE("a hundred thousand rows stream through", "[integration]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE digits (d INT)");
    db.execute("INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
    db.execute("CREATE TEMPORARY TABLE digits2 AS SELECT * FROM digits");
    db.execute(
        "CREATE TEMPORARY TABLE hundred AS SELECT a.d * 10 + b.d AS n FROM digits a, digits2 b");
    db.execute("CREATE TEMPORARY TABLE hundred2 AS SELECT * FROM hundred");
    std::uint64_t sum = 0;
    std::size_t count = 0;
    using Numbers = std::tuple<std::uint64_t, std::string_view, double>;
    for (
        auto const& [n, text, half] : db.query<Numbers>(
            "SELECT a.n * 1000 + b.n * 10 + d, 'some text', a.n / 2 FROM hundred a, hundred2 b, digits")) {
        sum += n;
        count += text.size() == 9 ? 1 : 0;
    }
    CHECK(count == 100'000);
    CHECK(sum == 4'999'950'000);
}

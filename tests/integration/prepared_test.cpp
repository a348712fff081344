// Prepared statements on real servers: what is prepared how often, what the server keeps, and what becomes of it.

#include "server.hpp"

#include <sealsql/decimal.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/temporal.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::string_literals;

namespace {

/// What the server counts for this connection.
class Counts {
public:
    explicit Counts(Connection& db) : db_{&db}, before_{now()} {}

    /// How much a counter grew since the last time.
    std::int64_t grown(std::string const& name)
    {
        auto const after = now();
        std::int64_t const growth = after.at(name) - before_.at(name);
        before_ = after;
        return growth;
    }

private:
    [[nodiscard]] std::map<std::string, std::int64_t> now() const
    {
        std::map<std::string, std::int64_t> counts;
        for (Row const& row : db_->query("SHOW SESSION STATUS LIKE 'Com\\_stmt\\_%'"))
            counts[std::string{row[0].value()}] = row.get<std::int64_t>(1);
        return counts;
    }

    Connection* db_;
    std::map<std::string, std::int64_t> before_;
};

/// How many statements the server keeps for the connection of that number.
std::int64_t kept_by_server(Connection& admin, std::uint64_t connection)
{
    if (!Server::get().is_mariadb())
        return admin.query_value<std::int64_t>(
            "SELECT COUNT(*) FROM performance_schema.prepared_statements_instances s "
            "JOIN performance_schema.threads t ON t.THREAD_ID = s.OWNER_THREAD_ID "
            "WHERE t.PROCESSLIST_ID = ?",
            connection);
    // All connections' together: nobody else prepares anything here meanwhile, and the question itself is text.
    for (Row const& row : admin.query("SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'"))
        return row.get<std::int64_t>(1);
    return -1;
}

/// A table that lasts, for statements of several connections.
class Table {
public:
    Table(Connection& db, std::string columns) : db_{&db}
    {
        db.execute("DROP TABLE IF EXISTS sealsql_prepared");
        db.execute(Sql::unchecked("CREATE TABLE sealsql_prepared (" + columns + ")"));
    }
    Table(Table const&) = delete;
    Table& operator=(Table const&) = delete;
    ~Table()
    {
        try {
            db_->execute("DROP TABLE IF EXISTS sealsql_prepared");
        } catch (Error const&) {
            // The next test does it.
        }
    }

private:
    Connection* db_;
};

struct Person {
    int id;
    std::string name;
    std::optional<double> height;
};

} // namespace

TEST_CASE("A statement that is kept means the tables of the database that is chosen now",
          "[prepared]")
{
    auto db = builder().connect();
    std::string const home = Server::get()["DATABASE"];
    db.execute("CREATE TEMPORARY TABLE schemata (x INT)");
    auto const count = [&] {
        return db.query_value<int>("SELECT COUNT(*) FROM schemata WHERE 1 = ?", 1);
    };
    CHECK(count() == 0);
    db.execute("USE information_schema");
    CHECK(count() > 0);
    db.execute(sealsql::Sql::unchecked("USE " + home));
    CHECK(count() == 0);
}

TEST_CASE("A server that does not say which database is chosen cannot mix up what is kept",
          "[prepared]")
{
    auto db = builder().multi_statements().connect();
    std::string const home = Server::get()["DATABASE"];
    db.execute("CREATE TEMPORARY TABLE schemata (x INT)");
    db.execute("SET SESSION session_track_schema = OFF");
    auto const count = [&] {
        return db.query_value<int>("SELECT COUNT(*) FROM schemata WHERE 1 = ?", 1);
    };
    auto const go_home = [&] { db.execute(sealsql::Sql::unchecked("USE " + home)); };
    for (sealsql::Sql const use :
         {sealsql::Sql{"USE information_schema"}, sealsql::Sql{"\f use`information_schema`"},
          sealsql::Sql{"/*!50000 use */ information_schema"},
          sealsql::Sql{"-- all of it\nUSE information_schema"},
          sealsql::Sql{"DO 1; USE information_schema"}}) {
        CAPTURE(use.text());
        CHECK(count() == 0);
        db.execute(use);
        CHECK(count() > 0);
        go_home();
    }
    CHECK(count() == 0);
    if (!Server::get().is_mariadb()) // the other cannot prepare it
        return;
    db.execute("EXECUTE IMMEDIATE 'USE information_schema'");
    CHECK(count() > 0);
    go_home();
    CHECK(count() == 0);
    auto use = db.prepare("USE information_schema");
    use.execute();
    CHECK(count() > 0);
    go_home();
    CHECK(count() == 0);
}

TEST_CASE("values go into parameters and come back", "[integration][valgrind]")
{
    auto db = builder().connect();
    db.execute(
        "CREATE TEMPORARY TABLE people (id INT NOT NULL, name VARCHAR(80) NOT NULL, height DOUBLE)");
    std::string const nasty = "Robert'); DROP TABLE people;-- \\ \"\0 ?"s + "世界";
    CHECK(db.execute("INSERT INTO people VALUES (?, ?, ?)", 1, nasty, nullptr).affected_rows == 1);
    CHECK(db.execute("INSERT INTO people VALUES (?, ?, ?), (?, ?, ?)", 2, "Ann", 1.75, 3,
                     std::string{}, std::optional<double>{})
              .affected_rows == 2);
    auto const people = db.query_all<Person>("SELECT * FROM people WHERE id <= ? ORDER BY id", 10);
    REQUIRE(people.size() == 3);
    CHECK(people[0].name == nasty);
    CHECK_FALSE(people[0].height);
    CHECK(people[1].height == 1.75);
    CHECK(people[2].name.empty());
    CHECK(db.query_opt<Person>("SELECT * FROM people WHERE name = ?", nasty)->id == 1);
    CHECK_FALSE(db.query_opt<Person>("SELECT * FROM people WHERE name = ?", "nobody"));
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM people WHERE height IS NULL OR height > ?",
                              2.0) == 2);
    CHECK(db.query_value<std::string>("SELECT '?' FROM people WHERE id = ?", 1) == "?");
    CHECK(db.query_value<std::string>("SELECT /* ? */ name FROM people WHERE id = ? -- ?", 2) ==
          "Ann");
}

TEST_CASE("numbers go through parameters unchanged, up to their limits", "[integration]")
{
    auto db = builder().connect();
    auto const same = [&](auto value) {
        using T = decltype(value);
        CHECK(db.query_value<T>("SELECT ?", value) == value);
        CHECK(db.query_value<std::string>("SELECT CAST(? AS CHAR)", value) ==
              db.query_value<std::string>(
                  Sql::unchecked("SELECT CAST(" + std::to_string(value) + " AS CHAR)")));
    };
    same(std::numeric_limits<std::int8_t>::min());
    same(std::numeric_limits<std::uint8_t>::max());
    same(std::numeric_limits<std::int16_t>::min());
    same(std::numeric_limits<std::uint16_t>::max());
    same(std::numeric_limits<std::int32_t>::min());
    same(std::numeric_limits<std::uint32_t>::max());
    same(std::numeric_limits<std::int64_t>::min());
    same(std::numeric_limits<std::int64_t>::max());
    same(std::numeric_limits<std::uint64_t>::max());
    for (double const value :
         {0.1, -1e300, 1.7976931348623157e308, 2.2250738585072014e-308, 1.0 / 3})
        CHECK(db.query_value<double>("SELECT ?", value) == value);
    CHECK(db.query_value<float>("SELECT ?", 0.1F) == 0.1F);
    CHECK(db.query_value<bool>("SELECT ? = 1", true));
    CHECK(db.query_value<std::optional<int>>("SELECT ?", nullptr) == std::nullopt);
    CHECK(db.query_value<std::optional<std::string>>("SELECT ?", std::optional<std::string>{}) ==
          std::nullopt);
}

TEST_CASE("a row known at run time has the same texts, however it was asked for", "[integration]")
{
    auto db = builder().connect();
    db.execute(
        "CREATE TEMPORARY TABLE forms (id INT PRIMARY KEY, t TINYINT, ut TINYINT UNSIGNED, s SMALLINT, m MEDIUMINT, "
        "z INT(8) ZEROFILL, b BIGINT, ub BIGINT UNSIGNED, f FLOAT, d DOUBLE, d2 DOUBLE(10,2), n DECIMAL(30,10), y YEAR, "
        "da DATE, dt DATETIME, dt3 DATETIME(3), ts TIMESTAMP(6) NULL, ti TIME, ti6 TIME(6), v VARCHAR(20), bl BLOB, "
        "bi BIT(12), e ENUM('a','b'), st SET('x','y'), j JSON)");
    db.execute(
        "INSERT INTO forms VALUES "
        "(1, -128, 255, -32768, 8388607, 42, -9223372036854775808, 18446744073709551615, 0.1, 0.1, -1.5, 1.5, 2026, "
        "'2026-11-25', '2026-11-25 07:08:09', '2026-11-25 07:08:09.120', '2026-11-25 07:08:09.000001', "
        "'-838:59:59', '00:00:00.000001', 'text', X'00FF', b'100000000001', 'b', 'x,y', '{\"a\": 1}'),"
        "(2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1901, '1000-01-01', '1000-01-01 00:00:00', '1000-01-01 00:00:00', "
        "'1970-01-02 00:00:00', '00:00:00', '-00:00:00.5', '', '', b'0', 'a', '', '[]'),"
        "(3, 1, 1, 1, 1, 123456789, 1, 1, -3.4e38, 1.7976931348623157e308, 12345678.9, -99999999999999999999.9999999999, "
        "2155, '9999-12-31', '9999-12-31 23:59:59', '9999-12-31 23:59:59.999', '2037-01-01 00:00:00', '838:59:59', "
        "'838:59:58.999999', 'x', 'y', b'111111111111', 'a', 'y', 'null'),"
        "(4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
        "NULL, NULL, NULL, NULL, NULL, NULL)");
    auto const numbers = {"1e14",
                          "123456789012345",
                          "1e15",
                          "1.5e15",
                          "1e-5",
                          "1e-14",
                          "1e-15",
                          "1.5e-15",
                          "1e-16",
                          "0.001",
                          "123456789.125",
                          "1e100",
                          "-2.5e-100",
                          "2.2250738585072014e-308",
                          "16777217",
                          "1e7",
                          "1e6",
                          "12345678",
                          "0.3333333333333333",
                          "9007199254740993",
                          "999999999999999",
                          "1234567890.123456"};
    int id = 5;
    for (char const* number : numbers)
        db.execute("INSERT INTO forms (id, f, d) VALUES (?, LEAST(?, 3e38), ?)", id++, number,
                   number);
    auto const text = db.query_all("SELECT * FROM forms ORDER BY id");
    auto const binary = db.query_all("SELECT * FROM forms WHERE id > ? ORDER BY id", 0);
    REQUIRE(text.size() == binary.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (std::size_t c = 0; c < text[i].size(); ++c) {
            CAPTURE(i, text[i].columns()[c].name);
            if (text[i].columns()[c].type == ColumnType::float_ && text[i][c]) {
                // Servers write six digits of it in text; the other protocol has all.
                float const written = text[i].get<float>(c);
                float const whole = binary[i].get<float>(c);
                CHECK(std::abs(written - whole) <= std::abs(whole) * 1e-5F);
                CHECK(whole == db.query_value<float>("SELECT f FROM forms WHERE id = ?", i + 1));
                continue;
            }
            CHECK(std::string{text[i][c].value_or("NULL")} ==
                  std::string{binary[i][c].value_or("NULL")});
        }
    }
}

TEST_CASE("zeros in front, many places and fractions of seconds are the same texts, too",
          "[integration]")
{
    auto db = builder().connect();
    db.execute("SET time_zone = '+00:00'");
    db.execute("CREATE TEMPORARY TABLE filled (n DOUBLE, f FLOAT ZEROFILL, d DOUBLE ZEROFILL, "
               "f2 FLOAT(10,2) ZEROFILL, d2 DOUBLE(8,2) ZEROFILL, d0 DOUBLE(5,0) ZEROFILL, "
               "d255 DOUBLE(255,2) ZEROFILL, d20 DOUBLE(60,20), d30 DOUBLE(80,30))");
    for (double const number : {0.0, 1.5, 0.1, 0.3, 0.001, 123.456, 99999.0, 12345.5})
        db.execute("INSERT INTO filled VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", number, number, number,
                   number, number, number, number, number, number);
    // Too large for the others.
    for (double const number : {1e15, 1e20, 1e22, 1e23, 123456789.12345678})
        db.execute("INSERT INTO filled (n, d, d255, d20, d30) VALUES (?, ?, ?, ?, ?)", number,
                   number, number, number, number);
    for (char const* const asked :
         {"SELECT f, d, f2, d2, d0, d255, d20, d30 FROM filled",
          "SELECT -d20, d20 * 3, MAX(d30), AVG(d2) FROM filled GROUP BY d20, n",
          "SELECT AVG(d2) / 128, SUM(d20) FROM filled",
          "SELECT FROM_UNIXTIME(n), SEC_TO_TIME(n), MAKETIME(1, 2, n) FROM filled WHERE n < 10",
          "SELECT MAX(FROM_UNIXTIME(n)) FROM filled WHERE n < 10",
          "SELECT FROM_UNIXTIME('1.5'), FROM_UNIXTIME('1'), FROM_UNIXTIME(1.5), FROM_UNIXTIME(1)",
          "SELECT IF(n > 0, FROM_UNIXTIME(n), NULL) FROM filled WHERE n < 10"}) {
        CAPTURE(asked);
        auto const text = db.query_all(Sql::unchecked(asked));
        auto const binary = db.prepare(Sql::unchecked(asked)).query_all<Row>();
        REQUIRE(text.size() == binary.size());
        for (std::size_t i = 0; i < text.size(); ++i) {
            for (std::size_t c = 0; c < text[i].size(); ++c) {
                CAPTURE(i, text[i].columns()[c].name);
                CHECK(text[i][c].value_or("NULL") == binary[i][c].value_or("NULL"));
            }
        }
    }
    CHECK(db.query_value<std::string>("SELECT FROM_UNIXTIME(?)", 1.5) ==
          "1970-01-01 00:00:01.500000");
}

TEST_CASE("a statement is prepared once and then found", "[integration]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE t (id INT, name VARCHAR(20))");
    Counts counts{db};
    for (int i = 0; i < 10; ++i)
        db.execute("INSERT INTO t VALUES (?, ?)", i, "plain");
    CHECK(counts.grown("Com_stmt_prepare") == 1);
    for (int i = 0; i < 10; ++i)
        db.execute("INSERT INTO t VALUES (?, ?)", i, "plain");
    CHECK(counts.grown("Com_stmt_execute") == 10);
    // With what keeps it from being sent in one write.
    for (int i = 0; i < 10; ++i)
        CHECK(db.query_value<int>("SELECT COUNT(*) FROM t WHERE id = ? AND name <> '?' /* ? */",
                                  i) == 2);
    CHECK(counts.grown("Com_stmt_prepare") == 1);
    // Without parameters a statement is text.
    for (int i = 0; i < 10; ++i)
        CHECK(db.query_value<int>("SELECT COUNT(*) FROM t") == 20);
    CHECK(counts.grown("Com_stmt_prepare") == 0);
}

TEST_CASE("what the cache has no room for is given back to the server", "[integration]")
{
    auto asking = admin();
    for (std::size_t const size : {0U, 1U, 3U}) {
        auto db = builder().statement_cache_size(size).connect();
        std::uint64_t const connection = db.connection_id();
        std::int64_t const before = kept_by_server(asking, connection);
        for (int round = 0; round < 3; ++round)
            for (int i = 0; i < 10; ++i)
                CHECK(db.query_value<int>(Sql::unchecked("SELECT ? + " + std::to_string(i)), 1) ==
                      1 + i);
        db.ping(); // takes the last word with it
        CAPTURE(size);
        CHECK(kept_by_server(asking, connection) - before == static_cast<std::int64_t>(size));
        // What was used last stays.
        Counts counts{db};
        CHECK(db.query_value<int>("SELECT ? + 9", 1) == 10);
        CHECK(counts.grown("Com_stmt_prepare") == (size == 0 ? 1 : 0));
    }
}

TEST_CASE("a reset forgets what was prepared", "[integration]")
{
    auto asking = admin();
    auto db = builder().connect();
    std::uint64_t const connection = db.connection_id();
    std::int64_t const before = kept_by_server(asking, connection);
    auto statement = db.prepare("SELECT ? + 100");
    CHECK(statement.query_value<int>(1) == 101);
    CHECK(db.query_value<int>("SELECT ? + 200", 1) == 201);
    CHECK(kept_by_server(asking, connection) - before == 2);
    db.reset();
    CHECK(kept_by_server(asking, connection) - before == 0);
    CHECK(statement.query_value<int>(1) == 101);
    CHECK(db.query_value<int>("SELECT ? + 200", 1) == 201);
    CHECK(kept_by_server(asking, connection) - before == 2);
    // And one that went meanwhile is not missed.
    {
        auto gone = db.prepare("SELECT ? + 300");
        db.reset();
    }
    CHECK(db.query_value<int>("SELECT ? + 200", 1) == 201);
    db.ping();
    CHECK(kept_by_server(asking, connection) - before == 1);
}

TEST_CASE("a prepared statement lasts as long as it is kept", "[integration][valgrind]")
{
    auto asking = admin();
    auto db = builder().connect();
    std::uint64_t const connection = db.connection_id();
    std::int64_t const before = kept_by_server(asking, connection);
    auto statement = db.prepare("SELECT ? AS n, 'x' AS x");
    CHECK(statement.parameter_count() == 1);
    REQUIRE(statement.columns().size() == 2);
    CHECK(statement.columns()[1].name == "x");
    CHECK(kept_by_server(asking, connection) - before == 1);

    auto moved = std::move(statement);
    CHECK(statement.parameter_count() == 0); // NOLINT(bugprone-use-after-move): what is tested
    CHECK(statement.columns().empty());
    CHECK_THROWS_AS(statement.execute(1), Error);
    CHECK(std::get<0>(moved.query_one<std::tuple<int, std::string>>(7)) == 7);
    statement = std::move(moved);
    CHECK(std::get<0>(statement.query_one<std::tuple<int, std::string>>(8)) == 8);
    statement = db.prepare("DO ?"); // the one before goes
    CHECK(statement.columns().empty());
    statement.execute(1);
    CHECK(kept_by_server(asking, connection) - before == 1);
    {
        auto short_lived = db.prepare("SELECT 1");
        CHECK(short_lived.query_value<int>() == 1);
        CHECK(kept_by_server(asking, connection) - before == 2);
    }
    db.ping();
    CHECK(kept_by_server(asking, connection) - before == 1);

    SECTION("but not longer than its connection")
    {
        {
            Connection const gone{std::move(db)};
        }
        CHECK_THROWS_AS(statement.execute(1), Error);
    }
    SECTION("nor after that is closed")
    {
        db.close();
        CHECK_THROWS_AS(statement.execute(1), Error);
        CHECK_THROWS_AS(db.prepare("DO 1"), Error);
    }
    SECTION("and goes with its connection where that moves")
    {
        Connection other{std::move(db)};
        statement.execute(1);
        CHECK(other.query_value<int>("SELECT 1") == 1);
    }
}

TEST_CASE("a wrong number of parameters sends no execution", "[integration]")
{
    auto db = builder().connect();
    Counts counts{db};
    auto statement = db.prepare("SELECT ? + ?");
    CHECK(statement.parameter_count() == 2);
    for (auto const& error : {error_of([&] { static_cast<void>(statement.query(1)); }),
                              error_of([&] { static_cast<void>(statement.query()); }),
                              error_of([&] { static_cast<void>(statement.query(1, 2, 3)); }),
                              error_of([&] { static_cast<void>(db.query("SELECT ?, ?", 1)); }),
                              error_of([&] { static_cast<void>(db.query("SELECT ?", 1, 2)); }),
                              error_of([&] { static_cast<void>(db.query("SELECT '?', ?", 1, 2)); }),
                              error_of([&] { db.execute("DO 'no parameter at all'", 1); })}) {
        CHECK(error.sqlstate() == "07001");
        CHECK(error.message().find("parameters") != std::string::npos);
        CHECK_FALSE(error.poisons_connection());
    }
    CHECK(counts.grown("Com_stmt_execute") == 0);
    CHECK(statement.query_value<int>(1, 2) == 3);
}

TEST_CASE("an error leaves the connection and its other statements as they were",
          "[integration][valgrind]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE t (id INT PRIMARY KEY)");
    auto insert = db.prepare("INSERT INTO t VALUES (?)");
    insert.execute(1);
    CHECK(error_of([&] { insert.execute(1); }).code() == 1062);
    insert.execute(2);
    CHECK(error_of([&] { db.execute("INSERT INTO t VALUES (?)", 1); }).code() == 1062);
    CHECK(error_of([&] { db.execute("INSERT INTO t VALUES (?)", 1); }).code() ==
          1062); // now from the cache
    for (int i = 0; i < 2; ++i) {
        CHECK(error_of([&] { static_cast<void>(db.query("SELEC ?", 1)); }).code() == 1064);
        CHECK(error_of([&] {
                  static_cast<void>(db.query("SELECT * FROM sealsql_no_such WHERE id = ?", 1));
              }).code() == 1146);
        CHECK(error_of([&] { static_cast<void>(db.prepare("SELECT '")); }).code() == 1064);
    }
    CHECK(error_of([&] { static_cast<void>(db.prepare("")); }).code() == 1065);
    CHECK(error_of([&] { static_cast<void>(db.query("", 1)); }).code() == 1065);
    CHECK(db.usable());
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM t WHERE id < ?", 10) == 2);
}

TEST_CASE("a statement that cannot be prepared does not run the one that was before it",
          "[integration]")
{
    // On MariaDB both go in one write, and the second names "the statement that was prepared last".
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE t (id INT)");
    db.execute("INSERT INTO t VALUES (?)", 1);
    for (int i = 0; i < 3; ++i) {
        CHECK_THROWS_AS(db.execute("INSERT INTO sealsql_no_such VALUES (?)", 2), Error);
        CHECK_THROWS_AS(db.execute("INSERT INTOO t VALUES (?)", 3), Error);
    }
    auto kept = db.prepare("INSERT INTO t VALUES (?)");
    CHECK_THROWS_AS(db.execute("INSERT INTO sealsql_no_such VALUES (?)", 4), Error);
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM t") == 1);
    kept.execute(5);
    CHECK(db.query_value<int>("SELECT SUM(id) FROM t") == 6);
}

TEST_CASE("a table may change under a prepared statement", "[integration][valgrind]")
{
    auto db = builder().connect();
    Table const table{db, "id INT, value INT"};
    db.execute("INSERT INTO sealsql_prepared VALUES (1, 42)");
    auto statement = db.prepare("SELECT * FROM sealsql_prepared WHERE id = ?");
    auto const check = [&](std::size_t columns, std::string const& value) {
        // Twice each: the second time MariaDB leaves out what the columns are.
        for (int i = 0; i < 2; ++i) {
            auto kept = statement.query_one(1);
            CHECK(kept.size() == columns);
            CHECK(kept["value"] == value);
            auto cached = db.query_one("SELECT * FROM sealsql_prepared WHERE id = ?", 1);
            CHECK(cached.size() == columns);
            CHECK(cached["value"] == value);
        }
        CHECK(statement.columns().size() == columns);
    };
    check(2, "42");
    db.execute("ALTER TABLE sealsql_prepared MODIFY value BIGINT");
    check(2, "42");
    db.execute("ALTER TABLE sealsql_prepared MODIFY value FLOAT"); // as many bytes as at first
    check(2, "42");
    db.execute("ALTER TABLE sealsql_prepared MODIFY value VARCHAR(20)");
    check(2, "42");
    db.execute("ALTER TABLE sealsql_prepared ADD COLUMN more INT FIRST");
    check(3, "42");
    db.execute("ALTER TABLE sealsql_prepared DROP COLUMN more");
    check(2, "42");
    // By another connection, and the table is another one.
    auto other = builder().connect();
    other.execute("DROP TABLE sealsql_prepared");
    CHECK(error_of([&] { static_cast<void>(statement.query(1)); }).code() == 1146);
    other.execute("CREATE TABLE sealsql_prepared (value DATE, id INT)");
    other.execute("INSERT INTO sealsql_prepared VALUES ('2026-11-25', 1)");
    check(2, "2026-11-25");
    // A tuple or aggregate is checked against what comes, not against what was.
    CHECK_THROWS_AS((statement.query_one<std::tuple<int, int>>(1)), Error);
    CHECK(db.usable());
}

TEST_CASE("what gives rows though its preparation does not say so runs as often as others",
          "[integration]")
{
    // MariaDB describes the columns of these at the first execution, and then leaves them out.
    auto db = builder().connect();
    Table const table{db, "id INT PRIMARY KEY AUTO_INCREMENT, value INT"};
    auto list = db.prepare("SHOW PROCESSLIST");
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(list.query_all().empty());
    if (!Server::get().is_mariadb())
        return;
    for (int i = 1; i <= 3; ++i)
        CHECK(db.query_value<int>("INSERT INTO sealsql_prepared (value) VALUES (?) RETURNING id",
                                  10 * i) == i);
    auto taking =
        db.prepare("DELETE FROM sealsql_prepared WHERE id = ? RETURNING value AS gone, id");
    for (int i = 1; i <= 2; ++i) {
        auto const row = taking.query_one(i);
        CHECK(row.get<int>("gone") == 10 * i);
        CHECK(row.get<int>("id") == i);
    }
    taking.execute(3);
    CHECK(taking.query_all(4).empty());
    Pipeline batch{db};
    auto const first = batch.query_value<int>(
        "INSERT INTO sealsql_prepared (value) VALUES (?) RETURNING id + 0", 1);
    auto const second = batch.query_value<int>(
        "INSERT INTO sealsql_prepared (value) VALUES (?) RETURNING id + 0", 2);
    batch.run();
    CHECK(first.value() == 4);
    CHECK(second.value() == 5);
    // The same number of columns, of another kind.
    auto changing = db.prepare("INSERT INTO sealsql_prepared (value) VALUES (?) RETURNING value");
    CHECK(changing.query_one<Row>(6)[0] == "6");
    db.execute("ALTER TABLE sealsql_prepared MODIFY value VARCHAR(20)");
    CHECK(changing.query_one<Row>(7)[0] == "7");
    CHECK(changing.query_one<Row>(8)[0] == "8");
    CHECK(db.usable());
}

TEST_CASE("a value is what it is, whatever kind the one before it was", "[integration]")
{
    // MySQL would make of it what it took the first for: 0 of a text where a number was, 0000-00-00 where a date was.
    using namespace std::chrono;
    auto db = builder().connect();
    year_month_day const date{year{2024}, month{2}, day{29}};
    Decimal const decimal{"-123456789012345678901234567890.123456789"};
    auto kept = db.prepare("SELECT HEX(CAST(? AS CHAR)), COALESCE(?, 'x')");
    auto const hex = [](std::string_view text) {
        static constexpr char digits[] = "0123456789ABCDEF";
        std::string all;
        for (char const c : text)
            (all += digits[static_cast<unsigned char>(c) >> 4U]) +=
                digits[static_cast<unsigned char>(c) & 15U];
        return all;
    };
    auto const check = [&](auto const& value, std::string const& wanted) {
        CAPTURE(wanted);
        CHECK(db.query_value<std::string>("SELECT ?", value) == wanted);
        db.execute("SET @value = ?", value);
        CHECK(db.query_value<std::string>("SELECT CAST(@value AS CHAR)") == wanted);
        auto const [first, second] =
            kept.query_one<std::tuple<std::string, std::string>>(value, value);
        CHECK(first == hex(wanted));
        CHECK(second == wanted);
        Pipeline batch{db};
        auto const cached = batch.query_value<std::string>("SELECT ?", value);
        auto const null = batch.query_value<std::optional<std::string>>("SELECT ?", nullptr);
        auto const text = batch.query_value<std::string>("SELECT ?", "text");
        auto const number = batch.query_value<std::string>("SELECT ?", 12);
        auto const again = batch.query_value<std::string>("SELECT ?", value);
        auto const own = batch.query_one<std::tuple<std::string, std::string>>(kept, "text", 5);
        batch.run();
        CHECK(cached.value() == wanted);
        CHECK_FALSE(null.value().has_value());
        CHECK(text.value() == "text");
        CHECK(number.value() == "12");
        CHECK(again.value() == wanted);
        CHECK(own.value() == std::tuple{hex("text"), "5"s});
    };
    for (int i = 0; i < 2; ++i) {
        check(5, "5");
        check("abc", "abc");
        check(date, "2024-02-29");
        check("abc", "abc");
        check(decimal, to_string(decimal));
        check(1.5, "1.5");
        check(decimal, to_string(decimal));
        check("12.50", "12.50");
        check(microseconds{-1'500'000}, "-00:00:01.500000");
        check(std::numeric_limits<std::uint64_t>::max(), "18446744073709551615");
        check(std::optional<std::string>{"x"}, "x");
        CHECK(db.query_value<std::optional<std::string>>("SELECT ?", std::optional<int>{}) ==
              std::nullopt);
        check("y", "y");
    }
}

TEST_CASE("values of one kind do not have a statement prepared anew", "[integration]")
{
    auto db = builder().connect();
    auto kept = db.prepare("SELECT ?, ?");
    Counts counts{db};
    for (int i = 0; i < 3; ++i) {
        CHECK(db.query_value<int>("SELECT ? + 1", i) == i + 1);
        CHECK(db.query_value<int>("SELECT ? + 1", std::int64_t{i}) == i + 1);
        CHECK(db.query_value<int>("SELECT ? + 1", static_cast<unsigned char>(i)) == i + 1);
        CHECK(db.query_value<std::optional<int>>("SELECT ? + 1", std::optional<int>{}) ==
              std::nullopt);
        CHECK(db.query_value<std::optional<int>>("SELECT ? + 1", nullptr) == std::nullopt);
        static_cast<void>(kept.query_one(nullptr, "x"));
        static_cast<void>(kept.query_one(i, std::string{"y"}));
    }
    // The server itself may do so for a NULL.
    if (!Server::get().is_mariadb())
        CHECK(counts.grown("Com_stmt_close") == 0);
}

TEST_CASE("a statement for values of another kind is not prepared anew in another database",
          "[integration]")
{
    if (Server::get().is_mariadb())
        return;
    auto db = builder().connect();
    auto kept = db.prepare("SELECT CONCAT(DATABASE(), ?)");
    std::string const here = Server::get()["DATABASE"];
    CHECK(kept.query_value<std::string>(1) == here + "1");
    CHECK(kept.query_value<std::string>("a") == here + "a");
    db.execute("USE information_schema");
    static_cast<void>(kept.query_value<std::string>("b"));
    CHECK(error_of([&] { static_cast<void>(kept.query_value<std::string>(2)); })
              .message()
              .find("another database") != std::string_view::npos);
    Pipeline batch{db};
    static_cast<void>(batch.query_value<std::string>(kept, 2));
    CHECK_THROWS_AS(batch.run(), Error);
    CHECK(db.query_value<int>("SELECT ?", 7) == 7);
    CHECK(db.usable());
}

TEST_CASE("reports of progress are no errors", "[integration]")
{
    // MariaDB sends some while it alters a table.
    auto db = builder().connect();
    Table const table{db, "id INT PRIMARY KEY AUTO_INCREMENT, value INT"};
    db.execute("INSERT INTO sealsql_prepared (value) VALUES (1), (2), (3)");
    for (int i = 0; i < 10; ++i) {
        db.execute("ALTER TABLE sealsql_prepared MODIFY value BIGINT");
        db.execute("ALTER TABLE sealsql_prepared MODIFY value INT");
        CHECK(db.query_all("CHECK TABLE sealsql_prepared").size() == 1);
    }
    CHECK(db.query_value<int>("SELECT SUM(value) FROM sealsql_prepared") == 6);
}

TEST_CASE("rows of a prepared statement are left early", "[integration][valgrind]")
{
    auto db = builder().connect();
    auto statement =
        db.prepare("WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
                   "SELECT i FROM n");
    int seen = 0;
    for (int const i : statement.query<int>(900)) {
        if (++seen == 3)
            break;
        CHECK(i == seen);
    }
    CHECK(seen == 3);
    CHECK(statement.query_all<int>(10).size() == 10);
    {
        auto rows = statement.query<int>(900);
        CHECK(*rows.begin() == 1);
        auto const busy = error_of([&] { static_cast<void>(statement.query<int>(1)); });
        CHECK(busy.code() == 2014);
        CHECK_THROWS_AS(db.execute("DO ?", 1), Error);
        CHECK_THROWS_AS(db.prepare("DO ?"), Error);
        CHECK(*++rows.begin() == 2); // and is not disturbed
        rows.finish();
        CHECK(statement.query_all<int>(2).size() == 2);
    }
    // The statement may go while its rows come.
    auto rows = [&] {
        auto going = db.prepare("SELECT ? UNION ALL SELECT 2");
        return going.query<int>(1);
    }();
    CHECK(rows.all() == std::vector<int>{1, 2});
    CHECK(db.query_value<int>("SELECT ?", 3) == 3);
}

TEST_CASE("parameters of more than 16 MiB", "[integration]")
{
    auto db = builder().connect();
    auto const limit = db.query_value<std::uint64_t>("SELECT @@max_allowed_packet");
    std::size_t const part = 0xFF'FFFF;
    if (limit < 2 * part + 4096) {
        auto asking = admin();
        asking.execute("SET GLOBAL max_allowed_packet = 67108864");
        db = builder().connect();
        asking.execute(Sql::unchecked("SET GLOBAL max_allowed_packet = " + std::to_string(limit)));
    }
    // Around where a packet goes in two parts or three, or ends with an empty one: ten bytes, four of NULL bits and types,
    // four of the length, and the value.
    std::size_t const around = 10 + 4 + 4;
    for (std::size_t const size : {part - around, part - around + 1, 2 * part + 5}) {
        std::string const large(size, 'x');
        CAPTURE(size);
        CHECK(db.query_value<std::size_t>("SELECT LENGTH(?)", large) == size);
    }
    auto statement = db.prepare("SELECT ?");
    std::string const large(part - around, 'x');
    bool const came_back = statement.query_value<std::string>(large) == large;
    CHECK(came_back);
    CHECK(db.query_value<int>("SELECT ?", 7) == 7);
    // More than the server takes is an error, whether or not it lets us finish.
    auto const error =
        error_of([&] { db.execute("DO LENGTH(?)", std::string(std::size_t{80} << 20U, 'x')); });
    INFO(error.what());
    CHECK((error.code() == 1153 || error.code() == 2013 || error.code() == 2006));
    CHECK_FALSE(db.usable());
}

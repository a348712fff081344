// Named parameters, statements put together, literals and character sets: what real servers make of them.

#include "server.hpp"

#include <sealsql/bulk.hpp>
#include <sealsql/compose.hpp>
#include <sealsql/format.hpp>
#include <sealsql/named_parameters.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/results.hpp>
#include <sealsql/types.hpp>

#include "support/catch.hpp"

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono;
using namespace std::chrono_literals;

namespace {

struct Person {
    int id = 0;
    std::string name;
    std::optional<double> height;

    friend bool operator==(Person const&, Person const&) = default;
};

struct Key {
    int id = 0;
};

/// The usual test's own table.
Connection people()
{
    Connection db = builder().connect();
    db.execute(
        "CREATE TEMPORARY TABLE `peo``ple` (id INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL, "
        "height DOUBLE) CHARACTER SET utf8mb4");
    return db;
}

std::uint64_t prepared(Connection& db)
{
    return std::stoull(std::get<1>(db.query_one<std::tuple<std::string, std::string>>(
        "SHOW SESSION STATUS LIKE 'Com_stmt_prepare'")));
}

/// SQL modes in which literals are read in different ways.
constexpr std::string_view modes[] = {
    "STRICT_TRANS_TABLES", "STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES",
    "STRICT_TRANS_TABLES,ANSI_QUOTES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"};

void set_mode(Connection& db, std::string_view mode)
{
    db.execute("SET sql_mode = ?", mode);
    CHECK(db.backslash_escapes() == (mode.find("NO_BACKSLASH") == std::string_view::npos));
}

/// Text of what is dangerous in SQL, and of characters of all lengths.
std::string random_text(std::mt19937& random)
{
    static constexpr std::string_view pieces[] = {
        "'",   "\"", "`",       "\\", "\\'", "''", "--", "-- ",  "#",
        "/*",  "*/", ";",       "%",  "_",   "\n", "\r", "\x1A", std::string_view{"\0", 1},
        "a",   "Z",  "0",       "?",  ":x",  "{}", "ß",  "é\\",  "中",
        "中'", "😀",  "\xC2\xA0"};
    std::string text;
    for (auto count = random() % 12; count != 0; --count)
        text += pieces[random() % std::size(pieces)];
    return text;
}

/// What comes back of a value that was written as a literal.
template <class T>
void check_literal(Connection& db, T const& value)
{
    auto const sql = format_sql(db, "SELECT {} ", value);
    INFO(printable(sql.text()));
    CHECK(db.query_value<T>(sql) == value);
}

} // namespace

TEST_CASE("named parameters reach the server, and their statement is kept", "[integration]")
{
    Connection db = people();
    auto const before = prepared(db);
    for (int id = 1; id <= 5; ++id) {
        Person const person{id, "it's \\ :id ?", id == 3 ? std::nullopt : std::optional{1.5}};
        CHECK(
            db
                .execute(named(
                    "INSERT INTO `peo``ple` (id, name, height) /* ? :x */ VALUES (:id, :name, :height)",
                    person))
                .affected_rows == 1);
        Key const key{id};
        CHECK(db.query_one<Person>(
                  named("SELECT * FROM `peo``ple` WHERE id = :id AND id < :ID + 1 AND ':id' <> '?'",
                        key)) == person);
    }
    // MariaDB prepares another one before a statement that goes with its preparation.
    CHECK(prepared(db) == before + (Server::get().is_mariadb() ? 3 : 2));
}

TEST_CASE("named parameters of a prepared statement", "[integration]")
{
    Connection db = people();
    NamedStatement<Person> insert{db,
                                  "INSERT INTO `peo``ple` (height, id, name) VALUES (:height, :id, "
                                  "CONCAT(:name, ':id'))"};
    CHECK(insert.columns().empty());
    auto const before = prepared(db);
    CHECK(insert.execute({1, "Ann", 1.5}).affected_rows == 1);
    CHECK(insert.execute({2, "Ben", std::nullopt}).affected_rows == 1);
    CHECK(prepared(db) == before);

    NamedStatement<Key> find{db, "SELECT id, name, height FROM `peo``ple` WHERE id >= :id"};
    CHECK(find.columns().size() == 3);
    CHECK(find.query_one<Person>({2}) == Person{2, "Ben:id", std::nullopt});
    CHECK(find.query_all<Person>({1}).size() == 2);
    CHECK(!find.query_opt<Person>({3}));
    for (auto const& row : find.query({2}))
        CHECK(row[1] == "Ben:id");
    CHECK(NamedStatement<Key>{db, "SELECT :id + :id"}.query_value<int>({21}) == 42);

    auto const error = error_of([&] {
        insert.execute({3, "Eve", std::numeric_limits<double>::infinity()});
    });
    CHECK(error.message().find("the member height: parameter 1") != std::string::npos);
    CHECK_THROWS_AS((NamedStatement<Key>{db, "SELECT :nobody"}), Error);
    CHECK_THROWS_AS((NamedStatement<Key>{db, "SELEKT :id"}), Error);
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM `peo``ple`") == 2);
}

TEST_CASE("a statement with quotes takes one round trip where the server can", "[integration]")
{
    // Preparing is told where it takes an exchange of its own.
    struct Exchanges : Observer {
        void on_operation(OperationEvent const& event) noexcept override
        {
            if (event.kind == OperationKind::prepare)
                ++preparations;
        }
        int preparations = 0;
    };
    auto const exchanges = std::make_shared<Exchanges>();
    auto db = builder().observer(make_observer(exchanges)).connect();
    bool const can = Server::get().is_mariadb();
    auto const takes_one = [&](BoundSql const& sql) {
        int const before = exchanges->preparations;
        INFO(sql.text());
        CHECK(db.query_value<int>(sql) == 42);
        return exchanges->preparations == before;
    };
    for (char const* const mode : {"", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"}) {
        db.reset(); // and with it what is prepared
        db.execute("SET SESSION sql_mode = ?", mode);
        CHECK(takes_one(compose("SELECT ? AS ", 42) + identifier("a?`'")) == can);
        CHECK(takes_one(compose("SELECT ? FROM DUAL WHERE 'it''s ?; :a -- #' <> ''", 42)) == can);
        CHECK(takes_one(compose("SELECT ? AS \"a?'\"", 42)) == can);
        // What could be read in two ways is asked about.
        CHECK(!takes_one(compose("SELECT ? FROM DUAL WHERE '\\\\' <> '?'", 42)));
        CHECK(!takes_one(compose("SELECT ? FROM DUAL WHERE 'ä' <> '?'", 42)));
        CHECK(!takes_one(compose("SELECT ? /* ? */", 42)));
    }
}

TEST_CASE("a value that no column can hold is told with its member's name", "[integration]")
{
    Connection db = people();
    Person const person{1, "Ann", std::numeric_limits<double>::infinity()};
    auto const insert = named("INSERT INTO `peo``ple` VALUES (:id, :name, :height)", person);
    auto const error = error_of([&] { db.execute(insert); });
    CHECK(error.message().find("height") != std::string::npos);
    CHECK(error.message().find("parameter 3") != std::string::npos);
    CHECK(error.sqlstate() == "22003");
    Pipeline batch{db};
    CHECK_THROWS_AS(batch.execute(insert), Error);
    CHECK(batch.size() == 0);
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM `peo``ple`") == 0);
}

TEST_CASE("statements that bring their values along, in batches and with several results",
          "[integration]")
{
    Connection db = people();
    std::vector<Person> people_of_batch;
    for (int id = 1; id <= 3; ++id)
        people_of_batch.push_back({id, "n\\ä" + std::to_string(id), std::nullopt});
    Pipeline batch{db};
    for (Person const& person : people_of_batch)
        batch.execute(named("INSERT INTO `peo``ple` VALUES (:id, :name, :height)", person));
    auto const from_here = compose(" FROM ") + identifier("peo`ple");
    auto const all = batch.query_all<Person>("SELECT *" + from_here + " ORDER BY id");
    auto const some = batch.query_opt<Person>("SELECT *" + from_here + compose(" WHERE id = ?", 2));
    auto const none =
        batch.query_opt<Person>("SELECT *" + from_here + " WHERE id IN " + in(std::vector<int>{}));
    auto const one = batch.query_one<std::string>("SELECT name" + from_here + " WHERE id IN " +
                                                  in(std::vector<int>{3, 4}));
    auto const count = batch.query_value<int>("SELECT COUNT(*)" + from_here);
    batch.run();
    CHECK(all.value() == people_of_batch);
    CHECK(some.value() == people_of_batch[1]);
    CHECK_FALSE(none.value());
    CHECK(one.value() == "n\\ä3");
    CHECK(count.value() == 3);

    Results with_values{db, "SELECT *" + from_here + compose(" WHERE id = ?", 3)};
    CHECK(with_values.one<Person>() == people_of_batch[2]);
    with_values.finish();
    Results without{db, "SELECT 'ä', COUNT(*)" + from_here};
    CHECK(without.one<std::tuple<std::string, int>>() == std::tuple{"ä", 3});
    without.finish();

    // Where a byte of a character may be a quote's or backslash's, nothing is sent.
    db.execute("SET NAMES gbk");
    CHECK_THROWS_AS(Results(db, compose("SELECT 'ä'")), Error);
    CHECK_THROWS_AS(batch.execute(compose("SELECT 'ä'")), Error);
    CHECK(batch.size() == 0);
    CHECK(Results(db, compose("SELECT ?", 5)).one<int>() == 5);
}

TEST_CASE("pieces make statements", "[integration]")
{
    Connection db = people();
    for (int id = 1; id <= 5; ++id)
        db.execute(compose("INSERT INTO ") + identifier("peo`ple") +
                   compose(" VALUES (?, ?, ?)", id, "n" + std::to_string(9 - id), nullptr));
    auto const ids_of = [&](ComposedSql const& condition, std::string_view order) {
        std::string ids;
        for (auto const& id :
             db.query<int>(compose("SELECT ") + identifier("id") + " FROM " +
                           identifier(Server::get()["DATABASE"], "peo`ple") + " WHERE" + condition +
                           " ORDER BY " + one_of(order, {{"id", "id"}, {"name", "name"}})))
            ids += std::to_string(id);
        return ids;
    };
    std::vector<int> const some{5, 2, 77};
    std::vector<std::string> const none;
    CHECK(ids_of(all_of({}), "id") == "12345");
    CHECK(ids_of(all_of({}), "name") == "54321");
    CHECK(ids_of(any_of({}), "id").empty());
    CHECK(ids_of(all_of({compose("id IN ") + in(some)}), "id") == "25");
    CHECK(ids_of(all_of({compose("id NOT IN ") + in(some), compose("name > ?", "n5")}), "id") ==
          "13");
    // An empty set, also to NULL and NOT.
    CHECK(ids_of(all_of({compose("name IN ") + in(none)}), "id").empty());
    CHECK(ids_of(all_of({compose("name NOT IN ") + in(none)}), "id") == "12345");
    CHECK(ids_of(all_of({compose("height NOT IN ") + in(none)}), "id") == "12345");
    CHECK(ids_of(any_of({compose("id = ?", 4), when(true, "id = ?", 1), when(false, "id = ?", 2)}),
                 "id") == "14");
    // Names with everything in them.
    for (std::string_view const name :
         {"a b", "\"", "it's", "a.b", "-- ", "größe", "`", "select", "menü\\"}) {
        auto const row = db.query_one(compose("SELECT 1 AS ") + identifier(name));
        CHECK(row.columns()[0].name == name);
    }
}

TEST_CASE("pieces that are counted at run time make statements", "[integration]")
{
    auto db = people();
    for (int id = 1; id <= 4; ++id)
        db.execute(compose("INSERT INTO ") + identifier("peo`ple") +
                   compose(" VALUES (?, ?, ?)", id, "n" + std::to_string(id % 2), nullptr));
    auto const count = [&](ComposedSql const& condition) {
        return db.query_value<int>("SELECT COUNT(*) FROM `peo``ple` WHERE " + condition);
    };

    std::vector<std::pair<int, std::string>> pairs;
    CHECK(count("(id, name) IN " + in(pairs)) == 0);
    CHECK(count("(id, name) NOT IN " + in(pairs)) == 4);
    pairs = {{1, "n1"}, {2, "n1"}, {4, "n0"}};
    CHECK(count("(id, name) IN " + in(pairs)) == 2);
    CHECK(count("(id, name) NOT IN " + in(pairs)) == 2);
    CHECK(count("(id) IN " + in({std::tuple{3}})) == 1);

    std::vector<ComposedSql> conditions;
    CHECK(count(all_of(conditions)) == 4);
    conditions.push_back(compose("name = ?", "n1"));
    conditions.push_back(compose("id > ?", 1));
    CHECK(count(all_of(conditions)) == 1);
    CHECK(count(any_of(conditions)) == 4);

    std::vector<ComposedSql> changes{identifier("name") + compose(" = ?", "new"),
                                     identifier("height") + compose(" = ?", 1.5)};
    CHECK(db.execute("UPDATE `peo``ple` SET " + join(changes, ", ") + compose(" WHERE id = ?", 3))
              .affected_rows == 1);
    CHECK(count(compose("name = ? AND height = ?", "new", 1.5)) == 1);
    CHECK(db.query_all<int>("SELECT id FROM `peo``ple` ORDER BY " +
                            join({compose("name DESC"), compose("id")}, ", ")) ==
          std::vector{3, 1, 2, 4});
}

TEST_CASE("literals are read back as they were, in all SQL modes", "[integration]")
{
    Connection db = builder().connect();
    std::mt19937 random{20'261'125}; // NOLINT: the same each time
    std::mt19937_64 wide{1};         // NOLINT: the same each time
    for (std::string_view const mode : modes) {
        INFO(mode);
        set_mode(db, mode);
        for (int i = 0; i < 60; ++i) {
            check_literal(db, random_text(random));
            check_literal(db, static_cast<std::int64_t>(wide()));
            check_literal(db, wide());
            check_literal(db, static_cast<std::int16_t>(wide()));
            if (auto const number = std::bit_cast<double>(wide()); std::isnormal(number))
                check_literal(db, number);
            if (auto const number = std::bit_cast<float>(static_cast<std::uint32_t>(wide()));
                std::isnormal(number))
                check_literal(db, number);
            check_literal(db, Decimal::scaled(static_cast<std::int64_t>(wide()),
                                              static_cast<unsigned>(i) % 20));
            check_literal(db, sys_time<microseconds>{
                                  microseconds{wide() % (7000ULL * 365 * 24 * 3600 * 1'000'000)}});
            check_literal(db,
                          microseconds{static_cast<std::int64_t>(wide() % 3'000'000'000'000ULL) -
                                       1'500'000'000'000});
            std::string const bytes = random_text(random);
            std::vector<std::byte> blob;
            for (char const c : bytes)
                blob.push_back(static_cast<std::byte>(c));
            blob.push_back(static_cast<std::byte>(wide()));
            check_literal(db, blob);
        }
        check_literal(db, std::vector<std::byte>{});
        check_literal(db, std::string{});
        check_literal(db, std::string(300'000, '\\'));
        check_literal(db, true);
        check_literal(db, std::numeric_limits<std::int64_t>::min());
        check_literal(db, std::numeric_limits<std::int64_t>::max());
        check_literal(db, std::numeric_limits<std::uint64_t>::max());
        check_literal(db, std::numeric_limits<double>::max());
        check_literal(db, std::numeric_limits<double>::min());
        check_literal(db, 0.1);
        check_literal(db, 0.1F);
        check_literal(db, year_month_day{2024y / 2 / 29});
        check_literal(db, 838h + 59min + 59s);
        check_literal(db, -(838h + 59min + 59s));
        check_literal(db, Decimal{std::string(65, '9')});
        check_literal(db, std::optional<int>{});
        check_literal(db, std::optional<int>{-1});
    }
}

TEST_CASE("a literal is stored as the parameter is", "[integration]")
{
    Connection db = builder().connect();
    db.execute("SET sql_mode = ''");
    db.execute(
        "CREATE TEMPORARY TABLE t (n INT NOT NULL AUTO_INCREMENT PRIMARY KEY, i BIGINT, u BIGINT UNSIGNED, "
        "b BOOL, f FLOAT, d DOUBLE, m DECIMAL(65,30), c TEXT, x BLOB, da DATE, dt DATETIME(6), ts DATETIME(6), "
        "ti TIME(6), y YEAR, bi BIT(9), e ENUM('a','b'), uu CHAR(36), ip VARCHAR(50), j JSON, g GEOMETRY) "
        "CHARACTER SET utf8mb4");
    std::vector<std::byte> const point{std::byte{1},    std::byte{1}, std::byte{0}, std::byte{0},
                                       std::byte{0},    std::byte{0}, std::byte{0}, std::byte{0},
                                       std::byte{0},    std::byte{0}, std::byte{0}, std::byte{0x24},
                                       std::byte{0x40}, std::byte{0}, std::byte{0}, std::byte{0},
                                       std::byte{0},    std::byte{0}, std::byte{0}, std::byte{0x34},
                                       std::byte{0x40}};
    std::vector<std::byte> const geometry = [&] {
        std::vector<std::byte> all(4); // SRID 0
        all.insert(all.end(), point.begin(), point.end());
        return all;
    }();
    for (std::string_view const mode : {"", "NO_BACKSLASH_ESCAPES"}) {
        set_mode(db, mode);
        db.execute("TRUNCATE t");
        auto const insert = [&](auto const&... values) {
            db.execute("INSERT INTO t VALUES (NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                       values...);
            db.execute(format_sql(
                db,
                "INSERT INTO t VALUES (NULL,{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{})",
                values...));
        };
        insert(-5, std::numeric_limits<std::uint64_t>::max(), true, 0.1F, 1.0 / 3, Decimal{"-1.5"},
               "a\\'\"😀", geometry, year_month_day{2026y / 11 / 25}, DateTime{2026y / 11 / 25, 5us},
               sys_days{2000y / 1 / 1} + 1us, -30h, 2026y, Bits{257, 9}, "b",
               *Uuid::parse("01234567-89ab-cdef-0123-456789abcdef"), *Inet6::parse("2001:db8::1"),
               Json{R"({"a": "\\ü'"})"}, geometry);
        // Zero dates, and NULL for the rest.
        insert(nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
               year_month_day{0y / 0 / 0}, DateTime{}, nullptr, 0us, 0y, nullptr, nullptr, nullptr,
               nullptr, nullptr, nullptr);
        std::vector<std::vector<std::optional<std::string>>> rows;
        for (Row const& row : db.query("SELECT * FROM t ORDER BY n")) {
            rows.emplace_back();
            for (std::size_t i = 1; i < row.size(); ++i)
                rows.back().push_back(row.get<std::optional<std::string>>(i));
        }
        REQUIRE(rows.size() == 4);
        CHECK(rows[0] == rows[1]);
        CHECK(rows[2] == rows[3]);
        CHECK(rows[0][6] == "a\\'\"😀");
    }
}

TEST_CASE("the server's character set is known, also when it changes", "[integration]")
{
    Connection db = builder().connect();
    CHECK(db.character_set() == "utf8mb4");
    auto const questions = [&] {
        return std::stoull(std::get<1>(db.query_one<std::tuple<std::string, std::string>>(
            "SHOW SESSION STATUS LIKE 'Questions'")));
    };
    auto const before = questions();
    for (int i = 0; i < 10; ++i)
        CHECK(db.character_set() == "utf8mb4");
    CHECK(questions() == before + 1); // which is its own

    db.execute("SET NAMES latin1");
    CHECK(db.character_set() == "latin1");
    CHECK(db.query_value<std::string>(format_sql(db, "SELECT HEX({})", "\xE4'")) == "E427");

    // In which a backslash or backtick may be half of a character.
    std::vector<char const*> unsafe{"big5", "sjis", "gbk", "cp932"};
    if (!Server::get().is_mariadb())
        unsafe.push_back("gb18030");
    for (char const* const name : unsafe) {
        db.execute(Sql::unchecked(std::string{"SET NAMES "} + name));
        CHECK(db.character_set() == name);
        CHECK(error_of([&] { (void)format_sql(db, "SELECT {}", "a"); }).message().find(name) !=
              std::string::npos);
        CHECK(error_of([&] { db.execute(compose("SELECT 1 AS ") + identifier("中")); })
                  .message()
                  .find(name) != std::string::npos);
        CHECK(db.query_value<int>(compose("SELECT ? AS ", 3) + identifier("a`b")) == 3);
    }
    // By way of a prepared statement, several at once, and a reset.
    db.execute("SET character_set_client = ?", "latin1");
    CHECK(db.character_set() == "latin1");
    db.reset();
    CHECK(db.character_set() == "utf8mb4");
    CHECK(db.backslash_escapes());

    // A server that does not report it is asked each time.
    db.execute("SET SESSION session_track_system_variables = 'autocommit'");
    db.reset();
    db.execute("SET SESSION session_track_system_variables = 'autocommit'");
    Connection silent =
        builder().init_statement("SET SESSION session_track_system_variables = ''").connect();
    CHECK(silent.character_set() == "utf8mb4");
    silent.execute("SET NAMES latin1");
    CHECK(silent.character_set() == "latin1");
}

TEST_CASE("text that is none in the connection's character set is refused", "[integration]")
{
    Connection db = people();
    // Whether the server would take it, as MariaDB takes halves of surrogates, or store a question mark.
    for (std::string_view const mode : {"STRICT_ALL_TABLES", ""}) {
        db.execute("SET sql_mode = ?", mode);
        for (std::string_view const bad : {"\xC3", "a\xFF", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
            Error const error = error_of([&] {
                db.execute("INSERT INTO `peo``ple` VALUES (?, ?, NULL)", 1, std::string{bad});
            });
            CHECK(error.sqlstate() == "22021");
            CHECK(error.message().find("parameter 2") != std::string::npos);
            CHECK(error_of([&] { db.execute(compose("SELECT ?", bad)); }).sqlstate() == "22021");
            CHECK(error_of([&] { db.execute(format_sql(db, "SELECT {}", bad)); }).sqlstate() ==
                  "22021");
        }
    }
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM `peo``ple`") == 0);
    // Bytes are no text, and need not be UTF-8. In latin1 all bytes are characters.
    CHECK(db.query_value<std::string>("SELECT HEX(?)", std::vector{std::byte{0xC3}}) == "C3");
    db.execute("SET NAMES latin1");
    CHECK(db.query_value<std::string>("SELECT ?", "\xC3") == "\xC3");
    Connection other = builder().character_set("latin1").connect();
    CHECK(other.query_value<std::string>("SELECT ?", "\xC3") == "\xC3");
}

TEST_CASE("a parameter that the character set has no characters for is not sent",
          "[integration][sql_text]")
{
    struct Case {
        char const* character_set;
        bool has_emoji;
        bool has_umlaut;
        bool has_byte;
    };
    for (Case const& set : {Case{"utf8mb4", true, true, false}, Case{"utf8mb3", false, true, false},
                            Case{"utf8", false, true, false}, Case{"ascii", false, false, false},
                            Case{"latin1", true, true, true}}) {
        // As the login has it, and as the session is set later.
        for (bool const is_set_later : {false, true}) {
            auto db = is_set_later ? builder().connect()
                                   : builder().character_set(set.character_set).connect();
            if (is_set_later)
                db.execute(Sql::unchecked("SET NAMES " + std::string{set.character_set}));
            db.execute(
                "CREATE TEMPORARY TABLE texts (id INT, t VARCHAR(40)) CHARACTER SET utf8mb4");
            auto insert = db.prepare("INSERT INTO texts VALUES (1, ?)");
            std::vector<std::function<void(std::string const&)>> const ways{
                [&](std::string const& text) { insert.execute(text); },
                [&](std::string const& text) {
                    db.execute("INSERT INTO texts VALUES (?, ?)", 2, std::optional{text});
                },
                [&](std::string const& text) {
                    Pipeline batch{db};
                    batch.execute("INSERT INTO texts VALUES (3, ?)", text);
                    batch.run();
                },
                [&](std::string const& text) {
                    bulk_execute(db, "INSERT INTO texts VALUES (?, ?)",
                                 std::vector<std::tuple<int, std::string>>{{4, text}});
                },
                [&](std::string const& text) {
                    db.execute(compose("INSERT INTO texts VALUES (5, ?)", text));
                },
                [&](std::string const& text) {
                    db.execute(
                        format_sql(literal_rules(db), "INSERT INTO texts VALUES (6, {})", text));
                },
            };
            std::size_t way = 0;
            for (auto const& run : ways) {
                CAPTURE(set.character_set, is_set_later, ++way);
                auto const is_taken = [&](std::string const& text) {
                    try {
                        run(text);
                    } catch (Error const& error) {
                        CHECK(error.sqlstate() == "22021");
                        CHECK(error.origin() == ErrorOrigin::client);
                        CHECK(error.message().find("nothing was sent") != std::string::npos);
                        return false;
                    }
                    return true;
                };
                CHECK(is_taken("plain"));
                CHECK(is_taken("plain and long \xF0\x9F\x98\x80") == set.has_emoji);
                CHECK(is_taken("plain and long \xC3\xA4") == set.has_umlaut);
                CHECK(is_taken("plain and long \xE4") == set.has_byte);
            }
            // Bytes are no text.
            std::vector<std::byte> const bytes{std::byte{0xF0}, std::byte{0x9F}};
            CHECK(db.query_value<std::string>("SELECT HEX(?)", bytes) == "F09F");
        }
    }
}

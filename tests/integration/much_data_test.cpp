// Bulk statements, LOAD DATA LOCAL, values in pieces and compression, on a real server.

#include <sealsql/blob.hpp>
#include <sealsql/bulk.hpp>
#include <sealsql/compression.hpp>
#include <sealsql/load_data.hpp>

#include "server.hpp"

#include "support/catch.hpp"
#include "support/sanitizers.hpp"
#include "support/soon.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <optional>
#include <span>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

namespace {

struct Item {
    std::int64_t id;
    std::string name;
    std::optional<double> price;
};

constexpr char const create_items[] = "CREATE TEMPORARY TABLE items (id BIGINT PRIMARY KEY, "
                                      "name VARCHAR(100) NOT NULL, price DOUBLE) ENGINE=InnoDB";
constexpr char const insert_items[] = "INSERT INTO items (id, name, price) VALUES (?, ?, ?)";

Item item(std::int64_t id)
{
    return {id, "item " + std::to_string(id),
            id % 3 == 0 ? std::nullopt : std::optional{static_cast<double>(id) / 2}};
}

std::vector<Item> items(std::int64_t count)
{
    std::vector<Item> all;
    for (std::int64_t id = 0; id < count; ++id)
        all.push_back(item(id));
    return all;
}

/// Numbers that are made as they are read, and once.
template <class Make>
class Generated {
public:
    Generated(int from, int to, int step, Make make) : at_{from}, end_{to}, step_{step}, make_{make}
    {
    }

    struct Iterator {
        using value_type = std::invoke_result_t<Make&, int>;
        using difference_type = std::ptrdiff_t;
        Generated* of = nullptr;
        value_type operator*() const { return of->make_(of->at_); }
        Iterator& operator++()
        {
            of->at_ += of->step_;
            return *this;
        }
        void operator++(int) { ++*this; }
        bool operator==(std::default_sentinel_t) const { return of->at_ >= of->end_; }
    };
    [[nodiscard]] Iterator begin() { return {this}; }
    [[nodiscard]] static std::default_sentinel_t end() { return {}; }

private:
    int at_;
    int end_;
    int step_;
    Make make_;
};

constexpr auto itself = [](int i) { return i; };

std::int64_t count_items(Connection& db)
{
    return db.query_value<std::int64_t>("SELECT COUNT(*) FROM items");
}

BulkError bulk_error_of(std::function<void()> const& function)
{
    try {
        function();
    } catch (BulkError const& error) {
        return error;
    }
    throw std::runtime_error("no BulkError where one was expected");
}

/// Bytes that are no text, and of which none repeats soon.
std::string noise(std::size_t size)
{
    std::string bytes(size, '\0');
    std::uint64_t state = 0x9E37'79B9'7F4A'7C15U;
    for (char& byte : bytes) {
        state ^= state << 13U;
        state ^= state >> 7U;
        state ^= state << 17U;
        byte = static_cast<char>(static_cast<unsigned char>(state & 0xFFU));
    }
    return bytes;
}

std::string_view as_text(std::span<std::byte const> bytes)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// More than any test here sends in one value. Only for new connections.
void allow_large_packets()
{
    auto root = admin();
    root.execute("SET GLOBAL max_allowed_packet = 67108864");
}

/// Bytes that nobody has to hold: which one stands where.
std::byte noise_at(std::size_t position)
{
    return static_cast<std::byte>((position + 1) * 0x9E37'79B9'7F4A'7C15U >> 56U);
}

/// Gives so many of them.
BlobSource noise_of(std::size_t size)
{
    return BlobSource{[at = std::size_t{0}, size](std::span<std::byte> room) mutable {
        std::size_t const count = std::min(room.size(), size - at);
        for (std::byte& byte : room.first(count))
            byte = noise_at(at++);
        return count;
    }};
}

/// From now on, most_memory() counts anew.
void forget_most_memory()
{
    std::ofstream file{"/proc/self/clear_refs"};
    REQUIRE((file << '5' << std::flush));
}

/// The most that this process had at a time, in KiB.
std::size_t most_memory()
{
    std::ifstream status{"/proc/self/status"};
    for (std::string word; status >> word;) {
        std::size_t size = 0;
        if (word == "VmHWM:" && status >> size)
            return size;
    }
    throw std::runtime_error("/proc/self/status has no VmHWM");
}

} // namespace

TEST_CASE("rows of a range are inserted, whatever their number", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    for (std::int64_t const count : {0, 1, 7, 8, 127, 128, 129, 5000}) {
        auto const result = bulk_execute(db, Sql::unchecked(insert_items), items(count));
        INFO(count);
        CHECK(result.rows == static_cast<std::uint64_t>(count));
        CHECK(result.affected_rows == static_cast<std::uint64_t>(count));
        CHECK(result.warning_count == 0);
        std::int64_t at = 0;
        for (auto const& row : db.query<Item>("SELECT id, name, price FROM items ORDER BY id")) {
            Item const wanted = item(at++);
            if (row.id != wanted.id || row.name != wanted.name || row.price != wanted.price)
                FAIL("row " << at << " is another one");
        }
        CHECK(at == count);
        db.execute("DELETE FROM items");
    }
}

TEST_CASE("tuples, single values and ranges that are made as they are read", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    using Triple = std::tuple<std::uint16_t, std::string_view, std::nullptr_t>;
    bulk_execute(db, Sql::unchecked(insert_items),
                 std::vector<Triple>{{1, "one", nullptr}, {65'535, "many", nullptr}});
    CHECK(db.query_all<std::int64_t>("SELECT id FROM items WHERE price IS NULL ORDER BY id") ==
          std::vector<std::int64_t>{1, 65'535});
    bulk_execute(db, "INSERT INTO items VALUES (?, 'x', 1)", Generated{10, 1010, 2, itself});
    CHECK(count_items(db) == 502);
    CHECK(bulk_execute(db, "DELETE FROM items WHERE id = ?", Generated{10, 1010, 1, itself})
              .affected_rows == 500);
    CHECK(count_items(db) == 2);
    CHECK(bulk_execute(
              db, "UPDATE items SET name = ? WHERE id = ?",
              std::vector<std::tuple<char const*, int>>{{"two", 1}, {"none", 2}, {"most", 65'535}})
              .affected_rows == 2);
    CHECK(db.query_value<std::string>("SELECT name FROM items WHERE id = 65535") == "most");
    bulk_execute(db,
                 "INSERT INTO items VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE name = VALUES(name), "
                 "price = VALUES(price)",
                 items(300));
    CHECK(db.query_value<std::string>("SELECT name FROM items WHERE id = 1") == "item 1");
    bulk_execute(db, "INSERT INTO items SELECT ? + 1000, ?, 3",
                 std::vector<std::tuple<int, std::string>>{{1, "a"}, {2, "b"}});
    CHECK(db.query_value<std::string>("SELECT name FROM items WHERE id = 1002") == "b");
}

TEST_CASE("rows larger than a packet of the protocol, and rows that fill one",
          "[integration][bulk]")
{
    allow_large_packets();
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE big (id INT PRIMARY KEY, content LONGBLOB) ENGINE=InnoDB");
    std::string const content = noise(17U << 20U);
    std::vector<std::tuple<int, std::span<std::byte const>>> rows;
    int id = 0;
    for (std::size_t const size : {0U, 1U, 1U << 20U, (1U << 20U) - 1, 300'000U, 17U << 20U, 5U})
        rows.emplace_back(id++, std::as_bytes(std::span{content}).first(size));
    CHECK(bulk_execute(db, "INSERT INTO big VALUES (?, ?)", rows).rows == rows.size());
    for (auto const& [at, text] : rows)
        CHECK(db.query_value<bool>("SELECT content = ? FROM big WHERE id = ?", text, at));
}

TEST_CASE("a row that the server refuses is named, and those before it stay", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    for (std::size_t const bad : {0U, 1U, 500U, 2999U}) {
        auto rows = items(3000);
        rows[bad].id = bad == 0 ? 5'000 : 0;
        db.execute("DELETE FROM items");
        db.execute("INSERT INTO items VALUES (5000, 'here', 1)");
        auto const error =
            bulk_error_of([&] { bulk_execute(db, Sql::unchecked(insert_items), rows); });
        INFO(error.what());
        CHECK(error.code() == 1062);
        CHECK(error.row() == bad);
        CHECK(error.rows_applied() == bad);
        CHECK(error.message().find("row " + std::to_string(bad)) != std::string::npos);
        CHECK(db.usable());
        CHECK(count_items(db) == 1 + static_cast<std::int64_t>(bad));

        auto const all_or_none = bulk_error_of([&] {
            db.execute("DELETE FROM items WHERE id <> 5000");
            bulk_execute(db, Sql::unchecked(insert_items), rows, {.atomic = true});
        });
        CHECK(all_or_none.row() == bad);
        CHECK(all_or_none.rows_applied() == 0);
        CHECK(count_items(db) == 1);
    }
}

TEST_CASE("an update that fails in the middle is named, and later ones are not done",
          "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    bulk_execute(db, Sql::unchecked(insert_items), items(400));
    std::vector<std::tuple<int, int>> changes;
    for (int i = 0; i < 400; ++i)
        changes.emplace_back(i == 333 ? 0 : 10'000 + i, i);
    changes[0] = {0, 0};
    auto const error =
        bulk_error_of([&] { bulk_execute(db, "UPDATE items SET id = ? WHERE id = ?", changes); });
    INFO(error.what());
    CHECK(error.row() == 333);
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM items WHERE id >= 10000") == 332);
}

TEST_CASE("a bulk within the caller's transaction is undone alone", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    auto rows = items(1000);
    rows[700].id = 3;
    db.execute("START TRANSACTION");
    db.execute("INSERT INTO items VALUES (-1, 'before', 1)");
    auto const error = bulk_error_of(
        [&] { bulk_execute(db, Sql::unchecked(insert_items), rows, {.atomic = true}); });
    CHECK(error.row() == 700);
    CHECK(count_items(db) == 1);
    bulk_execute(db, Sql::unchecked(insert_items), items(10), {.atomic = true});
    CHECK(count_items(db) == 11);
    db.execute("ROLLBACK");
    CHECK(count_items(db) == 0);

    db.execute("SET autocommit = 0");
    bulk_execute(db, Sql::unchecked(insert_items), items(10));
    db.execute("ROLLBACK");
    CHECK(count_items(db) == 0);
}

TEST_CASE("what a range throws, or cannot be sent, leaves the connection usable",
          "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    Generated failing{0, 5000, 1, [](int i) {
                          if (i == 4000)
                              throw std::runtime_error{"the range's own"};
                          return std::tuple{i, "x", 1.0};
                      }};
    CHECK_THROWS_AS(bulk_execute(db, Sql::unchecked(insert_items), failing, {.atomic = true}),
                    std::runtime_error);
    CHECK(count_items(db) == 0);

    auto rows = items(20);
    rows[11].price = std::numeric_limits<double>::infinity();
    auto const error = bulk_error_of([&] { bulk_execute(db, Sql::unchecked(insert_items), rows); });
    CHECK(error.row() == 11);
    CHECK(count_items(db) == 11);

    auto const count =
        error_of([&] { bulk_execute(db, "INSERT INTO items VALUES (?, ?, 1)", items(1)); });
    CHECK(count.sqlstate() == "07001");
    CHECK_THROWS_AS(bulk_execute(db, "SELECT ?", std::vector<int>{1}), Error);
    CHECK(count_items(db) == 11);
}

TEST_CASE("no statement of a bulk stays prepared", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    auto const open = [&] {
        return db.query_one<std::tuple<std::string, int>>(
            "SHOW GLOBAL STATUS LIKE 'Prepared_stmt_count'");
    };
    int const before = std::get<1>(open());
    bulk_execute(db, Sql::unchecked(insert_items), items(1000));
    CHECK(std::get<1>(open()) == before);
}

TEST_CASE("a table without transactions keeps what it has got, and gets it once",
          "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE kept (id INT, a INT NOT NULL) ENGINE=MyISAM");
    std::vector<std::tuple<int, std::optional<int>>> rows;
    for (int id = 0; id < 6; ++id)
        rows.emplace_back(id, id == 4 ? std::nullopt : std::optional{id});
    for (bool const is_within : {false, true}) {
        for (bool const is_atomic : {false, true}) {
            CAPTURE(is_within, is_atomic);
            if (is_within)
                db.execute("START TRANSACTION");
            auto const error = bulk_error_of([&] {
                bulk_execute(db, "INSERT INTO kept VALUES (?, ?)", rows, {.atomic = is_atomic});
            });
            CHECK(error.code() == 1048);
            CHECK(error.row() == 0); // of which it is not known
            CHECK(error.rows_applied() == 0);
            CHECK(db.query_value<bool>("SELECT COUNT(*) = COUNT(DISTINCT id) FROM kept"));
            CHECK(db.query_value<int>("SELECT COUNT(*) FROM kept") >= 4);
            if (is_within)
                db.execute("ROLLBACK");
            db.execute("DELETE FROM kept");
        }
    }
    // A warning that says something else.
    db.execute(Sql::unchecked(create_items));
    auto wrong = items(20);
    wrong[13].id = 3;
    db.execute("START TRANSACTION");
    if (!Server::get().is_mariadb()) // which says the same of it
        db.execute("CREATE TEMPORARY TABLE made (id INT) ENGINE=InnoDB");
    CHECK(bulk_error_of([&] { bulk_execute(db, Sql::unchecked(insert_items), wrong); }).row() ==
          13);
}

TEST_CASE("what one row would not store, many do not", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE kept (id INT PRIMARY KEY, a INT NOT NULL) ENGINE=InnoDB");
    std::string const strict = db.query_value<std::string>("SELECT @@sql_mode");
    for (std::string const& mode : {std::string{}, strict, std::string{"STRICT_ALL_TABLES"}}) {
        db.execute("SET sql_mode = ?", mode);
        for (int const count : {5, 20, 300}) {
            CAPTURE(mode, count);
            std::vector<std::tuple<int, std::optional<int>>> rows;
            for (int id = 0; id < count; ++id)
                rows.emplace_back(id, id == 3 ? std::nullopt : std::optional{id});
            auto const error =
                bulk_error_of([&] { bulk_execute(db, "INSERT INTO kept VALUES (?, ?)", rows); });
            CHECK(error.code() == 1048);
            CHECK(error.row() == 3);
            CHECK(db.query_value<int>("SELECT COUNT(*) FROM kept") == 3);
            db.execute("DELETE FROM kept");
        }
    }
}

TEST_CASE("a row can ask what the row before it has left", "[integration][bulk]")
{
    auto db = builder().connect();
    for (char const* const asks : {"LAST_INSERT_ID()", "@@last_insert_id", "@@identity"}) {
        for (std::size_t const count : {5U, 200U}) {
            CAPTURE(asks, count);
            db.execute("CREATE TEMPORARY TABLE chain (id INT PRIMARY KEY AUTO_INCREMENT, "
                       "parent INT, v INT) ENGINE=InnoDB");
            bulk_execute(db,
                         Sql::unchecked("INSERT INTO chain (parent, v) VALUES (" +
                                        std::string{asks} + ", ?)"),
                         std::vector<int>(count, 1));
            CHECK(db.query_value<std::size_t>("SELECT COUNT(DISTINCT parent) FROM chain") >=
                  count - 1);
            db.execute("DROP TEMPORARY TABLE chain");
        }
    }
}

TEST_CASE("rows in answer to a bulk are an error of the caller's only", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    db.execute("DROP PROCEDURE IF EXISTS gives_rows");
    db.execute(
        "CREATE PROCEDURE gives_rows(what INT) BEGIN INSERT INTO items VALUES (what, 'x', 1); "
        "SELECT what UNION SELECT 2; SELECT 'more' AS a; END");
    for (bool const is_within : {false, true}) {
        for (bool const is_atomic : {false, true}) {
            CAPTURE(is_within, is_atomic);
            if (is_within)
                db.execute("START TRANSACTION");
            auto const error = bulk_error_of([&] {
                bulk_execute(db, "CALL gives_rows(?)", std::vector{1, 2, 3}, {.atomic = is_atomic});
            });
            CAPTURE(error.what());
            CHECK(error.origin() == ErrorOrigin::client);
            CHECK_FALSE(error.poisons_connection());
            CHECK(error.row() == 0);
            CHECK(error.rows_applied() == 0);
            CHECK(count_items(db) == 0);
            if (is_within) {
                db.execute("INSERT INTO items VALUES (9, 'still', 1)");
                db.execute("ROLLBACK");
            }
            CHECK(count_items(db) == 0);
        }
    }
    db.execute("DROP PROCEDURE gives_rows");
    if (!Server::get().is_mariadb())
        return;
    // Of rows that are sent one by one, the columns are described once.
    for (char const* const value : {"?", "? + LAST_INSERT_ID()"}) {
        auto const error = bulk_error_of([&] {
            bulk_execute(db,
                         Sql::unchecked("INSERT INTO items VALUES (" + std::string{value} +
                                        ", 'x', 1) RETURNING id"),
                         std::vector{1, 2, 3});
        });
        CAPTURE(error.what());
        CHECK(error.origin() == ErrorOrigin::client);
        CHECK(db.usable());
        CHECK(count_items(db) == 0);
    }
}

TEST_CASE("members are parameters by their names", "[integration][bulk]")
{
    auto db = builder().connect();
    db.execute(Sql::unchecked(create_items));
    auto rows = items(300);
    CHECK(bulk_execute(
              db, named<Item>("INSERT INTO items (price, name, id) VALUES (:price, :name, :id)"),
              rows)
              .affected_rows == 300);
    CHECK(db.query_value<std::string>("SELECT name FROM items WHERE id = ?", rows[7].id) ==
          rows[7].name);
    // One that stands there twice, and no INSERT.
    for (Item& row : rows)
        row.price = 2;
    CHECK(bulk_execute(db,
                       named<Item>("UPDATE items SET price = :price + 1, name = CONCAT(:name, :id) "
                                   "WHERE id = :id AND ':price' <> ''"),
                       rows)
              .affected_rows == 300);
    CHECK(db.query_one<std::tuple<std::string, double>>(
              "SELECT name, price FROM items WHERE id = ?", rows[7].id) ==
          std::tuple{rows[7].name + std::to_string(rows[7].id), 3.0});

    rows[5].price = std::numeric_limits<double>::infinity();
    db.execute("DELETE FROM items");
    for (bool const is_named : {true, false}) {
        auto const error = bulk_error_of([&] {
            if (is_named)
                bulk_execute(db, named<Item>("INSERT INTO items VALUES (:id, :name, :price)"), rows,
                             {.atomic = true});
            else
                bulk_execute(db, Sql::unchecked(insert_items), rows, {.atomic = true});
        });
        CHECK(error.row() == 5);
        CHECK(std::string_view{error.what()}.find("the member price: parameter 3") !=
              std::string_view::npos);
    }
    CHECK(count_items(db) == 0);
    CHECK_THROWS_AS(named<Item>("INSERT INTO items VALUES (:id, :name)"), Error);
}

TEST_CASE("data for LOAD DATA LOCAL come from memory", "[integration][load_data]")
{
    {
        auto root = admin();
        root.execute("SET GLOBAL local_infile = 1");
    }
    auto const login = builder().local_infile();
    auto db = login.connect();
    db.execute(Sql::unchecked(create_items));
    auto const load = [&](ByteSource source) {
        db.execute("DELETE FROM items");
        return load_data(db, "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE items",
                         std::move(source))
            .affected_rows;
    };
    CHECK(load("1\tone\t1.5\n2\ttwo\t\\N\n") == 2);
    CHECK(db.query_value<std::string>("SELECT name FROM items WHERE price IS NULL") == "two");
    CHECK(load("") == 0);

    std::vector<std::string> lines;
    std::string whole;
    for (int i = 0; i < 50'000; ++i) {
        lines.push_back(std::to_string(i) + "\titem " + std::to_string(i) + "\t0.5\n");
        whole += lines.back();
    }
    CHECK(load(lines) == 50'000);
    CHECK(db.query_value<std::string>("SELECT name FROM items WHERE id = 49999") == "item 49999");
    std::istringstream stream{whole};
    CHECK(load(stream) == 50'000);
    int next = 0;
    CHECK(load([&](std::span<std::byte> room) -> std::size_t {
              if (next == 3)
                  return 0;
              std::string const line = std::to_string(next++) + "\tx\t1\n";
              std::memcpy(room.data(), line.data(), line.size());
              return line.size();
          }) == 3);
    CHECK(db.query_value<int>("SELECT 1") == 1);

    SECTION("an error of the server's leaves the connection usable")
    {
        auto const error = error_of(
            [&] { load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE no_such_table", "1\n"); });
        CHECK(error.code() == 1146);
        CHECK(db.query_value<int>("SELECT 1") == 1);
    }
    SECTION("another statement is run, and said to be one")
    {
        CHECK_THROWS_AS(load_data(db, "DELETE FROM items", "1\n"), Error);
        CHECK(db.query_value<int>("SELECT COUNT(*) FROM items") == 0);
    }
    SECTION("what the source throws closes the connection, and nothing stays")
    {
        db.execute("CREATE TABLE IF NOT EXISTS loaded (id INT) ENGINE=InnoDB");
        CHECK_THROWS_AS(load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE loaded",
                                  [&](std::span<std::byte> room) -> std::size_t {
                                      if (next++ > 10)
                                          throw std::runtime_error{"the source's own"};
                                      std::memcpy(room.data(), "1\n", 2);
                                      return 2;
                                  }),
                        std::runtime_error);
        CHECK_FALSE(db.usable());
        auto again = login.connect();
        CHECK(again.query_value<int>("SELECT COUNT(*) FROM loaded") == 0);
        again.execute("DROP TABLE loaded");
    }
    SECTION("no file is sent by another call")
    {
        auto const error =
            error_of([&] { db.execute("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE items"); });
        CHECK(error.poisons_connection());
        CHECK_FALSE(db.usable());
    }
    SECTION("not without leave")
    {
        auto without = builder().connect();
        auto const error = error_of(
            [&] { load_data(without, "LOAD DATA LOCAL INFILE 'x' INTO TABLE items", "1\n"); });
        CHECK(error.remedy().find("local_infile()") != std::string::npos);
        CHECK_THROWS_AS(without.execute("LOAD DATA LOCAL INFILE 'x' INTO TABLE items"), Error);
        CHECK(without.query_value<int>("SELECT 1") == 1);
    }
}

TEST_CASE("values are written and read in pieces", "[integration][blob]")
{
    allow_large_packets();
    auto db = builder().max_allowed_packet(std::size_t{1} << 20U).connect();
    db.execute("CREATE TEMPORARY TABLE big (id INT PRIMARY KEY, content LONGBLOB) ENGINE=InnoDB");
    std::string const content = noise(17U << 20U);
    int id = 0;
    for (std::size_t const size : {0U, 1U, 250U, 251U, 65'536U, 1'047'552U, 1'047'553U, 16'777'209U,
                                   16'777'210U, 17U << 20U}) {
        std::string_view const wanted = std::string_view{content}.substr(0, size);
        CHECK(execute_in_pieces(db, "INSERT INTO big VALUES (?, ?)", ++id, BlobSource{wanted})
                  .affected_rows == 1);
        std::string read;
        std::size_t largest = 0;
        auto const found = read_in_pieces(
            db, "SELECT content FROM big WHERE id = ?",
            [&](std::span<std::byte const> piece) {
                largest = std::max(largest, piece.size());
                read += as_text(piece);
            },
            id);
        INFO(size);
        CHECK(found == size);
        CHECK((read == wanted)); // not printed
        CHECK(largest <= 64U << 10U);
    }
    auto const nothing = [](std::span<std::byte const>) {};
    db.execute("INSERT INTO big VALUES (100, NULL)");
    CHECK(read_in_pieces(db, "SELECT content FROM big WHERE id = 100", nothing) == std::nullopt);
    CHECK_THROWS_AS(read_in_pieces(db, "SELECT content FROM big WHERE id = 101", nothing), Error);
    CHECK_THROWS_AS(read_in_pieces(db, "SELECT content FROM big", nothing), Error);
    CHECK_THROWS_AS(read_in_pieces(db, "SELECT id FROM big", nothing), Error);
    CHECK_THROWS_AS(read_in_pieces(db, "SELECT content, id FROM big", nothing), Error);
    CHECK_THROWS_AS(read_in_pieces(db, "SELECT content FROM big WHERE id = 10",
                                   [](std::span<std::byte const>) {
                                       throw std::runtime_error{"the reader's own"};
                                   }),
                    std::runtime_error);
    CHECK_THROWS_AS(execute_in_pieces(db, "INSERT INTO big VALUES (?, ?)", 102,
                                      BlobSource{[](std::span<std::byte>) -> std::size_t {
                                          throw std::runtime_error{"the source's own"};
                                      }}),
                    std::runtime_error);
    CHECK(error_of([&] {
              execute_in_pieces(db, "INSERT INTO big VALUES (?, ?)", 1, BlobSource{"x"});
          }).code() == 1062);
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM big") == 11);
}

TEST_CASE("a source can read from the connection that it is sent by", "[integration][blob]")
{
    allow_large_packets();
    auto db = builder().connect();
    db.execute("CREATE TEMPORARY TABLE big (id INT PRIMARY KEY, content LONGBLOB) ENGINE=InnoDB");
    std::string const content = noise((std::size_t{3} << 20U) + 17);
    db.execute("INSERT INTO big VALUES (1, ?)", std::as_bytes(std::span{content}));
    std::size_t at = 1;
    BlobSource source{[&](std::span<std::byte> room) {
        // MySQL cannot open a temporary table twice in one statement, but in two.
        auto const piece = db.query_value<std::string>(
            "SELECT SUBSTRING(content, ?, ?) FROM big WHERE id = 1", at, room.size());
        std::memcpy(room.data(), piece.data(), piece.size());
        at += piece.size();
        return piece.size();
    }};
    execute_in_pieces(db, "INSERT INTO big VALUES (?, ?)", 2, std::move(source));
    CHECK(db.query_value<bool>(
        "SELECT SHA2(content, 256) = ? FROM big WHERE id = 2",
        db.query_value<std::string>("SELECT SHA2(content, 256) FROM big WHERE id = 1")));

    // Rows that it leaves open are in the way, and what it ends is ended.
    std::optional<Rows<int>> open;
    auto const error = error_of([&] {
        execute_in_pieces(db, "INSERT INTO big VALUES (3, ?)",
                          BlobSource{[&](std::span<std::byte> room) {
                              open.emplace(db.query<int>("SELECT 1 UNION SELECT 2"));
                              return room.size();
                          }});
    });
    CHECK(error.code() == 2014);
    open.reset();
    bool is_reset = false;
    CHECK_THROWS_AS(execute_in_pieces(db, "INSERT INTO big VALUES (3, ?)",
                                      BlobSource{[&](std::span<std::byte> room) -> std::size_t {
                                          if (is_reset)
                                              return 0;
                                          is_reset = true;
                                          db.reset();
                                          return room.size();
                                      }}),
                    Error);
}

TEST_CASE("values of three packets of the protocol, up to the server's limit, in constant memory",
          "[integration][blob]")
{
    constexpr std::size_t limit = std::size_t{40} << 20U;
    {
        auto root = admin();
        root.execute(Sql::unchecked("SET GLOBAL max_allowed_packet = " + std::to_string(limit)));
    }
    auto db = builder().max_allowed_packet(std::size_t{1} << 20U).connect();
    allow_large_packets(); // for the others
    db.execute("CREATE TEMPORARY TABLE big (id INT PRIMARY KEY, content LONGBLOB) ENGINE=InnoDB");
    int id = 0;
    auto const there_and_back = [&](std::size_t size) {
        CHECK(execute_in_pieces(db, "INSERT INTO big VALUES (?, ?)", ++id, noise_of(size))
                  .affected_rows == 1);
        std::size_t at = 0;
        std::size_t wrong = 0;
        auto const found = read_in_pieces(
            db, "SELECT content FROM big WHERE id = ?",
            [&](std::span<std::byte const> piece) {
                for (std::byte const byte : piece)
                    wrong += byte == noise_at(at++) ? 0U : 1U;
            },
            id);
        INFO(size);
        CHECK(found == size);
        CHECK(at == size);
        CHECK(wrong == 0);
    };
    there_and_back(1'000'000); // what is held from then on
    if (can_count_memory)
        forget_most_memory();
    std::size_t const before = most_memory();
    there_and_back((std::size_t{33} << 20U) + 12'345);
    there_and_back(limit);
    if (can_count_memory)
        CHECK(most_memory() < before + 1024);
    CHECK_THROWS_AS(
        execute_in_pieces(db, "INSERT INTO big VALUES (?, ?)", ++id, noise_of(limit + 1)), Error);
}

TEST_CASE("statements and results travel compressed", "[integration][compression]")
{
    allow_large_packets();
    auto const login = builder().compression(Compression::zlib());
    auto db = login.connect();
    REQUIRE(is_compressed(db));
    CHECK_FALSE(is_compressed(builder().connect()));
    CHECK(std::get<1>(db.query_one<std::tuple<std::string, std::string>>(
              "SHOW SESSION STATUS LIKE 'Compression'")) == "ON");
    db.ping();
    CHECK(db.query_value<int>("SELECT ? + 1", 1) == 2);
    CHECK_THROWS_AS(db.execute("no SQL"), Error);
    CHECK_THROWS_AS(db.execute("no SQL with ?", 1), Error);
    db.execute(Sql::unchecked(create_items));
    CHECK(bulk_execute(db, Sql::unchecked(insert_items), items(20'000)).affected_rows == 20'000);
    CHECK(bulk_execute(db, "UPDATE items SET name = ? WHERE id = ?",
                       std::vector<std::tuple<std::string, int>>(500, {"x", 1}))
              .rows == 500);
    std::int64_t sum = 0;
    for (auto const& row : db.query<Item>("SELECT id, name, price FROM items"))
        sum += row.id;
    CHECK(sum == std::int64_t{20'000} * 19'999 / 2);
    for (std::int64_t id = 0;
         auto const& row : db.query<Item>("SELECT id, name, price FROM items ORDER BY id")) {
        if (++id == 10)
            break; // the rest is read away
        static_cast<void>(row);
    }
    std::string const content = noise(3U << 20U);
    CHECK((db.query_value<std::string>("SELECT ?", std::as_bytes(std::span{content})) == content));
    // Of more packets than one, on both ways.
    CHECK(db.query_value<std::size_t>("SELECT LENGTH(?)", std::string(17U << 20U, 'a')) ==
          17U << 20U);
    CHECK(db.query_value<std::string>("SELECT REPEAT('a', 17000000)").size() == 17'000'000);
    db.execute("CREATE TEMPORARY TABLE big (id INT PRIMARY KEY, content LONGBLOB) ENGINE=InnoDB");
    execute_in_pieces(db, "INSERT INTO big VALUES (1, ?)", BlobSource{content});
    std::string read;
    CHECK(read_in_pieces(db, "SELECT content FROM big", [&](std::span<std::byte const> piece) {
              read += as_text(piece);
          }) == content.size());
    CHECK((read == content));
    db.reset();
    CHECK(db.warnings().empty());
    {
        auto root = admin();
        root.execute("SET GLOBAL local_infile = 1");
    }
    auto loader = login.local_infile().connect();
    loader.execute(Sql::unchecked(create_items));
    std::vector<std::string> lines;
    for (int i = 0; i < 50'000; ++i)
        lines.push_back(std::to_string(i) + "\titem\t0.5\n");
    CHECK(load_data(loader, "LOAD DATA LOCAL INFILE 'x' INTO TABLE items", lines).affected_rows ==
          50'000);
}

TEST_CASE("a compressed connection says goodbye in a way that the server understands",
          "[integration][compression]")
{
    auto root = admin();
    auto const aborted = [&] {
        return std::get<1>(root.query_one<std::tuple<std::string, int>>(
            "SHOW GLOBAL STATUS LIKE 'Aborted_clients'"));
    };
    int const before = aborted();
    auto db = builder().compression(Compression::zlib()).connect();
    auto const id = db.connection_id();
    db.execute("DO 1");
    db.close();
    // Its thread has to be gone before the count tells.
    CHECK(soon([&] {
        return !root.query_opt<int>("SELECT 1 FROM information_schema.processlist WHERE id = ?",
                                    id);
    }));
    CHECK(aborted() == before);
}

TEST_CASE("the end of an idle compressed connection is told as it is", "[integration][compression]")
{
    auto db = builder().compression(Compression::zlib()).connect();
    db.execute("SET SESSION wait_timeout = 1");
    auto root = admin();
    REQUIRE(soon([&] {
        return !root.query_opt<int>("SELECT 1 FROM information_schema.processlist WHERE id = ?",
                                    db.connection_id());
    }));
    auto const error = error_of([&] { db.execute("DO 1"); });
    INFO(error.what());
    CHECK(error.poisons_connection());
    CHECK(error.code() != 2027);
}

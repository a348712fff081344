// Rows that are kept as views: what they look at stays as it was when the answer and the connection are gone.

#include <sealsql/kept_rows.hpp>

#include "integration/server.hpp"

#include "support/catch.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

using sealsql::keep;
using sealsql::KeptRows;
namespace testing = sealsql::testing;

namespace {

struct Kept {
    std::int64_t id;
    std::string_view name;
    std::optional<std::string_view> note;
    std::span<std::byte const> bytes;
    std::string own;
};

/// A temporary table of 900 rows.
void make_many(sealsql::Connection& db)
{
    db.execute("CREATE TEMPORARY TABLE many (id BIGINT NOT NULL, name VARCHAR(40) NOT NULL, "
               "note VARCHAR(1000), bytes VARBINARY(8) NOT NULL, own VARCHAR(40) NOT NULL)");
    db.execute(
        "INSERT INTO many SELECT x, CONCAT('name of ', x), IF(x % 3 = 0, NULL, REPEAT('n', x)), "
        "REPEAT(UNHEX(LPAD(HEX(x % 256), 2, '0')), x % 7), CONCAT('own ', x) FROM "
        "(WITH RECURSIVE numbers AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM numbers "
        "WHERE x < 900) SELECT x FROM numbers) AS n");
}

template <class Rows>
void check_many(Rows const& rows)
{
    REQUIRE(rows.size() == 900);
    std::int64_t x = 0;
    for (Kept const& row : rows) {
        ++x;
        CAPTURE(x);
        auto const number = static_cast<std::size_t>(x);
        REQUIRE(row.id == x);
        REQUIRE(row.name == "name of " + std::to_string(x));
        REQUIRE(row.note.has_value() == (x % 3 != 0));
        REQUIRE(row.note.value_or("") == std::string(x % 3 != 0 ? number : 0, 'n'));
        REQUIRE(row.bytes.size() == number % 7);
        for (std::byte const byte : row.bytes)
            REQUIRE(byte == static_cast<std::byte>(x));
        REQUIRE(row.own == "own " + std::to_string(x));
    }
}

} // namespace

TEST_CASE("Kept rows outlive the answer and the connection, in text and prepared", "[kept_rows]")
{
    KeptRows<Kept> text;
    KeptRows<Kept> prepared;
    CHECK(text.empty());
    {
        auto db = testing::builder().connect();
        make_many(db);
        text = keep(db.query<Kept>("SELECT * FROM many ORDER BY id"));
        auto statement = db.prepare("SELECT * FROM many ORDER BY id");
        prepared = keep(statement.query<Kept>());
        // Overwrites what the rows were read from.
        static_cast<void>(db.query_value<std::string>("SELECT REPEAT('z', 300000)"));
    }
    check_many(text);
    KeptRows<Kept> const moved{std::move(prepared)};
    check_many(moved);
    CHECK(&moved[899] == moved.data() + 899);
}

TEST_CASE("Rows that were looked at before are not kept, and tuples and single values are",
          "[kept_rows]")
{
    auto db = testing::builder().connect();
    auto rows =
        db.query<std::tuple<int, std::string_view>>("SELECT 1, 'one' UNION ALL SELECT 2, 'two' "
                                                    "UNION ALL SELECT 3, ''");
    auto row = rows.begin();
    CHECK(std::get<0>(*row) == 1);
    ++row;
    auto const left = keep(rows);
    CHECK(rows.finish().affected_rows == 0);
    REQUIRE(left.size() == 2);
    CHECK(left[0] == std::tuple{2, std::string_view{"two"}});
    CHECK(left[1] == std::tuple{3, std::string_view{}});
    auto const values =
        keep(db.query<std::optional<std::string_view>>("SELECT NULL UNION ALL SELECT 'x'"));
    REQUIRE(values.size() == 2);
    CHECK_FALSE(values[0].has_value());
    CHECK(values[1] == "x");
}

TEST_CASE("A row that does not fit is an error of keep(), and the connection goes on",
          "[kept_rows]")
{
    auto db = testing::builder().connect();
    CHECK_THROWS_AS(keep(db.query<std::string_view>("SELECT 'a' UNION ALL SELECT NULL")),
                    sealsql::Error);
    CHECK(keep(db.query<int>("SELECT 7"))[0] == 7);
}

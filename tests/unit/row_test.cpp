// Row: columns known at run time, values that are its own.

#include <sealsql/row.hpp>

#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using sealsql::Column;
using sealsql::Columns;
using sealsql::FieldView;
using sealsql::Row;
using sealsql::detail::Shared;
using unit::contains;
using unit::error_of;

namespace {

static_assert(std::semiregular<Row>);
static_assert(std::is_nothrow_move_constructible_v<Row>);
static_assert(std::is_nothrow_move_assignable_v<Row>);

Shared<Columns const> columns(std::vector<std::string> const& names)
{
    Columns made;
    for (std::string const& name : names) {
        Column column;
        column.name = name;
        made.push_back(column);
    }
    return Shared<Columns const>::make(std::move(made));
}

Row make(std::vector<std::string> const& names,
         std::vector<std::optional<std::string>> const& values)
{
    auto const described = columns(names);
    std::vector<FieldView> fields;
    for (std::size_t i = 0; i < values.size(); ++i) {
        fields.emplace_back(sealsql::WireForm::text, (*described)[i]);
        if (values[i])
            fields.back().set(values[i]->data(), values[i]->size());
    }
    Row row;
    row.assign(fields, described);
    return row;
}

} // namespace

TEST_CASE("An empty row", "[row]")
{
    Row const row;
    CHECK(row.size() == 0);
    CHECK(row.columns().empty());
    CHECK(contains(error_of([&] { static_cast<void>(row[0]); }).message(), "no column 1, only 0"));
    CHECK(contains(error_of([&] { static_cast<void>(row["a"]); }).message(),
                   "no column with the name a"));
}

TEST_CASE("Values by position and by name", "[row]")
{
    Row const row = make({"id", "Name", "email"}, {"7", "Ada", std::nullopt});
    CHECK(row.size() == 3);
    CHECK(row[0] == "7");
    CHECK(row[1] == "Ada");
    CHECK_FALSE(row[2].has_value());
    CHECK(row["id"] == "7");
    CHECK(row[std::string{"Name"}] == "Ada");
    CHECK_FALSE(row["email"].has_value());
    CHECK(row.columns()[1].name == "Name");
    std::size_t const last = 2;
    CHECK_FALSE(row[last].has_value());
}

TEST_CASE("Names compare without regard to ASCII case", "[row]")
{
    Row const row = make({"id", "Name", "\xC3\x89tat", "a[b", "a{b"}, {"1", "2", "3", "4", "5"});
    for (std::string_view const name : {"name", "NAME", "Name", "nAmE"})
        CHECK(row.index_of(name) == 1);
    CHECK(row.index_of("ID") == 0);
    CHECK(row.index_of("\xC3\x89TAT") == 2);
    CHECK_THROWS_AS(row.index_of("\xC3\xA9tat"), sealsql::Error); // é is not É in ASCII
    // '[' and '{' are 32 apart, as letters are.
    CHECK(row.index_of("A[B") == 3);
    CHECK(row.index_of("a{b") == 4);
    for (std::string_view const name : {"", "nam", "names", " name", "@"})
        CHECK_THROWS_AS(row.index_of(name), sealsql::Error);
}

TEST_CASE("A name that is not there, or twice, is an error that says so", "[row]")
{
    Row const row = make({"id", "name", "ID"}, {"1", "2", "3"});
    SECTION("missing")
    {
        auto const error = error_of([&] { static_cast<void>(row["nam\x1b"]); });
        CHECK(contains(error.message(), "no column with the name nam\\x1b"));
        CHECK_FALSE(error.remedy().empty());
        CHECK_FALSE(error.poisons_connection());
    }
    SECTION("ambiguous")
    {
        auto const error = error_of([&] { static_cast<void>(row.get<int>("Id")); });
        CHECK(contains(error.message(), "several columns with the name Id"));
        CHECK(contains(error.remedy(), "AS"));
        CHECK(row[0] == "1"); // the position still tells them apart
        CHECK(row[2] == "3");
    }
    SECTION("an index that is too large")
    {
        for (std::size_t const index : {std::size_t{3}, static_cast<std::size_t>(-1)}) {
            CHECK_THROWS_AS(row[index], sealsql::Error);
            CHECK_THROWS_AS(row.get<int>(index), sealsql::Error);
        }
        CHECK(contains(error_of([&] { static_cast<void>(row[3]); }).message(),
                       "no column 4, only 3"));
    }
}

TEST_CASE("get() reads as a type", "[row]")
{
    Row const row =
        make({"id", "price", "name", "email", "flag"}, {"7", "1.5", "Ada", std::nullopt, "1"});
    CHECK(row.get<int>("id") == 7);
    CHECK(row.get<std::uint8_t>(0) == 7);
    CHECK(row.get<double>("PRICE") == 1.5);
    CHECK(row.get<std::string>("name") == "Ada");
    CHECK(row.get<std::string_view>("name") == "Ada");
    CHECK(row.get<std::vector<std::byte>>("name").size() == 3);
    CHECK(row.get<bool>("flag"));
    CHECK_FALSE(row.get<std::optional<std::string>>("email").has_value());
    CHECK(row.get<std::optional<int>>("id") == 7);

    auto const null = error_of([&] { static_cast<void>(row.get<std::string>("email")); });
    CHECK(contains(null.message(), "column 4 (email) is NULL"));
    auto const wrong = error_of([&] { static_cast<void>(row.get<int>("name")); });
    CHECK(contains(wrong.message(), "column 3 (name) has the value 'Ada'"));
}

TEST_CASE("A row that goes at once gives texts of their own", "[row]")
{
    auto const text =
        make({"t", "null"}, {"a text that is longer than a small string", std::nullopt})[0];
    auto const null = make({"t", "null"}, {"x", std::nullopt})["NULL"];
    static_assert(std::is_same_v<decltype(text), std::optional<std::string> const>);
    static_assert(std::is_same_v<decltype(null), std::optional<std::string> const>);
    CHECK(text == "a text that is longer than a small string");
    CHECK(!null);
    CHECK(make({"t"}, {"7"}).get<int>(0) == 7);
    CHECK(contains(error_of([] { static_cast<void>(make({"t"}, {"7"})[1]); }).message(),
                   "no column 2"));
}

TEST_CASE("A row owns its values", "[row]")
{
    std::optional<Row> row;
    {
        std::string const volatile_text = "a text that is longer than a small string, and goes";
        row = make({"t", "empty", "null"}, {volatile_text, "", std::nullopt});
    }
    CHECK((*row)[0] == "a text that is longer than a small string, and goes");
    CHECK((*row)[1] == "");
    CHECK((*row)[1].has_value());
    CHECK_FALSE((*row)[2].has_value());

    SECTION("a copy has its own")
    {
        Row const copy = *row;
        row.reset();
        CHECK(copy[0] == "a text that is longer than a small string, and goes");
        CHECK(copy.columns()[0].name == "t");
    }
    SECTION("a move keeps them")
    {
        Row const moved = *std::move(row);
        CHECK(moved["t"] == "a text that is longer than a small string, and goes");
    }
    SECTION("also a short one")
    {
        Row short_row = make({"t"}, {"x"});
        Row const moved = std::move(short_row);
        CHECK(moved[0] == "x");
        Row assigned = make({"a", "b"}, {"1", "2"});
        assigned = moved;
        CHECK(assigned.size() == 1);
        CHECK(assigned["t"] == "x");
    }
}

TEST_CASE("assign() replaces all of a row", "[row]")
{
    Row row = make({"a", "b", "c"}, {"1", "2", "3"});
    std::string const text = "new";
    auto const described = columns({"d"});
    std::vector<FieldView> const fields{FieldView{text, described->front()}};
    row.assign(fields, described);
    CHECK(row.size() == 1);
    CHECK(row["d"] == "new");
    CHECK_THROWS_AS(row["a"], sealsql::Error);
    row.assign({}, columns({}));
    CHECK(row.size() == 0);
}

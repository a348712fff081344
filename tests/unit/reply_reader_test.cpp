// The order in which packets of an answer may come, and what each means there; in both protocols.

#include <sealsql/detail/reply_reader.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using sealsql::Columns;
using sealsql::ColumnType;
using sealsql::WireForm;
using sealsql::detail::ReplyReader;
using sealsql::detail::Shared;
using Event = sealsql::detail::ReplyReader::Event;
using unit::contains;
using unit::from_hex;
using unit::Packet;
namespace wire = sealsql::testing::wire;

namespace {

std::string name_of(Event event)
{
    switch (event) {
    case Event::more:
        return "more";
    case Event::columns:
        return "columns";
    case Event::row:
        return "row";
    case Event::completion:
        return "completion";
    case Event::error:
        return "error";
    case Event::local_infile:
        return "local_infile";
    case Event::malformed:
        return "malformed";
    }
    return "?";
}

/// What packets mean one after the other. A reader may point into a packet as long as it has no other.
std::string meaning(ReplyReader& reader, std::vector<std::string> const& packets)
{
    std::string all;
    for (std::string const& bytes : packets) {
        Packet const packet{bytes};
        all += (all.empty() ? "" : " ") + name_of(reader.on_packet(packet.span()));
    }
    return all;
}

std::string meaning(std::vector<std::string> const& packets, bool is_binary = false,
                    Shared<Columns const> known = {})
{
    ReplyReader reader;
    reader.begin(is_binary, std::move(known));
    return meaning(reader, packets);
}

std::string const one_column{"\1"};
std::string const int_column =
    wire::column_definition({.name = "n", .type = wire::ColumnType::integer});
std::string const text_column = wire::column_definition({.name = "t"});
std::string const ok = wire::ok(3, 4, {}, 2, 5);
std::string const ok_and_more = wire::ok(1, 2, {}, 2 | wire::more_results);
std::string const eof = wire::eof(6, 2);
std::string const eof_and_more = wire::eof(0, 2 | wire::more_results);
std::string const error = wire::error(1317, "70100", "interrupted");
std::string const text_row = wire::text_row({"1"});
std::string const binary_row = wire::binary_row(1, wire::int4(1));

Shared<Columns const> known_columns(std::size_t count = 1)
{
    Columns columns;
    columns.resize(count);
    for (auto& column : columns)
        column.type = ColumnType::integer;
    return Shared<Columns const>::make(std::move(columns));
}

} // namespace

TEST_CASE("An answer without rows", "[reply_reader]")
{
    for (bool const is_binary : {false, true}) {
        ReplyReader reader;
        CHECK_FALSE(reader.is_under_way());
        reader.begin(is_binary);
        CHECK(reader.is_under_way());
        CHECK(meaning(reader, {ok}) == "completion");
        CHECK_FALSE(reader.is_under_way());
        CHECK_FALSE(reader.in_rows());
        CHECK(reader.completion().affected_rows == 3);
        CHECK(reader.completion().last_insert_id == 4);
        CHECK(reader.completion().warnings == 5);
        CHECK(reader.columns() == nullptr);
        CHECK(reader.fields().empty());
    }
}

TEST_CASE("An answer with rows", "[reply_reader]")
{
    ReplyReader reader;
    SECTION("in text")
    {
        reader.begin(false);
        CHECK(meaning(reader, {"\2", int_column, text_column}) == "more more more");
        CHECK_FALSE(reader.in_rows());
        CHECK(meaning(reader, {eof}) == "columns");
        CHECK(reader.in_rows());
        REQUIRE(reader.columns());
        CHECK(reader.columns()->size() == 2);
        CHECK((*reader.columns())[0].type == ColumnType::integer);
        REQUIRE(reader.fields().size() == 2);
        CHECK(reader.fields()[0].is_text()); // though the column is of numbers
        Packet const packet{wire::text_row({"17", std::nullopt})};
        CHECK(reader.on_packet(packet.span()) == Event::row);
        CHECK(reader.fields()[0].bytes() == "17");
        CHECK(reader.fields()[0].column().name == "n");
        CHECK(reader.fields()[1].is_null());
        CHECK(reader.fields()[1].column().name == "t");
    }
    SECTION("in binary")
    {
        reader.begin(true);
        CHECK(meaning(reader, {"\2", int_column, text_column, eof}) == "more more more columns");
        Packet const packet{wire::binary_row(2, wire::int4(17), {1})};
        CHECK(reader.on_packet(packet.span()) == Event::row);
        CHECK(reader.fields()[0].form() == WireForm::int32);
        CHECK(reader.fields()[0].bytes() == wire::int4(17));
        CHECK(reader.fields()[1].is_null());
    }
    CHECK(meaning(reader, {eof}) == "completion");
    CHECK(reader.completion().warnings == 6);
    CHECK(reader.completion().affected_rows == 0);
    CHECK_FALSE(reader.is_under_way());
    CHECK(reader.columns()); // of the result that ended last
}

TEST_CASE("Answers of every order", "[reply_reader]")
{
    struct Row {
        std::vector<std::string> packets;
        std::string text;   // what they mean in text
        std::string binary; // and in binary
    };
    std::string const row_of_text_only = wire::text_row({"abc"});
    std::vector<Row> const rows{
        {{ok}, "completion", "completion"},
        {{error}, "error", "error"},
        {{wire::local_infile("/etc/passwd")}, "local_infile", "local_infile"},
        {{one_column, int_column, eof, eof},
         "more more columns completion",
         "more more columns completion"},
        {{one_column, int_column, eof, error},
         "more more columns error",
         "more more columns error"},
        {{one_column, int_column, eof, text_row, text_row, eof},
         "more more columns row row completion",
         ""},
        {{one_column, int_column, eof, binary_row, binary_row, eof},
         "",
         "more more columns row row completion"},
        // MariaDB's byte that says that definitions follow.
        {{"\1\1", int_column, eof, eof},
         "more more columns completion",
         "more more columns completion"},
        // Errors wherever they come.
        {{one_column, error}, "more error", "more error"},
        {{one_column, int_column, error}, "more more error", "more more error"},
        {{one_column, int_column, eof, text_row, error}, "more more columns row error", ""},
        // Several results.
        {{ok_and_more, ok}, "completion completion", "completion completion"},
        {{ok_and_more, error}, "completion error", "completion error"},
        {{ok_and_more, one_column, int_column, eof, eof_and_more, ok},
         "completion more more columns completion completion",
         "completion more more columns completion completion"},
        {{one_column, int_column, eof, eof_and_more, "\2", text_column, text_column, eof, eof},
         "more more columns completion more more more columns completion",
         "more more columns completion more more more columns completion"},
        {{one_column, int_column, eof, eof_and_more, wire::local_infile("x")},
         "more more columns completion local_infile",
         "more more columns completion local_infile"},
        // The first packet is none.
        {{""}, "malformed", "malformed"},
        {{eof}, "malformed", "malformed"},
        {{std::string(1, '\0')}, "malformed", "malformed"},
        {{wire::lenenc_long(0)}, "malformed", "malformed"},
        {{wire::lenenc(65'536)}, "malformed", "malformed"},
        {{int_column}, "malformed", "malformed"},
        {{text_row + "xx"}, "malformed", "malformed"},
        {{ok_and_more, eof}, "completion malformed", "completion malformed"},
        {{ok_and_more, ""}, "completion malformed", "completion malformed"},
        // Half an error.
        {{"\xff"}, "malformed", "malformed"},
        // MariaDB's reports of progress come before a result, and not within one.
        {{wire::progress(), wire::progress(), ok}, "more more completion", "more more completion"},
        {{wire::progress(), error}, "more error", "more error"},
        {{ok_and_more, wire::progress(), ok},
         "completion more completion",
         "completion more completion"},
        {{one_column, wire::progress()}, "more malformed", "more malformed"},
        {{one_column, int_column, wire::progress()}, "more more malformed", "more more malformed"},
        {{one_column, int_column, eof, wire::progress()},
         "more more columns malformed",
         "more more columns malformed"},
        {{ok, wire::progress()}, "completion malformed", "completion malformed"},
        {{error, wire::progress()}, "error malformed", "error malformed"},
        {{one_column, int_column, eof, "\xff\x01"},
         "more more columns malformed",
         "more more columns malformed"},
        // Something else in place of a definition.
        {{one_column, ""}, "more malformed", "more malformed"},
        {{one_column, ok}, "more malformed", "more malformed"},
        {{one_column, eof}, "more malformed", "more malformed"},
        {{one_column, one_column}, "more malformed", "more malformed"},
        {{one_column, wire::local_infile("x")}, "more malformed", "more malformed"},
        {{"\2", int_column, eof}, "more more malformed", "more more malformed"},
        // Something else in place of the definitions' end.
        {{one_column, int_column, int_column}, "more more malformed", "more more malformed"},
        {{one_column, int_column, ""}, "more more malformed", "more more malformed"},
        {{one_column, int_column, ok}, "more more malformed", "more more malformed"},
        {{one_column, int_column, text_row}, "more more malformed", "more more malformed"},
        {{one_column, int_column, binary_row}, "more more malformed", "more more malformed"},
        {{one_column, int_column, eof + "x"}, "more more malformed", "more more malformed"},
        // Something else in place of a row.
        {{one_column, int_column, eof, ""},
         "more more columns malformed",
         "more more columns malformed"},
        {{one_column, int_column, eof, "\xfe"},
         "more more columns malformed",
         "more more columns malformed"},
        {{one_column, int_column, eof, eof + "xxx"},
         "more more columns malformed",
         "more more columns malformed"},
        {{one_column, int_column, eof, eof + "xxxxxxxx"},
         "more more columns malformed",
         "more more columns malformed"},
        {{one_column, int_column, eof, ok},
         "more more columns malformed",
         "more more columns malformed"},
        {{one_column, int_column, eof, wire::text_row({"1", "2"})},
         "more more columns malformed",
         "more more columns malformed"},
        {{one_column, int_column, eof, wire::local_infile("x")},
         "more more columns malformed",
         "more more columns malformed"},
        // A row of the other protocol. (Some bytes are rows of both; these are not.)
        {{one_column, int_column, eof, row_of_text_only},
         "more more columns row",
         "more more columns malformed"},
        {{one_column, int_column, eof, binary_row},
         "more more columns malformed",
         "more more columns row"},
        // Packets behind the end.
        {{ok, ok}, "completion malformed", "completion malformed"},
        {{ok, ""}, "completion malformed", "completion malformed"},
        {{ok, one_column}, "completion malformed", "completion malformed"},
        {{error, ok}, "error malformed", "error malformed"},
        {{one_column, int_column, eof, eof, eof},
         "more more columns completion malformed",
         "more more columns completion malformed"},
        {{one_column, int_column, eof, eof, text_row},
         "more more columns completion malformed",
         "more more columns completion malformed"},
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CAPTURE(i);
        if (!rows[i].text.empty())
            CHECK(meaning(rows[i].packets) == rows[i].text);
        if (!rows[i].binary.empty())
            CHECK(meaning(rows[i].packets, true) == rows[i].binary);
    }
}

TEST_CASE("A reader that saw something malformed has ended, and says what it was", "[reply_reader]")
{
    for (std::vector<std::string> const& packets :
         std::vector<std::vector<std::string>>{{""},
                                               {one_column, ok},
                                               {one_column, int_column, ok},
                                               {one_column, int_column, eof, ok},
                                               {ok, ok},
                                               {"\xff"}}) {
        ReplyReader reader;
        reader.begin(false);
        CHECK(contains(meaning(reader, packets), "malformed"));
        CHECK_FALSE(reader.is_under_way());
        CHECK_FALSE(reader.in_rows());
        CHECK(std::string_view{reader.problem()}.size() > 10);
        CHECK(meaning(reader, {text_row}) == "malformed");
    }
}

TEST_CASE("Columns that are known already may be left out, and no others", "[reply_reader]")
{
    std::string const left_out = from_hex("01 00");
    SECTION("they are used as they were known")
    {
        ReplyReader reader;
        auto const known = known_columns();
        reader.begin(true, known);
        CHECK(meaning(reader, {left_out, eof}) == "more columns");
        REQUIRE(reader.columns());
        CHECK(&*reader.columns() == &*known);
        Packet const packet{binary_row};
        CHECK(reader.on_packet(packet.span()) == Event::row);
        CHECK(reader.fields()[0].form() == WireForm::int32);
        CHECK(meaning(reader, {eof}) == "completion");
    }
    SECTION("or described anew, and then those are used")
    {
        ReplyReader reader;
        reader.begin(true, known_columns());
        CHECK(meaning(reader, {"\1\1", text_column, eof}) == "more more columns");
        CHECK((*reader.columns())[0].name == "t");
        CHECK(reader.fields()[0].is_text());
    }
    CHECK(meaning({left_out}) == "malformed");
    CHECK(meaning({left_out}, true) == "malformed");
    CHECK(meaning({left_out}, true, known_columns(2)) == "malformed");
    CHECK(meaning({left_out}, true, known_columns(0)) == "malformed");
    CHECK(meaning({from_hex("02 00")}, true, known_columns()) == "malformed");
    CHECK(meaning({left_out, text_row}, true, known_columns()) == "more malformed");
    CHECK(meaning({left_out, binary_row}, true, known_columns()) == "more malformed");
    CHECK(meaning({left_out, int_column}, true, known_columns()) == "more malformed");
    CHECK(meaning({left_out, error}, true, known_columns()) == "more error");
    // A new answer does not know what the one before knew.
    ReplyReader reader;
    reader.begin(true, known_columns());
    CHECK(meaning(reader, {left_out, eof, eof}) == "more columns completion");
    reader.begin(true);
    CHECK(meaning(reader, {left_out}) == "malformed");
}

TEST_CASE("What belongs to one result does not stay for the next", "[reply_reader]")
{
    ReplyReader reader;
    reader.begin(true);
    CHECK(meaning(reader, {"\2", int_column, int_column, eof, eof_and_more}) ==
          "more more more columns completion");
    CHECK(reader.is_under_way());
    CHECK(reader.completion().more_results());
    CHECK(meaning(reader, {ok_and_more}) == "completion");
    CHECK(reader.columns() == nullptr);
    CHECK(reader.fields().empty());
    CHECK(reader.completion().affected_rows == 1);
    CHECK(meaning(reader, {one_column, text_column, eof}) == "more more columns");
    CHECK(reader.columns()->size() == 1);
    CHECK(reader.fields().size() == 1);
    CHECK(reader.fields()[0].column().name == "t");
    // A description that was broken off leaves nothing behind for the next.
    reader.begin(false);
    CHECK(reader.columns() == nullptr);
    CHECK(reader.fields().empty());
    CHECK(meaning(reader, {"\3", int_column, int_column, error}) == "more more more error");
    reader.begin(false);
    CHECK(meaning(reader, {one_column, text_column, eof}) == "more more columns");
    CHECK(reader.columns()->size() == 1);
}

TEST_CASE("A row of one value of 16 MiB begins like an EOF", "[reply_reader]")
{
    ReplyReader reader;
    reader.begin(false);
    CHECK(meaning(reader, {one_column, text_column, eof}) == "more more columns");
    Packet const packet{wire::lenenc_string(std::string(std::size_t{1} << 24U, 'x'))};
    CHECK(reader.on_packet(packet.span()) == Event::row);
    CHECK(reader.fields()[0].size() == std::size_t{1} << 24U);
    // A short text with a long length, which no server sends, but which is a row.
    CHECK(meaning(reader, {wire::lenenc_long(0)}) == "row");
    CHECK(meaning(reader, {wire::lenenc_long(1) + "x"}) == "row");
}

TEST_CASE("An error's texts are views into its packet", "[reply_reader]")
{
    ReplyReader reader;
    reader.begin(false);
    Packet const packet{error};
    REQUIRE(reader.on_packet(packet.span()) == Event::error);
    CHECK(reader.error().code == 1317);
    CHECK(reader.error().sqlstate == "70100");
    CHECK(reader.error().message == "interrupted");
    CHECK(packet.holds(reader.error().message));
}

TEST_CASE("The text of a completion is that of the latest result", "[reply_reader]")
{
    ReplyReader reader;
    reader.begin(false);
    {
        Packet const packet{wire::ok(3, 0, wire::lenenc_string("Records: 3"), 0x000A)};
        REQUIRE(reader.on_packet(packet.span()) == Event::completion);
    }
    CHECK(reader.info() == "Records: 3"); // without its packet
    REQUIRE(meaning(reader, {one_column, text_column, eof}) == "more more columns");
    CHECK(reader.info().empty());
    reader.begin(false);
    Packet const packet{wire::ok(3, 0, wire::lenenc_string("Records: 4"))};
    REQUIRE(reader.on_packet(packet.span()) == Event::completion);
    CHECK(reader.info() == "Records: 4");
    reader.begin(true);
    CHECK(reader.info().empty());
}

TEST_CASE("A column is made of what the server says of it", "[reply_reader]")
{
    auto const column_of = [](wire::Column const& described) {
        ReplyReader reader;
        reader.begin(false);
        REQUIRE(meaning(reader, {one_column, wire::column_definition(described), eof}) ==
                "more more columns");
        return (*reader.columns())[0];
    };
    auto const plain =
        column_of({.name = "a", .length = 77, .decimals = 3, .table = "tt", .schema = "ss"});
    CHECK(plain.name == "a");
    CHECK(plain.table == "tt");
    CHECK(plain.schema == "ss");
    CHECK(plain.original_name == "a");
    CHECK(plain.length == 77);
    CHECK(plain.decimals == 3);
    CHECK(plain.nullable);
    CHECK_FALSE(plain.is_unsigned);
    CHECK_FALSE(plain.is_zero_filled);
    CHECK_FALSE(plain.is_binary);
    CHECK(plain.original_table == "tt");
    CHECK(plain.collation == 45);
    CHECK(plain.extended_type.empty());
    CHECK_FALSE(column_of({.flags = 0x01}).nullable);
    struct Flag {
        std::uint16_t bit;
        bool sealsql::Column::*member;
    };
    for (Flag const& flag : {Flag{0x0002, &sealsql::Column::is_primary_key},
                             Flag{0x0004, &sealsql::Column::is_unique_key},
                             Flag{0x0008, &sealsql::Column::is_multiple_key},
                             Flag{0x0200, &sealsql::Column::is_auto_increment},
                             Flag{0x1000, &sealsql::Column::has_no_default},
                             Flag{0x2000, &sealsql::Column::is_updated_to_now}}) {
        CAPTURE(flag.bit);
        CHECK_FALSE(plain.*flag.member);
        CHECK(column_of({.flags = flag.bit}).*flag.member);
        CHECK_FALSE(column_of({.flags = static_cast<std::uint16_t>(~unsigned{flag.bit})}).*
                    flag.member);
    }
    CHECK(column_of({.character_set = 8}).collation == 8);
    CHECK(column_of({.flags = 0x20}).is_unsigned);
    CHECK(column_of({.flags = 0x40}).is_zero_filled);
    CHECK(column_of({.character_set = 63}).is_binary);
    CHECK(column_of({.flags = 0xFF9E}).nullable);
    CHECK_FALSE(column_of({.flags = 0xFF9E}).is_unsigned);
}

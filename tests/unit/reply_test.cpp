// The packets of an answer: OK, EOF, number of columns, column definition, text row. Hostile ones
// first of all.

#include <sealsql/detail/reply.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using sealsql::FieldView;
using sealsql::detail::ColumnDefinition;
using sealsql::detail::Completion;
using sealsql::detail::is_eof;
using sealsql::detail::max_columns;
using sealsql::detail::parse_eof;
using sealsql::detail::parse_reply_header;
using sealsql::detail::parse_text_row;
using sealsql::detail::ReplyKind;
using unit::from_hex;
using unit::Packet;
namespace wire = sealsql::testing::wire;

namespace {

/// As an optional, which reads better in these tests.
std::optional<ColumnDefinition> parse_column_definition(std::span<std::byte const> packet)
{
    ColumnDefinition column;
    return sealsql::detail::parse_column_definition(packet, column) ? std::optional{column}
                                                                    : std::nullopt;
}

std::optional<Completion> parse_ok(std::span<std::byte const> packet)
{
    Completion completion;
    return sealsql::detail::parse_ok(packet, completion) ? std::optional{completion} : std::nullopt;
}

sealsql::Column const any_column;

ReplyKind kind_of(std::string_view bytes)
{
    Packet const packet{bytes};
    return parse_reply_header(packet.span()).kind;
}

bool is_definition(std::string_view bytes)
{
    Packet const packet{bytes};
    return parse_column_definition(packet.span()).has_value();
}

bool is_row(std::string_view bytes, std::size_t columns)
{
    Packet const packet{bytes};
    std::vector<FieldView> fields(columns);
    return parse_text_row(packet.span(), fields);
}

// As MariaDB sends it with MARIADB_CLIENT_EXTENDED_TYPE_INFO: chunks of type, length and text.
std::string with_extended_metadata(std::string_view metadata)
{
    std::string const plain =
        wire::column_definition({.name = "place", .type = wire::ColumnType::blob});
    std::size_t const fixed = plain.size() - 13;
    return plain.substr(0, fixed) + wire::lenenc_string(metadata) + plain.substr(fixed);
}

} // namespace

// --- OK ---

TEST_CASE("An OK packet says what the statement did", "[reply]")
{
    struct Row {
        std::uint64_t affected;
        std::uint64_t id;
    };
    for (Row const& row :
         {Row{0, 0}, Row{1, 250}, Row{251, 65'536}, Row{16'777'216, ~std::uint64_t{0}}}) {
        for (std::string_view const info : {"", "Rows matched: 1  Changed: 1  Warnings: 0"}) {
            std::string const bytes = wire::ok(row.affected, row.id, info, 0x0102, 0x0304);
            Packet const packet{bytes};
            auto const header = parse_reply_header(packet.span());
            CHECK(header.kind == ReplyKind::completion);
            CHECK(header.completion.affected_rows == row.affected);
            CHECK(header.completion.last_insert_id == row.id);
            CHECK(header.completion.status == 0x0102);
            CHECK(header.completion.warnings == 0x0304);
            CHECK(header.columns == 0);
        }
    }
    CHECK_FALSE(Completion{}.more_results());
    CHECK(Completion{.status = 0x0008}.more_results());
    CHECK(Completion{.status = 0xFFFF}.more_results());
    CHECK_FALSE(Completion{.status = 0xFFF7}.more_results());
}

TEST_CASE("An OK packet that is cut short is malformed", "[reply]")
{
    for (std::string const& whole :
         {wire::ok(), wire::ok(300, 70'000), wire::ok(~std::uint64_t{0}, ~std::uint64_t{0})}) {
        for (std::size_t size = 0; size < whole.size(); ++size) {
            CAPTURE(whole.size(), size);
            CHECK(kind_of(whole.substr(0, size)) == ReplyKind::malformed);
            Packet const packet{whole.substr(0, size)};
            CHECK_FALSE(parse_ok(packet.span()));
        }
        CHECK(kind_of(whole) == ReplyKind::completion);
    }
    // 0xFB and 0xFF are no numbers.
    CHECK(kind_of(from_hex("00 fb 00 02 00 00 00")) == ReplyKind::malformed);
    CHECK(kind_of(from_hex("00 00 ff 02 00 00 00")) == ReplyKind::malformed);
    // Only with its mark.
    for (unsigned mark = 1; mark <= 0xFF; ++mark) {
        std::string bytes = wire::ok();
        bytes[0] = static_cast<char>(static_cast<unsigned char>(mark));
        Packet const packet{bytes};
        CHECK_FALSE(parse_ok(packet.span()));
        CHECK(kind_of(bytes) != ReplyKind::completion);
    }
}

TEST_CASE("An OK packet may have a text for people", "[reply]")
{
    using sealsql::detail::find_info;
    auto const info_of = [](std::string const& behind) {
        Packet const packet{wire::ok(300, 70'000, behind)};
        std::string_view const info = find_info(packet.span());
        CHECK((info.empty() || packet.holds(info)));
        return std::string{info};
    };
    CHECK(info_of("").empty());
    CHECK(info_of(wire::lenenc_string("Records: 3")) == "Records: 3");
    CHECK(info_of(wire::lenenc_string("")).empty());
    CHECK(info_of(wire::lenenc_string("Records: 3") + "changes") == "Records: 3");
    CHECK(info_of(wire::lenenc_string(std::string(512, 'r'))).size() == 512);
    CHECK(info_of(wire::lenenc_string(std::string(513, 'r'))).empty());
    CHECK(info_of("\x05Reco").empty());
    for (wire::malformed::Value const& value : wire::malformed::values()) {
        CAPTURE(value.name);
        CHECK(info_of(std::string{value.bytes}).empty());
    }
    std::string const whole = wire::ok(300, 70'000, wire::lenenc_string("Records: 3"));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Packet const packet{whole.substr(0, size)};
        CHECK(find_info(packet.span()).empty());
    }
    Packet const eof{wire::eof()};
    CHECK(find_info(eof.span()).empty());
}

// --- EOF ---

TEST_CASE("An EOF packet has five bytes", "[reply]")
{
    Packet const packet{wire::eof(0x0102, 0x0308)};
    CHECK(is_eof(packet.span()));
    CHECK(parse_eof(packet.span()).warnings == 0x0102);
    CHECK(parse_eof(packet.span()).status == 0x0308);
    CHECK(parse_eof(packet.span()).more_results());
    CHECK(parse_eof(packet.span()).affected_rows == 0);
    for (std::size_t size = 0; size < 12; ++size) {
        std::string bytes = wire::eof() + std::string(8, '\0');
        Packet const other{bytes.substr(0, size)};
        CHECK(is_eof(other.span()) == (size == 5));
    }
    for (unsigned mark = 0; mark <= 0xFF; ++mark) {
        std::string bytes = wire::eof();
        bytes[0] = static_cast<char>(static_cast<unsigned char>(mark));
        Packet const other{bytes};
        CHECK(is_eof(other.span()) == (mark == 0xFE));
    }
}

TEST_CASE("An EOF packet is neither a reply, a definition nor a row", "[reply]")
{
    CHECK(kind_of(wire::eof()) == ReplyKind::malformed);
    CHECK_FALSE(is_definition(wire::eof()));
    for (std::size_t columns = 0; columns < 6; ++columns)
        CHECK_FALSE(is_row(wire::eof(), columns));
    // A row of one value of 16 MiB starts with the same byte, but is longer.
    std::string const huge = wire::lenenc_string(std::string(std::size_t{1} << 24U, 'x'));
    REQUIRE(huge[0] == '\xfe');
    Packet const packet{huge};
    CHECK_FALSE(is_eof(packet.span()));
    std::array<FieldView, 1> fields{};
    REQUIRE(parse_text_row(packet.span(), fields));
    CHECK(fields[0].size() == std::size_t{1} << 24U);
}

// --- The reply's first packet ---

TEST_CASE("The first packet of a reply", "[reply]")
{
    SECTION("nothing") { CHECK(kind_of("") == ReplyKind::malformed); }
    SECTION("a request for a local file, whatever it names")
    {
        CHECK(kind_of(wire::local_infile("/etc/passwd")) == ReplyKind::local_infile);
        CHECK(kind_of(wire::local_infile("")) == ReplyKind::local_infile);
    }
    SECTION("an ERR packet does not come here, and would be malformed")
    {
        CHECK(kind_of(wire::error(1064, "42000", "syntax")) == ReplyKind::malformed);
        CHECK(kind_of("\xff") == ReplyKind::malformed);
    }
    SECTION("a number of columns")
    {
        for (std::uint64_t const columns : {1ULL, 2ULL, 250ULL, 251ULL, 4096ULL, 65'535ULL}) {
            for (std::string const& bytes : {wire::lenenc(columns), wire::lenenc_long(columns),
                                             wire::lenenc(columns) + '\x01'}) {
                Packet const packet{bytes};
                auto const header = parse_reply_header(packet.span());
                CHECK(header.kind == ReplyKind::columns);
                CHECK(header.columns == columns);
                for (std::size_t size = 1; size < wire::lenenc(columns).size(); ++size)
                    CHECK(kind_of(bytes.substr(0, size)) == ReplyKind::malformed);
            }
        }
    }
    SECTION("a number of columns that no statement has")
    {
        for (std::uint64_t const columns :
             {std::uint64_t{max_columns} + 1, std::uint64_t{0x1'0000'0001},
              std::uint64_t{0x8000'0000'0000'0001}, ~std::uint64_t{0}}) {
            CHECK(kind_of(wire::lenenc(columns)) == ReplyKind::malformed);
            CHECK(kind_of(wire::lenenc_long(columns)) == ReplyKind::malformed);
        }
        CHECK(kind_of(wire::lenenc_long(0)) == ReplyKind::malformed);
        CHECK(kind_of(from_hex("fc 00 00")) == ReplyKind::malformed);
    }
    SECTION("MariaDB's byte behind it: the definitions have to follow")
    {
        CHECK(kind_of(from_hex("01 01")) == ReplyKind::columns);
        CHECK(kind_of(from_hex("01 00")) == ReplyKind::columns); // or are known already
        CHECK(kind_of(from_hex("01 02")) == ReplyKind::malformed);
        CHECK(kind_of(from_hex("01 02")) == ReplyKind::malformed);
    }
    SECTION("more behind it")
    {
        CHECK(kind_of(from_hex("01 01 00")) == ReplyKind::malformed);
        CHECK(kind_of(from_hex("01 00 01")) == ReplyKind::malformed);
        CHECK(kind_of(wire::column_definition()) == ReplyKind::malformed);
    }
    SECTION("every single byte")
    {
        for (unsigned byte = 0; byte <= 0xFF; ++byte) {
            CAPTURE(byte);
            auto const kind =
                kind_of(std::string(1, static_cast<char>(static_cast<unsigned char>(byte))));
            CHECK(kind == (byte == 0xFB                ? ReplyKind::local_infile
                           : byte >= 1 && byte <= 0xFA ? ReplyKind::columns
                                                       : ReplyKind::malformed));
        }
    }
}

// --- Column definitions ---

TEST_CASE("A column definition", "[reply]")
{
    std::string bytes = wire::lenenc_string("def") + wire::lenenc_string("shop") +
                        wire::lenenc_string("c") + wire::lenenc_string("customers") +
                        wire::lenenc_string("label") + wire::lenenc_string("name") +
                        wire::int1(12) + wire::int2(0x0102) + wire::int4(0x03040506) +
                        wire::int1(0xFD) + wire::int2(0x0708) + wire::int1(0x1F) + wire::int2(0);
    Packet const packet{bytes};
    auto const column = parse_column_definition(packet.span());
    REQUIRE(column);
    CHECK(column->schema == "shop");
    CHECK(column->table == "c");
    CHECK(column->original_table == "customers");
    CHECK(column->extended_type.empty());
    CHECK(column->name == "label");
    CHECK(column->original_name == "name");
    CHECK(column->character_set == 0x0102);
    CHECK(column->length == 0x03040506);
    CHECK(column->type == 0xFD);
    CHECK(column->flags == 0x0708);
    CHECK(column->decimals == 0x1F);
    for (std::string_view const text : {column->schema, column->table, column->original_table,
                                        column->name, column->original_name})
        CHECK(packet.holds(text));

    SECTION("cut short anywhere is malformed")
    {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CAPTURE(size);
            CHECK_FALSE(is_definition(bytes.substr(0, size)));
        }
    }
    SECTION("too long is malformed")
    {
        CHECK_FALSE(is_definition(bytes + '\0'));
        CHECK_FALSE(is_definition(bytes + std::string(13, '\0')));
    }
    SECTION("with another length of the fixed part it is malformed")
    {
        for (unsigned length = 0; length <= 0xFF; ++length) {
            std::string other = bytes;
            other[bytes.size() - 13] = static_cast<char>(static_cast<unsigned char>(length));
            CHECK(is_definition(other) == (length == 12));
        }
    }
    SECTION("with empty texts")
    {
        CHECK(is_definition(wire::column_definition({.name = "", .table = "", .schema = ""})));
    }
    SECTION("with texts of any length")
    {
        for (std::size_t const size : {std::size_t{250}, std::size_t{251}, std::size_t{65'536}}) {
            std::string const name(size, 'n');
            Packet const other{wire::column_definition({.name = name})};
            auto const definition = parse_column_definition(other.span());
            REQUIRE(definition);
            CHECK(definition->name == name);
        }
    }
    SECTION("with a NULL in place of a text")
    {
        for (std::size_t place = 0; place < 6; ++place) {
            std::string other;
            for (std::size_t i = 0; i < 6; ++i)
                other += i == place ? std::string("\xfb") : wire::lenenc_string("t");
            CHECK_FALSE(is_definition(other + bytes.substr(bytes.size() - 13)));
        }
    }
    SECTION("with lengths that lie")
    {
        for (wire::malformed::Value const& value : wire::malformed::values()) {
            for (std::size_t place = 0; place < 6; ++place) {
                CAPTURE(value.name, place);
                std::string other;
                for (std::size_t i = 0; i < place; ++i)
                    other += wire::lenenc_string("t");
                CHECK_FALSE(is_definition(other + value.bytes));
            }
        }
    }
}

TEST_CASE("MariaDB's extended metadata stands between the texts and the numbers", "[reply]")
{
    for (std::string const& metadata :
         {std::string{}, std::string("\x00\x05point", 7), std::string("\x01\x04json", 6),
          std::string("\x00\x04uuid", 6), std::string(11, 'm'), std::string(13, 'm'),
          std::string(300, 'm')}) {
        CAPTURE(metadata.size());
        std::string const bytes = with_extended_metadata(metadata);
        Packet const packet{bytes};
        auto const column = parse_column_definition(packet.span());
        REQUIRE(column);
        CHECK(column->name == "place");
        CHECK(column->type == 252);
        CHECK(column->length == 1024);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CAPTURE(size);
            CHECK_FALSE(is_definition(bytes.substr(0, size)));
        }
        CHECK_FALSE(is_definition(bytes + '\0'));
    }
    auto const type_of = [](std::string const& metadata) {
        Packet const packet{with_extended_metadata(metadata)};
        auto const column = parse_column_definition(packet.span());
        REQUIRE(column);
        CHECK((column->extended_type.empty() || packet.holds(column->extended_type)));
        return std::string{column->extended_type};
    };
    CHECK(type_of(std::string("\x00\x05point", 7)) == "point");
    CHECK(type_of(std::string("\x01\x04json", 6)) == "json");
    CHECK(type_of(std::string("\x00\x04uuid\x02\x01x", 9)) == "uuid"); // of a kind to come
    CHECK(type_of("").empty());
    CHECK(type_of(std::string("\x00\x00", 2)).empty());
    CHECK(type_of(std::string("\x00\x40", 2) + std::string(64, 'n')).size() == 64);
    // What does not fit says nothing, and is no reason to give up the column.
    CHECK(type_of(std::string("\x00\x41", 2) + std::string(65, 'n')).empty());
    CHECK(type_of(std::string("\x00", 1)).empty());
    CHECK(type_of(std::string("\x00\x05poin", 6)).empty());
    CHECK(type_of(std::string("\x00\x05point\x00\x09x", 10)).empty());
    for (wire::malformed::Value const& value : wire::malformed::values()) {
        CAPTURE(value.name);
        CHECK(type_of('\x00' + std::string{value.bytes}).empty());
    }
    // Twelve bytes of it look like the numbers, but only if nothing follows.
    CHECK(is_definition(with_extended_metadata(std::string("\x00\x0alinestring", 12))));
}

// --- Rows ---

TEST_CASE("A text row", "[reply]")
{
    std::string const bytes = wire::text_row(
        {"1", std::nullopt, "", "Ada", std::string(251, 'x'), std::string("a\0b", 3)});
    Packet const packet{bytes};
    std::array<FieldView, 6> fields{};
    REQUIRE(parse_text_row(packet.span(), fields));
    CHECK(fields[0].bytes() == "1");
    CHECK(fields[1].is_null());
    CHECK(fields[1].bytes().empty());
    CHECK_FALSE(fields[2].is_null()); // an empty text is a value
    CHECK(fields[2].bytes().empty());
    CHECK(fields[3].bytes() == "Ada");
    CHECK(fields[4].bytes() == std::string(251, 'x'));
    CHECK(fields[5].bytes() == std::string("a\0b", 3));
    for (FieldView const& cell : fields)
        CHECK(packet.holds(cell.bytes()));

    SECTION("cut short anywhere is malformed")
    {
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CAPTURE(size);
            CHECK_FALSE(is_row(bytes.substr(0, size), 6));
        }
    }
    SECTION("has exactly so many values")
    {
        for (std::size_t columns = 0; columns < 12; ++columns)
            CHECK(is_row(bytes, columns) == (columns == 6));
        CHECK_FALSE(is_row(bytes + '\0', 6));
        CHECK_FALSE(is_row(bytes + '\xfb', 6));
        CHECK(is_row("", 0));
        CHECK_FALSE(is_row("", 1));
    }
    SECTION("what was in a cell before does not stay")
    {
        std::array<FieldView, 1> one{FieldView{"old", any_column}};
        Packet const null{"\xfb"};
        REQUIRE(parse_text_row(null.span(), one));
        CHECK(one[0].is_null());
    }
    SECTION("the last value may be empty, NULL, or all of it")
    {
        CHECK(is_row(wire::text_row({"a", ""}), 2));
        CHECK(is_row(wire::text_row({"a", std::nullopt}), 2));
        CHECK(is_row(wire::text_row({std::nullopt, std::nullopt}), 2));
        CHECK_FALSE(is_row(std::string("\x01"
                                       "a",
                                       2),
                           2));
    }
}

TEST_CASE("A row whose lengths lie is malformed", "[reply]")
{
    for (wire::malformed::Value const& value : wire::malformed::values()) {
        for (std::size_t before = 0; before < 3; ++before) {
            CAPTURE(value.name, before);
            std::string bytes;
            for (std::size_t i = 0; i < before; ++i)
                bytes += wire::lenenc_string("fine");
            CHECK_FALSE(is_row(bytes + value.bytes, before + 1));
        }
    }
}

// --- Anything ---

TEST_CASE("No packet is read out of bounds, or taken for two things", "[reply]")
{
    std::mt19937 random{20240609}; // NOLINT(cert-msc51-cpp): the same each time, on purpose
    std::vector<std::string> const seeds{
        wire::ok(300, 70'000, "info"),
        wire::eof(),
        wire::lenenc(300),
        wire::column_definition(),
        with_extended_metadata("\x01\x04json"),
        wire::text_row({"1", std::nullopt, "Ada", std::string(300, 'x')}),
        wire::local_infile("/etc/passwd")};
    std::size_t accepted = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string bytes;
        if (random() % 2 == 0) {
            bytes = seeds[random() % seeds.size()];
            for (unsigned change = random() % 4; change > 0 && !bytes.empty(); --change)
                bytes[random() % bytes.size()] =
                    static_cast<char>(static_cast<unsigned char>(random() & 0xFFU));
            if (random() % 3 == 0)
                bytes.resize(random() % (bytes.size() + 1));
        } else {
            // Lengths and marks more often than other bytes.
            static constexpr std::array<unsigned char, 12> telling{
                0, 1, 2, 3, 12, 0xFA, 0xFB, 0xFC, 0xFD, 0xFE, 0xFF, 'd'};
            bytes.resize(random() % 40);
            for (char& byte : bytes)
                byte = static_cast<char>(random() % 2 == 0
                                             ? telling.at(random() % telling.size())
                                             : static_cast<unsigned char>(random() & 0xFFU));
        }
        Packet const packet{bytes};
        bool good = true;

        auto const header = parse_reply_header(packet.span());
        auto const ok = parse_ok(packet.span());
        auto const definition = parse_column_definition(packet.span());
        good = good && (header.kind == ReplyKind::completion) == ok.has_value();
        good =
            good && (header.kind != ReplyKind::columns ||
                     (header.columns >= 1 && header.columns <= max_columns && bytes.size() <= 10));
        good = good && (header.kind == ReplyKind::columns || header.columns == 0);
        good = good && (header.kind != ReplyKind::local_infile || bytes[0] == '\xfb');
        good = good && !(header.kind == ReplyKind::columns && definition);
        if (definition) {
            for (std::string_view const text : {definition->schema, definition->table,
                                                definition->name, definition->original_name})
                good = good && packet.holds(text);
            good = good && bytes.size() >= 19 && !is_eof(packet.span());
        }
        std::size_t fitting = 0;
        for (std::size_t columns = 0; columns < 6; ++columns) {
            std::vector<FieldView> fields(columns);
            if (!parse_text_row(packet.span(), fields))
                continue;
            ++fitting;
            good = good && !is_eof(packet.span());
            for (FieldView const& cell : fields)
                good = good && packet.holds(cell.bytes());
        }
        good = good && fitting <= 1;
        accepted +=
            fitting + (definition ? 1U : 0U) + (header.kind != ReplyKind::malformed ? 1U : 0U);
        if (!good)
            FAIL("for " << wire::printable(bytes));
    }
    CHECK(accepted > 20'000); // it was not all noise
}

// The packets of the binary protocol: the answer to a prepare, and rows in which the bytes of one value lie behind those of
// the other, so that one that is read too far moves all that follow. And the error packet, which both protocols share.

#include <sealsql/detail/reply.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using sealsql::Column;
using sealsql::ColumnType;
using sealsql::FieldView;
using sealsql::WireForm;
using sealsql::detail::binary_form;
using sealsql::detail::fixed_size;
using sealsql::detail::parse_binary_row;
using sealsql::detail::parse_error;
using sealsql::detail::parse_prepare_reply;
using sealsql::detail::PrepareReply;
using sealsql::detail::ServerError;
using unit::from_hex;
using unit::Packet;
namespace wire = sealsql::testing::wire;

namespace {

Column const any_column;

constexpr WireForm all_forms[] = {
    WireForm::text,    WireForm::int8,     WireForm::uint8, WireForm::int16,  WireForm::uint16,
    WireForm::int32,   WireForm::uint32,   WireForm::int64, WireForm::uint64, WireForm::float32,
    WireForm::float64, WireForm::datetime, WireForm::time};

std::vector<FieldView> fields_of(std::vector<WireForm> const& forms)
{
    std::vector<FieldView> fields;
    for (WireForm const form : forms)
        fields.emplace_back(form, any_column);
    return fields;
}

bool is_row(std::string_view bytes, std::vector<WireForm> const& forms)
{
    Packet const packet{bytes};
    auto fields = fields_of(forms);
    return parse_binary_row(packet.span(), fields);
}

/// A value of the form as it lies in a row.
std::string sample(WireForm form)
{
    if (std::size_t const size = fixed_size(form); size != 0)
        return std::string(size, '\x5a');
    return form == WireForm::text   ? wire::lenenc_string("text")
           : form == WireForm::time ? wire::lenenc_string(std::string(8, '\1'))
                                    : wire::lenenc_string(std::string(7, '\1'));
}

} // namespace

// --- ERR ---

TEST_CASE("An error packet has a number, a state and a text", "[reply]")
{
    ServerError error;
    {
        Packet const packet{wire::error(1064, "42000", "You have an error")};
        REQUIRE(parse_error(packet.span(), error));
        CHECK(error.code == 1064);
        CHECK(error.sqlstate == "42000");
        CHECK(error.message == "You have an error");
        CHECK(packet.holds(error.message));
    }
    {
        Packet const packet{wire::error(1040, "", "Too many connections")};
        REQUIRE(parse_error(packet.span(), error));
        CHECK(error.code == 1040);
        CHECK(error.sqlstate == "HY000");
        CHECK(error.message == "Too many connections");
    }
    {
        Packet const packet{from_hex("ff ff ff")};
        REQUIRE(parse_error(packet.span(), error)); // what 0xFFFF means is the reader's matter
        CHECK(error.code == 0xFFFF);
        CHECK(error.message.empty());
    }
    for (std::string_view const cut :
         {"", "ff", "ff 28", "ff 28 04 23", "ff 28 04 23 34 32 30 30"}) {
        CAPTURE(cut);
        Packet const packet{from_hex(cut)};
        CHECK_FALSE(parse_error(packet.span(), error));
    }
    for (unsigned mark = 0; mark < 0xFF; ++mark) {
        std::string bytes = wire::error(1064, "42000", "text");
        bytes[0] = static_cast<char>(static_cast<unsigned char>(mark));
        Packet const packet{bytes};
        CHECK_FALSE(parse_error(packet.span(), error));
        CHECK_FALSE(sealsql::detail::is_error(packet.span()));
    }
    CHECK_FALSE(sealsql::detail::is_error({}));
}

// --- The answer to a prepare ---

TEST_CASE("The answer to a prepare", "[reply]")
{
    std::string const bytes = from_hex("00 04 03 02 01 06 05 08 07 00 0a 09");
    Packet const packet{bytes};
    PrepareReply reply;
    REQUIRE(parse_prepare_reply(packet.span(), reply));
    CHECK(reply.id == 0x01020304);
    CHECK(reply.columns == 0x0506);
    CHECK(reply.parameters == 0x0708);
    CHECK(reply.warnings == 0x090A);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        CAPTURE(size);
        Packet const cut{bytes.substr(0, size)};
        CHECK_FALSE(parse_prepare_reply(cut.span(), reply));
    }
    for (unsigned mark = 1; mark <= 0xFF; ++mark) {
        std::string other = bytes;
        other[0] = static_cast<char>(static_cast<unsigned char>(mark));
        Packet const wrong{other};
        CHECK_FALSE(parse_prepare_reply(wrong.span(), reply));
    }
    // MySQL adds a byte where metadata are optional.
    Packet const longer{bytes + '\1'};
    CHECK(parse_prepare_reply(longer.span(), reply));
}

// --- Forms ---

TEST_CASE("Each type of column has its form", "[reply]")
{
    struct Row {
        ColumnType type;
        WireForm is_signed;
        WireForm is_unsigned;
        std::size_t size;
    };
    for (Row const& row : {
             Row{ColumnType::tiny_int, WireForm::int8, WireForm::uint8, 1},
             Row{ColumnType::small_int, WireForm::int16, WireForm::uint16, 2},
             Row{ColumnType::year, WireForm::int16, WireForm::uint16, 2},
             Row{ColumnType::medium_int, WireForm::int32, WireForm::uint32, 4},
             Row{ColumnType::integer, WireForm::int32, WireForm::uint32, 4},
             Row{ColumnType::big_int, WireForm::int64, WireForm::uint64, 8},
             Row{ColumnType::float_, WireForm::float32, WireForm::float32, 4},
             Row{ColumnType::double_, WireForm::float64, WireForm::float64, 8},
             Row{ColumnType::date, WireForm::datetime, WireForm::datetime, 0},
             Row{ColumnType::datetime, WireForm::datetime, WireForm::datetime, 0},
             Row{ColumnType::timestamp, WireForm::datetime, WireForm::datetime, 0},
             Row{ColumnType::time, WireForm::time, WireForm::time, 0},
         }) {
        CAPTURE(static_cast<int>(row.type));
        Column column;
        column.type = row.type;
        CHECK(binary_form(column) == row.is_signed);
        column.is_unsigned = true;
        CHECK(binary_form(column) == row.is_unsigned);
        CHECK(fixed_size(row.is_signed) == row.size);
        CHECK(fixed_size(row.is_unsigned) == row.size);
    }
    // All others, also those that nobody knows, are bytes behind their length.
    for (unsigned number = 0; number <= 0xFF; ++number) {
        if ((number >= 1 && number <= 13 && number != 6))
            continue;
        Column column;
        column.type = static_cast<ColumnType>(number);
        CHECK(binary_form(column) == WireForm::text);
    }
    CHECK(fixed_size(WireForm::text) == 0);
}

// --- Rows ---

TEST_CASE("A binary row", "[reply]")
{
    std::string const bytes = wire::binary_row(
        6, "\x2a" + wire::lenenc_string("Ada") + wire::int8(7) + wire::lenenc_string(""), {3, 5});
    Packet const packet{bytes};
    auto fields = fields_of({WireForm::int8, WireForm::text, WireForm::uint64, WireForm::int32,
                             WireForm::datetime, WireForm::text});
    fields[3].set("before", 4);
    REQUIRE(parse_binary_row(packet.span(), fields));
    CHECK(fields[0].bytes() == "\x2a");
    CHECK(fields[1].bytes() == "Ada");
    CHECK(fields[2].bytes() == wire::int8(7));
    CHECK(fields[3].is_null()); // what was in it before does not stay
    CHECK(fields[3].size() == 0);
    CHECK_FALSE(fields[4].is_null()); // the zero date is a value
    CHECK(fields[4].size() == 0);
    CHECK(fields[5].is_null());
    for (FieldView const& field : fields)
        CHECK(packet.holds(field.bytes()));

    SECTION("cut short anywhere is malformed, and so is one with more")
    {
        std::vector<WireForm> const forms{WireForm::int8,  WireForm::text,     WireForm::uint64,
                                          WireForm::int32, WireForm::datetime, WireForm::text};
        CHECK(is_row(bytes, forms));
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CAPTURE(size);
            CHECK_FALSE(is_row(bytes.substr(0, size), forms));
        }
        CHECK_FALSE(is_row(bytes + '\0', forms));
        for (unsigned mark = 1; mark <= 0xFF; ++mark) {
            std::string other = bytes;
            other[0] = static_cast<char>(static_cast<unsigned char>(mark));
            CHECK_FALSE(is_row(other, forms));
        }
    }
}

TEST_CASE("Every form of value, at every truncation", "[reply]")
{
    for (WireForm const form : all_forms) {
        for (WireForm const behind : all_forms) {
            CAPTURE(static_cast<int>(form), static_cast<int>(behind));
            std::string const bytes = wire::binary_row(2, sample(form) + sample(behind));
            Packet const packet{bytes};
            auto fields = fields_of({form, behind});
            REQUIRE(parse_binary_row(packet.span(), fields));
            for (FieldView const& field : fields) {
                CHECK_FALSE(field.is_null());
                CHECK(packet.holds(field.bytes()));
                if (fixed_size(field.form()) != 0)
                    CHECK(field.size() == fixed_size(field.form()));
            }
            for (std::size_t size = 0; size < bytes.size(); ++size)
                CHECK_FALSE(is_row(bytes.substr(0, size), {form, behind}));
            CHECK_FALSE(is_row(bytes + 'x', {form, behind}));
        }
    }
}

TEST_CASE("Lengths that lie in a binary row", "[reply]")
{
    for (wire::malformed::Value const& value : wire::malformed::values()) {
        for (WireForm const form : {WireForm::text, WireForm::datetime, WireForm::time}) {
            CAPTURE(value.name, static_cast<int>(form));
            CHECK_FALSE(is_row(wire::binary_row(1, value.bytes), {form}));
            CHECK_FALSE(is_row(wire::binary_row(2, "\1" + value.bytes), {WireForm::int8, form}));
            // NULL is a bit here, and 0xFB no length.
            CHECK_FALSE(is_row(wire::binary_row(1, "\xfb"), {form}));
        }
    }
}

TEST_CASE("Dates and times have the sizes that there are", "[reply]")
{
    for (std::size_t size = 0; size <= 250; ++size) {
        CAPTURE(size);
        std::string const bytes = wire::binary_row(1, wire::lenenc_string(std::string(size, '\1')));
        CHECK(is_row(bytes, {WireForm::datetime}) ==
              (size == 0 || size == 4 || size == 7 || size == 11));
        CHECK(is_row(bytes, {WireForm::time}) == (size == 0 || size == 8 || size == 12));
        CHECK(is_row(bytes, {WireForm::text}));
    }
}

TEST_CASE("A bit for each column tells which are NULL", "[reply]")
{
    // Up to where the bits need another byte, and beyond.
    for (std::size_t columns = 1; columns <= 40; ++columns) {
        std::vector<WireForm> const forms(columns, WireForm::int8);
        for (std::size_t null = 0; null < columns; ++null) {
            CAPTURE(columns, null);
            Packet const packet{wire::binary_row(columns, std::string(columns - 1, '\7'), {null})};
            auto fields = fields_of(forms);
            REQUIRE(parse_binary_row(packet.span(), fields));
            for (std::size_t i = 0; i < columns; ++i)
                CHECK(fields[i].is_null() == (i == null));
        }
        std::vector<std::size_t> all(columns);
        for (std::size_t i = 0; i < columns; ++i)
            all[i] = i;
        CHECK(is_row(wire::binary_row(columns, "", all), forms));
        CHECK_FALSE(is_row(wire::binary_row(columns, "\7", all), forms));
        // Fewer bits than columns.
        std::string const whole = wire::binary_row(columns, "", all);
        CHECK_FALSE(is_row(whole.substr(0, whole.size() - 1), forms));
    }
}

TEST_CASE("Whatever a binary row holds, no value lies outside of it", "[reply]")
{
    std::mt19937 random{11}; // NOLINT(cert-msc51-cpp): the same numbers each time
    int rows = 0;
    for (int round = 0; round < 100'000; ++round) {
        std::vector<WireForm> forms(1 + random() % 12);
        for (WireForm& form : forms)
            form = all_forms[random() % std::size(all_forms)];
        std::string bytes(random() % 60, '\0');
        for (std::size_t i = 1; i < bytes.size(); ++i)
            bytes[i] = static_cast<char>(random() % 4 != 0 ? random() % 13 : random() & 0xFFU);
        Packet const packet{bytes};
        auto fields = fields_of(forms);
        if (!parse_binary_row(packet.span(), fields))
            continue;
        ++rows;
        for (FieldView const& field : fields)
            REQUIRE((field.is_null() || packet.holds(field.bytes())));
    }
    CHECK(rows > 100); // or the bytes above are not worth the time
}

// What bulk statements, LOAD DATA LOCAL, values in pieces and compression are made of: bytes in, bytes out.

#include <sealsql/byte_source.hpp>
#include <sealsql/compression.hpp>
#include <sealsql/detail/bulk_rows.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/insert_text.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/piece_reader.hpp>
#include <sealsql/load_data.hpp>

#include "helpers.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace sealsql;
using namespace std::string_literals;
using unit::from_hex;

namespace {

std::string text_of(detail::Bytes bytes)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

detail::Bytes bytes_of(std::string_view text)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
    return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
}

/// A packet as it travels without compression.
std::string packet(unsigned number, std::string_view payload)
{
    std::string bytes(4, '\0');
    for (unsigned i = 0; i < 3; ++i)
        bytes[i] = static_cast<char>(static_cast<unsigned char>(payload.size() >> (8U * i)));
    bytes[3] = static_cast<char>(static_cast<unsigned char>(number));
    return bytes.append(payload);
}

} // namespace

TEST_CASE("an INSERT of one row is taken apart", "[unit][bulk]")
{
    struct Case {
        std::string_view sql;
        std::string_view row;
        std::string_view tail;
        std::size_t parameters;
    };
    for (Case const& wanted : std::vector<Case>{
             {"INSERT INTO t VALUES (?)", "(?)", "", 1},
             {"insert ignore into t(a,b) values(?,?)", "(?,?)", "", 2},
             {"REPLACE t VALUE ( ?, 'a''(b?', UPPER(?) ) ", "( ?, 'a''(b?', UPPER(?) )", " ", 2},
             {"INSERT INTO `val ues` (`a)`) VALUES (?)", "(?)", "", 1},
             {"INSERT INTO t (a, b) VALUES (?, ?) ON DUPLICATE KEY UPDATE a = VALUES(a), b = 1",
              "(?, ?)", " ON DUPLICATE KEY UPDATE a = VALUES(a), b = 1", 2},
             {"INSERT INTO t VALUES\n(?, 2 - 1, 4 / 2)", "(?, 2 - 1, 4 / 2)", "", 1},
         }) {
        detail::InsertText insert;
        INFO(wanted.sql);
        REQUIRE(detail::split_insert(wanted.sql, insert));
        CHECK(insert.row == wanted.row);
        CHECK(insert.tail == wanted.tail);
        CHECK(insert.parameters == wanted.parameters);
        CHECK(insert.head.size() + insert.row.size() + insert.tail.size() == wanted.sql.size());
    }
    for (std::string_view const sql :
         std::vector<std::string_view>{"",
                                       "INSERT",
                                       "INSERT INTO t VALUES",
                                       "INSERT INTO t VALUES (",
                                       "INSERT INTO t VALUES (?",
                                       "INSERT INTO t VALUES (1)",
                                       "INSERT INTO t VALUES (?),(?)",
                                       "INSERT INTO t VALUES (1), (?)",
                                       "INSERT INTO t VALUES (?) , (2)",
                                       "INSERT INTO t SET a = ?",
                                       "INSERT INTO t SELECT ?",
                                       "INSERT INTO t (SELECT ?)",
                                       "INSERT INTO t VALUES (?) RETURNING a",
                                       "INSERT INTO t VALUES ((SELECT ?))",
                                       "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = ?",
                                       "INSERT INTO t VALUES (?) -- x",
                                       "INSERT INTO t VALUES (?) # x",
                                       "INSERT INTO t /* VALUES (?) */ VALUES (?)",
                                       "INSERT INTO t VALUES (?, 'a\\')')",
                                       "INSERT INTO t VALUES (?, 'a)",
                                       "INSERT INTO t VALUES (?); DELETE FROM t",
                                       "INSERT INTO t VALUES (?))",
                                       "UPDATE t SET a = VALUES (?)",
                                       "DELETE FROM t WHERE a = ?",
                                       "(INSERT INTO t VALUES (?))x"}) {
        detail::InsertText insert;
        INFO(sql);
        CHECK_FALSE(detail::split_insert(sql, insert));
    }
}

TEST_CASE("a statement that asks for what the one before it has left", "[unit][bulk]")
{
    for (std::string_view const sql :
         {"INSERT INTO t VALUES (LAST_INSERT_ID(), ?)",
          "INSERT INTO t VALUES (last_insert_id ( ),?)",
          "INSERT INTO t VALUES (LAST_INSERT_ID(/**/),?)", "INSERT INTO t VALUES (@@identity, ?)",
          "INSERT INTO t VALUES (?, @@session.last_insert_id)", "LAST_INSERT_ID",
          "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE a = Last_Insert_Id()",
          "INSERT INTO t VALUES (LAST_INSERT_ID(LAST_INSERT_ID() + ?))", "LAST_INSERT_ID("}) {
        CAPTURE(sql);
        CHECK(detail::asks_for_last(sql));
    }
    for (std::string_view const sql :
         {"", "INSERT INTO t VALUES (?)", "INSERT INTO t VALUES (@a := @a + ?)",
          "INSERT INTO t VALUES (?) ON DUPLICATE KEY UPDATE id = LAST_INSERT_ID(id)",
          "INSERT INTO t VALUES (LAST_INSERT_ID(?))", "LAST_INSERT_I"}) {
        CAPTURE(sql);
        CHECK_FALSE(detail::asks_for_last(sql));
    }
}

TEST_CASE("rows of parameters are written in both forms, and made one of the other", "[unit][bulk]")
{
    auto const fill = [](detail::BulkRows& rows) {
        rows.begin_row();
        rows.add(std::int16_t{-2});
        rows.add(std::optional<std::string>{"ab"});
        rows.add(std::optional<double>{});
        rows.end_row();
        rows.begin_row();
        rows.add(std::int16_t{3});
        rows.add(std::optional<std::string>{});
        rows.add(std::optional<double>{0.5});
        rows.end_row();
    };
    std::string const plain = from_hex("feff 02 61 62  0300 00 00 00 00 00 00 e0 3f");
    ParameterType const types[] = {{ColumnType::small_int, false},
                                   {ColumnType::var_string, false},
                                   {ColumnType::double_, false}};
    detail::BulkRows rows;
    fill(rows);
    CHECK(rows.size() == 2);
    CHECK(text_of(rows.values(0, 2)) == plain);
    CHECK(text_of(rows.nulls(0, 2, 3)) == from_hex("00 00 01 00 01 00"));
    CHECK(text_of(rows.values(1, 1)) == plain.substr(5));

    detail::BulkRows marked;
    marked.set_marked(true);
    fill(marked);
    CHECK(text_of(marked.values(0, 2)) ==
          from_hex("00 feff 00 02 61 62 01  00 0300 01 00 00 00 00 00 00 00 e0 3f"));
    marked.take_marks_away({types, 3});
    CHECK(text_of(marked.values(0, 2)) == plain);
    CHECK(text_of(marked.nulls(0, 2, 3)) == from_hex("00 00 01 00 01 00"));

    rows.drop_front(1, 3);
    CHECK(rows.size() == 1);
    CHECK(text_of(rows.values(0, 1)) == plain.substr(5));
    CHECK(text_of(rows.nulls(0, 1, 3)) == from_hex("00 01 00"));
    rows.begin_row();
    rows.add(std::int16_t{9});
    rows.drop_row(); // half a row
    CHECK(rows.size() == 1);
    CHECK(text_of(rows.values(0, 1)) == plain.substr(5));
    rows.begin_row();
    rows.add("whole");
    rows.end_row();
    rows.drop_row();
    CHECK(rows.size() == 1);
    rows.drop_front(1, 3);
    CHECK(rows.empty());
    CHECK(rows.bytes() == 0);
}

TEST_CASE("the file that a LOAD DATA LOCAL names", "[unit][load_data]")
{
    using Found = std::optional<std::string>;
    for (auto const& [sql, wanted] : std::vector<std::pair<std::string_view, Found>>{
             {"LOAD DATA LOCAL INFILE 'a.tsv' INTO TABLE t", "a.tsv"},
             {" load\n data\tlocal infile\"a 'b'.tsv\" into table t", "a 'b'.tsv"},
             {"LOAD DATA CONCURRENT LOCAL INFILE 'it''s' INTO TABLE t", "it's"},
             {"LOAD XML LOW_PRIORITY LOCAL INFILE '/x/y' INTO TABLE t", "/x/y"},
             {"LOAD DATA INFILE 'on the server' INTO TABLE t", {}},
             {"LOAD DATA LOCAL INFILE 'a\\tb' INTO TABLE t", {}},
             {"LOAD DATA LOCAL INFILE 'open", {}},
             {"LOAD DATA LOCAL INFILE '' INTO TABLE t", {}},
             {"LOAD DATA LOCAL INFILE a INTO TABLE t", {}},
             {"LOAD DATALOCAL INFILE 'a' INTO TABLE t", {}},
             {"LOAD /* x */ DATA LOCAL INFILE 'a' INTO TABLE t", {}},
             {"SELECT 'LOAD DATA LOCAL INFILE ''x'''", {}},
             {"LOAD", {}},
             {"", {}},
         }) {
        INFO(sql);
        CHECK(local_file_of(sql) == wanted);
    }
}

TEST_CASE("bytes come from functions, streams, ranges and memory", "[unit][byte_source]")
{
    auto const all_of = [](ByteSource source, std::size_t room_size) {
        std::string all;
        std::vector<std::byte> room(room_size);
        while (std::size_t const got = source.read(room))
            all += text_of({room.data(), got});
        CHECK(source.read(room) == 0);
        return all;
    };
    std::vector<std::string> const texts{"one", "", "two", "three", ""};
    for (std::size_t const room : {1U, 2U, 3U, 100U}) {
        std::istringstream stream{"onetwothree"};
        CHECK(all_of(stream, room) == "onetwothree");
        CHECK(all_of(texts, room) == "onetwothree");
        CHECK(all_of("onetwothree", room) == "onetwothree");
        CHECK(all_of(std::as_bytes(std::span{"ab", 2}), room) == "ab");
        CHECK(all_of(std::string{"in a string"}, room) == "in a string");
        CHECK(all_of(std::vector<std::byte>(5, std::byte{0x61}), room) == "aaaaa");
        CHECK(all_of(std::vector<std::string>{}, room).empty());
        int left = 3;
        CHECK(all_of(
                  [&](std::span<std::byte> to) {
                      to[0] = std::byte{'x'};
                      return std::size_t{left-- > 0};
                  },
                  room) == "xxx");
        // One that says more than there was room for.
        int calls = 0;
        CHECK(all_of([&](std::span<std::byte>) { return calls++ == 0 ? room + 1 : 0; }, room)
                  .size() == room);
    }
}

TEST_CASE("a value is found in a row that comes in pieces", "[unit][blob]")
{
    auto const read = [](std::string const& row, std::size_t step, std::string& value) {
        detail::PieceReader reader;
        value.clear();
        for (std::size_t at = 0; at < row.size(); at += step) {
            unit::Packet const part{std::string_view{row}.substr(at, step)};
            detail::Bytes piece = part.span();
            if (!reader.take(piece))
                return false;
            value += text_of(piece);
        }
        if (reader.is_whole()) {
            CHECK(reader.size() == value.size());
            CHECK_FALSE((reader.is_null() && !value.empty()));
        }
        return reader.is_whole();
    };
    std::string const large(70'000, 'x');
    std::string value;
    for (std::size_t const step : {1U, 2U, 3U, 7U, 100'000U}) {
        CHECK(read(from_hex("00 00 03") + "abc", step, value));
        CHECK(value == "abc");
        CHECK(read(from_hex("00 00 00"), step, value));
        CHECK(read(from_hex("00 04"), step, value)); // NULL
        CHECK(read(from_hex("00 00 fc fb00") + large.substr(0, 251), step, value));
        CHECK(read(from_hex("00 00 fd 701101") + large, step, value));
        CHECK(value == large);
        CHECK(read(from_hex("00 00 fe 0300000000000000") + "abc", step, value));
        for (std::string const& row :
             {""s, "00"s, "01 00 03 616263"s, "00 00"s, "00 00 03 6162"s, "00 00 03 61626364"s,
              "00 04 00"s, "00 00 fc 03"s, "00 00 fd 0300"s, "00 00 fe 03000000000000"s,
              "00 00 fb"s, "00 00 ff"s, "00 00 fe ffffffffffffffff 61"s}) {
            INFO(row);
            CHECK_FALSE(read(from_hex(row), step, value));
            CHECK(value.size() <= 3); // nothing beyond what was claimed is given out
        }
    }
}

TEST_CASE("a packet can be taken piece by piece", "[unit][blob]")
{
    constexpr std::size_t full = 0xFF'FFFF;
    for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{70'000}, full - 1,
                                   full, full + 1, 2 * full, 2 * full + 5}) {
        std::string payload(size, 'x');
        if (!payload.empty())
            payload.back() = 'y';
        std::string wire;
        std::size_t at = 0;
        unsigned number = 7;
        do {
            std::size_t const part = std::min(full, size - at);
            wire += packet(number++, std::string_view{payload}.substr(at, part));
            at += part;
            if (part != full)
                break;
        } while (true);
        wire += packet(number, "next");

        detail::PacketFramer framer{1000}; // which is no limit here
        framer.expect(7);
        std::size_t fed = 0;
        std::string taken;
        taken.reserve(size);
        std::size_t most_buffered = 0;
        auto const feed = [&] {
            detail::View<std::byte> const room = framer.room();
            std::size_t const part =
                std::min({room.size(), std::size_t{50'001}, wire.size() - fed});
            REQUIRE(part != 0);
            std::memcpy(room.data(), wire.data() + fed, part);
            framer.received(part);
            fed += part;
            most_buffered = std::max(most_buffered, framer.buffered());
        };
        std::byte first{1};
        while (framer.peek(first) == detail::PacketFramer::Status::incomplete)
            feed();
        INFO(size);
        CHECK(first == (size == 0 ? std::byte{0} : size == 1 ? std::byte{'y'} : std::byte{'x'}));
        bool is_last = false;
        while (!is_last) {
            detail::Bytes piece;
            if (framer.next_piece(piece, is_last) == detail::PacketFramer::Status::packet)
                taken += text_of(piece);
            else
                feed();
        }
        CHECK((taken == payload));
        CHECK(most_buffered < 200'000);
        detail::Bytes next;
        while (framer.next(next) == detail::PacketFramer::Status::incomplete)
            feed();
        CHECK(text_of(next) == "next");
    }
    detail::PacketFramer framer{1000};
    std::string const wrong = packet(2, "x");
    std::memcpy(framer.room().data(), wrong.data(), wrong.size());
    framer.received(wrong.size());
    detail::Bytes piece;
    bool is_last = false;
    CHECK(framer.next_piece(piece, is_last) == detail::PacketFramer::Status::out_of_order);
}

namespace {

std::unique_ptr<detail::ByteCodec> make_codec()
{
    return std::unique_ptr<detail::ByteCodec>{detail::make_zlib_codec()};
}

/// Gives the codec bytes, `step` at a time, and takes as much at a time from it.
/// @return what came out, up to where there is a problem
std::string decode(detail::ByteCodec& codec, std::string_view wire, std::size_t step)
{
    std::string all;
    std::vector<std::byte> room(step);
    for (;;) {
        std::size_t const got = codec.decode({room.data(), room.size()});
        all += text_of({room.data(), got});
        if (got != 0)
            continue;
        if (codec.problem() != nullptr || wire.empty())
            return all;
        std::size_t const part = std::min(step, wire.size());
        detail::View<std::byte> const to = codec.room();
        std::memcpy(to.data(), wire.data(), part);
        codec.received(part);
        wire.remove_prefix(part);
    }
}

/// What a server would send: as `packets` compressed, with the numbers that follow `first`.
std::string compressed(std::string_view packets, unsigned first)
{
    auto const codec = make_codec();
    detail::ByteBuffer wire;
    codec->encode(bytes_of(packets), true, wire);
    std::string bytes = text_of(wire.bytes());
    std::size_t at = 0;
    while (at < bytes.size()) {
        std::size_t const size =
            static_cast<unsigned char>(bytes[at]) |
            static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + 1])) << 8U |
            static_cast<std::size_t>(static_cast<unsigned char>(bytes[at + 2])) << 16U;
        bytes[at + 3] = static_cast<char>(static_cast<unsigned char>(first++ & 0xFFU));
        at += 7 + size;
    }
    return bytes;
}

} // namespace

TEST_CASE("what is compressed comes out as it was", "[unit][compression]")
{
    std::string mixed;
    for (unsigned i = 0; i < 60'000; ++i)
        mixed += static_cast<char>(static_cast<unsigned char>((i * i / 7 + i % 13) & 0xFFU));
    for (std::string const& payload :
         {"x"s, std::string(49, 'a'), std::string(500, 'a'), mixed, std::string(3'000'000, 'z')}) {
        std::string const bytes = packet(1, payload);
        std::string const wire = compressed(bytes, 1);
        CHECK(wire.size() <= bytes.size() + 7 * (bytes.size() / (1U << 20U) + 1));
        for (std::size_t const step : {1U, 3U, 1000U, 17U << 10U}) {
            if (payload.size() > 1'000'000 && step < 1000)
                continue;
            auto const codec = make_codec();
            codec->begin_reply();
            CHECK((decode(*codec, wire, step) == bytes));
            CHECK(codec->problem() == nullptr);
        }
    }
}

TEST_CASE("each command begins compressed packets anew, and replies count on",
          "[unit][compression]")
{
    auto const codec = make_codec();
    detail::ByteBuffer wire;
    std::string const close = packet(0, from_hex("19 01000000"));
    std::string const ping = packet(0, from_hex("0e"));
    codec->encode(bytes_of(close + ping + ping), false, wire);
    CHECK(text_of(wire.bytes()) == from_hex("09 00 00 00 00 00 00") + close +
                                       from_hex("05 00 00 00 00 00 00") + ping +
                                       from_hex("05 00 00 00 00 00 00") + ping);
    std::string const ok = packet(1, from_hex("00 00 00 02 00 00 00"));
    for (int i = 0; i < 2; ++i) {
        codec->begin_reply();
        CHECK(decode(*codec, compressed(ok, 1), 100) == ok);
        CHECK(codec->problem() == nullptr);
    }
    // Of two packets, because it is long: the reply is number two.
    wire.clear();
    codec->encode(bytes_of(packet(0, "\x03" + std::string(1'500'000, 'a'))), false, wire);
    codec->begin_reply();
    CHECK(decode(*codec, compressed(ok, 2), 100) == ok);
    // What continues a command counts on from there.
    wire.clear();
    codec->encode(bytes_of(packet(3, "data")), true, wire);
    CHECK(text_of(wire.bytes()) == from_hex("08 00 00 03 00 00 00") + packet(3, "data"));
    CHECK(decode(*codec, compressed(ok, 4), 100) == ok);
    CHECK(codec->problem() == nullptr);
}

TEST_CASE("compressed packets that are none are refused", "[unit][compression]")
{
    std::string const bytes = packet(1, std::string(500, 'a'));
    std::string const good = compressed(bytes, 1);
    auto const changed = [&](std::size_t at, int by) {
        std::string copy = good;
        copy[at] = static_cast<char>(copy[at] + by);
        return copy;
    };
    std::string cut = good.substr(0, good.size() - 1);
    cut[0] = static_cast<char>(cut[0] - 1);
    std::string longer = good + "x";
    longer[0] = static_cast<char>(longer[0] + 1);
    std::string const wrong_number = compressed(bytes, 2);
    std::string const two = good + compressed(bytes, 3);
    for (auto const& [name, wire] : std::vector<std::pair<std::string, std::string>>{
             {"no bytes", from_hex("00 00 00 01 00 00 00")},
             {"no bytes that become some", from_hex("00 00 00 01 05 00 00")},
             {"no zlib", from_hex("05 00 00 01 05 00 00") + "abcde"},
             {"becomes less than it says", changed(4, 1)},
             {"becomes more than it says", changed(4, -1)},
             {"becomes much more than it says", changed(5, -1)},
             {"its end is missing", cut},
             {"more behind its end", longer},
             {"its sum is wrong", changed(good.size() - 1, 1)},
             {"another number", wrong_number},
             {"a number is left out", two},
         }) {
        for (std::size_t const step : {1U, 7U, 17U << 10U}) {
            auto const codec = make_codec();
            codec->begin_reply();
            INFO(name << " " << step);
            std::string const got = decode(*codec, wire, step);
            CHECK(codec->problem() != nullptr);
            CHECK(got.size() <= 2 * bytes.size());
            // It stays refused.
            CHECK(decode(*codec, good, step).empty());
        }
    }
    SECTION("an error may come with any number")
    {
        std::string const error = packet(0, from_hex("ff bf 0f 23") + "HY000gone");
        auto const codec = make_codec();
        codec->begin_reply();
        CHECK(decode(*codec, compressed(error, 9), 100) == error);
        CHECK(codec->problem() == nullptr);
    }
    SECTION("half a reply in front of the next")
    {
        auto const codec = make_codec();
        codec->begin_reply();
        CHECK(
            decode(*codec, std::string_view{compressed(packet(1, "abcdef"), 1)}.substr(0, 12), 100)
                .size() == 5);
        codec->begin_reply();
        CHECK(decode(*codec, good, 100).empty());
        CHECK(codec->problem() != nullptr);
    }
}

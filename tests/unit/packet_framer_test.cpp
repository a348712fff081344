// Bytes in, packets out: cut anywhere, joined where they are larger than 16 MiB, in order, and never larger than allowed.

#include <sealsql/detail/packet_framer.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using sealsql::detail::Bytes;
using sealsql::detail::largest_frame;
using sealsql::detail::PacketFramer;
using Status = sealsql::detail::PacketFramer::Status;
using unit::from_hex;
namespace wire = sealsql::testing::wire;

namespace {

constexpr std::size_t usual_limit = std::size_t{64} << 20U;

/// Gives the framer bytes as a socket would, with as much as fits at a time.
void feed(PacketFramer& framer, std::string_view bytes)
{
    while (!bytes.empty()) {
        auto const room = framer.room();
        REQUIRE_FALSE(room.empty());
        std::size_t const size = std::min(room.size(), bytes.size());
        std::memcpy(room.data(), bytes.data(), size);
        framer.received(size);
        bytes.remove_prefix(size);
    }
}

std::string text_of(Bytes bytes)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// What came, up to where it goes on no more.
struct Taken {
    std::vector<std::string> packets;
    Status end = Status::incomplete;
};

Taken take_all(PacketFramer& framer)
{
    Taken taken;
    for (;;) {
        Bytes payload;
        taken.end = framer.next(payload);
        if (taken.end != Status::packet)
            return taken;
        taken.packets.push_back(text_of(payload));
    }
}

Taken take_all(std::string_view bytes, std::size_t max_packet = usual_limit)
{
    PacketFramer framer{max_packet};
    feed(framer, bytes);
    return take_all(framer);
}

/// As many bytes, which differ from place to place, and do not begin like an error packet.
std::string content(std::size_t size)
{
    static std::string const block = [] {
        std::string bytes;
        for (std::size_t i = 0; i < 100'003; ++i)
            bytes += static_cast<char>(static_cast<unsigned char>((i * 31 + i / 251) % 255));
        return bytes;
    }();
    std::string bytes;
    bytes.reserve(size);
    while (bytes.size() < size)
        bytes.append(block, 0, size - bytes.size());
    return bytes;
}

} // namespace

TEST_CASE("Packets come out as they went in, whatever pieces they came in", "[packet_framer]")
{
    std::vector<std::string> const packets{
        "a", "", std::string(3, 'b'), content(300), "", content(70'000), "end"};
    std::string bytes;
    std::uint8_t number = 1;
    for (std::string const& packet : packets)
        bytes += wire::packet(number++, packet);
    for (std::size_t const piece : {1U, 2U, 3U, 4U, 5U, 7U, 64U, 1000U, 16'384U, 100'000U}) {
        CAPTURE(piece);
        PacketFramer framer{usual_limit};
        std::vector<std::string> seen;
        std::string_view left{bytes};
        while (!left.empty()) {
            feed(framer, left.substr(0, piece));
            left.remove_prefix(std::min(piece, left.size()));
            Taken const taken = take_all(framer);
            REQUIRE(taken.end == Status::incomplete);
            seen.insert(seen.end(), taken.packets.begin(), taken.packets.end());
        }
        CHECK(seen == packets);
        CHECK(framer.buffered() == 0);
        CHECK(framer.expected() == packets.size() + 1);
    }
}

TEST_CASE("A packet is there with its last byte and not before", "[packet_framer]")
{
    for (std::size_t const size : {0U, 1U, 2U, 255U, 256U, 65'536U}) {
        std::string const bytes = wire::packet(1, content(size));
        for (std::size_t cut :
             {std::size_t{0}, std::size_t{3}, std::size_t{4}, bytes.size() / 2, bytes.size() - 1}) {
            cut = std::min(cut, bytes.size() - 1);
            CAPTURE(size, cut);
            PacketFramer framer{usual_limit};
            feed(framer, std::string_view{bytes}.substr(0, cut));
            Bytes payload;
            CHECK(framer.next(payload) == Status::incomplete);
            CHECK(framer.next(payload) == Status::incomplete); // asking changes nothing
            CHECK(framer.buffered() == cut);
            feed(framer, std::string_view{bytes}.substr(cut));
            REQUIRE(framer.next(payload) == Status::packet);
            CHECK(text_of(payload) == content(size));
        }
    }
}

TEST_CASE("Packets have to be numbered one after the other", "[packet_framer]")
{
    SECTION("every number but the right one is refused")
    {
        for (unsigned number = 0; number <= 0xFF; ++number) {
            Taken const taken = take_all(wire::packet(static_cast<std::uint8_t>(number), "x"));
            CHECK(taken.packets.size() == (number == 1 ? 1U : 0U));
            CHECK(taken.end == (number == 1 ? Status::incomplete : Status::out_of_order));
        }
    }
    SECTION("expect() says which is the right one, and 0 follows 255")
    {
        PacketFramer framer{usual_limit};
        framer.expect(0x1FE);
        CHECK(framer.expected() == 0xFE);
        feed(framer, wire::packet(0xFE, "a") + wire::packet(0xFF, "b") + wire::packet(0, "c"));
        CHECK(take_all(framer).packets == std::vector<std::string>{"a", "b", "c"});
        CHECK(framer.expected() == 1);
    }
    SECTION("the same packet twice, or one left out")
    {
        CHECK(take_all(wire::packet(1, "a") + wire::packet(1, "a")).end == Status::out_of_order);
        CHECK(take_all(wire::packet(1, "a") + wire::packet(3, "a")).end == Status::out_of_order);
        CHECK(take_all(wire::packet(1, "a") + wire::packet(0, "")).end == Status::out_of_order);
    }
    SECTION("what was refused stays refused")
    {
        PacketFramer framer{usual_limit};
        feed(framer, wire::packet(2, "a"));
        CHECK(take_all(framer).end == Status::out_of_order);
        feed(framer, wire::packet(1, "b"));
        CHECK(take_all(framer).end == Status::out_of_order);
    }
    SECTION("an error may have any number, since servers send one out of nowhere")
    {
        for (unsigned number = 0; number <= 0xFF; ++number) {
            std::string const error = wire::error(4031, "HY000", "The client was disconnected");
            PacketFramer framer{usual_limit};
            feed(framer, wire::packet(static_cast<std::uint8_t>(number), error));
            CHECK(take_all(framer).packets == std::vector<std::string>{error});
            CHECK(framer.expected() == ((number + 1) & 0xFFU));
        }
    }
    SECTION("but only its first part")
    {
        std::string bytes = wire::packet(9, '\xff' + content(largest_frame));
        CHECK(take_all(bytes).packets.size() == 1);
        bytes[4 + largest_frame + 3] = 11;
        CHECK(take_all(bytes).end == Status::out_of_order);
        bytes[4 + largest_frame + 4] = '\xff'; // looks like one, and is the middle of a packet
        CHECK(take_all(bytes).end == Status::out_of_order);
    }
    SECTION("an empty packet is no error, though what follows looks like one")
    {
        CHECK(take_all(wire::packet(7, "") + wire::packet(8, wire::error(1, "", ""))).end ==
              Status::out_of_order);
    }
}

TEST_CASE("Packets of 16 MiB and more come in parts and leave as one", "[packet_framer]")
{
    // The exact multiples end with a part of no bytes.
    for (std::size_t const size : {largest_frame - 1, largest_frame, largest_frame + 1,
                                   2 * largest_frame, 2 * largest_frame + 1}) {
        CAPTURE(size);
        std::string const payload = content(size);
        std::string const bytes =
            wire::packet(1, payload) +
            wire::packet(static_cast<std::uint8_t>(2 + size / largest_frame), "behind");
        PacketFramer framer{usual_limit};
        bool is_there = false;
        std::string_view left{bytes};
        // Cut within headers, and where parts end.
        std::vector<std::size_t> const cuts{
            1, 3, 4, 5, largest_frame, largest_frame + 4, largest_frame + 6};
        for (std::size_t const cut : cuts) {
            std::size_t const done = bytes.size() - left.size();
            if (cut <= done || cut >= bytes.size() - 11)
                continue;
            feed(framer, left.substr(0, cut - done));
            left.remove_prefix(cut - done);
            Bytes early;
            REQUIRE(framer.next(early) == Status::incomplete);
        }
        feed(framer, left);
        Bytes joined;
        REQUIRE(framer.next(joined) == Status::packet);
        is_there = text_of(joined) == payload; // not printed
        CHECK(is_there);
        REQUIRE(framer.next(joined) == Status::packet);
        CHECK(text_of(joined) == "behind");
        CHECK(framer.buffered() == 0);
    }
    SECTION("each part has the next number")
    {
        std::string bytes = wire::packet(1, content(largest_frame + 10));
        for (unsigned const number : {0U, 1U, 2U, 3U, 0xFFU}) {
            bytes[4 + largest_frame + 3] = static_cast<char>(static_cast<unsigned char>(number));
            PacketFramer framer{usual_limit};
            feed(framer, bytes);
            Bytes payload;
            REQUIRE(framer.next(payload) == (number == 2 ? Status::packet : Status::out_of_order));
        }
    }
}

TEST_CASE("What is larger than allowed is refused before it is there", "[packet_framer]")
{
    constexpr std::size_t limit = 1000;
    CHECK(take_all(wire::packet(1, content(limit)), limit).packets.size() == 1);
    CHECK(take_all(wire::packet(1, content(limit + 1)), limit).end == Status::too_large);
    CHECK(take_all(wire::int3(limit + 1) + '\1', limit).end == Status::too_large);
    CHECK(take_all(from_hex("ff ff ff 01"), limit).end == Status::too_large);
    CHECK(take_all(from_hex("ff ff ff 01"), largest_frame - 1).end == Status::too_large);
    CHECK(take_all(from_hex("ff ff ff 01"), largest_frame).end == Status::incomplete);
    CHECK(take_all(from_hex("01 00 00 01"), 0).end == Status::too_large);
    CHECK(take_all(from_hex("00 00 00 01"), 0).packets.size() == 1);

    SECTION("the parts of a packet count together")
    {
        std::string const first =
            wire::packet(1, content(largest_frame)).substr(0, 4 + largest_frame);
        constexpr std::size_t more = 10;
        CHECK(take_all(first + wire::lying_packet(2, more, content(more)), largest_frame + more)
                  .packets.size() == 1);
        CHECK(take_all(first + wire::int3(more) + '\2', largest_frame + more - 1).end ==
              Status::too_large);
        CHECK(take_all(first + from_hex("ff ff ff 02"), 2 * largest_frame - 1).end ==
              Status::too_large);
        CHECK(take_all(first + from_hex("00 00 00 02"), largest_frame).packets.size() == 1);
    }
}

TEST_CASE("What a header claims is not allocated", "[packet_framer]")
{
    PacketFramer framer{~std::size_t{0}};
    feed(framer, from_hex("fe ff ff 01"));
    Bytes payload;
    for (int i = 0; i < 100; ++i) {
        CHECK(framer.next(payload) == Status::incomplete);
        // The room for the next bytes grows with what came, and not with what was said to come.
        CHECK(framer.room().size() < 64U * 1024);
        feed(framer, "x");
    }
}

TEST_CASE("A framer gives its memory back only if nothing waits in it", "[packet_framer]")
{
    PacketFramer framer{usual_limit};
    feed(framer, wire::packet(1, "a") + "\1");
    Bytes payload;
    REQUIRE(framer.next(payload) == Status::packet);
    framer.release();
    CHECK(framer.buffered() == 1);
    feed(framer, std::string_view{wire::packet(2, "b")}.substr(1));
    REQUIRE(framer.next(payload) == Status::packet);
    CHECK(text_of(payload) == "b");
    framer.release();
    CHECK(framer.buffered() == 0);
    feed(framer, wire::packet(3, "c"));
    REQUIRE(framer.next(payload) == Status::packet);
    CHECK(text_of(payload) == "c");
}

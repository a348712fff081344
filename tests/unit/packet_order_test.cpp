#include <sealsql/detail/packet_order.hpp>

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

using sealsql::detail::PacketOrder;
namespace wire = sealsql::testing::wire;

namespace {

std::span<std::byte const> bytes_of(std::string const& text)
{
    return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
}

/// A statement is sent and its reply read, both in pieces of this size.
bool exchange(PacketOrder& order, std::string const& sent, std::string const& reply,
              std::size_t piece)
{
    for (std::size_t at = 0; at < sent.size(); at += piece)
        order.on_write(bytes_of(sent.substr(at, piece)));
    bool is_good = true;
    for (std::size_t at = 0; at < reply.size(); at += piece)
        is_good = order.on_read(bytes_of(reply.substr(at, piece)));
    return is_good;
}

std::string rows(unsigned first, unsigned count)
{
    std::string stream;
    for (unsigned i = 0; i < count; ++i)
        stream += wire::packet(static_cast<std::uint8_t>(first + i), wire::text_row({"1", "2"}));
    return stream;
}

} // namespace

TEST_CASE("replies in order pass, however they are cut", "[packet_order]")
{
    for (std::size_t const piece : {1U, 2U, 3U, 4U, 5U, 7U, 16U, 1000U, 100'000U}) {
        PacketOrder order;
        for (int i = 0; i < 3; ++i) {
            CHECK(exchange(order, wire::command_packet('\3', "SELECT 1"), rows(1, 600), piece));
            CHECK(exchange(order, wire::command_packet('\xe'), wire::packet(1, wire::ok()), piece));
        }
    }
}

TEST_CASE("a statement of several packets counts as so many", "[packet_order]")
{
    std::string const statement = wire::packet(0, std::string(2 * wire::largest_payload + 5, 'x'));
    for (std::size_t const piece : {8189U, 16'384U, 1U << 24U}) {
        PacketOrder order;
        CHECK(exchange(order, statement, rows(3, 2), piece));
        CHECK_FALSE(exchange(order, statement, rows(1, 1), piece));
    }
    PacketOrder exact; // ends with a packet of no content
    CHECK(
        exchange(exact, wire::packet(0, std::string(wire::largest_payload, 'x')), rows(2, 1), 999));
    PacketOrder reply;
    CHECK(exchange(reply, wire::command_packet('\3', "SELECT 1"),
                   wire::packet(1, std::string(wire::largest_payload, 'x')) + rows(3, 1), 70'000));
}

TEST_CASE("replies out of order do not pass, but errors do", "[packet_order]")
{
    std::string const command = wire::command_packet('\3', "SELECT 1");
    for (std::size_t const piece : {1U, 3U, 5U, 1000U}) {
        for (std::string const& reply :
             {rows(0, 1), rows(2, 1), rows(1, 2) + rows(2, 1), rows(1, 2) + rows(4, 1),
              wire::packet(7, wire::error(1045, "28000", "x")) + rows(3, 1)}) {
            PacketOrder order;
            CHECK_FALSE(exchange(order, command, reply, piece));
            CHECK_FALSE(exchange(order, command, rows(1, 1), piece)); // and never again
        }
        PacketOrder order;
        CHECK(exchange(order, command, wire::packet(0, wire::error(4031, "HY000", "idle")), piece));
    }
}

// WireReader: every read within bounds, and a failure that stays.

#include <sealsql/detail/wire_reader.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using sealsql::detail::WireReader;
using unit::from_hex;
using unit::Packet;
namespace wire = sealsql::testing::wire;

namespace {

// After a failure there is nothing more to read, and everything reads as nothing.
void check_failed_for_good(WireReader& reader)
{
    CHECK_FALSE(reader.ok());
    CHECK(reader.remaining() == 0);
    CHECK(reader.peek() == 0);
    CHECK(reader.integer<1>() == 0);
    CHECK(reader.integer<8>() == 0);
    CHECK(reader.length_encoded_integer() == 0);
    CHECK(reader.text(0).empty());
    CHECK(reader.text(1).empty());
    CHECK(reader.rest().empty());
    CHECK(reader.length_encoded_text().empty());
    CHECK(reader.nul_terminated_text().empty());
    reader.skip(0);
    reader.skip(1);
    CHECK_FALSE(reader.ok());
    CHECK(reader.remaining() == 0);
}

template <std::size_t Size>
void check_integer(std::uint64_t expected)
{
    std::string const bytes = from_hex("01 23 45 67 89 ab cd ef");
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        CAPTURE(Size, size);
        Packet const packet{std::string_view{bytes}.substr(0, size)};
        WireReader reader{packet.span()};
        std::uint64_t const value = reader.integer<Size>();
        if (size < Size) {
            CHECK(value == 0);
            check_failed_for_good(reader);
        } else {
            CHECK(value == expected);
            CHECK(reader.ok());
            CHECK(reader.remaining() == size - Size);
        }
    }
}

} // namespace

TEST_CASE("Integers are little-endian, of every width, at every truncation", "[wire_reader]")
{
    check_integer<1>(0x01);
    check_integer<2>(0x2301);
    check_integer<3>(0x452301);
    check_integer<4>(0x67452301);
    check_integer<5>(0x8967452301);
    check_integer<6>(0xab8967452301);
    check_integer<7>(0xcdab8967452301);
    check_integer<8>(0xefcdab8967452301);
}

TEST_CASE("Length-encoded integers have four forms", "[wire_reader]")
{
    struct Row {
        std::string_view bytes;
        std::uint64_t value;
    };
    for (Row const& row : std::vector<Row>{{"00", 0},
                                           {"01", 1},
                                           {"7f", 0x7F},
                                           {"80", 0x80},
                                           {"fa", 0xFA},
                                           {"fc fb 00", 0xFB},
                                           {"fc ff ff", 0xFFFF},
                                           {"fc 00 00", 0}, // longer than needed is legal
                                           {"fd 00 00 01", 0x10000},
                                           {"fd ff ff ff", 0xFFFFFF},
                                           {"fe 00 00 00 01 00 00 00 00", 0x1000000},
                                           {"fe 00 00 00 00 00 00 00 80", 0x8000000000000000},
                                           {"fe ff ff ff ff ff ff ff ff", 0xFFFFFFFFFFFFFFFF}}) {
        CAPTURE(row.bytes);
        std::string const bytes = from_hex(row.bytes);
        for (std::size_t size = 0; size <= bytes.size(); ++size) {
            CAPTURE(size);
            Packet const packet{std::string_view{bytes}.substr(0, size)};
            WireReader reader{packet.span()};
            std::uint64_t const value = reader.length_encoded_integer();
            if (size < bytes.size()) {
                CHECK(value == 0);
                check_failed_for_good(reader);
            } else {
                CHECK(value == row.value);
                CHECK(reader.ok());
                CHECK(reader.remaining() == 0);
            }
        }
    }
    SECTION("every first byte")
    {
        for (unsigned first = 0; first <= 0xFF; ++first) {
            CAPTURE(first);
            Packet const packet{
                std::string(1, static_cast<char>(static_cast<unsigned char>(first))) +
                std::string(8, '\x01')};
            WireReader reader{packet.span()};
            std::uint64_t const value = reader.length_encoded_integer();
            if (first == 0xFB || first == 0xFF) { // NULL and the mark of an error are no numbers
                CHECK(value == 0);
                check_failed_for_good(reader);
            } else {
                CHECK(reader.ok());
                CHECK(reader.remaining() == (first == 0xFC   ? 6U
                                             : first == 0xFD ? 5U
                                             : first == 0xFE ? 0U
                                                             : 8U));
            }
        }
    }
    SECTION("another implementation agrees")
    {
        for (std::uint64_t const value :
             {0ULL, 250ULL, 251ULL, 65535ULL, 65536ULL, 16777215ULL, 16777216ULL, ~0ULL}) {
            for (std::string const& bytes : {wire::lenenc(value), wire::lenenc_long(value)}) {
                Packet const packet{bytes};
                WireReader reader{packet.span()};
                CHECK(reader.length_encoded_integer() == value);
                CHECK(reader.ok());
                CHECK(reader.remaining() == 0);
            }
        }
    }
}

TEST_CASE("Texts are views into the bytes and never reach beyond them", "[wire_reader]")
{
    Packet const packet{"abcdef"};
    SECTION("exactly as long as asked")
    {
        WireReader reader{packet.span()};
        auto const text = reader.text(2);
        CHECK(text == "ab");
        CHECK(packet.holds(text));
        CHECK(reader.text(0).empty());
        CHECK(reader.ok());
        CHECK(reader.rest() == "cdef");
        CHECK(reader.remaining() == 0);
        CHECK(reader.rest().empty());
        CHECK(reader.ok());
    }
    SECTION("longer than there is, up to where pointers wrap")
    {
        for (std::uint64_t const size :
             {std::uint64_t{7}, std::uint64_t{0x7FFFFFFF}, std::uint64_t{0x100000006},
              std::uint64_t{0x8000000000000000}, ~std::uint64_t{0} - 5, ~std::uint64_t{0}}) {
            CAPTURE(size);
            WireReader reader{packet.span()};
            CHECK(reader.text(size).empty());
            check_failed_for_good(reader);
        }
    }
    SECTION("skip() likewise")
    {
        WireReader reader{packet.span()};
        reader.skip(6);
        CHECK(reader.ok());
        CHECK(reader.remaining() == 0);
        WireReader other{packet.span()};
        other.skip(7);
        check_failed_for_good(other);
        WireReader far{packet.span()};
        far.skip(static_cast<std::size_t>(-1));
        check_failed_for_good(far);
    }
}

TEST_CASE("Length-encoded texts at every truncation", "[wire_reader]")
{
    for (std::string const& content : {std::string{}, std::string{"a"}, std::string(250, 'x'),
                                       std::string(251, 'y'), std::string(70'000, 'z')}) {
        std::string const bytes = wire::lenenc_string(content);
        std::size_t const step = bytes.size() > 1000 ? 997 : 1;
        for (std::size_t size = 0; size < bytes.size(); size += step) {
            CAPTURE(content.size(), size);
            Packet const packet{std::string_view{bytes}.substr(0, size)};
            WireReader reader{packet.span()};
            CHECK(reader.length_encoded_text().empty());
            CHECK_FALSE(reader.ok());
            CHECK(reader.remaining() == 0);
        }
        Packet const packet{bytes + "!"};
        WireReader reader{packet.span()};
        CHECK(reader.length_encoded_text() == content);
        CHECK(reader.ok());
        CHECK(reader.rest() == "!");
    }
    for (wire::malformed::Value const& value : wire::malformed::values()) {
        CAPTURE(value.name);
        Packet const packet{value.bytes};
        WireReader reader{packet.span()};
        CHECK(reader.length_encoded_text().empty());
        check_failed_for_good(reader);
    }
}

TEST_CASE("NUL-terminated texts need their NUL", "[wire_reader]")
{
    Packet const packet{std::string_view{"ab\0\0cd", 6}};
    WireReader reader{packet.span()};
    CHECK(reader.nul_terminated_text() == "ab");
    CHECK(reader.ok());
    CHECK(reader.nul_terminated_text().empty());
    CHECK(reader.ok());
    CHECK(reader.remaining() == 2);
    CHECK(reader.nul_terminated_text().empty()); // "cd" has none
    check_failed_for_good(reader);

    Packet const empty{""};
    WireReader of_nothing{empty.span()};
    CHECK(of_nothing.nul_terminated_text().empty());
    check_failed_for_good(of_nothing);
}

TEST_CASE("peek() takes nothing", "[wire_reader]")
{
    Packet const packet{"\xFB\x01"};
    WireReader reader{packet.span()};
    CHECK(reader.peek() == 0xFB);
    CHECK(reader.peek() == 0xFB);
    CHECK(reader.remaining() == 2);
    reader.skip(2);
    CHECK(reader.peek() == 0);
    CHECK(reader.ok());
}

TEST_CASE("A reader of nothing at all", "[wire_reader]")
{
    WireReader reader{std::span<std::byte const>{}};
    CHECK(reader.ok());
    CHECK(reader.remaining() == 0);
    CHECK(reader.peek() == 0);
    CHECK(reader.rest().empty());
    CHECK(reader.text(0).empty());
    reader.skip(0);
    CHECK(reader.ok());
    CHECK(reader.integer<1>() == 0);
    check_failed_for_good(reader);
}

TEST_CASE("A sequence of reads fails at the first that does not fit, and stays failed",
          "[wire_reader]")
{
    std::string const bytes = wire::int2(0x1234) + wire::nul_string("name") +
                              wire::lenenc_string("value") + wire::int4(7);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
        CAPTURE(size);
        Packet const packet{std::string_view{bytes}.substr(0, size)};
        WireReader reader{packet.span()};
        auto const number = reader.integer<2>();
        auto const name = reader.nul_terminated_text();
        auto const value = reader.length_encoded_text();
        auto const last = reader.integer<4>();
        CHECK(reader.ok() == (size == bytes.size()));
        CHECK(number == (size >= 2 ? 0x1234U : 0U));
        CHECK(name == (size >= 7 ? "name" : ""));
        CHECK(value == (size >= 13 ? "value" : ""));
        CHECK(last == (size >= 17 ? 7U : 0U));
        CHECK(packet.holds(name));
        CHECK(packet.holds(value));
    }
}

// The types of special columns: UUID, addresses, JSON, BIT, ENUM, SET and geometry, from bytes that may be anything.

#include <sealsql/bits.hpp>
#include <sealsql/enum_text.hpp>
#include <sealsql/geometry.hpp>
#include <sealsql/inet_address.hpp>
#include <sealsql/json.hpp>
#include <sealsql/uuid.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace sealsql;
using unit::from_hex;
using unit::Packet;

namespace {

enum class Colour { red, green, blue, unnamed };

std::vector<std::byte> bytes_of(std::string_view hex)
{
    std::string const text = from_hex(hex);
    std::vector<std::byte> bytes(text.size());
    std::transform(text.begin(), text.end(), bytes.begin(),
                   [](char c) { return static_cast<std::byte>(c); });
    return bytes;
}

std::string joined(std::initializer_list<std::string_view> parts)
{
    std::string whole;
    for (std::string_view const part : parts)
        whole += part;
    return whole;
}

// WKB of the parts that the geometry cases are made of.
constexpr std::string_view one = "000000000000f03f";
constexpr std::string_view two = "0000000000000040";
constexpr std::string_view one_big_endian = "3ff0000000000000";
constexpr std::string_view two_big_endian = "4000000000000000";

} // namespace

template <>
inline constexpr auto sealsql::enum_names<Colour> =
    sealsql::names<Colour>({{Colour::red, "red"}, {Colour::green, "Grün"}, {Colour::blue, ""}});

namespace {

enum class Access { read, write, admin, unnamed };

} // namespace

template <>
inline constexpr auto sealsql::enum_names<Access> = sealsql::names<Access>(
    {{Access::read, "read"}, {Access::write, "write"}, {Access::admin, "admin"}});

TEST_CASE("UUIDs", "[unit][types]")
{
    std::string_view const text = "01234567-89ab-cdef-0123-456789abcdef";
    auto const uuid = Uuid::parse(text);
    REQUIRE(uuid);
    CHECK(to_string(*uuid) == text);
    CHECK(uuid->bytes[0] == std::byte{0x01});
    CHECK(uuid->bytes[15] == std::byte{0xEF});
    CHECK(Uuid::parse("0123456789ABCDEF0123456789abcdef") == uuid);
    CHECK(to_string(Uuid{}) == "00000000-0000-0000-0000-000000000000");
    CHECK(Uuid{} < *uuid);
    for (std::string_view const none :
         {"", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdef0",
          "01234567x89ab-cdef-0123-456789abcdef", "0123456-789ab-cdef-0123-456789abcdef",
          "01234567-89ab-cdef-0123-456789abcdeg", "{0123456789ABCDEF0123456789abcde}",
          "------------------------------------", "0123456789abcdef0123456789abcd-f"})
        CHECK_FALSE(Uuid::parse(none));
}

TEST_CASE("IPv4 addresses", "[unit][types]")
{
    for (std::string_view const text : {"0.0.0.0", "127.0.0.1", "255.255.255.255", "1.20.103.4"}) {
        auto const address = Inet4::parse(text);
        REQUIRE(address);
        CHECK(to_string(*address) == text);
    }
    CHECK(to_string(Inet4::from_number(2130706433)) == "127.0.0.1");
    for (std::string_view const none :
         {"", ".", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "1.2.3.256", "01.2.3.4",
          "1.2.3.00", "1.2.3.-1", " 1.2.3.4", "1.2.3.4 ", "1..3.4", "0x1.2.3.4", "1.2.3.4/8",
          "1.2.3.0000000000000000000001"}) {
        CAPTURE(none);
        CHECK_FALSE(Inet4::parse(none));
    }
}

TEST_CASE("IPv6 addresses", "[unit][types]")
{
    // What is read, and the form of RFC 5952.
    std::pair<std::string_view, std::string_view> const table[] = {
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"0:0:0:0:0:0:0:0", "::"},
        {"2001:DB8::A", "2001:db8::a"},
        {"2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"},
        {"1:0:0:2:0:0:0:3", "1:0:0:2::3"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8"},
        {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"},
        {"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
        {"::1.2.3.4", "::102:304"},
        {"1:2:3:4:5:6:255.255.255.255", "1:2:3:4:5:6:ffff:ffff"},
        {"1:2:3:4:5::1.2.3.4", "1:2:3:4:5:0:102:304"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (auto const& [text, expected] : table) {
        CAPTURE(text);
        auto const address = Inet6::parse(text);
        REQUIRE(address);
        CHECK(to_string(*address) == expected);
        CHECK(Inet6::parse(expected) == address);
    }
    for (std::string_view const none : {"",
                                        ":",
                                        ":::",
                                        "1",
                                        "1:",
                                        ":1",
                                        "1:2:3:4:5:6:7",
                                        "1:2:3:4:5:6:7:",
                                        "1:2:3:4:5:6:7:8:",
                                        "1:2:3:4:5:6:7:8:9",
                                        "::1::",
                                        "1::2::3",
                                        "1:2:3:4:5:6:7:8::",
                                        "::1:2:3:4:5:6:7:8",
                                        "12345::",
                                        "g::",
                                        "::1%eth0",
                                        "[::1]",
                                        " ::1",
                                        "::1 ",
                                        "1.2.3.4",
                                        "1:2:3:4:5:6:7:1.2.3.4",
                                        "::1.2.3",
                                        "::1.2.3.4:5",
                                        "::01.2.3.4",
                                        "1:2:3:4:5:6:7:8:1.2.3.4",
                                        "::-1",
                                        "::0x1"}) {
        CAPTURE(none);
        CHECK_FALSE(Inet6::parse(none));
    }
    std::mt19937_64 random{1}; // NOLINT(cert-msc51-cpp): the same each time
    for (int i = 0; i < 10'000; ++i) {
        Inet6 address;
        for (std::byte& byte : address.bytes)
            byte = random() % 3 == 0 ? static_cast<std::byte>(random()) : std::byte{0};
        REQUIRE(Inet6::parse(to_string(address)) == address);
    }
}

TEST_CASE("JSON is checked", "[unit][types]")
{
    for (std::string_view const text :
         {"null", "true", "false", "0", "-0", "-1.5e+10", "1E9", "\"\"", "\"a\\n\\u00e9é😀\"", "[]",
          "{}", "[[],{},[{}]]", " { \"a\" : [ 1 , 2 ] , \"b\" : { \"c\" : null } } ",
          "[1,\"x\",true]\r\n\t", "{\"a\":1,\"a\":2}", "\"\\ud800\""}) {
        CAPTURE(text);
        CHECK(is_json(text));
        CHECK(Json{std::string{text}}.text() == text);
    }
    for (std::string_view const text : {"",         " ",           "nul",
                                        "nulll",    "True",        "01",
                                        "-",        "1.",          ".5",
                                        "1e",       "1e+",         "+1",
                                        "0x1",      "NaN",         "\"",
                                        "\"\\x\"",  "\"\\u12g4\"", "\"\\u123\"",
                                        "\"a\nb\"", "\"\xC3\"",    "\"\xED\xA0\x80\"",
                                        "[",        "]",           "[1,]",
                                        "[,1]",     "[1 2]",       "{",
                                        "}",        "{]",          "[}",
                                        "{\"a\"}",  "{\"a\":}",    "{\"a\":1,}",
                                        "{a:1}",    "{1:1}",       "{,}",
                                        "1 2",      "[]]",         "{}{}",
                                        "'a'",      "[1]x",        "\"\\"}) {
        CAPTURE(text);
        CHECK_FALSE(is_json(text));
        CHECK_THROWS_AS(Json{std::string{text}}, Error);
    }
    CHECK_FALSE(is_json(std::string_view("\"\0\"", 3)));
    CHECK(is_json(std::string(512, '[') + std::string(512, ']')));
    CHECK_FALSE(is_json(std::string(513, '[') + std::string(513, ']')));
    CHECK_FALSE(is_json(std::string(1'000'000, '[')));
    CHECK(Json{}.text() == "null");
}

TEST_CASE("bits as text", "[unit][types]")
{
    CHECK(to_string(Bits{5, 4}) == "0101");
    CHECK(to_string(Bits{~std::uint64_t{0}, 64}) == std::string(64, '1'));
    CHECK(to_string(Bits{}).empty());
}

TEST_CASE("named enums", "[unit][types]")
{
    static_assert(NamedEnum<Colour> && !NamedEnum<int> && !NamedEnum<GeometryType>);
    static_assert(enum_name(Colour::red) == "red");
    CHECK(enum_value<Colour>("Grün") == Colour::green);
    CHECK(enum_value<Colour>("") == Colour::blue);
    CHECK_FALSE(enum_value<Colour>("RED"));
    CHECK_FALSE(enum_value<Colour>("red "));
    CHECK(enum_name(Colour::unnamed).empty());
}

TEST_CASE("sets of named enums", "[unit][types]")
{
    using Rights = SetOf<Access>;
    Rights rights{Access::admin, Access::read};
    CHECK(to_string(rights) == "read,admin");
    CHECK(Rights::parse("read,admin") == rights);
    CHECK(Rights::parse("admin,read") == rights);
    CHECK(Rights::parse("") == Rights{});
    CHECK(rights.contains(Access::read));
    CHECK_FALSE(rights.contains(Access::write));
    CHECK(rights.insert(Access::write));
    CHECK_FALSE(rights.insert(Access::write));
    CHECK_FALSE(rights.insert(Access::unnamed));
    CHECK(rights.erase(Access::read));
    CHECK_FALSE(rights.erase(Access::read));
    CHECK(to_string(rights) == "write,admin");
    CHECK((rights & Rights{Access::admin}) == Rights{Access::admin});
    CHECK((rights | Rights{Access::read}) == *Rights::parse("read,write,admin"));
    for (std::string_view const none :
         {",", "read,", ",read", "read,,admin", "Read", "read, admin", "none"}) {
        CAPTURE(none);
        CHECK_FALSE(Rights::parse(none));
    }
}

TEST_CASE("geometries", "[unit][types]")
{
    std::string const point = joined({"01 01000000", one, two});
    std::string const line = joined({"01 02000000 02000000", one, two, two, one});
    std::string const ring = joined({"03000000", one, one, two, two, one, one});
    std::string const polygon = joined({"01 03000000 01000000", ring});

    CHECK(Geometry::point({1, 2}).wkb() == bytes_of(point));
    CHECK(Geometry::point({1, 2}, 4326).srid() == 4326);
    CHECK(Geometry{bytes_of(point)}.as_point() == Point{1, 2});
    CHECK(Geometry{bytes_of(joined({"00 00000001", one_big_endian, two_big_endian}))}.as_point() ==
          Point{1, 2});
    CHECK(Geometry::line_string({{1, 2}, {2, 1}}).wkb() == bytes_of(line));
    CHECK(Geometry{bytes_of(line)}.as_line_string() == Geometry::Line{{1, 2}, {2, 1}});
    CHECK(Geometry::polygon({{{1, 1}, {2, 2}, {1, 1}}}).wkb() == bytes_of(polygon));
    CHECK(Geometry{bytes_of(polygon)}.as_polygon() ==
          std::vector<Geometry::Line>{{{1, 1}, {2, 2}, {1, 1}}});
    CHECK(Geometry{bytes_of(polygon)}.type() == GeometryType::polygon);
    CHECK(Geometry{}.type() == GeometryType::collection);
    CHECK_THROWS_AS(Geometry{}.as_point(), Error);
    CHECK_THROWS_AS(Geometry{bytes_of(line)}.as_polygon(), Error);

    for (std::string const& good :
         {joined({"01 04000000 02000000", point, point}), joined({"01 05000000 01000000", line}),
          joined({"01 06000000 01000000", polygon}),
          joined({"01 07000000 03000000", point, line, polygon}),
          std::string{"01 07000000 00000000"}, std::string{"01 02000000 00000000"},
          joined({"01 07000000 01000000", "01 07000000 01000000", point})}) {
        CAPTURE(good);
        auto const bytes = bytes_of(good);
        CHECK(detail::is_wkb(Packet{from_hex(good)}.span()));
        // Nothing that is shorter or longer is one.
        for (std::size_t size = 0; size < bytes.size(); ++size)
            CHECK_FALSE(detail::is_wkb(Packet{from_hex(good).substr(0, size)}.span()));
        CHECK_FALSE(detail::is_wkb(Packet{from_hex(good) + '\0'}.span()));
    }
    for (std::string const& bad :
         {joined({"02 01000000", one, two}), joined({"01 00000000", one, two}),
          joined({"01 08000000", one, two}), joined({"01 e9030000", one, two, one}),
          joined({"01 01000020 e6100000", one, two}), std::string{"01 02000000 ffffffff"},
          std::string{"01 03000000 ffffffff"}, std::string{"01 07000000 ffffffff"},
          joined({"01 04000000 01000000", line}), joined({"01 06000000 01000000", point})}) {
        CAPTURE(bad);
        CHECK_FALSE(detail::is_wkb(Packet{from_hex(bad)}.span()));
        CHECK_THROWS_AS(Geometry{bytes_of(bad)}, Error);
    }
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += from_hex("01 07000000 01000000");
    CHECK_FALSE(detail::is_wkb(Packet{deep}.span()));
    Geometry read;
    CHECK_FALSE(detail::read_geometry(Packet{from_hex("00 00 00")}.span(), read));
    CHECK_FALSE(detail::read_geometry({}, read));
}

// The types of special columns in both protocols and both ways: which columns they take, which values, and what is sent.

#include <sealsql/types.hpp>

#include <sealsql/detail/wire_reader.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

using namespace sealsql;
using namespace std::chrono;
using namespace std::chrono_literals;
using unit::from_hex;
using unit::Packet;

namespace {

enum class Shade { dark, light, unnamed };

} // namespace

template <>
inline constexpr auto sealsql::enum_names<Shade> = sealsql::names<Shade>({{Shade::dark, "dark"},
                                                                          {Shade::light, "light"}});

namespace {

Column column(ColumnType type, bool is_binary = false)
{
    Column made;
    made.type = type;
    made.is_binary = is_binary;
    return made;
}

Column const text_column = column(ColumnType::var_string);
Column const bytes_column = column(ColumnType::blob, true);

template <class T>
std::optional<T> read(FieldView const& field)
{
    T value{};
    return detail::decode_value(field, value) ? std::optional{value} : std::nullopt;
}

// As in the text protocol.
template <class T>
std::optional<T> read_text(Column const& of, std::string_view text)
{
    Packet const packet{text};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return read<T>({{reinterpret_cast<char const*>(packet.span().data()), text.size()}, of});
}

// As in the binary protocol.
template <class T>
std::optional<T> read_binary(Column const& of, std::string_view bytes)
{
    Packet const packet{bytes};
    FieldView field{detail::binary_form(of), of};
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    field.set(reinterpret_cast<char const*>(packet.span().data()), bytes.size());
    return read<T>(field);
}

// What is sent of a value, without the length before it; nothing if it is refused.
template <class T>
std::optional<std::string> sent(T const& value)
{
    detail::ByteBuffer buffer;
    detail::WireWriter writer{buffer};
    if (!detail::encode_value(writer, value))
        return std::nullopt;
    detail::WireReader reader{buffer.bytes()};
    ColumnType const type = detail::parameter_type<T>.type;
    std::string bytes{type == ColumnType::small_int || type == ColumnType::big_int
                          ? reader.rest()
                          : reader.length_encoded_text()};
    CHECK(reader.ok());
    CHECK(reader.remaining() == 0);
    return bytes;
}

// Whether a value that was sent is the same when a server sends it back in a column of its own type.
template <class T>
bool comes_back(T const& value)
{
    auto const bytes = sent(value);
    ParameterType const type = detail::parameter_type<T>;
    Column of = column(type.type, type.type == ColumnType::blob);
    of.is_unsigned = type.is_unsigned;
    return bytes && read_binary<T>(of, *bytes) == value;
}

template <class T>
void check_accepts(std::initializer_list<ColumnType> texts_too, bool text, bool bytes)
{
    for (int number = 0; number < 256; ++number) {
        auto const type = static_cast<ColumnType>(number);
        bool wanted = type == ColumnType::null;
        for (ColumnType const each : texts_too)
            wanted = wanted || each == type;
        Column const plain = column(type);
        Column const binary = column(type, true);
        bool const string = type == ColumnType::blob || type == ColumnType::var_string ||
                            type == ColumnType::string || type == ColumnType::tiny_blob ||
                            type == ColumnType::medium_blob || type == ColumnType::long_blob ||
                            type == ColumnType::enumeration || type == ColumnType::set;
        CAPTURE(number);
        CHECK(detail::accepts_column<T>(FieldView{"", plain}) == (wanted || (string && text)));
        CHECK(detail::accepts_column<T>(FieldView{"", binary}) == (wanted || (string && bytes)));
    }
}

constexpr auto integers = {ColumnType::tiny_int, ColumnType::small_int, ColumnType::medium_int,
                           ColumnType::integer,  ColumnType::big_int,   ColumnType::year};

} // namespace

TEST_CASE("each type says which columns it takes", "[unit][types]")
{
    auto const dates = {ColumnType::date, ColumnType::datetime, ColumnType::timestamp};
    check_accepts<DateTime>(dates, true, true);
    check_accepts<year_month_day>(dates, true, true);
    check_accepts<sys_time<seconds>>(dates, true, true);
    check_accepts<local_days>(dates, true, true);
    check_accepts<microseconds>({ColumnType::time}, true, true);
    check_accepts<year>(integers, false, false);
    check_accepts<Decimal>({ColumnType::tiny_int, ColumnType::small_int, ColumnType::medium_int,
                            ColumnType::integer, ColumnType::big_int, ColumnType::year,
                            ColumnType::bit, ColumnType::decimal, ColumnType::decimal_old},
                           false, false);
    check_accepts<Uuid>({}, true, true);
    check_accepts<Inet4>(integers, true, true);
    check_accepts<Inet6>({}, true, true);
    check_accepts<Json>({ColumnType::json}, true, true);
    check_accepts<Geometry>({ColumnType::geometry}, false, true);
    check_accepts<std::vector<float>>({ColumnType::vector}, false, true);
    check_accepts<std::array<float, 2>>({ColumnType::vector}, false, true);
    check_accepts<std::bitset<7>>({ColumnType::tiny_int, ColumnType::small_int,
                                   ColumnType::medium_int, ColumnType::integer, ColumnType::big_int,
                                   ColumnType::year, ColumnType::bit},
                                  false, true);
    check_accepts<Shade>({}, true, true);
    check_accepts<SetOf<Shade>>({}, true, true);
    static_assert(!ReadableValue<std::span<float const>> && SendableValue<std::span<float const>>);
    static_assert(!ReadableValue<std::bitset<65>> && !SendableValue<std::bitset<65>>);
    static_assert(!ReadableValue<duration<double>> && !ReadableValue<GeometryType>);
    static_assert(!ReadableValue<steady_clock::time_point>);
}

TEST_CASE("dates and times in both protocols", "[unit][types][temporal]")
{
    Column const date = column(ColumnType::date, true);
    Column const stamp = column(ColumnType::timestamp, true);
    Column const time = column(ColumnType::time, true);
    std::string const noon = from_hex("ea 07 0b 19 0c 00 00");
    sys_seconds const expected = sys_days{2026y / 11 / 25} + 12h;

    CHECK(read_text<sys_seconds>(stamp, "2026-11-25 12:00:00") == expected);
    CHECK(read_binary<sys_seconds>(stamp, noon) == expected);
    CHECK(read_text<sys_seconds>(text_column, "2026-11-25 12:00:00") == expected);
    CHECK(read_text<sys_seconds>(stamp, "2026-11-25 12:00:00.000000") == expected);
    CHECK_FALSE(read_text<sys_seconds>(stamp, "2026-11-25 12:00:00.000001"));
    CHECK(read_binary<local_seconds>(stamp, noon) == local_days{2026y / 11 / 25} + 12h);
    CHECK_FALSE(read_binary<sys_days>(stamp, noon));
    CHECK(read_binary<sys_days>(stamp, from_hex("ea 07 0b 19")) == sys_days{2026y / 11 / 25});
    CHECK_FALSE(read_binary<year_month_day>(stamp, noon));
    CHECK(read_text<year_month_day>(date, "2026-11-25") == 2026y / 11 / 25);
    CHECK(read_binary<sys_time<nanoseconds>>(stamp, noon) == expected);
    CHECK_FALSE(read_text<sys_time<nanoseconds>>(stamp, "9999-12-31 00:00:00"));

    // The zero date is itself, and nothing else.
    for (auto const& [text, bytes] : {std::pair{"0000-00-00", ""},
                                      {"0000-00-00", "00 00 00 00"},
                                      {"2026-00-00", "ea 07 00 00"}}) {
        CAPTURE(text, bytes);
        std::string const binary = from_hex(bytes);
        auto const zero = read_text<year_month_day>(date, text);
        REQUIRE(zero);
        CHECK_FALSE(zero->ok());
        CHECK(read_binary<year_month_day>(date, binary) == zero);
        CHECK(read_binary<DateTime>(date, binary) == DateTime{*zero, 0us});
        CHECK_FALSE(read_binary<sys_days>(date, binary));
        CHECK_FALSE(read_text<sys_days>(date, text));
        CHECK_FALSE(read_text<local_seconds>(date, text));
    }
    CHECK(read_text<seconds>(time, "-838:59:59") == -(839h - 1s));
    CHECK(read_binary<minutes>(time, from_hex("01 01 00 00 00 01 1e 00")) == -(25h + 30min));
    CHECK_FALSE(read_binary<hours>(time, from_hex("01 01 00 00 00 01 1e 00")));

    // A time is no date, a date no time, and numbers are neither.
    CHECK_FALSE(read_text<DateTime>(time, "12:00:00"));
    CHECK_FALSE(read_text<DateTime>(time, "2026-11-25"));
    CHECK_FALSE(read_binary<DateTime>(time, from_hex("00 00 00 00 00 00 00 00")));
    CHECK_FALSE(read_binary<microseconds>(date, noon));
    CHECK_FALSE(read_text<microseconds>(stamp, "12:00:00"));
    CHECK_FALSE(read_binary<microseconds>(column(ColumnType::big_int), std::string(8, '\0')));
    CHECK_FALSE(read_binary<DateTime>(column(ColumnType::big_int), std::string(8, '\0')));
    CHECK_FALSE(read_binary<DateTime>(column(ColumnType::integer), std::string(4, '\0')));

    CHECK(sent(DateTime{2026y / 11 / 25, 12h}) == noon);
    CHECK(sent(expected) == noon);
    CHECK(sent(2026y / November / 25) == from_hex("ea 07 0b 19"));
    CHECK(sent(year_month_day{0y / 0 / 0}) == from_hex("00 00 00 00"));
    CHECK(sent(-1us) == from_hex("01 00 00 00 00 00 00 00 01 00 00 00"));
    CHECK(comes_back(DateTime{9999y / 12 / 31, 24h - 1us}));
    CHECK(comes_back(sys_time<microseconds>{-1us}));
    CHECK(comes_back(local_days{2000y / 2 / 29}));
    CHECK(comes_back(-838h));
    CHECK_FALSE(sent(839h));
    CHECK_FALSE(sent(hours::min()));
    CHECK_FALSE(sent(year_month_day{10000y / 1 / 1}));
    CHECK_FALSE(sent(year_month_day{-1y / 1 / 1}));
    CHECK_FALSE(sent(year_month_day{2026y / 13 / 1}));
    CHECK_FALSE(sent(sys_days{10000y / 1 / 1}));
    CHECK_FALSE(sent(sys_time<hours>::max()));
    CHECK_FALSE(sent(DateTime{2026y / 1 / 1, 24h}));
}

TEST_CASE("years in both protocols", "[unit][types][temporal]")
{
    Column of = column(ColumnType::year);
    of.is_unsigned = true;
    of.length = 4;
    CHECK(read_text<year>(of, "2026") == 2026y);
    CHECK(read_text<year>(of, "0000") == 0y);
    CHECK(read_binary<year>(of, from_hex("ea 07")) == 2026y);
    of.length = 2;
    CHECK(read_text<year>(of, "69") == 2069y);
    CHECK(read_binary<year>(of, from_hex("46 00")) == 1970y);
    Column const big = column(ColumnType::big_int);
    CHECK(read_text<year>(big, "-32767") == -32767y);
    CHECK_FALSE(read_text<year>(big, "-32768"));
    CHECK_FALSE(read_text<year>(big, "32768"));
    CHECK_FALSE(read_text<year>(big, "18446744073709551615"));
    CHECK_FALSE(read_text<year>(text_column, "2026"));
    CHECK(sent(2026y) == from_hex("ea 07"));
    CHECK(comes_back(0y));
    CHECK(comes_back(9999y));
    for (year const none : {-1y, 1y, 99y, 10000y})
        CHECK_FALSE(sent(none));
}

TEST_CASE("decimals in both protocols", "[unit][types][decimal]")
{
    Column const of = column(ColumnType::decimal, true);
    CHECK(read_text<Decimal>(of, "-12.50") == Decimal{"-12.5"});
    CHECK(read_binary<Decimal>(of, "-12.50") == Decimal{"-12.5"});
    CHECK(read_binary<Decimal>(column(ColumnType::tiny_int), "\xFF") == -1);
    CHECK(read_binary<Decimal>(column(ColumnType::bit), "\x01\x35") == 0x135);
    CHECK(read_text<Decimal>(column(ColumnType::big_int), "9223372036854775807") ==
          std::numeric_limits<std::int64_t>::max());
    CHECK_FALSE(read_text<Decimal>(column(ColumnType::double_), "1.5"));
    CHECK_FALSE(read_binary<Decimal>(column(ColumnType::double_), std::string(8, '\0')));
    CHECK_FALSE(read_binary<Decimal>(column(ColumnType::date), from_hex("ea 07 0b 19")));
    CHECK(sent(Decimal{"-12.50"}) == "-12.50");
    CHECK(comes_back(Decimal{std::string(65, '9')}));
}

TEST_CASE("UUIDs and addresses in both protocols", "[unit][types]")
{
    std::string const raw = from_hex("0123456789abcdef0123456789abcdef");
    std::string const text = "01234567-89ab-cdef-0123-456789abcdef";
    Uuid const uuid = *Uuid::parse(text);
    CHECK(read_text<Uuid>(text_column, text) == uuid);
    CHECK(read_binary<Uuid>(bytes_column, raw) == uuid);
    CHECK(read_text<Uuid>(bytes_column, text) == uuid);
    CHECK_FALSE(read_text<Uuid>(text_column, raw)); // characters, not bytes
    CHECK_FALSE(read_text<Uuid>(column(ColumnType::json), text));
    CHECK(sent(uuid) == text);
    CHECK(comes_back(uuid));
    CHECK(sent(uuid.bytes) == raw);

    CHECK(read_text<Inet4>(text_column, "1.2.3.4") == Inet4::from_number(0x01020304));
    CHECK(read_text<Inet4>(bytes_column, "\1\2\3\4") == Inet4::from_number(0x01020304));
    CHECK(read_text<Inet4>(column(ColumnType::big_int), "16909060") ==
          Inet4::from_number(0x01020304));
    CHECK(read_binary<Inet4>(column(ColumnType::big_int), std::string("\4\3\2\1\0\0\0\0", 8)) ==
          Inet4::from_number(0x01020304));
    CHECK_FALSE(read_text<Inet4>(column(ColumnType::big_int), "4294967296"));
    CHECK_FALSE(read_text<Inet4>(column(ColumnType::big_int), "-1"));
    CHECK_FALSE(read_text<Inet4>(text_column, "16909060"));
    CHECK(comes_back(Inet4::from_number(0xFFFFFFFF)));

    CHECK(read_text<Inet6>(text_column, "::1") == Inet6::parse("::1"));
    CHECK(read_text<Inet6>(bytes_column, raw)->bytes == uuid.bytes);
    CHECK(read_text<Inet6>(text_column, "2001:db8::1:2:34") ==
          Inet6::parse("2001:db8::1:2:34")); // 16 characters
    CHECK_FALSE(read_text<Inet6>(bytes_column, "\1\2\3\4"));
    // Bytes that are an address of somebody's choice do not become another one.
    std::string_view const both = "::ffff:127.0.0.1";
    Column either = bytes_column;
    for (std::uint32_t const length : {16U, 64U, 65535U}) {
        either.length = length;
        CHECK(to_string(read_text<Inet6>(either, both).value()) ==
              "3a3a:6666:6666:3a31:3237:2e30:2e30:2e31");
    }
    either.is_out_parameter = true;
    CHECK(read_text<Inet6>(either, both) == Inet6::parse(both));
    CHECK(read_text<Inet6>(either, raw)->bytes == uuid.bytes);
    either.length = 16;
    CHECK(read_text<Inet6>(either, both) != Inet6::parse(both));
    CHECK(comes_back(*Inet6::parse("::ffff:1.2.3.4")));
}

TEST_CASE("JSON, ENUM and SET in both protocols", "[unit][types]")
{
    CHECK(read_text<Json>(column(ColumnType::json, true), "[1]") == Json{"[1]"});
    CHECK(read_text<Json>(text_column, "{}") == Json{"{}"});
    CHECK_FALSE(read_text<Json>(text_column, "[1"));
    CHECK_FALSE(read_text<Json>(column(ColumnType::decimal), "1"));
    CHECK(comes_back(Json{R"({"a": [1, 2]})"}));

    CHECK(read_text<Shade>(text_column, "light") == Shade::light);
    CHECK_FALSE(read_text<Shade>(text_column, ""));
    CHECK_FALSE(read_text<Shade>(text_column, "Light"));
    CHECK_FALSE(read_text<Shade>(column(ColumnType::json), "light"));
    CHECK(comes_back(Shade::dark));
    CHECK_FALSE(sent(Shade::unnamed));

    using Shades = SetOf<Shade>;
    CHECK(read_text<Shades>(text_column, "light,dark") == Shades{Shade::dark, Shade::light});
    CHECK(read_text<Shades>(text_column, "") == Shades{});
    CHECK_FALSE(read_text<Shades>(text_column, "light,"));
    CHECK(comes_back(Shades{}));
    CHECK(comes_back(Shades{Shade::dark, Shade::light}));
}

TEST_CASE("bits in both protocols", "[unit][types]")
{
    Column bit = column(ColumnType::bit, true);
    bit.length = 10;
    CHECK(read_text<Bits>(bit, "\x02\xAA") == Bits{0x2AA, 10});
    CHECK(read_binary<std::bitset<10>>(bit, "\x02\xAA") == std::bitset<10>{0x2AA});
    CHECK_FALSE(read_binary<std::bitset<9>>(bit, "\x02\xAA"));
    CHECK_FALSE(read_text<Bits>(bit, "\x04\x01")); // more bits than the column has
    CHECK_FALSE(read_text<Bits>(bit, ""));
    CHECK_FALSE(read_text<Bits>(bit, "123456789"));
    bit.length = 65;
    CHECK_FALSE(read_text<Bits>(bit, "\x01"));
    CHECK(read_text<Bits>(bytes_column, "\x05") == Bits{5, 8}); // a literal, b'101'
    CHECK_FALSE(read_text<Bits>(text_column, "5"));
    CHECK(read_text<std::bitset<64>>(column(ColumnType::big_int), "18446744073709551615")->all());
    CHECK_FALSE(read_text<std::bitset<64>>(column(ColumnType::big_int), "-1"));
    CHECK(read_binary<Bits>(column(ColumnType::tiny_int), "\x05") == Bits{5, 64});
    CHECK_FALSE(read_binary<Bits>(column(ColumnType::tiny_int), "\xFF"));
    CHECK(comes_back(std::bitset<64>{}.flip()));
    CHECK(comes_back(Bits{5, 64}));
    CHECK_FALSE(sent(Bits{4, 2}));
    CHECK_FALSE(sent(Bits{0, 65}));
}

TEST_CASE("bytes, vectors and geometries in both protocols", "[unit][types]")
{
    using Three = std::array<std::byte, 3>;
    CHECK(read_text<Three>(bytes_column, "abc") ==
          Three{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}});
    CHECK_FALSE(read_text<Three>(bytes_column, "ab"));
    CHECK_FALSE(read_text<Three>(bytes_column, "abcd"));
    CHECK_FALSE(read_binary<std::array<std::byte, 4>>(column(ColumnType::integer), "abcd"));
    CHECK(comes_back(Three{}));
    CHECK(comes_back(std::array<std::byte, 0>{}));

    Column const vector = column(ColumnType::vector, true);
    std::string const floats = from_hex("0000803f 000020c0");
    CHECK(read_text<std::vector<float>>(vector, floats) == std::vector<float>{1.0F, -2.5F});
    CHECK(read_text<std::array<float, 2>>(bytes_column, floats) == std::array{1.0F, -2.5F});
    CHECK(read_text<std::vector<float>>(vector, "")->empty());
    CHECK_FALSE(read_text<std::vector<float>>(vector, "abc"));
    CHECK_FALSE(read_text<std::vector<float>>(text_column, floats));
    CHECK_FALSE(read_text<std::array<float, 3>>(vector, floats));
    std::vector<float> const numbers{1.0F, -2.5F};
    CHECK(sent(numbers) == floats);
    CHECK(sent(std::span{numbers}) == floats);
    CHECK(sent(std::array{1.0F, -2.5F}) == floats);
    CHECK(comes_back(numbers));
    CHECK_FALSE(sent(std::vector<float>{std::numeric_limits<float>::quiet_NaN()}));
    CHECK_FALSE(sent(std::array{std::numeric_limits<float>::infinity()}));

    Column const shape = column(ColumnType::geometry, true);
    std::string const point = from_hex("e6100000 01 01000000 000000000000f03f 0000000000000040");
    CHECK(read_text<Geometry>(shape, point) == Geometry::point({1, 2}, 4326));
    CHECK(read_text<Geometry>(bytes_column, point) == Geometry::point({1, 2}, 4326));
    CHECK_FALSE(read_text<Geometry>(text_column, point));
    CHECK_FALSE(read_text<Geometry>(shape, point + "x"));
    CHECK_FALSE(read_text<Geometry>(shape, "abc"));
    CHECK_FALSE(read_text<Geometry>(shape, ""));
    CHECK(sent(Geometry::point({1, 2}, 4326)) == point);
    CHECK(comes_back(Geometry::polygon({{{0, 0}, {1, 0}, {0, 1}, {0, 0}}})));
    CHECK(comes_back(Geometry{}));
}

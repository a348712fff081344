// The parameters of a prepared statement as bytes, compared with the protocol's documents.

#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/parameter_writer.hpp>

#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/mysql_wire.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

using sealsql::Parameter;
using sealsql::detail::Arguments;
using sealsql::detail::arguments_from;
using sealsql::detail::ByteBuffer;
using sealsql::detail::ParameterWriter;
using unit::contains;
using unit::error_of;
using unit::from_hex;
namespace wire = sealsql::testing::wire;

namespace {

enum class Colour { red, green };
struct Point {
    int x;
    int y;
};

struct Celsius {
    double degrees;
};

} // namespace

template <>
struct sealsql::ValueTraits<Celsius> {
    using Wire = double;
    static double to_wire(Celsius value) { return value.degrees; }
};

namespace {

template <class... Types>
constexpr bool all_sendable = (Parameter<Types> && ...) && (Parameter<std::optional<Types>> && ...);
template <class... Types>
constexpr bool none_sendable = (!Parameter<Types> && ...);

static_assert(all_sendable<bool, signed char, unsigned char, short, unsigned short, int, unsigned,
                           long, unsigned long, long long, unsigned long long, float, double>);
static_assert(all_sendable<std::string, std::string_view, char const*, std::vector<std::byte>,
                           std::span<std::byte const>, Celsius>);
static_assert(Parameter<char[6]> && Parameter<std::nullptr_t> && Parameter<std::nullopt_t>);
static_assert(none_sendable<char, wchar_t, char8_t, char16_t, char32_t, long double, Colour, Point,
                            int*, void*, std::byte, std::vector<int>, std::vector<char>,
                            std::wstring, std::optional<Colour>, std::optional<long double>,
                            std::unique_ptr<int>, std::tuple<int>>);

template <class... Values>
std::string written(Values const&... values)
{
    ByteBuffer buffer;
    ParameterWriter writer{buffer, sizeof...(values)};
    (writer.add(values), ...);
    REQUIRE(writer.count() == sizeof...(values));
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return {reinterpret_cast<char const*>(buffer.begin()), buffer.size()};
}

/// Of one that is not NULL: no bits, types follow, the type, the value.
std::string one(std::string_view type, std::string_view value)
{
    return from_hex("00 01") + from_hex(type) + std::string{value};
}

} // namespace

TEST_CASE("Each type of parameter as the protocol has it", "[parameter_writer]")
{
    CHECK(written(std::int8_t{-1}) == one("01 00", "\xff"));
    CHECK(written(std::uint8_t{255}) == one("01 80", "\xff"));
    CHECK(written(std::int16_t{-2}) == one("02 00", from_hex("fe ff")));
    CHECK(written(std::uint16_t{0x0102}) == one("02 80", from_hex("02 01")));
    CHECK(written(std::int32_t{-3}) == one("03 00", from_hex("fd ff ff ff")));
    CHECK(written(std::uint32_t{0x01020304}) == one("03 80", from_hex("04 03 02 01")));
    CHECK(written(std::numeric_limits<std::int64_t>::min()) ==
          one("08 00", from_hex("00 00 00 00 00 00 00 80")));
    CHECK(written(std::numeric_limits<std::uint64_t>::max()) ==
          one("08 80", from_hex("ff ff ff ff ff ff ff ff")));
    CHECK(written(true) == one("01 00", "\1"));
    CHECK(written(false) == one("01 00", std::string(1, '\0')));
    CHECK(written(1.0F) == one("04 00", from_hex("00 00 80 3f")));
    CHECK(written(-2.0) == one("05 00", from_hex("00 00 00 00 00 00 00 c0")));
    CHECK(written(std::string{"Ada"}) == one("fd 00", "\3Ada"));
    CHECK(written(std::string_view{""}) == one("fd 00", std::string(1, '\0')));
    CHECK(written("Ada") == one("fd 00", "\3Ada"));
    CHECK(written(std::string("a\0b", 3)) == one("fd 00", std::string("\3a\0b", 4)));
    std::vector<std::byte> const bytes{std::byte{0}, std::byte{0xFF}};
    CHECK(written(bytes) == one("fc 00", std::string("\2\0\xff", 3)));
    CHECK(written(std::span<std::byte const>{bytes}) == one("fc 00", std::string("\2\0\xff", 3)));
    CHECK(written(std::vector<std::byte>{}) == one("fc 00", std::string(1, '\0')));
    CHECK(written(Celsius{-2.0}) == written(-2.0)); // by way of a double
    for (std::size_t const size : {250U, 251U, 65'535U, 65'536U}) {
        std::string const text(size, 'x');
        CHECK((written(text) == one("fd 00", wire::lenenc_string(text))));
    }
}

TEST_CASE("Arrays of characters are text up to their NUL, or their end", "[parameter_writer]")
{
    char const* const pointer = "Ada";
    CHECK(written(pointer) == one("fd 00", "\3Ada"));
    char const with_more[8] = {'A', 'd', 'a', '\0', 'x', 'y', 'z', '\0'};
    CHECK(written(with_more) == one("fd 00", "\3Ada"));
    // In a block of its own, so that a read beyond is seen.
    struct Block {
        char text[3];
    };
    auto const block = std::make_unique<Block>();
    std::memcpy(block->text, "Ada", 3);
    CHECK(written(block->text) == one("fd 00", "\3Ada"));
    CHECK(written("") == one("fd 00", std::string(1, '\0')));
}

TEST_CASE("NULL is a bit and no value", "[parameter_writer]")
{
    CHECK(written(nullptr) == from_hex("01 01 06 00"));
    CHECK(written(std::nullopt) == from_hex("01 01 06 00"));
    CHECK(written(std::optional<int>{}) == from_hex("01 01 03 00"));
    CHECK(written(std::optional<unsigned>{}) == from_hex("01 01 03 00"));
    CHECK(written(std::optional<std::string>{}) == from_hex("01 01 fd 00"));
    CHECK(written(std::optional{7}) == written(7));
    CHECK(written(std::optional<std::string>{"Ada"}) == written("Ada"));
    CHECK(written(std::optional<std::string>{""}) == written("")); // which is not NULL

    // The bit of the parameter, beyond the first byte of them as well.
    for (std::size_t const count : {1U, 7U, 8U, 9U, 16U, 17U, 64U, 65U}) {
        for (std::size_t null = 0; null < count; ++null) {
            CAPTURE(count, null);
            ByteBuffer buffer;
            ParameterWriter writer{buffer, count};
            for (std::size_t i = 0; i < count; ++i) {
                if (i == null)
                    writer.add(nullptr);
                else
                    writer.add(std::int8_t{5});
            }
            std::string bits((count + 7) / 8, '\0');
            bits[null / 8] = static_cast<char>(static_cast<unsigned char>(1U << (null % 8)));
            std::string types;
            for (std::size_t i = 0; i < count; ++i)
                types += i == null ? from_hex("06 00") : from_hex("01 00");
            std::string const wanted = bits + '\1' + types + std::string(count - 1, '\5');
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
            CHECK(std::string(reinterpret_cast<char const*>(buffer.begin()), buffer.size()) ==
                  wanted);
        }
    }
}

TEST_CASE("Several parameters: bits, types, values", "[parameter_writer]")
{
    CHECK(written(std::int8_t{1}, nullptr, "x", std::uint16_t{2}, std::optional<double>{}) ==
          from_hex("12 01 01 00 06 00 fd 00 02 80 05 00 01") + "\1x" + from_hex("02 00"));
    // Behind what is in the buffer already, which may move as it grows.
    ByteBuffer buffer;
    buffer.append("before", 6);
    std::string const large(100'000, 'l');
    ParameterWriter writer{buffer, 3};
    writer.add(large);
    writer.add(nullptr);
    writer.add(large);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    std::string const bytes{reinterpret_cast<char const*>(buffer.begin()), buffer.size()};
    bool const is_right = bytes == "before" + from_hex("02 01 fd 00 06 00 fd 00") +
                                       wire::lenenc_string(large) + wire::lenenc_string(large);
    CHECK(is_right);
}

TEST_CASE("A value that no column can hold is refused with its place", "[parameter_writer]")
{
    double const infinity = std::numeric_limits<double>::infinity();
    double const no_number = std::numeric_limits<double>::quiet_NaN();
    for (double const value : {infinity, -infinity, no_number}) {
        auto const error = error_of([&] { static_cast<void>(written(1, "x", value)); });
        CHECK(contains(error.message(), "parameter 3"));
        CHECK(error.sqlstate() == "22003");
        CHECK_FALSE(error.poisons_connection());
        CHECK_FALSE(error.remedy().empty());
        CHECK(contains(
            error_of([&] { static_cast<void>(written(static_cast<float>(value))); }).message(),
            "parameter 1"));
        CHECK(
            contains(error_of([&] { static_cast<void>(written(std::optional{value})); }).message(),
                     "parameter 1"));
        CHECK(contains(error_of([&] { static_cast<void>(written(Celsius{value})); }).message(),
                       "parameter 1"));
    }
    CHECK(written(std::numeric_limits<double>::max()).size() == 12);
    CHECK(written(std::numeric_limits<double>::denorm_min()).size() == 12);
    CHECK(written(-0.0) == one("05 00", from_hex("00 00 00 00 00 00 00 80")));
    char const* const nothing = nullptr;
    CHECK(
        contains(error_of([&] { static_cast<void>(written(nothing)); }).message(), "parameter 1"));
}

TEST_CASE("Arguments write what they were made from", "[parameter_writer]")
{
    int calls = 0;
    auto const write = [&](ParameterWriter& writer) {
        ++calls;
        writer.add(7);
        writer.add("x");
    };
    Arguments const arguments = arguments_from(2, write);
    CHECK(arguments.count == 2);
    ByteBuffer buffer;
    ParameterWriter writer{buffer, arguments.count};
    arguments.write(arguments.context, writer);
    CHECK(calls == 1);
    CHECK(writer.count() == 2);
}

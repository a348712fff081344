// Decimal: every digit in, every digit out; what is not exact is refused.

#include <sealsql/decimal.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <utility>

using sealsql::Decimal;
using unit::contains;
using unit::error_of;

namespace {

std::string const nines65(65, '9');
std::string const smallest = "0." + std::string(37, '0') + "1";

} // namespace

TEST_CASE("a decimal is read and written to the last digit", "[unit][decimal]")
{
    std::pair<std::string, std::string> const table[] = {
        {"0", "0"},
        {"7", "7"},
        {"-7", "-7"},
        {"0.0", "0.0"},
        {"-0", "0"},
        {"-0.00", "0.00"},
        {"1.50", "1.50"},
        {"-12.050", "-12.050"},
        {"000123.450", "123.450"},
        {"0.001", "0.001"},
        {"10", "10"},
        {"100.00", "100.00"},
        {nines65, nines65},
        {"-" + nines65, "-" + nines65},
        {std::string(500, '0') + nines65, nines65},
        {nines65.substr(0, 27) + "." + nines65.substr(27),
         nines65.substr(0, 27) + "." + nines65.substr(27)},
        {smallest, smallest},
        {"0." + nines65.substr(0, 38), "0." + nines65.substr(0, 38)},
        {"18446744073709551616", "18446744073709551616"},
    };
    for (auto const& [text, expected] : table) {
        CAPTURE(text);
        auto const number = Decimal::parse(text);
        REQUIRE(number);
        CHECK(to_string(*number) == expected);
        CHECK(Decimal{text} == *number);
        CHECK(Decimal{to_string(*number)} == *number);
    }
}

TEST_CASE("what is no decimal is refused", "[unit][decimal]")
{
    for (std::string const& text : {std::string{},         std::string{"-"},
                                    std::string{"+1"},     std::string{"--1"},
                                    std::string{"1-"},     std::string{"."},
                                    std::string{".5"},     std::string{"5."},
                                    std::string{"-.5"},    std::string{"1..2"},
                                    std::string{"1.2.3"},  std::string{" 1"},
                                    std::string{"1 "},     std::string{"1e5"},
                                    std::string{"0x1"},    std::string{"NaN"},
                                    std::string{"inf"},    std::string{"1,5"},
                                    std::string("1\0", 2), std::string("\0", 1),
                                    std::string{"\xFF"},   std::string{"١"},
                                    nines65 + "9",         "1" + nines65,
                                    smallest + "0",        "0." + std::string(39, '0'),
                                    nines65 + ".0"}) {
        CAPTURE(text);
        CHECK_FALSE(Decimal::parse(text));
        CHECK_THROWS_AS(Decimal{text}, sealsql::Error);
    }
    auto const error = error_of([] { static_cast<void>(Decimal{std::string(1000, '\x1b')}); });
    CHECK(error.sqlstate() == "22018");
    CHECK_FALSE(contains(error.what(), "\x1b"));
    CHECK(std::string_view{error.what()}.size() < 800);
}

TEST_CASE("decimals compare by value", "[unit][decimal]")
{
    // In order; each is less than all behind it.
    std::string const order[] = {"-" + nines65, "-100.5", "-100", "-99.99", "-1",   "-0.1", "-0.01",
                                 "0",           smallest, "0.01", "0.1",    "0.11", "1",    "1.01",
                                 "9.99",        "10",     "100",  "100.5",  nines65};
    for (std::size_t i = 0; i < std::size(order); ++i) {
        for (std::size_t j = 0; j < std::size(order); ++j) {
            CAPTURE(order[i], order[j]);
            CHECK((Decimal{order[i]} < Decimal{order[j]}) == (i < j));
            CHECK((Decimal{order[i]} == Decimal{order[j]}) == (i == j));
        }
    }
    CHECK(Decimal{"1.50"} == Decimal{"1.5"});
    CHECK(Decimal{"0.00"} == Decimal{});
    CHECK(Decimal{"-2.0"} == -2);
    CHECK(Decimal{"2.5"} > 2);
    CHECK(Decimal{"1.500"}.scale() == 3);
    CHECK(Decimal{"-0.1"}.is_negative());
    CHECK_FALSE(Decimal{"-0.0"}.is_negative());
}

TEST_CASE("decimals and integers", "[unit][decimal]")
{
    using Long = std::numeric_limits<std::int64_t>;
    using UnsignedLong = std::numeric_limits<std::uint64_t>;
    CHECK(to_string(Decimal{Long::min()}) == "-9223372036854775808");
    CHECK(to_string(Decimal{UnsignedLong::max()}) == "18446744073709551615");
    CHECK(to_string(Decimal{std::int8_t{-128}}) == "-128");
    CHECK(to_string(Decimal{0}) == "0");
    CHECK(Decimal{"-9223372036854775808"}.to<std::int64_t>() == Long::min());
    CHECK(Decimal{"9223372036854775807.000"}.to<std::int64_t>() == Long::max());
    CHECK(Decimal{"18446744073709551615"}.to<std::uint64_t>() == UnsignedLong::max());
    CHECK(Decimal{"-128"}.to<std::int8_t>() == -128);
    CHECK(Decimal{"-0.000"}.to<unsigned>() == 0);
    CHECK(Decimal{"0." + std::string(38, '0')}.to<int>() == 0);
    CHECK(Decimal{"12.50"}.to_scaled<int>(2) == 1250);
    CHECK(Decimal{"-12.5"}.to_scaled<int>(2) == -1250);
    CHECK(Decimal{"0.0001"}.to_scaled<int>(4) == 1);
    CHECK(Decimal{"0.000"}.to_scaled<int>(std::numeric_limits<unsigned>::max()) == 0);
    CHECK(to_string(Decimal::scaled(1250, 2)) == "12.50");
    CHECK(to_string(Decimal::scaled(-5, 3)) == "-0.005");
    CHECK(to_string(Decimal::scaled(0, 2)) == "0.00");

    CHECK_THROWS_AS(Decimal{"-9223372036854775809"}.to<std::int64_t>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"9223372036854775808"}.to<std::int64_t>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"18446744073709551616"}.to<std::uint64_t>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"-1"}.to<unsigned>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"128"}.to<std::int8_t>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"-129"}.to<std::int8_t>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"1.5"}.to<int>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{smallest}.to<int>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{nines65}.to<std::uint64_t>(), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"0.001"}.to_scaled<int>(2), sealsql::Error);
    CHECK_THROWS_AS(Decimal{"1"}.to_scaled<int>(std::numeric_limits<unsigned>::max()),
                    sealsql::Error);
    CHECK_THROWS_AS(Decimal::scaled(1, 39), sealsql::Error);
    CHECK(contains(error_of([] { static_cast<void>(Decimal{"1.5"}.to<int>()); }).message(), "1.5"));

    CHECK(Decimal{"0.1"}.to_double() == 0.1);
    CHECK(Decimal{"-12.50"}.to_double() == -12.5);
    CHECK(Decimal{nines65}.to_double() == 1e65);
}

TEST_CASE("random decimals agree with 64-bit arithmetic", "[unit][decimal]")
{
    std::mt19937_64 random{1}; // NOLINT(cert-msc51-cpp): the same each time
    for (int i = 0; i < 20'000; ++i) {
        auto const left = static_cast<std::int64_t>(random()) >> (random() % 62);
        auto const right = static_cast<std::int64_t>(random()) >> (random() % 62);
        auto const scale = static_cast<unsigned>(random() % 20);
        CAPTURE(left, right, scale);
        Decimal const a = Decimal::scaled(left, scale);
        Decimal const b = Decimal::scaled(right, scale);
        REQUIRE((a < b) == (left < right));
        REQUIRE((a == b) == (left == right));
        REQUIRE(a.to_scaled<std::int64_t>(scale) == left);
        auto const again = Decimal::parse(to_string(a));
        REQUIRE(again);
        REQUIRE(*again == a);
        REQUIRE(again->scale() == scale);
    }
}

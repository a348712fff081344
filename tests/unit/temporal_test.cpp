// Dates and times of both protocols: what the server can hold comes whole, zero dates never become a point in time.

#include <sealsql/temporal.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>

using namespace std::chrono;
using namespace std::chrono_literals;
namespace detail = sealsql::detail;
using sealsql::DateTime;
using unit::error_of;
using unit::from_hex;
using unit::Packet;

namespace {

DateTime at(int y, unsigned m, unsigned d, microseconds time = 0us)
{
    return {year_month_day{year{y}, month{m}, day{d}}, time};
}

constexpr microseconds last_of_day = 24h - 1us;

struct DateTimeCase {
    std::string_view text;
    std::string_view hex;
    DateTime value;
};

std::string text_of(DateTime const& value)
{
    char text[detail::max_temporal_text];
    return {text, detail::write_date_time_text(value, text)};
}

std::string binary_of(DateTime const& value)
{
    char bytes[detail::max_temporal_binary];
    return {bytes, detail::write_date_time_binary(value, bytes)};
}

std::string text_of(std::int64_t time)
{
    char text[detail::max_temporal_text];
    return {text, detail::write_time_text(time, text)};
}

std::string binary_of(std::int64_t time)
{
    char bytes[detail::max_temporal_binary];
    return {bytes, detail::write_time_binary(time, bytes)};
}

} // namespace

TEST_CASE("dates with times, text and binary, both ways", "[unit][temporal]")
{
    DateTimeCase const table[] = {
        {"0000-00-00 00:00:00", "00 00 00 00", at(0, 0, 0)},
        {"2024-00-00 00:00:00", "e8 07 00 00", at(2024, 0, 0)},
        {"2024-02-00 00:00:00", "e8 07 02 00", at(2024, 2, 0)},
        {"2023-02-31 00:00:00", "e7 07 02 1f", at(2023, 2, 31)},
        {"0001-01-01 00:00:00", "01 00 01 01", at(1, 1, 1)},
        {"1000-01-01 00:00:00", "e8 03 01 01", at(1000, 1, 1)},
        {"9999-12-31 23:59:59", "0f 27 0c 1f 17 3b 3b", at(9999, 12, 31, 24h - 1s)},
        {"9999-12-31 23:59:59.999999", "0f 27 0c 1f 17 3b 3b 3f 42 0f 00",
         at(9999, 12, 31, last_of_day)},
        {"2026-11-25 20:44:00.000001", "ea 07 0b 19 14 2c 00 01 00 00 00",
         at(2026, 11, 25, 20h + 44min + 1us)},
        {"0000-00-00 12:00:00", "00 00 00 00 0c 00 00", at(0, 0, 0, 12h)},
    };
    for (auto const& [text, hex, value] : table) {
        CAPTURE(text);
        Packet const packet{from_hex(hex)};
        DateTime from_text;
        DateTime from_binary;
        CHECK(detail::read_date_time_text(text, from_text));
        CHECK(detail::read_date_time_binary(packet.span(), from_binary));
        CHECK(from_text == value);
        CHECK(from_binary == value);
        CHECK(text_of(value) == text);
        CHECK(binary_of(value) == from_hex(hex));
        CHECK(to_string(value) == text);
        CHECK(detail::is_writable(value));
    }
    DateTime value;
    CHECK(detail::read_date_time_text("2026-11-25", value));
    CHECK(value == at(2026, 11, 25));
    CHECK(detail::read_date_time_text("2026-11-25 01:02:03.5", value));
    CHECK(value == at(2026, 11, 25, 1h + 2min + 3s + 500ms));
    CHECK(detail::read_date_time_text("2026-11-25 01:02:03.000", value));
    CHECK(value == at(2026, 11, 25, 1h + 2min + 3s));
    CHECK(detail::read_date_time_binary({}, value)); // all of it zero and left out
    CHECK(value == DateTime{});
    char text[detail::max_temporal_text];
    CHECK(std::string(text, detail::write_date_text(2026y / November / 25, text)) == "2026-11-25");
}

TEST_CASE("what is no date with time is refused", "[unit][temporal]")
{
    DateTime value;
    for (std::string_view const text : {"",
                                        "-",
                                        "2026",
                                        "2026-11",
                                        "2026-11-2",
                                        "2026-11-25 ",
                                        "2026-11-25 20",
                                        "2026-11-25 20:44",
                                        "2026-11-25 20:44:0",
                                        "2026-11-25 20:44:00.",
                                        "2026-11-25 20:44:00.0000000",
                                        "2026-11-25 20:44:00.00000x",
                                        "2026-11-25 20:44:00Z",
                                        "2026-11-25T20:44:00",
                                        "2026-11-25 24:00:00",
                                        "2026-11-25 23:60:00",
                                        "2026-11-25 23:59:60",
                                        "2026-13-01",
                                        "2026-01-32",
                                        "26-11-25",
                                        "20261125",
                                        "2026/11/25",
                                        "-026-11-25",
                                        "12026-11-25",
                                        " 2026-11-25",
                                        "2026-11-25x",
                                        "2026-+1-25",
                                        "2026-11-25 -1:00:00",
                                        "20:44:00"}) {
        CAPTURE(text);
        CHECK_FALSE(detail::read_date_time_text(text, value));
    }
    CHECK_FALSE(detail::read_date_time_text(std::string_view("2026-11-25\0", 11), value));
    for (std::string_view const hex :
         {"00", "ea 07", "ea 07 0b", "ea 07 0b 19 14", "ea 07 0b 19 14 2c",
          "ea 07 0b 19 14 2c 00 01", "ea 07 0b 19 14 2c 00 01 00 00",
          "ea 07 0b 19 14 2c 00 01 00 00 00 00", "10 27 01 01", "ff ff 01 01", "ea 07 0d 01",
          "ea 07 ff 01", "ea 07 01 20", "ea 07 01 01 18 00 00", "ea 07 01 01 00 3c 00",
          "ea 07 01 01 00 00 3c", "ea 07 01 01 00 00 00 40 42 0f 00",
          "ea 07 01 01 00 00 00 ff ff ff ff"}) {
        CAPTURE(hex);
        Packet const packet{from_hex(hex)};
        CHECK_FALSE(detail::read_date_time_binary(packet.span(), value));
    }
    for (DateTime const& outside : {at(-1, 1, 1), at(10000, 1, 1), at(2026, 13, 1), at(2026, 1, 32),
                                    at(2026, 1, 1, -1us), at(2026, 1, 1, 24h), at(2026, 255, 255)})
        CHECK_FALSE(detail::is_writable(outside));
}

TEST_CASE("times, text and binary, both ways", "[unit][temporal]")
{
    struct Case {
        std::string_view text;
        std::string_view hex;
        microseconds value;
    };
    Case const table[] = {
        {"00:00:00", "00 00 00 00 00 00 00 00", 0us},
        {"00:00:00.000001", "00 00 00 00 00 00 00 00 01 00 00 00", 1us},
        {"-00:00:00.000001", "01 00 00 00 00 00 00 00 01 00 00 00", -1us},
        {"23:59:59", "00 00 00 00 00 17 3b 3b", 24h - 1s},
        {"24:00:00", "00 01 00 00 00 00 00 00", 24h},
        {"100:00:00", "00 04 00 00 00 04 00 00", 100h},
        {"-25:30:00", "01 01 00 00 00 01 1e 00", -(25h + 30min)},
        {"838:59:59", "00 22 00 00 00 16 3b 3b", 839h - 1s},
        {"-838:59:59", "01 22 00 00 00 16 3b 3b", -(839h - 1s)},
        {"838:59:59.999999", "00 22 00 00 00 16 3b 3b 3f 42 0f 00", 839h - 1us},
        {"-838:59:59.999999", "01 22 00 00 00 16 3b 3b 3f 42 0f 00", -(839h - 1us)},
    };
    for (auto const& [text, hex, value] : table) {
        CAPTURE(text);
        Packet const packet{from_hex(hex)};
        std::int64_t from_text = 0;
        std::int64_t from_binary = 0;
        CHECK(detail::read_time_text(text, from_text));
        CHECK(detail::read_time_binary(packet.span(), from_binary));
        CHECK(from_text == value.count());
        CHECK(from_binary == value.count());
        CHECK(text_of(value.count()) == text);
        CHECK(binary_of(value.count()) == from_hex(hex));
        CHECK(detail::is_writable_time(value.count()));
    }
    std::int64_t value = 1;
    CHECK(detail::read_time_binary({}, value));
    CHECK(value == 0);
    CHECK_FALSE(detail::is_writable_time(microseconds{839h}.count()));
    CHECK_FALSE(detail::is_writable_time(microseconds{-839h}.count()));
    CHECK_FALSE(detail::is_writable_time(std::numeric_limits<std::int64_t>::min()));
}

TEST_CASE("what is no time is refused", "[unit][temporal]")
{
    std::int64_t value = 0;
    for (std::string_view const text :
         {"",          "-",          "--00:00:00",       "0:00:00",   "00:00",
          "00:00:0",   "00:00:00.",  "00:00:00.0000000", "839:00:00", "-839:00:00",
          "999:59:59", "1000:00:00", "00:60:00",         "00:00:60",  "+00:00:00",
          " 00:00:00", "00:00:00 ",  "1 00:00:00",       "000000",    "00:00:00.-1"}) {
        CAPTURE(text);
        CHECK_FALSE(detail::read_time_text(text, value));
    }
    for (std::string_view const hex :
         {"00", "00 00 00 00", "00 00 00 00 00 00 00", "00 00 00 00 00 00 00 00 00",
          "00 00 00 00 00 00 00 00 00 00 00", "00 00 00 00 00 00 00 00 00 00 00 00 00",
          "02 00 00 00 00 00 00 00", "ff 00 00 00 00 00 00 00", "00 23 00 00 00 00 00 00",
          "00 22 00 00 00 17 00 00", "00 ff ff ff ff 00 00 00", "00 ab aa aa 0a 16 00 00",
          "00 00 00 00 00 18 00 00", "00 00 00 00 00 00 3c 00", "00 00 00 00 00 00 00 3c",
          "00 00 00 00 00 00 00 00 40 42 0f 00"}) {
        CAPTURE(hex);
        Packet const packet{from_hex(hex)};
        CHECK_FALSE(detail::read_time_binary(packet.span(), value));
    }
}

TEST_CASE("dates become points in time only if they are days", "[unit][temporal]")
{
    CHECK(at(1970, 1, 1).to_sys_time() == sys_days{1970y / 1 / 1});
    CHECK(at(2026, 11, 25, 20h).to_sys_time() == sys_days{2026y / 11 / 25} + 20h);
    CHECK(at(1969, 12, 31, last_of_day).to_sys_time().time_since_epoch() == -1us);
    CHECK(at(2024, 2, 29, 1us).to_local_time() == local_days{2024y / 2 / 29} + 1us);
    for (DateTime const& none : {at(0, 0, 0), at(2024, 0, 1), at(2024, 1, 0), at(2023, 2, 29),
                                 at(2023, 4, 31), at(2026, 1, 1, 24h), at(10000, 1, 1)}) {
        CHECK_THROWS_AS(none.to_sys_time(), sealsql::Error);
        CHECK_THROWS_AS(none.to_local_time(), sealsql::Error);
    }
    auto const error = error_of([] { static_cast<void>(DateTime{}.to_sys_time()); });
    CHECK(error.sqlstate() == "22007");
    CHECK(unit::contains(error.message(), "0000-00-00 00:00:00"));

    CHECK(DateTime::from(sys_time<microseconds>{-1us}) == at(1969, 12, 31, last_of_day));
    CHECK(DateTime::from(sys_time<microseconds>{sys_days{0y / 1 / 1}}) == at(0, 1, 1));
    CHECK(DateTime::from(local_time<microseconds>{local_days{10000y / 1 / 1} - 1us}) ==
          at(9999, 12, 31, last_of_day));
    for (auto const count :
         {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
        CHECK_THROWS_AS(DateTime::from(sys_time<microseconds>{microseconds{count}}),
                        sealsql::Error);
    CHECK_THROWS_AS(DateTime::from(sys_time<microseconds>{sys_days{10000y / 1 / 1}}),
                    sealsql::Error);
    CHECK_THROWS_AS(DateTime::from(sys_time<microseconds>{sys_days{0y / 1 / 1} - 1us}),
                    sealsql::Error);

    CHECK(at(2024, 1, 1) < at(2024, 1, 1, 1us));
    CHECK(DateTime{} < at(0, 0, 0, 1us));
    CHECK(to_string(at(2026, 1, 1, 25h)) == "(no date and time of a server)");
}

TEST_CASE("durations of other units are exact or refused", "[unit][temporal]")
{
    seconds whole{};
    CHECK(detail::from_microseconds(-3'000'000, whole));
    CHECK(whole == -3s);
    CHECK_FALSE(detail::from_microseconds(-2'999'999, whole));
    hours hour{};
    CHECK(detail::from_microseconds(7'200'000'000, hour));
    CHECK(hour == 2h);
    CHECK_FALSE(detail::from_microseconds(5'400'000'000, hour));
    nanoseconds fine{};
    CHECK(detail::from_microseconds(-7, fine));
    CHECK(fine == -7us);
    CHECK_FALSE(detail::from_microseconds(std::numeric_limits<std::int64_t>::max(), fine));
    duration<std::int8_t> narrow{};
    CHECK(detail::from_microseconds(-128'000'000, narrow));
    CHECK_FALSE(detail::from_microseconds(128'000'000, narrow));
    duration<unsigned> positive{};
    CHECK_FALSE(detail::from_microseconds(-1'000'000, positive));
    duration<std::int64_t, std::ratio<1, 3>> thirds{};
    CHECK(detail::from_microseconds(2'000'000, thirds));
    CHECK(thirds.count() == 6);
    CHECK_FALSE(detail::from_microseconds(500'000, thirds));

    std::int64_t count = 0;
    CHECK(detail::to_microseconds(-2h, count));
    CHECK(count == -7'200'000'000);
    CHECK_FALSE(detail::to_microseconds(hours::max(), count));
    CHECK_FALSE(detail::to_microseconds(hours::min(), count));
    CHECK_FALSE(detail::to_microseconds(
        duration<std::uint64_t, std::micro>{std::numeric_limits<std::uint64_t>::max()}, count));
}

TEST_CASE("random dates and times survive both protocols", "[unit][temporal]")
{
    std::mt19937_64 random{1}; // NOLINT(cert-msc51-cpp): the same each time
    auto const earliest = sys_time<microseconds>{sys_days{0y / 1 / 1}}.time_since_epoch().count();
    auto const latest = sys_time<microseconds>{sys_days{10000y / 1 / 1}}.time_since_epoch().count();
    for (int i = 0; i < 20'000; ++i) {
        auto const step = i % 3 == 0 ? 1 : i % 3 == 1 ? 1'000'000 : 86'400'000'000;
        auto const count =
            (earliest +
             static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(latest - earliest))) /
            step * step;
        DateTime value;
        REQUIRE(detail::from_epoch(count, value));
        DateTime read;
        REQUIRE(detail::read_date_time_text(text_of(value), read));
        REQUIRE(read == value);
        Packet const packet{binary_of(value)};
        REQUIRE(detail::read_date_time_binary(packet.span(), read));
        REQUIRE(read == value);
        std::int64_t again = 0;
        REQUIRE(detail::to_epoch(read, again));
        REQUIRE(again == count);

        auto const time = count % (detail::max_time_microseconds + 1);
        REQUIRE(detail::read_time_text(text_of(time), again));
        REQUIRE(again == time);
        Packet const time_packet{binary_of(time)};
        REQUIRE(detail::read_time_binary(time_packet.span(), again));
        REQUIRE(again == time);
    }
}

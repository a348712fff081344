#pragma once

// Columns of every type, and for each what is put into it: its least and largest values and usual ones, as SQL. What is
// done with them is the table's, whose check<T>(definition, values, ask) is called for each; T is the type in C++.

#include "server.hpp"

#include <sealsql/types.hpp>

#include <array>
#include <bitset>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::testing {

enum class Size { small, medium, large };
enum class Right { read, write, run };
/// Of a SET that has as many as there can be.
enum class Member {};

/// The names of the members, "m00" to "m63".
struct MemberNames {
    char text[64][3];
};
inline constexpr MemberNames member_names = [] {
    MemberNames names{};
    for (int i = 0; i < 64; ++i) {
        names.text[i][0] = 'm';
        names.text[i][1] = static_cast<char>('0' + i / 10);
        names.text[i][2] = static_cast<char>('0' + i % 10);
    }
    return names;
}();

template <std::size_t... I>
consteval auto name_members(std::index_sequence<I...>)
{
    return names<Member>({{static_cast<Member>(I), std::string_view{member_names.text[I], 3}}...});
}

} // namespace sealsql::testing

template <>
inline constexpr auto sealsql::enum_names<sealsql::testing::Size> =
    sealsql::names<sealsql::testing::Size>({{sealsql::testing::Size::large, "large"},
                                            {sealsql::testing::Size::small, "small"},
                                            {sealsql::testing::Size::medium, "mittelgroß"}});
template <>
inline constexpr auto sealsql::enum_names<sealsql::testing::Right> =
    sealsql::names<sealsql::testing::Right>({{sealsql::testing::Right::read, "read"},
                                             {sealsql::testing::Right::write, "write"},
                                             {sealsql::testing::Right::run, "run"}});
template <>
inline constexpr auto sealsql::enum_names<sealsql::testing::Member> =
    sealsql::testing::name_members(std::make_index_sequence<64>{});

namespace sealsql::testing {

/// How the server is asked what it holds, in characters.
struct Asked {
    static constexpr std::string_view text = "CAST(v AS CHAR)";
    static constexpr std::string_view bytes = "HEX(v)";
    static constexpr std::string_view number = "CAST(v + 0 AS CHAR)";
    static constexpr std::string_view date_with_time = "CONCAT(v, ' 00:00:00')";
};

inline std::string set_of_64()
{
    std::string definition = "SET(";
    for (EnumName<Member> const& entry : enum_names<Member>.list)
        definition += (definition.ends_with('(') ? "'" : ",'") + std::string{entry.name} + "'";
    return definition + ")";
}

template <class Table>
void check_numbers(Table& table)
{
    table.template check<std::int8_t>("TINYINT", {"-128", "127", "0", "5"});
    table.template check<std::uint8_t>("TINYINT UNSIGNED", {"0", "255", "128"});
    table.template check<std::int16_t>("SMALLINT", {"-32768", "32767", "-1"});
    table.template check<std::uint16_t>("SMALLINT UNSIGNED", {"0", "65535", "300"});
    table.template check<std::int32_t>("MEDIUMINT", {"-8388608", "8388607", "70000"});
    table.template check<std::uint32_t>("MEDIUMINT UNSIGNED", {"0", "16777215", "70000"});
    table.template check<std::int32_t>("INT", {"-2147483648", "2147483647", "-70000"});
    table.template check<std::uint32_t>("INT UNSIGNED", {"0", "4294967295", "70000"});
    table.template check<std::int64_t>("BIGINT",
                                       {"-9223372036854775808", "9223372036854775807", "-5"});
    table.template check<std::uint64_t>("BIGINT UNSIGNED",
                                        {"0", "18446744073709551615", "5000000000"});
    table.template check<std::uint32_t>("INT(7) ZEROFILL", {"0", "42", "4294967295"},
                                        Asked::number);
    table.template check<bool>("BOOL", {"FALSE", "TRUE"});
    table.template check<std::uint64_t>("BIT(64)", {"0", "~0", "b'101'"}, Asked::number);
    table.template check<bool>("BIT(1)", {"0", "1"}, Asked::number);
    table.template check<std::bitset<10>>("BIT(10)", {"0", "1023", "b'1010101010'"}, Asked::number);
    table.template check<Bits>("BIT(33)", {"0", "8589934591", "1"}, Asked::number);
    // In text a FLOAT has six digits; what needs more is only exact in the binary protocol, see below.
    table.template check<float>("FLOAT", {"0", "0.1", "-1.5", "123456", "1e30", "-1e-30",
                                          "3.40282e38", "-3.40282e38", "1.17549e-38"});
    table.template check<double>("DOUBLE", {"0", "-1.7976931348623157e308",
                                            "1.7976931348623157e308", "2.2250738585072014e-308",
                                            "0.1", "-1e15", "1e16", "3.141592653589793"});
    table.template check<Decimal>(
        "DECIMAL(65,0)",
        {"0", "-99999999999999999999999999999999999999999999999999999999999999999",
         "99999999999999999999999999999999999999999999999999999999999999999", "42"});
    table.template check<Decimal>(
        "DECIMAL(65,30)",
        {"0", "-99999999999999999999999999999999999.999999999999999999999999999999",
         "99999999999999999999999999999999999.999999999999999999999999999999",
         "0.000000000000000000000000000001", "-12.5"});
    table.template check<Decimal>("DECIMAL(10,2)",
                                  {"0", "-99999999.99", "99999999.99", "-0.01", "12.50"});
    if (Server::get().is_mariadb())
        table.template check<Decimal>("DECIMAL(38,38)",
                                      {"0.00000000000000000000000000000000000001",
                                       "-0.99999999999999999999999999999999999999"});
}

template <class Table>
void check_texts(Table& table)
{
    std::vector<std::string> const texts{"''", "'abc'", "'Grüße 😀'", "' a '"};
    table.template check<std::string>("VARCHAR(20)", texts);
    for (std::string_view const definition : {"TINYTEXT", "TEXT", "MEDIUMTEXT", "LONGTEXT"})
        table.template check<std::string>(definition, texts);
    table.template check<std::string>("CHAR(20)", {"''", "'abc'", "'Grüße 😀'"});
    // The longest of each; a row that is stored as a whole has 65535 bytes.
    table.template check<std::string>("CHAR(255)", {"REPEAT('😀', 255)"});
    table.template check<std::string>("VARCHAR(16382)", {"REPEAT('😀', 16382)"});
    table.template check<std::string>("VARCHAR(65528) CHARACTER SET ascii", {"REPEAT('x', 65528)"});
    table.template check<std::string>("TINYTEXT", {"REPEAT('x', 255)"});
    table.template check<std::string>(
        "TEXT", {"REPEAT('x', 250)", "REPEAT('x', 251)", "REPEAT('x', 65535)"});
    table.template check<std::string>("LONGTEXT", {"REPEAT('x', 65536)", "REPEAT('ü', 100000)"});

    std::vector<std::string> const bytes{"''", "x'00'", "x'00FF80'", "'abc'"};
    table.template check<std::vector<std::byte>>("VARBINARY(20)", bytes, Asked::bytes);
    for (std::string_view const definition : {"TINYBLOB", "BLOB", "MEDIUMBLOB", "LONGBLOB"})
        table.template check<std::vector<std::byte>>(definition, bytes, Asked::bytes);
    table.template check<std::array<std::byte, 4>>(
        "BINARY(4)", {"x'00000000'", "x'FFFFFFFF'", "'a'"}, Asked::bytes);

    table.template check<std::array<std::byte, 255>>("BINARY(255)", {"REPEAT(x'80', 255)"},
                                                     Asked::bytes);
    table.template check<std::vector<std::byte>>("VARBINARY(65528)", {"REPEAT(x'80', 65528)"},
                                                 Asked::bytes);
    table.template check<std::vector<std::byte>>("TINYBLOB", {"REPEAT(x'80', 255)"}, Asked::bytes);
    table.template check<std::vector<std::byte>>("BLOB", {"REPEAT(x'80', 65535)"}, Asked::bytes);

    table.template check<Size>("ENUM('small','mittelgroß','large') CHARACTER SET utf8mb4",
                               {"'small'", "'mittelgroß'", "3"});
    table.template check<SetOf<Right>>("SET('read','write','run')",
                                       {"''", "'read,write,run'", "'run'", "5"});
    table.template check<SetOf<Member>>(set_of_64(), {"'m63'", "~0", "'m00,m62,m63'"});
    table.template check<Json>(
        "JSON", {"'{}'", "'[1, -2.5, \"ü\", null, true]'", "'null'", "'{\"a\": {\"b\": [[]]}}'"});
}

template <class Table>
void check_times(Table& table)
{
    using namespace std::chrono;
    bool const is_mariadb = Server::get().is_mariadb();
    std::vector<std::string> const days{"'0001-01-01'", "'1000-01-01'", "'9999-12-31'",
                                        "'2024-02-29'"};
    std::vector<std::string> const moments{"'1000-01-01 00:00:00'", "'9999-12-31 23:59:59'",
                                           "'2024-02-29 12:34:56'"};
    std::vector<std::string> const fine{"'1000-01-01 00:00:00.000001'",
                                        "'9999-12-31 23:59:59.999999'", "'2024-02-29 12:34:56.5'",
                                        "'2024-02-29 00:00:00'"};
    auto const with = [](std::vector<std::string> list, std::initializer_list<char const*> more) {
        list.insert(list.end(), more.begin(), more.end());
        return list;
    };
    table.template check<year_month_day>(
        "DATE", with(days, {"'0000-00-00'", "'2024-00-00'", "'2024-05-00'"}));
    table.template check<local_days>("DATE", days, Asked::date_with_time);
    table.template check<DateTime>("DATE", with(days, {"'0000-00-00'"}), Asked::date_with_time);
    table.template check<DateTime>("DATETIME", with(moments, {"'0000-00-00 00:00:00'"}));
    table.template check<DateTime>("DATETIME(6)", with(fine, {"'0000-00-00 00:00:00'"}));
    table.template check<local_seconds>("DATETIME", moments);
    table.template check<sys_seconds>("DATETIME", moments);
    table.template check<local_time<microseconds>>("DATETIME(6)", fine);
    table.template check<sys_time<milliseconds>>("DATETIME(3)", {"'2024-02-29 12:34:56.789'"});
    table.template check<sys_seconds>(
        "TIMESTAMP", {"'1970-01-01 00:00:01'", "'2038-01-19 03:14:07'", "'2024-02-29 12:34:56'"});
    table.template check<sys_time<microseconds>>(
        "TIMESTAMP(6)", {"'1970-01-01 00:00:01.000001'", "'2038-01-19 03:14:07.499999'"});
    table.template check<DateTime>("TIMESTAMP", {"'0000-00-00 00:00:00'", "'2024-02-29 12:34:56'"});
    std::string const most = is_mariadb ? "838:59:59.999999" : "838:59:59";
    table.template check<seconds>(
        "TIME", {"'00:00:00'", "'-838:59:59'", "'838:59:59'", "'-00:00:01'", "'24:00:00'"});
    table.template check<microseconds>("TIME(6)",
                                       {"'-" + most + "'", "'" + most + "'", "'00:00:00.000001'",
                                        "'-00:00:00.000001'", "'100:00:00.5'"});
    table.template check<milliseconds>("TIME(3)", {"'-01:02:03.004'"});
    table.template check<hours>("TIME", {"'838:00:00'"});
    table.template check<year>("YEAR", {"1901", "2155", "0", "2024"});
}

template <class Table>
void check_ids(Table& table)
{
    std::vector<std::string> const uuids{
        "'00000000-0000-0000-0000-000000000000'", "'ffffffff-ffff-ffff-ffff-ffffffffffff'",
        "'6ccd780c-baba-1026-9564-5b8c656024db'", "'0189bb16-4b58-7ab5-8d2c-2f3c35a0e7a1'"};
    std::vector<std::string> const v6{"'::'", "'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'",
                                      "'2001:db8::1'", "'::ffff:192.0.2.1'"};
    std::vector<std::string> const v4{"'0.0.0.0'", "'255.255.255.255'", "'192.0.2.1'"};
    table.template check<Uuid>("CHAR(36)", uuids);
    table.template check<Inet4>("VARCHAR(15)", v4);
    table.template check<Inet6>("VARCHAR(45)", v6);
    if (Server::get().is_mariadb()) {
        table.template check<Uuid>("UUID", uuids);
        table.template check<Inet4>("INET4", v4);
        table.template check<Inet6>("INET6", v6);
    }
}

template <class Table>
void check_shapes(Table& table)
{
    std::vector<std::string> shapes;
    for (char const* const shape :
         {"POINT(1 -2.5)", "LINESTRING(0 0,1 1,2 3)",
          "POLYGON((0 0,4 0,4 4,0 0),(1 1,2 1,2 2,1 1))", "MULTIPOINT(1 2,3 4)",
          "MULTILINESTRING((0 0,1 1),(2 2,3 3))", "MULTIPOLYGON(((0 0,4 0,4 4,0 0)))",
          "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(0 0,1 1))", "GEOMETRYCOLLECTION EMPTY"})
        shapes.push_back(std::string{"ST_GeomFromText('"} + shape + "')");
    shapes.emplace_back("ST_GeomFromText('POINT(1 2)', 4326)");
    table.template check<Geometry>("GEOMETRY", shapes, Asked::bytes);
    constexpr std::string_view kinds[] = {
        "POINT",           "LINESTRING",   "POLYGON",           "MULTIPOINT",
        "MULTILINESTRING", "MULTIPOLYGON", "GEOMETRYCOLLECTION"};
    for (std::size_t i = 0; i < std::size(kinds); ++i)
        table.template check<Geometry>(kinds[i], {shapes[i]}, Asked::bytes);
    if (!Server::get().is_mariadb()) {
        table.template check<std::vector<float>>(
            "VECTOR(3)", {"STRING_TO_VECTOR('[1, -2.5, 1e30]')", "STRING_TO_VECTOR('[0,0,0]')"},
            Asked::bytes);
        // As many dimensions as there can be.
        table.template check<std::vector<float>>(
            "VECTOR(16383)", {"STRING_TO_VECTOR(CONCAT('[', REPEAT('1.5,', 16382), '-2]'))"},
            Asked::bytes);
    }
}

} // namespace sealsql::testing

// Values in their binary forms: into every C++ type, up to its limits, and as text.

#include <sealsql/value.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using sealsql::Column;
using sealsql::ColumnType;
using sealsql::FieldView;
using sealsql::WireForm;
using unit::from_hex;

namespace {

template <class Number>
std::string bytes_of(Number number)
{
    std::string bytes(sizeof number, '\0');
    std::memcpy(bytes.data(), &number, sizeof number);
    return bytes;
}

/// A value with the memory that it lies in, which ends where it ends and is aligned for nothing.
class Value {
public:
    Value(WireForm form, std::string_view bytes, Column column = {})
        : column_{std::move(column)}, bytes_{'x' + std::string{bytes}}, packet_{bytes_},
          field_{form, column_}
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        field_.set(reinterpret_cast<char const*>(packet_.span().data()) + 1, bytes.size());
    }
    Value(Value const&) = delete;
    Value& operator=(Value const&) = delete;

    operator FieldView const&() const noexcept { return field_; } // NOLINT: a field with memory

private:
    Column column_;
    std::string bytes_;
    unit::Packet packet_;
    FieldView field_;
};

template <class T>
std::optional<T> read(FieldView const& field)
{
    T value{};
    return sealsql::detail::decode_value(field, value) ? std::optional<T>{value} : std::nullopt;
}

std::string text(FieldView const& field)
{
    std::string text = "before ";
    sealsql::detail::append_text(text, field);
    return text.substr(7);
}

template <class Number>
constexpr WireForm form_of = std::is_same_v<Number, std::int8_t>     ? WireForm::int8
                             : std::is_same_v<Number, std::uint8_t>  ? WireForm::uint8
                             : std::is_same_v<Number, std::int16_t>  ? WireForm::int16
                             : std::is_same_v<Number, std::uint16_t> ? WireForm::uint16
                             : std::is_same_v<Number, std::int32_t>  ? WireForm::int32
                             : std::is_same_v<Number, std::uint32_t> ? WireForm::uint32
                             : std::is_same_v<Number, std::int64_t>  ? WireForm::int64
                                                                     : WireForm::uint64;

/// Numbers around the limits of every width, as many as each form can hold.
template <class Number>
std::vector<Number> samples()
{
    std::vector<Number> numbers;
    for (unsigned bits : {0U, 7U, 8U, 15U, 16U, 31U, 32U, 63U}) {
        for (int const step : {-1, 0, 1}) {
            std::uint64_t const number =
                (std::uint64_t{1} << bits) + static_cast<std::uint64_t>(std::int64_t{step});
            numbers.push_back(static_cast<Number>(number));
            numbers.push_back(static_cast<Number>(std::uint64_t{0} - number));
        }
    }
    numbers.push_back(std::numeric_limits<Number>::max());
    numbers.push_back(std::numeric_limits<Number>::min());
    return numbers;
}

/// Whether a number of one type is one of another; written without what is tested.
template <class To, class From>
bool fits(From number)
{
    using Limits = std::numeric_limits<To>;
    if constexpr (std::is_signed_v<From>) {
        if (number < 0)
            return std::is_signed_v<To> &&
                   std::int64_t{number} >= static_cast<std::int64_t>(Limits::min());
    }
    return static_cast<std::uint64_t>(number) <= static_cast<std::uint64_t>(Limits::max());
}

template <class To, class From>
void check_integer(From number)
{
    Value const value{form_of<From>, bytes_of(number)};
    auto const got = read<To>(value);
    CAPTURE(sizeof(To), std::is_signed_v<To>, sizeof(From), std::is_signed_v<From>,
            std::to_string(number));
    CHECK(got.has_value() == (fits<To>(number)));
    if (got)
        CHECK(std::to_string(*got) == std::to_string(number));
}

template <class From>
void check_form()
{
    for (From const number : samples<From>()) {
        check_integer<signed char>(number);
        check_integer<unsigned char>(number);
        check_integer<short>(number);
        check_integer<unsigned short>(number);
        check_integer<int>(number);
        check_integer<unsigned>(number);
        check_integer<long>(number);
        check_integer<unsigned long>(number);
        check_integer<long long>(number);
        check_integer<unsigned long long>(number);
        Value const value{form_of<From>, bytes_of(number)};
        CHECK(read<bool>(value) == (number != 0));
        CHECK(read<double>(value) == static_cast<double>(number));
        CHECK(read<float>(value) == static_cast<float>(static_cast<double>(number)));
        CHECK(read<long double>(value) == static_cast<long double>(static_cast<double>(number)));
        CHECK(read<std::string>(value) == std::to_string(number));
        CHECK_FALSE(read<std::string_view>(value)); // the bytes are no text
        CHECK_FALSE(read<std::vector<std::byte>>(value));
    }
}

Column column_of(ColumnType type, std::uint8_t decimals = 0)
{
    Column column;
    column.type = type;
    column.decimals = decimals;
    return column;
}

} // namespace

TEST_CASE("Whole numbers of every form in integers of every width", "[value]")
{
    check_form<std::int8_t>();
    check_form<std::uint8_t>();
    check_form<std::int16_t>();
    check_form<std::uint16_t>();
    check_form<std::int32_t>();
    check_form<std::uint32_t>();
    check_form<std::int64_t>();
    check_form<std::uint64_t>();
}

TEST_CASE("Floating-point numbers that are whole are integers, and no others", "[value]")
{
    struct Row {
        double number;
        std::optional<std::int64_t> as_signed;
        std::optional<std::uint64_t> as_unsigned;
    };
    constexpr double infinity = std::numeric_limits<double>::infinity();
    std::vector<Row> const rows{
        {0.0, 0, 0},
        {-0.0, 0, 0},
        {42.0, 42, 42},
        {-42.0, -42, {}},
        {0.5, {}, {}},
        {-0.5, {}, {}},
        {0x1p53, std::int64_t{1} << 53, std::uint64_t{1} << 53},
        {0x1p63, {}, std::uint64_t{1} << 63},
        {-0x1p63, std::numeric_limits<std::int64_t>::min(), {}},
        {0x1.fffffffffffffp62, 0x7FFF'FFFF'FFFF'FC00, 0x7FFF'FFFF'FFFF'FC00},
        {0x1.fffffffffffffp63, {}, 0xFFFF'FFFF'FFFF'F800},
        {0x1p64, {}, {}},
        {-0x1.0000000000001p63, {}, {}},
        {1e300, {}, {}},
        {-1e300, {}, {}},
        {infinity, {}, {}},
        {-infinity, {}, {}},
        {std::numeric_limits<double>::quiet_NaN(), {}, {}},
        {std::numeric_limits<double>::denorm_min(), {}, {}},
    };
    for (Row const& row : rows) {
        CAPTURE(row.number);
        Value const value{WireForm::float64, bytes_of(row.number)};
        CHECK(read<std::int64_t>(value) == row.as_signed);
        CHECK(read<std::uint64_t>(value) == row.as_unsigned);
        CHECK(read<bool>(value).has_value() == (row.as_signed || row.as_unsigned));
        if (auto const narrow = static_cast<float>(row.number);
            static_cast<double>(narrow) == row.number) {
            Value const other{WireForm::float32, bytes_of(narrow)};
            CHECK(read<std::int64_t>(other) == row.as_signed);
            CHECK(read<std::uint64_t>(other) == row.as_unsigned);
        }
    }
    Value const value{WireForm::float64, bytes_of(300.0)};
    CHECK(read<short>(value) == short{300});
    CHECK_FALSE(read<signed char>(value));
}

TEST_CASE("Floating-point numbers of both forms", "[value]")
{
    Value const wide{WireForm::float64, bytes_of(0.1)};
    CHECK(read<double>(wide) == 0.1);
    CHECK(read<float>(wide) == 0.1F);
    CHECK(read<long double>(wide) == static_cast<long double>(0.1));
    Value const narrow{WireForm::float32, bytes_of(0.1F)};
    CHECK(read<float>(narrow) == 0.1F);
    CHECK(read<double>(narrow) == static_cast<double>(0.1F));
    for (double const number : {1e39, -1e39, 1e308, -1e308}) {
        Value const value{WireForm::float64, bytes_of(number)};
        CHECK_FALSE(read<float>(value));
        CHECK(read<double>(value) == number);
    }
    Value const largest{WireForm::float64,
                        bytes_of(static_cast<double>(std::numeric_limits<float>::max()))};
    CHECK(read<float>(largest) == std::numeric_limits<float>::max());
    // An infinity, which no server has, is not a number that fits into a float.
    Value const infinite{WireForm::float64, bytes_of(std::numeric_limits<double>::infinity())};
    CHECK_FALSE(read<float>(infinite));
    CHECK_FALSE(read<std::string_view>(wide));
}

TEST_CASE("No number is read beyond its text", "[value]")
{
    // Each in a block of its own, for AddressSanitizer. Found: std::from_chars() of GCC 12 reads on where it looks for a
    // long double.
    for (std::string_view const number : {"", "-", "1", "1.5", "1e", "1e5", "nan", "nan(", "-nan",
                                          "inf", "infinit", "99999999999999999999999"}) {
        CAPTURE(number);
        Value const value{WireForm::text, number};
        auto const wide = read<double>(value);
        CHECK(read<long double>(value).has_value() == wide.has_value());
        if (wide && !std::isnan(*wide))
            CHECK(static_cast<double>(*read<long double>(value)) == *wide);
        CHECK(read<float>(value).has_value() == wide.has_value());
        static_cast<void>(read<std::int64_t>(value));
        static_cast<void>(read<bool>(value));
    }
    CHECK(read<long double>(Value{WireForm::text, std::string(511, '1')}));
    CHECK_FALSE(read<long double>(
        Value{WireForm::text, std::string(512, '1')})); // longer than any number of a server
}

TEST_CASE("Dates and times are no numbers", "[value]")
{
    for (auto const& [form, size] :
         {std::pair{WireForm::datetime, 7}, std::pair{WireForm::datetime, 0},
          std::pair{WireForm::time, 8}, std::pair{WireForm::time, 0}}) {
        Value const value{form, std::string(static_cast<std::size_t>(size), '\1')};
        CHECK_FALSE(read<int>(value));
        CHECK_FALSE(read<std::uint64_t>(value));
        CHECK_FALSE(read<bool>(value));
        CHECK_FALSE(read<double>(value));
        CHECK_FALSE(read<float>(value));
        CHECK_FALSE(read<long double>(value));
        CHECK_FALSE(read<std::string_view>(value));
        CHECK_FALSE(read<std::vector<std::byte>>(value));
        CHECK(read<std::string>(value));
    }
}

TEST_CASE("What is not a number in binary form is text in both", "[value]")
{
    Column bit = column_of(ColumnType::bit);
    Value const bits{WireForm::text, std::string("\1\2", 2), bit};
    CHECK(read<unsigned>(bits) == 258U);
    Value const digits{WireForm::text, "17", column_of(ColumnType::decimal)};
    CHECK(read<int>(digits) == 17);
    CHECK(read<std::string_view>(digits) == "17");
    CHECK(text(digits) == "17");
    CHECK(text(Value{WireForm::text, std::string("a\0b", 3)}) == std::string("a\0b", 3));
}

TEST_CASE("Numbers as the server writes them in text", "[value]")
{
    Column plain;
    CHECK(text(Value{WireForm::int64, bytes_of(std::numeric_limits<std::int64_t>::min())}) ==
          "-9223372036854775808");
    CHECK(text(Value{WireForm::uint64, bytes_of(~std::uint64_t{0})}) == "18446744073709551615");
    CHECK(text(Value{WireForm::uint16, bytes_of(std::uint16_t{5}), column_of(ColumnType::year)}) ==
          "0005");
    CHECK(text(Value{WireForm::uint16, bytes_of(std::uint16_t{2026}),
                     column_of(ColumnType::year)}) == "2026");
    Column filled = column_of(ColumnType::integer);
    filled.is_zero_filled = true;
    for (auto const& [length, wanted] :
         {std::pair{0U, "42"}, std::pair{1U, "42"}, std::pair{2U, "42"}, std::pair{5U, "00042"},
          std::pair{10U, "0000000042"}}) {
        filled.length = length;
        CHECK(text(Value{WireForm::uint32, bytes_of(std::uint32_t{42}), filled}) == wanted);
    }
    // A length that no server has does not become zeros without end.
    filled.length = 0xFFFF'FFFF;
    CHECK(text(Value{WireForm::uint32, bytes_of(std::uint32_t{42}), filled}).size() == 255);
    filled.type = ColumnType::double_;
    CHECK(text(Value{WireForm::float64, bytes_of(42.0), filled}).size() == 255);
}

TEST_CASE("Floating-point numbers that the server fills with zeros", "[value]")
{
    constexpr std::uint8_t not_fixed = 31;
    struct Row {
        double number;
        std::uint32_t length;
        std::uint8_t decimals;
        char const* wanted;
    };
    // From MySQL 9.7 and MariaDB 10.11.
    for (Row const& row :
         {Row{1.5, 12, not_fixed, "0000000001.5"}, Row{0, 12, not_fixed, "000000000000"},
          Row{-0.0, 12, not_fixed, "0000000000-0"}, Row{1e20, 12, not_fixed, "000000001e20"},
          Row{0.001, 12, not_fixed, "00000000.001"}, Row{1.5, 8, 2, "00001.50"},
          Row{1.5, 5, 0, "00002"}, Row{999999.99, 8, 2, "999999.99"},
          Row{1.7976931348623157e308, 22, not_fixed, "1.7976931348623157e308"}}) {
        CAPTURE(row.number);
        Column column = column_of(ColumnType::double_, row.decimals);
        column.is_zero_filled = true;
        column.length = row.length;
        CHECK(text(Value{WireForm::float64, bytes_of(row.number), column}) == row.wanted);
    }
    Column column = column_of(ColumnType::float_, not_fixed);
    column.is_zero_filled = true;
    column.length = 12;
    CHECK(text(Value{WireForm::float32, bytes_of(0.1F), column}) == "0000000000.1");
    // What is before it stays in front.
    FieldView field{WireForm::float32, column};
    std::string const bytes = bytes_of(0.1F);
    field.set(bytes.data(), bytes.size());
    std::string line = "a=";
    sealsql::detail::append_text(line, field);
    CHECK(line == "a=0000000000.1");
}

TEST_CASE("Floating-point numbers as the server writes them in text", "[value]")
{
    constexpr std::uint8_t not_fixed = 31;
    struct Row {
        double number;
        char const* wanted;
    };
    // From MySQL 9.7 and MariaDB 10.11.
    for (Row const& row :
         {Row{0.0, "0"}, Row{-0.0, "-0"}, Row{1.0, "1"}, Row{-1.5, "-1.5"}, Row{0.1, "0.1"},
          Row{123456789.125, "123456789.125"}, Row{1e14, "100000000000000"},
          Row{123456789012345.0, "123456789012345"}, Row{1e15, "1e15"}, Row{1.5e15, "1.5e15"},
          Row{-1e300, "-1e300"}, Row{1.7976931348623157e308, "1.7976931348623157e308"},
          Row{0.001, "0.001"}, Row{0.00001, "0.00001"}, Row{1e-20, "1e-20"},
          Row{2.2250738585072014e-308, "2.2250738585072014e-308"},
          Row{1.0 / 3, "0.3333333333333333"}}) {
        CAPTURE(row.number);
        CHECK(text(Value{WireForm::float64, bytes_of(row.number),
                         column_of(ColumnType::double_, not_fixed)}) == row.wanted);
    }
    CHECK(text(Value{WireForm::float32, bytes_of(0.1F),
                     column_of(ColumnType::float_, not_fixed)}) == "0.1");
    CHECK(text(Value{WireForm::float64, bytes_of(1.0), column_of(ColumnType::double_, 2)}) ==
          "1.00");
    CHECK(text(Value{WireForm::float64, bytes_of(-0.5), column_of(ColumnType::double_, 0)}) ==
          "-0");
    // More places than the number has digits are zeros, and not digits of what the double is exactly. Fewer round it, a half
    // to the even side.
    struct Fixed {
        double number;
        std::uint8_t decimals;
        char const* wanted;
    };
    for (Fixed const& row :
         {Fixed{0.001, 30, "0.001000000000000000000000000000"},
          Fixed{0.3, 20, "0.30000000000000000000"}, Fixed{-0.3, 18, "-0.300000000000000000"},
          Fixed{123.456, 18, "123.456000000000000000"},
          Fixed{0.12345678901234568, 20, "0.12345678901234568000"},
          Fixed{0.12345678901234568, 17, "0.12345678901234568"},
          Fixed{0.12345678901234568, 16, "0.1234567890123457"},
          Fixed{1e22, 18, "10000000000000000000000.000000000000000000"},
          Fixed{1e23, 20, "100000000000000000000000.00000000000000000000"},
          Fixed{1e23, 0, "100000000000000000000000"}, Fixed{0.0, 3, "0.000"},
          Fixed{0.0078125, 6, "0.007812"}, Fixed{0.0234375, 6, "0.023438"},
          Fixed{123.456, 2, "123.46"}, Fixed{0.001, 2, "0.00"}, Fixed{1e-20, 2, "0.00"}}) {
        CAPTURE(row.number, row.decimals);
        CHECK(text(Value{WireForm::float64, bytes_of(row.number),
                         column_of(ColumnType::double_, row.decimals)}) == row.wanted);
    }
    CHECK(text(Value{WireForm::float32, bytes_of(0.1F), column_of(ColumnType::float_, 9)}) ==
          "0.100000001");
    // The longest that there is, with the most decimals that a column can have.
    CHECK(text(Value{WireForm::float64, bytes_of(-std::numeric_limits<double>::max()),
                     column_of(ColumnType::double_, 30)})
              .size() == 1 + 309 + 1 + 30);
    for (std::uint8_t decimals = 0;; ++decimals) {
        Value const odd{WireForm::float64, bytes_of(std::numeric_limits<double>::quiet_NaN()),
                        column_of(ColumnType::double_, decimals)};
        CHECK(text(odd).size() <= 4);
        Value const infinite{WireForm::float64, bytes_of(-std::numeric_limits<double>::infinity()),
                             column_of(ColumnType::double_, decimals)};
        CHECK(text(infinite) == "-inf");
        if (decimals == 255)
            break;
    }
}

TEST_CASE("Dates and times as the server writes them in text", "[value]")
{
    auto const date = column_of(ColumnType::date);
    auto const datetime = [](std::uint8_t decimals) {
        return column_of(ColumnType::datetime, decimals);
    };
    std::string const day = from_hex("ea 07 0b 19"); // 2026-11-25
    std::string const second = day + from_hex("07 08 09");
    std::string const micro = second + from_hex("40 e2 01 00"); // .123456
    CHECK(text(Value{WireForm::datetime, "", date}) == "0000-00-00");
    CHECK(text(Value{WireForm::datetime, day, date}) == "2026-11-25");
    CHECK(text(Value{WireForm::datetime, "", datetime(0)}) == "0000-00-00 00:00:00");
    CHECK(text(Value{WireForm::datetime, "", datetime(3)}) == "0000-00-00 00:00:00.000");
    CHECK(text(Value{WireForm::datetime, day, datetime(0)}) == "2026-11-25 00:00:00");
    CHECK(text(Value{WireForm::datetime, second, datetime(0)}) == "2026-11-25 07:08:09");
    CHECK(text(Value{WireForm::datetime, second, datetime(6)}) == "2026-11-25 07:08:09.000000");
    CHECK(text(Value{WireForm::datetime, micro, datetime(6)}) == "2026-11-25 07:08:09.123456");
    CHECK(text(Value{WireForm::datetime, micro, datetime(2)}) == "2026-11-25 07:08:09.12");
    CHECK(text(Value{WireForm::datetime, micro, column_of(ColumnType::timestamp, 6)}) ==
          "2026-11-25 07:08:09.123456");
    // What MariaDB says of FROM_UNIXTIME() of a number with a point.
    constexpr std::uint8_t not_known = 39;
    CHECK(text(Value{WireForm::datetime, micro, datetime(not_known)}) ==
          "2026-11-25 07:08:09.123456");
    CHECK(text(Value{WireForm::datetime, second, datetime(not_known)}) == "2026-11-25 07:08:09");
    CHECK(text(Value{WireForm::datetime, "", datetime(not_known)}) == "0000-00-00 00:00:00");

    auto const time = [](std::uint8_t decimals) { return column_of(ColumnType::time, decimals); };
    CHECK(text(Value{WireForm::time, "", time(0)}) == "00:00:00");
    CHECK(text(Value{WireForm::time, "", time(2)}) == "00:00:00.00");
    CHECK(text(Value{WireForm::time, from_hex("00 00 00 00 00 01 02 03"), time(0)}) == "01:02:03");
    CHECK(text(Value{WireForm::time, from_hex("01 22 00 00 00 16 3b 3b"), time(0)}) ==
          "-838:59:59");
    CHECK(text(Value{WireForm::time, from_hex("01 00 00 00 00 00 00 00 40 e2 01 00"), time(6)}) ==
          "-00:00:00.123456");
    CHECK(text(Value{WireForm::time, from_hex("01 00 00 00 00 00 00 00 40 e2 01 00"),
                     time(not_known)}) == "-00:00:00.123456");
    CHECK(text(Value{WireForm::time, from_hex("00 00 00 00 00 01 02 03"), time(not_known)}) ==
          "01:02:03");

    // Nonsense of a server becomes text of a bounded size, and no more.
    CHECK(text(Value{WireForm::datetime, std::string(11, '\xff'), datetime(6)}).size() < 40);
    CHECK(text(Value{WireForm::datetime, std::string(11, '\xff'), datetime(255)}).size() < 40);
    CHECK(text(Value{WireForm::time, std::string(12, '\xff'), time(6)}).size() < 40);
}

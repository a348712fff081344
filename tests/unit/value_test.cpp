// ValueTraits: one SQL value, in text or binary form, in one C++ type and back; what does not fit is refused and never cut.

#include <sealsql/value.hpp>

#include "support/catch.hpp"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

using sealsql::Column;
using sealsql::ColumnType;
using sealsql::FieldView;
using sealsql::ReadableValue;
using sealsql::ValueTraits;
using sealsql::detail::ReadableField;

namespace {

enum class Colour { red, green };
enum Plain { one };
struct Point {
    int x;
    int y;
};
struct Money {
    long long cents = 0;
};

} // namespace

template <>
struct sealsql::ValueTraits<Money> {
    using Wire = std::string_view;
    static bool from_wire(std::string_view text, Money& value)
    {
        auto const point = text.find('.');
        long long units = 0;
        long long cents = 0;
        Column const column;
        if (point == std::string_view::npos ||
            !ValueTraits<long long>::decode({text.substr(0, point), column}, units) ||
            !ValueTraits<long long>::decode({text.substr(point + 1), column}, cents))
            return false;
        value.cents = units * 100 + cents;
        return true;
    }
};

namespace {

template <class... Types>
constexpr bool all_readable = (ReadableValue<Types> && ...) && (ReadableField<Types> && ...) &&
                              (ReadableField<std::optional<Types>> && ...);
template <class... Types>
constexpr bool none_readable = ((!ReadableValue<Types> && !ReadableField<Types>)&&...);

static_assert(all_readable<signed char, unsigned char, short, unsigned short, int, unsigned, long,
                           unsigned long, long long, unsigned long long>);
static_assert(all_readable<std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t,
                           std::uint32_t, std::int64_t, std::uint64_t, std::size_t>);
static_assert(all_readable<bool, float, double, long double>);
static_assert(all_readable<std::string, std::string_view, std::vector<std::byte>>);
static_assert(all_readable<Money>);
// The character types hold text: a number in one is a mistake.
static_assert(none_readable<char, wchar_t, char8_t, char16_t, char32_t>);
static_assert(
    none_readable<Colour, Plain, Point, int*, char const*, void, std::unique_ptr<int>, std::byte>);
static_assert(none_readable<std::vector<char>, std::vector<int>, std::wstring, std::u8string,
                            std::string const, std::string&>);
static_assert(none_readable<std::optional<Colour>, std::optional<std::optional<int>>>);
static_assert(!ReadableValue<std::optional<int>>); // a field, and not a value

template <class T>
bool decode(std::string_view text, T& value, ColumnType type = ColumnType::var_string)
{
    Column column;
    column.type = type;
    return sealsql::detail::decode_value(FieldView{text, column}, value);
}

template <class T>
std::optional<T> read(std::string_view text, ColumnType type = ColumnType::var_string)
{
    T value{};
    return decode(text, value, type) ? std::optional<T>{value} : std::nullopt;
}

} // namespace

TEMPLATE_TEST_CASE("Integers of every width, at their limits", "[value]", signed char,
                   unsigned char, short, unsigned short, int, unsigned, long, unsigned long,
                   long long, unsigned long long)
{
    using Limits = std::numeric_limits<TestType>;
    CHECK(read<TestType>("0") == TestType{0});
    CHECK(read<TestType>("1") == TestType{1});
    CHECK(read<TestType>("00042") == TestType{42}); // ZEROFILL
    CHECK(read<TestType>(std::to_string(Limits::max())) == Limits::max());
    CHECK(read<TestType>(std::to_string(Limits::min())) == Limits::min());

    // One beyond: in decimal, as no type holds it.
    std::string above = std::to_string(Limits::max());
    above.back() = static_cast<char>(above.back() + 1); // none of them ends in 9
    CHECK_FALSE(read<TestType>(above));
    CHECK_FALSE(read<TestType>(above + "0"));
    CHECK_FALSE(read<TestType>("99999999999999999999999999"));
    if constexpr (std::is_signed_v<TestType>) {
        std::string below = std::to_string(Limits::min());
        below.back() = static_cast<char>(below.back() + 1);
        CHECK_FALSE(read<TestType>(below));
        CHECK(read<TestType>("-1") == static_cast<TestType>(-1));
        CHECK(read<TestType>("-0") == TestType{0});
    } else {
        CHECK_FALSE(read<TestType>("-1"));
        CHECK(read<TestType>("-0") == TestType{0});
    }
    for (std::string_view const text : {"", " ", "-", "+", "+1", " 1", "1 ", "1.0", "1e2", "0x10",
                                        "1,000", "a", "1a", "--1", "NULL", "\x01"}) {
        CAPTURE(text);
        CHECK_FALSE(read<TestType>(text));
    }
    CHECK_FALSE(read<TestType>(std::string_view{"1\0", 2}));
    CHECK_FALSE(read<TestType>(std::string_view{"\0", 1}));
}

TEST_CASE("Known limits, independently of numeric_limits", "[value]")
{
    CHECK(read<std::int8_t>("127") == std::int8_t{127});
    CHECK_FALSE(read<std::int8_t>("128"));
    CHECK(read<std::int8_t>("-128") == std::int8_t{-128});
    CHECK_FALSE(read<std::int8_t>("-129"));
    CHECK(read<std::uint8_t>("255") == std::uint8_t{255});
    CHECK_FALSE(read<std::uint8_t>("256"));
    CHECK(read<std::int16_t>("32767"));
    CHECK_FALSE(read<std::int16_t>("32768"));
    CHECK(read<std::int32_t>("-2147483648"));
    CHECK_FALSE(read<std::int32_t>("2147483648"));
    CHECK(read<std::uint32_t>("4294967295"));
    CHECK_FALSE(read<std::uint32_t>("4294967296"));
    CHECK(read<std::int64_t>("9223372036854775807"));
    CHECK_FALSE(read<std::int64_t>("9223372036854775808"));
    CHECK(read<std::int64_t>("-9223372036854775808"));
    CHECK(read<std::uint64_t>("18446744073709551615"));
    CHECK_FALSE(read<std::uint64_t>("18446744073709551616"));
}

TEST_CASE("What is const cannot be read into", "[value]")
{
    // Found: these two are called readable, and then do not compile, deep inside <charconv>.
    CHECK_FALSE(ReadableValue<int const>);
    CHECK_FALSE(ReadableValue<double const>);
    CHECK_FALSE(ReadableValue<bool const>);
    CHECK_FALSE(ReadableValue<std::string const>);
}

TEST_CASE("A refused integer leaves the variable alone", "[value]")
{
    int value = 7;
    CHECK_FALSE(decode("99999999999", value));
    CHECK(value == 7);
    CHECK_FALSE(decode("x", value));
    CHECK(value == 7);
}

TEST_CASE("BOOL is a number, BIT(1) a byte", "[value]")
{
    CHECK(read<bool>("0") == false);
    CHECK(read<bool>("1") == true);
    CHECK(read<bool>("2") == true);
    CHECK(read<bool>("-1") == true);
    CHECK(read<bool>("00") == false);
    CHECK(read<bool>("9223372036854775807") == true);
    for (std::string_view const text : {"", "true", "false", "yes", "\1", "1 ", "1.0", "NULL"}) {
        CAPTURE(text);
        CHECK_FALSE(read<bool>(text));
    }
    CHECK(read<bool>(std::string_view{"\0", 1}, ColumnType::bit) == false);
    CHECK(read<bool>("\1", ColumnType::bit) == true);
    CHECK(read<bool>(std::string_view{"\0\2", 2}, ColumnType::bit) == true);
    CHECK(read<unsigned>(std::string_view{"\1\2", 2}, ColumnType::bit) == 258U);
    CHECK(read<std::uint64_t>("\xff\xff\xff\xff\xff\xff\xff\xff", ColumnType::bit) ==
          ~std::uint64_t{0});
    CHECK_FALSE(read<std::int64_t>("\xff\xff\xff\xff\xff\xff\xff\xff", ColumnType::bit));
    CHECK_FALSE(read<std::uint8_t>(std::string_view{"\1\2", 2}, ColumnType::bit));
    CHECK_FALSE(read<std::uint64_t>("123456789", ColumnType::bit));
    CHECK(read<double>(std::string_view{"\1\2", 2}, ColumnType::bit) == 258.0);
}

TEST_CASE("Every integer that MySQL has is true or false", "[value]")
{
    // Found: the upper half of BIGINT UNSIGNED is refused.
    CHECK(read<bool>("9223372036854775808") == true);
    CHECK(read<bool>("18446744073709551615") == true);
}

TEMPLATE_TEST_CASE("Floating-point numbers", "[value]", float, double, long double)
{
    CHECK(read<TestType>("0") == TestType{0});
    CHECK(read<TestType>("1.5") == TestType(1.5));
    CHECK(read<TestType>("-1.5e3") == TestType(-1500));
    CHECK(read<TestType>("1e10") == TestType(1e10L));
    CHECK(read<TestType>("42") == TestType(42));
    CHECK(read<TestType>(".5") == TestType(0.5));
    CHECK(std::signbit(read<TestType>("-0").value()));
    for (std::string_view const text : {"", "-", "e5", "1e", "1.5x", " 1.5", "1.5 ", "+1.5", "1,5",
                                        "0x1p3", "abc", "1e99999", "-1e99999"}) {
        CAPTURE(text);
        CHECK_FALSE(read<TestType>(text));
    }
}

TEST_CASE("Floating-point numbers are exact, and too large ones refused", "[value]")
{
    CHECK(read<double>("0.1") == 0.1);
    CHECK(read<double>("1.7976931348623157e308") == std::numeric_limits<double>::max());
    CHECK(read<double>("2.2250738585072014e-308") == std::numeric_limits<double>::min());
    CHECK(read<double>("-1.7976931348623157E308") == std::numeric_limits<double>::lowest());
    CHECK_FALSE(read<double>("1e309"));
    CHECK_FALSE(read<float>("1e39"));
    CHECK(read<float>("3.40282e38") == 3.40282e38F);
    // What is smaller than the smallest is next to zero, as in a prepared statement.
    CHECK(read<float>("1e-60") == 0.0F);
    CHECK(std::signbit(read<float>("-1e-60").value()));
    CHECK(read<float>("1e-40") == 1e-40F);
    CHECK(read<double>("123456789.123456789") == 123456789.123456789);
}

TEST_CASE("Texts and bytes take anything", "[value]")
{
    std::string const raw("a\0\xff\n", 4);
    CHECK(read<std::string>(raw) == raw);
    CHECK(read<std::string>("")->empty());
    CHECK(read<std::string_view>(raw)->data() == raw.data()); // no copy
    CHECK(read<std::string_view>(raw)->size() == 4);

    auto const bytes = read<std::vector<std::byte>>(raw);
    REQUIRE(bytes);
    CHECK(*bytes ==
          std::vector<std::byte>{std::byte{'a'}, std::byte{0}, std::byte{0xFF}, std::byte{'\n'}});
    CHECK(read<std::vector<std::byte>>("")->empty());

    SECTION("and replace what was there")
    {
        std::string text = "longer than what comes";
        REQUIRE(decode("ab", text));
        CHECK(text == "ab");
        std::vector<std::byte> old(100, std::byte{1});
        REQUIRE(decode("x", old));
        CHECK(old == std::vector<std::byte>{std::byte{'x'}});
    }
}

TEST_CASE("A type of the user's own", "[value]")
{
    CHECK(read<Money>("12.34")->cents == 1234);
    CHECK_FALSE(read<Money>("12"));
    CHECK_FALSE(read<Money>("x.y"));
}

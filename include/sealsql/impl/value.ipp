#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/value.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "sealsql reads MySQL's little-endian numbers as they are; this machine is big-endian"
#endif

namespace sealsql::inline SEALSQL_ABI::detail {

template <class Number>
[[nodiscard]] bool parse_floating(std::string_view text, Number& number) noexcept
{
    char const* const end = text.data() + text.size();
    auto const result = std::from_chars(text.data(), end, number);
    return result.ec == std::errc{} && result.ptr == end;
}

/// Nothing but digits, and a minus before them. Not by std::from_chars(), which costs our users' compiler as much
/// as many a file of ours.
[[nodiscard]] SEALSQL_INLINE bool parse_whole_number(std::string_view text,
                                                     WholeNumber& number) noexcept
{
    constexpr std::size_t always_fit = 19; // digits
    bool const has_minus = !text.empty() && text.front() == '-';
    char const* at = text.data() + (has_minus ? 1 : 0);
    char const* const end = text.data() + text.size();
    if (at == end)
        return false;
    bool const may_overflow = static_cast<std::size_t>(end - at) > always_fit;
    std::uint64_t value = 0;
    for (; at != end; ++at) {
        unsigned const digit = static_cast<unsigned char>(*at) - unsigned{'0'};
        if (digit > 9)
            return false;
        if (may_overflow && value > (~std::uint64_t{0} - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    constexpr std::uint64_t largest_negative = std::uint64_t{1} << 63U;
    if (has_minus && value > largest_negative)
        return false;
    number = {has_minus ? std::uint64_t{0} - value : value, has_minus && value != 0};
    return true;
}

[[nodiscard]] inline WholeNumber whole(std::int64_t value) noexcept
{
    return {static_cast<std::uint64_t>(value), value < 0};
}

SEALSQL_INLINE bool read_whole_number(FieldView const& field, WholeNumber& number) noexcept
{
    switch (field.form()) {
    case WireForm::int8:
        number = whole(load<std::int8_t>(field));
        return true;
    case WireForm::uint8:
        number = {load<std::uint8_t>(field), false};
        return true;
    case WireForm::int16:
        number = whole(load<std::int16_t>(field));
        return true;
    case WireForm::uint16:
        number = {load<std::uint16_t>(field), false};
        return true;
    case WireForm::int32:
        number = whole(load<std::int32_t>(field));
        return true;
    case WireForm::uint32:
        number = {load<std::uint32_t>(field), false};
        return true;
    case WireForm::int64:
        number = whole(load<std::int64_t>(field));
        return true;
    case WireForm::uint64:
        number = {load<std::uint64_t>(field), false};
        return true;
    case WireForm::float32:
    case WireForm::float64: {
        double const value = field.form() == WireForm::float32
                                 ? static_cast<double>(load<float>(field))
                                 : load<double>(field);
        // Both bounds are powers of two, and so exact.
        if (!(value >= -0x1p63 && value < 0x1p64) || value != std::floor(value))
            return false;
        number = value < 0 ? whole(static_cast<std::int64_t>(value))
                           : WholeNumber{static_cast<std::uint64_t>(value), false};
        return true;
    }
    case WireForm::text: {
        std::string_view const text = field.bytes();
        if (field.column().type == ColumnType::bit) {
            if (text.size() > sizeof number.bits)
                return false;
            number = {};
            for (char const c : text)
                number.bits = number.bits << 8U | static_cast<unsigned char>(c);
            return true;
        }
        return parse_whole_number(text, number);
    }
    case WireForm::datetime:
    case WireForm::time:
        break;
    }
    return false;
}

SEALSQL_INLINE bool read_number(FieldView const& field, double& number) noexcept
{
    switch (field.form()) {
    case WireForm::float64:
        number = load<double>(field);
        return true;
    case WireForm::float32:
        number = static_cast<double>(load<float>(field));
        return true;
    case WireForm::text:
        if (field.column().type != ColumnType::bit)
            return parse_floating(field.bytes(), number);
        [[fallthrough]];
    default:
        WholeNumber bits;
        if (!read_whole_number(field, bits))
            return false;
        number = bits.is_negative ? static_cast<double>(static_cast<std::int64_t>(bits.bits))
                                  : static_cast<double>(bits.bits);
        return true;
    }
}

SEALSQL_INLINE bool read_number(FieldView const& field, float& number) noexcept
{
    if (field.form() == WireForm::float32) {
        number = load<float>(field);
        return true;
    }
    if (field.is_text() && field.column().type != ColumnType::bit &&
        parse_floating(field.bytes(), number))
        return true;
    // Of a text, what is too large, and also what is so small that zero is the nearest.
    double wide = 0;
    if (!read_number(field, wide))
        return false;
    // Beyond the largest, the conversion itself would not be defined.
    if (wide > std::numeric_limits<float>::max() || wide < std::numeric_limits<float>::lowest())
        return false;
    number = static_cast<float>(wide);
    return true;
}

SEALSQL_INLINE bool read_number(FieldView const& field, long double& number) noexcept
{
    if (field.is_text() && field.column().type != ColumnType::bit) {
        // GCC 12's std::from_chars reads a long double on up to a NUL, beyond the end that it is given.
        std::array<char, 512> text{};
        if (field.size() >= text.size())
            return false;
        std::memcpy(text.data(), field.data(), field.size());
        return parse_floating({text.data(), field.size()}, number);
    }
    double value = 0;
    if (!read_number(field, value))
        return false;
    number = static_cast<long double>(value);
    return true;
}

SEALSQL_INLINE bool holds_whole_numbers(Column const& column) noexcept
{
    switch (column.type) {
    case ColumnType::tiny_int:
    case ColumnType::small_int:
    case ColumnType::medium_int:
    case ColumnType::integer:
    case ColumnType::big_int:
    case ColumnType::year:
    case ColumnType::bit:
    case ColumnType::null:
        return true;
    case ColumnType::decimal:
    case ColumnType::decimal_old:
        return column.decimals == 0;
    default:
        return false;
    }
}

SEALSQL_INLINE bool holds_numbers(Column const& column) noexcept
{
    switch (column.type) {
    case ColumnType::float_:
    case ColumnType::double_:
    case ColumnType::decimal:
    case ColumnType::decimal_old:
        return true;
    default:
        return holds_whole_numbers(column);
    }
}

// --- As text ---

/// Appends digits, with zeros in front up to a width.
SEALSQL_INLINE void append_digits(std::string& text, std::uint64_t number, std::size_t width)
{
    std::array<char, 20> digits{};
    std::size_t begin = digits.size();
    do {
        digits[--begin] = static_cast<char>('0' + number % 10);
        number /= 10;
    } while (number != 0);
    std::size_t const size = digits.size() - begin;
    text.append(size < width ? width - size : 0, '0');
    text.append(digits.data() + begin, size);
}

/// Appends a number as servers write it: the fewest digits that give it back. A column without places of its own has an
/// exponent where more than 15 places are before the point, or as many zeros behind it. Others have all their places,
/// filled up with zeros; and only where they are too few for those digits is the number rounded.
SEALSQL_INLINE void append_number(std::string& text, double number, bool is_float,
                                  unsigned decimals)
{
    constexpr unsigned not_fixed = 31;
    bool const is_fixed = decimals < not_fixed;
    std::array<char, 400> buffer{}; // 1e308 and 30 places
    char* const end = buffer.data() + buffer.size();
    // The fewest digits of a float are fewer than those of the same number as a double, which servers take where the
    // places are fixed.
    auto const result =
        is_float && !is_fixed
            ? std::to_chars(buffer.data(), end, static_cast<float>(number),
                            std::chars_format::scientific)
            : std::to_chars(buffer.data(), end, number, std::chars_format::scientific);
    std::string_view const shortest{buffer.data(),
                                    static_cast<std::size_t>(result.ptr - buffer.data())};
    std::size_t const e = shortest.find('e');
    if (e == std::string_view::npos) { // none that a server has
        text.append(shortest);
        return;
    }
    int exponent = 0;
    for (char const c : shortest.substr(e + 2))
        exponent = exponent * 10 + (c - '0');
    if (shortest[e + 1] == '-')
        exponent = -exponent;
    std::size_t const sign = shortest.front() == '-' ? 1 : 0;
    std::size_t first = sign;
    if (shortest[first + 1] == '.') { // the digit before it takes its place
        buffer[first + 1] = buffer[first];
        ++first;
    }
    std::string_view const digits = shortest.substr(first, e - first);
    constexpr int most_places = 15;
    int const point = exponent + 1; // how many digits are before it
    int const places = static_cast<int>(digits.size()) - point;
    if (is_fixed && places > static_cast<int>(decimals)) {
        auto const rounded = std::to_chars(buffer.data(), end, number, std::chars_format::fixed,
                                           static_cast<int>(decimals));
        text.append(buffer.data(), rounded.ptr);
        return;
    }
    text.append(sign, '-');
    if (!is_fixed && (point > most_places || point < -most_places + 1)) {
        text += digits.front();
        if (digits.size() > 1)
            text.append(1, '.').append(digits, 1);
        append_digits(text += exponent < 0 ? "e-" : "e",
                      static_cast<std::uint64_t>(exponent < 0 ? -exponent : exponent), 1);
        return;
    }
    if (point <= 0) {
        text.append("0.").append(static_cast<std::size_t>(-point), '0').append(digits);
    } else if (places <= 0) {
        text.append(digits).append(static_cast<std::size_t>(-places), '0');
        text.append(is_fixed && decimals > 0 ? 1 : 0, '.');
    } else {
        text.append(digits.substr(0, static_cast<std::size_t>(point))).append(1, '.');
        text.append(digits.substr(static_cast<std::size_t>(point)));
    }
    if (is_fixed)
        text.append(decimals - static_cast<unsigned>(places < 0 ? 0 : places), '0');
}

/// Appends the fraction of a second with as many digits as the column has. MariaDB says of some expressions that it does
/// not know how many; then it writes all six, and none where there is no fraction.
SEALSQL_INLINE void append_fraction(std::string& text, std::uint32_t microseconds,
                                    unsigned decimals)
{
    constexpr unsigned most = 6;
    if (decimals == 0 || (decimals > most && microseconds == 0))
        return;
    text += '.';
    std::size_t const begin = text.size();
    append_digits(text, microseconds, most);
    text.resize(begin + (decimals < most ? decimals : most));
}

[[nodiscard]] inline unsigned byte_of(FieldView const& field, std::size_t at) noexcept
{
    return at < field.size() ? static_cast<unsigned char>(field.data()[at]) : 0;
}

[[nodiscard]] inline std::uint32_t four_bytes_of(FieldView const& field, std::size_t at) noexcept
{
    return byte_of(field, at) | byte_of(field, at + 1) << 8U | byte_of(field, at + 2) << 16U |
           byte_of(field, at + 3) << 24U;
}

SEALSQL_INLINE void append_datetime(std::string& text, FieldView const& field)
{
    append_digits(text, byte_of(field, 0) | byte_of(field, 1) << 8U, 4);
    append_digits(text += '-', byte_of(field, 2), 2);
    append_digits(text += '-', byte_of(field, 3), 2);
    if (field.column().type == ColumnType::date)
        return;
    append_digits(text += ' ', byte_of(field, 4), 2);
    append_digits(text += ':', byte_of(field, 5), 2);
    append_digits(text += ':', byte_of(field, 6), 2);
    append_fraction(text, four_bytes_of(field, 7), field.column().decimals);
}

SEALSQL_INLINE void append_time(std::string& text, FieldView const& field)
{
    if (byte_of(field, 0) != 0)
        text += '-';
    std::uint64_t const hours = std::uint64_t{four_bytes_of(field, 1)} * 24 + byte_of(field, 5);
    append_digits(text, hours, 2);
    append_digits(text += ':', byte_of(field, 6), 2);
    append_digits(text += ':', byte_of(field, 7), 2);
    append_fraction(text, four_bytes_of(field, 8), field.column().decimals);
}

/// Puts zeros in front of a number, up to the width of its column. The server puts them before a minus, too.
SEALSQL_INLINE void fill_with_zeros(std::string& text, std::size_t begin, Column const& column)
{
    constexpr std::size_t widest = 255;
    std::size_t const width = column.is_zero_filled             ? column.length
                              : column.type == ColumnType::year ? 4
                                                                : 0;
    std::size_t const wanted = width < widest ? width : widest;
    std::size_t const size = text.size() - begin;
    text.insert(begin, size < wanted ? wanted - size : 0, '0');
}

SEALSQL_INLINE void append_text(std::string& text, FieldView const& field)
{
    Column const& column = field.column();
    std::size_t const begin = text.size();
    switch (field.form()) {
    case WireForm::text:
        text.append(field.data(), field.size());
        return;
    case WireForm::float32:
        append_number(text, static_cast<double>(load<float>(field)), true, column.decimals);
        break;
    case WireForm::float64:
        append_number(text, load<double>(field), false, column.decimals);
        break;
    case WireForm::datetime:
        append_datetime(text, field);
        return;
    case WireForm::time:
        append_time(text, field);
        return;
    default:
        WholeNumber number;
        if (!read_whole_number(field, number))
            return;
        if (number.is_negative)
            text += '-';
        append_digits(text, number.is_negative ? std::uint64_t{0} - number.bits : number.bits, 1);
        break;
    }
    fill_with_zeros(text, begin, column);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/decimal.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE std::optional<Decimal> Decimal::parse(std::string_view text) noexcept
{
    Decimal number;
    bool const negative = !text.empty() && text.front() == '-';
    if (negative)
        text.remove_prefix(1);
    bool behind_point = false;
    bool digit_before = false; // a point stands between digits
    for (char const c : text) {
        if (c == '.' && digit_before && !behind_point) {
            behind_point = true;
            digit_before = false;
            continue;
        }
        if (c < '0' || c > '9')
            return std::nullopt;
        digit_before = true;
        if (behind_point && ++number.scale_ > max_scale)
            return std::nullopt;
        if (c == '0' && number.size_ == 0)
            continue;
        if (number.size_ == max_digits)
            return std::nullopt;
        number.digits_[number.size_++] = c;
    }
    if (!digit_before)
        return std::nullopt;
    number.negative_ = negative && number.size_ != 0;
    return number;
}

SEALSQL_INLINE Decimal::Decimal(std::string_view text)
{
    std::optional<Decimal> const number = parse(text);
    if (!number) {
        constexpr std::size_t shown = 80;
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat(
                {"'", printable(text.substr(0, shown)), text.size() > shown ? "…" : "",
                 "' is no decimal number of up to 65 digits, 38 of them behind the point"}),
            "write it as digits, with a point and more digits if need be", "22018");
    }
    *this = *number;
}

SEALSQL_INLINE Decimal::Decimal(std::uint64_t number, bool negative, std::uint8_t scale) noexcept
    : scale_{scale}, negative_{negative}
{
    if (number != 0)
        size_ = static_cast<std::uint8_t>(std::to_chars(digits_, digits_ + max_digits, number).ptr -
                                          digits_);
}

SEALSQL_INLINE void Decimal::check_scale(unsigned scale)
{
    if (scale > max_scale)
        throw detail::client_error(detail::error_code::unknown_error,
                                   "a decimal number has at most 38 digits behind the point",
                                   "use a smaller scale", "22003");
}

SEALSQL_INLINE std::uint64_t Decimal::to_magnitude(unsigned scale, std::uint64_t most) const
{
    // How many digits the integer has; those that are missing are zeros.
    long long const wanted = static_cast<long long>(position()) + scale;
    std::uint64_t number = 0;
    bool fits = size_ == 0 || wanted > 0;
    for (long long i = 0; fits && i < std::max<long long>(wanted, size_); ++i) {
        unsigned const digit = i < size_ ? static_cast<unsigned>(digits_[i] - '0') : 0U;
        if (i >= wanted)
            fits = digit == 0;
        else if (digit > most || number > (most - digit) / 10)
            fits = false;
        else
            number = number * 10 + digit;
        if (size_ == 0)
            break; // zero stays zero, however often it is multiplied
    }
    if (!fits)
        throw detail::client_error(
            detail::error_code::unknown_error,
            detail::concat({"the decimal number ", to_string(*this),
                            scale == 0 ? "" : ", multiplied by a power of ten,",
                            " is not an integer that fits the type asked for"}),
            "use a wider type, or to_scaled() with as many digits as it has behind the point",
            "22003");
    return number;
}

SEALSQL_INLINE double Decimal::to_double() const noexcept
{
    char text[max_text];
    double number = 0;
    std::from_chars(text, text + write(text), number);
    return number;
}

SEALSQL_INLINE int Decimal::compare(Decimal const& other) const noexcept
{
    if (negative_ != other.negative_)
        return negative_ ? -1 : 1;
    int const sign = negative_ ? -1 : 1;
    if (size_ == 0 || other.size_ == 0)
        return sign * (int{size_ != 0} - int{other.size_ != 0});
    if (position() != other.position())
        return position() < other.position() ? -sign : sign;
    for (std::size_t i = 0; i < std::max(size_, other.size_); ++i) {
        char const left = i < size_ ? digits_[i] : '0';
        char const right = i < other.size_ ? other.digits_[i] : '0';
        if (left != right)
            return left < right ? -sign : sign;
    }
    return 0;
}

SEALSQL_INLINE std::size_t Decimal::write(char* text) const noexcept
{
    char* end = text;
    if (negative_)
        *end++ = '-';
    std::size_t const before = size_ > scale_ ? std::size_t{size_} - scale_ : 0;
    if (before == 0)
        *end++ = '0';
    std::memcpy(end, digits_, before);
    end += before;
    if (scale_ != 0) {
        *end++ = '.';
        std::size_t const behind = size_ - before;
        std::memset(end, '0', scale_ - behind);
        end += scale_ - behind;
        std::memcpy(end, digits_ + before, behind);
        end += behind;
    }
    return static_cast<std::size_t>(end - text);
}

SEALSQL_INLINE std::string to_string(Decimal const& number)
{
    char text[Decimal::max_text];
    return {text, number.write(text)};
}

SEALSQL_INLINE bool ValueTraits<Decimal>::decode(FieldView const& field, Decimal& value) noexcept
{
    Column const& column = field.column();
    if (column.type == ColumnType::float_ || column.type == ColumnType::double_)
        return false;
    if (field.is_text() && column.type != ColumnType::bit) {
        auto const number = Decimal::parse(field.bytes());
        if (number)
            value = *number;
        return number.has_value();
    }
    detail::WholeNumber number;
    if (!detail::read_whole_number(field, number))
        return false;
    value =
        number.is_negative ? Decimal{static_cast<std::int64_t>(number.bits)} : Decimal{number.bits};
    return true;
}

SEALSQL_INLINE bool ValueTraits<Decimal>::accepts(FieldView const& field) noexcept
{
    ColumnType const type = field.column().type;
    return type == ColumnType::decimal || type == ColumnType::decimal_old ||
           detail::holds_whole_numbers(field.column());
}

SEALSQL_INLINE bool ValueTraits<Decimal>::encode(detail::WireWriter& writer, Decimal const& value)
{
    char text[Decimal::max_text];
    writer.length_encoded_text({text, value.write(text)});
    return true;
}

} // namespace sealsql::inline SEALSQL_ABI

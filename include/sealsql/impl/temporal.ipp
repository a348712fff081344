#pragma once

#include <sealsql/detail/column_kinds.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/error.hpp>
#include <sealsql/temporal.hpp>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

inline constexpr std::int64_t second_in_microseconds = 1'000'000;
inline constexpr std::int64_t minute_in_microseconds = 60 * second_in_microseconds;
inline constexpr std::int64_t hour_in_microseconds = 60 * minute_in_microseconds;
inline constexpr std::int64_t day_in_microseconds = 24 * hour_in_microseconds;

/// Takes fields of digits from the start of a text; the first that is not there makes it fail for good.
class DigitReader {
public:
    explicit DigitReader(std::string_view text) noexcept : rest_{text} {}

    /// Exactly so many digits.
    [[nodiscard]] unsigned digits(std::size_t count) noexcept
    {
        unsigned number = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (rest_.empty() || rest_.front() < '0' || rest_.front() > '9') {
                ok_ = false;
                return 0;
            }
            number = number * 10 + static_cast<unsigned>(rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return number;
    }

    void expect(char c) noexcept
    {
        if (rest_.empty() || rest_.front() != c)
            ok_ = false;
        else
            rest_.remove_prefix(1);
    }

    /// A point and one to six digits, in millionths, if the text goes on.
    [[nodiscard]] unsigned fraction() noexcept
    {
        if (rest_.empty())
            return 0;
        expect('.');
        std::size_t const count = rest_.size();
        if (count == 0 || count > 6) {
            ok_ = false;
            return 0;
        }
        unsigned number = digits(count);
        for (std::size_t i = count; i < 6; ++i)
            number *= 10;
        return number;
    }

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] bool ok() const noexcept { return ok_; }

private:
    std::string_view rest_;
    bool ok_ = true;
};

/// The fields of a DATETIME as they came, before anybody believes them.
struct DateTimeFields {
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    unsigned microsecond = 0;
};

[[nodiscard]] SEALSQL_INLINE bool assemble(DateTimeFields const& fields, DateTime& value) noexcept
{
    if (fields.year > 9999 || fields.month > 12 || fields.day > 31 || fields.hour > 23 ||
        fields.minute > 59 || fields.second > 59 || fields.microsecond > 999'999)
        return false;
    value.date = {std::chrono::year{static_cast<int>(fields.year)},
                  std::chrono::month{fields.month}, std::chrono::day{fields.day}};
    value.time = std::chrono::microseconds{
        fields.hour * hour_in_microseconds + fields.minute * minute_in_microseconds +
        fields.second * second_in_microseconds + fields.microsecond};
    return true;
}

SEALSQL_INLINE bool read_date_time_text(std::string_view text, DateTime& value) noexcept
{
    DigitReader reader{text};
    DateTimeFields fields;
    fields.year = reader.digits(4);
    reader.expect('-');
    fields.month = reader.digits(2);
    reader.expect('-');
    fields.day = reader.digits(2);
    if (!reader.at_end()) {
        reader.expect(' ');
        fields.hour = reader.digits(2);
        reader.expect(':');
        fields.minute = reader.digits(2);
        reader.expect(':');
        fields.second = reader.digits(2);
        fields.microsecond = reader.fraction();
    }
    return reader.ok() && reader.at_end() && assemble(fields, value);
}

SEALSQL_INLINE bool read_date_time_binary(Bytes bytes, DateTime& value) noexcept
{
    // What is zero at the end is left out.
    std::size_t const size = bytes.size();
    if (size != 0 && size != 4 && size != 7 && size != 11)
        return false;
    auto const at = [&](std::size_t i) { return std::to_integer<unsigned>(bytes[i]); };
    DateTimeFields fields;
    if (size >= 4) {
        fields.year = at(0) | at(1) << 8U;
        fields.month = at(2);
        fields.day = at(3);
    }
    if (size >= 7) {
        fields.hour = at(4);
        fields.minute = at(5);
        fields.second = at(6);
    }
    if (size == 11)
        fields.microsecond = at(7) | at(8) << 8U | at(9) << 16U | at(10) << 24U;
    return assemble(fields, value);
}

/// @return false if they are no time, or one that no server has
[[nodiscard]] SEALSQL_INLINE bool assemble_time(bool negative, std::uint64_t hour, unsigned minute,
                                                unsigned second, unsigned microsecond,
                                                std::int64_t& microseconds) noexcept
{
    if (hour > 838 || minute > 59 || second > 59 || microsecond > 999'999)
        return false;
    microseconds = static_cast<std::int64_t>(hour) * hour_in_microseconds +
                   minute * minute_in_microseconds + second * second_in_microseconds + microsecond;
    if (negative)
        microseconds = -microseconds;
    return true;
}

SEALSQL_INLINE bool read_time_text(std::string_view text, std::int64_t& microseconds) noexcept
{
    bool const negative = !text.empty() && text.front() == '-';
    if (negative)
        text.remove_prefix(1);
    DigitReader reader{text};
    unsigned const hour = reader.digits(text.find(':') == 3 ? 3 : 2);
    reader.expect(':');
    unsigned const minute = reader.digits(2);
    reader.expect(':');
    unsigned const second = reader.digits(2);
    unsigned const microsecond = reader.fraction();
    return reader.ok() && reader.at_end() &&
           assemble_time(negative, hour, minute, second, microsecond, microseconds);
}

SEALSQL_INLINE bool read_time_binary(Bytes bytes, std::int64_t& microseconds) noexcept
{
    if (bytes.empty()) {
        microseconds = 0;
        return true;
    }
    if (bytes.size() != 8 && bytes.size() != 12)
        return false;
    WireReader reader{bytes};
    std::uint64_t const negative = reader.integer<1>();
    std::uint64_t const days = reader.integer<4>();
    std::uint64_t const hour = reader.integer<1>();
    auto const minute = static_cast<unsigned>(reader.integer<1>());
    auto const second = static_cast<unsigned>(reader.integer<1>());
    auto const microsecond = bytes.size() == 12 ? static_cast<unsigned>(reader.integer<4>()) : 0U;
    return negative <= 1 && hour <= 23 &&
           assemble_time(negative == 1, days * 24 + hour, minute, second, microsecond,
                         microseconds);
}

SEALSQL_INLINE bool is_writable(DateTime const& value) noexcept
{
    int const year = int{value.date.year()};
    return year >= 0 && year <= 9999 && unsigned{value.date.month()} <= 12 &&
           unsigned{value.date.day()} <= 31 && value.time.count() >= 0 &&
           value.time.count() < day_in_microseconds;
}

/// Writes `count` digits.
SEALSQL_INLINE char* write_digits(std::int64_t number, std::size_t count, char* text) noexcept
{
    for (std::size_t i = count; i-- > 0; number /= 10)
        text[i] = static_cast<char>('0' + number % 10);
    return text + count;
}

/// Writes `20:44:00`, and the fraction if it is not zero.
SEALSQL_INLINE char* write_clock(std::int64_t microseconds, char* text) noexcept
{
    std::int64_t const hour = microseconds / hour_in_microseconds;
    text = write_digits(hour, hour > 99 ? 3 : 2, text);
    *text++ = ':';
    text = write_digits(microseconds / minute_in_microseconds % 60, 2, text);
    *text++ = ':';
    text = write_digits(microseconds / second_in_microseconds % 60, 2, text);
    if (std::int64_t const fraction = microseconds % second_in_microseconds; fraction != 0) {
        *text++ = '.';
        text = write_digits(fraction, 6, text);
    }
    return text;
}

SEALSQL_INLINE std::size_t write_date_text(std::chrono::year_month_day date, char* text) noexcept
{
    char* end = write_digits(int{date.year()}, 4, text);
    *end++ = '-';
    end = write_digits(unsigned{date.month()}, 2, end);
    *end++ = '-';
    end = write_digits(unsigned{date.day()}, 2, end);
    return static_cast<std::size_t>(end - text);
}

SEALSQL_INLINE std::size_t write_date_time_text(DateTime const& value, char* text) noexcept
{
    char* end = text + write_date_text(value.date, text);
    *end++ = ' ';
    return static_cast<std::size_t>(write_clock(value.time.count(), end) - text);
}

SEALSQL_INLINE std::size_t write_time_text(std::int64_t microseconds, char* text) noexcept
{
    char* end = text;
    if (microseconds < 0)
        *end++ = '-';
    return static_cast<std::size_t>(
        write_clock(microseconds < 0 ? -microseconds : microseconds, end) - text);
}

/// Little-endian.
template <std::size_t Size>
[[nodiscard]] char* write_bytes(std::uint64_t number, char* bytes) noexcept
{
    for (std::size_t i = 0; i < Size; ++i)
        bytes[i] = static_cast<char>(static_cast<unsigned char>(number >> (8U * i)));
    return bytes + Size;
}

/// Writes hour, minute and second, and the fraction if it is not zero.
SEALSQL_INLINE char* write_clock_binary(std::int64_t microseconds, char* bytes) noexcept
{
    auto const number = static_cast<std::uint64_t>(microseconds);
    bytes = write_bytes<1>(number / hour_in_microseconds, bytes);
    bytes = write_bytes<1>(number / minute_in_microseconds % 60, bytes);
    bytes = write_bytes<1>(number / second_in_microseconds % 60, bytes);
    if (std::uint64_t const fraction = number % second_in_microseconds; fraction != 0)
        bytes = write_bytes<4>(fraction, bytes);
    return bytes;
}

SEALSQL_INLINE std::size_t write_date_time_binary(DateTime const& value, char* bytes) noexcept
{
    char* end = write_bytes<2>(static_cast<std::uint64_t>(int{value.date.year()}), bytes);
    end = write_bytes<1>(unsigned{value.date.month()}, end);
    end = write_bytes<1>(unsigned{value.date.day()}, end);
    if (value.time.count() != 0)
        end = write_clock_binary(value.time.count(), end);
    return static_cast<std::size_t>(end - bytes);
}

SEALSQL_INLINE std::size_t write_time_binary(std::int64_t microseconds, char* bytes) noexcept
{
    bool const negative = microseconds < 0;
    if (negative)
        microseconds = -microseconds;
    char* end = write_bytes<1>(negative ? 1 : 0, bytes);
    end = write_bytes<4>(static_cast<std::uint64_t>(microseconds / day_in_microseconds), end);
    end = write_clock_binary(microseconds % day_in_microseconds, end);
    return static_cast<std::size_t>(end - bytes);
}

SEALSQL_INLINE bool to_epoch(DateTime const& value, std::int64_t& microseconds) noexcept
{
    if (!value.date.ok() || !is_writable(value))
        return false;
    std::int64_t const days = std::chrono::sys_days{value.date}.time_since_epoch().count();
    microseconds = days * day_in_microseconds + value.time.count();
    return true;
}

SEALSQL_INLINE bool from_epoch(std::int64_t microseconds, DateTime& value) noexcept
{
    using namespace std::chrono;
    constexpr std::int64_t first = sys_days{year{0} / January / 1}.time_since_epoch().count();
    constexpr std::int64_t last = sys_days{year{9999} / December / 31}.time_since_epoch().count();
    std::int64_t days = microseconds / day_in_microseconds;
    if (microseconds % day_in_microseconds < 0)
        --days; // division rounds towards zero
    if (days < first || days > last)
        return false;
    value.date = sys_days{std::chrono::days{static_cast<int>(days)}};
    value.time = std::chrono::microseconds{microseconds - days * day_in_microseconds};
    return true;
}

[[nodiscard]] SEALSQL_INLINE DateTime from_epoch_or_throw(std::int64_t microseconds)
{
    DateTime value;
    if (!from_epoch(microseconds, value))
        throw client_error(error_code::unknown_error,
                           "the point in time is not within the years 0 to 9999",
                           "the server has no date for it", "22007");
    return value;
}

[[nodiscard]] SEALSQL_INLINE std::int64_t to_epoch_or_throw(DateTime const& value)
{
    std::int64_t microseconds = 0;
    if (!to_epoch(value, microseconds))
        throw client_error(
            error_code::unknown_error,
            concat({"the date and time ", to_string(value),
                    " is no day of the calendar, so no point in time"}),
            "look at date.ok() before; a zero date mostly means that nothing is known, "
            "for which SQL has NULL",
            "22007");
    return microseconds;
}

} // namespace detail

SEALSQL_INLINE DateTime DateTime::from(std::chrono::sys_time<std::chrono::microseconds> point)
{
    return detail::from_epoch_or_throw(point.time_since_epoch().count());
}

SEALSQL_INLINE DateTime DateTime::from(std::chrono::local_time<std::chrono::microseconds> point)
{
    return detail::from_epoch_or_throw(point.time_since_epoch().count());
}

SEALSQL_INLINE std::chrono::sys_time<std::chrono::microseconds> DateTime::to_sys_time() const
{
    return std::chrono::sys_time<std::chrono::microseconds>{
        std::chrono::microseconds{detail::to_epoch_or_throw(*this)}};
}

SEALSQL_INLINE std::chrono::local_time<std::chrono::microseconds> DateTime::to_local_time() const
{
    return std::chrono::local_time<std::chrono::microseconds>{
        std::chrono::microseconds{detail::to_epoch_or_throw(*this)}};
}

SEALSQL_INLINE std::string to_string(DateTime const& value)
{
    if (!detail::is_writable(value))
        return "(no date and time of a server)";
    char text[detail::max_temporal_text];
    return {text, detail::write_date_time_text(value, text)};
}

namespace detail {

SEALSQL_INLINE bool read_time(FieldView const& field, std::int64_t& microseconds) noexcept
{
    if (field.form() == WireForm::time)
        return read_time_binary(bytes_of(field), microseconds);
    return field.is_text() && holds_times(field) && read_time_text(field.bytes(), microseconds);
}

SEALSQL_INLINE bool holds_times(FieldView const& field) noexcept
{
    return field.column().type == ColumnType::time || holds_strings(field.column());
}

SEALSQL_INLINE bool send_time(WireWriter& writer, std::int64_t microseconds)
{
    char bytes[max_temporal_binary];
    if (!is_writable_time(microseconds))
        return false;
    writer.length_encoded_text({bytes, write_time_binary(microseconds, bytes)});
    return true;
}

SEALSQL_INLINE bool read_epoch(FieldView const& field, std::int64_t& microseconds) noexcept
{
    DateTime value;
    return ValueTraits<DateTime>::decode(field, value) && to_epoch(value, microseconds);
}

SEALSQL_INLINE bool send_epoch(WireWriter& writer, std::int64_t microseconds)
{
    DateTime value;
    return from_epoch(microseconds, value) && ValueTraits<DateTime>::encode(writer, value);
}

} // namespace detail

SEALSQL_INLINE bool ValueTraits<DateTime>::decode(FieldView const& field, DateTime& value) noexcept
{
    if (field.form() == WireForm::datetime)
        return detail::read_date_time_binary(detail::bytes_of(field), value);
    return field.is_text() && accepts(field) && detail::read_date_time_text(field.bytes(), value);
}

SEALSQL_INLINE bool ValueTraits<DateTime>::accepts(FieldView const& field) noexcept
{
    ColumnType const type = field.column().type;
    return type == ColumnType::date || type == ColumnType::datetime ||
           type == ColumnType::timestamp || detail::holds_strings(field.column());
}

SEALSQL_INLINE bool ValueTraits<DateTime>::encode(detail::WireWriter& writer, DateTime const& value)
{
    char bytes[detail::max_temporal_binary];
    if (!detail::is_writable(value))
        return false;
    writer.length_encoded_text({bytes, detail::write_date_time_binary(value, bytes)});
    return true;
}

SEALSQL_INLINE bool
ValueTraits<std::chrono::year_month_day>::decode(FieldView const& field,
                                                 std::chrono::year_month_day& value) noexcept
{
    DateTime whole;
    if (!ValueTraits<DateTime>::decode(field, whole) || whole.time.count() != 0)
        return false;
    value = whole.date;
    return true;
}

SEALSQL_INLINE bool
ValueTraits<std::chrono::year_month_day>::encode(detail::WireWriter& writer,
                                                 std::chrono::year_month_day const& value)
{
    return ValueTraits<DateTime>::encode(writer, {value, {}});
}

SEALSQL_INLINE bool ValueTraits<std::chrono::year>::decode(FieldView const& field,
                                                           std::chrono::year& value) noexcept
{
    constexpr std::int64_t most = 32'767; // either side of zero
    detail::WholeNumber number;
    if (!accepts(field) || !detail::read_whole_number(field, number))
        return false;
    auto year = static_cast<std::int64_t>(number.bits);
    if (number.is_negative != (year < 0) || year < -most || year > most)
        return false;
    // MariaDB's YEAR(2) is the last two digits of 1970 to 2069.
    if (field.column().type == ColumnType::year && field.column().length == 2)
        year += year < 70 ? 2000 : 1900;
    value = std::chrono::year{static_cast<int>(year)};
    return true;
}

SEALSQL_INLINE bool ValueTraits<std::chrono::year>::accepts(FieldView const& field) noexcept
{
    return detail::holds_integers(field.column()) || field.column().type == ColumnType::null;
}

SEALSQL_INLINE bool ValueTraits<std::chrono::year>::encode(detail::WireWriter& writer,
                                                           std::chrono::year value)
{
    int const year{value};
    writer.integer<2>(static_cast<std::uint64_t>(year));
    return year == 0 || (year >= 100 && year <= 9999);
}

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/value.hpp>

#include <chrono>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ratio>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// Dates and times. What a column is read into, and what it then means:
///
/// | Type | Columns | Meaning |
/// |---|---|---|
/// | `std::chrono::year_month_day` | DATE; DATETIME at midnight | the date as the server has it; zero dates are not `ok()` |
/// | `DateTime` | DATE, DATETIME, TIMESTAMP | everything that the server can hold, zero dates included |
/// | `std::chrono::local_time<D>` | the same | calendar and clock, in no time zone: what DATETIME is |
/// | `std::chrono::sys_time<D>` | the same | the same digits **taken as UTC**: what a TIMESTAMP is in a session with `SET time_zone = '+00:00'`, and a DATETIME in which UTC is kept |
/// | `std::chrono::duration` of integers | TIME | negative and above 24 hours too |
/// | `std::chrono::year` | YEAR, or an integer | |
///
/// A zero date (`0000-00-00`, or with a month or day of zero) is an error in a time point, and so is a value
/// that is not exact in the type's unit: half a second in `seconds`. The server sends and takes a TIMESTAMP
/// in the session's time zone, which nothing here looks at: for `sys_time` of such columns let the builder's
/// `init_statement("SET time_zone = '+00:00'")` make it UTC.

namespace sealsql::inline SEALSQL_ABI {

/// A DATE, DATETIME or TIMESTAMP exactly as the server has it.
struct DateTime {
    /// The zero date is year, month and day zero; others may have a month or day of zero, or be no day of the
    /// calendar (`ALLOW_INVALID_DATES`). `date.ok()` tells.
    std::chrono::year_month_day date{std::chrono::year{0}, std::chrono::month{0},
                                     std::chrono::day{0}};

    /// Since midnight: not negative, and less than a day.
    std::chrono::microseconds time{0};

    /// Of a point in time, as UTC.
    /// @throws Error if it is not within the years 0 to 9999
    [[nodiscard]] static DateTime from(std::chrono::sys_time<std::chrono::microseconds> point);

    /// Of a calendar and clock.
    /// @throws Error if it is not within the years 0 to 9999
    [[nodiscard]] static DateTime from(std::chrono::local_time<std::chrono::microseconds> point);

    /// Taken as UTC.
    /// @throws Error if the date is not a day of the calendar, such as a zero date
    [[nodiscard]] std::chrono::sys_time<std::chrono::microseconds> to_sys_time() const;

    /// In no time zone.
    /// @throws Error if the date is not a day of the calendar, such as a zero date
    [[nodiscard]] std::chrono::local_time<std::chrono::microseconds> to_local_time() const;

    friend bool operator==(DateTime const&, DateTime const&) = default;
    friend std::strong_ordering operator<=>(DateTime const&, DateTime const&) = default;
};

/// `2026-11-25 20:44:00`, with six digits behind the point if there is a fraction.
[[nodiscard]] std::string to_string(DateTime const& value);

namespace detail {

/// The longest text of any of them, `-838:59:59.999999` and `2026-11-25 20:44:00.000000`.
inline constexpr std::size_t max_temporal_text = 26;

/// The longest binary form, without the length before it.
inline constexpr std::size_t max_temporal_binary = 12;

/// The largest TIME that a server knows, either side of zero. MySQL's ends a microsecond less than a
/// second before.
inline constexpr std::int64_t max_time_microseconds = ((838LL * 60 + 59) * 60 + 60) * 1'000'000 - 1;

/// A DATE, or DATETIME or TIMESTAMP, as in the text protocol.
/// @return false if it is none
[[nodiscard]] bool read_date_time_text(std::string_view text, DateTime& value) noexcept;

/// The same as in the binary protocol, without the length before it.
[[nodiscard]] bool read_date_time_binary(Bytes bytes, DateTime& value) noexcept;

/// A TIME, in microseconds, as in the text protocol.
[[nodiscard]] bool read_time_text(std::string_view text, std::int64_t& microseconds) noexcept;

/// The same as in the binary protocol, without the length before it.
[[nodiscard]] bool read_time_binary(Bytes bytes, std::int64_t& microseconds) noexcept;

/// Whether a server could take it, were it only for being a zero date.
[[nodiscard]] bool is_writable(DateTime const& value) noexcept;
[[nodiscard]] inline bool is_writable_time(std::int64_t microseconds) noexcept
{
    return microseconds >= -max_time_microseconds && microseconds <= max_time_microseconds;
}

/// Writes `2026-11-25` into room for max_temporal_text. Like all that follow: what is written has to be
/// writable, and the number of bytes is returned.
std::size_t write_date_text(std::chrono::year_month_day date, char* text) noexcept;
std::size_t write_date_time_text(DateTime const& value, char* text) noexcept;
std::size_t write_time_text(std::int64_t microseconds, char* text) noexcept;

/// Writes the binary form without the length before it, into room for max_temporal_binary.
std::size_t write_date_time_binary(DateTime const& value, char* bytes) noexcept;
std::size_t write_time_binary(std::int64_t microseconds, char* bytes) noexcept;

/// Microseconds since 1970-01-01.
/// @return false if the date is not a day of the calendar
[[nodiscard]] bool to_epoch(DateTime const& value, std::int64_t& microseconds) noexcept;

/// @return false outside of the years 0 to 9999
[[nodiscard]] bool from_epoch(std::int64_t microseconds, DateTime& value) noexcept;

/// A duration that counts in an integer.
template <class T>
inline constexpr bool is_integral_duration = false;
template <std::integral Rep, class Period>
inline constexpr bool is_integral_duration<std::chrono::duration<Rep, Period>> =
    !std::same_as<Rep, bool>;

template <class T>
concept IntegralDuration = is_integral_duration<T>;

/// @return false if `microseconds` are not a whole number of D's unit, or more than it holds
template <IntegralDuration D>
[[nodiscard]] constexpr bool from_microseconds(std::int64_t microseconds, D& duration) noexcept
{
    using Factor = std::ratio_divide<std::micro, typename D::period>;
    if (microseconds % Factor::den != 0)
        return false;
    std::int64_t count = 0;
    if (__builtin_mul_overflow(microseconds / Factor::den, std::int64_t{Factor::num}, &count) ||
        !std::in_range<typename D::rep>(count))
        return false;
    duration = D{static_cast<typename D::rep>(count)};
    return true;
}

/// @return false if it is more than 64 bits of microseconds
template <IntegralDuration D>
[[nodiscard]] constexpr bool to_microseconds(D duration, std::int64_t& microseconds) noexcept
{
    using Factor = std::ratio_divide<typename D::period, std::micro>;
    static_assert(
        Factor::den == 1,
        "the server counts in microseconds at the finest, and what is finer would be cut off "
        "in silence: say how it is to be rounded, as with "
        "std::chrono::floor<std::chrono::microseconds>(…)");
    return std::in_range<std::int64_t>(duration.count()) &&
           !__builtin_mul_overflow(static_cast<std::int64_t>(duration.count()),
                                   std::int64_t{Factor::num}, &microseconds);
}

} // namespace detail

/// DATE, DATETIME and TIMESTAMP, zero dates included.
template <>
struct ValueTraits<DateTime> {
    [[nodiscard]] static bool decode(FieldView const& field, DateTime& value) noexcept;
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::datetime, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, DateTime const& value);
};

/// DATE, zero dates included. A DATETIME has to be at midnight.
template <>
struct ValueTraits<std::chrono::year_month_day> {
    [[nodiscard]] static bool decode(FieldView const& field,
                                     std::chrono::year_month_day& value) noexcept;
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return ValueTraits<DateTime>::accepts(field);
    }

    static constexpr ParameterType parameter_type{ColumnType::date, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer,
                                     std::chrono::year_month_day const& value);
};

/// YEAR, and integers. The years 1 to 99 cannot be parameters: a server takes them for years of two digits.
template <>
struct ValueTraits<std::chrono::year> {
    [[nodiscard]] static bool decode(FieldView const& field, std::chrono::year& value) noexcept;
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept;

    static constexpr ParameterType parameter_type{ColumnType::small_int, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, std::chrono::year value);
};

namespace detail {

/// A TIME in microseconds, in whatever form.
/// @return false if it is none
[[nodiscard]] bool read_time(FieldView const& field, std::int64_t& microseconds) noexcept;
[[nodiscard]] bool holds_times(FieldView const& field) noexcept;
[[nodiscard]] bool send_time(WireWriter& writer, std::int64_t microseconds);

/// A date and time in microseconds since 1970, in whatever form.
/// @return false if it is none, or no day of the calendar
[[nodiscard]] bool read_epoch(FieldView const& field, std::int64_t& microseconds) noexcept;
[[nodiscard]] bool send_epoch(WireWriter& writer, std::int64_t microseconds);

} // namespace detail

/// TIME.
template <detail::IntegralDuration D>
struct ValueTraits<D> {
    [[nodiscard]] static bool decode(FieldView const& field, D& value) noexcept
    {
        std::int64_t microseconds = 0;
        return detail::read_time(field, microseconds) &&
               detail::from_microseconds(microseconds, value);
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_times(field);
    }

    static constexpr ParameterType parameter_type{ColumnType::time, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, D value)
    {
        std::int64_t microseconds = 0;
        return detail::to_microseconds(value, microseconds) &&
               detail::send_time(writer, microseconds);
    }
};

/// DATE, DATETIME and TIMESTAMP as a point in time or on the calendar.
template <class Clock, detail::IntegralDuration D>
    requires std::same_as<Clock, std::chrono::system_clock> ||
        std::same_as<Clock, std::chrono::local_t>
struct ValueTraits<std::chrono::time_point<Clock, D>> {
    [[nodiscard]] static bool decode(FieldView const& field,
                                     std::chrono::time_point<Clock, D>& value) noexcept
    {
        std::int64_t microseconds = 0;
        D since{};
        if (!detail::read_epoch(field, microseconds) ||
            !detail::from_microseconds(microseconds, since))
            return false;
        value = std::chrono::time_point<Clock, D>{since};
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return ValueTraits<DateTime>::accepts(field);
    }

    static constexpr ParameterType parameter_type{ColumnType::datetime, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer,
                                     std::chrono::time_point<Clock, D> value)
    {
        std::int64_t microseconds = 0;
        return detail::to_microseconds(value.time_since_epoch(), microseconds) &&
               detail::send_epoch(writer, microseconds);
    }
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/temporal.ipp>
#endif

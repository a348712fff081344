#pragma once

#include <sealsql/detail/config.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// How one C++ type is read from one SQL value. Specialise it to read a type of your own:
///
/// ```
/// template <> struct sealsql::ValueTraits<Colour> {
///     static bool from_text(std::string_view text, Colour& value);  // false: not a Colour
/// };
/// ```
///
/// NULL never comes here: a column that may be NULL is read into `std::optional<T>`.
template <class T>
struct ValueTraits;

/// A type that one SQL value can be read into.
template <class T>
concept ReadableValue = !std::is_const_v<T> && requires(std::string_view text, T& value)
{
    {
        ValueTraits<T>::from_text(text, value)
        } -> std::same_as<bool>;
};

namespace detail {

/// Integers, without the character types: those hold text, and a number in one is a mistake.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

} // namespace detail

/// Integers of every width; a value that does not fit is an error, never cut.
template <detail::Integer T>
struct ValueTraits<T> {
    [[nodiscard]] static bool from_text(std::string_view text, T& value) noexcept
    {
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size();
    }
};

/// `BOOL` is an integer in MySQL: zero is false, all else true. BIT(1) comes as one raw byte.
template <>
struct ValueTraits<bool> {
    [[nodiscard]] static bool from_text(std::string_view text, bool& value) noexcept
    {
        if (text.size() == 1 && (text[0] == '\0' || text[0] == '\1')) {
            value = text[0] == '\1';
            return true;
        }
        long long number = 0;
        unsigned long long large = 0; // what only BIGINT UNSIGNED holds
        if (!ValueTraits<long long>::from_text(text, number) &&
            !ValueTraits<unsigned long long>::from_text(text, large))
            return false;
        value = number != 0 || large != 0;
        return true;
    }
};

/// Floating-point numbers, to the nearest that T can hold.
template <std::floating_point T>
struct ValueTraits<T> {
    [[nodiscard]] static bool from_text(std::string_view text, T& value) noexcept
    {
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        return error == std::errc{} && end == text.data() + text.size();
    }
};

/// Any value, as the server writes it.
template <>
struct ValueTraits<std::string> {
    [[nodiscard]] static bool from_text(std::string_view text, std::string& value)
    {
        value.assign(text);
        return true;
    }
};

/// Any value without a copy: a view that is valid until the next row is read.
template <>
struct ValueTraits<std::string_view> {
    [[nodiscard]] static bool from_text(std::string_view text, std::string_view& value) noexcept
    {
        value = text;
        return true;
    }
};

/// The bytes of a BLOB or BINARY.
template <class Allocator>
struct ValueTraits<std::vector<std::byte, Allocator>> {
    [[nodiscard]] static bool from_text(std::string_view text,
                                        std::vector<std::byte, Allocator>& value)
    {
        value.resize(text.size());
        if (!text.empty())
            std::memcpy(value.data(), text.data(), text.size());
        return true;
    }
};

namespace detail {

template <class T>
struct OptionalValue : std::false_type {
    using Value = T;
};

template <class T>
struct OptionalValue<std::optional<T>> : std::true_type {
    using Value = T;
};

template <class T>
inline constexpr bool is_optional = OptionalValue<T>::value;

/// A value, or an optional one.
template <class T>
concept ReadableField = !std::is_const_v<T> && ReadableValue<typename OptionalValue<T>::Value>;

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

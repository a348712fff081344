#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/field_view.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// How one C++ type is read from SQL values and sent as one. Specialise it for a type of your own by naming a
/// type that sealsql knows, and how to get from one to the other:
///
/// ```
/// template <> struct sealsql::ValueTraits<Colour> {
///     using Wire = std::string_view;
///     static bool from_wire(std::string_view text, Colour& value);  // false: not a Colour
///     static std::string_view to_wire(Colour const& value);         // only if it is sent
/// };
/// ```
///
/// It then works in both protocols and in both directions. NULL never comes here: a column that may be
/// NULL is read into `std::optional<T>`.
///
/// The types that sealsql knows by itself have, instead of these, `decode()` from a FieldView, `accepts()`
/// for the columns that an aggregate's field may have, and `encode()` with `parameter_type`.
template <class T>
struct ValueTraits;

/// The type that a parameter is sent as.
struct ParameterType {
    ColumnType type = ColumnType::null;
    bool is_unsigned = false;
};

namespace detail {

/// A type of the user's, by way of one of ours.
template <class T>
concept MappedValue = requires
{
    typename ValueTraits<T>::Wire;
};

template <class T>
concept DecodedValue = requires(FieldView const& field, T& value)
{
    {
        ValueTraits<T>::decode(field, value)
        } -> std::same_as<bool>;
};

template <class T>
concept MappedFromValue = MappedValue<T> &&
    requires(typename ValueTraits<T>::Wire const& wire, T& value)
{
    {
        ValueTraits<T>::from_wire(wire, value)
        } -> std::same_as<bool>;
};

template <class T>
concept EncodedValue = requires(WireWriter& writer, T const& value)
{
    {
        ValueTraits<T>::encode(writer, value)
        } -> std::same_as<bool>;
};

template <class T>
concept MappedToValue = MappedValue<T> && requires(T const& value)
{
    {
        ValueTraits<T>::to_wire(value)
        } -> std::convertible_to<typename ValueTraits<T>::Wire>;
};

} // namespace detail

/// A type that one SQL value can be read into.
template <class T>
concept ReadableValue =
    !std::is_const_v<T> && (detail::DecodedValue<T> || detail::MappedFromValue<T>);

namespace detail {

/// @return false if the value is not one of T's
template <class T>
[[nodiscard, gnu::always_inline]] inline bool decode_value(FieldView const& field, T& value)
{
    if constexpr (MappedValue<T>) {
        typename ValueTraits<T>::Wire wire{};
        return decode_value(field, wire) && ValueTraits<T>::from_wire(wire, value);
    } else {
        return ValueTraits<T>::decode(field, value);
    }
}

/// Whether values of the column can be T's at all, by its type.
template <class T>
[[nodiscard]] bool accepts_column(FieldView const& field)
{
    if constexpr (MappedValue<T>)
        return accepts_column<typename ValueTraits<T>::Wire>(field);
    else if constexpr (requires { ValueTraits<T>::accepts(field); })
        return ValueTraits<T>::accepts(field);
    else
        return true;
}

/// @return false if no column can hold the value
template <class T>
[[nodiscard]] bool encode_value(WireWriter& writer, T const& value)
{
    if constexpr (MappedValue<T>)
        return encode_value<typename ValueTraits<T>::Wire>(writer, ValueTraits<T>::to_wire(value));
    else
        return ValueTraits<T>::encode(writer, value);
}

template <class T>
[[nodiscard]] constexpr ParameterType parameter_type_of() noexcept
{
    if constexpr (MappedValue<T>)
        return parameter_type_of<typename ValueTraits<T>::Wire>();
    else
        return ValueTraits<T>::parameter_type;
}

template <class T>
inline constexpr ParameterType parameter_type = parameter_type_of<T>();

/// Integers, without the character types: those hold text, and a number in one is a mistake.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                  !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                  !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

/// A whole number of 64 bits, signed or not.
struct WholeNumber {
    std::uint64_t bits = 0;
    bool is_negative = false;
};

/// The whole number that a field holds, in whatever form.
/// @return false if it holds none
[[nodiscard]] bool read_whole_number(FieldView const& field, WholeNumber& number) noexcept;

/// The number that a field holds, in whatever form.
/// @return false if it holds none
[[nodiscard]] bool read_number(FieldView const& field, double& number) noexcept;
[[nodiscard]] bool read_number(FieldView const& field, float& number) noexcept;
[[nodiscard]] bool read_number(FieldView const& field, long double& number) noexcept;

[[nodiscard]] bool holds_whole_numbers(Column const& column) noexcept;
[[nodiscard]] bool holds_numbers(Column const& column) noexcept;

/// A field's bytes as a number of their size.
template <class Number>
[[nodiscard]] Number load(FieldView const& field) noexcept
{
    Number number;
    std::memcpy(&number, field.data(), sizeof number);
    return number;
}

/// Appends a value as the server writes it in text.
void append_text(std::string& text, FieldView const& field);

/// Bytes in a row.
template <class T>
concept ByteRange = requires(T const& range)
{
    {
        range.data()
        } -> std::same_as<std::byte const*>;
    {
        range.size()
        } -> std::convertible_to<std::size_t>;
};

} // namespace detail

/// Integers of every width; a value that does not fit is an error, never cut.
template <detail::Integer T>
struct ValueTraits<T> {
    [[nodiscard]] static bool decode(FieldView const& field, T& value) noexcept
    {
        // The commonest first: a column of this very type.
        constexpr WireForm own_form =
            sizeof(T) == 8   ? (std::is_signed_v<T> ? WireForm::int64 : WireForm::uint64)
            : sizeof(T) == 4 ? (std::is_signed_v<T> ? WireForm::int32 : WireForm::uint32)
            : sizeof(T) == 2 ? (std::is_signed_v<T> ? WireForm::int16 : WireForm::uint16)
                             : (std::is_signed_v<T> ? WireForm::int8 : WireForm::uint8);
        if (field.form() == own_form) {
            value = detail::load<T>(field);
            return true;
        }
        detail::WholeNumber number;
        if (!detail::read_whole_number(field, number))
            return false;
        auto const narrowed = static_cast<T>(number.bits);
        if (static_cast<std::uint64_t>(narrowed) != number.bits ||
            (narrowed < T{}) != number.is_negative)
            return false;
        value = narrowed;
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_whole_numbers(field.column());
    }

    static constexpr ParameterType parameter_type{sizeof(T) == 8   ? ColumnType::big_int
                                                  : sizeof(T) == 4 ? ColumnType::integer
                                                  : sizeof(T) == 2 ? ColumnType::small_int
                                                                   : ColumnType::tiny_int,
                                                  std::is_unsigned_v<T>};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, T value)
    {
        writer.integer<sizeof(T)>(static_cast<std::uint64_t>(value));
        return true;
    }
};

/// `BOOL` is an integer in MySQL: zero is false, all else true. BIT(1) comes as one raw byte.
template <>
struct ValueTraits<bool> {
    [[nodiscard]] static bool decode(FieldView const& field, bool& value) noexcept
    {
        detail::WholeNumber number;
        if (!detail::read_whole_number(field, number))
            return false;
        value = number.bits != 0;
        return true;
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_whole_numbers(field.column());
    }

    static constexpr ParameterType parameter_type{ColumnType::tiny_int, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, bool value)
    {
        writer.integer<1>(value ? 1 : 0);
        return true;
    }
};

/// Floating-point numbers, to the nearest that T can hold.
template <std::floating_point T>
struct ValueTraits<T> {
    [[nodiscard]] static bool decode(FieldView const& field, T& value) noexcept
    {
        return detail::read_number(field, value);
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept
    {
        return detail::holds_numbers(field.column());
    }

    static constexpr ParameterType parameter_type{
        sizeof(T) == sizeof(float) ? ColumnType::float_ : ColumnType::double_, false};
    /// Not a number and infinity are no SQL values; a long double would have to be cut.
    [[nodiscard]] static bool encode(detail::WireWriter& writer,
                                     T value) requires(sizeof(T) <= sizeof(double))
    {
        using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
        Bits bits = 0;
        std::memcpy(&bits, &value, sizeof value);
        writer.integer<sizeof bits>(bits);
        return value >= std::numeric_limits<T>::lowest() && value <= std::numeric_limits<T>::max();
    }
};

/// Any value, as the server writes it.
template <>
struct ValueTraits<std::string> {
    [[nodiscard]] static bool decode(FieldView const& field, std::string& value)
    {
        if (field.is_text()) {
            value.assign(field.data(), field.size());
        } else {
            value.clear();
            detail::append_text(value, field);
        }
        return true;
    }

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, std::string const& value)
    {
        writer.length_encoded_text(value);
        return true;
    }
};

/// Any text without a copy: a view that is valid until the next row is read. Of a prepared statement, numbers
/// and times are no texts.
template <>
struct ValueTraits<std::string_view> {
    [[nodiscard]] static bool decode(FieldView const& field, std::string_view& value) noexcept
    {
        value = field.bytes();
        return field.is_text();
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept { return field.is_text(); }

    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, std::string_view value)
    {
        writer.length_encoded_text(value);
        return true;
    }
};

/// Text as a parameter, up to its NUL. A null pointer is an error: NULL is `nullptr` or an empty `std::optional`.
template <>
struct ValueTraits<char const*> {
    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, char const* value)
    {
        if (value == nullptr)
            return false;
        writer.length_encoded_text(value);
        return true;
    }
};

/// A literal, or any array of characters, as a parameter: up to its NUL, or all of it where there is none.
template <std::size_t Size>
struct ValueTraits<char[Size]> {
    static constexpr ParameterType parameter_type{ColumnType::var_string, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, char const (&value)[Size])
    {
        std::string_view const all{value, Size};
        writer.length_encoded_text(all.substr(0, all.find('\0')));
        return true;
    }
};

/// The bytes of a BLOB or BINARY: `std::vector<std::byte>`, which owns them, or a
/// `std::span<std::byte const>`, which is valid until the next row is read. Any range of bytes in a row can be
/// a parameter.
template <detail::ByteRange T>
struct ValueTraits<T> {
    [[nodiscard]] static bool
    decode(FieldView const& field,
           T& value) requires std::is_constructible_v<T, std::byte const*, std::byte const*>
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
        auto const* const bytes = reinterpret_cast<std::byte const*>(field.data());
        value = T(bytes, bytes + field.size());
        return field.is_text();
    }
    [[nodiscard]] static bool accepts(FieldView const& field) noexcept { return field.is_text(); }

    static constexpr ParameterType parameter_type{ColumnType::blob, false};
    [[nodiscard]] static bool encode(detail::WireWriter& writer, T const& value)
    {
        writer.length_encoded_integer(value.size());
        writer.bytes(value.data(), value.size());
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

/// Whether a value of the type is valid until the next row only.
template <class T>
inline constexpr bool is_view = std::is_same_v<T, std::string_view>;
template <ByteRange T>
inline constexpr bool is_view<T> = std::is_trivially_copyable_v<T>&&
    std::is_constructible_v<T, std::byte const*, std::byte const*>;

template <class T>
inline constexpr bool is_null_constant =
    std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::nullopt_t>;

} // namespace detail

/// A type that can be a parameter, other than optional ones and NULL.
template <class T>
concept SendableValue = detail::EncodedValue<T> || detail::MappedToValue<T>;

/// What can stand for a `?`: a value, a `std::optional` of one, or `nullptr` or `std::nullopt` for NULL.
template <class T>
concept Parameter =
    detail::is_null_constant<T> || SendableValue<typename detail::OptionalValue<T>::Value>;

namespace detail {
// clang-format off
/// What functions return that are deleted for types that are no Parameter.
using CannotSend = Because<Sentence{"sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it"}>;
// clang-format on
} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/value.ipp>
#endif

#pragma once

#include <sealsql/detail/aggregate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Out of line, so that each row type does not carry the texts.
[[noreturn, gnu::cold]] void throw_null_value(FieldView const& field, std::size_t index);
[[noreturn, gnu::cold]] void throw_unreadable_value(FieldView const& field, std::size_t index);
[[noreturn, gnu::cold]] void throw_column_count(std::size_t wanted, View<FieldView const> fields);

/// As much of a server's text as helps in a message; the whole might be a megabyte.
[[nodiscard]] std::string shown(std::string_view text);

/// As names of columns are compared: without regard to ASCII case.
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

template <class T>
inline constexpr bool is_tuple = false;
template <class... Fields>
inline constexpr bool is_tuple<std::tuple<Fields...>> = true;

template <class Tuple>
inline constexpr bool all_fields_readable = false;
template <class... Fields>
inline constexpr bool all_fields_readable<std::tuple<Fields...>> =
    (ReadableField<std::remove_reference_t<Fields>> && ...);

template <class Tuple>
inline constexpr bool any_field_is_view = false;
template <class... Fields>
inline constexpr bool any_field_is_view<std::tuple<Fields...>> =
    (is_view<typename OptionalValue<std::remove_cvref_t<Fields>>::Value> || ...);

/// The fields of a row type: of a tuple, of an aggregate, or of a single value.
template <class T>
[[nodiscard]] constexpr auto tie_fields(T& row) noexcept
{
    if constexpr (is_tuple<T>)
        return std::apply([](auto&... fields) { return std::tie(fields...); }, row);
    else if constexpr (ReadableField<T>)
        return std::tie(row);
    else
        return tie_members(row);
}

template <class T>
using FieldsOf = decltype(tie_fields(std::declval<T&>()));

template <class T>
concept FieldContainer = is_tuple<T> || ReadableField<T> ||
    (std::is_aggregate_v<T>&& std::is_class_v<T>);

template <class T>
inline constexpr std::size_t field_count = std::tuple_size_v<FieldsOf<T>>;

/// Whether rows are read into the type's members by the names of their columns.
template <class T>
inline constexpr bool is_read_by_name = std::is_aggregate_v<T> && !is_tuple<T> && !ReadableField<T>;

template <class T>
[[gnu::always_inline]] inline void read_field(FieldView const& field, std::size_t index, T& value)
{
    static_assert(ReadableField<T>,
                  "sealsql cannot read a column into this type: use an integer, floating-point "
                  "number, bool, std::string, std::string_view or std::vector<std::byte>, a "
                  "std::optional of one of them, include <sealsql/types.hpp> for dates, DECIMAL, "
                  "enums and more, or specialise sealsql::ValueTraits for it");
    if constexpr (is_optional<T>) {
        if (field.is_null()) {
            value.reset();
            return;
        }
        if (!decode_value(field, value ? *value : value.emplace()))
            throw_unreadable_value(field, index);
    } else {
        if (field.is_null())
            throw_null_value(field, index);
        if (!decode_value(field, value))
            throw_unreadable_value(field, index);
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/read_row.ipp>
#endif

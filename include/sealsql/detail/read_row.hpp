#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/aggregate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Out of line, so that each row type does not carry the texts.
[[noreturn]] void throw_null_value(Column const& column, std::size_t index);
[[noreturn]] void throw_unreadable_value(Column const& column, std::size_t index,
                                         std::string_view text);
[[noreturn]] void throw_column_count(std::size_t wanted, Columns const& columns);

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
    (std::is_same_v<typename OptionalValue<std::remove_cvref_t<Fields>>::Value, std::string_view> ||
     ...);

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

template <class T>
void read_field(Cell const& cell, Columns const& columns, std::size_t index, T& value)
{
    static_assert(ReadableField<T>,
                  "sealsql cannot read a column into this type: use an integer, floating-point "
                  "number, bool, std::string, std::string_view or std::vector<std::byte>, a "
                  "std::optional of one of them, or specialise sealsql::ValueTraits for it");
    if constexpr (is_optional<T>) {
        if (cell.is_null()) {
            value.reset();
            return;
        }
        if (!ValueTraits<typename OptionalValue<T>::Value>::from_text(
                cell.text(), value ? *value : value.emplace()))
            throw_unreadable_value(columns[index], index, cell.text());
    } else {
        if (cell.is_null())
            throw_null_value(columns[index], index);
        if (!ValueTraits<T>::from_text(cell.text(), value))
            throw_unreadable_value(columns[index], index, cell.text());
    }
}

/// @pre `cells.size() == field_count<T>`
template <class T>
void read_row(View<Cell const> cells, Columns const& columns, T& row)
{
    auto fields = tie_fields(row);
    [&]<std::size_t... Indices>(std::index_sequence<Indices...>)
    {
        (read_field(cells[Indices], columns, Indices, std::get<Indices>(fields)), ...);
    }
    (std::make_index_sequence<field_count<T>>{});
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/read_row.ipp>
#endif

#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>

#include <cstddef>

/// @file
/// What the columns of the special types have in common.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Whether values are strings: characters, or bytes if `is_binary`. NULL without a type counts as everything.
[[nodiscard]] inline bool holds_strings(Column const& column) noexcept
{
    switch (column.type) {
    case ColumnType::null:
    case ColumnType::enumeration:
    case ColumnType::set:
    case ColumnType::tiny_blob:
    case ColumnType::medium_blob:
    case ColumnType::long_blob:
    case ColumnType::blob:
    case ColumnType::var_string:
    case ColumnType::string:
        return true;
    default:
        return false;
    }
}

/// Whether values are strings of bytes.
[[nodiscard]] inline bool holds_binary(Column const& column) noexcept
{
    return column.is_binary && holds_strings(column);
}

/// Whether values are integers, in whatever form.
[[nodiscard]] inline bool holds_integers(Column const& column) noexcept
{
    switch (column.type) {
    case ColumnType::tiny_int:
    case ColumnType::small_int:
    case ColumnType::medium_int:
    case ColumnType::integer:
    case ColumnType::big_int:
    case ColumnType::year:
        return true;
    default:
        return false;
    }
}

[[nodiscard]] inline Bytes bytes_of(FieldView const& field) noexcept
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
    return {reinterpret_cast<std::byte const*>(field.data()), field.size()};
}

} // namespace sealsql::inline SEALSQL_ABI::detail

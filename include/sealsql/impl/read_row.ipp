#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/printable.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE std::string describe_column(Column const& column, std::size_t index)
{
    return concat({"column ", std::to_string(index + 1), " (", printable(column.name), ")"});
}

SEALSQL_INLINE void throw_null_value(Column const& column, std::size_t index)
{
    throw client_error(error_code::unknown_error,
                       concat({describe_column(column, index),
                               " is NULL, and the field that it is read into cannot be"}),
                       "use std::optional for this field, or COALESCE in the statement", "22002");
}

SEALSQL_INLINE void throw_unreadable_value(Column const& column, std::size_t index,
                                           std::string_view text)
{
    // Part of the value tells what is wrong; the whole might be a megabyte.
    constexpr std::size_t shown = 40;
    throw client_error(error_code::unknown_error,
                       concat({describe_column(column, index), " has the value '",
                               printable(text.substr(0, shown)), (text.size() > shown ? "…" : ""),
                               "', which does not fit the field that it is read into"}),
                       "use a wider or another type for this field", "22018");
}

SEALSQL_INLINE void throw_column_count(std::size_t wanted, Columns const& columns)
{
    std::string names;
    for (Column const& column : columns) {
        names += names.empty() ? " (" : ", ";
        names += printable(column.name);
    }
    if (!names.empty())
        names += ")";
    throw client_error(
        error_code::unknown_error,
        concat({"the row type has ", std::to_string(wanted), " fields, but the statement gives ",
                std::to_string(columns.size()), " columns", names}),
        columns.empty() ? "use execute() for a statement that gives no rows"
                        : "select as many columns as the row type has fields, in its order");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

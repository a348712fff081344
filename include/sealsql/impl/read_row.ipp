#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/value.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE std::string shown(std::string_view text)
{
    constexpr std::size_t most = 64;
    std::size_t end = std::min(most, text.size());
    // Not inside a UTF-8 character.
    while (end < text.size() && end > most - 4 &&
           (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    return concat({printable(text.substr(0, end)), end < text.size() ? "…" : ""});
}

[[nodiscard]] SEALSQL_INLINE std::string describe_column(Column const& column, std::size_t index)
{
    return concat({"column ", std::to_string(index + 1), " (", shown(column.name), ")"});
}

SEALSQL_INLINE bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept
{
    auto const lower = [&](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    bool equal = left.size() == right.size();
    for (std::size_t i = 0; equal && i < left.size(); ++i)
        equal = lower(left[i]) == lower(right[i]);
    return equal;
}

SEALSQL_INLINE void throw_null_value(FieldView const& field, std::size_t index)
{
    throw client_error(error_code::unknown_error,
                       concat({describe_column(field.column(), index),
                               " is NULL, and the field that it is read into cannot be"}),
                       "use std::optional for this field, or COALESCE in the statement", "22002");
}

SEALSQL_INLINE void throw_unreadable_value(FieldView const& field, std::size_t index)
{
    std::string text;
    append_text(text, field);
    throw client_error(
        error_code::unknown_error,
        concat({describe_column(field.column(), index), " has the value '", shown(text),
                "', which does not fit the field that it is read into"}),
        "use a wider or another type for this field", "22018");
}

SEALSQL_INLINE void throw_column_count(std::size_t wanted, View<FieldView const> fields)
{
    constexpr std::size_t most_names = 8;
    std::string names;
    for (std::size_t i = 0; i < fields.size() && i < most_names; ++i) {
        names += names.empty() ? " (" : ", ";
        names += shown(fields[i].column().name);
    }
    if (!names.empty())
        names += fields.size() > most_names ? ", …)" : ")";
    throw client_error(
        error_code::unknown_error,
        concat({"the row type has ", std::to_string(wanted), " fields, but the statement gives ",
                std::to_string(fields.size()), " columns", names}),
        fields.empty() ? "use execute() for a statement that gives no rows"
                       : "select as many columns as the row type has fields, in its order");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

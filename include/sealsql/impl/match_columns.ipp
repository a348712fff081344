#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/match_columns.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE bool names_column(std::string_view member,
                                               std::string_view column) noexcept
{
    return equal_ignoring_case(member, column) ||
           (member.ends_with('_') &&
            equal_ignoring_case(member.substr(0, member.size() - 1), column));
}

SEALSQL_INLINE void match_columns(View<MemberOfRow const> members, View<FieldView const> fields,
                                  std::uint16_t* positions)
{
    std::string mismatches;
    std::size_t count = 0;
    auto const mismatch = [&](std::string_view one, std::string_view name, std::string_view other) {
        constexpr std::size_t most = 16;
        if (++count > most)
            return;
        mismatches += mismatches.empty() ? "" : "; ";
        mismatches += one;
        mismatches += shown(name);
        mismatches += other;
    };
    // Mostly the columns are the members, in their order: this is done at each execution, and must not cost members times
    // columns.
    bool are_same = members.size() == fields.size();
    for (std::size_t i = 0; are_same && i < fields.size(); ++i)
        are_same = members[i].name == fields[i].column().name && !members[i].name.ends_with('_');
    for (std::size_t m = 0; m < members.size(); ++m) {
        MemberOfRow const& member = members[m];
        std::size_t found = 0;
        if (are_same) {
            positions[m] = static_cast<std::uint16_t>(m);
            found = 1;
        }
        for (std::size_t i = 0; !are_same && i < fields.size(); ++i) {
            if (!names_column(member.name, fields[i].column().name))
                continue;
            positions[m] = static_cast<std::uint16_t>(i);
            ++found;
        }
        if (found == 0) {
            mismatch("no column has the name of the member ", member.name, "");
            continue;
        }
        if (found > 1) {
            mismatch("several columns have the name of the member ", member.name, "");
            continue;
        }
        FieldView const& field = fields[positions[m]];
        Column const& column = field.column();
        if (!member.accepts(field))
            mismatch("the member ", member.name,
                     concat({" cannot hold a column of type ", to_string(column.type),
                             column.is_unsigned ? " unsigned" : ""}));
        if (column.nullable && !member.may_be_null)
            mismatch("the member ", member.name, " cannot be NULL, and its column may be");
    }
    for (std::size_t i = 0; !are_same && i < fields.size(); ++i) {
        bool has_member = false;
        for (MemberOfRow const& member : members)
            has_member = has_member || names_column(member.name, fields[i].column().name);
        if (!has_member)
            mismatch("no member has the name of the column ", fields[i].column().name, "");
    }
    if (count != 0)
        throw client_error(
            error_code::unknown_error,
            concat({"the row type and the statement do not fit each other: ", mismatches}),
            fields.empty()
                ? "use execute() for a statement that gives no rows"
                : "give columns the members' names with AS, select as many, and use std::optional for "
                  "those that may be NULL",
            "07006");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/sql_scanner.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/match_columns.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/named_parameters.hpp>
#include <sealsql/prepared_statement.hpp>
#include <sealsql/sql.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The member with this very name, or else the one that stands for it; their number if there is none.
[[nodiscard]] SEALSQL_INLINE std::size_t find_member(View<std::string_view const> members,
                                                     std::string_view name) noexcept
{
    std::size_t found = members.size();
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (members[i] == name)
            return i;
        if (found == members.size() && names_column(members[i], name))
            found = i;
    }
    return found;
}

SEALSQL_INLINE std::string take_names(std::string_view sql, View<std::string_view const> members,
                                      List<std::uint16_t>& order)
{
    std::string text;
    text.reserve(sql.size());
    std::string problems;
    std::size_t count = 0;
    auto const mismatch = [&](std::string_view one, std::string_view name, std::string_view other) {
        constexpr std::size_t most = 16;
        if (++count > most)
            return;
        problems += problems.empty() ? "" : "; ";
        problems += one;
        problems += shown(name);
        problems += other;
    };
    List<bool> is_used;
    is_used.resize(members.size());
    SqlScanner scanner{sql};
    std::size_t copied = 0;
    while (scanner.next()) {
        if (scanner.mark() == '?') {
            mismatch("a ", "?", " has no name");
            continue;
        }
        if (scanner.mark() != ':')
            continue;
        std::string_view const name =
            sql.substr(scanner.begin() + 1, scanner.end() - scanner.begin() - 1);
        std::size_t const found = find_member(members, name);
        if (found == members.size()) {
            mismatch("no member has the name of :", name, "");
            continue;
        }
        is_used[found] = true;
        order.push_back(static_cast<std::uint16_t>(found));
        text.append(sql, copied, scanner.begin() - copied).append(1, '?');
        copied = scanner.end();
    }
    require_no(scanner.problem());
    for (std::size_t i = 0; i < members.size(); ++i)
        if (!is_used[i])
            mismatch("the statement does not name the member ", members[i], "");
    if (count != 0)
        throw client_error(
            error_code::unknown_error,
            concat({"the object and the statement do not fit each other: ", problems,
                    "; nothing was sent"}),
            "give the statement a :name for each member, and the type a member for each :name",
            "07001");
    text.append(sql, copied);
    return text;
}

SEALSQL_INLINE Error error_of_member(Error const& error, std::string_view member)
{
    return client_error(error.code(), concat({"the member ", member, ": ", error.message()}),
                        error.remedy(), error.sqlstate());
}

SEALSQL_INLINE PreparedStatement prepare_checked(Connection& connection, std::string_view sql)
{
    require_safe_character_set(SessionAccess::session(connection), sql);
    return connection.prepare(Sql::unchecked(sql));
}

SEALSQL_INLINE ResultStream run_prepared(PreparedStatement const& statement,
                                         Arguments const& arguments)
{
    return ResultStream{SessionAccess::session(statement), SessionAccess::statement(statement),
                        arguments};
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/results.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE void Results::start(Connection& connection, std::string_view sql)
{
    stream_ = detail::ResultStream{detail::SessionAccess::session(connection), sql};
}

SEALSQL_INLINE void Results::start(Connection& connection, std::string_view sql,
                                   detail::Arguments const& arguments)
{
    stream_ = detail::ResultStream{detail::SessionAccess::session(connection), sql, arguments};
}

SEALSQL_INLINE Results::Results(Connection& connection, BoundSql const& statement)
{
    detail::require_safe_character_set(detail::SessionAccess::session(connection),
                                       statement.text());
    if (statement.size() == 0)
        start(connection, statement.text());
    else
        start(connection, statement.text(), statement.arguments());
}

SEALSQL_INLINE void Results::start(PreparedStatement& statement, detail::Arguments const& arguments)
{
    stream_ = detail::ResultStream{detail::SessionAccess::session(statement),
                                   detail::SessionAccess::statement(statement), arguments};
}

SEALSQL_INLINE ExecuteResult Results::done() const
{
    detail::Completion const& completion = stream_.completion();
    return {.affected_rows = completion.affected_rows,
            .last_insert_id = completion.last_insert_id,
            .warning_count = completion.warnings,
            .info = stream_.info()};
}

SEALSQL_INLINE void Results::move_to_out_parameters()
{
    if (!stream_.has_out_parameters() &&
        !stream_.next_result(detail::ResultStream::Wanted::out_parameters))
        throw detail::client_error(
            detail::error_code::unknown_error, "the statement gives no OUT or INOUT parameters",
            "let those of the procedure stand as ? in a CALL, with a value, such as nullptr, for "
            "each");
}

} // namespace sealsql::inline SEALSQL_ABI

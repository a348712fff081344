#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/sql_scanner.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void refuse_sql(SqlProblem problem)
{
    if (problem != SqlProblem::none)
        throw client_error(error_code::unknown_error,
                           concat({"the SQL ", to_text(problem), "; nothing was sent"}),
                           "write it so that it means the same to every server", "42000");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>

#include <cstddef>
#include <string>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void throw_unsendable_parameter(std::size_t index)
{
    throw client_error(error_code::unknown_error,
                       concat({"parameter ", std::to_string(index + 1),
                               " has a value that no column can hold; nothing was sent"}),
                       "check the range of its type in the server's manual", "22003");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/pool_options.hpp>

#include <chrono>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE void check(PoolOptions const& options)
{
    auto const refuse = [](char const* message, char const* remedy) {
        throw detail::client_error(detail::error_code::unknown_error, message, remedy);
    };
    if (options.max_size == 0 || options.max_size > 100'000)
        refuse("PoolOptions::max_size is not between 1 and 100,000",
               "give the most connections that the server has for this program");
    if (options.min_size > options.max_size)
        refuse("PoolOptions::min_size is more than .max_size", "raise .max_size");
    constexpr std::chrono::milliseconds longest = std::chrono::hours{24 * 365};
    for (auto const time : {options.acquire_timeout, options.idle_timeout, options.max_lifetime,
                            options.validate_after, options.return_timeout, options.leak_after}) {
        if (time < std::chrono::milliseconds::zero() || time > longest)
            refuse("a time in PoolOptions is negative or longer than a year",
                   "give a time between; what zero means stands with each member");
    }
    if (options.return_timeout == std::chrono::milliseconds::zero())
        refuse("PoolOptions::return_timeout is zero, in which no session can be put in order",
               "give it the longest that returning a connection may take");
}

} // namespace sealsql::inline SEALSQL_ABI

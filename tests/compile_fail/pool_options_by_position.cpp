// expect: options are given by name: {.max_size = 8} says what the 8 is

#include <sealsql/pool.hpp>

void go(sealsql::ConnectionOptions const& options)
{
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::ConnectionPool const pool{options, {.max_size = 8}};
#else
    // The 8 would be the first member, whichever that is.
    sealsql::ConnectionPool const pool{options, {8}};
#endif
}

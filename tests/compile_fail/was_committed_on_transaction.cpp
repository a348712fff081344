// expect: RetryPolicy::was_committed takes a Connection& and returns a bool: (&)(sealsql::Connection& db) { return ...; }

#include <sealsql/retry.hpp>

// Named while the policy is made, as most are.
sealsql::RetryPolicy go()
{
#if defined(SEALSQL_TEST_CONTROL)
    return {.was_committed = [](sealsql::Connection&) { return true; }};
#else
    return {.was_committed = [](sealsql::Transaction&) { return true; }};
#endif
}

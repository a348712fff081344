// expect: RetryPolicy::was_committed takes a Connection& and returns a bool: (&)(sealsql::Connection& db) { return ...; }

#include <sealsql/retry.hpp>

// Whether it was found is the point.
void go(sealsql::RetryPolicy& policy)
{
#if defined(SEALSQL_TEST_CONTROL)
    policy.was_committed = [](sealsql::Connection& db) {
        return db.execute("DO 1").affected_rows == 1;
    };
#else
    policy.was_committed = [](sealsql::Connection& db) { db.execute("DO 1"); };
#endif
}

// expect: the work of run_repeatable() takes a Connection&, and nothing else: (&)(sealsql::Connection& db) { ... }

#include <sealsql/retry.hpp>

// It begins none.
void go(sealsql::ConnectionOptions const& options)
{
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::run_repeatable(options, [](sealsql::Connection& db) { db.execute("DO 1"); });
#else
    sealsql::run_repeatable(options, [](sealsql::Transaction& tx) { tx.execute("DO 1"); });
#endif
}

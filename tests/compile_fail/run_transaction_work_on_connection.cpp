// expect: the work of run_transaction() takes a Transaction&, and nothing else: (&)(sealsql::Transaction& tx) { ... }

#include <sealsql/retry.hpp>

// A Transaction watches what becomes of it.
void go(sealsql::SingleServer& server)
{
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::run_transaction(server, [](sealsql::Transaction& tx) { tx.execute("DO 1"); });
#else
    sealsql::run_transaction(server, [](sealsql::Connection& db) { db.execute("DO 1"); });
#endif
}

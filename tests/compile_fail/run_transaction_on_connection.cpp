// expect: the first argument says where connections come from: a ConnectionPool, a ConnectionSource or
// ConnectionOptions (of a builder: its options()); a Connection could not be replaced
#include <sealsql/retry.hpp>

// What it needs is a fresh connection when this one is lost.
void go(sealsql::Connection& db, sealsql::ConnectionOptions const& options)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db);
    sealsql::run_transaction(options, [](sealsql::Transaction& tx) { tx.execute("DO 1"); });
#else
    static_cast<void>(options);
    sealsql::run_transaction(db, [](sealsql::Transaction& tx) { tx.execute("DO 1"); });
#endif
}

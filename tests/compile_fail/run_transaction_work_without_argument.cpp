// expect: the work of run_transaction() takes a Transaction&, and nothing else: (&)(sealsql::Transaction& tx) { ... }

#include <sealsql/retry.hpp>

// What it did would not be in the transaction.
void go(sealsql::ConnectionOptions const& options)
{
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::run_transaction(options, [](sealsql::Transaction&) {});
#else
    sealsql::run_transaction(options, [] {});
#endif
}

// expect: a Transaction begins on a Connection: of what a pool lends, write Transaction tx{*db}
#include <sealsql/pool.hpp>
#include <sealsql/transaction.hpp>

// It is not the connection, but who brings it back.
void go(sealsql::ConnectionPool& pool)
{
    auto db = pool.acquire();
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::Transaction tx{*db};
#else
    sealsql::Transaction tx{db};
#endif
    tx.commit();
}

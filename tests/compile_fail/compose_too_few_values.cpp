// expect: has another number of places for values than there are values
#include <sealsql/compose.hpp>
#include <sealsql/connection.hpp>

void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute(sealsql::compose("SELECT ?, ?", 1, 2));
#else
    db.execute(sealsql::compose("SELECT ?, ?", 1));
#endif
}

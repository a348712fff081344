// expect: the server counts in microseconds at the finest, and what is finer would be cut off
// in silence: say how it is to be rounded
#include <sealsql/connection.hpp>
#include <sealsql/temporal.hpp>

#include <chrono>

void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute("INSERT INTO t VALUES (?)",
               std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
#else
    db.execute("INSERT INTO t VALUES (?)", std::chrono::system_clock::now());
#endif
}

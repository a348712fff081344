// expect: the rows would outlive their Results: give that a name
#include <sealsql/results.hpp>

// What the rows are read from is gone before the first of them.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::Results results{db, "SELECT 1"};
    for (int const number : results.rows<int>())
        static_cast<void>(number);
#else
    for (int const number : sealsql::Results{db, "SELECT 1"}.rows<int>())
        static_cast<void>(number);
#endif
}

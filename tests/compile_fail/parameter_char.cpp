// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/connection.hpp>

// A character is text or a number: unclear, so it has to be said.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_value<int>("SELECT ?", "7"));
#else
    static_cast<void>(db.query_value<int>("SELECT ?", '7'));
#endif
}

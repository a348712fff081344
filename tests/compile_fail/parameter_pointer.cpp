// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/connection.hpp>

// A pointer has no meaning to a server, and would else be a bool.
void go(sealsql::Connection& db, int const* number)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_one<int>("SELECT ?", *number));
#else
    static_cast<void>(db.query_one<int>("SELECT ?", number));
#endif
}

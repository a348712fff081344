// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/connection.hpp>

// It would have to be cut.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query("SELECT ?", 1.0));
#else
    static_cast<void>(db.query("SELECT ?", 1.0L));
#endif
}

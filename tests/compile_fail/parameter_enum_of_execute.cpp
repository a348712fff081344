// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/connection.hpp>

enum Colour { red, green };

// An old enum does not become an integer on its way to the server.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute("DO ?", 1);
#else
    db.execute("DO ?", red);
#endif
}

// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/connection.hpp>

enum class Colour { red, green };

// An enum could stand for its number or its name: whoever wants one of them says so.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query("SELECT ?", 1));
#else
    static_cast<void>(db.query("SELECT ?", Colour::red));
#endif
}

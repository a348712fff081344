// expect: sealsql cannot read a row into this type

#include <sealsql/connection.hpp>

enum class Colour { red, green };

// A wrong type gets a sentence, also as the whole row.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_all<int>("SELECT 1"));
#else
    static_cast<void>(db.query_all<Colour>("SELECT 1"));
#endif
}

// expect: sealsql can take apart an aggregate of 1 to 52 members

#include <sealsql/connection.hpp>

struct One {
    int id;
};
struct Nothing {};

// Nothing to read into.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query<One>("SELECT 1"));
#else
    static_cast<void>(db.query<Nothing>("SELECT 1"));
#endif
}

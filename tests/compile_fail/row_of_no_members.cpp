// expect: a row can be read into an aggregate of 1 to 32 members; use a tuple or Row

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

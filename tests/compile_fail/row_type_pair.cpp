// expect: sealsql cannot read a row into this type

#include <sealsql/connection.hpp>

#include <tuple>
#include <utility>

// Close to a tuple, and not one.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_all<std::tuple<int, int>>("SELECT 1, 2"));
#else
    static_cast<void>(db.query_all<std::pair<int, int>>("SELECT 1, 2"));
#endif
}

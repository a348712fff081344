// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/connection.hpp>

struct Point {
    int x;
    int y;
};

// Also where it is one of several.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_all<int>("SELECT ? + ?", 1, 2));
#else
    static_cast<void>(db.query_all<int>("SELECT ? + ?", 1, Point{2, 3}));
#endif
}

// expect: sealsql cannot take apart an aggregate that has an array of char or bytes: use std::string
#include <sealsql/connection.hpp>

#include <string>

struct Good {
    std::string name;
};
struct Bad {
    char name[200];
};

// It is not too many members.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query<Good>("SELECT name FROM t"));
#else
    static_cast<void>(db.query<Bad>("SELECT name FROM t"));
#endif
}

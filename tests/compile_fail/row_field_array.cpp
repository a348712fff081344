// expect: sealsql cannot take apart an aggregate that has an array of char or bytes: use std::string
#include <sealsql/connection.hpp>

#include <cstdint>
#include <string>

struct Good {
    int id;
    std::string name;
    std::int8_t level;
    std::uint8_t flags; // alone it is a number
};
struct Bad {
    int id;
    char name[20];
    std::int8_t level;
    std::uint8_t flags;
};

// As C has its texts.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query<Good>("SELECT id, name, level, flags FROM t"));
#else
    static_cast<void>(db.query<Bad>("SELECT id, name, level, flags FROM t"));
#endif
}

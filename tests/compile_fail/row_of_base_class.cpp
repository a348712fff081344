// expect: sealsql cannot take apart an aggregate that has a base class: write the members of the base class into it, or use a
// tuple or Row

#include <sealsql/connection.hpp>

#include <string>

struct Named {
    std::string name;
};
struct Flat {
    std::string name;
    int id;
};
struct Derived : Named {
    int id;
};

// No structured binding leads to the members of both.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query<Flat>("SELECT 'a' AS name, 1 AS id"));
#else
    static_cast<void>(db.query<Derived>("SELECT 'a' AS name, 1 AS id"));
#endif
}

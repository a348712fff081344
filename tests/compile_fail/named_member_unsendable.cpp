// expect: sealsql cannot send one of this type's members as a parameter
#include <sealsql/connection.hpp>
#include <sealsql/named_parameters.hpp>

struct Letter {
    int id;
#if defined(SEALSQL_TEST_CONTROL)
    int grade;
#else
    char grade;
#endif
};

void go(sealsql::Connection& db, Letter const& letter)
{
    db.execute(sealsql::named("UPDATE t SET grade = :grade WHERE id = :id", letter));
}

// expect: SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold
// anything that came from outside
#include <sealsql/connection.hpp>

// A pointer is no literal, even if it points to one.
void go(sealsql::Connection& db, char const* statement)
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute(sealsql::Sql::unchecked(statement));
#else
    db.execute(statement);
#endif
}

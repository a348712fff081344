// expect: SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold
// anything that came from outside
#include <sealsql/connection.hpp>

// An array that can be written to was written to: by snprintf(), say.
void go(sealsql::Connection& db, char (&buffer)[64])
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute(sealsql::Sql::unchecked(buffer));
#else
    db.execute(buffer);
#endif
}

// expect: SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold
// anything that came from outside
#include <sealsql/connection.hpp>

#include <string>

// How SQL injection is written.
void go(sealsql::Connection& db, std::string const& name)
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute(sealsql::Sql::unchecked("DELETE FROM users WHERE name = '" + name + "'"));
#else
    db.execute("DELETE FROM users WHERE name = '" + name + "'");
#endif
}

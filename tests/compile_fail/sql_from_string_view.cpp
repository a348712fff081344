// expect: SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold
// anything that came from outside
#include <sealsql/connection.hpp>

#include <string_view>

// A view says nothing about where its text came from.
void go(sealsql::Connection& db, std::string_view statement)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query(sealsql::Sql::unchecked(statement)));
#else
    static_cast<void>(db.query(statement));
#endif
}

// expect: has a quote that is not closed
#include <sealsql/compose.hpp>
#include <sealsql/connection.hpp>

#include <string_view>

// Pieces that are quoted by the one before: how a name would become SQL.
void go(sealsql::Connection& db, std::string_view name)
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute(sealsql::compose("SELECT ") + sealsql::identifier(name));
#else
    db.execute(sealsql::compose("SELECT '") + sealsql::identifier(name) + "'");
#endif
}

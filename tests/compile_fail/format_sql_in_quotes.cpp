// expect: has another number of places for values than there are values
#include <sealsql/connection.hpp>
#include <sealsql/format.hpp>

#include <string_view>

// A value between quotes of its own would end them.
void go(sealsql::Connection& db, std::string_view name)
{
#if defined(SEALSQL_TEST_CONTROL)
    db.execute(format_sql(db, "SELECT {}", name));
#else
    db.execute(format_sql(db, "SELECT '{}'", name));
#endif
}

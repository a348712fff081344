// expect: the view would outlive its row: use std::string, or give the row a name
#include <sealsql/connection.hpp>

#include <string>
#include <string_view>

// The row is gone at the end of the line.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    auto const text = db.query_one("SELECT 'a'").get<std::string>(0);
#else
    auto const text = db.query_one("SELECT 'a'").get<std::string_view>(0);
#endif
    static_cast<void>(text);
}

// expect: a std::string_view is valid until the next row only and would dangle here: use
// std::string, or go through the rows with query()
#include <sealsql/connection.hpp>

#include <string>
#include <string_view>

// The row is gone when the call returns.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_value<std::string>("SELECT 'a'"));
#else
    static_cast<void>(db.query_value<std::string_view>("SELECT 'a'"));
#endif
}

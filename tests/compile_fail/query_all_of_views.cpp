// expect: a std::string_view is valid until the next row only and would dangle here: use
// std::string, or go through the rows with query()
#include <sealsql/connection.hpp>

#include <string>
#include <string_view>
#include <tuple>

// The text of a row is gone when the next one is read.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_all<std::tuple<int, std::string>>("SELECT 1, 'a'"));
#else
    static_cast<void>(db.query_all<std::tuple<int, std::string_view>>("SELECT 1, 'a'"));
#endif
}

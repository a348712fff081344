// expect: sealsql cannot read a column into one of this row's fields: use integers, floating-point
// numbers, bool, std::string, std::string_view or std::vector<std::byte>, a std::optional of one of
// them, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise
// sealsql::ValueTraits for the field's type
#include <sealsql/connection.hpp>

#include <tuple>

// A character type holds text, and a number in one is a mistake.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_all<std::tuple<int, signed char>>("SELECT 1, 2"));
#else
    static_cast<void>(db.query_all<std::tuple<int, char>>("SELECT 1, 2"));
#endif
}

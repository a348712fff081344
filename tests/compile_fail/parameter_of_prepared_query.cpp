// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/prepared_statement.hpp>

enum class Colour { red, green };

// A prepared statement says it as well as the connection does.
void go(sealsql::PreparedStatement& statement)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(statement.query_all<int>(1));
#else
    static_cast<void>(statement.query_all<int>(Colour::red));
#endif
}

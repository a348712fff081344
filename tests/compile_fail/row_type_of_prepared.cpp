// expect: sealsql cannot read a row into this type

#include <sealsql/prepared_statement.hpp>

enum class Colour { red, green };

// A prepared statement says it as well as the connection does.
void go(sealsql::PreparedStatement& statement)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(statement.query_one<int>(1));
#else
    static_cast<void>(statement.query_one<Colour>(1));
#endif
}

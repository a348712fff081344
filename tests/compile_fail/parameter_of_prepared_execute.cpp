// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/prepared_statement.hpp>

// A wide text has no character set that the server knows.
void go(sealsql::PreparedStatement& statement)
{
#if defined(SEALSQL_TEST_CONTROL)
    statement.execute("text");
#else
    statement.execute(L"text");
#endif
}

// expect: sealsql cannot send a value of this type as a parameter

#include <sealsql/connection.hpp>

#include <optional>

enum class Colour { red, green };

// What cannot be sent cannot be sent in an optional either.
void go(sealsql::Connection& db)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(db.query_opt<int>("SELECT ?", std::optional{1}));
#else
    static_cast<void>(db.query_opt<int>("SELECT ?", std::optional{Colour::red}));
#endif
}

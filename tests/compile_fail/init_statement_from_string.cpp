// expect: SQL text must be a literal; say sealsql::Sql::unchecked(text) if this text cannot hold
// anything that came from outside
#include <sealsql/connection_builder.hpp>

#include <string>

// An init statement is SQL as well.
void go(sealsql::ConnectionBuilder const& builder, std::string const& zone)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(builder.init_statement(sealsql::Sql::unchecked("SET time_zone = " + zone)));
#else
    static_cast<void>(builder.init_statement("SET time_zone = " + zone));
#endif
}

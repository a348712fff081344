// expect: no login yet: call login(user, password) before options()

#include <sealsql/connection_builder.hpp>

// Options that cannot be connected with are not given out.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").login("app", Secret{"pw"}).options());
#else
    static_cast<void>(ConnectionBuilder::to_host("db").options());
#endif
}

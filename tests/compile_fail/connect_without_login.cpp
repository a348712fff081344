// expect: no login yet: call login(user, password) before connect()

#include <sealsql/connection_builder.hpp>

// A server wants to know who is there.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").login("app", Secret{"pw"}).connect());
#else
    static_cast<void>(ConnectionBuilder::to_host("db").connect());
#endif
}

// expect: login() was called on this builder before; call it once

#include <sealsql/connection_builder.hpp>

// Which of two logins was meant?
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").login("app", Secret{"pw"}));
#else
    static_cast<void>(
        ConnectionBuilder::to_host("db").login("app", Secret{"pw"}).login("app", Secret{"pw"}));
#endif
}

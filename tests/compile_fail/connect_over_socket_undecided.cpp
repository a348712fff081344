// expect: a local socket has no host name to check: call plaintext_over_local_socket(), or ssl()
// with a server_name
#include <sealsql/connection_builder.hpp>

// The default, a check of the host name, is not possible.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_socket("/run/mysqld.sock")
                          .login("app", Secret{"pw"})
                          .plaintext_over_local_socket()
                          .connect());
#else
    static_cast<void>(
        ConnectionBuilder::to_socket("/run/mysqld.sock").login("app", Secret{"pw"}).connect());
#endif
}

// expect: this builder already says how to use TLS; choose one of ssl() and
// plaintext_over_local_socket()
#include <sealsql/connection_builder.hpp>

// One of both.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(
        ConnectionBuilder::to_socket("/run/mysqld.sock").plaintext_over_local_socket());
#else
    static_cast<void>(ConnectionBuilder::to_socket("/run/mysqld.sock")
                          .ssl({.ca = "/ca.pem", .server_name = "db"})
                          .plaintext_over_local_socket());
#endif
}

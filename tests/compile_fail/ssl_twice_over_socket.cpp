// expect: ssl() was called on this builder before; put all TLS settings into one SslOptions

#include <sealsql/connection_builder.hpp>

// Over a local socket as well.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_socket("/run/mysqld.sock")
                          .ssl({.ca = "/ca.pem", .server_name = "db"}));
#else
    static_cast<void>(ConnectionBuilder::to_socket("/run/mysqld.sock")
                          .ssl({.ca = "/ca.pem"})
                          .ssl({.server_name = "db"}));
#endif
}

// expect: this builder is in plaintext, so SslOptions would be silently ignored; remove the call
// that chose plaintext
#include <sealsql/connection_builder.hpp>

// A CA that nobody looks at.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_socket("/run/mysqld.sock")
                          .ssl({.ca = "/ca.pem", .server_name = "db"}));
#else
    static_cast<void>(ConnectionBuilder::to_socket("/run/mysqld.sock")
                          .plaintext_over_local_socket()
                          .ssl({.ca = "/ca.pem", .server_name = "db"}));
#endif
}

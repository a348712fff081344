// expect: a local socket is no network: call plaintext_over_local_socket()

#include <sealsql/connection_builder.hpp>

// The insecure name would frighten without need.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(
        ConnectionBuilder::to_socket("/run/mysqld.sock").plaintext_over_local_socket());
#else
    static_cast<void>(
        ConnectionBuilder::to_socket("/run/mysqld.sock").insecure_plaintext_over_network());
#endif
}

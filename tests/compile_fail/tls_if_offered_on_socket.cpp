// expect: over a local socket call ssl() or plaintext_over_local_socket()

#include <sealsql/connection_builder.hpp>

// Nobody is in between who could strip TLS.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(
        ConnectionBuilder::to_socket("/run/mysqld.sock").plaintext_over_local_socket());
#else
    static_cast<void>(ConnectionBuilder::to_socket("/run/mysqld.sock").insecure_tls_if_offered());
#endif
}

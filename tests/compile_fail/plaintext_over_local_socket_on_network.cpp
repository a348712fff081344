// expect: this builder goes over the network: use to_socket(path), or spell out
// insecure_plaintext_over_network()
#include <sealsql/connection_builder.hpp>

// The harmless name must not lead into the network.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(
        ConnectionBuilder::to_socket("/run/mysqld.sock").plaintext_over_local_socket());
#else
    static_cast<void>(ConnectionBuilder::to_host("db").plaintext_over_local_socket());
#endif
}

// expect: this builder already says how to use TLS; choose one of ssl(), insecure_tls_if_offered()
// and plaintext
#include <sealsql/connection_builder.hpp>

// Plaintext or TLS if offered, not both.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").insecure_tls_if_offered());
#else
    static_cast<void>(ConnectionBuilder::to_host("db")
                          .insecure_plaintext_over_network()
                          .insecure_tls_if_offered());
#endif
}

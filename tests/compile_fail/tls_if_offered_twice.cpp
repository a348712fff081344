// expect: this builder already says how to use TLS; choose one of ssl(), insecure_tls_if_offered()
// and plaintext
#include <sealsql/connection_builder.hpp>

// The second would drop what the first said.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").insecure_tls_if_offered({.ca = "/ca.pem"}));
#else
    static_cast<void>(
        ConnectionBuilder::to_host("db").insecure_tls_if_offered().insecure_tls_if_offered(
            {.ca = "/ca.pem"}));
#endif
}

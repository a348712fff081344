// expect: this builder already says how to use TLS; choose one of ssl(), insecure_tls_if_offered()
// and plaintext
#include <sealsql/connection_builder.hpp>

// Required TLS must not become optional by a later call.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").insecure_tls_if_offered());
#else
    static_cast<void>(
        ConnectionBuilder::to_host("db").ssl({.ca = "/ca.pem"}).insecure_tls_if_offered());
#endif
}

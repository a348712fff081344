// expect: this builder already says how to use TLS; remove ssl() or insecure_tls_if_offered() to go
// without it
#include <sealsql/connection_builder.hpp>

// The settings of TLS would be dropped.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").insecure_plaintext_over_network());
#else
    static_cast<void>(ConnectionBuilder::to_host("db")
                          .insecure_tls_if_offered()
                          .insecure_plaintext_over_network());
#endif
}

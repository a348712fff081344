// expect: insecure_tls_if_offered() was called on this builder before

#include <sealsql/connection_builder.hpp>

// Required or if offered, not both. The sentence has to name the call that was made, and not ssl().
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").ssl({.ca = "/ca.pem"}));
#else
    static_cast<void>(
        ConnectionBuilder::to_host("db").insecure_tls_if_offered().ssl({.ca = "/ca.pem"}));
#endif
}

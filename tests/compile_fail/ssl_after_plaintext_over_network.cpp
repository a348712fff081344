// expect: this builder is in plaintext, so SslOptions would be silently ignored; remove the call
// that chose plaintext
#include <sealsql/connection_builder.hpp>

// A CA that nobody looks at.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").ssl({.ca = "/ca.pem"}));
#else
    static_cast<void>(
        ConnectionBuilder::to_host("db").insecure_plaintext_over_network().ssl({.ca = "/ca.pem"}));
#endif
}

// expect: insecure_plaintext_over_network() was called on this builder before; call it once

#include <sealsql/connection_builder.hpp>

// Every wrong call has a sentence, this one too.
using sealsql::ConnectionBuilder;
using sealsql::Secret;

void go()
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(ConnectionBuilder::to_host("db").insecure_plaintext_over_network());
#else
    static_cast<void>(ConnectionBuilder::to_host("db")
                          .insecure_plaintext_over_network()
                          .insecure_plaintext_over_network());
#endif
}

// expect: ssl() takes SslOptions: for the file of a CA, write ssl({.ca = path})
#include <sealsql/connection_builder.hpp>

#include <string>

// What is in many clients the only setting.
void go(std::string const& ca)
{
    auto const builder = sealsql::ConnectionBuilder::to_host("db.internal");
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(builder.ssl({.ca = ca}));
#else
    static_cast<void>(builder.ssl(ca));
#endif
}

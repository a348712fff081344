// expect: a pool takes ConnectionOptions: write ConnectionPool{builder.options(), ...}
#include <sealsql/connection_builder.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/secret.hpp>

// As connect() is called on the builder itself.
void go()
{
    auto const builder = sealsql::ConnectionBuilder::to_host("db").login("u", sealsql::Secret{});
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::ConnectionPool const pool{builder.options(), {.max_size = 4}};
#else
    sealsql::ConnectionPool const pool{builder, {.max_size = 4}};
#endif
}

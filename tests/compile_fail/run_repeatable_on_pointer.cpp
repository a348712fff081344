// expect: the first argument says where connections come from: a ConnectionPool, a ConnectionSource or
// ConnectionOptions (of a builder: its options()); a Connection could not be replaced
#include <sealsql/retry.hpp>

#include <memory>

// A source is often held so; it is the source itself that is meant.
void go(std::shared_ptr<sealsql::ConnectionSource> const& source)
{
#if defined(SEALSQL_TEST_CONTROL)
    sealsql::run_repeatable(*source, [](sealsql::Connection& db) { db.execute("DO 1"); });
#else
    sealsql::run_repeatable(source, [](sealsql::Connection& db) { db.execute("DO 1"); });
#endif
}

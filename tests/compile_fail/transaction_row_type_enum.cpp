// expect: sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
#include <sealsql/transaction.hpp>

enum class Colour { red };

// As of the connection itself.
void go(sealsql::Transaction& tx)
{
#if defined(SEALSQL_TEST_CONTROL)
    static_cast<void>(tx.query_all<int>("SELECT 1"));
#else
    static_cast<void>(tx.query_all<Colour>("SELECT 1"));
#endif
}

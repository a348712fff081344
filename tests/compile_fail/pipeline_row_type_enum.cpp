// expect: sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
#include <sealsql/pipeline.hpp>

enum class Colour { red };

// As of the connection itself.
void go(sealsql::Pipeline& batch)
{
#if defined(SEALSQL_TEST_CONTROL)
    batch.query_value<int>("SELECT 1");
#else
    batch.query_value<Colour>("SELECT 1");
#endif
}

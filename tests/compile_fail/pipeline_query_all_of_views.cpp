// expect: a std::string_view is valid until the next row only and would dangle here: use
// std::string, or go through the rows with query()
#include <sealsql/pipeline.hpp>

#include <string>
#include <string_view>

// A batch keeps its rows, and the text of a row is gone when the next one is read.
void go(sealsql::Pipeline& batch)
{
#if defined(SEALSQL_TEST_CONTROL)
    batch.query_all<std::string>("SELECT 'a'");
#else
    batch.query_all<std::string_view>("SELECT 'a'");
#endif
}

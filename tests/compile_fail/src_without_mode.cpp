// expect: define SEALSQL_COMPILED (for every file of the program) before including
// <sealsql/src.hpp>

#if defined(SEALSQL_TEST_CONTROL)
#define SEALSQL_COMPILED
#endif
// In header-only mode the bodies are in the headers.
#include <sealsql/src.hpp>

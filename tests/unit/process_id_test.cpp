#include <sealsql/detail/process_id.hpp>

#include <sealsql/sealsql.hpp>

#include "support/catch.hpp"

#include <cstdlib>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

using sealsql::detail::process_id;

namespace {

/// Whether a child, and its child, have another number than those they come from, and the same one each time.
bool children_differ(unsigned generations)
{
    int const parent = process_id();
    pid_t const child = ::fork();
    if (child == 0) {
        int const own = process_id();
        bool const differs = own != parent && own == process_id();
        std::_Exit(differs && (generations == 1 || children_differ(generations - 1)) ? 0 : 1);
    }
    int status = -1;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

TEST_CASE("a forked child is another process", "[unit][session]")
{
    int const own = process_id();
    CHECK(children_differ(3));
    CHECK(process_id() == own);
    int in_thread = 0;
    std::thread{[&in_thread] { in_thread = process_id(); }}.join();
    CHECK(in_thread == own);
}

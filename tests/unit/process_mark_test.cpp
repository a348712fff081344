#include <sealsql/detail/process_mark.hpp>

#include <sealsql/pool.hpp>

#include "support/catch.hpp"

#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

using sealsql::detail::ProcessMark;

namespace {

/// Whether a child finds that it is another process, and its own mark that it is not.
bool child_sees_it(ProcessMark const& mark, bool by_grandchild)
{
    pid_t const child = ::fork();
    if (child == 0) {
        ProcessMark const own;
        bool const sees = by_grandchild ? child_sees_it(mark, false) && child_sees_it(own, false)
                                        : !mark.is_here() && own.is_here();
        std::_Exit(sees ? 0 : 1);
    }
    int status = -1;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

TEST_CASE("a forked child is another process", "[unit][pool]")
{
    ProcessMark const mark;
    CHECK(mark.is_here());
    CHECK(child_sees_it(mark, false));
    CHECK(child_sees_it(mark, true));
    CHECK(mark.is_here());
}

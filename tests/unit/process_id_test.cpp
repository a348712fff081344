#include <sealsql/detail/process_id.hpp>

#include <sealsql/sealsql.hpp>

#include "support/catch.hpp"

#include <cstdlib>

#include <sys/wait.h>
#include <unistd.h>

using sealsql::detail::process_id;

namespace {

/// Whether a child, and its child, are told their own.
bool children_are_told(unsigned generations)
{
    pid_t const child = ::fork();
    if (child == 0) {
        bool const is_told = process_id() == ::getpid() && process_id() == ::getpid();
        std::_Exit(is_told && (generations == 1 || children_are_told(generations - 1)) ? 0 : 1);
    }
    int status = -1;
    return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

} // namespace

TEST_CASE("a forked child is another process", "[unit][session]")
{
    CHECK(process_id() == ::getpid());
    CHECK(children_are_told(2));
    CHECK(process_id() == ::getpid());
}

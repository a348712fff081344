// Files that the caller names: read whole, up to a limit, and never waited for.

#include <sealsql/connection.hpp>
#include <sealsql/detail/input_file.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/trust_file.hpp"

#include <cerrno>
#include <cstddef>
#include <string>

#include <sys/stat.h>

using sealsql::detail::FileFailure;
using sealsql::detail::read_file;
using sealsql::testing::TrustFile;
using unit::contains;
using Kind = FileFailure::Kind;

TEST_CASE("A file is read up to its limit", "[input_file]")
{
    std::string content = "before";
    CHECK(read_file("/none/such", 100, content).kind == Kind::unopened);
    CHECK(content.empty());
    CHECK(read_file("/none/such", 100, content).error == ENOENT);
    CHECK(contains(read_file("/none/such", 100, content).text(), "No such file"));
    CHECK(read_file("/", 100, content).kind == Kind::directory);
    CHECK(read_file("/dev/zero", 100, content).kind == Kind::irregular);

    for (std::size_t const size : {0U, 1U, 99U, 100U}) {
        TrustFile const file{std::string(size, 'x')};
        CHECK_FALSE(read_file(file.path().c_str(), 100, content));
        CHECK(content == std::string(size, 'x'));
    }
    TrustFile const large{std::string(101, 'x')};
    CHECK(read_file(large.path().c_str(), 100, content).kind == Kind::too_large);
    CHECK(content.empty());
}

TEST_CASE("A file that does not tell its size is read whole", "[input_file]")
{
    std::string content;
    REQUIRE_FALSE(read_file("/proc/self/maps", 16U << 20U, content));
    CHECK(content.size() > 1000);
    CHECK(content.back() == '\n');
    CHECK(read_file("/proc/self/maps", 100, content).kind == Kind::too_large);
}

TEST_CASE("A pipe is not waited for", "[input_file]")
{
    TrustFile const place{""};
    std::string const pipe = place.path().string() + ".pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    std::string content;
    CHECK(read_file(pipe.c_str(), 100, content).kind == Kind::irregular);
    CHECK(::unlink(pipe.c_str()) == 0);
}

// The README's first example runs and does what it says.

#include "server.hpp"

#include "support/catch.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <sys/wait.h>

using namespace sealsql;
using namespace sealsql::testing;

namespace {

struct Run {
    std::string output;
    int exit_code = -1;
};

/// Runs the example with the server's settings in its environment; its only change is where it reads them from.
Run run_example(std::string const& password)
{
    Server const& server = Server::get();
    std::string const command = "exec env DB_HOST=" + server.host() + " DB_PORT=" + server["PORT"] +
                                " DB_CA=" + server["CA"] + " DB_NAME=" + server["DATABASE"] +
                                " DB_PASSWORD=" + password + " '" SEALSQL_README_EXAMPLE "' 2>&1";
    Run run;
    std::FILE* const out = ::popen(command.c_str(), "r");
    REQUIRE(out != nullptr);
    std::array<char, 256> piece{};
    while (std::fgets(piece.data(), static_cast<int>(piece.size()), out) != nullptr)
        run.output += piece.data();
    int const status = ::pclose(out);
    run.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
}

} // namespace

TEST_CASE("the README's example prints the users", "[integration]")
{
    auto db = builder().connect();
    db.execute("DROP TABLE IF EXISTS users");
    db.execute("CREATE TABLE users (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL, "
               "email VARCHAR(80))");
    db.execute("INSERT INTO users VALUES (1, 'Ann', NULL), (2, 'Bob', 'bob@example')");

    Run const good = run_example(Server::get()["PASSWORD"]);
    CHECK(good.output == "1 Ann -\n2 Bob bob@example\n");
    CHECK(good.exit_code == 0);

    Run const wrong = run_example("not-the-password");
    INFO(wrong.output);
    CHECK(wrong.exit_code == 1);
    CHECK(wrong.output.find("Access denied") != std::string::npos);
    CHECK(wrong.output.find("not-the-password") == std::string::npos);

    db.execute("DROP TABLE users");
}

// What real servers say of themselves, to a user without privileges; and a unit of work that waits out a failover.

#include "server.hpp"

#include <sealsql/hosts.hpp>
#include <sealsql/retry.hpp>

#include "support/catch.hpp"

#include <atomic>
#include <barrier>
#include <chrono>
#include <fstream>
#include <future>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

/// Settings of the whole server, put back at the end.
class Demoted {
public:
    explicit Demoted(char const* variable) : variable_{variable} { set("1"); }
    ~Demoted()
    {
        set("0");
        if (variable_ == "super_read_only") { // which switched the other on
            variable_ = "read_only";
            set("0");
        }
    }
    Demoted(Demoted const&) = delete;
    Demoted& operator=(Demoted const&) = delete;

private:
    void set(char const* value) const
    {
        admin().execute(Sql::unchecked("SET GLOBAL " + variable_ + " = " + value));
    }

    std::string variable_;
};

HostList list(Target target)
{
    Server const& server = Server::get();
    return {{{server.host(), server.port()}},
            builder().options(),
            {.target = target, .first_rest = 1ms, .longest_rest = 1ms}};
}

} // namespace

TEST_CASE("a real server says what it is", "[integration][hosts]")
{
    auto db = builder().connect();
    CHECK(server_role(db) == ServerRole::primary);
    CHECK(list(Target::primary).connect().usable());
    CHECK(list(Target::prefer_replica).connect().usable());
    CHECK(error_of([] { static_cast<void>(list(Target::replica).connect()); }).retryable());
    for (char const* const variable : {"read_only", "super_read_only"}) {
        if (Server::get().is_mariadb() && std::string{variable} == "super_read_only")
            continue;
        CAPTURE(variable);
        HostList primary = list(Target::primary);
        auto before = primary.connect();
        CHECK(primary.still_fits(before));
        Demoted const demoted{variable};
        CHECK(server_role(db) == ServerRole::replica);
        CHECK_FALSE(primary.still_fits(before));
        CHECK(list(Target::replica).connect().usable());
        CHECK(list(Target::prefer_replica).connect().usable());
        CHECK(list(Target::any).connect().usable());
        auto const error = error_of([&] { static_cast<void>(primary.connect()); });
        CHECK(error.message().find("read_only is ON") != std::string::npos);
    }
    CHECK(server_role(db) == ServerRole::primary);
}

TEST_CASE("the first connections of several threads share a CA that nobody has used",
          "[integration][hosts]")
{
    // For the thread sanitizer. No round has the CA of another, which would have been used.
    Server const& server = Server::get();
    std::ifstream file{server["CA"]};
    std::string ca{std::istreambuf_iterator<char>{file}, {}};
    constexpr int rounds = 20;
    constexpr int at_once = 6;
    std::atomic<int> connected = 0;
    for (int round = 0; round < rounds; ++round) {
        ca += '\n';
        auto const options =
            to_server().login(server["USER"], password()).ssl({.ca = TrustAnchors::memory(ca)});
        HostList all{{{server.host(), server.port()}}, options.options(), {}};
        std::barrier start{at_once};
        std::vector<std::thread> threads;
        for (int i = 0; i < at_once; ++i)
            threads.emplace_back([&] {
                start.arrive_and_wait();
                try {
                    connected += all.connect().usable() ? 1 : 0;
                } catch (Error const&) { // counted by what is missing
                }
            });
        for (std::thread& thread : threads)
            thread.join();
    }
    CHECK(connected == rounds * at_once);
}

TEST_CASE("a unit of work waits for a primary", "[integration][hosts][retry]")
{
    auto db = builder().connect();
    db.execute("DROP TABLE IF EXISTS hosts_done");
    db.execute("CREATE TABLE hosts_done (id INT PRIMARY KEY) ENGINE=InnoDB");
    std::optional<Demoted> demoted;
    demoted.emplace("read_only");
    auto promote = std::async(std::launch::async, [&] {
        std::this_thread::sleep_for(300ms);
        demoted.reset();
    });
    HostList primary = list(Target::primary);
    auto const role = run_transaction(primary, [](Transaction& tx) {
        tx.execute("INSERT INTO hosts_done VALUES (1)");
        return server_role(tx.connection()); // which leaves the transaction alone
    });
    promote.get();
    CHECK(role == ServerRole::primary);
    CHECK(db.query_value<int>("SELECT COUNT(*) FROM hosts_done") == 1);
    db.execute("DROP TABLE hosts_done");
}

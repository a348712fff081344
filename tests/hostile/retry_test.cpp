// Units of work against servers and name servers that leave them in the lurch: they are run again where that helps, and end in time.

#include "victim.hpp"

#include <sealsql/connection_source.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/retry.hpp>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/fake_name.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds tolerance = 900ms; // of a machine that is busy

/// In a transaction, as far as `more` does not say otherwise.
Script unit_server(std::vector<Answer> more, Identity const& identity = TestPki::shared().good())
{
    Step const in_transaction = packet(wire::ok(0, 0, {}, 3));
    more.push_back(
        {"CONNECTION_ID()",
         {result_set({.columns = {{.name = "id"}, {.name = "server"}}, .rows = {{"7", "me"}}})}});
    more.push_back({"START TRANSACTION", {in_transaction}});
    more.push_back({"UPDATE", {in_transaction}});
    more.push_back({"SHOW SESSION VARIABLES",
                    {result_set({.columns = {{.name = "name"}, {.name = "value"}}, .rows = {}})}});
    return logged_in(identity) + Script{serve(std::move(more))};
}

std::chrono::milliseconds since(Clock::time_point begin)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
}

/// Two hosts, of which the first goes silent within the first unit, and the second is honest.
class SilentAndHonest {
public:
    SilentAndHonest()
        : silent_{unit_server({{"UPDATE", {silence()}}}),
                  {.connections = 20, .then = {Script{silence()}}}},
          honest_{unit_server({}), {.connections = 20}}
    {
    }

    [[nodiscard]] std::shared_ptr<HostList> hosts() const
    {
        ConnectionOptions options = careful(honest_);
        options.timeouts.connect = 1s;
        return std::make_shared<HostList>(
            std::vector<Host>{{.name = silent_.address(), .port = silent_.port()},
                              {.name = honest_.address(), .port = honest_.port()}},
            options, HostListOptions{.target = Target::any});
    }

private:
    ScriptedServer silent_;
    ScriptedServer honest_;
};

void update(Transaction& tx) { tx.execute("UPDATE t SET a = 1"); }

} // namespace

TEST_CASE("a server that goes silent is left for another one within the time", "[hostile][retry]")
{
    RetryPolicy policy{.time_limit = 4s};
    bool is_pool = false;
    SECTION("by default, with half of the time") {}
    SECTION("out of a pool") { is_pool = true; }
    SECTION("after the time that is given")
    {
        policy.time_limit = 20s;
        policy.attempt_limit = 300ms;
    }
    SECTION("whatever the policy says of other errors")
    {
        policy.advise = [](Error const&) { return RetryAdvice::no; };
    }
    int attempts = 0;
    std::string failure;
    auto const round = [&] {
        SilentAndHonest const servers;
        attempts = 0;
        failure.clear();
        auto const work = [&](Transaction& tx) {
            ++attempts;
            update(tx);
        };
        auto const begin = Clock::now();
        try {
            if (is_pool) {
                ConnectionPool pool{servers.hosts(), {.max_size = 2}};
                run_transaction(pool, work, policy);
            } else {
                run_transaction(*servers.hosts(), work, policy);
            }
        } catch (Error const& error) {
            failure = error.what();
        }
        return since(begin);
    };
    auto const took = unless_late(round, [&](std::chrono::milliseconds one) {
        return one >= 4s || attempts != 2 || !failure.empty();
    });
    CHECK(attempts == 2);
    CHECK(failure == "");
    CHECK(took < 4s);
}

TEST_CASE("where no run has a limit of its own, or the work set it, there is no other",
          "[hostile][retry]")
{
    RetryPolicy policy{.time_limit = 1500ms};
    bool has_own = false;
    SECTION("none") { policy.attempt_limit = 0ms; }
    SECTION("the work's own") { has_own = true; }
    auto const round = [&] {
        SilentAndHonest const servers;
        int attempts = 0;
        auto const begin = Clock::now();
        CHECK_THROWS_AS(run_transaction(
                            *servers.hosts(),
                            [&](Transaction& tx) {
                                ++attempts;
                                std::optional<OperationDeadline> limit;
                                if (has_own)
                                    limit.emplace(tx.connection(), 200ms, std::stop_token{},
                                                  DeadlineOptions{.grace = 100ms});
                                update(tx);
                            },
                            policy),
                        OperationCancelled);
        CHECK(since(begin) < 1500ms + slack);
        return attempts;
    };
    // What is not sent within its time is run again, and there may be no time at all for it.
    CHECK(unless_late(round, [](int attempts) { return attempts != 1; }) == 1);
}

TEST_CASE("a pool's connection that is not put in order keeps nobody long past the time",
          "[hostile][retry]")
{
    for (bool const throws : {false, true}) {
        bool is_over_early = false; // the time, before the work was done
        auto const round = [&] {
            ScriptedServer server{
                unit_server({{"COMMIT", {ok(), silence()}}, {"ROLLBACK", {silence()}}}),
                {.connections = 5}};
            ConnectionPool pool{careful(server), {.max_size = 1}};
            is_over_early = false;
            auto const begin = Clock::now();
            try {
                run_transaction(pool,
                                [&](Transaction& tx) {
                                    update(tx);
                                    if (throws)
                                        throw std::out_of_range{"the work's own"};
                                },
                                {.time_limit = 300ms});
                CHECK_FALSE(throws);
            } catch (std::out_of_range const&) {
                CHECK(throws);
            } catch (Error const&) {
                is_over_early = true;
            }
            auto const took = since(begin);
            if (!is_over_early)
                CHECK(pool.statistics().closed.broken == 1);
            return took;
        };
        auto const took = unless_late(round, [&](std::chrono::milliseconds one) {
            return is_over_early || one >= 300ms + 1s + tolerance;
        });
        CHECK_FALSE(is_over_early);
        CHECK(took < 300ms + 1s + tolerance);
    }
}

TEST_CASE("a host's name that goes away for a while is waited for where it was known",
          "[hostile][retry]")
{
    FakeName name{"vanishes.retry.test", {"127.0.0.1"}};
    ScriptedServer server{
        unit_server({}, TestPki::shared().trusted().issue({.dns = {name.name()}})),
        {.connections = 40}};
    ConnectionOptions options = careful(server);
    options.endpoint = Endpoint::tcp(name.name(), server.port());
    auto const hosts = [&] {
        return std::make_shared<HostList>(std::vector<Host>{{name.name(), server.port()}}, options,
                                          HostListOptions{.target = Target::any});
    };
    RetryPolicy const policy{.time_limit = 20s};
    auto const lose = [](Connection& db) { db.close(); };
    // The name is away for half a second from the first unit's end.
    auto const check_goes_on = [&](auto& provider) {
        std::jthread back;
        int attempts = 0;
        auto const begin = Clock::now();
        run_repeatable(
            provider,
            [&](Connection& db) {
                if (++attempts == 1) {
                    lose(db);
                    name.stand_for({});
                    back = std::jthread{[&] {
                        std::this_thread::sleep_for(500ms);
                        name.stand_for({"127.0.0.1"});
                    }};
                    throw Error{{.code = 2013,
                                 .message = "lost",
                                 .remedy = {},
                                 .retryable = true,
                                 .poisons_connection = true}};
                }
                db.ping();
            },
            policy);
        CHECK(attempts == 2);
        CHECK(since(begin) >= 450ms);
    };
    SECTION("with options") { check_goes_on(options); }
    SECTION("with a source")
    {
        SingleServer source{options};
        check_goes_on(source);
        // It is known from before this run.
        name.stand_for({});
        try {
            static_cast<void>(source.connect(Clock::now() + 5s, {}));
            FAIL("connected");
        } catch (Error const& error) {
            CHECK(error.code() == 2005);
            CHECK(error.retryable());
        }
    }
    SECTION("with a list") { check_goes_on(*hosts()); }
    SECTION("with a pool, whose waiters go on waiting")
    {
        ConnectionPool pool{options, {.max_size = 1}};
        check_goes_on(pool);
    }
    SECTION("with a pool of a list")
    {
        ConnectionPool pool{hosts(), {.max_size = 1}};
        check_goes_on(pool);
    }
    SECTION("one that never was known is an error at once")
    {
        name.stand_for({});
        auto const check_ends = [&](auto& provider) {
            auto const begin = Clock::now();
            try {
                run_repeatable(
                    provider, [](Connection&) {}, policy);
                FAIL("it has no address");
            } catch (Error const& error) {
                CHECK(error.code() == 2005);
                CHECK_FALSE(error.retryable());
            }
            CHECK(since(begin) < slack);
        };
        check_ends(options);
        SingleServer source{options};
        check_ends(source);
        check_ends(*hosts());
        ConnectionPool pool{options, {.max_size = 1}};
        check_ends(pool);
        // Nor is another name that the work uses.
        name.stand_for({"127.0.0.1"});
        FakeName const unknown{"unknown.retry.test"};
        ConnectionOptions other = options;
        other.endpoint = Endpoint::tcp(unknown.name(), 3306);
        int attempts = 0;
        CHECK_THROWS_AS(run_repeatable(
                            options,
                            [&](Connection&) {
                                ++attempts;
                                Connection const second{other};
                            },
                            policy),
                        Error);
        CHECK(attempts == 1);
    }
}

TEST_CASE("a rollback that a procedure gives as its reason is run again", "[hostile][retry]")
{
    auto const count = std::make_shared<int>(0);
    Step const signal{[count](Session& session) {
        if ((*count)++ == 0)
            session.send_packet("\xFF\x6C\x06#40001serialization failure");
        else
            session.send_packet(wire::ok(0, 0, {}, 3));
    }};
    ScriptedServer server{unit_server({{"CALL", {signal}}}), {.connections = 2}};
    int attempts = 0;
    run_transaction(careful(server),
                    [&](Transaction& tx) {
                        ++attempts;
                        tx.execute("CALL transfer()");
                    },
                    {.time_limit = 10s});
    CHECK(attempts == 2);
}

TEST_CASE("what is said of a COMMIT after it was asked about says what cut it off",
          "[hostile][retry]")
{
    RetryPolicy policy{.attempts = 1, .time_limit = 20s, .attempt_limit = 200ms};
    bool is_asked = false;
    auto const round = [&]() -> std::shared_ptr<Error> {
        ScriptedServer server{unit_server({{"COMMIT", {silence()}}}),
                              {.connections = 20, .then = {unit_server({})}}};
        is_asked = false;
        try {
            run_transaction(careful(server), update, policy);
            return nullptr;
        } catch (CommitUnknown const& error) {
            return std::make_shared<CommitUnknown>(error);
        } catch (Error const& error) {
            return std::make_shared<Error>(error);
        }
    };
    // A busy machine may come to the end of the time before it comes to the COMMIT.
    auto const error_of_commit = [&] {
        auto const error = unless_late(round, [&](auto const&) { return !is_asked; });
        REQUIRE(error != nullptr);
        CHECK(is_asked);
        CHECK(error->cancel_reason() == CancelReason::deadline);
        return error;
    };
    SECTION("nobody knows")
    {
        policy.was_committed = [&](Connection&) -> bool {
            is_asked = true;
            throw std::runtime_error{"no idea"};
        };
        CHECK(dynamic_cast<CommitUnknown const*>(error_of_commit().get()) != nullptr);
    }
    SECTION("it was not done")
    {
        policy.was_committed = [&](Connection&) {
            is_asked = true;
            return false;
        };
        CHECK(error_of_commit()->retryable());
    }
}

TEST_CASE("the loan of a unit says which line runs it", "[hostile][retry]")
{
    ScriptedServer server{unit_server({}), {.connections = 2}};
    ConnectionPool pool{careful(server), {.max_size = 1}};
    std::string taken_by;
    unsigned line = 0;
    SECTION("in a transaction")
    {
        line = __LINE__ + 1;
        run_transaction(pool, [&](Transaction&) { taken_by = pool.loans().at(0).taken_by; });
    }
    SECTION("without")
    {
        line = __LINE__ + 1;
        run_repeatable(pool, [&](Connection&) { taken_by = pool.loans().at(0).taken_by; });
    }
    INFO(taken_by);
    CHECK(taken_by.find("retry_test.cpp:" + std::to_string(line)) != std::string::npos);
}

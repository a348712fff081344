// The time of each operation against peers that do not play along: the call ends in time, what was given to one
// operation is not taken from the next, and what a pool or a transaction does behind it is done.

#include "victim.hpp"

#include <sealsql/deadline.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/soon.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
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

constexpr std::chrono::milliseconds time_of_each = 400ms;
constexpr std::chrono::milliseconds short_grace = 400ms; // of what does not stop
constexpr std::chrono::milliseconds long_grace = 10s;    // of what does, also on a busy machine

ConnectionOptions limited(ScriptedServer const& server,
                          std::chrono::milliseconds grace = long_grace)
{
    ConnectionOptions options = careful(server);
    options.operation_timeout = OperationTimeout{.time = time_of_each, .grace = grace};
    return options;
}

Answer identity(std::string number)
{
    return {"CONNECTION_ID()", Script{result_set({.columns = {{.name = "id"}, {.name = "server"}},
                                                  .rows = {{std::move(number), "this server"}}})}};
}

Script session(std::vector<Answer> answers)
{
    answers.insert(answers.begin(), identity("7"));
    return logged_in(TestPki::shared().good(), {},
                     GreetingOptions{}.with(wire::capability::session_track)) +
           Script{serve(std::move(answers))};
}

/// Those over which the server is told to stop.
std::vector<Script> others(std::size_t count)
{
    return std::vector<Script>(count, logged_in(TestPki::shared().good()) +
                                          Script{serve({identity("8")})});
}

std::optional<OperationCancelled> cancelled_of(std::function<void()> const& work)
{
    try {
        work();
    } catch (OperationCancelled const& error) {
        return error;
    }
    return {};
}

std::vector<std::string> texts(Transcript const& seen)
{
    std::vector<std::string> all;
    for (std::string const& command : seen.commands)
        if (!command.empty() && command[0] == '\x03')
            all.push_back(command.substr(1));
    return all;
}

Script const interrupted{silence(time_of_each + 100ms),
                         error(1317, "70100", "Query execution was interrupted")};

} // namespace

TEST_CASE("an operation of a silent server ends within its time and the grace", "[hostile]")
{
    std::string const row = wire::packet(4, wire::text_row({std::string(60000, 'x')}));
    for (Script const& answer :
         {Script{silence()}, Script{result_head({{.name = "a"}}), silence()},
          Script{result_head({{.name = "a"}}), send_slowly(row, 20ms)},
          Script{result_head({{.name = "a"}}), endless_rows(wire::text_row({"1"}), 1U << 30U)},
          Script{endless_progress(5ms)}}) {
        ScriptedServer server{session({{"the statement", answer}}),
                              {.connections = 2, .then = others(1)}};
        {
            Connection db{limited(server, short_grace)};
            auto const begin = Clock::now();
            auto const error = cancelled_of([&] { db.execute("the statement"); });
            auto const elapsed = Clock::now() - begin;
            REQUIRE(error);
            INFO(error->what());
            CHECK(error->reason() == CancelReason::deadline);
            CHECK(error->outcome() == CancelOutcome::unknown);
            CHECK(error->poisons_connection());
            CHECK_FALSE(error->retryable());
            CHECK_FALSE(db.usable());
            CHECK(elapsed >= time_of_each);
            CHECK(elapsed < time_of_each + short_grace + slack);
        }
        auto const seen = server.finish_all();
        REQUIRE(seen.size() == 2);
        CHECK(seen[1].contains("KILL QUERY 7"));
    }
}

TEST_CASE("rows that come one by one are waited for no longer than one operation may take",
          "[hostile]")
{
    // Each comes in time, and they would have no end.
    Script rows{result_head({{.name = "a"}})};
    for (int i = 0; i < 400; ++i)
        rows = rows + Script{pause(50ms), packet(wire::text_row({"1"}))};
    rows = rows + Script{silence()};
    ScriptedServer server{session({{"the statement", rows}}),
                          {.connections = 2, .then = others(1)}};
    Connection db{limited(server, short_grace)};
    auto const begin = Clock::now();
    CHECK(cancelled_of([&] { static_cast<void>(db.query_all<int>("the statement")); }));
    CHECK(Clock::now() - begin < time_of_each + short_grace + slack);
    db.close();
    server.finish_all();
}

TEST_CASE("each operation has its time, and what the caller does is not counted", "[hostile]")
{
    Script const late{pause(time_of_each / 2), ok()};
    Script const rows{result_set({.columns = {{.name = "a"}}, .rows = {{"1"}, {"2"}, {"3"}}})};
    Script slow{result_head({{.name = "a"}})};
    for (int i = 0; i < 5; ++i)
        slow = slow + Script{pause(time_of_each / 2), packet(wire::text_row({"1"}))};
    slow = slow + Script{pause(time_of_each / 2), eof()};
    ScriptedServer server{
        session({{"the statement", late}, {"the rows", rows}, {"the slow rows", slow}})};
    Connection db{limited(server)};
    for (int i = 0; i < 4; ++i)
        db.execute("the statement");
    std::this_thread::sleep_for(time_of_each);
    int count = 0;
    for ([[maybe_unused]] Row const& row : db.query("the rows")) {
        ++count;
        std::this_thread::sleep_for(time_of_each);
    }
    CHECK(count == 3);
    for ([[maybe_unused]] Row const& row : db.query("the slow rows"))
        ++count;
    CHECK(count == 8);
    db.execute("the statement");
    db.close();
    CHECK_FALSE(server.finish().contains("KILL"));
}

TEST_CASE("after an operation was stopped the next one has its time", "[hostile]")
{
    Script const late{pause(time_of_each / 2), ok()};
    ScriptedServer server{session({{"the statement", interrupted}, {"the next", late}}),
                          {.connections = 3, .then = others(2)}};
    {
        Connection db{limited(server)};
        for (int i = 0; i < 2; ++i) {
            auto const error = cancelled_of([&] { db.execute("the statement"); });
            REQUIRE(error);
            CHECK(error->outcome() == CancelOutcome::interrupted);
            CHECK_FALSE(error->poisons_connection());
            REQUIRE(db.usable());
            db.execute("the next");
        }
    }
    auto const seen = server.finish_all();
    CHECK(texts(seen.front()) == std::vector<std::string>{texts(seen.front()).front(),
                                                          "the statement", "DO 0", "the next",
                                                          "the statement", "DO 0", "the next"});
    // The second connection does not stay while the first is idle.
    CHECK(seen.size() == 3);
}

TEST_CASE("an operation's time and a deadline count both", "[hostile]")
{
    ScriptedServer server{session({{"the statement", {silence(time_of_each + 150ms), ok()}}}),
                          {.connections = 5, .then = others(4)}};
    Connection db{limited(server)};
    auto const time_to_be_told = [&](auto const& work) {
        auto const begin = Clock::now();
        work();
        return Clock::now() - begin;
    };
    {
        // The earlier is the deadline: nothing runs behind it.
        OperationDeadline const limit{db, 300ms, {}, {.grace = long_grace}};
        db.execute("the statement"); // done all the same
        auto const error = cancelled_of([&] { db.execute("the statement"); });
        REQUIRE(error);
        CHECK(error->outcome() == CancelOutcome::not_sent);
    }
    REQUIRE(db.usable());
    {
        // The earlier is the time of each.
        OperationDeadline const limit{db, 30s};
        db.execute("the statement");
        db.execute("the statement");
    }
    {
        OperationDeadline const limit{db, 30s, {}, {.lifts_timeout = true}};
        CHECK(time_to_be_told([&] { db.execute("the statement"); }) >= time_of_each + 150ms);
    }
    db.execute("the statement");
    db.close();
    auto const seen = server.finish_all();
    std::size_t kills = 0;
    for (std::size_t i = 1; i < seen.size(); ++i)
        kills += seen[i].contains("KILL QUERY 7") ? 1 : 0;
    CHECK(kills == 4);
}

TEST_CASE("a transaction is rolled back behind an operation that was stopped", "[hostile]")
{
    Script const begun{packet(wire::ok(0, 0, {}, 3))};
    ScriptedServer server{session({{"START TRANSACTION", begun}, {"the statement", interrupted}}),
                          {.connections = 2, .then = others(1)}};
    {
        Connection db{limited(server)};
        {
            Transaction tx{db};
            CHECK(cancelled_of([&] { tx.execute("the statement"); }));
        }
        CHECK(db.usable());
    }
    CHECK(server.finish_all().front().contains("ROLLBACK"));
}

TEST_CASE("a pool's own commands are not hit by a KILL that came late", "[hostile][pool]")
{
    // The ROLLBACK would be, and the connection be lost.
    auto const absorbed = std::make_shared<int>(0);
    Step const absorb{[absorbed](Session& session) {
        session.send_packet((*absorbed)++ == 0
                                ? std::string{"\xFF\x25\x05#70100Query execution was interrupted"}
                                : wire::ok());
    }};
    Script const begun{packet(wire::ok(0, 0, {}, 3))};
    ScriptedServer server{
        session({{"START TRANSACTION", begun},
                 {"DO 1", {silence(time_of_each + 100ms), packet(wire::ok(0, 0, {}, 3))}},
                 {"DO 0", {absorb}}}),
        {.connections = 2, .then = others(1)}};
    ConnectionPool pool{limited(server), {.max_size = 1}};
    {
        auto db = pool.acquire();
        db->execute("START TRANSACTION");
        db->execute("DO 1"); // done all the same
    }
    CHECK(*absorbed == 2);
    CHECK(pool.statistics().idle == 1);
    CHECK(pool.statistics().rollbacks == 1);
    CHECK(pool.statistics().resets == 0);
    pool.shutdown();
    server.finish_all();
}

TEST_CASE("what is given back to a pool is limited for the next borrower", "[hostile][pool]")
{
    ScriptedServer server{session({{"SELECT 2", interrupted}, {"SET", {ok()}}}),
                          {.connections = 2, .then = others(1)}};
    ConnectionPool pool{limited(server), {.max_size = 1}};
    {
        auto db = pool.acquire();
        db->execute("SET @a = 1"); // it is reset
    }
    CHECK(pool.statistics().resets == 1);
    {
        auto db = pool.acquire();
        CHECK(cancelled_of([&] { db->execute("SELECT 2"); }));
        CHECK(db->usable());
    }
    pool.shutdown();
    server.finish_all();
}

TEST_CASE("a batch is one operation", "[hostile]")
{
    Script const late{pause(time_of_each / 2), ok()};
    ScriptedServer server{session({{"the statement", late}}),
                          {.connections = 2, .then = others(1)}};
    Connection db{limited(server, short_grace)};
    Pipeline batch{db};
    for (int i = 0; i < 30; ++i)
        batch.execute("the statement");
    auto const begin = Clock::now();
    CHECK(cancelled_of([&] { batch.run(); }));
    CHECK(Clock::now() - begin < time_of_each + short_grace + slack);
    db.close();
    server.finish_all();
}

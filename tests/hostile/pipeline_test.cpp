// Servers that answer a batch of statements, or a transaction, in another way than they should.

#include "victim.hpp"

#include <sealsql/load_data.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/results.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

Step number(std::string value)
{
    return result_set({.columns = {{.name = "n"}}, .rows = {{std::move(value)}}});
}

Step ok_with(std::uint16_t status) { return packet(wire::ok(0, 0, {}, status)); }

Script after_login(Script const& answers) { return logged_in(TestPki::shared().good()) + answers; }

ConnectionOptions impatient(ScriptedServer const& server)
{
    ConnectionOptions options = careful(server);
    options.timeouts.read = 1s;
    return options;
}

/// Three statements, and what came of each: a value, or the code of its error.
struct Batch {
    std::vector<int> results;
    std::optional<Error> thrown;
    std::size_t failures = 0;
    bool usable = true;
    Outcome outcome;
};

Batch run_three(Script const& answers)
{
    Batch seen;
    ScriptedServer server{after_login(Script{serve_until("SELECT 1")} + answers)};
    seen.outcome = attack(server, impatient(server), [&](Connection& db) {
        Pipeline batch{db};
        std::vector<PipelineResult<int>> const results{batch.query_value<int>("SELECT 1"),
                                                       batch.query_value<int>("SELECT 2"),
                                                       batch.query_value<int>("SELECT 3")};
        try {
            seen.failures = batch.try_run();
        } catch (Error const& error) {
            seen.thrown = error;
        }
        for (auto const& result : results)
            seen.results.push_back(result ? result.value() : -result.error()->code());
        seen.usable = db.usable();
    });
    return seen;
}

} // namespace

TEST_CASE("an error in the middle of a batch loses no other answer", "[hostile][pipeline]")
{
    Batch const seen = run_three(
        {number("1"), expect_command(), error(1064, "42000", "no"), expect_command(), number("3")});
    INFO(seen.outcome.describe());
    CHECK(seen.results == std::vector<int>{1, -1064, 3});
    CHECK(seen.failures == 1);
    CHECK_FALSE(seen.thrown);
    CHECK(seen.usable);
}

TEST_CASE("a batch whose answers are too few, too many, cut or malformed", "[hostile][pipeline]")
{
    using namespace std::string_literals;
    Step const next = expect_command();
    std::vector<std::tuple<std::string, Script, std::vector<int>>> const cases{
        {"one is missing", {number("1"), next, number("2"), next, silence()}, {1, 2, -2013}},
        {"none comes", {next, next, silence()}, {-2013, -2013, -2013}},
        {"closed behind the first", {number("1"), close()}, {1, -2013, -2013}},
        {"reset in the middle of the second",
         {number("1"), next, result_head({{.name = "n"}}), reset()},
         {1, -2013, -2013}},
        {"malformed second",
         {number("1"), next, result_head({{.name = "n"}}), packet("\x09xx"), silence()},
         {1, -2027, -2027}},
        {"second out of order",
         {number("1"), next, next_sequence(7), number("2"), silence()},
         {1, -2027, -2027}},
        {"a file is asked for",
         {number("1"), next, local_infile("/etc/passwd"), expect_file()},
         {1, -2027, -2027}},
        {"the server goes down",
         {number("1"), next, error(1053, "08S01", "shutdown"), silence()},
         {1, -1053, -1053}},
        {"the second is no answer", {number("1"), next, packet(""), silence()}, {1, -2027, -2027}},
    };
    for (auto const& [name, answers, expected] : cases) {
        Batch const seen = run_three(answers);
        INFO(name << "\n" << seen.outcome.describe());
        CHECK(seen.results == expected);
        REQUIRE(seen.thrown);
        CHECK(seen.thrown->poisons_connection());
        CHECK_FALSE(seen.usable);
        CHECK(seen.outcome.seen.files.empty());
        CHECK(seen.outcome.elapsed < 1s + slack);
    }

    // One answer more than statements, in one segment with the last: it would be that of the next statement.
    std::string const more = wire::packet(1, wire::ok()) + wire::packet(1, wire::ok());
    ScriptedServer server{after_login(
        {serve_until("DO 1"), expect_command(), send(wire::packet(1, wire::ok()) + more)})};
    Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
        Pipeline batch{db};
        batch.execute("DO 1");
        batch.execute("DO 2");
        batch.run();
    });
    INFO(outcome.describe());
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == 2027);
}

TEST_CASE("no more of a batch is on the way than sockets hold", "[hostile][pipeline]")
{
    ScriptedServer server{after_login({serve_until("SELECT 1"), silence()})};
    Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
        Pipeline batch{db};
        for (int i = 0; i < 10'000; ++i)
            batch.execute("SELECT 1");
        batch.run();
    });
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == 2013);
    std::size_t statements = 0;
    for (std::size_t at = 0;
         (at = outcome.seen.received_tls.find("SELECT 1", at)) != std::string::npos; ++at)
        ++statements;
    CHECK(statements > 1000);
    CHECK(statements * 13 <= 16'384);
}

TEST_CASE("a statement of a batch with another number of parameters is not executed",
          "[hostile][pipeline]")
{
    ScriptedServer server{after_login({serve_until("SELECT ?"), prepare_ok(1, 2, {{.name = "n"}}),
                                       expect_command(), number("5")})};
    Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
        Pipeline batch{db};
        auto const first = batch.query_value<int>("SELECT ?", 1);
        auto const second = batch.query_value<int>("SELECT 5");
        CHECK(batch.try_run() == 1);
        CHECK(first.error()->sqlstate() == "07001");
        CHECK(second.value() == 5);
        CHECK(db.usable());
    });
    INFO(outcome.describe());
    CHECK_FALSE(outcome.error);
    for (std::string const& command : outcome.seen.commands)
        CHECK(command[0] != wire::command::stmt_execute);
}

// --- Transactions ---

TEST_CASE("a commit without an answer is known to be unknown", "[hostile][transaction]")
{
    using namespace std::string_literals;
    std::vector<std::tuple<std::string, Script, int>> const cases{
        {"closed", {close()}, 2013},
        {"reset", {reset()}, 2013},
        {"silence", {silence()}, 2013},
        {"half an OK", {send("\x07\0\0\1\0\0"s), silence()}, 2013},
        {"something else", {packet("\xfb/etc/passwd"), silence()}, 2027},
        {"the server goes down", {error(1053, "08S01", "shutdown"), silence()}, 1053},
        {"the statement was killed", {error(1317, "70100", "interrupted"), silence()}, 1317},
        {"a node lost its cluster",
         {error(1180, "HY000", "... (provider status: Not connected to Primary Component)")},
         1180},
        {"a member lost its group", {error(3100, "HY000", "Error on observer")}, 3100},
    };
    for (auto const& [name, answer, code] : cases) {
        ScriptedServer server{after_login(Script{serve_until("START"), ok_with(3), expect_command(),
                                                 ok_with(3), serve_until("COMMIT")} +
                                          answer)};
        bool is_unknown = false;
        Outcome const outcome = attack(server, impatient(server), [&](Connection& db) {
            Transaction tx{db};
            tx.execute("UPDATE t SET a = 1");
            try {
                tx.commit();
            } catch (CommitUnknown const& error) {
                is_unknown = true;
                CHECK_FALSE(db.usable());
                CHECK_FALSE(tx.is_active());
                throw;
            }
        });
        INFO(name << "\n" << outcome.describe());
        CHECK(is_unknown);
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == code);
        CHECK(outcome.error->sqlstate() == "08007");
        CHECK_FALSE(outcome.error->retryable());
        CHECK(outcome.error->poisons_connection());
    }
}

TEST_CASE("a commit that is refused is rolled back", "[hostile][transaction]")
{
    std::vector<std::tuple<std::uint16_t, std::string, bool>> const cases{
        {1180, "Got error 149 - 'Lock deadlock; Retry transaction' during COMMIT", true},
        {1213, "Deadlock found when trying to get lock", true},
        {1290, "running with the --read-only option", true},
        {3101, "Plugin instructed the server to rollback", true},
        {1026, "Error writing file", false},
    };
    for (auto const& [code, text, helps] : cases) {
        ScriptedServer server{
            after_login({serve_until("START"), ok_with(3), serve_until("COMMIT"),
                         error(code, "HY000", text), serve_until("ROLLBACK"), ok_with(2)})};
        Outcome const outcome = attack(server, impatient(server),
                                       [&, number = code, retryable = helps](Connection& db) {
                                           Transaction tx{db};
                                           try {
                                               tx.commit();
                                           } catch (CommitUnknown const&) {
                                               FAIL("the server has answered");
                                           } catch (Error const& error) {
                                               CHECK(error.code() == number);
                                               CHECK(error.retryable() == retryable);
                                           }
                                           CHECK_FALSE(tx.is_active());
                                           CHECK(db.usable());
                                       });
        INFO(outcome.describe());
        CHECK_FALSE(outcome.error);
        CHECK(outcome.seen.contains("ROLLBACK"));
    }
}

TEST_CASE("a transaction that the server does not begin", "[hostile][transaction]")
{
    SECTION("it says that none is under way")
    {
        ScriptedServer server{after_login({serve_until("START"), ok_with(2)})};
        Outcome const outcome =
            attack(server, impatient(server), [](Connection& db) { Transaction tx{db}; });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->sqlstate() == "25000");
    }
    SECTION("it refuses, and what was set for it is not left to the next one")
    {
        ScriptedServer server{
            after_login({serve_until("SET TRANSACTION"), ok_with(2), expect_command(),
                         error(1290, "HY000", "read-only"), expect_command(), ok_with(3),
                         expect_command(), ok_with(2)})};
        Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
            try {
                Transaction tx{db, {.isolation = Isolation::serializable, .read_write = true}};
            } catch (Error const&) {
                CHECK(db.usable());
                throw;
            }
        });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 1290);
        std::vector<std::string> const& commands = outcome.seen.commands;
        REQUIRE(commands.size() == 4);
        CHECK(commands[1] == "\3START TRANSACTION READ WRITE");
        CHECK(commands[2] == "\3START TRANSACTION");
        CHECK(commands[3] == "\3ROLLBACK AND NO CHAIN NO RELEASE");
    }
    SECTION("rows are open, which are no reason to close")
    {
        ScriptedServer server{after_login(
            {serve_until("SELECT"), result_set({.columns = {{.name = "n"}}, .rows = {{"1"}}})})};
        Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
            auto const rows = db.query("SELECT n");
            CHECK_THROWS_AS((Transaction{db, {.isolation = Isolation::serializable}}), Error);
            CHECK(db.usable());
        });
        INFO(outcome.describe());
        CHECK_FALSE(outcome.error);
    }
    SECTION("it refuses its isolation, and begins it all the same")
    {
        ScriptedServer server{
            after_login({serve_until("SET TRANSACTION"), error(1568, "25001", "cannot"),
                         expect_command(), ok_with(3), serve_until("ROLLBACK"), ok_with(2)})};
        Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
            try {
                Transaction tx{db, {.isolation = Isolation::serializable}};
            } catch (Error const&) {
                CHECK(db.usable());
                throw;
            }
        });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 1568);
        CHECK(outcome.seen.contains("ROLLBACK"));
    }
}

TEST_CASE("a rollback that gets no answer costs the connection", "[hostile][transaction]")
{
    ScriptedServer server{
        after_login({serve_until("START"), ok_with(3), serve_until("ROLLBACK"), silence()})};
    Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
        {
            Transaction tx{db};
        }
        CHECK_FALSE(db.usable());
    });
    INFO(outcome.describe());
    CHECK_FALSE(outcome.error);
    CHECK(outcome.elapsed < 1s + slack);
}

// --- Results ---

TEST_CASE("several results that lie", "[hostile][results]")
{
    std::string const another = wire::ok(0, 0, {}, 2 | wire::more_results);
    auto const read_all = [](Connection& db) {
        Results results{db, "SELECT a"};
        static_cast<void>(results.all());
        while (results.next())
            static_cast<void>(results.all());
    };
    SECTION("one that was promised does not come")
    {
        ScriptedServer server{after_login({serve_until("SELECT"), packet(another), silence()})};
        Outcome const outcome = attack(server, impatient(server), read_all);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 2013);
        CHECK(outcome.elapsed < 1s + slack);
    }
    SECTION("without an end, left behind")
    {
        ScriptedServer server{after_login({serve_until("SELECT"), forever({packet(another)})})};
        Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
            {
                Results results{db, "SELECT a"};
                CHECK(results.next());
            }
            CHECK_FALSE(db.usable());
        });
        INFO(outcome.describe());
        CHECK(outcome.elapsed < 1s + slack);
    }
    SECTION("parameters of a procedure, malformed")
    {
        ScriptedServer server{after_login(
            {serve_until("SELECT"), packet("\1"), packet(wire::column_definition()),
             packet(wire::eof(0, 0x1000 | wire::more_results)), packet("\x09xx"), silence()})};
        Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
            Results results{db, "SELECT a"};
            CHECK(results.has_out_parameters());
            static_cast<void>(results.out_parameters());
        });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 2027);
    }
}

// --- Without an end ---

TEST_CASE("what is left out of an answer without an end costs no more than the read timeout",
          "[hostile][results][pipeline]")
{
    Step const rows_begin = result_head({{.name = "n"}});
    Step const endless = endless_rows(wire::text_row({"1"}));
    Step const more = packet(wire::ok(0, 0, {}, 2 | wire::more_results));
    Step const statement = serve_until("SELECT");
    std::vector<std::tuple<std::string, Script, std::function<void(Connection&)>>> const cases{
        {"Rows::next_result()",
         {statement, rows_begin, eof(2 | wire::more_results), forever({more})},
         [](Connection& db) {
             auto rows = db.query("SELECT n");
             rows.next_result();
         }},
        {"Results::next(), behind rows",
         {statement, rows_begin, endless},
         [](Connection& db) {
             Results results{db, "SELECT n"};
             results.next();
         }},
        {"Results::out_parameters()",
         {statement, forever({more})},
         [](Connection& db) {
             Results results{db, "SELECT n"};
             static_cast<void>(results.out_parameters());
         }},
        {"Pipeline::execute()",
         {statement, forever({more})},
         [](Connection& db) {
             Pipeline batch{db};
             batch.execute("SELECT n");
             batch.run();
         }},
        {"Pipeline::execute(), rows",
         {statement, rows_begin, endless},
         [](Connection& db) {
             Pipeline batch{db};
             batch.execute("SELECT n");
             batch.run();
         }},
        {"Pipeline::query_value()",
         {statement, rows_begin, endless},
         [](Connection& db) {
             Pipeline batch{db};
             batch.query_value<int>("SELECT n");
             batch.run();
         }},
        {"Pipeline::query_all(), further results",
         {statement, rows_begin, eof(2 | wire::more_results),
          forever({rows_begin, eof(2 | wire::more_results)})},
         [](Connection& db) {
             Pipeline batch{db};
             batch.query_all<int>("SELECT n");
             batch.run();
         }},
        {"load_data()",
         {serve_until("LOAD"), local_infile("x"), expect_file(), forever({more})},
         [](Connection& db) {
             load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE t", std::string_view{"1"});
         }},
        {"load_data(), before it is asked for the data",
         {serve_until("LOAD"), forever({more})},
         [](Connection& db) {
             load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE t", std::string_view{"1"});
         }},
    };
    for (auto const& [name, script, work] : cases) {
        ScriptedServer server{after_login(script), {.session_limit = 30s}};
        ConnectionOptions options = impatient(server);
        options.local_infile = true;
        Outcome const outcome = attack(server, options, work);
        INFO(name << "\n" << outcome.text());
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.elapsed < 1s + slack);
    }
}

TEST_CASE("what is handed over has a read timeout each time", "[hostile][results][pipeline]")
{
    Step const more = packet(wire::ok(0, 0, {}, 2 | wire::more_results));
    Step const row = packet(wire::text_row({"1"}));
    // On a busy machine a pause may last for longer than the timeout, though not each time.
    auto const run = [](Script const& script, std::function<void(Connection&)> const& work) {
        return unless_late(
            [&] {
                ScriptedServer server{after_login(Script{serve_until("SELECT")} + script)};
                return attack(server, impatient(server), work);
            },
            [](Outcome const& outcome) { return outcome.error.has_value(); });
    };
    SECTION("results")
    {
        Script const script{more, pause(600ms), more, pause(600ms), more, pause(600ms), ok()};
        Outcome const outcome = run(script, [](Connection& db) {
            Results results{db, "SELECT n"};
            int count = 1;
            while (results.next())
                ++count;
            CHECK(count == 4);
        });
        INFO(outcome.describe());
        CHECK_FALSE(outcome.error);
    }
    SECTION("results with rows")
    {
        Step const result = result_head({{.name = "n"}});
        Step const end = eof(2 | wire::more_results);
        Script const script{result,       row, end, pause(600ms), result, row,
                            pause(600ms), row, end, pause(600ms), ok()};
        Outcome const outcome = run(script, [](Connection& db) {
            auto rows = db.query<int>("SELECT n");
            bool const has_next = rows.next_result();
            auto const all = rows.all();
            bool const has_more = rows.next_result();
            CHECK(has_next);
            CHECK(all.size() == 2);
            CHECK_FALSE(has_more);
        });
        INFO(outcome.describe());
        CHECK_FALSE(outcome.error);
    }
    SECTION("rows of a batch")
    {
        Script const script{
            result_head({{.name = "n"}}), row, pause(600ms), row, pause(600ms), row, eof()};
        Outcome const outcome = run(script, [](Connection& db) {
            Pipeline batch{db};
            auto const rows = batch.query_all<int>("SELECT n");
            batch.run();
            CHECK(rows.value().size() == 3);
        });
        INFO(outcome.describe());
        CHECK_FALSE(outcome.error);
    }
}

// Deadlines against peers that do not play along: the call ends in time, nothing is sent to a second server that is
// not the first, and what became of the statement is not told wrongly.

#include "deaf.hpp"
#include "victim.hpp"

#include <sealsql/bulk.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/load_data.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/transaction.hpp>

#include "support/catch.hpp"
#include "support/certificates.hpp"
#include "support/fake_name.hpp"
#include "support/tcp_proxy.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds limit_time = 200ms;
constexpr std::chrono::milliseconds grace = 400ms;
constexpr std::chrono::milliseconds tolerance = 700ms; // of a machine that is busy

constexpr char mark[] = "this server 127.0.0.1:50000";

/// What a connection answers that is asked who it is.
Answer identity(int id, std::string const& server = mark)
{
    return {"CONNECTION_ID()", Script{result_set({.columns = {{.name = "id"}, {.name = "server"}},
                                                  .rows = {{std::to_string(id), server}}})}};
}

/// The same of one that knows of no connection of the number asked about.
Answer unknown_connection(int id)
{
    return {"CONNECTION_ID()", Script{result_set({.columns = {{.name = "id"}, {.name = "server"}},
                                                  .rows = {{std::to_string(id), std::nullopt}}})}};
}

/// The first connection: what it does with the statement.
Script first(Script const& on_statement, Identity const& identity_shown = TestPki::shared().good())
{
    return logged_in(identity_shown) +
           Script{serve({identity(7), {"the statement", on_statement}})};
}

/// The second one, which takes KILL.
Script second(std::vector<Answer> answers = {identity(8)},
              Identity const& identity_shown = TestPki::shared().good())
{
    return logged_in(identity_shown) + Script{serve(std::move(answers))};
}

struct Result {
    std::optional<OperationCancelled> error;
    std::chrono::milliseconds elapsed{};
    bool usable = false;
    std::vector<Transcript> seen; // by each connection
    [[nodiscard]] bool killed() const
    {
        for (std::size_t i = 1; i < seen.size(); ++i)
            if (seen[i].contains("KILL"))
                return true;
        return false;
    }
};

template <class Work>
Result run_once(Script const& one, std::vector<Script> others, Work const& work)
{
    ScriptedServer server{one, {.connections = 1 + others.size(), .then = std::move(others)}};
    Result result;
    {
        Connection db{careful(server)};
        auto const begin = std::chrono::steady_clock::now();
        try {
            OperationDeadline const limit{db, limit_time, {}, {.grace = grace}};
            work(db);
        } catch (OperationCancelled const& error) {
            result.error = error;
        }
        result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - begin);
        result.usable = db.usable();
    }
    result.seen = server.finish_all();
    return result;
}

bool is_late(Result const& result) { return result.elapsed > limit_time + grace + tolerance; }

/// The same again where the machine was late, or so slow that the statement was never sent, or the attack never seen.
template <class Work>
Result run(Script const& one, std::vector<Script> const& others, Work const& work,
           std::function<bool(Result const&)> const& says_nothing = {})
{
    return unless_late([&] { return run_once(one, others, work); },
                       [&](Result const& result) {
                           return is_late(result) ||
                                  (result.error &&
                                   result.error->outcome() == CancelOutcome::not_sent) ||
                                  (says_nothing && says_nothing(result));
                       });
}

bool was_not_killed(Result const& result) { return !result.killed(); }
bool has_no_second(Result const& result) { return result.seen.size() != 2; }
bool was_not_asked(Result const& result)
{
    return has_no_second(result) || !result.seen[1].contains("CONNECTION_ID()");
}
bool used_up_the_grace(Result const& result) { return result.elapsed >= limit_time + grace; }

void execute(Connection& db) { db.execute("the statement"); }

void check_closed(Result const& result)
{
    REQUIRE(result.error);
    INFO(result.elapsed.count() << " ms: " << result.error->what());
    CHECK(result.elapsed >= limit_time);
    CHECK(result.elapsed <= limit_time + grace + tolerance);
    CHECK(result.error->outcome() == CancelOutcome::unknown);
    CHECK(result.error->poisons_connection());
    CHECK_FALSE(result.error->retryable());
    CHECK(result.error->message().find("not known") != std::string::npos);
    CHECK_FALSE(result.usable);
}

/// Row upon row.
Script rows_without_end()
{
    return {result_head({{.name = "a"}}), endless_rows(wire::text_row({"1"}), 1U << 30U)};
}

} // namespace

TEST_CASE("a server that ignores KILL is left at the end of the grace", "[hostile]")
{
    std::string const row = wire::packet(4, wire::text_row({std::string(60000, 'x')}));
    for (Script const& answer :
         {Script{silence()}, Script{result_head({{.name = "a"}}), silence()},
          Script{result_head({{.name = "a"}}), send_slowly(row, 20ms)}, rows_without_end(),
          Script{endless_progress(5ms)}, Script{send_slowly(std::string(1000, 'x'), 20ms)}}) {
        Result const result = run(first(answer), {second()}, execute, was_not_killed);
        if (result.error && result.error->outcome() == CancelOutcome::unknown) {
            check_closed(result);
            CHECK(result.killed());
        } else {
            FAIL("it was not left");
        }
    }
}

TEST_CASE("a second connection that says nothing costs no more than the grace", "[hostile]")
{
    for (Stage const stage :
         {Stage::after_accept, Stage::inside_greeting, Stage::after_client_hello,
          Stage::after_handshake, Stage::after_login}) {
        INFO(to_string(stage));
        check_closed(run(first({silence()}),
                         {up_to(stage, TestPki::shared().good()) + Script{silence()}}, execute));
    }
    INFO("silent after the login");
    check_closed(run(first({silence()}), {second({{"", {silence()}}})}, execute));
    INFO("silent after KILL");
    check_closed(run(first({silence()}), {second({identity(8), {"KILL", {silence()}}})}, execute));
    INFO("dripping");
    check_closed(run(first({silence()}), {Script{drip(30ms)} + logged_in(TestPki::shared().good())},
                     execute));
}

TEST_CASE("a second connection is verified as the first", "[hostile]")
{
    for (Identity const* const shown :
         {&TestPki::shared().other_authority(), &TestPki::shared().self_signed(),
          &TestPki::shared().wrong_ip(), &TestPki::shared().expired()}) {
        Result const result =
            run(first({silence()}), {second({identity(8)}, *shown)}, execute,
                [](Result const& one) { return used_up_the_grace(one) || has_no_second(one); });
        check_closed(result);
        CHECK(result.elapsed < limit_time + grace); // at once
        REQUIRE(result.seen.size() == 2);
        CHECK(result.seen[1].connected);
        CHECK_FALSE(leaked(result.seen[1]));
        CHECK_FALSE(result.killed());
    }
    // Without TLS.
    GreetingOptions options;
    options.capabilities &= ~wire::capability::ssl;
    Result const result =
        run(first({silence()}), {Script{greeting(options), expect_login(), ok(), serve()}}, execute,
            has_no_second);
    check_closed(result);
    REQUIRE(result.seen.size() == 2);
    CHECK_FALSE(leaked(result.seen[1]));
}

TEST_CASE("no KILL goes to another server", "[hostile]")
{
    for (Answer const& answer :
         {identity(8, "another server 127.0.0.1:50000"), identity(3), identity(7),
          // Started anew, it has given the number to somebody else.
          identity(8, "this server 127.0.0.1:50001"), unknown_connection(8),
          Answer{"CONNECTION_ID()", {error(1193, "HY000", "Unknown system variable")}}}) {
        Result const result = run(first({silence()}), {second({answer})}, execute, was_not_asked);
        check_closed(result);
        CHECK_FALSE(was_not_asked(result));
        CHECK_FALSE(result.killed());
    }
}

TEST_CASE("a KILL goes to the connection that was asked about", "[hostile]")
{
    Result const result = run(first({silence()}), {second({identity(8)})}, execute, was_not_killed);
    check_closed(result);
    REQUIRE(result.seen.size() == 2);
    CHECK(result.seen[0].contains("PROCESSLIST WHERE ID = CONNECTION_ID()"));
    CHECK(result.seen[1].contains("PROCESSLIST WHERE ID = 7)"));
    CHECK(result.seen[1].contains("KILL QUERY 7"));
    // One that nobody can name is not killed.
    Result const unnamed =
        run(logged_in(TestPki::shared().good()) +
                Script{serve({unknown_connection(7), {"the statement", {silence()}}})},
            {second({unknown_connection(8)})}, execute);
    check_closed(unnamed);
    CHECK_FALSE(unnamed.killed());
}

TEST_CASE("a server that does not say who it is is left at the deadline", "[hostile]")
{
    Script const one =
        logged_in(TestPki::shared().good()) +
        Script{serve({{"CONNECTION_ID()", {error(1193, "HY000", "Unknown system variable")}},
                      {"the statement", {silence()}}})};
    Result const result = run(one, {}, execute, used_up_the_grace);
    check_closed(result);
    CHECK(result.elapsed < limit_time + grace);
    // Nor anything else.
    Script const mute = logged_in(TestPki::shared().good()) + Script{serve({{"", {silence()}}})};
    Result const silent = unless_late([&] { return run_once(mute, {}, execute); }, is_late);
    REQUIRE(silent.error);
    CHECK(silent.error->outcome() == CancelOutcome::not_sent);
    CHECK(silent.error->poisons_connection());
    CHECK_FALSE(silent.usable);
    CHECK(silent.elapsed <= limit_time + grace + tolerance);
    CHECK_FALSE(silent.seen.front().contains("the statement"));
}

TEST_CASE("a refused second connection costs the first at once", "[hostile]")
{
    Result const result =
        run(first({silence()}), {Script{steps::close()}}, execute, used_up_the_grace);
    check_closed(result);
    CHECK(result.elapsed < limit_time + grace);
}

TEST_CASE("a KILL that came late is absorbed before the next statement", "[hostile]")
{
    auto const round = [] {
        // The first DO 0 is hit by the KILL, the second is not.
        auto const hits = std::make_shared<int>(0);
        Step const absorb{[hits](Session& session) {
            if ((*hits)++ == 0)
                session.send_packet("\xFF\x25\x05#70100Query execution was interrupted");
            else
                session.send_packet(wire::ok());
        }};
        Script const interrupted{silence(limit_time + 100ms),
                                 error(1317, "70100", "Query execution was interrupted")};
        ScriptedServer server{
            logged_in(TestPki::shared().good()) +
                Script{serve({identity(7), {"the statement", interrupted}, {"DO 0", {absorb}}})},
            {.connections = 2, .then = {second()}}};
        Result result;
        {
            Connection db{careful(server)};
            try {
                OperationDeadline const limit{db, limit_time, {}, {.grace = grace}};
                db.execute("the statement");
            } catch (OperationCancelled const& error) {
                result.error = error;
            } catch (Error const&) { // before its time was over, as it seemed
            }
            result.usable = db.usable();
            if (result.usable) {
                db.execute("the next");
                db.execute("another");
            }
        }
        result.seen = server.finish_all();
        return result;
    };
    Result const result = unless_late(round, [](Result const& one) {
        return !one.error || one.error->outcome() != CancelOutcome::interrupted;
    });
    REQUIRE(result.error);
    CHECK(result.error->outcome() == CancelOutcome::interrupted);
    CHECK_FALSE(result.error->poisons_connection());
    REQUIRE(result.usable);
    std::vector<std::string> texts;
    for (std::string const& command : result.seen.front().commands)
        if (!command.empty() && command[0] == '\x03')
            texts.push_back(command.substr(1));
    REQUIRE(texts.size() == 6);
    CHECK(texts[2] == "DO 0");
    CHECK(texts[3] == "DO 0");
    CHECK(texts[4] == "the next");
    CHECK(texts[5] == "another");
}

// With semi-synchronous replication a server that is told to stop a COMMIT answers OK, though no replica has it.
TEST_CASE("a COMMIT is not told to stop, and told as done or unknown", "[hostile]")
{
    enum class Told { done, unknown, late, nothing };
    auto const told = [](Script const& on_commit) {
        ScriptedServer server{logged_in(TestPki::shared().good()) +
                              Script{serve({identity(7),
                                            {"START TRANSACTION", {packet(wire::ok(0, 0, {}, 3))}},
                                            {"the statement", {packet(wire::ok(0, 0, {}, 3))}},
                                            {"COMMIT", on_commit}})}};
        Connection db{careful(server)};
        OperationDeadline const limit{db, limit_time, {}, {.grace = grace}};
        auto const begin = std::chrono::steady_clock::now();
        try {
            Transaction tx{db};
            tx.commit();
            CHECK(db.usable());
            return Told::done;
        } catch (OperationCancelled const&) {
            return Told::nothing; // it did not come to the COMMIT
        } catch (CommitUnknown const& error) {
            INFO(error.what());
            CHECK(error.cancel_reason() ==
                  (error.code() == 1317 ? CancelReason::none : CancelReason::deadline));
            CHECK(error.sqlstate() == "08007");
            CHECK_FALSE(error.retryable());
            CHECK_FALSE(db.usable());
            return std::chrono::steady_clock::now() - begin <= limit_time + grace + tolerance
                       ? Told::unknown
                       : Told::late;
        }
    };
    auto const check_told = [&](Script const& on_commit, Told expected) {
        CHECK(unless_late([&] { return told(on_commit); },
                          [&](Told one) { return one != expected; }) == expected);
    };
    check_told({silence(limit_time + 100ms), ok()}, Told::done);
    check_told(
        {silence(limit_time + 100ms), error(1317, "70100", "Query execution was interrupted")},
        Told::unknown);
    check_told({silence()}, Told::unknown);
    check_told({silence(limit_time + 100ms), steps::close()}, Told::unknown);
}

TEST_CASE("the COMMIT of a bulk insert is not told to stop", "[hostile]")
{
    Answer const room{
        "max_allowed_packet",
        Script{result_set(
            {.columns = {{.name = "limit", .type = wire::ColumnType::bigint}, {.name = "mode"}},
             .rows = {{"16777216", "STRICT_TRANS_TABLES"}}})}};
    auto const rows_stored = [&](Script const& on_commit) -> std::optional<std::uint64_t> {
        ScriptedServer server{
            logged_in(TestPki::shared().good()) +
            Script{serve(
                {identity(7), room, {"INSERT", {prepare_ok(1, 1, {})}}, {"COMMIT", on_commit}})}};
        Connection db{careful(server)};
        OperationDeadline const limit{db, limit_time, {}, {.grace = grace}};
        try {
            return bulk_execute(db, "INSERT INTO t VALUES (?)", std::vector<std::tuple<int>>{{1}})
                .rows;
        } catch (Error const& error) {
            INFO(error.what());
            CHECK(error.cancel_reason() == CancelReason::deadline);
            if (error.sqlstate() != "08007")
                return std::nullopt; // it did not come to the COMMIT
            CHECK_FALSE(db.usable());
            return 0;
        }
    };
    auto const check_stored = [&](Script const& on_commit, std::uint64_t expected) {
        CHECK(unless_late([&] { return rows_stored(on_commit); },
                          [&](auto const& rows) { return rows != expected; }) == expected);
    };
    check_stored({silence(limit_time + 100ms), ok()}, 1);
    check_stored({silence()}, 0);
}

TEST_CASE("rows of a statement that ends after KILL are dropped", "[hostile]")
{
    Script const late{silence(limit_time + 100ms),
                      result_set({.columns = {{.name = "a"}}, .rows = {{"1"}, {"2"}}})};
    int rows = 0;
    auto const read = [&](Connection& db) {
        rows = 0;
        for ([[maybe_unused]] Row const& row : db.query("the statement"))
            ++rows;
    };
    Result const result = run(first(late), {second()}, read, [](Result const& one) {
        return !one.error || one.error->outcome() != CancelOutcome::completed;
    });
    REQUIRE(result.error);
    CHECK(rows == 0);
    CHECK(result.error->outcome() == CancelOutcome::completed);
    CHECK_FALSE(result.error->poisons_connection());
    CHECK(result.usable);
}

TEST_CASE("an error of the statement's own stays what it is", "[hostile]")
{
    Script const late{silence(limit_time + 100ms), error(1213, "40001", "Deadlock found")};
    int code = 0;
    auto const execute_it = [&](Connection& db) {
        try {
            db.execute("the statement");
        } catch (OperationCancelled const&) {
            throw;
        } catch (Error const& error) {
            code = error.code();
            CHECK(error.retryable());
        }
    };
    Result const result = run(first(late), {second()}, execute_it, [](Result const& one) {
        return one.error || one.elapsed < limit_time; // it came as if there were no deadline
    });
    CHECK_FALSE(result.error);
    CHECK(code == 1213);
    CHECK(result.usable);
}

TEST_CASE("a server that takes nothing in is left", "[hostile]")
{
    std::string const large(std::size_t{48} << 20U, 'x');
    Result const result = run(
        logged_in(TestPki::shared().good()) +
            Script{serve_until("CONNECTION_ID()"), identity(7).with.steps().front(), pause(2s)},
        {}, [&](Connection& db) { db.execute("SELECT ?", large); },
        [](Result const& one) { return !one.error; });
    check_closed(result);
}

TEST_CASE("a request to stop ends a write that waits", "[hostile]")
{
    std::string const large(std::size_t{48} << 20U, 'x');
    auto const round = [&] {
        ScriptedServer server{
            logged_in(TestPki::shared().good()) +
            Script{serve_until("CONNECTION_ID()"), identity(7).with.steps().front(), pause(2s)}};
        Connection db{careful(server)};
        std::stop_source source;
        Result result;
        auto const begin = std::chrono::steady_clock::now();
        std::jthread const other{[&] {
            std::this_thread::sleep_for(150ms);
            source.request_stop();
        }};
        OperationDeadline const limit{db, 30s, source.get_token(), {.grace = grace}};
        try {
            db.execute("SELECT ?", large);
        } catch (OperationCancelled const& error) {
            result.error = error;
        }
        result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - begin);
        return result;
    };
    Result const result = unless_late(round, [](Result const& one) {
        return is_late(one) || !one.error || one.error->outcome() == CancelOutcome::not_sent;
    });
    REQUIRE(result.error);
    CHECK(result.error->reason() == CancelReason::stop_requested);
    CHECK(result.error->outcome() == CancelOutcome::unknown);
    CHECK(result.elapsed <= limit_time + grace + tolerance);
}

TEST_CASE("connecting ends at its deadline and when told to stop at any stage", "[hostile]")
{
    for (Stage const stage : {Stage::after_accept, Stage::inside_greeting, Stage::after_greeting,
                              Stage::after_client_hello, Stage::inside_server_hello,
                              Stage::after_handshake, Stage::after_login}) {
        for (bool const by_token : {false, true}) {
            auto const round = [&] {
                ScriptedServer server{up_to(stage, TestPki::shared().good()) + Script{silence()}};
                Result result;
                std::stop_source source;
                auto const begin = std::chrono::steady_clock::now();
                std::jthread other;
                if (by_token)
                    other = std::jthread{[&source] {
                        std::this_thread::sleep_for(limit_time);
                        source.request_stop();
                    }};
                try {
                    static_cast<void>(connect(careful(server),
                                              begin + (by_token ? 30s : limit_time),
                                              source.get_token()));
                } catch (OperationCancelled const& error) {
                    result.error = error;
                }
                result.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::steady_clock::now() - begin);
                result.seen = server.finish_all();
                return result;
            };
            Result const result = unless_late(
                round, [](Result const& one) { return one.elapsed >= limit_time + tolerance; });
            INFO(to_string(stage) << (by_token ? ", token" : ", deadline"));
            REQUIRE(result.error);
            CHECK(result.error->outcome() == CancelOutcome::not_sent);
            CHECK(result.error->reason() ==
                  (by_token ? CancelReason::stop_requested : CancelReason::deadline));
            CHECK(result.elapsed >= limit_time - 10ms);
            CHECK(result.elapsed < limit_time + tolerance);
            if (stage < Stage::after_handshake)
                for (Transcript const& seen : result.seen)
                    CHECK_FALSE(leaked(seen));
        }
    }
}

TEST_CASE("each part of connecting has a time of its own", "[hostile]")
{
    struct Part {
        Stage stage;
        std::chrono::milliseconds Timeouts::*timeout;
        char const* call;
    };
    for (Part const& part :
         {Part{Stage::after_accept, &Timeouts::handshake, "handshake_timeout()"},
          Part{Stage::after_client_hello, &Timeouts::handshake, "handshake_timeout()"},
          Part{Stage::inside_server_hello, &Timeouts::handshake, "handshake_timeout()"},
          Part{Stage::after_handshake, &Timeouts::login, "login_timeout()"},
          Part{Stage::after_login, &Timeouts::login, "login_timeout()"}}) {
        auto const round = [&] {
            ScriptedServer server{up_to(part.stage, TestPki::shared().good()) + Script{silence()}};
            ConnectionOptions options = careful(server);
            options.timeouts.*part.timeout = limit_time;
            return attack(server, options);
        };
        Outcome const outcome = unless_late(
            round, [](Outcome const& one) { return one.elapsed >= limit_time + tolerance; });
        INFO(to_string(part.stage) << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.elapsed >= limit_time - 10ms);
        CHECK(outcome.elapsed < limit_time + tolerance);
        CHECK(outcome.text().find(part.call) != std::string::npos);
        CHECK(outcome.text().find("200 ms") != std::string::npos);
        CHECK(outcome.error->retryable());
    }
    // What is not spent in one part is not lost to the next.
    auto const takes_its_time_later = [] {
        ScriptedServer server{Script{greeting(), start_tls(TestPki::shared().good()),
                                     expect_login(), pause(limit_time + 100ms), ok(), serve()}};
        ConnectionOptions options = careful(server);
        options.timeouts.handshake = limit_time;
        return attack(server, options);
    };
    CHECK(unless_late(takes_its_time_later, [](Outcome const& one) {
              return !one.connected;
          }).connected);
}

TEST_CASE("an address that does not answer has the time of one dial", "[hostile]")
{
    FakeName const name{"dial.deadline.test", {"127.0.0.2", "127.0.0.3"}};
    ScriptedServer server{logged_in(TestPki::shared().trusted().issue({.dns = {name.name()}})) +
                              Script{serve()},
                          {.address = "127.0.0.3", .connections = 20}};
    Deaf deaf{0, "127.0.0.2", server.port()};
    deaf.fill();
    ConnectionOptions options = careful(server);
    options.endpoint = Endpoint::tcp(name.name(), server.port());
    options.timeouts.dial = limit_time;
    auto const check_time = [](std::function<void()> const& connects) {
        auto const elapsed = unless_late(
            [&] {
                auto const begin = std::chrono::steady_clock::now();
                connects();
                return std::chrono::steady_clock::now() - begin;
            },
            [](auto one) { return one >= limit_time + tolerance; });
        CHECK(elapsed >= limit_time - 10ms);
        CHECK(elapsed < limit_time + tolerance);
    };
    for (bool const has_deadline : {false, true})
        check_time([&] {
            Connection const db = has_deadline
                                      ? connect(options, std::chrono::steady_clock::now() + 30s)
                                      : Connection{options};
            CHECK(db.usable());
        });
    options.endpoint = Endpoint::tcp("127.0.0.2", server.port());
    check_time([&] {
        try {
            Connection const db{options};
            FAIL("connected");
        } catch (Error const& error) {
            CHECK(error.code() == 2003);
            CHECK(error.remedy().find("dial_timeout()") != std::string::npos);
            CHECK(error.message().find("200 ms") != std::string::npos);
            CHECK(error.retryable());
        }
    });
    // An earlier deadline is that, and not the time of the dial.
    options.timeouts.dial = 3s;
    try {
        static_cast<void>(connect(options, std::chrono::steady_clock::now() + limit_time));
        FAIL("connected");
    } catch (OperationCancelled const& error) {
        CHECK(error.reason() == CancelReason::deadline);
        CHECK(error.outcome() == CancelOutcome::not_sent);
    }
}

TEST_CASE("a resolver that hangs keeps nobody past the deadline", "[hostile]")
{
    FakeName name{"hangs.deadline.test", {"127.0.0.1"}};
    ScriptedServer server{logged_in(TestPki::shared().trusted().issue({.dns = {name.name()}})) +
                              Script{serve()},
                          {.connections = 4}};
    ConnectionOptions options = careful(server);
    options.endpoint = Endpoint::tcp(name.name(), server.port());
    struct Listener : Observer {
        void on_connect(ConnectEvent const& event) noexcept override
        {
            ++told;
            code = event.error != nullptr ? event.error->code() : 0;
            duration = event.span.duration;
        }
        int told = 0;
        int code = 0;
        std::chrono::nanoseconds duration{};
    };
    auto const listener = std::make_shared<Listener>();
    options.observer = make_observer(listener);
    name.hang();
    auto const check_time = [](std::function<std::chrono::steady_clock::duration()> const& round) {
        auto const elapsed =
            unless_late(round, [](auto one) { return one >= limit_time + tolerance; });
        CHECK(elapsed >= limit_time - 10ms);
        CHECK(elapsed < limit_time + tolerance);
    };
    int attempts = 0;
    auto const ends = [&](CancelReason reason) {
        ++attempts;
        std::stop_source source;
        auto const begin = std::chrono::steady_clock::now();
        std::jthread other;
        if (reason == CancelReason::stop_requested)
            other = std::jthread{[&source] {
                std::this_thread::sleep_for(limit_time);
                source.request_stop();
            }};
        try {
            static_cast<void>(connect(options,
                                      begin + (reason == CancelReason::deadline ? limit_time : 30s),
                                      source.get_token()));
            FAIL("connected");
        } catch (OperationCancelled const& error) {
            CHECK(error.reason() == reason);
            CHECK(error.outcome() == CancelOutcome::not_sent);
            CHECK(error.message().find("resolver") != std::string::npos);
            CHECK(error.message().find(name.name()) != std::string::npos);
        }
        return std::chrono::steady_clock::now() - begin;
    };
    check_time([&] { return ends(CancelReason::deadline); });
    CHECK(listener->code != 0);
    CHECK(listener->duration >= limit_time - 10ms);
    check_time([&] { return ends(CancelReason::stop_requested); });
    CHECK(listener->told == attempts);
    // Nor past the options' own time.
    ConnectionOptions hurried = options;
    hurried.timeouts.connect = limit_time;
    SingleServer single{hurried};
    for (bool const is_single : {false, true})
        check_time([&] {
            auto const begin = std::chrono::steady_clock::now();
            try {
                static_cast<void>(is_single ? single.connect(begin + 30s, {})
                                            : connect(hurried, begin + 30s));
                FAIL("connected");
            } catch (OperationCancelled const& error) {
                FAIL(error.what());
            } catch (Error const& error) {
                CHECK(error.retryable());
                CHECK(error.message() == "the resolver has not answered yet where " + name.name() +
                                             " is, within connect_timeout()");
            }
            return std::chrono::steady_clock::now() - begin;
        });
    CHECK(name.lookups() == 1); // which was left behind, and is joined
    CHECK(server.accepted() == 0);

    // Another name is not kept waiting by it, and neither is the next host of a list.
    FakeName const other{"works.deadline.test", {"127.0.0.1"}};
    ScriptedServer good{logged_in(TestPki::shared().trusted().issue({.dns = {other.name()}})) +
                            Script{serve()},
                        {.connections = 4}};
    {
        HostList hosts{{{name.name(), server.port()}, {other.name(), good.port()}},
                       careful(good),
                       {.target = Target::any}};
        CHECK(hosts.connect(std::chrono::steady_clock::now() + 4s, {})
                  .usable()); // half of it for each
        CHECK(hosts.status()[0].is_resting);
        CHECK(hosts.status()[0].reason.find("resolver") != std::string::npos);
    }
    CHECK(name.lookups() == 1);

    // When it answers after all, those who wait for it connect.
    auto waiting = std::async(std::launch::async, [&] {
        return connect(options, std::chrono::steady_clock::now() + 10s).usable();
    });
    std::this_thread::sleep_for(100ms); // by then it waits, or else it asks itself
    name.answer();
    CHECK(waiting.get());
    // And what was left behind is over: the next one asks anew.
    int const before = name.lookups();
    CHECK(connect(options, std::chrono::steady_clock::now() + 10s).usable());
    CHECK(name.lookups() == before + 1);
    name.stand_for({});
    try {
        static_cast<void>(connect(options, std::chrono::steady_clock::now() + 10s));
        FAIL("connected");
    } catch (OperationCancelled const&) {
        FAIL("it was not cancelled");
    } catch (Error const& error) {
        CHECK(error.code() == 2005);
        CHECK(listener->code == 2005);
    }
}

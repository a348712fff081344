// Servers that were verified, or stolen, and then lie: every reply that is none is an error, nothing is read out of bounds,
// no file is sent, memory stays bounded.

#include "victim.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <functional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

constexpr int malformed = 2027;

Script answering(Script const& answer)
{
    return logged_in(TestPki::shared().good()) + Script{serve_until("SELECT")} + answer +
           Script{silence()};
}

void read_rows(Connection& db)
{
    for (Row const& row : db.query("SELECT a, b FROM t"))
        static_cast<void>(row.size());
}

std::vector<wire::Column> const two_columns{{.name = "a"}, {.name = "b"}};

/// A reply that must end the connection with error 2027.
void check_rejected(std::string const& name, Script const& answer)
{
    ScriptedServer server{answering(answer)};
    bool usable = true;
    Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
        try {
            read_rows(db);
        } catch (...) {
            usable = db.usable();
            throw;
        }
    });
    INFO(name << "\n" << outcome.describe());
    CHECK(outcome.connected);
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == malformed);
    CHECK(outcome.error->poisons_connection());
    CHECK_FALSE(usable);
    CHECK(outcome.elapsed < slack);
}

} // namespace

TEST_CASE("no file is ever sent", "[hostile][valgrind]")
{
    std::string const long_name(300, 'x');
    for (std::string const& file : std::vector<std::string>{"/etc/passwd", "%n%s%s%s%s%s%n", "",
                                                            long_name, std::string(1, '\0')}) {
        ScriptedServer server{logged_in(TestPki::shared().good()) +
                              Script{serve_until("SELECT"), local_infile(file), expect_file()}};
        Outcome const outcome = attack(server, careful(server), read_rows);
        INFO(wire::printable(file) << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.seen.files.empty());
        CHECK_FALSE(outcome.seen.contains("root:"));
    }
}

TEST_CASE("a file asked for in answer to a ping, a reset or an init statement is not sent",
          "[hostile]")
{
    Script const ask{local_infile("/etc/passwd"), expect_file()};
    SECTION("ping")
    {
        ScriptedServer server{logged_in(TestPki::shared().good()) + Script{expect_command()} + ask};
        Outcome const outcome = attack(server, careful(server), [](Connection& db) { db.ping(); });
        INFO(outcome.describe());
        CHECK(outcome.seen.files.empty());
        CHECK_FALSE(outcome.seen.contains("root:"));
    }
    SECTION("reset")
    {
        ScriptedServer server{logged_in(TestPki::shared().good()) + Script{expect_command()} + ask};
        Outcome const outcome = attack(server, careful(server), [](Connection& db) { db.reset(); });
        INFO(outcome.describe());
        CHECK(outcome.seen.files.empty());
        CHECK_FALSE(outcome.seen.contains("root:"));
    }
    SECTION("init statement")
    {
        ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve_until("SET")} +
                              ask};
        ConnectionOptions options = careful(server);
        options.init_statements = {"SET time_zone = '+00:00'"};
        Outcome const outcome = attack(server, options);
        INFO(outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.seen.files.empty());
    }
}

TEST_CASE("a file asked for behind another result, or while leaving one, is not sent", "[hostile]")
{
    using namespace std::string_literals;
    std::string const another = "\0\0\0\x0a\0\0\0"s; // OK, and more results follow
    Script const ask{local_infile("/etc/passwd"), expect_file()};
    auto const execute = [](Connection& db) { db.execute("SELECT a, b FROM t"); };
    auto const leave = [](Connection& db) {
        static_cast<void>(db.query("SELECT a, b FROM t"));
        CHECK_FALSE(db.usable());
    };
    std::vector<std::pair<Script, std::function<void(Connection&)>>> const places{
        {Script{packet(another)} + ask, execute},
        {Script{packet(another)} + ask, leave},
        {Script{result_head(two_columns), eof(2 | wire::more_results)} + ask, read_rows},
        {Script{result_head(two_columns), packet(wire::text_row({"1", "2"}))} + ask, leave},
        {Script{packet("\2")} + ask, read_rows}, // in place of a column's description
    };
    for (auto const& [answer, work] : places) {
        ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve_until("SELECT")} +
                              answer};
        Outcome const outcome = attack(server, careful(server), work);
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(outcome.seen.files.empty());
        CHECK_FALSE(outcome.seen.contains("root:"));
    }
    ScriptedServer server{logged_in(TestPki::shared().good()) +
                          Script{serve_until("SET"), packet(another)} + ask};
    ConnectionOptions options = careful(server);
    options.init_statements = {"SET time_zone = '+00:00'"};
    Outcome const outcome = attack(server, options);
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    REQUIRE(outcome.error);
    CHECK(outcome.seen.files.empty());
}

TEST_CASE("packets out of order are refused wherever they come", "[hostile]")
{
    check_rejected("the answer's first", {next_sequence(7), ok()});
    check_rejected("a column's description", {packet("\2"), next_sequence(9),
                                              packet(wire::column_definition({.name = "a"}))});
    check_rejected("a row", {result_head(two_columns), packet(wire::text_row({"1", "2"})),
                             next_sequence(0), packet(wire::text_row({"1", "2"}))});
    check_rejected("the same row again",
                   {result_head(two_columns), packet(wire::text_row({"1", "2"})), next_sequence(5),
                    packet(wire::text_row({"1", "2"}))});
    for (bool const is_ping : {true, false}) {
        ScriptedServer server{logged_in(TestPki::shared().good()) +
                              Script{expect_command(), next_sequence(3), ok(), silence()}};
        bool usable = true;
        Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
            try {
                if (is_ping)
                    db.ping();
                else
                    db.reset();
            } catch (Error const&) {
                usable = db.usable();
                throw;
            }
        });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
        CHECK_FALSE(usable);
    }
    // More rows than there are numbers, and an error out of nowhere, which servers do send.
    ScriptedServer server{logged_in(TestPki::shared().good()) +
                          Script{serve_until("SELECT"), result_head(two_columns),
                                 repeat(700, {packet(wire::text_row({"1", "2"}))}), eof(),
                                 expect_command(), next_sequence(0),
                                 error(4031, "HY000", "The client was disconnected")}};
    Outcome const outcome = attack(server, careful(server), [](Connection& db) {
        read_rows(db);
        db.ping();
    });
    INFO(outcome.describe());
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == 4031);
}

TEST_CASE("16 MiB packets without end are cut off at the limit", "[hostile]")
{
    auto const flood = [](Script const& before, std::function<void(Connection&)> const& work) {
        std::string const part(wire::largest_payload, 'x');
        Step const endless{[part](Session& session) {
            for (;;) {
                std::string const sequence = wire::int1(session.take_sequence());
                session.send(wire::int3(wire::largest_payload) + sequence + part);
            }
        }};
        ScriptedServer server{logged_in(TestPki::shared().good()) + before + Script{endless}};
        ConnectionOptions options = careful(server);
        options.max_allowed_packet = 1U << 20U;
        Outcome const outcome = attack(server, options, work);
        INFO(outcome.describe());
        CHECK(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 2020);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.seen.sent_bytes < 24U << 20U);
        CHECK(outcome.elapsed < slack);
    };
    flood({serve_until("SELECT")}, read_rows);
    flood({serve_until("SELECT"), packet("\2")}, read_rows);
    flood({serve_until("SELECT"), result_head(two_columns)}, read_rows);
    flood({expect_command()}, [](Connection& db) { db.ping(); });
    flood({expect_command()}, [](Connection& db) { db.reset(); });
}

TEST_CASE("warnings without end, and lies about their number, end in time", "[hostile]")
{
    std::vector<wire::Column> const columns{
        {.name = "Level"}, {.name = "Code"}, {.name = "Message"}};
    auto const ask = [&](Script const& answer) {
        ScriptedServer server{logged_in(TestPki::shared().good()) +
                              Script{serve_until("SHOW WARNINGS"), result_head(columns)} + answer};
        ConnectionOptions options = careful(server);
        options.timeouts.read = 1s;
        Outcome const outcome = attack(server, options, [](Connection& db) {
            std::size_t bytes = 0;
            for (Warning const& warning : db.warnings())
                bytes += warning.message.size();
            CHECK(bytes < 17U << 20U);
        });
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(outcome.elapsed < 1s + slack);
        return outcome.error.has_value();
    };
    CHECK(ask({endless_rows(wire::text_row({"Note", "1", "x"}))}));
    CHECK(ask({packet(wire::text_row({"Note", "1"}))}));
    CHECK(ask({packet(wire::text_row({"Note", "1", "x"})), silence()}));
    CHECK_FALSE(
        ask({repeat(300, {packet(wire::text_row({"Note", "1", std::string(100'000, 'x')}))}), eof(),
             serve()}));
    // Numbers that are none are where the list ends.
    CHECK_FALSE(
        ask({packet(wire::text_row({"Note", "99999999999999999999", "x"})), eof(), serve()}));
    CHECK_FALSE(ask({packet(wire::text_row({"Note", std::nullopt, "x"})), eof(), serve()}));
}

TEST_CASE("an empty packet ends the connection", "[hostile]")
{
    for (Script const& answer : {Script{packet("")}, Script{packet("\2"), packet("")},
                                 Script{result_head(two_columns), packet("")}}) {
        ScriptedServer server{answering(answer)};
        Outcome const outcome = attack(server, careful(server), read_rows);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.elapsed < slack);
    }
}

TEST_CASE("rows that are none are refused", "[hostile][valgrind]")
{
    for (auto const& value : wire::malformed::values()) {
        check_rejected("last value: " + value.name,
                       {result_head(two_columns), packet(wire::lenenc_string("1") + value.bytes)});
        // An empty packet is none at all, and 0xFF begins an error: both are other tests' matter.
        if (!value.bytes.empty() && value.bytes[0] != '\xff')
            check_rejected("first value: " + value.name,
                           {result_head(two_columns), packet(value.bytes)});
    }
    check_rejected("too few values", {result_head(two_columns), packet(wire::text_row({"1"}))});
    check_rejected("too many values",
                   {result_head(two_columns), packet(wire::text_row({"1", "2", "3"}))});
    check_rejected("bytes behind the last value",
                   {result_head(two_columns), packet(wire::text_row({"1", "2"}) + "x")});
    check_rejected("OK instead of EOF", {result_head(two_columns), ok()});
    check_rejected("an EOF too long", {result_head(two_columns), packet(wire::eof() + "xxx")});
    check_rejected("an EOF too short", {result_head(two_columns), packet("\xfe")});
    check_rejected("a file asked for between rows",
                   {result_head(two_columns), packet(wire::local_infile("/etc/passwd"))});
}

TEST_CASE("headers that are none are refused", "[hostile][valgrind]")
{
    using namespace std::string_literals;
    check_rejected("an OK that ends early", {packet("\0\1"s)});
    check_rejected("a lone OK marker", {packet("\0"s)});
    check_rejected("an EOF", {eof()});
    check_rejected("NULL columns, with a tail", {packet("\xfc"s)});
    check_rejected("2^64 - 1 columns", {packet(wire::lenenc(UINT64_MAX))});
    check_rejected("2^32 columns", {packet(wire::lenenc(0x1'0000'0000U))});
    check_rejected("65,536 columns", {packet(wire::lenenc(65'536))});
    check_rejected("columns and more", {packet("\2xyz"s)});
    check_rejected("columns without definitions", {packet("\2\0"s)});
    check_rejected("fewer definitions than said", {result_head(two_columns, 3)});
    check_rejected("more definitions than said", {result_head(two_columns, 1)});
    std::string const definition = wire::column_definition({.name = "a"});
    for (std::size_t cut = 1; cut < definition.size(); ++cut)
        check_rejected("a column definition of " + std::to_string(cut) + " bytes",
                       {packet("\1"s), packet(definition.substr(0, cut))});
    check_rejected("a column definition with a tail", {packet("\1"s), packet(definition + "x")});
    check_rejected("an OK as column definition", {packet("\1"s), ok()});
}

TEST_CASE("progress reports without end, and floods, end in time", "[hostile]")
{
    SECTION("progress")
    {
        ScriptedServer server{answering({endless_progress(1ms)})};
        ConnectionOptions options = careful(server);
        options.timeouts.read = 1s;
        Outcome const outcome = attack(server, options, read_rows);
        INFO(outcome.elapsed.count() << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.elapsed < 1s + slack);
    }
    SECTION("more column definitions than fit")
    {
        std::string const fat = wire::column_definition({.name = std::string(100'000, 'n')});
        ScriptedServer server{answering({packet(wire::lenenc(60'000)), endless_rows(fat)})};
        ConnectionOptions options = careful(server);
        options.max_allowed_packet = 1U << 20U;
        Outcome const outcome = attack(server, options, read_rows);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 2020);
        CHECK(outcome.seen.sent_bytes < 32U << 20U);
    }
    SECTION("a row larger than allowed")
    {
        ScriptedServer server{answering(
            {result_head({{.name = "a"}}), packet(wire::text_row({std::string(200'000, 'x')}))})};
        ConnectionOptions options = careful(server);
        options.max_allowed_packet = 65'536;
        Outcome const outcome = attack(server, options, read_rows);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 2020);
        CHECK(outcome.text().find("max_allowed_packet()") != std::string::npos);
    }
}

TEST_CASE("an error in the middle of rows is the statement's, not the connection's",
          "[hostile][valgrind]")
{
    ScriptedServer server{logged_in(TestPki::shared().good()) +
                          Script{serve_until("SELECT"), result_head(two_columns),
                                 packet(wire::text_row({"1", std::nullopt})),
                                 error(1317, "70100", "Query execution was \x1b[1minterrupted"),
                                 serve()}};
    Outcome const outcome = attack(server, careful(server), [](Connection& db) {
        std::size_t rows = 0;
        try {
            for (Row const& row : db.query("SELECT a, b FROM t")) {
                CHECK(row[0] == "1");
                CHECK(row[1] == std::nullopt);
                ++rows;
            }
        } catch (Error const& error) {
            CHECK(error.code() == 1317);
            CHECK(error.sqlstate() == "70100");
            CHECK(error.origin() == ErrorOrigin::server);
            CHECK_FALSE(error.poisons_connection());
            CHECK(error.message().find("\\x1b[1m") != std::string::npos);
        }
        CHECK(rows == 1);
        CHECK(db.usable());
        CHECK(db.execute("UPDATE t SET a = 1").affected_rows == 0);
    });
    INFO(outcome.describe());
    CHECK_FALSE(outcome.error);
}

TEST_CASE("an answer without end, or one that dawdles, ends in time", "[hostile]")
{
    using namespace std::string_literals;
    auto const run = [](std::string const& name, Script const& answer,
                        std::function<void(Connection&)> const& work) {
        ScriptedServer server{answering(answer)};
        ConnectionOptions options = careful(server);
        options.timeouts.read = 1s;
        Outcome const outcome = attack(server, options, work);
        INFO(name << ", " << outcome.elapsed.count() << " ms\n" << outcome.describe());
        CHECK(outcome.connected);
        CHECK(outcome.elapsed < 1s + slack);
    };
    std::string const another = "\0\0\0\x0a\0\0\0"s; // OK, and more results follow
    Script const endless{forever({packet(another)})};
    auto const execute = [](Connection& db) {
        CHECK_THROWS_AS(db.execute("SELECT 1"), Error);
        CHECK_FALSE(db.usable());
    };
    auto const drop = [](Connection& db) {
        static_cast<void>(db.query("SELECT 1"));
        CHECK_FALSE(db.usable());
    };
    run("results without end, execute", endless, execute);
    run("results without end, destructor", endless, drop);
    // Each definition comes within the read timeout; all together do not.
    Script const slow_columns{
        packet(wire::lenenc(60'000)),
        forever({packet(wire::column_definition({.name = "a"})), pause(300ms)})};
    run("columns that dawdle, execute", slow_columns, execute);
    run("columns that dawdle, query", slow_columns, [](Connection& db) {
        CHECK_THROWS_AS(db.query("SELECT 1"), Error);
        CHECK_FALSE(db.usable());
    });
}

TEST_CASE("views of a row live as long as the rows, whatever becomes of the connection",
          "[hostile][valgrind]")
{
    ScriptedServer server{
        answering({result_head({{.name = "a"}}), packet(wire::text_row({"a value"})),
                   packet(wire::text_row({"another"}))})};
    Outcome const outcome = attack(server, careful(server), [](Connection& db) {
        auto rows = db.query<std::tuple<std::string_view>>("SELECT a FROM t");
        auto row = rows.begin();
        {
            Connection const gone{std::move(db)};
        }
        CHECK(std::get<0>(*row) == "a value");
        CHECK_THROWS_AS(++row, Error);
    });
    INFO(outcome.describe());
    CHECK_FALSE(outcome.error);
}

TEST_CASE("a reset that fails half-way leaves no session behind", "[hostile]")
{
    ScriptedServer server{logged_in(TestPki::shared().good()) +
                          Script{serve({{"ROLE", {error(1045, "28000", "no such role")}}})}};
    ConnectionOptions options = careful(server);
    Outcome const outcome = attack(server, options, [](Connection& db) {
        CHECK(db.execute("UPDATE t SET a = 1").affected_rows == 0);
        db.reset();
        CHECK(db.usable());
    });
    INFO(outcome.describe());
    CHECK_FALSE(outcome.error);

    // The first time the role is given, after the reset it is not.
    ScriptedServer second{logged_in(TestPki::shared().good()) +
                          Script{expect_command(), ok(), expect_command(), ok(), // role, reset
                                 expect_command(), ok(),                         // character set
                                 expect_command(), error(1045, "28000", "no such role")}};
    options = careful(second);
    options.init_statements = {"SET ROLE safe"};
    Outcome const refused = attack(second, options, [](Connection& db) {
        try {
            db.reset();
            FAIL("this reset fails");
        } catch (Error const& error) {
            CHECK(error.code() == 1045);
            CHECK(error.poisons_connection());
        }
        CHECK_FALSE(db.usable());
    });
    INFO(refused.describe());
    CHECK(refused.connected);
}

TEST_CASE("a forked child says nothing in its parent's name", "[hostile]")
{
    ScriptedServer server{
        logged_in(TestPki::shared().good()) +
        Script{serve({{"SELECT", {error(1064, "42000", "the parent is heard")}}})}};
    Outcome const outcome = attack(server, careful(server), [](Connection& db) {
        pid_t const child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            bool refused = false;
            try {
                db.ping();
            } catch (Error const&) {
                refused = true;
            }
            db.close();
            ::_exit(refused ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
        try {
            db.execute("SELECT 1");
        } catch (Error const& error) {
            CHECK(error.code() == 1064);
        }
        CHECK(db.usable());
    });
    INFO(outcome.describe());
    CHECK_FALSE(outcome.error);
    CHECK(std::count(outcome.seen.commands.begin(), outcome.seen.commands.end(),
                     std::string{wire::command::ping}) == 0);
}

TEST_CASE("changes of the session that are none end the connection", "[hostile]")
{
    constexpr std::uint16_t changed = 0x4000;
    auto const variable = [](std::string const& name, std::string const& value) {
        return '\0' + wire::lenenc_string(wire::lenenc_string(name) + wire::lenenc_string(value));
    };
    auto const meet = [&](std::string const& changes, std::string& character_set) {
        ScriptedServer server{
            logged_in(TestPki::shared().good(), {},
                      wire::GreetingOptions{}.with(wire::capability::session_track)) +
            Script{serve({{"SET", {packet(wire::ok(0, 0, changes, changed))}}})}};
        return attack(server, careful(server), [&](Connection& db) {
            db.execute("SET NAMES gbk");
            character_set = db.character_set();
        });
    };
    std::string const honest = variable("character_set_client", "gbk");
    std::string character_set;
    Outcome const told = meet(std::string(1, '\0') + wire::lenenc_string(honest), character_set);
    INFO(told.describe());
    CHECK(!told.error);
    CHECK(character_set == "gbk");
    for (std::string const& lie :
         {std::string(1, '\0') + wire::lenenc_string(honest).substr(0, honest.size() - 1),
          std::string(1, '\0') + wire::lenenc_string(honest + '\0'),
          std::string(1, '\0') + wire::lying_string(std::uint64_t{1} << 62U, honest),
          std::string(1, '\0') +
              wire::lenenc_string('\0' + wire::lying_string(0xFFFF'FFFF, "x"))}) {
        Outcome const outcome = meet(lie, character_set);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
        CHECK(outcome.error->poisons_connection());
    }
}

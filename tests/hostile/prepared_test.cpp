// Servers that lie in the binary protocol: about what they have prepared, about the columns, in the rows. Every reply that is
// none is an error within the timeout, and nothing is read out of bounds.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr int malformed = 2027;

/// How a statement with parameters comes to be executed.
enum class Way : std::uint8_t {
    in_one_write, // prepare and execute at once, as MariaDB allows
    one_by_one,   // as MySQL needs it
    kept,         // a PreparedStatement
};
constexpr std::array ways{Way::in_one_write, Way::one_by_one, Way::kept};

std::string to_string(Way way)
{
    return way == Way::in_one_write ? "in one write"
           : way == Way::one_by_one ? "one by one"
                                    : "kept";
}

Script logged_in_by(Way way)
{
    wire::GreetingOptions greeting;
    if (way == Way::one_by_one) {
        greeting = greeting.with(wire::capability::long_password);
        greeting.server_version = "9.7.0";
    }
    return logged_in(TestPki::shared().good(), {}, greeting);
}

void read_rows(Connection& db, Way way)
{
    if (way == Way::kept) {
        auto statement = db.prepare("SELECT a, b FROM t WHERE c = ?");
        for (Row const& row : statement.query(7))
            static_cast<void>(row.size());
    } else {
        for (Row const& row : db.query("SELECT a, b FROM t WHERE c = ?", 7))
            static_cast<void>(row.size());
    }
}

std::vector<wire::Column> const two_columns{{.name = "a", .type = wire::ColumnType::integer},
                                            {.name = "b"}};
std::string const honest_row = wire::binary_row(2, wire::int4(1) + wire::lenenc_string("one"));

Script const prepared{prepare_ok(1, 1, two_columns), expect_command()};

/// Runs the statement against a server that has logged the client in and answers it like that.
Outcome meet(Way way, Script const& answer, std::chrono::milliseconds read_timeout, bool& usable,
             std::size_t max_allowed_packet = std::size_t{64} << 20U)
{
    ScriptedServer server{logged_in_by(way) + Script{serve_until("SELECT")} + answer +
                          Script{silence()}};
    ConnectionOptions options = careful(server);
    options.timeouts.read = read_timeout;
    options.max_allowed_packet = max_allowed_packet;
    usable = true;
    return attack(server, options, [&](Connection& db) {
        try {
            read_rows(db, way);
        } catch (...) {
            usable = db.usable();
            throw;
        }
    });
}

void check_rejected(Way way, std::string const& name, Script const& answer)
{
    bool usable = true;
    Outcome const outcome = meet(way, answer, 30s, usable);
    INFO(name << ", " << to_string(way) << "\n" << outcome.describe());
    CHECK(outcome.connected);
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == malformed);
    CHECK(outcome.error->poisons_connection());
    CHECK_FALSE(outcome.error->remedy().empty());
    CHECK_FALSE(usable);
    CHECK(outcome.elapsed < slack);
    CHECK(outcome.seen.files.empty());
    CHECK_FALSE(outcome.seen.contains("root:"));
}

struct Lie {
    std::string name;
    Script answer;
};

} // namespace

TEST_CASE("answers to a prepare that are none end the connection", "[hostile][valgrind]")
{
    std::string const honest = wire::prepare_ok(1, 2, 1);
    std::string const definition = wire::column_definition({.name = "a"});
    std::vector<Lie> lies{
        {"nothing", {packet("")}},
        {"a number of columns", {packet("\2")}},
        {"an EOF", {eof()}},
        {"an OK", {ok()}},
        {"a request for a file", {local_infile("/etc/passwd"), expect_file()}},
        {"half an error", {packet("\xff")}},
        {"a report of progress", {packet(wire::progress())}},
        {"another mark", {packet('\1' + honest.substr(1))}},
        {"another number", {next_sequence(2), packet(honest)}},
        {"a result", {result_head(two_columns), eof()}},
        {"an EOF in place of a parameter", {packet(honest), eof()}},
        {"garbage in place of a parameter", {packet(honest), packet("garbage")}},
        {"nothing in place of a parameter", {packet(honest), packet("")}},
        {"half a parameter", {packet(honest), packet(definition.substr(0, 20))}},
        {"a file asked for in place of a parameter", {packet(honest), local_infile("/etc/passwd")}},
        {"more parameters than said", {packet(honest), packet(definition), packet(definition)}},
        {"an OK in place of the parameters' end", {packet(honest), packet(definition), ok()}},
        {"fewer columns than said",
         {packet(honest), packet(definition), eof(), packet(definition), eof()}},
        {"more columns than said",
         {packet(honest), packet(definition), eof(), repeat(3, {packet(definition)})}},
        {"columns out of order",
         {packet(honest), packet(definition), eof(), next_sequence(9), packet(definition)}},
        {"a report of progress in place of a column",
         {packet(honest), packet(definition), eof(), packet(wire::progress())}},
    };
    for (std::size_t cut = 1; cut < honest.size(); ++cut)
        lies.push_back(
            {std::to_string(cut) + " bytes of an answer", {packet(honest.substr(0, cut))}});
    for (std::size_t i = 0; i < lies.size(); ++i)
        check_rejected(ways[i % ways.size()], lies[i].name, lies[i].answer);
}

TEST_CASE("an error while a statement is prepared is the statement's", "[hostile][valgrind]")
{
    Script const refusal{error(1064, "42000", "You have an \x1b[1merror")};
    std::string const definition = wire::column_definition({.name = "a"});
    Script const late = Script{packet(wire::prepare_ok(1, 1, 1)), packet(definition)} + refusal;
    for (Way const way : ways) {
        for (Script const& answer : {refusal, late}) {
            // Sent together, both are answered, and the second with an error of its own.
            Script script = logged_in_by(way) + Script{serve_until("SELECT")} + answer;
            if (way == Way::in_one_write)
                script += {expect_command(), error(1243, "HY000", "Unknown prepared statement")};
            ScriptedServer server{script + Script{serve()}};
            Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
                try {
                    read_rows(db, way);
                    FAIL("this statement fails");
                } catch (Error const& error) {
                    INFO(error.what());
                    CHECK(error.code() == 1064);
                    CHECK(error.sqlstate() == "42000");
                    CHECK(error.origin() == ErrorOrigin::server);
                    CHECK(error.message().find("\\x1b[1m") != std::string::npos);
                }
                CHECK(db.usable());
                CHECK(db.execute("UPDATE t SET a = 1").affected_rows == 0);
            });
            INFO(to_string(way) << "\n" << outcome.describe());
            CHECK_FALSE(outcome.error);
        }
    }
}

TEST_CASE("whatever comes in place of a second error is read away, or ends the connection",
          "[hostile]")
{
    Script const refused{error(1064, "42000", "an error"), expect_command()};
    struct Second {
        std::string name;
        Script answer;
        bool usable;
    };
    std::vector<Second> const seconds{
        {"an error", {error(1243, "HY000", "unknown statement")}, true},
        {"an OK", {ok(7)}, true},
        {"rows", {result_head(two_columns), packet(honest_row), eof()}, true},
        {"columns left out", {packet("\2\0"s), eof()}, false},
        {"a malformed row", {result_head(two_columns), packet("\1")}, false},
        {"a request for a file", {local_infile("/etc/passwd"), expect_file()}, false},
        {"another number", {next_sequence(5), ok()}, false},
        {"silence", {silence()}, false},
        {"rows without end", {result_head(two_columns), endless_rows(honest_row)}, false},
        {"results without end", {forever({packet("\0\0\0\x0a\0\0\0"s)})}, false},
        {"an end", {close()}, false},
    };
    for (Second const& second : seconds) {
        bool usable = true;
        Outcome const outcome = meet(Way::in_one_write, refused + second.answer, 1s, usable);
        INFO(second.name << ", " << outcome.elapsed.count() << " ms\n" << outcome.describe());
        CHECK(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 1064); // what went wrong first
        CHECK(usable == second.usable);
        CHECK(outcome.elapsed < 1s + slack);
        CHECK(outcome.seen.files.empty());
    }
}

TEST_CASE("a wrong number of parameters executes nothing", "[hostile]")
{
    for (std::uint16_t const parameters :
         {std::uint16_t{0}, std::uint16_t{2}, std::uint16_t{300}}) {
        for (Way const way : ways) {
            ScriptedServer server{logged_in_by(way) + Script{serve_until("SELECT"),
                                                             prepare_ok(1, parameters, two_columns),
                                                             serve()}};
            bool usable = false;
            Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
                try {
                    read_rows(db, way);
                } catch (...) {
                    usable = db.usable();
                    throw;
                }
            });
            INFO(to_string(way) << "\n" << outcome.describe());
            REQUIRE(outcome.error);
            if (way == Way::in_one_write) {
                // Only a liar counts otherwise in a statement that holds one `?` and nothing else.
                CHECK(outcome.error->code() == malformed);
                CHECK_FALSE(usable);
            } else {
                CHECK(outcome.error->sqlstate() == "07001");
                CHECK(usable);
                CHECK(std::none_of(outcome.seen.commands.begin(), outcome.seen.commands.end(),
                                   [](std::string const& command) {
                                       return command[0] == wire::command::stmt_execute;
                                   }));
            }
        }
    }
}

TEST_CASE("answers to an execute that are none end the connection", "[hostile][valgrind]")
{
    std::string const left_out = "\2\0"s;
    Script const in_rows{result_head(two_columns)};
    auto const row = [&](std::string bytes) { return in_rows + Script{packet(std::move(bytes))}; };
    std::vector<Lie> lies{
        {"nothing", {packet("")}},
        {"an EOF", {eof()}},
        {"half an OK", {packet("\0\1"s)}},
        {"half an error", {packet("\xff")}},
        {"half a report of progress", {packet("\xff\xff")}},
        {"a request for a file", {local_infile("/etc/passwd"), expect_file()}},
        {"another number", {next_sequence(7), ok()}},
        {"65,536 columns", {packet(wire::lenenc(65'536))}},
        {"an answer to a prepare", {packet(wire::prepare_ok(1, 2, 1).substr(0, 6))}},
        // Descriptions.
        {"other columns left out than are known", {packet("\3\0"s)}},
        {"one column left out", {packet("\1\0"s)}},
        {"left out by a mark that is none", {packet("\2\2"s)}},
        {"left out, and sent all the same",
         {packet(left_out), packet(wire::column_definition({.name = "a"}))}},
        {"left out without an end", {packet(left_out), packet(honest_row)}},
        {"fewer than said", {result_head(two_columns, 3)}},
        {"more than said", {result_head(two_columns, 1)}},
        {"garbage", {packet("\2"), packet("garbage")}},
        {"a request for a file in place of a column", {packet("\2"), local_infile("x")}},
        // Rows.
        {"a row of text", row(wire::text_row({"1", "one"}))},
        {"no row", row("")},
        {"a row's mark alone", row(std::string(1, '\0'))},
        {"a row without values", row(wire::binary_row(2, ""))},
        {"half a number", row(wire::binary_row(2, "\1\0"s))},
        {"a number alone", row(wire::binary_row(2, wire::int4(1)))},
        {"more than a row", row(honest_row + "x")},
        {"an OK", in_rows + Script{ok(0, 0, "which would else be a row")}},
        {"an EOF too long", in_rows + Script{packet(wire::eof() + "x")}},
        {"an EOF that is as long as a row", in_rows + Script{packet(wire::eof() + honest_row)}},
        {"a request for a file between rows", in_rows + Script{local_infile("/etc/passwd")}},
        {"all NULL, and values", row(wire::binary_row(2, "x", {0, 1}))},
        {"a row, and one that is none", in_rows + Script{packet(honest_row), packet("\0\0\1"s)}},
        {"a row out of order",
         in_rows + Script{packet(honest_row), next_sequence(3), packet(honest_row)}},
        // Rows of columns that were left out are of those that were described at first.
        {"a row of others than are known",
         {packet(left_out), eof(), packet(wire::binary_row(2, wire::int8(1) + "\1x"))}},
    };
    for (wire::malformed::Value const& value : wire::malformed::values())
        lies.push_back(
            {"a value: " + value.name, row(wire::binary_row(2, wire::int4(1) + value.bytes))});
    for (std::size_t const size : {1U, 3U, 5U, 6U, 8U, 10U, 12U, 250U})
        lies.push_back(
            {"a date of " + std::to_string(size) + " bytes",
             {result_head({{.name = "d", .type = wire::ColumnType::datetime}}),
              packet(wire::binary_row(1, wire::lenenc_string(std::string(size, '\1'))))}});
    for (std::size_t const size : {1U, 4U, 7U, 9U, 11U, 13U})
        lies.push_back(
            {"a time of " + std::to_string(size) + " bytes",
             {result_head({{.name = "t", .type = wire::ColumnType::time}}),
              packet(wire::binary_row(1, wire::lenenc_string(std::string(size, '\1'))))}});
    for (std::size_t i = 0; i < lies.size(); ++i)
        check_rejected(ways[i % ways.size()], lies[i].name, prepared + lies[i].answer);
}

TEST_CASE("columns that were never described cannot be left out", "[hostile][valgrind]")
{
    for (Way const way : ways)
        check_rejected(
            way, "left out",
            {prepare_ok(1, 1, {}), expect_command(), packet("\2\0"s), eof(), packet(honest_row)});
}

TEST_CASE("columns that changed since they were prepared are those that come", "[hostile]")
{
    // The second time they are left out, and are those of the first.
    std::vector<wire::Column> const changed{{.name = "b", .type = wire::ColumnType::bigint},
                                            {.name = "a", .type = wire::ColumnType::double_}};
    std::string const row = wire::binary_row(2, wire::int8(1) + wire::int8(0x4000'0000'0000'0000));
    for (Way const way : ways) {
        ScriptedServer server{logged_in_by(way) +
                              Script{serve_until("SELECT"), prepare_ok(1, 1, two_columns),
                                     expect_command(), result_head(changed), packet(row), eof(),
                                     expect_command(), packet("\2\0"s), eof(), packet(row), eof(),
                                     serve()}};
        Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
            auto const check = [&](auto&& rows) {
                CHECK(rows.columns()[0].name == "b");
                CHECK(rows.columns()[1].type == ColumnType::double_);
                for (auto const& [b, a] : rows) {
                    CHECK(b == 1);
                    CHECK(a == 2.0);
                }
            };
            using Pair = std::tuple<std::int64_t, double>;
            if (way == Way::kept) {
                auto statement = db.prepare("SELECT a, b FROM t WHERE c = ?");
                CHECK(statement.columns()[0].type == ColumnType::integer);
                check(statement.query<Pair>(7));
                check(statement.query<Pair>(7));
                CHECK(statement.columns()[0].type == ColumnType::big_int);
            } else {
                check(db.query<Pair>("SELECT a, b FROM t WHERE c = ?", 7));
                check(db.query<Pair>("SELECT a, b FROM t WHERE c = ?", 7));
            }
        });
        INFO(to_string(way) << "\n" << outcome.describe());
        CHECK_FALSE(outcome.error);
    }
}

TEST_CASE("a server that stalls in a prepared statement is given up in time", "[hostile]")
{
    std::string const definition = wire::column_definition({.name = "a"});
    std::vector<Lie> const stalls{
        {"before the answer to the prepare", {}},
        {"in a header", {send("\x0c\0"s)}},
        {"in the answer to the prepare", {send(wire::lying_packet(1, 12, "\0\1\0"s))}},
        {"before 65,535 parameters", {packet(wire::prepare_ok(1, 2, 65'535))}},
        {"among the columns",
         {packet(wire::prepare_ok(1, 2, 1)), packet(definition), eof(), packet(definition)}},
        {"before the answer to the execute", prepared},
        {"among the execute's columns", prepared + Script{packet("\2"), packet(definition)}},
        {"before the rows", prepared + Script{result_head(two_columns)}},
        {"in a row", prepared + Script{result_head(two_columns), packet(honest_row),
                                       send(wire::lying_packet(6, 100, "half of a row"))}},
        {"while each byte comes", prepared + Script{drip(100ms), result_head(two_columns)}},
        {"while the prepare's columns come one by one",
         {packet(wire::prepare_ok(1, 60'000, 0)), forever({packet(definition), pause(300ms)})}},
    };
    for (std::size_t i = 0; i < stalls.size(); ++i) {
        Way const way = ways[i % ways.size()];
        bool usable = true;
        Outcome const outcome = meet(way, stalls[i].answer, 500ms, usable);
        INFO(stalls[i].name << ", " << to_string(way) << ", " << outcome.elapsed.count() << " ms\n"
                            << outcome.describe());
        CHECK(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK_FALSE(usable);
        CHECK(outcome.elapsed < 500ms + slack);
    }
}

TEST_CASE("reports of progress come before a result, and stretch nothing", "[hostile]")
{
    Script const report{packet(wire::progress())};
    for (bool const is_prepared : {false, true}) {
        std::string const row = is_prepared ? honest_row : wire::text_row({"1", "one"});
        Script const begin = logged_in_by(Way::in_one_write) + Script{serve_until("SELECT")} +
                             (is_prepared ? prepared : Script{});
        auto const ask = [&](Connection& db) {
            using Pair = std::tuple<int, std::string>;
            return is_prepared ? db.query_all<Pair>("SELECT a, b FROM t WHERE c = ?", 7)
                               : db.query_all<Pair>("SELECT a, b FROM t");
        };
        ScriptedServer server{begin + report + report + Script{result_head(two_columns)} +
                              Script{packet(row), packet(row), eof(), serve()}};
        Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
            CHECK(ask(db).size() == 2);
            db.ping();
        });
        INFO(outcome.describe());
        CHECK_FALSE(outcome.error);
        ScriptedServer within{begin + Script{result_head(two_columns)} + Script{packet(row)} +
                              report + Script{packet(row), eof(), serve()}};
        Outcome const refused =
            attack(within, careful(within), [&](Connection& db) { static_cast<void>(ask(db)); });
        INFO(refused.describe());
        REQUIRE(refused.error);
        CHECK(refused.error->code() == 2027);
        for (auto const interval : {0ms, 20ms}) {
            ScriptedServer endless{begin + Script{endless_progress(interval)}};
            ConnectionOptions options = careful(endless);
            options.timeouts.read = 500ms;
            Outcome const ended =
                attack(endless, options, [&](Connection& db) { static_cast<void>(ask(db)); });
            INFO(ended.describe());
            REQUIRE(ended.error);
            CHECK(ended.error->poisons_connection());
            CHECK(ended.elapsed < 500ms + slack);
        }
    }
}

TEST_CASE("floods in a prepared statement end in time and memory", "[hostile]")
{
    std::string const fat = wire::column_definition({.name = std::string(100'000, 'n')});
    std::vector<Lie> const floods{
        {"the prepare's columns", {packet(wire::prepare_ok(1, 60'000, 0)), endless_rows(fat)}},
        {"the prepare's parameters", {packet(wire::prepare_ok(1, 0, 60'000)), endless_rows(fat)}},
        {"the execute's columns",
         prepared + Script{packet(wire::lenenc(60'000)), endless_rows(fat)}},
        {"a row", prepared + Script{result_head(two_columns),
                                    packet(wire::binary_row(
                                        2, wire::int4(1) +
                                               wire::lenenc_string(std::string(2U << 20U, 'x'))))}},
    };
    for (std::size_t i = 0; i < floods.size(); ++i) {
        Way const way = ways[i % ways.size()];
        bool usable = true;
        Outcome const outcome = meet(way, floods[i].answer, 30s, usable, std::size_t{1} << 20U);
        INFO(floods[i].name << ", " << to_string(way) << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 2020);
        CHECK_FALSE(usable);
        CHECK(outcome.seen.sent_bytes < 32U << 20U);
    }
    // Rows that nobody wants are read away for as long as the read timeout, and no longer.
    for (Way const way : ways) {
        ScriptedServer server{logged_in_by(way) + Script{serve_until("SELECT")} + prepared +
                              Script{result_head(two_columns), endless_rows(honest_row)}};
        ConnectionOptions options = careful(server);
        options.timeouts.read = 500ms;
        Outcome const outcome = attack(server, options, [&](Connection& db) {
            if (way == Way::kept) {
                auto statement = db.prepare("SELECT a, b FROM t WHERE c = ?");
                static_cast<void>(statement.query(7));
            } else {
                static_cast<void>(db.query("SELECT a, b FROM t WHERE c = ?", 7));
            }
            CHECK_FALSE(db.usable());
        });
        INFO(to_string(way) << "\n" << outcome.describe());
        CHECK(outcome.elapsed < 500ms + slack);
    }
}

TEST_CASE("a statement that the server no longer has is prepared anew the next time", "[hostile]")
{
    for (int const code : {1243, 1615}) {
        for (Way const way : ways) {
            ScriptedServer server{
                logged_in_by(way) +
                Script{serve_until("SELECT"), prepare_ok(1, 1, two_columns), expect_command(),
                       error(static_cast<std::uint16_t>(code), "HY000", "prepare it again"),
                       serve_until("SELECT"), prepare_ok(2, 1, two_columns), expect_command(),
                       result_head(two_columns), packet(honest_row), eof(), serve()}};
            Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
                auto statement = way == Way::kept
                                     ? std::optional{db.prepare("SELECT a, b FROM t WHERE c = ?")}
                                     : std::nullopt;
                auto const run = [&] {
                    return statement ? statement->query_one<std::tuple<int, std::string>>(7)
                                     : db.query_one<std::tuple<int, std::string>>(
                                           "SELECT a, b FROM t WHERE c = ?", 7);
                };
                try {
                    static_cast<void>(run());
                    FAIL("this fails");
                } catch (Error const& error) {
                    CHECK(error.code() == code);
                    CHECK_FALSE(error.poisons_connection());
                }
                CHECK(run() == std::tuple{1, "one"s});
            });
            INFO(code << ", " << to_string(way) << "\n" << outcome.describe());
            CHECK_FALSE(outcome.error);
            // The number of the first is given back, and the second is executed by its own.
            auto const executed =
                std::find_if(outcome.seen.commands.rbegin(), outcome.seen.commands.rend(),
                             [](std::string const& command) {
                                 return command[0] == wire::command::stmt_execute;
                             });
            REQUIRE(executed != outcome.seen.commands.rend());
            CHECK(executed->substr(1, 4) == wire::int4(2));
            CHECK(std::count(outcome.seen.commands.begin(), outcome.seen.commands.end(),
                             wire::command::stmt_close + wire::int4(1)) == 1);
        }
    }
}

TEST_CASE("in a transaction nothing is on its way behind a mere preparation", "[hostile]")
{
    // A Galera node that has taken the transaction back says so to whatever command comes next. What is behind that would
    // be executed, and committed, by itself.
    std::string const begun = "\0\0\0\x03\0\0\0"s; // OK, with the bit of a transaction
    ScriptedServer server{logged_in_by(Way::in_one_write) +
                          Script{serve_until("INSERT INTO a"), prepare_ok(1, 1, {}),
                                 expect_command(), ok(), serve_until("START"), packet(begun),
                                 expect_command(), error(1213, "40001", "Deadlock found"),
                                 serve()}};
    Outcome const outcome = attack(server, careful(server), [](Connection& db) {
        db.execute("INSERT INTO a VALUES (?)", 1);
        db.execute("START TRANSACTION");
        db.execute("INSERT INTO b VALUES (?)", 2);
    });
    INFO(outcome.describe());
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == 1213);
    CHECK(outcome.error->retryable());
    CHECK(std::count_if(outcome.seen.commands.begin(), outcome.seen.commands.end(),
                        [](std::string const& command) {
                            return command[0] == wire::command::stmt_execute;
                        }) == 1);
}

TEST_CASE("a value that cannot be sent leaves nothing of its statement behind", "[hostile]")
{
    for (Way const way : ways) {
        ScriptedServer server{logged_in_by(way) + Script{serve()}};
        Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
            char const* const nothing = nullptr;
            auto statement = way == Way::kept
                                 ? std::optional{db.prepare("INSERT INTO t VALUES (?, ?)")}
                                 : std::nullopt;
            for (int i = 0; i < 2; ++i) {
                try {
                    if (statement)
                        statement->execute("unsendable", nothing);
                    else
                        db.execute("INSERT INTO t VALUES (?, ?)", "unsendable", nothing);
                    FAIL("there is no such value");
                } catch (Error const& error) {
                    CHECK(error.sqlstate() == "22003");
                    CHECK(error.message().find("parameter 2") != std::string::npos);
                }
                CHECK(db.usable());
                db.ping();
            }
        });
        INFO(to_string(way) << "\n" << outcome.describe());
        CHECK_FALSE(outcome.error);
        CHECK_FALSE(outcome.seen.contains("unsendable"));
        CHECK(std::count(outcome.seen.commands.begin(), outcome.seen.commands.end(),
                         std::string{wire::command::ping}) == 2);
    }
}

TEST_CASE("rows end with their connection, also those that came before", "[hostile][valgrind]")
{
    // Whether a row can be read must not depend on how the bytes came in.
    for (bool const is_prepared : {false, true}) {
        Script const rows = is_prepared
                                ? prepared + Script{result_head(two_columns),
                                                    repeat(3, {packet(honest_row)}), eof()}
                                : Script{result_head(two_columns),
                                         repeat(3, {packet(wire::text_row({"1", "one"}))}), eof()};
        ScriptedServer server{logged_in_by(Way::one_by_one) + Script{serve_until("SELECT")} + rows +
                              Script{silence()}};
        Outcome const outcome = attack(server, careful(server), [&](Connection& db) {
            using Pair = std::tuple<int, std::string_view>;
            auto result = is_prepared ? db.query<Pair>("SELECT a, b FROM t WHERE c = ?", 7)
                                      : db.query<Pair>("SELECT a, b FROM t");
            auto row = result.begin();
            std::this_thread::sleep_for(50ms); // all of them are here
            db.close();
            CHECK(std::get<1>(*row) == "one");
            CHECK_THROWS_AS(++row, Error);
        });
        INFO(outcome.describe());
        CHECK_FALSE(outcome.error);
    }
}

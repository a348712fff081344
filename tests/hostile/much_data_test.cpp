// Servers that lie to bulk statements, LOAD DATA LOCAL, values in pieces and compressed connections: nothing is sent that
// was not asked for by the caller, nothing waits for ever, and memory stays bounded.

#include <sealsql/blob.hpp>
#include <sealsql/bulk.hpp>
#include <sealsql/compression.hpp>
#include <sealsql/load_data.hpp>

#include "victim.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
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

std::string const execute_1 = "\x17\x01\0\0\0"s;
std::string const secret = "what the program loads";

/// A server that is honest up to an answer.
Outcome against(std::vector<Answer> answers, std::function<void(Connection&)> const& work,
                std::function<void(ConnectionOptions&)> const& change = {})
{
    ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve(std::move(answers))}};
    ConnectionOptions options = careful(server);
    options.timeouts.read = 1s;
    if (change)
        change(options);
    return attack(server, options, work);
}

Answer limit(std::string const& value, std::string const& mode = "STRICT_TRANS_TABLES")
{
    return {"max_allowed_packet",
            {result_set({{{.name = "limit", .type = wire::ColumnType::bigint}, {.name = "mode"}},
                         {{value, mode}}})}};
}

std::vector<std::tuple<int, std::string>> const five_rows{
    {1, "a"}, {2, "b"}, {3, "c"}, {4, "d"}, {5, "e"}};

void insert_five(Connection& db) { bulk_execute(db, "INSERT INTO t VALUES (?, ?)", five_rows); }

} // namespace

TEST_CASE("bulk statements: replies that are none", "[hostile][bulk]")
{
    std::vector<std::pair<std::string, Script>> const lies{
        {"rows", {result_set({{{.name = "a"}}, {{"1"}}})}},
        {"half an OK", {packet("\0\0"s)}},
        {"nothing", {packet("")}},
        {"a file", {local_infile("/etc/passwd")}},
        {"a wrong number", {next_sequence(7), ok()}},
        {"EOF", {eof()}},
    };
    for (auto const& [name, lie] : lies) {
        Outcome const outcome = against(
            {limit("16777216"), {execute_1, lie}, {"INSERT", {prepare_ok(1, 2, {})}}}, insert_five);
        INFO(name << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
        CHECK(outcome.error->poisons_connection());
        CHECK_FALSE(outcome.seen.contains("root:"));
        CHECK(outcome.elapsed < 1s + slack);
    }
}

TEST_CASE("bulk statements: rows in answer are read away in time", "[hostile][bulk]")
{
    Script const rows{result_head({{.name = "a", .type = wire::ColumnType::blob}}),
                      packet(wire::binary_row(1, wire::lenenc_string("1")))};
    bool is_usable = false;
    Outcome const honest = against(
        {limit("16777216"), {execute_1, rows + Script{eof()}}, {"INSERT", {prepare_ok(1, 2, {})}}},
        [&](Connection& db) {
            try {
                insert_five(db);
            } catch (BulkError const& error) {
                is_usable = db.usable() && error.origin() == ErrorOrigin::client;
                db.ping();
                throw;
            }
        });
    INFO(honest.describe());
    REQUIRE(honest.error);
    CHECK(is_usable);
    CHECK(honest.seen.contains("ROLLBACK"));

    std::string const another = "\0\0\0\x0a\0\0\0"s; // OK, and more results follow
    for (Script const& endless :
         {Script{result_head({{.name = "a", .type = wire::ColumnType::blob}}),
                 endless_rows(wire::binary_row(1, wire::lenenc_string("1")))},
          Script{forever({packet(another)})},
          Script{forever(rows + Script{eof(2 | wire::more_results)})}}) {
        Outcome const outcome =
            against({limit("16777216"), {execute_1, endless}, {"INSERT", {prepare_ok(1, 2, {})}}},
                    insert_five);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.elapsed < 1s + slack);
    }
}

TEST_CASE("bulk statements: what a server says of itself is not believed", "[hostile][bulk]")
{
    for (std::string const& value : {"abc"s, "-1"s, ""s, "99999999999999999999999"s}) {
        Outcome const outcome = against({limit(value)}, insert_five);
        INFO(value << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
    }
    // None of these makes us send without end, or nothing for ever.
    for (std::string const& value : {"0"s, "1"s, "18446744073709551615"s}) {
        bool done = false;
        Outcome const outcome =
            against({limit(value), {"INSERT", {prepare_ok(1, 2, {})}}}, [&](Connection& db) {
                insert_five(db);
                done = true;
            });
        INFO(value << "\n" << outcome.describe());
        CHECK(done);
    }
    SECTION("another number of parameters")
    {
        Outcome const outcome =
            against({limit("16777216"), {"INSERT", {prepare_ok(1, 60'000, {})}}}, insert_five);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK_FALSE(outcome.seen.contains(execute_1));
    }
    SECTION("a statement of many rows with another number of parameters")
    {
        Outcome const outcome =
            against({limit("16777216"), {"INSERT", {prepare_ok(1, 2, {})}}}, [](Connection& db) {
                bulk_execute(db, "INSERT INTO t VALUES (?, ?)",
                             std::vector<std::tuple<int, std::string>>(1000, {1, "x"}));
            });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
    }
}

TEST_CASE("bulk statements: a server that refuses everything is told apart from a row",
          "[hostile][bulk]")
{
    // The unit fails, its rows one by one do not: all were applied.
    int executions = 0;
    bool done = false;
    Outcome const honest = against(
        {limit("16777216"),
         {execute_1, {[&executions](testing::Session& session) {
              session.send_packet(++executions == 3 ? wire::error(1062, "23000", "Duplicate")
                                                    : wire::ok(1));
          }}},
         {"INSERT", {prepare_ok(1, 2, {})}}},
        [&](Connection& db) {
            auto const result = bulk_execute(db, "INSERT INTO t VALUES (?, ?)", five_rows);
            CHECK(result.rows == 5);
            CHECK(result.affected_rows == 5);
            done = true;
        });
    INFO(honest.describe());
    CHECK(done);
    CHECK(executions == 10);
    CHECK(honest.seen.contains("ROLLBACK"));

    Outcome const poisoned = against({limit("16777216"),
                                      {execute_1, {error(1053, "08S01", "shutdown")}},
                                      {"INSERT", {prepare_ok(1, 2, {})}}},
                                     insert_five);
    INFO(poisoned.describe());
    REQUIRE(poisoned.error);
    CHECK(poisoned.error->code() == 1053);
    CHECK(poisoned.error->poisons_connection());

    Outcome const silent =
        against({limit("16777216"), {execute_1, {silence()}}, {"INSERT", {prepare_ok(1, 2, {})}}},
                insert_five);
    INFO(silent.describe());
    REQUIRE(silent.error);
    CHECK(silent.error->poisons_connection());
    CHECK(silent.elapsed < 1s + slack);
}

TEST_CASE("data are loaded once, and only for the statement that they are for",
          "[hostile][load_data]")
{
    auto const allow = [](ConnectionOptions& options) { options.local_infile = true; };
    auto const load = [](Connection& db) {
        load_data(db, "LOAD DATA LOCAL INFILE 'mine' INTO TABLE t", secret);
    };
    SECTION("an honest server gets them, whatever name it asks for")
    {
        bool done = false;
        Outcome const outcome = against(
            {{"LOAD", {local_infile("/etc/passwd"), expect_file(), ok(1)}}},
            [&](Connection& db) {
                load(db);
                db.ping();
                done = true;
            },
            allow);
        INFO(outcome.describe());
        CHECK(done);
        CHECK(outcome.seen.files == std::vector{secret});
    }
    SECTION("not twice")
    {
        for (std::string const& between : {""s, "\0\1\0\x0a\0\0\0"s}) {
            Script again{local_infile("x"), expect_file()};
            if (!between.empty())
                again += Script{packet(between)};
            again += Script{local_infile("y"), expect_file()};
            Outcome const outcome = against({{"LOAD", again}}, load, allow);
            INFO(outcome.describe());
            REQUIRE(outcome.error);
            CHECK(outcome.error->code() == malformed);
            CHECK(outcome.seen.files == std::vector{secret});
        }
    }
    SECTION("not for another statement of the connection")
    {
        for (auto const& work : std::vector<std::function<void(Connection&)>>{
                 [](Connection& db) { db.execute("SELECT 1"); },
                 [](Connection& db) { db.ping(); },
                 [](Connection& db) { db.execute("SELECT ?", 1); },
                 [](Connection& db) { insert_five(db); },
             }) {
            Outcome const outcome =
                against({{"", {local_infile("/etc/passwd"), expect_file()}}}, work, allow);
            INFO(outcome.describe());
            REQUIRE(outcome.error);
            CHECK(outcome.error->poisons_connection());
            CHECK(outcome.seen.files.empty());
            CHECK_FALSE(outcome.seen.contains("root:"));
        }
    }
    SECTION("not in the middle of a result")
    {
        Outcome const outcome =
            against({{"LOAD", {result_head({{.name = "a"}}), local_infile("x"), expect_file()}}},
                    load, allow);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.seen.files.empty());
        CHECK_FALSE(outcome.seen.contains(secret));
    }
    SECTION("not during the login, nor without leave")
    {
        ScriptedServer server{Script{greeting(), start_tls(TestPki::shared().good()),
                                     expect_login(), local_infile("/etc/passwd"), expect_file()}};
        ConnectionOptions options = careful(server);
        allow(options);
        Outcome const early = attack(server, options, load);
        INFO(early.describe());
        CHECK_FALSE(early.connected);
        CHECK(early.seen.files.empty());
        CHECK_FALSE(early.seen.contains("root:"));

        Outcome const without =
            against({{"LOAD", {local_infile("x"), expect_file(), ok(1)}}}, load);
        INFO(without.describe());
        REQUIRE(without.error);
        CHECK_FALSE(without.seen.contains("LOAD"));
        CHECK_FALSE(without.seen.contains(secret));
    }
    SECTION("a server that does not read does not hold us")
    {
        Outcome const outcome = against(
            {{"LOAD", {local_infile("x"), pause(4s)}}},
            [](Connection& db) {
                load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE t",
                          [](std::span<std::byte> room) { return room.size(); });
            },
            [&](ConnectionOptions& options) {
                allow(options);
                options.timeouts.write = 1s;
            });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.elapsed < 1s + slack);
    }
}

namespace {

std::vector<wire::Column> const one_blob{{.name = "a", .type = wire::ColumnType::blob}};

Outcome read_value(Script const& answer, std::string* value = nullptr)
{
    return against(
        {{execute_1, answer}, {"SELECT", {prepare_ok(1, 0, one_blob)}}}, [&](Connection& db) {
            static_cast<void>(
                read_in_pieces(db, "SELECT a FROM t", [&](std::span<std::byte const> piece) {
                    if (value != nullptr)
                        // NOLINTNEXTLINE: bytes as text
                        value->append(reinterpret_cast<char const*>(piece.data()), piece.size());
                }));
            db.ping();
        });
}

} // namespace

TEST_CASE("values in pieces: rows that are none", "[hostile][blob]")
{
    Script const head{result_head(one_blob)};
    std::string value;
    Outcome const good = read_value(
        head + Script{packet(wire::binary_row(1, wire::lenenc_string("abc"))), eof()}, &value);
    INFO(good.describe());
    CHECK_FALSE(good.error);
    CHECK(value == "abc");

    for (auto const& lie : wire::malformed::values()) {
        Outcome const outcome =
            read_value(head + Script{packet(wire::binary_row(1, lie.bytes)), eof()});
        INFO(lie.name << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
        CHECK(outcome.elapsed < 1s + slack);
    }
    std::vector<std::pair<std::string, Script>> const others{
        {"an empty packet", head + Script{packet("")}},
        {"a text row", head + Script{packet(wire::text_row({"abc"})), eof()}},
        {"two values", head + Script{packet(wire::binary_row(1, "\1a\1b")), eof()}},
        {"two columns", {result_head({{.name = "a"}, {.name = "b"}}), eof()}},
        {"a column of numbers",
         {result_head({{.name = "a", .type = wire::ColumnType::bigint}}), eof()}},
        {"no rows at all", {ok()}},
        {"a file", {local_infile("/etc/passwd")}},
        {"a wrong number", head + Script{next_sequence(99), packet(wire::binary_row(1, "\1a"))}},
    };
    for (auto const& [name, answer] : others) {
        Outcome const outcome = read_value(answer);
        INFO(name << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
        CHECK_FALSE(outcome.seen.contains("root:"));
        CHECK(outcome.elapsed < 1s + slack);
    }
    SECTION("an error in place of a row leaves the connection")
    {
        Outcome const outcome = read_value(head + Script{error(1317, "70100", "stopped")});
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 1317);
        CHECK_FALSE(outcome.error->poisons_connection());
    }
    SECTION("a value that stops coming")
    {
        Outcome const outcome = read_value(
            head + Script{send(wire::lying_packet(4, 1000, "\0\0\xfc\xe5\x03"s)), silence()});
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.elapsed < 1s + slack);
    }
}

namespace {

std::string outer(std::uint8_t number, std::string_view content, std::size_t becomes = 0)
{
    return (wire::int3(content.size()) + wire::int1(number) + wire::int3(becomes)).append(content);
}

/// Goes on when these bytes have come, whatever they are.
Step until_received(std::string bytes)
{
    return Step{"until_received", [bytes = std::move(bytes)](testing::Session& session) {
                    for (bool is_there = false; !is_there;) {
                        session.listen_silently(std::chrono::milliseconds{5});
                        session.note([&](Transcript& seen) { is_there = seen.contains(bytes); });
                    }
                }};
}

/// A server that agreed on compression and answers the first statement with these bytes.
Outcome answer_compressed(std::string bytes, std::function<void(Connection&)> const& work)
{
    ScriptedServer server{logged_in(TestPki::shared().good(), {},
                                    GreetingOptions{}.with(wire::capability::compress)) +
                          Script{until_received("SELECT 1"), send(std::move(bytes)), silence()}};
    ConnectionOptions options = careful(server);
    options.timeouts.read = 1s;
    options.compression = Compression::zlib();
    return attack(server, options, [&](Connection& db) {
        CHECK(is_compressed(db));
        work(db);
    });
}

} // namespace

TEST_CASE("compressed packets that are none", "[hostile][compression]")
{
    auto const ask = [](Connection& db) { db.execute("SELECT 1"); };
    std::string const fine = wire::packet(1, wire::ok());
    Outcome const good = answer_compressed(outer(1, fine), ask);
    INFO(good.describe());
    CHECK_FALSE(good.error);

    std::vector<std::pair<std::string, std::string>> const lies{
        {"empty", outer(1, "")},
        {"another number", outer(2, fine)},
        {"no compression at all", fine + fine},
        {"no zlib", outer(1, "this is no zlib", 100)},
        {"becomes 16 MiB, it says", outer(1, "\x78\x9c\x03"s, 0xFF'FFFF) + outer(1, fine)},
        {"a file", outer(1, wire::packet(1, wire::local_infile("/etc/passwd")))},
    };
    for (auto const& [name, bytes] : lies) {
        Outcome const outcome = answer_compressed(bytes, ask);
        INFO(name << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK_FALSE(outcome.seen.contains("root:"));
        CHECK(outcome.elapsed < 1s + slack);
    }
    SECTION("a second answer is not taken for that of the next statement")
    {
        Outcome const outcome = answer_compressed(outer(1, fine + fine), [](Connection& db) {
            db.execute("SELECT 1");
            db.execute("SELECT 2");
        });
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == malformed);
    }
    SECTION("a row that becomes larger than is allowed")
    {
        ScriptedServer server{logged_in(TestPki::shared().good(), {},
                                        GreetingOptions{}.with(wire::capability::compress)) +
                              Script{until_received("SELECT 1"),
                                     [](testing::Session& session) {
                                         std::string const lie =
                                             wire::lying_packet(1, 0xFF'FFFF, "");
                                         session.send(outer(1, lie));
                                     },
                                     silence()}};
        ConnectionOptions options = careful(server);
        options.compression = Compression::zlib();
        options.max_allowed_packet = 1U << 20U;
        Outcome const outcome = attack(server, options, ask);
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 2020);
    }
}

TEST_CASE("a server without compression is used without", "[hostile][compression]")
{
    bool done = false;
    Outcome const outcome = against(
        {},
        [&](Connection& db) {
            CHECK_FALSE(is_compressed(db));
            db.execute("DO 1");
            done = true;
        },
        [](ConnectionOptions& options) { options.compression = Compression::zlib(); });
    INFO(outcome.describe());
    CHECK(done);
    CHECK(outcome.seen.contains("DO 1"));
}

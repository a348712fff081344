// Peers that stop, dawdle or hang up, at every stage: an error within the time that was set, never a hang.

#include "victim.hpp"

#include "support/catch.hpp"

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds patience = 1000ms;
constexpr std::chrono::milliseconds tolerance =
    1000ms; // the promise: within a second of what was set

ConnectionOptions impatient(ScriptedServer const& server)
{
    ConnectionOptions options = careful(server);
    options.timeouts = {.connect = patience, .read = patience, .write = patience};
    return options;
}

bool before_login(Stage stage) { return stage < Stage::after_handshake; }
bool while_connecting(Stage stage) { return stage <= Stage::after_login; }

void query_all_rows(Connection& db)
{
    for (Row const& row : db.query("SELECT a, b FROM t"))
        static_cast<void>(row.size());
}

} // namespace

TEST_CASE("silence at any stage ends in time", "[hostile]")
{
    for (Stage const stage : all_stages()) {
        ScriptedServer server{up_to(stage, TestPki::shared().good()) + Script{silence()}};
        Outcome const outcome = attack(server, impatient(server), query_all_rows);
        INFO(to_string(stage) << ", " << outcome.elapsed.count() << " ms\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.connected != while_connecting(stage));
        CHECK(outcome.elapsed >= patience - 50ms);
        CHECK(outcome.elapsed <= patience + tolerance);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.error->retryable());
        CHECK(outcome.text().find(while_connecting(stage) ? "connect_timeout()"
                                                          : "read_timeout()") != std::string::npos);
        if (before_login(stage))
            CHECK_FALSE(leaked(outcome.seen));
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_user));
    }
}

TEST_CASE("one byte now and then does not stretch the time", "[hostile]")
{
    for (Stage const stage : {Stage::after_accept, Stage::after_client_hello,
                              Stage::after_handshake, Stage::after_login, Stage::after_query}) {
        // From the stage on, every byte goes out alone: a greeting or a handshake takes minutes.
        Script script =
            stage == Stage::after_accept ? Script{drip(100ms), greeting(), silence()}
            : stage == Stage::after_client_hello
                ? Script{greeting(), expect_ssl_request(), drip(20ms),
                         start_tls(TestPki::shared().good()), silence()}
            : stage == Stage::after_query
                ? up_to(stage, TestPki::shared().good()) +
                      Script{send_slowly(std::string(1000, 'x'), 50ms)}
                : up_to(stage, TestPki::shared().good()) +
                      Script{send_slowly(wire::packet(2, std::string(60000, 'x')), 50ms)};
        ScriptedServer server{script};
        Outcome const outcome = attack(server, impatient(server), query_all_rows);
        INFO(to_string(stage) << ", " << outcome.elapsed.count() << " ms\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.elapsed <= patience + tolerance);
        CHECK(outcome.error->poisons_connection());
    }
}

TEST_CASE("a peer that hangs up, by FIN or RST, at any stage is reported at once", "[hostile]")
{
    for (bool const by_reset : {false, true}) {
        for (Stage const stage : all_stages()) {
            ScriptedServer server{up_to(stage, TestPki::shared().good()) +
                                  Script{by_reset ? steps::reset() : steps::close()}};
            Outcome const outcome = attack(server, careful(server), query_all_rows);
            INFO(to_string(stage) << (by_reset ? ", RST" : ", FIN") << "\n" << outcome.describe());
            REQUIRE(outcome.error);
            CHECK(outcome.connected != while_connecting(stage));
            CHECK(outcome.elapsed < 2s);
            CHECK(outcome.error->poisons_connection());
            CHECK(outcome.error->retryable());
            if (before_login(stage))
                CHECK_FALSE(leaked(outcome.seen));
        }
    }
}

TEST_CASE("what is not TLS ends the handshake", "[hostile]")
{
    std::vector<std::pair<std::string, Script>> const answers{
        {"garbage", {send(std::string(200, '\xAA'))}},
        {"plaintext", {send("I would rather talk like this\n")}},
        {"a MySQL packet", {send(wire::packet(2, wire::ok()))}},
        {"an alert: handshake failure", {tls_alert(40)}},
        {"an alert: internal error", {tls_alert(80)}},
        {"an alert: protocol version", {tls_alert(70)}},
        {"a record of 64 KiB", {send("\x16\x03\x03\xff\xff")}},
    };
    for (auto const& [name, answer] : answers) {
        ScriptedServer server{Script{greeting(), expect_ssl_request(), expect_client_hello()} +
                              answer + Script{silence()}};
        Outcome const outcome = attack(server, careful(server));
        INFO(name << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.tls_error);
        CHECK(outcome.tls_error->stage() == TlsStage::handshake);
        CHECK_FALSE(leaked(outcome.seen));
        CHECK(outcome.elapsed < 2s);
    }
}

TEST_CASE("leaving a result early cannot be made to hang", "[hostile]")
{
    ScriptedServer server{logged_in(TestPki::shared().good()) +
                          Script{serve_until("SELECT"), result_head({{.name = "a"}}),
                                 endless_rows(wire::text_row({"1"}))}};
    Outcome const outcome = attack(server, impatient(server), [](Connection& db) {
        for (Row const& row : db.query("SELECT a FROM t")) {
            CHECK(row[0] == "1");
            break;
        }
        CHECK_FALSE(db.usable());
    });
    INFO(outcome.elapsed.count() << " ms\n" << outcome.describe());
    CHECK(outcome.connected);
    CHECK(outcome.elapsed <= patience + tolerance);
}

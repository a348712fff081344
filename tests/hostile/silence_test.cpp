// Peers that stop, dawdle or hang up, at every stage: an error within the time that was set, never a hang.

#include "deaf.hpp"
#include "victim.hpp"

#include "support/catch.hpp"

#include <functional>
#include <utility>
#include <vector>

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

bool in_handshake(Stage stage)
{
    return stage == Stage::after_greeting || stage == Stage::after_client_hello ||
           stage == Stage::inside_server_hello;
}

bool is_late(Outcome const& outcome) { return outcome.elapsed > patience + tolerance; }

/// Ends after `patience`, and not a second later.
void check_in_time(Outcome const& outcome)
{
    INFO(outcome.elapsed.count() << " ms\n" << outcome.describe());
    REQUIRE(outcome.error);
    CHECK(outcome.elapsed >= patience - 50ms);
    CHECK(outcome.elapsed <= patience + tolerance);
    CHECK(outcome.error->poisons_connection());
    CHECK(outcome.error->retryable());
    CHECK(outcome.error->origin() == ErrorOrigin::client);
}

/// Attacks a server of its own, and another one where the machine was too busy to end it in time.
template <class MakeOptions>
Outcome attack_in_time(Script const& script, MakeOptions const& options,
                       std::function<void(Connection&)> const& work = {})
{
    return unless_late(
        [&] {
            ScriptedServer server{script};
            return attack(server, options(server), work);
        },
        is_late);
}

/// Neither sends nor reads for longer than anybody waits here.
Step deaf() { return pause(patience + tolerance + 500ms); }

} // namespace

TEST_CASE("silence at any stage ends in time", "[hostile]")
{
    for (Stage const stage : all_stages()) {
        auto const round = [&] {
            ScriptedServer server{up_to(stage, TestPki::shared().good()) + Script{silence()}};
            return attack(server, impatient(server), query_all_rows);
        };
        // The honest part has to be over within the same time.
        Outcome const outcome = unless_late(round, [&](Outcome const& one) {
            return is_late(one) || one.connected == while_connecting(stage) ||
                   (in_handshake(stage) && !one.tls_error);
        });
        INFO(to_string(stage) << ", " << outcome.elapsed.count() << " ms\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.connected != while_connecting(stage));
        CHECK(outcome.elapsed >= patience - 50ms);
        CHECK(outcome.elapsed <= patience + tolerance);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.error->retryable());
        CHECK(outcome.text().find(while_connecting(stage) ? "connect_timeout()"
                                                          : "read_timeout()") != std::string::npos);
        if (in_handshake(stage))
            CHECK(outcome.reason() == to_string(TlsReason::timed_out));
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
        Outcome const outcome = attack_in_time(script, impatient, query_all_rows);
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
            CHECK(outcome.elapsed < slack);
            CHECK(outcome.error->poisons_connection());
            CHECK(outcome.error->retryable());
            if (in_handshake(stage))
                CHECK(outcome.reason() == to_string(TlsReason::handshake_closed));
            if (before_login(stage))
                CHECK_FALSE(leaked(outcome.seen));
        }
    }
}

TEST_CASE("what is not TLS ends the handshake", "[hostile]")
{
    struct Answer {
        std::string name;
        Script script;
        TlsReason reason;
    };
    using namespace std::string_literals;
    std::vector<Answer> const answers{
        {"garbage", {send(std::string(200, '\xAA'))}, TlsReason::handshake_malformed},
        {"plaintext", {send("I would rather talk like this\n")}, TlsReason::handshake_malformed},
        {"a MySQL packet", {send(wire::packet(2, wire::ok()))}, TlsReason::handshake_malformed},
        {"TLS's own form with an unknown message",
         {send("\x16\x03\x03\0\4\x63\0\0\0"s)},
         TlsReason::handshake_malformed},
        {"data before the handshake is done",
         {send("\x17\x03\x03\0\4data"s)},
         TlsReason::handshake_malformed},
        {"a ServerHello of one byte",
         {send("\x16\x03\x03\0\5\2\0\0\1\3"s)},
         TlsReason::handshake_malformed},
        {"an alert: handshake failure", {tls_alert(40)}, TlsReason::handshake_refused},
        {"an alert: internal error", {tls_alert(80)}, TlsReason::handshake_refused},
        {"an alert: protocol version", {tls_alert(70)}, TlsReason::protocol_version},
        {"a record of 64 KiB", {send("\x16\x03\x03\xff\xff")}, TlsReason::handshake_malformed},
    };
    for (auto const& [name, answer, reason] : answers) {
        ScriptedServer server{Script{greeting(), expect_ssl_request(), expect_client_hello()} +
                              answer + Script{silence()}};
        Outcome const outcome = attack(server, careful(server));
        INFO(name << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.tls_error);
        CHECK(outcome.reason() == to_string(reason));
        CHECK(outcome.tls_error->stage() == TlsStage::handshake);
        CHECK_FALSE(leaked(outcome.seen));
        CHECK(outcome.elapsed < slack);
    }
}

TEST_CASE("leaving a result early cannot be made to hang", "[hostile]")
{
    Script const script = logged_in(TestPki::shared().good()) +
                          Script{serve_until("SELECT"), result_head({{.name = "a"}}),
                                 endless_rows(wire::text_row({"1"}))};
    Outcome const outcome = attack_in_time(script, impatient, [](Connection& db) {
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

TEST_CASE("a port that nobody accepts on ends in time", "[hostile]")
{
    for (bool const full : {false, true}) {
        Deaf deaf{full ? 0 : 8};
        if (full)
            deaf.fill();
        auto const options = ConnectionBuilder::to_host("127.0.0.1", deaf.port())
                                 .login(victim_user, Secret{victim_password})
                                 .ssl({.ca = good_ca()})
                                 .connect_timeout(patience)
                                 .options();
        auto const round = [&] {
            Outcome one;
            auto const begin = std::chrono::steady_clock::now();
            try {
                Connection const db{options};
            } catch (Error const& error) {
                one.error = error;
            }
            one.elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::steady_clock::now() - begin);
            return one;
        };
        Outcome const outcome = unless_late(round, is_late);
        INFO((full ? "full" : "not full"));
        check_in_time(outcome);
        CHECK(outcome.error->code() == 2003);
        CHECK(outcome.text().find("connect_timeout()") != std::string::npos);
    }
}

TEST_CASE("silence in the middle of the login's exchange ends in time", "[hostile]")
{
    Script const begin{greeting(), start_tls(TestPki::shared().good()), expect_login(),
                       auth_switch("caching_sha2_password"), expect_auth_reply()};
    std::vector<std::pair<std::string, Script>> const places{
        {"after the answer to a switch", {}},
        {"after the word that the scramble was right", {auth_more("\x03")}},
        {"after the word that the password is wanted", {auth_more("\x04"), expect_auth_reply()}},
    };
    for (auto const& [name, more] : places) {
        Outcome const outcome =
            attack_in_time(begin + more + Script{silence()}, [](ScriptedServer const& server) {
                ConnectionOptions options = careful(server);
                options.timeouts.connect = patience;
                return options;
            });
        INFO(name);
        CHECK_FALSE(outcome.connected);
        check_in_time(outcome);
        CHECK(outcome.text().find("did not complete the login") != std::string::npos);
        CHECK(outcome.text().find("connect_timeout()") != std::string::npos);
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_password));
    }
}

TEST_CASE("silence at an init statement is part of connecting", "[hostile]")
{
    Outcome const outcome = attack_in_time(
        logged_in(TestPki::shared().good()) + Script{serve_until("SET time_zone"), silence()},
        [](ScriptedServer const& server) {
            ConnectionOptions options = careful(server);
            options.timeouts.connect = patience;
            options.init_statements = {"SET time_zone = '+00:00'"};
            return options;
        });
    CHECK_FALSE(outcome.connected);
    check_in_time(outcome);
    CHECK(outcome.text().find("did not answer in time") != std::string::npos);
    CHECK(outcome.error->remedy().find("connect_timeout()") != std::string::npos);
}

TEST_CASE("silence at a ping or anywhere in a reset ends in time", "[hostile]")
{
    struct Place {
        std::string name;
        std::string until; // contained in the command that gets no answer
        bool is_ping;
    };
    std::vector<Place> const places{
        {"ping", {wire::command::ping}, true},
        {"reset", {wire::command::reset_connection}, false},
        {"reset, at the database", std::string{wire::command::init_db} + "shop", false},
        {"reset, at the character set", "SET NAMES", false},
        {"reset, at an init statement", "SET @again", false},
    };
    for (Place const& place : places) {
        Script script = logged_in(TestPki::shared().good());
        if (place.until == "SET @again")
            script += Script{serve_until(place.until), ok()}; // when connecting
        auto const options = [](ScriptedServer const& server) {
            ConnectionOptions made = careful(server);
            made.timeouts.read = patience;
            made.database = "shop";
            made.init_statements = {"SET @again = 1"};
            return made;
        };
        bool usable = true;
        Outcome const outcome = attack_in_time(script + Script{serve_until(place.until), silence()},
                                               options, [&](Connection& db) {
                                                   try {
                                                       if (place.is_ping)
                                                           db.ping();
                                                       else
                                                           db.reset();
                                                   } catch (Error const&) {
                                                       usable = db.usable();
                                                       throw;
                                                   }
                                               });
        INFO(place.name);
        CHECK(outcome.connected);
        check_in_time(outcome);
        CHECK_FALSE(usable);
        CHECK(outcome.text().find("did not answer in time") != std::string::npos);
        CHECK(outcome.text().find("read_timeout()") != std::string::npos);
    }
}

TEST_CASE("a statement that the peer does not read ends in time", "[hostile]")
{
    std::string const huge = "SELECT '" + std::string(std::size_t{64} << 20U, 'x') + "'";
    // The second reads a packet of 16 MiB now and then: it is the whole statement that has the time.
    Step const read_packet{[](Session& session) { static_cast<void>(session.receive_packet()); }};
    std::vector<std::pair<std::string, Script>> const peers{
        {"deaf", {deaf()}},
        {"slow", {repeat(4, {pause(400ms), read_packet})}},
    };
    for (auto const& [name, peer] : peers) {
        for (bool const tls : {true, false}) {
            bool usable = true;
            auto const round = [&, &behaviour = peer] {
                ScriptedServer server{
                    (tls ? logged_in(TestPki::shared().good())
                         : Script{greeting(wire::stripped()), expect_login(), ok()}) +
                    behaviour};
                ConnectionOptions options = careful(server);
                if (!tls)
                    options.transport = Transport::plaintext();
                options.timeouts.write = patience;
                return attack(server, options, [&](Connection& db) {
                    try {
                        db.execute(Sql::unchecked(huge));
                    } catch (Error const&) {
                        usable = db.usable();
                        throw;
                    }
                });
            };
            // Without an error the peer heard again before the statement had begun.
            Outcome const outcome =
                unless_late(round, [](Outcome const& one) { return is_late(one) || !one.error; });
            INFO(name << (tls ? ", TLS" : ", plaintext"));
            CHECK(outcome.connected);
            check_in_time(outcome);
            CHECK(outcome.error->code() == 2013);
            CHECK(outcome.text().find("write_timeout()") != std::string::npos);
            CHECK_FALSE(usable);
        }
    }
}

// What a server may ask for while logging in, over TLS: no more than the policy allows, and an end in time.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include <sys/inotify.h>
#include <unistd.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

Script at_login(Script const& rest)
{
    return Script{greeting(), start_tls(TestPki::shared().good()), expect_login()} + rest;
}

} // namespace

TEST_CASE("methods that show the password to a program of the server's choice are refused",
          "[hostile][valgrind]")
{
    for (std::string const plugin : {"mysql_clear_password", "dialog", "mysql_old_password", "",
                                     "../../../tmp/evil", "auth_gssapi_client", "no_such_plugin"}) {
        ScriptedServer server{at_login({auth_switch(plugin), expect_auth_reply()})};
        Outcome const outcome = attack(server, careful(server));
        INFO(plugin << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.error);
        CHECK_FALSE(outcome.seen.contains(victim_password));
        CHECK(outcome.text().find(victim_password) == std::string::npos);
    }
}

TEST_CASE("a switch to a method that is not on the list is not answered", "[hostile]")
{
    std::string const scramble = "abcdefghijklmnopqrst";
    for (std::string const plugin :
         {"mysql_clear_password", "dialog", "mysql_old_password", "", "m", "caching_sha2",
          "caching_sha2_password,mysql_native_password", "no_such_plugin"}) {
        // Without data, without a name, and the bare byte by which servers of 1999 ask for a hash of theirs.
        std::vector<std::pair<std::string, std::string>> const requests{
            {"whole", wire::auth_switch(plugin, scramble)},
            {"without data", '\xfe' + wire::nul_string(plugin)},
            {"without end", "\xfe" + plugin},
        };
        for (auto const& [form, request] : requests) {
            ScriptedServer server{at_login({packet(request), expect_auth_reply(), steps::close()})};
            Outcome const outcome = attack(server, careful(server));
            INFO(plugin << ", " << form << "\n" << outcome.describe());
            CHECK_FALSE(outcome.connected);
            CHECK(outcome.error.has_value());
            REQUIRE(outcome.seen.logins.size() == 1);
            for (std::string const& reply : outcome.seen.auth_replies)
                CHECK(reply.empty());
            // TLS carried the first login and at most a packet without content.
            constexpr std::size_t header = 4;
            CHECK(outcome.seen.received_tls.size() <=
                  header + outcome.seen.logins[0].size() + header);
        }
    }
}

TEST_CASE("a greeting over TLS cannot choose a method that is not on the list", "[hostile]")
{
    for (std::string const plugin :
         {"mysql_clear_password", "dialog", "mysql_old_password", "m", "caching_sha2",
          "caching_sha2_password,mysql_native_password", "no_such_plugin"}) {
        ScriptedServer server{{greeting(GreetingOptions{}.with_plugin(plugin)),
                               start_tls(TestPki::shared().good()), expect_login(),
                               auth_more("\x04"), expect_auth_reply(), steps::close()}};
        Outcome const outcome = attack(server, careful(server));
        INFO(plugin << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.error.has_value());
        CHECK_FALSE(outcome.seen.contains(victim_password));
        // The login goes out without a proof, and the server has to ask for another method.
        std::string const without_proof = victim_user + std::string(2, '\0');
        for (std::string const& login : outcome.seen.logins)
            CHECK(login.find(without_proof) != std::string::npos);
        for (std::string const& reply : outcome.seen.auth_replies)
            CHECK(reply.empty());
    }
}

TEST_CASE("endless logins end in time", "[hostile]")
{
    std::vector<std::pair<std::string, Script>> const loops{
        {"auth switch to native", {endless_auth_switch("mysql_native_password")}},
        {"auth switch to ed25519", {endless_auth_switch("client_ed25519")}},
        {"auth switch to caching_sha2", {endless_auth_switch("caching_sha2_password")}},
        {"more data", {endless_auth_more("\x03")}},
        {"progress reports", {endless_progress(1ms)}},
    };
    for (auto const& [name, loop] : loops) {
        ScriptedServer server{at_login(loop)};
        ConnectionOptions options = careful(server);
        options.timeouts.connect = 1s;
        Outcome const outcome = attack(server, options);
        INFO(name << ", " << outcome.elapsed.count() << " ms\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.elapsed < 1s + slack);
        CHECK(outcome.seen.auth_replies.size() < 64);
    }
}

TEST_CASE("a flood during the login is cut off", "[hostile]")
{
    ScriptedServer server{at_login({endless_rows(std::string(60'000, '\1'), 512U << 20U)})};
    Outcome const outcome = attack(server, careful(server));
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    REQUIRE(outcome.error);
    CHECK(outcome.seen.sent_bytes < 16U << 20U);
}

TEST_CASE("malformed packets during the login are errors", "[hostile][valgrind]")
{
    using namespace std::string_literals;
    for (std::string const& payload :
         std::vector<std::string>{""s,
                                  "\0"s,
                                  "\0\0"s,
                                  "\0\0\0\2\0\0"s,
                                  "\0\xfe\xff\xff\xff\xff\xff\xff\xff\xff"s,
                                  "\0\xff\0\2\0\0\0"s,
                                  "\xfe"s,
                                  "\xff"s,
                                  "\xff\1"s,
                                  "\xff\xff\xff"s,
                                  "\xff\xff\xff\1"s,
                                  "\xff\x15\4#28"s,
                                  "\xfb/etc/passwd"s,
                                  "\x01"s,
                                  "\x02"s,
                                  "\x02second_factor\0data"s,
                                  "\x20nothing known"s,
                                  "\xfe\0"s,
                                  std::string(70'000, '\xfe'),
                                  "\xfe"s + std::string(4000, 'p'),
                                  "\xfe"s + std::string(5000, 'p'),
                                  "\xfe"s + "client_ed25519\0short"s,
                                  "\xfe"s + "caching_sha2_password\0"s,
                                  "\xfe"s + "mysql_native_password\0"s + std::string(200, 'n')}) {
        for (bool const in_pieces : {false, true}) {
            if (in_pieces && payload.size() > 100)
                continue;
            std::string const bytes = wire::packet(3, payload);
            ScriptedServer server{
                at_login({in_pieces ? send_slowly(bytes, 1ms) : send(bytes), steps::close()})};
            Outcome const outcome = attack(server, careful(server));
            INFO(wire::printable(payload, 60) << (in_pieces ? ", in pieces" : "") << "\n"
                                              << outcome.describe());
            CHECK_FALSE(outcome.connected);
            REQUIRE(outcome.error);
            CHECK(outcome.error->poisons_connection());
            CHECK_FALSE(outcome.error->message().empty());
            CHECK_FALSE(outcome.seen.contains("root:"));
            CHECK_FALSE(outcome.seen.contains(victim_password));
            CHECK(outcome.elapsed < slack);
        }
    }
}

TEST_CASE("lengths of an OK that lie are not followed", "[hostile][valgrind]")
{
    using namespace std::string_literals;
    // Connected or not, what they say is not looked at.
    for (auto const& value : wire::malformed::values()) {
        GreetingOptions const tracking = GreetingOptions{}.with(wire::capability::session_track);
        std::string const ok = "\0\0\0\2\x40\0\0"s; // the session's state has changed
        for (std::string const& payload :
             {ok + value.bytes, ok + "\4info" + value.bytes, ok + "\4info" + "\1" + value.bytes,
              ok + "\0\x20\0"s + value.bytes, ok + "\0\x20\1"s + value.bytes}) {
            ScriptedServer server{{greeting(tracking), start_tls(TestPki::shared().good()),
                                   expect_login(), packet(payload), serve()}};
            Outcome const outcome =
                attack(server, careful(server), [](Connection& db) { db.ping(); });
            INFO(value.name << "\n" << outcome.describe());
            CHECK(outcome.connected);
            CHECK_FALSE(outcome.error);
        }
    }
}

TEST_CASE("packets out of order, or behind the end of the login, are refused", "[hostile]")
{
    for (int const sequence : {0, 2, 4, 255}) {
        ScriptedServer server{
            at_login({next_sequence(static_cast<std::uint8_t>(sequence)), ok(), serve()})};
        Outcome const outcome = attack(server, careful(server));
        INFO(sequence << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.text().find("out of order") != std::string::npos);
    }
    // It would be the answer to the first statement.
    ScriptedServer server{
        at_login({send(wire::packet(3, wire::ok()) + wire::packet(1, wire::ok(7))), serve()})};
    Outcome const outcome = attack(server, careful(server));
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    REQUIRE(outcome.error);
    CHECK(outcome.error->code() == 2027);
}

TEST_CASE("16 MiB packets during the login are refused by their headers", "[hostile]")
{
    std::string const huge =
        wire::lying_packet(3, wire::largest_payload, std::string(8U << 20U, 'x'));
    ScriptedServer server{at_login({forever({send(huge)})})};
    Outcome const outcome = attack(server, careful(server));
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    REQUIRE(outcome.error);
    CHECK(outcome.seen.sent_bytes < 16U << 20U);
    CHECK(outcome.elapsed < slack);
}

TEST_CASE("a refused method is named, and by whom it was asked for, and what would permit it",
          "[hostile][valgrind]")
{
    auto const ask = [](std::string const& plugin, ConnectionOptions const& with,
                        ScriptedServer& server) {
        Outcome outcome = attack(server, with);
        INFO(outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 5010);
        CHECK(outcome.error->message().find(plugin) != std::string::npos);
        CHECK_FALSE(outcome.seen.contains(victim_password));
        CHECK(outcome.seen.auth_replies.empty());
        return outcome;
    };
    auto const says = [](Outcome const& outcome, char const* what) {
        INFO(outcome.text());
        CHECK(outcome.text().find(what) != std::string::npos);
    };
    for (std::string const plugin : {"mysql_clear_password", "dialog"}) {
        ScriptedServer verified{at_login({auth_switch(plugin, "\4Password"), expect_auth_reply()})};
        Outcome const from_verified = ask(plugin, careful(verified), verified);
        says(from_verified, "whose certificate was checked");
        says(from_verified, ("login_methods({LoginMethod::" + plugin).c_str());

        ScriptedServer anybody{at_login({auth_switch(plugin, "\4Password"), expect_auth_reply()})};
        Outcome const from_anybody =
            ask(plugin, careful(anybody, {.verify = VerifyMode::none}), anybody);
        says(from_anybody, "not verified");
        says(from_anybody, "VerifyMode::identity");
    }
    {
        ScriptedServer server{at_login({auth_switch("evil\x1b[2J"), expect_auth_reply()})};
        Outcome const outcome = ask("evil\\x1b[2J", careful(server), server);
        says(outcome, "nothing in sealsql permits");
    }
    {
        ScriptedServer server{at_login({packet("\xfe"), expect_auth_reply()})};
        ask("mysql_old_password", careful(server), server);
    }
    {
        ScriptedServer server{
            at_login({auth_switch("mysql_native_password"), expect_auth_reply()})};
        ConnectionOptions options = careful(server);
        options.login_methods = {LoginMethod::caching_sha2_password, LoginMethod::client_ed25519};
        Outcome const outcome = ask("mysql_native_password", options, server);
        says(outcome, "login_methods({LoginMethod::mysql_native_password})");
        // The greeting asked for that method, too, and got no response to its challenge.
        std::string const without_proof = victim_user + std::string(2, '\0');
        REQUIRE(outcome.seen.logins.size() == 1);
        CHECK(outcome.seen.logins[0].find(without_proof) != std::string::npos);
    }
    {
        // TLS would not help: the method was not named.
        ScriptedServer server{{greeting(), expect_login(), auth_switch("mysql_native_password"),
                               expect_auth_reply()}};
        ConnectionOptions options = careful(server);
        options.transport = Transport::plaintext();
        options.login_methods = {LoginMethod::client_ed25519};
        Outcome const outcome = attack(server, options);
        says(outcome, "login_methods({LoginMethod::mysql_native_password})");
        CHECK(outcome.text().find("ssl()") == std::string::npos);
    }
}

TEST_CASE("a connection lost in the middle of a login method leaves nothing of it to read",
          "[hostile][valgrind]")
{
    for (bool const resets : {false, true}) {
        for (std::string const& last : {std::string{}, std::string{"\x04"}}) {
            Script script{greeting(wire::mysql_greeting()), start_tls(TestPki::shared().good()),
                          expect_login()};
            if (!last.empty())
                script += {auth_more(last), expect_auth_reply()};
            script += {resets ? reset() : testing::steps::close()};
            ScriptedServer server{script};
            Outcome const outcome = attack(server, careful(server));
            INFO(outcome.describe());
            CHECK_FALSE(outcome.connected);
            REQUIRE(outcome.error);
            CHECK(outcome.error->poisons_connection());
        }
    }
}

TEST_CASE("methods that show the password work where they are named and the server is verified",
          "[hostile][valgrind]")
{
    std::string const shown = wire::nul_string(victim_password);
    auto const naming = [](ScriptedServer const& server, LoginMethod method, SslOptions ssl) {
        ConnectionOptions options = careful(server, std::move(ssl));
        options.login_methods = {LoginMethod::mysql_native_password, method};
        return options;
    };
    SECTION("clear text")
    {
        ScriptedServer server{at_login(
            {auth_switch("mysql_clear_password", ""), expect_auth_reply(), ok(), serve()})};
        Outcome const outcome =
            attack(server, naming(server, LoginMethod::mysql_clear_password, {.ca = good_ca()}));
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(outcome.seen.auth_replies == std::vector{shown});
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_password));
    }
    SECTION("dialog")
    {
        ScriptedServer server{
            at_login({packet("\xfe" + wire::nul_string("dialog") + "\4Password: "),
                      expect_auth_reply(), ok(), serve()})};
        Outcome const outcome =
            attack(server, naming(server, LoginMethod::dialog, {.ca = good_ca()}));
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(outcome.seen.auth_replies == std::vector{shown});
    }
    SECTION("a dialog that goes on")
    {
        for (std::string const question : {"\4Again: ", "\2Your mother's name: ", "\1\4Again: "}) {
            ScriptedServer server{
                at_login({packet("\xfe" + wire::nul_string("dialog") + "\4Password: "),
                          expect_auth_reply(), packet(question), expect_auth_reply()})};
            Outcome const outcome =
                attack(server, naming(server, LoginMethod::dialog, {.ca = good_ca()}));
            INFO(wire::printable(question) << "\n" << outcome.describe());
            CHECK_FALSE(outcome.connected);
            REQUIRE(outcome.error);
            CHECK(outcome.error->code() == 5010);
            CHECK(outcome.seen.auth_replies.size() == 1);
            CHECK(outcome.elapsed < slack);
        }
    }
    SECTION("a dialog that asks for something else")
    {
        ScriptedServer server{
            at_login({packet("\xfe" + wire::nul_string("dialog") + "\2Your mother's name: "),
                      expect_auth_reply()})};
        Outcome const outcome =
            attack(server, naming(server, LoginMethod::dialog, {.ca = good_ca()}));
        INFO(outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.error);
        CHECK(outcome.seen.auth_replies.empty());
    }
    SECTION("nobody was verified")
    {
        for (LoginMethod const method : {LoginMethod::mysql_clear_password, LoginMethod::dialog}) {
            ScriptedServer server{{}};
            Outcome const outcome =
                attack(server, naming(server, method, {.verify = VerifyMode::none}));
            REQUIRE(outcome.error);
            CHECK(outcome.error->remedy().find("VerifyMode::identity") != std::string::npos);
            CHECK(server.accepted() == 0);
        }
    }
}

TEST_CASE("what a greeting names before TLS is not loaded unless it may be used", "[hostile]")
{
    TemporaryDirectory const folder;
    for (char const* const name : {"dialog", "evil", "parsec", "mysql_clear_password"})
        std::ofstream{folder.path() / (std::string{name} + ".so")} << "no library";
    REQUIRE(::setenv("MARIADB_PLUGIN_DIR", folder.path().c_str(), 1) == 0);
    testing::detail::Descriptor const watch{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    REQUIRE(::inotify_add_watch(watch.number(), folder.path().c_str(), IN_OPEN) >= 0);
    auto const opened = [&] {
        std::array<char, 4096> events{};
        return ::read(watch.number(), events.data(), events.size()) > 0;
    };
    for (std::string const plugin : {"dialog", "evil", "mysql_clear_password"}) {
        // The server is asked in TLS what it wants, and that may be used.
        ScriptedServer server{{greeting(GreetingOptions{}.with_plugin(plugin)),
                               start_tls(TestPki::shared().good()), expect_login(),
                               auth_switch("mysql_native_password"), expect_auth_reply(), ok(),
                               serve()}};
        Outcome const outcome = attack(server, careful(server));
        INFO(plugin << "\n" << outcome.describe());
        CHECK(outcome.connected);
        CHECK_FALSE(opened());
    }
    for (std::string const plugin : {"dialog", "evil", "mysql_clear_password"}) {
        ScriptedServer server{at_login({auth_switch(plugin), expect_auth_reply()})};
        CHECK_FALSE(attack(server, careful(server)).connected);
        CHECK_FALSE(opened());
    }
    ScriptedServer server{{greeting(GreetingOptions{}.with_plugin("parsec")),
                           start_tls(TestPki::shared().good()), expect_login(), steps::close()}};
    CHECK_FALSE(attack(server, careful(server)).connected);
    CHECK(opened()); // or this test sees nothing
    REQUIRE(::unsetenv("MARIADB_PLUGIN_DIR") == 0);
}

TEST_CASE("a redirection is not followed", "[hostile]")
{
    ScriptedServer elsewhere{{}};
    std::string const url = "mysql://" + elsewhere.address() + ":" +
                            std::to_string(elsewhere.port()) + "/?user=other&ttl=60";
    std::string const variable =
        wire::lenenc_string(wire::lenenc_string("redirect_url") + wire::lenenc_string(url));
    std::string const tracked = wire::lenenc_string('\0' + variable);
    // As MariaDB 11.3 tells it, and as the proxies of clouds do.
    for (std::string const& payload : {wire::ok(0, 0, wire::lenenc_string("") + tracked, 0x4002),
                                       wire::ok(0, 0, wire::lenenc_string("Location: " + url), 2),
                                       wire::ok(0, 0, "Location: " + url, 2)}) {
        ScriptedServer server{{greeting(GreetingOptions{}.with(wire::capability::session_track)),
                               start_tls(TestPki::shared().good()), expect_login(), packet(payload),
                               serve({{"UPDATE", {packet(payload)}}})}};
        Outcome const outcome = attack(server, careful(server), [](Connection& db) {
            db.execute("UPDATE t SET a = 1");
            db.ping();
        });
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK_FALSE(outcome.error);
        CHECK(server.accepted() == 1);
        CHECK(elsewhere.accepted() == 0);
    }
}

TEST_CASE("a file asked for while the database is chosen is not sent", "[hostile]")
{
    ScriptedServer server{{greeting(GreetingOptions{}.without(wire::capability::connect_with_db)),
                           start_tls(TestPki::shared().good()), expect_login(), ok(),
                           expect_command(), local_infile("/etc/passwd"), expect_file()}};
    ConnectionOptions options = careful(server);
    options.database = "shop";
    Outcome const outcome = attack(server, options);
    INFO(outcome.describe());
    CHECK_FALSE(outcome.seen.contains("root:"));
    CHECK(outcome.seen.files.empty());
}

TEST_CASE("found rows are not left uncounted in silence", "[hostile]")
{
    using namespace wire::capability;
    for (bool const can : {false, true}) {
        GreetingOptions const offers =
            can ? GreetingOptions{} : GreetingOptions{}.without(wire::capability::found_rows);
        ScriptedServer server{logged_in(TestPki::shared().good(), {}, offers) + Script{serve()}};
        ConnectionOptions options = careful(server);
        options.found_rows = true;
        Outcome const outcome = attack(server, options);
        INFO(outcome.describe());
        CHECK(outcome.connected == can);
        REQUIRE(outcome.seen.logins.size() == 1);
        CHECK((wire::read_little_endian(outcome.seen.logins[0], 0, 4) & found_rows) != 0);
        if (!can) {
            REQUIRE(outcome.error);
            CHECK(outcome.error->remedy().find("found_rows()") != std::string::npos);
        }
    }
    ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()}};
    Outcome const outcome = attack(server, careful(server));
    REQUIRE(outcome.seen.logins.size() == 1);
    CHECK((wire::read_little_endian(outcome.seen.logins[0], 0, 4) & found_rows) == 0);
}

TEST_CASE("a refused login is the server's word once it is verified", "[hostile]")
{
    ScriptedServer server{at_login({error(1045, "28000", "Access denied\x1b[2J for user")})};
    Outcome const outcome = attack(server, careful(server));
    INFO(outcome.describe());
    REQUIRE(outcome.error);
    CHECK_FALSE(outcome.tls_error);
    CHECK(outcome.error->origin() == ErrorOrigin::server);
    CHECK(outcome.error->code() == 1045);
    CHECK(outcome.error->sqlstate() == "28000");
    CHECK_FALSE(outcome.error->retryable());
    CHECK(outcome.text().find('\x1b') == std::string::npos);
}

TEST_CASE("an error cut short does not show what lay behind it in memory", "[hostile][valgrind]")
{
    // Connector/C reads on behind the packet, where the password that it has just sent still lies.
    for (int padding = 0; padding < 6; ++padding) {
        ScriptedServer server{at_login(
            {auth_switch("caching_sha2_password"), expect_auth_reply(), auth_more("\x04"),
             expect_auth_reply(),
             packet("\xff\x15\x04#" + std::string(static_cast<std::size_t>(padding), '\0'))})};
        Outcome const outcome = attack(server, careful(server));
        INFO(padding << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.error);
        for (std::size_t at = 0; at + 4 <= std::string_view{victim_password}.size(); ++at)
            CHECK(outcome.text().find(std::string_view{victim_password}.substr(at, 4)) ==
                  std::string::npos);
    }
}

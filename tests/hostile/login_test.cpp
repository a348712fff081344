// What a server may ask for while logging in, over TLS: no more than the policy allows, and an end in time.

#include "victim.hpp"

#include "support/catch.hpp"

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
        // A name that is part of one on the list comes as far as the login, with the proof left out.
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
        CHECK(outcome.elapsed < 2s);
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
    for (std::string const& payload : std::vector<std::string>{
             "\0"s, "\xfe"s, "\xff"s, "\xff\1"s, "\xff\xff\xff"s, "\xfb/etc/passwd"s, "\x01"s,
             "\x02"s, "\xfe\0"s, std::string(70'000, '\xfe'), "\xfe"s + std::string(5000, 'p'),
             "\0\xfe\xff\xff\xff\xff\xff\xff\xff\xff"s}) {
        ScriptedServer server{at_login({packet(payload), steps::close()})};
        Outcome const outcome = attack(server, careful(server));
        INFO(wire::printable(payload, 60) << "\n" << outcome.describe());
        CHECK((outcome.connected || outcome.error.has_value()));
        CHECK_FALSE(outcome.seen.contains("root:"));
        CHECK_FALSE(outcome.seen.contains(victim_password));
    }
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

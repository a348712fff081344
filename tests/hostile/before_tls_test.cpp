// What a network attacker can do before TLS: nothing that makes the client send a byte of the login, or believe a byte.

#include "victim.hpp"

#include "support/catch.hpp"

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
namespace capability = wire::capability;

GreetingOptions without(std::uint32_t bits)
{
    GreetingOptions options;
    options.capabilities &= ~bits;
    return options;
}

struct Attack {
    std::string name;
    Script script;
    TlsReason reason;
};

std::vector<Attack> attacks()
{
    GreetingOptions old_protocol;
    old_protocol.protocol = 9;
    GreetingOptions wrong_sequence;
    wrong_sequence.sequence = 1;
    std::string const forged_ok = wire::packet(2, wire::ok());
    return {
        {"TLS is not offered", {greeting(without(capability::ssl))}, TlsReason::tls_not_offered},
        {"TLS is not offered, MariaDB style",
         {greeting(without(capability::ssl | capability::long_password))},
         TlsReason::tls_not_offered},
        {"TLS is not offered, clear-text plugin asked for",
         {greeting([] {
              auto options = without(capability::ssl);
              options.auth_plugin = "mysql_clear_password";
              return options;
          }()),
          expect_login()},
         TlsReason::tls_not_offered},
        {"a forged OK in the greeting's segment",
         {greeting_and(forged_ok), start_tls(TestPki::shared().good())},
         TlsReason::bytes_before_tls},
        {"a single byte in the greeting's segment",
         {greeting_and("x"), start_tls(TestPki::shared().good())},
         TlsReason::bytes_before_tls},
        {"4 KiB in the greeting's segment",
         {greeting_and(std::string(4096, 'x')), start_tls(TestPki::shared().good())},
         TlsReason::bytes_before_tls},
        {"a second greeting in the same segment",
         {greeting_and(wire::greeting_packet({})), start_tls(TestPki::shared().good())},
         TlsReason::bytes_before_tls},
        {"an error instead of a greeting",
         {next_sequence(0), error(1045, "28000", "Access \x1b[31mdenied\x1b]0;pwned\x07")},
         TlsReason::error_before_tls},
        {"an error in the form of old servers",
         {next_sequence(0), error(1129, "", "Host is blocked")},
         TlsReason::error_before_tls},
        {"protocol version 9", {greeting(old_protocol)}, TlsReason::malformed_greeting},
        {"a greeting with sequence number 1",
         {greeting(wrong_sequence)},
         TlsReason::malformed_greeting},
        {"a server without protocol 4.1",
         {greeting(without(capability::protocol_41))},
         TlsReason::malformed_greeting},
        {"a server with the password hash of MySQL 4.0",
         {greeting(without(capability::secure_connection))},
         TlsReason::malformed_greeting},
        {"an HTTP server",
         {send("HTTP/1.1 400 Bad Request\r\n\r\n")},
         TlsReason::malformed_greeting},
        {"an SSH server", {send("SSH-2.0-OpenSSH_9.2p1\r\n")}, TlsReason::malformed_greeting},
        {"a packet of 16 MiB",
         {send(std::string("\xff\xff\xff", 3) + '\0')},
         TlsReason::malformed_greeting},
        {"an empty packet", {send(std::string(4, '\0'))}, TlsReason::malformed_greeting},
        {"a greeting without end",
         {send(std::string("\xff\xff\x0f", 3) + '\0' + std::string(1000000, '\n'))},
         TlsReason::malformed_greeting},
    };
}

} // namespace

TEST_CASE("nothing that comes before TLS is answered or believed", "[hostile]")
{
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca, VerifyMode::none}) {
        for (Attack const& one : attacks()) {
            ScriptedServer server{one.script};
            SslOptions ssl{.verify = verify};
            if (verify != VerifyMode::none)
                ssl.ca = good_ca();
            Outcome const outcome = attack(server, careful(server, ssl));
            INFO(one.name << ", VerifyMode " << to_string(verify) << "\n" << outcome.describe());
            CHECK_FALSE(outcome.connected);
            CHECK(outcome.reason() == to_string(one.reason));
            CHECK(outcome.seen.received_plain.empty());
            CHECK_FALSE(leaked(outcome.seen));
            if (outcome.tls_error) {
                CHECK(outcome.tls_error->stage() == TlsStage::greeting);
                CHECK_FALSE(outcome.tls_error->remedy().empty());
                CHECK(outcome.tls_error->code() == 2026);
                CHECK(outcome.tls_error->message().find(victim_password) == std::string::npos);
            }
            CHECK(outcome.elapsed < slack);
        }
    }
}

TEST_CASE("bytes injected in a segment of their own do not pass for TLS", "[hostile]")
{
    ScriptedServer server{{greeting(), inject_plain(wire::packet(2, wire::ok())),
                           start_tls(TestPki::shared().good())}};
    Outcome const outcome = attack(server, careful(server));
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    CHECK(outcome.tls_error.has_value());
    CHECK_FALSE(leaked(outcome.seen));
}

TEST_CASE("a greeting cut at any byte is waited for or refused, never answered", "[hostile]")
{
    std::size_t const size = wire::greeting_packet({}).size();
    for (std::size_t cut = 0; cut < size; ++cut) {
        GreetingOptions truncated;
        truncated.wire_size = cut;
        ScriptedServer server{{greeting(truncated), steps::close()}};
        Outcome const outcome = attack(server, careful(server));
        INFO("cut after byte " << cut << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.error.has_value());
        CHECK(outcome.seen.received_plain.empty());
    }
}

TEST_CASE("a greeting whose length is right and whose content ends early is refused",
          "[hostile][valgrind]")
{
    std::size_t const size = wire::greeting_packet({}).size() - 4;
    for (std::size_t cut = 0; cut < size; ++cut) {
        GreetingOptions truncated;
        truncated.payload_size = cut;
        ScriptedServer server{{greeting(truncated)}};
        Outcome const outcome = attack(server, careful(server));
        INFO("payload of " << cut << " bytes\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.reason() == to_string(TlsReason::malformed_greeting));
        CHECK(outcome.seen.received_plain.empty());
    }
}

TEST_CASE("what an unverified peer says is marked and harmless on a terminal",
          "[hostile][valgrind]")
{
    ScriptedServer server{{next_sequence(0), error(1045, "28000", "no\x1b[2J\x07 entry")}};
    Outcome const outcome = attack(server, careful(server));
    INFO(outcome.describe());
    REQUIRE(outcome.tls_error);
    CHECK(outcome.text().find('\x1b') == std::string::npos);
    CHECK(outcome.text().find("\\x1b[2J\\x07 entry") != std::string::npos);
    CHECK(outcome.text().find("nobody vouches") != std::string::npos);
}

TEST_CASE("an error before TLS that may pass tells that a retry can help", "[hostile]")
{
    ScriptedServer server{{next_sequence(0), error(1040, "08004", "Too many connections")}};
    Outcome const outcome = attack(server, careful(server));
    REQUIRE(outcome.tls_error);
    CHECK(outcome.tls_error->retryable());
    CHECK(outcome.tls_error->poisons_connection());
}

TEST_CASE("without TLS on request, the password itself does not travel", "[hostile]")
{
    auto const plaintext = [](ScriptedServer const& server) {
        return ConnectionBuilder::to_host(server.address(), server.port())
            .login(victim_user, Secret{victim_password})
            .insecure_plaintext_over_network()
            .connect_timeout(std::chrono::seconds{30})
            .options();
    };
    auto const opportunistic = [](ScriptedServer const& server) {
        return ConnectionBuilder::to_host(server.address(), server.port())
            .login(victim_user, Secret{victim_password})
            .insecure_tls_if_offered()
            .connect_timeout(std::chrono::seconds{30})
            .options();
    };
    for (std::string const plugin :
         {"mysql_clear_password", "dialog", "caching_sha2_password", "sha256_password", "", "m"}) {
        for (bool const in_greeting : {true, false}) {
            for (bool const tls_welcome : {true, false}) {
                GreetingOptions options = without(capability::ssl);
                if (in_greeting)
                    options.auth_plugin = plugin;
                // "\4" asks caching_sha2_password for the password itself.
                Script script{greeting(options), expect_login()};
                script += in_greeting ? Script{auth_more("\x04"), expect_auth_reply()}
                                      : Script{auth_switch(plugin), expect_auth_reply(),
                                               auth_more("\x04"), expect_auth_reply()};
                ScriptedServer server{script};
                Outcome const outcome =
                    attack(server, tls_welcome ? opportunistic(server) : plaintext(server));
                INFO(plugin << (in_greeting ? " in the greeting" : " by auth switch") << ", "
                            << (tls_welcome ? "TLS if offered" : "plaintext") << "\n"
                            << outcome.describe());
                CHECK_FALSE(outcome.connected);
                CHECK_FALSE(outcome.seen.contains(victim_password));
                CHECK_FALSE(outcome.seen.contains("Request for public key"));
                CHECK(outcome.text().find(victim_password) == std::string::npos);
            }
        }
    }
}

TEST_CASE("TLS if offered takes TLS when it is, and says so when it is not", "[hostile]")
{
    auto const options = [](ScriptedServer const& server) {
        return ConnectionBuilder::to_host(server.address(), server.port())
            .login(victim_user, Secret{victim_password})
            .insecure_tls_if_offered()
            .connect_timeout(std::chrono::seconds{30})
            .options();
    };
    SECTION("offered")
    {
        ScriptedServer server{logged_in(TestPki::shared().other_authority()) + Script{serve()}};
        bool encrypted = false;
        Outcome const outcome = attack(server, options(server), [&](Connection& db) {
            encrypted = db.tls() != nullptr && db.tls()->verify_mode == VerifyMode::none;
        });
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(encrypted);
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_user));
    }
    SECTION("not offered")
    {
        ScriptedServer server{{greeting(without(capability::ssl)), expect_login(), ok(), serve()}};
        bool plain = false;
        Outcome const outcome =
            attack(server, options(server), [&](Connection& db) { plain = db.tls() == nullptr; });
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(plain);
    }
}

TEST_CASE("plaintext is plaintext, also to a server that offers TLS", "[hostile]")
{
    // Connector/C 3.4 begins TLS by itself unless told not to, outside of every check and deadline of ours.
    ScriptedServer server{{greeting(), expect_login(), silence()}};
    auto const options = ConnectionBuilder::to_host(server.address(), server.port())
                             .login(victim_user, Secret{victim_password})
                             .insecure_plaintext_over_network()
                             .connect_timeout(std::chrono::seconds{1})
                             .options();
    Outcome const outcome = attack(server, options);
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    CHECK(outcome.elapsed < std::chrono::seconds{1} + slack);
    CHECK_FALSE(wire::begins_with_ssl_request(outcome.seen.received_plain));
    CHECK(outcome.seen.contains(victim_user));
}

TEST_CASE("an error before TLS is nobody's word, whatever the transport", "[hostile]")
{
    auto const options = [](ScriptedServer const& server, int way) {
        auto const builder = ConnectionBuilder::to_host(server.address(), server.port())
                                 .login(victim_user, Secret{victim_password})
                                 .connect_timeout(std::chrono::seconds{30});
        switch (way) {
        case 0:
            return builder.ssl({.ca = good_ca()}).options();
        case 1:
            return builder.ssl({.ca = good_ca(), .verify = VerifyMode::ca}).options();
        case 2:
            return builder.ssl({.verify = VerifyMode::none}).options();
        case 3:
            return builder.insecure_tls_if_offered().options();
        default:
            return builder.insecure_plaintext_over_network().options();
        }
    };
    for (int way = 0; way < 5; ++way) {
        ScriptedServer server{{next_sequence(0), error(1045, "28000", "Access denied")}};
        Outcome const outcome = attack(server, options(server, way));
        INFO(way << "\n" << outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->origin() == ErrorOrigin::unauthenticated_peer);
        CHECK(outcome.error->poisons_connection());
        CHECK(outcome.text().find("nobody vouches") != std::string::npos);
        bool const needs_tls = way < 3;
        CHECK(outcome.tls_error.has_value() == needs_tls);
        CHECK(outcome.error->code() == (needs_tls ? 2026 : 1045));
        CHECK(outcome.seen.received_plain.empty());
    }
}

TEST_CASE("a greeting that names no login method is no greeting", "[hostile]")
{
    // Connector/C would send the login for a method of its own choice: an empty name is in every list of allowed ones.
    for (bool const offers_tls : {true, false}) {
        for (bool const needs_tls : {true, false}) {
            GreetingOptions options = GreetingOptions{}.with_plugin("");
            if (!offers_tls)
                options = wire::stripped(options);
            ScriptedServer server{
                Script{greeting(options)} +
                (offers_tls && needs_tls ? Script{start_tls(TestPki::shared().good())} : Script{}) +
                Script{expect_login()}};
            auto const builder = ConnectionBuilder::to_host(server.address(), server.port())
                                     .login(victim_user, Secret{victim_password})
                                     .connect_timeout(std::chrono::seconds{30});
            Outcome const outcome =
                attack(server, needs_tls ? builder.ssl({.ca = good_ca()}).options()
                                         : builder.insecure_plaintext_over_network().options());
            INFO((offers_tls ? "TLS offered" : "no TLS")
                 << (needs_tls ? ", TLS" : ", plaintext") << "\n"
                 << outcome.describe());
            CHECK_FALSE(outcome.connected);
            CHECK(outcome.reason() == to_string(TlsReason::malformed_greeting));
            CHECK(outcome.seen.received_plain.empty());
            CHECK_FALSE(leaked(outcome.seen));
        }
    }
}

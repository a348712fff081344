// Servers that ask for a certificate of ours: what they see, and what is said when they do not like it.

#include "victim.hpp"

#include "support/catch.hpp"

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

using Version = sealsql::testing::TlsVersion;

TlsOptions demanding(Version version)
{
    return {.min_version = version,
            .max_version = version,
            .insist_on_certificate = true,
            .trust_pem = TestPki::shared().trust_pem()};
}

ClientIdentity identity_of(Identity const& identity)
{
    return ClientIdentity::memory(identity.full_chain_pem(),
                                  Secret{std::string_view{identity.key_pem}});
}

Identity client_of(Authority const& authority, KeyKind key = KeyKind::p256)
{
    CertificateSpec spec;
    spec.common_names = {"a client"};
    spec.purpose = Purpose::client;
    spec.key = key;
    return authority.issue(spec);
}

} // namespace

TEST_CASE("a server that demands a client certificate gets the one that was given",
          "[hostile][valgrind]")
{
    Version const version = GENERATE(Version::tls1_2, Version::tls1_3);
    for (Identity const& mine :
         {TestPki::shared().good_client(), client_of(TestPki::shared().trusted(), KeyKind::rsa2048),
          client_of(TestPki::shared().intermediate())}) {
        ScriptedServer server{logged_in(TestPki::shared().good(), demanding(version)) +
                              Script{serve()}};
        Outcome const outcome =
            attack(server, careful(server, {.ca = good_ca(), .identity = identity_of(mine)}));
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(outcome.seen.client_certificate_pem == mine.certificate_pem);
        // TLS 1.2 shows it to everybody on the way, but never the login.
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_user));
    }
}

TEST_CASE(
    "a server that demands a client certificate and gets none is an error that names the cure",
    "[hostile][valgrind]")
{
    // TLS 1.2 says so in the handshake; 1.3 only when the client already believes it is over.
    Version const version = GENERATE(Version::tls1_2, Version::tls1_3);
    for (int attempt = 0; attempt < 10; ++attempt) { // the alert races with the login
        ScriptedServer server{logged_in(TestPki::shared().good(), demanding(version)) +
                              Script{serve()}};
        Outcome const outcome = attack(server, careful(server));
        INFO(outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.reason() == to_string(TlsReason::handshake_refused));
        REQUIRE(outcome.tls_error);
        CHECK(outcome.tls_error->stage() == TlsStage::handshake);
        CHECK(outcome.tls_error->remedy().find(".identity in SslOptions") != std::string::npos);
        CHECK_FALSE(outcome.tls_error->retryable());
        CHECK(outcome.seen.client_certificate_pem.empty());
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_user));
        if (version == Version::tls1_2)
            CHECK_FALSE(leaked(outcome.seen));
    }
}

TEST_CASE("a client certificate that the server does not trust is an error that names it",
          "[hostile]")
{
    Version const version = GENERATE(Version::tls1_2, Version::tls1_3);
    Identity const mine = client_of(Authority{});
    ScriptedServer server{logged_in(TestPki::shared().good(), demanding(version)) +
                          Script{serve()}};
    Outcome const outcome =
        attack(server, careful(server, {.ca = good_ca(), .identity = identity_of(mine)}));
    INFO(outcome.describe());
    CHECK_FALSE(outcome.connected);
    CHECK(outcome.reason() == to_string(TlsReason::handshake_refused));
    CHECK(outcome.text().find("unknown CA") != std::string::npos);
    CHECK(outcome.text().find("CN=a client") != std::string::npos);
    CHECK(outcome.text().find("ssl_ca") != std::string::npos);
    CHECK_FALSE(outcome.seen.contains_in_plain(victim_user));
}

TEST_CASE("nobody who is not verified sees the client certificate", "[hostile]")
{
    Version const version = GENERATE(Version::tls1_2, Version::tls1_3);
    SslOptions const ssl{.ca = good_ca(), .identity = identity_of(TestPki::shared().good_client())};
    for (Identity const* const impostor :
         {&TestPki::shared().other_authority(), &TestPki::shared().wrong_name()}) {
        ScriptedServer server{logged_in(*impostor, demanding(version)) + Script{serve()}};
        Outcome const outcome = attack(server, careful(server, ssl));
        INFO(outcome.describe());
        CHECK_FALSE(outcome.connected);
        REQUIRE(outcome.tls_error);
        CHECK(outcome.tls_error->stage() == TlsStage::verification);
        CHECK(outcome.seen.client_certificate_pem.empty());
        CHECK_FALSE(leaked(outcome.seen));
    }
}

TEST_CASE("a server that does not ask does not see the client certificate", "[hostile]")
{
    ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()}};
    Outcome const outcome =
        attack(server, careful(server, {.ca = good_ca(),
                                        .identity = identity_of(TestPki::shared().good_client())}));
    INFO(outcome.describe());
    CHECK(outcome.connected);
    CHECK(outcome.seen.client_certificate_pem.empty());
}

TEST_CASE("a server that merely asks is content with none", "[hostile]")
{
    Version const version = GENERATE(Version::tls1_2, Version::tls1_3);
    TlsOptions const asking{.min_version = version,
                            .max_version = version,
                            .ask_for_certificate = true,
                            .trust_pem = TestPki::shared().trust_pem()};
    ScriptedServer server{logged_in(TestPki::shared().good(), asking) + Script{serve()}};
    Outcome const outcome = attack(server, careful(server));
    INFO(outcome.describe());
    CHECK(outcome.connected);
    CHECK(outcome.seen.client_certificate_pem.empty());
}

TEST_CASE("access denied says what a client certificate has to do with it", "[hostile]")
{
    struct Row {
        bool given;
        bool asked;
        char const* remedy;
    };
    for (Row const& row : {Row{false, true, "give it as .identity in SslOptions"},
                           Row{false, false, "give it as .identity in SslOptions"},
                           Row{true, false, "set ssl_ca in the server"},
                           Row{true, true, "CN=sealsql test client"}}) {
        TlsOptions const tls{.ask_for_certificate = row.asked,
                             .trust_pem = TestPki::shared().trust_pem()};
        ScriptedServer server{{greeting(), start_tls(TestPki::shared().good(), tls), expect_login(),
                               error(1045, "28000", "Access denied for user")}};
        Outcome const outcome = attack(
            server,
            careful(server, {.ca = good_ca(),
                             .identity = row.given ? identity_of(TestPki::shared().good_client())
                                                   : ClientIdentity{}}));
        INFO(outcome.describe());
        REQUIRE(outcome.error);
        CHECK(outcome.error->code() == 1045);
        CHECK(outcome.error->remedy().find("login()") != std::string::npos);
        CHECK(outcome.error->remedy().find(row.remedy) != std::string::npos);
    }
}

TEST_CASE("a client certificate too weak for the security level is found before dialling",
          "[hostile]")
{
    Identity const mine = client_of(TestPki::shared().trusted(), KeyKind::rsa2048);
    for (int const level : {2, 3}) {
        ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()}};
        Outcome const outcome = attack(server, careful(server, {.ca = good_ca(),
                                                                .identity = identity_of(mine),
                                                                .security_level = level}));
        INFO(outcome.describe());
        CHECK(outcome.connected == (level == 2));
        if (level == 2)
            continue;
        CHECK(outcome.reason() == to_string(TlsReason::too_weak));
        REQUIRE(outcome.tls_error);
        CHECK(outcome.tls_error->stage() == TlsStage::configuration);
        CHECK(outcome.tls_error->remedy().find("lower .security_level") != std::string::npos);
        CHECK(outcome.tls_error->certificate() != nullptr);
        CHECK(server.accepted() == 0);
    }
}

TEST_CASE("what is wrong with the client certificate is found before dialling", "[hostile]")
{
    ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()}};
    CHECK_THROWS_AS(
        Connection{careful(
            server, {.ca = good_ca(), .identity = ClientIdentity::file("/no/such/file.p12")})},
        TlsError);
    CHECK_THROWS_AS(careful(server, {.verify = VerifyMode::none,
                                     .identity = identity_of(TestPki::shared().good_client())}),
                    TlsError);
    CHECK(server.accepted() == 0);
}

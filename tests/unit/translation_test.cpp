// What a translation is written as: code for the builder, and text for people.

#include <sealsql/translation.hpp>

#include "helpers.hpp"

#include <sealsql/text/go_dsn.hpp>

#include "support/catch.hpp"

#include <chrono>
#include <string>

using namespace sealsql;
using namespace std::chrono_literals;
using unit::contains;

TEST_CASE("options as builder code", "[text][translation]")
{
    ConnectionOptions options;
    options.endpoint = Endpoint::tcp("db.internal", 3306);
    options.user = "app";
    options.password = Secret{"top-secret"};
    options.database = "shop";
    options.transport = Transport::tls({.ca = "/etc/ssl/db-ca.pem"});
    CHECK(to_builder_code(options) ==
          "auto db = sealsql::ConnectionBuilder::to_host(\"db.internal\")\n"
          "              .login(\"app\", sealsql::Secret::from_env(\"DB_PASSWORD\"))\n"
          "              .ssl({.ca = \"/etc/ssl/db-ca.pem\"})\n"
          "              .database(\"shop\")\n"
          "              .connect();\n");

    options.endpoint = Endpoint::local_socket("/run/\"x\\.sock");
    options.password = {};
    options.database = "";
    options.transport = Transport::plaintext();
    CHECK(to_builder_code(options) ==
          "auto db = sealsql::ConnectionBuilder::to_socket(\"/run/\\\"x\\\\.sock\")\n"
          "              .login(\"app\", sealsql::Secret{})\n"
          "              .plaintext_over_local_socket()\n"
          "              .connect();\n");

    options.endpoint = Endpoint::tcp("h", 1);
    CHECK(contains(to_builder_code(options), ".insecure_plaintext_over_network()"));
    options.transport = Transport::insecure_tls_if_offered({.verify = VerifyMode::none});
    CHECK(contains(to_builder_code(options),
                   ".insecure_tls_if_offered({.verify = sealsql::VerifyMode::none})"));
    options.transport = Transport::tls();
    CHECK_FALSE(contains(to_builder_code(options), "ssl("));
}

TEST_CASE("every option has its builder code, and no secret is in it", "[text][translation]")
{
    std::string const secret = "top-secret";
    ConnectionOptions options;
    options.endpoint = Endpoint::tcp("::1", 3307);
    options.user = "a\x1b\n\"\\\xff?\?=";
    options.password = Secret{secret};
    options.login_methods = {LoginMethod::client_ed25519, LoginMethod::mysql_clear_password};
    options.timeouts = {1s, 2s, 3s};
    options.character_set = "latin1";
    options.init_statements = {"SET a = 'b'"};
    options.connection_attributes = {{"n", "v"}};
    options.max_allowed_packet = 20'000;
    options.transport = Transport::tls(
        {.ca = TrustAnchors::system() + TrustAnchors::file("s.jks", Secret{secret}) +
               TrustAnchors::directory("d") + TrustAnchors::memory("x\ny"),
         .server_name = "n",
         .min_version = TlsVersion::tls1_0,
         .max_version = TlsVersion::tls1_2,
         .ciphers = {"C1", "C2"},
         .cipher_suites = {"S"},
         .groups = {"X25519"},
         .session_resumption = false,
         .insecure_legacy_tls = true,
         .key_log_file = "k.log",
         .identity = ClientIdentity::pem_files("c.pem", "k.pem", Secret{secret}),
         .pins = {Pin::certificate(std::string(64, 'a')), Pin::public_key(std::string(64, 'b'))},
         .revocation = Revocation::of_whole_chain({"crl1", "crl2"}),
         .max_chain_depth = 3,
         .security_level = 3});
    std::string const code = to_builder_code(options);
    INFO(code);
    CHECK_FALSE(contains(code, secret));
    for (char const* const part :
         {"to_host(\"::1\", 3307)",
          R"(.login("a\033\n\"\\\377\077\077=")",
          ".login_methods({sealsql::LoginMethod::client_ed25519, "
          "sealsql::LoginMethod::mysql_clear_password})",
          ".connect_timeout(std::chrono::milliseconds{1000})",
          ".read_timeout(std::chrono::milliseconds{2000})",
          ".write_timeout(std::chrono::milliseconds{3000})",
          ".character_set(\"latin1\")",
          ".init_statement(\"SET a = 'b'\")",
          ".connection_attribute(\"n\", \"v\")",
          ".max_allowed_packet(20000)",
          R"(sealsql::TrustAnchors::file("s.jks", sealsql::Secret::from_env("DB_CA_PASSWORD")))",
          "sealsql::TrustAnchors::directory(\"d\")",
          R"(sealsql::TrustAnchors::memory("x\ny"))",
          ".server_name = \"n\"",
          ".min_version = sealsql::TlsVersion::tls1_0",
          ".max_version = sealsql::TlsVersion::tls1_2",
          ".ciphers = {\"C1\", \"C2\"}",
          ".cipher_suites = {\"S\"}",
          ".groups = {\"X25519\"}",
          ".session_resumption = false",
          ".insecure_legacy_tls = true",
          ".key_log_file = \"k.log\"",
          R"(pem_files("c.pem", "k.pem", sealsql::Secret::from_env("DB_KEY_PASSPHRASE")))",
          "sealsql::Pin::certificate(\"",
          "sealsql::Pin::public_key(\"",
          "sealsql::Revocation::of_whole_chain({\"crl1\", \"crl2\"})",
          ".max_chain_depth = 3",
          ".security_level = 3"})
        CHECK(contains(code, part));
}

TEST_CASE("a translation as text", "[text][translation]")
{
    std::string const text = to_text(translate_go_dsn("u:top-secret@tcp(h)/d?tls=preferred"));
    INFO(text);
    CHECK(text.starts_with(
        "before:  TLS if it is offered, nothing checked; else plaintext (Go-MySQL-Driver 1.10)\n"
        "now:     TLS or nothing; chain and name checked\n"));
    CHECK(contains(text, "note: tls=preferred\n"));
    CHECK(contains(text, "  change:  insecure_tls_if_offered()\n"));
    CHECK_FALSE(contains(text, "top-secret"));
}

TEST_CASE("what a connection makes sure of", "[text][translation]")
{
    ConnectionOptions options;
    CHECK(protection_of(options) == Protection{true, true, true, true});
    options.transport = Transport::tls({.ca = "ca.pem", .verify = VerifyMode::ca});
    CHECK(protection_of(options) == Protection{true, true, true, false});
    options.transport = Transport::insecure_tls_if_offered({.verify = VerifyMode::none});
    CHECK(protection_of(options) == Protection{true, false, false, false});
    options.transport = Transport::plaintext();
    CHECK(protection_of(options) == Protection{});
}

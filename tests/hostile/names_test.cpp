// Whom a certificate may be for: one name, or any of several; and the name that is only sent.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <sealsql/explain.hpp>
#include <sealsql/server_chain.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

namespace {

TestPki& pki() { return TestPki::shared(); }

Outcome present(Identity const& identity, SslOptions ssl,
                std::function<void(Connection&)> const& work = {})
{
    ScriptedServer server{logged_in(identity) + Script{serve()}};
    return attack(server, careful(server, std::move(ssl)), work);
}

} // namespace

TEST_CASE("a certificate for any one of several names is accepted, and no other",
          "[hostile][valgrind]")
{
    struct Row {
        std::vector<std::string> dns; // of the certificate
        std::vector<std::string> ip;
        std::string server_name; // empty: 127.0.0.1, which is dialled
        std::vector<std::string> others;
        bool accepted;
    };
    for (Row const& row : std::vector<Row>{
             {{"a.test"}, {}, "a.test", {"b.test"}, true},
             {{"b.test"}, {}, "a.test", {"b.test"}, true},
             {{"c.test"}, {}, "a.test", {"b.test", "c.test"}, true},
             {{"d.test"}, {}, "a.test", {"b.test", "c.test"}, false},
             {{"x.test", "c.test"}, {}, "a.test", {"b.test", "c.test"}, true},
             // The host that is dialled is one of them, and an address stands beside names.
             {{}, {"127.0.0.1"}, "", {"b.test"}, true},
             {{"b.test"}, {}, "", {"b.test"}, true},
             {{"c.test"}, {"127.0.0.9"}, "", {"b.test"}, false},
             {{}, {"192.0.2.7"}, "a.test", {"b.test", "192.0.2.7"}, true},
             {{}, {"2001:db8::7"}, "a.test", {"2001:DB8:0::7"}, true},
             {{}, {"192.0.2.8"}, "a.test", {"b.test", "192.0.2.7"}, false},
             // An address has to stand in an iPAddress, and a name in a dNSName.
             {{"192.0.2.7"}, {}, "a.test", {"192.0.2.7"}, false},
             {{}, {"192.0.2.7"}, "a.test", {"b.test"}, false},
             // Wildcards, case and dots as for one name.
             {{"*.b.test"}, {}, "a.test", {"db.b.test"}, true},
             {{"*.b.test"}, {}, "a.test", {"b.test"}, false},
             {{"*.b.test"}, {}, "a.test", {"x.db.b.test"}, false},
             {{"d*.b.test"}, {}, "a.test", {"db.b.test"}, false},
             {{"*"}, {}, "a.test", {"localhost"}, false},
             {{"B.TEST"}, {}, "a.test", {"b.test."}, true},
             {{std::string{"b.test\0.evil.example", 20}}, {}, "a.test", {"b.test"}, false},
             {{}, {}, "a.test", {"b.test"}, false},
         }) {
        for (bool const name_in_subject : {false, true}) {
            Identity const identity = pki().trusted().issue(
                {.common_names = {name_in_subject ? row.others.back() : "server"},
                 .dns = row.dns,
                 .ip = row.ip});
            Outcome const outcome = present(
                identity,
                {.ca = good_ca(), .server_name = row.server_name, .also_accept_names = row.others});
            INFO("for " << row.others.back() << "\n" << outcome.describe());
            CHECK(outcome.connected == row.accepted);
            if (!row.accepted) {
                CHECK(outcome.reason() == to_string(TlsReason::name_mismatch));
                CHECK_FALSE(leaked(outcome.seen));
                std::string const first = row.server_name.empty() ? "127.0.0.1" : row.server_name;
                CHECK(outcome.text().find("is not for " + first + " or ") != std::string::npos);
                REQUIRE(outcome.tls_error);
                CHECK(outcome.tls_error->stage() == TlsStage::verification);
                CHECK(outcome.tls_error->certificate_depth() == 0);
                REQUIRE(outcome.tls_error->certificate() != nullptr);
            }
        }
    }
}

TEST_CASE("other names do not loosen any other check", "[hostile]")
{
    std::vector<std::string> const others{"b.test", "localhost"};
    for (PkiCase const& one : pki().refused_cases()) {
        Outcome const outcome = present(one.identity, {.ca = TrustAnchors::memory(one.trust_pem),
                                                       .also_accept_names = {"b.test"}});
        INFO(one.name << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.reason() ==
              present(one.identity, {.ca = TrustAnchors::memory(one.trust_pem)}).reason());
        CHECK_FALSE(leaked(outcome.seen));
    }
    Identity const old =
        pki().trusted().issue({.dns = {"b.test"}, .not_after = std::chrono::hours(-1) / 2});
    CHECK(present(old, {.ca = good_ca(), .also_accept_names = others}).reason() ==
          to_string(TlsReason::expired));
    Identity const good = pki().trusted().issue({.dns = {"b.test"}});
    CHECK(present(good, {.ca = good_ca(),
                         .also_accept_names = others,
                         .pins = {Pin::public_key(std::string(64, '5')),
                                  Pin::public_key(std::string(64, '6'))}})
              .reason() == to_string(TlsReason::pin_mismatch));
}

TEST_CASE("what survives() and explain() say of several names", "[hostile]")
{
    std::optional<ServerChain> chain;
    Outcome const outcome =
        present(pki().good(), {.ca = good_ca()}, [&](Connection& db) { chain = server_chain(db); });
    INFO(outcome.describe());
    REQUIRE(chain);
    CHECK(survives(*chain, {.ca = good_ca(),
                            .server_name = "other.example",
                            .also_accept_names = {"db.sealsql.test"}}));
    CHECK(survives(
        *chain,
        {.ca = good_ca(), .server_name = "other.example", .also_accept_names = {"127.0.0.1"}}));
    auto const verdict = survives(
        *chain,
        {.ca = good_ca(), .server_name = "other.example", .also_accept_names = {"third.example"}});
    REQUIRE(verdict.refusal);
    CHECK(verdict.refusal->reason() == TlsReason::name_mismatch);
    CHECK(verdict.refusal->message().find("other.example or third.example") != std::string::npos);
}

TEST_CASE("the name that is sent", "[hostile]")
{
    struct Row {
        SslOptions ssl;
        std::string sni;
    };
    TrustAnchors const ca = good_ca();
    for (Row const& row : std::vector<Row>{
             {{.ca = ca}, ""}, // an address is not sent
             {{.ca = ca, .server_name = "db.sealsql.test"}, "db.sealsql.test"},
             {{.ca = ca, .server_name = "db.sealsql.test", .also_accept_names = {"b.test"}},
              "db.sealsql.test"},
             {{.ca = ca, .also_accept_names = {"db.sealsql.test"}}, ""},
             {{.ca = ca, .sni_name = "proxy.test"}, "proxy.test"},
             {{.ca = ca, .sni_name = "proxy.test."}, "proxy.test"},
             {{.ca = ca, .server_name = "localhost", .sni_name = "proxy.test"}, "proxy.test"},
             {{.ca = ca, .verify = VerifyMode::ca, .sni_name = "proxy.test"}, "proxy.test"},
             {{.verify = VerifyMode::none, .sni_name = "proxy.test"}, "proxy.test"},
         }) {
        Outcome const outcome = present(pki().good(), row.ssl);
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK(outcome.seen.sni.value_or("") == row.sni);
    }
    // It is sent, and not looked for.
    Outcome const wrong = present(pki().wrong_name(), {.ca = ca, .sni_name = "other.example"});
    INFO(wrong.describe());
    CHECK(wrong.reason() == to_string(TlsReason::name_mismatch));
    CHECK(wrong.text().find("is not for 127.0.0.1:") != std::string::npos);
    CHECK_FALSE(leaked(wrong.seen));
    for (std::string const name : {"127.0.0.1", "::1", "*.test", "a b", ".test", "fe80::1%eth0"})
        CHECK_THROWS_AS(check(SslOptions{.sni_name = name}), TlsError);
}

// The chain that a connection saw: whole, also of a resumed session, and checked again as a handshake would.

#include "victim.hpp"

#include "support/catch.hpp"

#include <sealsql/server_chain.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

namespace {

using ServerVersion = sealsql::testing::TlsVersion;

ScriptedServer lasting(Identity const& identity, sealsql::testing::TlsOptions const& tls = {})
{
    ServerOptions options;
    options.connections = 8;
    return ScriptedServer{logged_in(identity, tls) + Script{serve()}, options};
}

/// The chain of a server that nobody checks.
ServerChain unchecked_chain(Identity const& identity)
{
    ScriptedServer server = lasting(identity);
    Connection const db{careful(server, {.verify = VerifyMode::none})};
    return server_chain(db);
}

std::string reason_of(Verdict const& verdict)
{
    return verdict.accepted() ? "accepted" : to_string(verdict.refusal->reason());
}

Identity short_lived(Authority const& authority, std::chrono::seconds life)
{
    return authority.issue({.ip = {"127.0.0.1"}, .not_after = life});
}

} // namespace

TEST_CASE("a connection's chain goes from the server to the trusted CA", "[hostile][valgrind]")
{
    TestPki& pki = TestPki::shared();
    ScriptedServer server = lasting(pki.via_intermediate());
    Connection db{careful(server)};
    ServerChain const chain = server_chain(db);
    db.close();
    REQUIRE(chain.sent().size() == 2);
    REQUIRE(chain.verified().size() == 3);
    CHECK(chain.certificates() == chain.verified());
    CHECK(chain.has_trust_anchor());
    CHECK(chain.der().front() == to_der(pki.via_intermediate().certificate_pem));
    CHECK(chain.sent().front().sha256_hex() ==
          sha256_of_certificate(pki.via_intermediate().certificate_pem));
    CHECK(chain.verified().back().sha256_hex() == sha256_of_certificate(pki.trust_pem()));
    CHECK(Pin::public_key(chain.key_pin()) ==
          Pin::public_key(sha256_of_public_key(pki.via_intermediate().certificate_pem)));
    CHECK(chain.endpoint().port() == server.port());
}

TEST_CASE("a resumed connection has the chain of its session", "[hostile][valgrind]")
{
    for (ServerVersion const version : {ServerVersion::tls1_2, ServerVersion::tls1_3}) {
        ScriptedServer server =
            lasting(TestPki::shared().via_intermediate(), {.max_version = version});
        ConnectionOptions const options = careful(server);
        Connection first{options};
        first.ping();
        Connection second{options};
        second.ping();
        REQUIRE(second.tls()->resumed);
        ServerChain const full = server_chain(first);
        ServerChain const resumed = server_chain(second);
        CHECK(resumed.sent() == full.sent());
        CHECK(resumed.verified() == full.verified());
        CHECK(resumed.der() == full.der());
        CHECK(survives(resumed, good_ca()));
    }
}

TEST_CASE("there is no chain of a connection that is closed or lost or has no TLS",
          "[hostile][valgrind]")
{
    ScriptedServer server{logged_in(TestPki::shared().good()) +
                          Script{serve_until("SELECT"), steps::close()}};
    Connection db{careful(server)};
    CHECK_FALSE(server_chain(db).empty());
    CHECK_THROWS_AS(db.execute("SELECT 1"), Error);
    CHECK_THROWS_AS(server_chain(db), Error);
    db.close();
    CHECK_THROWS_AS(server_chain(db), Error);
    Connection const moved = std::move(db);
    CHECK_THROWS_AS(server_chain(db), Error); // NOLINT(bugprone-use-after-move): on purpose

    ScriptedServer plain{{greeting(wire::stripped()), expect_login(), ok(), serve()}};
    Connection const open{ConnectionBuilder::to_host(plain.address(), plain.port())
                              .login(victim_user, Secret{victim_password})
                              .insecure_plaintext_over_network()
                              .connect()};
    CHECK_THROWS_AS(server_chain(open), Error);
}

TEST_CASE("checking again decides as the handshake does", "[hostile]")
{
    TestPki& pki = TestPki::shared();
    auto cases = pki.refused_cases();
    auto const accepted = pki.accepted_cases();
    cases.insert(cases.end(), accepted.begin(), accepted.end());
    for (PkiCase const& one : cases) {
        INFO(one.name);
        TrustFile const trust{one.trust_pem};
        ScriptedServer server = lasting(one.identity);
        ServerChain const chain = [&] {
            Connection const db{careful(server, {.verify = VerifyMode::none})};
            return server_chain(db);
        }();
        CHECK_FALSE(chain.has_trust_anchor());
        for (VerifyMode const mode : {VerifyMode::identity, VerifyMode::ca}) {
            SslOptions const ssl{.ca = trust.path(), .verify = mode};
            std::string connecting = "accepted";
            std::string text;
            try {
                Connection const db{careful(server, ssl)};
            } catch (TlsError const& error) {
                connecting = to_string(error.reason());
                text = error.message();
            }
            Verdict const verdict = survives(chain, ssl);
            CHECK(reason_of(verdict) == connecting);
            if (!verdict.accepted() && text.find("clock") == std::string::npos)
                CHECK(verdict.refusal->message() == text);
        }
    }
}

TEST_CASE("whether a chain survives a change of the CA is told before the change", "[hostile]")
{
    TestPki& pki = TestPki::shared();
    ScriptedServer server = lasting(pki.good());
    ServerChain const chain = [&] {
        Connection const db{careful(server)};
        return server_chain(db);
    }();
    Authority const new_authority{{.common_names = {"new root"}, .authority = true}};
    TrustFile const new_ca{new_authority.certificate_pem()};

    CHECK(survives(chain, good_ca()).accepted());
    CHECK(survives(chain, TrustAnchors::memory(pki.trust_pem())).accepted());
    CHECK(survives(chain, TrustAnchors::file(new_ca.path()) + TrustAnchors::file(good_ca())));
    Verdict const verdict = survives(chain, new_ca.path());
    REQUIRE_FALSE(verdict.accepted());
    CHECK(verdict.refusal->reason() == TlsReason::issuer_not_trusted);
    CHECK(verdict.refusal->stage() == TlsStage::verification);
    CHECK(verdict.refusal->message().find(new_ca.path().string()) != std::string::npos);
    CHECK_FALSE(verdict.refusal->remedy().empty());
    REQUIRE(verdict.refusal->certificate() != nullptr);
    CHECK(*verdict.refusal->certificate() == chain.sent().front());

    CHECK(reason_of(survives(chain, "/nowhere/ca.pem")) == "ca_unreadable");
    CHECK(reason_of(survives(chain, {.ca = good_ca(), .server_name = "other.example"})) ==
          "name_mismatch");
    CHECK(reason_of(
              survives(chain, {.ca = good_ca(),
                               .pins = {Pin::public_key_without_reserve(std::string(64, 'a'))}})) ==
          "pin_mismatch");
    CHECK(reason_of(survives(chain, {.ca = good_ca(), .security_level = 4})) == "too_weak");
    CHECK(reason_of(survives(chain, {.verify = VerifyMode::ca})) == "options_contradict");
    CertificateCheck const refusing{
        [](Certificate const&, std::vector<Certificate> const& all, void const*) -> std::string {
            return all.size() == 2 ? "not today" : "";
        }};
    CHECK(reason_of(survives(chain, {.ca = good_ca(), .also_check = refusing})) ==
          "certificate_rejected");
    CHECK_THROWS_AS(survives(ServerChain{}, good_ca()), Error);
}

TEST_CASE("what nobody checked is judged as strictly as by default", "[hostile]")
{
    CHECK(survives(unchecked_chain(TestPki::shared().good()), good_ca()));
    CHECK(reason_of(survives(unchecked_chain(TestPki::shared().wrong_name()), good_ca())) ==
          "name_mismatch");
}

TEST_CASE("the expiry watch tells what expires first by the clock that it is given", "[hostile]")
{
    Authority const root{{.common_names = {"root"}, .not_after = 10 * 24h, .authority = true}};
    Authority const middle =
        root.subordinate({.common_names = {"middle"}, .not_after = 3 * 24h, .authority = true});
    TrustFile const trust{root.certificate_pem()};
    ScriptedServer server = lasting(short_lived(middle, 5 * 24h));
    ServerChain const chain = [&] {
        Connection const db{careful(server, {.ca = trust.path()})};
        return server_chain(db);
    }();
    auto const end_of_middle = chain.verified().at(1).not_after;
    auto const all = expiries(chain, end_of_middle - 36h);
    REQUIRE(all.size() == 3);
    CHECK(all[0].role == ChainRole::intermediate);
    CHECK(all[0].certificate.subject == "CN=middle");
    CHECK(all[0].left == 36h);
    CHECK(all[0].days_left() == 1);
    CHECK(all[1].role == ChainRole::server);
    CHECK(all[1].days_left() == 3);
    CHECK(all[2].role == ChainRole::trusted_ca);
    CHECK(all[2].days_left() == 8);
    CHECK(first_to_expire(chain, end_of_middle - 36h) == all[0]);
    CHECK(first_to_expire(chain, end_of_middle + 1s).days_left() == -1);
    auto const left = first_to_expire(chain).left;
    CHECK(left <= 3 * 24h);
    CHECK(left > 3 * 24h - 5min);
    CHECK_THROWS_AS(first_to_expire(ServerChain{}), Error);
    CHECK(expiries(ServerChain{}).empty());
    CHECK(std::string{to_string(ChainRole::trusted_ca)} == "trusted_ca");
}

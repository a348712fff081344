// A resumed handshake shows no certificate. So what counts is under which settings a session may be used again.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <sealsql/connection_builder.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;
using namespace std::string_literals;

namespace {

/// A server that stays the same for several connections, and would resume each of them.
ScriptedServer lasting_server(Identity const& identity, std::size_t connections,
                              sealsql::testing::TlsOptions const& tls = {})
{
    ServerOptions options;
    options.connections = connections;
    return ScriptedServer{logged_in(identity, tls) + Script{serve()}, options};
}

/// Connects, reads what tickets there are, and says whether the session was an old one.
bool resumes(ConnectionOptions const& options)
{
    Connection db{options};
    db.ping();
    REQUIRE(db.tls() != nullptr);
    CHECK_FALSE(db.tls()->peer.subject.empty());
    return db.tls()->resumed;
}

/// The error that connecting ends with, and that no login followed.
std::string refusal(ConnectionOptions const& options)
{
    try {
        Connection const db{options};
    } catch (TlsError const& error) {
        return to_string(error.reason());
    }
    return "connected";
}

ConnectionOptions with(ConnectionOptions options, SslOptions const& ssl)
{
    options.transport = Transport::tls(ssl);
    return options;
}

struct Version {
    std::string name;
    sealsql::testing::TlsVersion served;
};

std::vector<Version> const versions{{"TLS 1.2", sealsql::testing::TlsVersion::tls1_2},
                                    {"TLS 1.3", sealsql::testing::TlsVersion::tls1_3}};

} // namespace

TEST_CASE("the next connection resumes, with the facts of the first", "[hostile][valgrind]")
{
    for (auto const& [name, version] : versions) {
        INFO(name);
        ScriptedServer server =
            lasting_server(TestPki::shared().good(), 3, {.max_version = version});
        ConnectionOptions const options = careful(server);
        CHECK_FALSE(resumes(options));
        CHECK(resumes(options));
        CHECK(resumes(options));
        auto const seen = server.finish_all();
        REQUIRE(seen.size() == 3);
        CHECK_FALSE(seen[0].tls_resumed);
        CHECK(seen[1].tls_resumed);
        CHECK(seen[2].tls_resumed);
    }
}

TEST_CASE("a session tells the certificate that it began with, whatever was offered before",
          "[hostile]")
{
    // In TLS 1.2 a session is kept before the certificate is read that it began with.
    ServerOptions options;
    options.connections =
        4; // the second is refused: it offers the first one's session, and TLS 1.3 alone
    options.then = {logged_in(TestPki::shared().good_rsa(),
                              {.max_version = sealsql::testing::TlsVersion::tls1_2}) +
                    Script{serve()}};
    ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()}, options};
    auto const peer = [&](bool resumed) {
        Connection db{careful(server)};
        db.ping();
        CHECK(db.tls()->resumed == resumed);
        return db.tls()->peer;
    };
    Certificate const first = peer(false);
    Certificate const second = peer(false);
    CHECK(second != first);
    CHECK(peer(true) == second);
}

TEST_CASE("the next connection guesses the group that the server wants", "[hostile][valgrind]")
{
    // As MySQL 9 does. X25519 is OpenSSL's guess.
    ScriptedServer server = lasting_server(TestPki::shared().good(), 4, {.groups = "P-256:P-384"});
    ConnectionOptions const options = careful(server);
    CHECK_FALSE(resumes(options));
    CHECK(resumes(options));
    CHECK(resumes(options));
    SslOptions own_order{.ca = good_ca()};
    own_order.groups = {"X25519", "P-256"};
    CHECK_FALSE(resumes(with(options, own_order)));
    auto const seen = server.finish_all();
    REQUIRE(seen.size() == 4);
    CHECK(seen[0].client_hellos == 2);
    CHECK(seen[1].client_hellos == 1);
    CHECK(seen[2].client_hellos == 1);
    CHECK(seen[3].client_hellos == 2);

    // The same groups, in another order.
    constexpr std::uint16_t p256 = 23;
    auto groups = seen[0].offered_groups;
    REQUIRE(groups.size() > 1);
    REQUIRE(groups.front() != p256);
    CHECK(seen[2].offered_groups.front() == p256);
    std::stable_partition(groups.begin(), groups.end(), [](auto group) { return group == p256; });
    CHECK(seen[1].offered_groups == groups);
    CHECK(seen[2].offered_groups == groups);
}

TEST_CASE("a server that has given up TLS 1.3 since is reached all the same", "[hostile][valgrind]")
{
    // Where a session of TLS 1.3 is offered, nothing older is; so the first answer is a refusal.
    Script const older =
        logged_in(TestPki::shared().good(), {.max_version = sealsql::testing::TlsVersion::tls1_2}) +
        Script{serve()};
    Script const finds_no_cipher{greeting(), expect_ssl_request(), expect_client_hello(),
                                 send("\x15\x03\x03\0\2\2\x28"s), close()};
    for (Script const& refusing : {older, finds_no_cipher}) {
        ServerOptions options;
        options.connections = 4;
        options.then = {refusing, older};
        ScriptedServer server{logged_in(TestPki::shared().good()) + Script{serve()}, options};
        ConnectionOptions const usual = careful(server);
        CHECK_FALSE(resumes(usual));
        CHECK_FALSE(resumes(usual));
        CHECK(resumes(usual));
        auto const seen = server.finish_all();
        REQUIRE(seen.size() == 4);
        CHECK_FALSE(leaked(seen[1]));
        CHECK(seen[2].tls_version == "TLSv1.2");
        CHECK(seen[3].tls_resumed);
    }
}

TEST_CASE("a server that refuses with no session in play is not dialled again", "[hostile]")
{
    ServerOptions options;
    options.connections = 2;
    ScriptedServer server{Script{greeting(), expect_ssl_request(), expect_client_hello(),
                                 send("\x15\x03\x03\0\2\2\x28"s), close()},
                          options};
    CHECK(refusal(careful(server)) == "handshake_refused");
    CHECK(refusal(careful(server)) == "handshake_refused");
    CHECK(server.finish_all().size() == 2);
}

TEST_CASE("without session_resumption every handshake is a full one", "[hostile]")
{
    ScriptedServer server = lasting_server(TestPki::shared().good(), 3);
    CHECK_FALSE(resumes(careful(server)));
    ConnectionOptions const never = careful(server, {.ca = good_ca(), .session_resumption = false});
    CHECK_FALSE(resumes(never));
    CHECK_FALSE(resumes(never));
}

TEST_CASE("a session made under one policy is not used under another", "[hostile][valgrind]")
{
    // The first connection is made with `first`, which leaves sessions behind; `second` would be accepted too, and must
    // make its own.
    TemporaryDirectory const folder;
    auto const copy = folder.write("copy.pem", TestPki::shared().trust_pem());
    SslOptions const usual{.ca = good_ca()};
    struct Change {
        std::string name;
        std::function<void(SslOptions&)> make;
    };
    std::vector<Change> const changes{
        {"another CA file", [&](SslOptions& ssl) { ssl.ca = copy; }},
        {"verify", [](SslOptions& ssl) { ssl.verify = VerifyMode::ca; }},
        {"nothing verified",
         [](SslOptions& ssl) {
             ssl.verify = VerifyMode::none;
             ssl.ca = TrustAnchors::system();
         }},
        {"server_name", [](SslOptions& ssl) { ssl.server_name = "localhost"; }},
        {"other names", [](SslOptions& ssl) { ssl.also_accept_names = {"localhost"}; }},
        {"the order of names",
         [](SslOptions& ssl) {
             ssl.server_name = "localhost";
             ssl.also_accept_names = {"127.0.0.1"};
         }},
        {"sni_name", [](SslOptions& ssl) { ssl.sni_name = "db.sealsql.test"; }},
        {"max_version", [](SslOptions& ssl) { ssl.max_version = sealsql::TlsVersion::tls1_2; }},
        {"min_version", [](SslOptions& ssl) { ssl.min_version = sealsql::TlsVersion::tls1_3; }},
        {"groups", [](SslOptions& ssl) { ssl.groups = {"P-256"}; }},
        {"suites", [](SslOptions& ssl) { ssl.cipher_suites = {"TLS_AES_256_GCM_SHA384"}; }},
        {"ciphers", [](SslOptions& ssl) { ssl.ciphers = {"ECDHE-ECDSA-AES256-GCM-SHA384"}; }},
    };
    for (Change const& change : changes) {
        for (bool const changed_first : {false, true}) {
            INFO(change.name << (changed_first ? ", the other way round" : ""));
            SslOptions first = usual;
            SslOptions second = usual;
            change.make(changed_first ? first : second);
            ScriptedServer server = lasting_server(TestPki::shared().good(), 3);
            CHECK_FALSE(resumes(with(careful(server), first)));
            CHECK_FALSE(resumes(with(careful(server), second)));
            CHECK(resumes(with(careful(server), first)));
        }
    }
}

TEST_CASE("what the CA in force would refuse is refused, session or not", "[hostile][valgrind]")
{
    for (auto const& [name, version] : versions) {
        INFO(name);
        Authority const other{{.common_names = {"another CA"}, .authority = true}};
        Identity const identity = other.issue({.ip = {"127.0.0.1"}});
        TemporaryDirectory const folder;

        SECTION("another file " + name)
        {
            ScriptedServer server = lasting_server(identity, 3, {.max_version = version});
            auto const file = folder.write("other.pem", other.certificate_pem());
            CHECK_FALSE(resumes(careful(server, {.ca = file})));
            CHECK(refusal(careful(server)) == "issuer_not_trusted");
            auto const seen = server.finish_all();
            CHECK_FALSE(seen.at(1).tls_resumed);
            CHECK_FALSE(leaked(seen.at(1)));
        }
        SECTION("the same file with other content " + name)
        {
            ScriptedServer server = lasting_server(identity, 3, {.max_version = version});
            auto const file = folder.write("ca.pem", other.certificate_pem());
            ConnectionOptions const options = careful(server, {.ca = file});
            CHECK_FALSE(resumes(options));
            CHECK(resumes(options));
            folder.write("ca.pem", TestPki::shared().trust_pem());
            CHECK(refusal(options) == "issuer_not_trusted");
            auto const seen = server.finish_all();
            CHECK_FALSE(seen.at(2).tls_resumed);
            CHECK_FALSE(leaked(seen.at(2)));
        }
        SECTION("a session that nothing was verified for " + name)
        {
            ScriptedServer server = lasting_server(identity, 3, {.max_version = version});
            CHECK_FALSE(resumes(careful(server, {.verify = VerifyMode::none})));
            CHECK(resumes(careful(server, {.verify = VerifyMode::none})));
            CHECK(refusal(careful(server)) == "issuer_not_trusted");
            CHECK_FALSE(leaked(server.finish_all().at(2)));
        }
    }
}

TEST_CASE("a session for several names is not used where its server's name is not wanted",
          "[hostile][valgrind]")
{
    for (auto const& [name, version] : versions) {
        INFO(name);
        Identity const node = TestPki::shared().trusted().issue({.dns = {"node-2.test"}});
        ScriptedServer server = lasting_server(node, 5, {.max_version = version});
        auto const named = [&](std::vector<std::string> const& others) {
            return careful(server, {.ca = good_ca(), .also_accept_names = others});
        };
        ConnectionOptions const cluster = named({"node-1.test", "node-2.test"});
        CHECK_FALSE(resumes(cluster));
        CHECK(resumes(cluster));
        CHECK(refusal(named({"node-1.test"})) == "name_mismatch");
        CHECK(refusal(named({})) == "name_mismatch");
        CHECK(resumes(cluster));
        auto const seen = server.finish_all();
        for (std::size_t const refused : {2U, 3U}) {
            CHECK_FALSE(seen.at(refused).tls_resumed);
            CHECK_FALSE(leaked(seen.at(refused)));
        }
    }
}

TEST_CASE("a session ends with the first certificate that it stands for", "[hostile]")
{
    for (auto const& [name, version] : versions) {
        INFO(name);
        Identity const brief = TestPki::shared().trusted().issue(
            {.ip = {"127.0.0.1"}, .not_after = std::chrono::seconds{3}});
        ScriptedServer server = lasting_server(brief, 3, {.max_version = version});
        ConnectionOptions const options = careful(server);
        CHECK_FALSE(resumes(options));
        CHECK(resumes(options));
        std::this_thread::sleep_for(4s);
        CHECK(refusal(options) == "expired");
        auto const seen = server.finish_all();
        CHECK_FALSE(seen.at(2).tls_resumed);
        CHECK_FALSE(leaked(seen.at(2)));
    }
}

TEST_CASE("a failed handshake makes the sessions of its policy forgotten", "[hostile]")
{
    ServerOptions later;
    later.connections = 3;
    Script const good = logged_in(TestPki::shared().good()) + Script{serve()};
    // In between, somebody who closes the connection after the ClientHello.
    later.then = {Script{greeting(), expect_ssl_request(), expect_client_hello()} + Script{close()},
                  good};
    ScriptedServer server{good, later};
    ConnectionOptions const options = careful(server);
    CHECK_FALSE(resumes(options));
    CHECK(refusal(options) == "handshake_closed");
    CHECK_FALSE(resumes(options));
}

TEST_CASE("threads resume side by side", "[hostile]")
{
    constexpr int count = 6;
    constexpr int rounds = 4;
    ScriptedServer server = lasting_server(TestPki::shared().good(), count * rounds);
    ConnectionOptions const options = careful(server);
    std::vector<std::thread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&] {
            for (int round = 0; round < rounds; ++round) {
                Connection db{options};
                db.ping();
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    std::size_t resumed = 0;
    for (Transcript const& seen : server.finish_all())
        resumed += seen.tls_resumed ? 1 : 0;
    CHECK(resumed >= count);
}

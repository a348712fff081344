#include "server.hpp"

#include "support/catch.hpp"
#include "support/tcp_proxy.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>

using namespace sealsql;
using namespace sealsql::testing;
using namespace std::chrono_literals;

namespace {

std::string status(Connection& db, char const* variable)
{
    for (auto const& [name, value] :
         db.query<std::tuple<std::string, std::string>>("SHOW SESSION STATUS LIKE 'Ssl_%'"))
        if (name == variable)
            return value;
    return {};
}

} // namespace

TEST_CASE("the server and the client agree on the TLS that they speak", "[integration][valgrind]")
{
    auto db = builder().connect();
    REQUIRE(db.tls() != nullptr);
    CHECK(db.tls()->version == "TLSv1.3");
    CHECK(db.tls()->version == status(db, "Ssl_version"));
    CHECK(db.tls()->cipher == status(db, "Ssl_cipher"));
    CHECK(db.tls()->verify_mode == VerifyMode::identity);
    CHECK(db.tls()->verified_name == Server::get().host());
    Certificate const& peer = db.tls()->peer;
    CHECK_FALSE(peer.subject.empty());
    CHECK_FALSE(peer.issuer.empty());
    CHECK(std::find(peer.ip_addresses.begin(), peer.ip_addresses.end(), "127.0.0.1") !=
          peer.ip_addresses.end());
    CHECK(std::find(peer.dns_names.begin(), peer.dns_names.end(), "localhost") !=
          peer.dns_names.end());
    CHECK(peer.not_before < std::chrono::system_clock::now());
    CHECK(peer.not_after > std::chrono::system_clock::now());
    CHECK(peer.sha256_hex().size() == 64);
}

TEST_CASE("the version comes over TLS", "[integration]")
{
    auto db = builder().connect();
    CHECK(db.server_version().find(Server::get()["SERVER_VERSION"]) == 0);
    CHECK(db.connection_id() == db.query_value<std::uint64_t>("SELECT CONNECTION_ID()"));
}

TEST_CASE("localhost is TCP, and its own name", "[integration]")
{
    Server const& server = Server::get();
    auto db = ConnectionBuilder::to_host("localhost", server.port())
                  .login(server["USER"], password())
                  .ssl({.ca = server["CA"]})
                  .connect();
    CHECK(db.tls()->verified_name == "localhost");
}

TEST_CASE("another name, another CA, and none are refused with a cure", "[integration][valgrind]")
{
    Server const& server = Server::get();
    SECTION("a name that the certificate does not hold")
    {
        auto const wrong = ConnectionBuilder::to_host(server["WRONG_NAME_HOST"], server.port())
                               .login(server["USER"], password());
        auto const error = tls_error_of([&] { return wrong.ssl({.ca = server["CA"]}).connect(); });
        CHECK(error.reason() == TlsReason::name_mismatch);
        CHECK(error.stage() == TlsStage::verification);
        CHECK(error.message().find("localhost") != std::string::npos);
        CHECK(error.remedy().find("server_name") != std::string::npos);
        REQUIRE(error.certificate() != nullptr);
        CHECK_FALSE(error.certificate()->dns_names.empty());
        // The cures that it names work.
        CHECK(wrong.ssl({.ca = server["CA"], .server_name = "localhost"}).connect().usable());
        CHECK(wrong.ssl({.ca = server["CA"], .verify = VerifyMode::ca}).connect().usable());
    }
    SECTION("a CA that did not sign it")
    {
        for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca}) {
            auto const error = tls_error_of([&] {
                return to_server()
                    .login(server["USER"], password())
                    .ssl({.ca = server["OTHER_CA"], .verify = verify})
                    .connect();
            });
            CHECK((error.reason() == TlsReason::issuer_not_trusted ||
                   error.reason() == TlsReason::self_signed));
            CHECK(error.remedy().find(".ca") != std::string::npos);
        }
    }
    SECTION("the system's CAs, when nothing is said")
    {
        auto const error =
            tls_error_of([&] { return to_server().login(server["USER"], password()).connect(); });
        CHECK((error.reason() == TlsReason::issuer_not_trusted ||
               error.reason() == TlsReason::self_signed));
    }
    SECTION("VerifyMode::none takes anybody")
    {
        auto db = to_server()
                      .login(server["USER"], password())
                      .ssl({.verify = VerifyMode::none})
                      .connect();
        CHECK(db.tls()->verify_mode == VerifyMode::none);
    }
}

TEST_CASE("an attacker on the path to a real server gets nothing", "[integration]")
{
    Server const& server = Server::get();
    auto const through = [&](TcpProxy const& proxy) {
        return ConnectionBuilder::to_host("127.0.0.1", proxy.port())
            .login(server["USER"], password())
            .ssl({.ca = server["CA"]})
            .connect_timeout(30s);
    };
    SECTION("who strips TLS")
    {
        TcpProxy proxy{{.server_port = server.port(), .strip_tls = true}};
        auto const error = tls_error_of([&] { return through(proxy).connect(); });
        CHECK(error.reason() == TlsReason::tls_not_offered);
        auto const seen = proxy.finish();
        CHECK(seen.from_client.empty());
    }
    SECTION("who injects before TLS")
    {
        TcpProxy proxy{{.server_port = server.port(),
                        .inject_after_greeting = std::string("\7\0\0\2\0\0\0\2\0\0\0", 11)}};
        auto const error = tls_error_of([&] { return through(proxy).connect(); });
        CHECK(error.reason() == TlsReason::bytes_before_tls);
        CHECK(proxy.finish().from_client.empty());
    }
    SECTION("who only listens")
    {
        TcpProxy proxy{{.server_port = server.port()}};
        {
            auto db = through(proxy).connect();
            CHECK(db.query_value<std::string>("SELECT 'a secret answer'") == "a secret answer");
        }
        auto const seen = proxy.finish();
        CHECK_FALSE(seen.plaintext_login_received());
        CHECK_FALSE(seen.contains(server["USER"] + std::string(1, '\0')));
        CHECK(seen.from_server.find("a secret answer") == std::string::npos);
    }
    SECTION("who strips TLS from a caller that accepts it")
    {
        TcpProxy proxy{{.server_port = server.port(), .strip_tls = true}};
        auto const opportunistic = ConnectionBuilder::to_host("127.0.0.1", proxy.port())
                                       .login(server["USER"], password())
                                       .insecure_tls_if_offered()
                                       .connect_timeout(30s);
        try {
            auto db = opportunistic.connect();
            CHECK(db.tls() == nullptr);
        } catch (Error const& error) {
            // caching_sha2_password would show the password, so it is not used in plaintext.
            CHECK_FALSE(server.is_mariadb());
            CHECK(error.origin() != ErrorOrigin::server);
        }
        CHECK_FALSE(proxy.finish().contains(server["PASSWORD"]));
    }
}

TEST_CASE("logins that fail say who refused and why", "[integration][valgrind]")
{
    Server const& server = Server::get();
    SslOptions const ssl{.ca = server["CA"]};
    SECTION("wrong password")
    {
        auto const error = error_of([&] {
            return to_server().login(server["USER"], Secret{"not the password"}).ssl(ssl).connect();
        });
        CHECK(error.code() == 1045);
        CHECK(error.sqlstate() == "28000");
        CHECK(error.origin() == ErrorOrigin::server);
        CHECK_FALSE(error.retryable());
        CHECK(std::string{error.what()}.find("not the password") == std::string::npos);
        CHECK(error.remedy().find("login()") != std::string::npos);
    }
    SECTION("unknown database")
    {
        auto const error = error_of([&] {
            return to_server()
                .login(server["USER"], password())
                .ssl(ssl)
                .database("no_such_database")
                .connect();
        });
        CHECK((error.code() == 1049 || error.code() == 1044));
        CHECK(error.origin() == ErrorOrigin::server);
    }
    SECTION("nobody there")
    {
        auto const error = error_of([&] {
            return ConnectionBuilder::to_host("127.0.0.1", 1).login("u", Secret{}).connect();
        });
        CHECK(error.code() == 2003);
        CHECK(error.origin() == ErrorOrigin::client);
        CHECK(error.retryable());
        CHECK(error.message().find("127.0.0.1:1") != std::string::npos);
    }
    SECTION("no such host")
    {
        auto const error = error_of([&] {
            return ConnectionBuilder::to_host("no-such-host.invalid")
                .login("u", Secret{})
                .connect();
        });
        CHECK(error.code() == 2005);
        CHECK(error.message().find("no-such-host.invalid") != std::string::npos);
    }
    SECTION("no such socket")
    {
        auto const error = error_of([&] {
            return ConnectionBuilder::to_socket("/no/such/socket")
                .login("u", Secret{})
                .plaintext_over_local_socket()
                .connect();
        });
        CHECK(error.code() == 2002);
        CHECK(error.message().find("/no/such/socket") != std::string::npos);
    }
    SECTION("an unknown character set")
    {
        auto const error = error_of([] { return builder().character_set("klingon").connect(); });
        CHECK(error.remedy().find("character_set()") != std::string::npos);
    }
    SECTION("a client certificate is missing")
    {
        auto const error = error_of(
            [&] { return to_server().login(server["X509_USER"], password()).ssl(ssl).connect(); });
        CHECK(error.code() == 1045);
        CHECK(error.remedy().find("client certificate") != std::string::npos);
        CHECK(error.remedy().find(".identity") != std::string::npos);
    }
}

TEST_CASE("users that must use TLS can log in", "[integration]")
{
    Server const& server = Server::get();
    auto db =
        to_server().login(server["TLS_ONLY_USER"], password()).ssl({.ca = server["CA"]}).connect();
    CHECK(db.query_value<int>("SELECT 1") == 1);
}

TEST_CASE("every login method of the server works, first and again", "[integration]")
{
    Server const& server = Server::get();
    SslOptions const ssl{.ca = server["CA"]};
    std::vector<std::string> users{server["USER"]};
    if (server.has("ED25519_USER"))
        users.push_back(server["ED25519_USER"]);
    for (std::string const& user : users) {
        // caching_sha2_password asks for the password itself the first time, then for a hash.
        for (int attempt = 0; attempt < 3; ++attempt) {
            auto db = to_server().login(user, password()).ssl(ssl).connect();
            auto const who = db.query_value<std::string>("SELECT CURRENT_USER()");
            CHECK(who.find(user + "@") == 0);
        }
    }
}

TEST_CASE("a local socket works in plaintext and with TLS", "[integration][valgrind]")
{
    Server const& server = Server::get();
    auto const socket =
        ConnectionBuilder::to_socket(server["SOCKET"]).login(server["USER"], password());
    SECTION("plaintext")
    {
        auto db = socket.plaintext_over_local_socket().connect();
        CHECK(db.tls() == nullptr);
        CHECK(db.query_value<int>("SELECT 1") == 1);
    }
    SECTION("TLS with a name to check")
    {
        auto db = socket.ssl({.ca = server["CA"], .server_name = "localhost"}).connect();
        REQUIRE(db.tls() != nullptr);
        CHECK(db.tls()->cipher == status(db, "Ssl_cipher"));
    }
    SECTION("TLS with another name")
    {
        auto const error = tls_error_of([&] {
            return socket.ssl({.ca = server["CA"], .server_name = "other.example"}).connect();
        });
        CHECK(error.reason() == TlsReason::name_mismatch);
    }
    SECTION("TLS without a name cannot be checked")
    {
        auto const error = tls_error_of([&] { return socket.ssl({.ca = server["CA"]}).connect(); });
        CHECK(error.reason() == TlsReason::options_contradict);
        CHECK(error.remedy().find("server_name") != std::string::npos);
    }
}

TEST_CASE("minimum version 1.3 is kept", "[integration]")
{
    Server const& server = Server::get();
    auto db = to_server()
                  .login(server["USER"], password())
                  .ssl({.ca = server["CA"], .min_version = sealsql::TlsVersion::tls1_3})
                  .connect();
    CHECK(db.tls()->version == "TLSv1.3");
}

TEST_CASE("what the builder says reaches the server", "[integration]")
{
    auto db = builder()
                  .init_statement("SET @first = 1")
                  .init_statement("SET time_zone = '+03:00'")
                  .connection_attribute("program_name", "sealsql-test")
                  .connect();
    CHECK(db.query_value<std::string>("SELECT DATABASE()") == Server::get()["DATABASE"]);
    CHECK(db.query_value<int>("SELECT @first") == 1);
    CHECK(db.query_value<std::string>("SELECT @@time_zone") == "+03:00");
    CHECK(db.query_value<std::string>("SELECT @@character_set_client") == "utf8mb4");
    CHECK(db.query_value<std::string>("SELECT @@character_set_results") == "utf8mb4");

    auto latin = builder().character_set("latin1").connect();
    CHECK(latin.query_value<std::string>("SELECT @@character_set_client") == "latin1");

    // The private MariaDB runs without its performance schema, which would show them.
    if (db.query_value<bool>("SELECT @@performance_schema")) {
        auto const attribute = admin().query_value<std::string>(Sql::unchecked(
            "SELECT ATTR_VALUE FROM performance_schema.session_connect_attrs WHERE PROCESSLIST_ID = " +
            std::to_string(db.connection_id()) + " AND ATTR_NAME = 'program_name'"));
        CHECK(attribute == "sealsql-test");
    }
}

TEST_CASE("an init statement that fails fails the connection", "[integration]")
{
    auto const error = error_of([] {
        return builder().init_statement("DO 1").init_statement("SELECT no_such_column").connect();
    });
    CHECK(error.code() == 1054);
    CHECK(error.message().starts_with("init statement 2 failed; "));
    CHECK(error.origin() == ErrorOrigin::server);
}

TEST_CASE("many connections from many threads", "[integration]")
{
    std::vector<std::thread> threads;
    std::atomic<int> good = 0;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int j = 0; j < 10; ++j) {
                try {
                    auto db = builder().connect();
                    if (db.query_value<int>("SELECT 41 + 1") == 42)
                        ++good;
                } catch (Error const&) {
                    // counted by its absence
                }
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    CHECK(good == 80);
}

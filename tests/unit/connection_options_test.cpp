// ConnectionOptions: a plain value, and what a connection refuses of it before anything is dialled.

#include <sealsql/connection_options.hpp>

#include <sealsql/connection.hpp>
#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <chrono>
#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

using sealsql::Connection;
using sealsql::ConnectionOptions;
using sealsql::Endpoint;
using sealsql::Error;
using sealsql::Secret;
using sealsql::SslOptions;
using sealsql::Timeouts;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::Transport;
using sealsql::VerifyMode;
using unit::contains;
using unit::error_of;
using namespace std::chrono_literals;

namespace {

static_assert(std::regular<ConnectionOptions>);
static_assert(std::regular<Timeouts>);
static_assert(std::is_aggregate_v<ConnectionOptions>);
static_assert(std::is_nothrow_move_constructible_v<ConnectionOptions>);

// A value that every check lets pass, and whose first network call would be on a socket that is not
// there.
ConnectionOptions good()
{
    ConnectionOptions options;
    options.endpoint = Endpoint::local_socket("/nonexistent/sealsql/mysqld.sock");
    options.transport = Transport::plaintext();
    options.user = "app";
    options.password = Secret{"hunter2"};
    return options;
}

ConnectionOptions tcp(std::string host)
{
    ConnectionOptions options = good();
    options.endpoint = Endpoint::tcp(std::move(host));
    options.transport = Transport::tls();
    return options;
}

struct Case {
    std::string_view message;
    std::function<void(ConnectionOptions&)> change;
};

} // namespace

TEST_CASE("What is used when nothing is said", "[connection_options]")
{
    ConnectionOptions const options;
    CHECK_FALSE(options.endpoint.is_local_socket());
    CHECK(options.endpoint.port() == 3306);
    // The identity check, not plaintext, and not TLS that can be stripped.
    CHECK(options.transport.demands_tls());
    REQUIRE(options.transport.ssl() != nullptr);
    CHECK(*options.transport.ssl() == SslOptions{});
    CHECK(options.character_set == "utf8mb4");
    CHECK(options.database.empty());
    CHECK(options.password.empty());
    CHECK(options.init_statements.empty());
    CHECK(options.connection_attributes.empty());
    CHECK(options.timeouts.connect == 10s);
    CHECK(options.timeouts.read == 5min);
    CHECK(options.timeouts.write == 1min);
    CHECK(options.max_allowed_packet == std::size_t{64} * 1024 * 1024);
    CHECK_FALSE(options.multi_statements);
    CHECK_FALSE(options.found_rows);
}

TEST_CASE("Options are equal if all of them are", "[connection_options]")
{
    std::vector<std::function<void(ConnectionOptions&)>> const changes{
        [](ConnectionOptions&) {},
        [](ConnectionOptions& o) { o.endpoint = Endpoint::tcp("db"); },
        [](ConnectionOptions& o) { o.endpoint = Endpoint::tcp("db", 3307); },
        [](ConnectionOptions& o) { o.endpoint = Endpoint::local_socket("/other.sock"); },
        [](ConnectionOptions& o) { o.transport = Transport::tls(); },
        [](ConnectionOptions& o) { o.transport = Transport::insecure_tls_if_offered({}); },
        [](ConnectionOptions& o) { o.transport = Transport::tls({.ca = "/a.pem"}); },
        [](ConnectionOptions& o) { o.user = "other"; },
        [](ConnectionOptions& o) { o.password = Secret{"other"}; },
        [](ConnectionOptions& o) { o.database = "shop"; },
        [](ConnectionOptions& o) { o.timeouts.connect = 1ms; },
        [](ConnectionOptions& o) { o.timeouts.read = 1ms; },
        [](ConnectionOptions& o) { o.timeouts.write = 1ms; },
        [](ConnectionOptions& o) { o.character_set = "latin1"; },
        [](ConnectionOptions& o) { o.init_statements = {"SET @a = 1"}; },
        [](ConnectionOptions& o) {
            o.connection_attributes = {{"a", "b"}};
        },
        [](ConnectionOptions& o) { o.max_allowed_packet += 1; },
        [](ConnectionOptions& o) { o.multi_statements = true; },
        [](ConnectionOptions& o) { o.found_rows = true; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        for (std::size_t j = 0; j < changes.size(); ++j) {
            CAPTURE(i, j);
            ConnectionOptions left = good();
            ConnectionOptions right = good();
            changes[i](left);
            changes[j](right);
            CHECK((left == right) == (i == j));
        }
    }
}

TEST_CASE("A connection refuses what cannot be meant, and says the cure", "[connection_options]")
{
    std::string const nul("a\0b", 3);
    std::vector<Case> const cases{
        {"host name is empty",
         [](auto& o) {
             o.endpoint = Endpoint{};
             o.transport = Transport::tls();
         }},
        {"port is 0",
         [](auto& o) {
             o.endpoint = Endpoint::tcp("db", 0);
             o.transport = Transport::tls();
         }},
        {"path of the local socket is empty",
         [](auto& o) { o.endpoint = Endpoint::local_socket({}); }},
        {"user name is empty", [](auto& o) { o.user.clear(); }},
        {"NUL", [&](auto& o) { o.user = nul; }},
        {"NUL", [&](auto& o) { o.password = Secret{nul}; }},
        {"NUL", [&](auto& o) { o.database = nul; }},
        {"NUL", [&](auto& o) { o.character_set = nul; }},
        {"attribute",
         [](auto& o) {
             o.connection_attributes = {{"", "value"}};
         }},
        {"attribute",
         [&](auto& o) {
             o.connection_attributes = {{"name", nul}};
         }},
        {"attribute",
         [&](auto& o) {
             o.connection_attributes = {{"fine", "fine"}, {nul, "value"}};
         }},
        {"init statement is empty",
         [](auto& o) {
             o.init_statements = {"SET @a = 1", ""};
         }},
        {"timeout", [](auto& o) { o.timeouts.connect = 0ms; }},
        {"timeout", [](auto& o) { o.timeouts.read = -1ms; }},
        {"timeout", [](auto& o) { o.timeouts.write = 0ms; }},
        {"timeout", [](auto& o) { o.timeouts.read = std::chrono::hours{24 * 365} + 1ms; }},
        {"timeout", [](auto& o) { o.timeouts.connect = std::chrono::milliseconds::max(); }},
        {"largest packet", [](auto& o) { o.max_allowed_packet = 0; }},
        {"largest packet", [](auto& o) { o.max_allowed_packet = 16'383; }},
        {"largest packet", [](auto& o) { o.max_allowed_packet = (std::size_t{1} << 30U) + 1; }},
        {"largest packet", [](auto& o) { o.max_allowed_packet = static_cast<std::size_t>(-1); }},
    };
    for (Case const& bad : cases) {
        ConnectionOptions options = good();
        bad.change(options);
        auto const error = error_of([&] { Connection{options}; });
        CAPTURE(bad.message, error.what());
        CHECK(contains(error.message(), bad.message));
        CHECK_FALSE(error.remedy().empty());
        CHECK(error.origin() == sealsql::ErrorOrigin::client);
        CHECK_FALSE(error.retryable());
        CHECK_FALSE(contains(error.what(), "hunter2"));
    }
}

TEST_CASE("A host is one name, as Connector/C would take more for a list or a URL",
          "[connection_options]")
{
    for (std::string const host : {"db1,db2", "[::1]", "[::1]:3306", "mysql://db", "db/shop", " db",
                                   "db ", "a b", "db1:3306,db2:3307", ".db", "a..b", "*.db",
                                   "b\xC3\xBC"
                                   "cher.example",
                                   "db\n", "user@db"}) {
        CAPTURE(host);
        auto const error = error_of([&] { Connection{tcp(host)}; });
        CHECK(contains(error.message(), "no host name has"));
        CHECK(contains(error.remedy(), "to_host()"));
    }
    CHECK(contains(error_of([] { Connection{tcp(std::string("db\0.evil", 8))}; }).message(),
                   "no host name has"));
    for (std::string const host : {"db:3306", "127.0.0.1:3306", "db:"}) {
        CAPTURE(host);
        auto const error = error_of([&] { Connection{tcp(host)}; });
        CHECK(contains(error.message(), "has a colon"));
        CHECK(contains(error.remedy(), "the port as its second argument"));
    }
    CHECK_NOTHROW(check(tcp("::1")));
    CHECK_NOTHROW(check(tcp("fe80::1%eth0")));
}

TEST_CASE("TLS options that contradict each other are refused before anything is dialled",
          "[connection_options]")
{
    for (Transport const& transport : {
             Transport::tls({.ca = "/a.pem", .verify = VerifyMode::none}),
             Transport::insecure_tls_if_offered({.ca = "/a.pem", .verify = VerifyMode::none}),
             Transport::tls({.verify = VerifyMode::ca, .server_name = "db"}),
             Transport::insecure_tls_if_offered({.verify = VerifyMode::ca, .server_name = "db"}),
         }) {
        ConnectionOptions options = tcp("db.invalid");
        options.transport = transport;
        auto const error = error_of<TlsError>([&] { Connection{options}; });
        CHECK(error.reason() == TlsReason::options_contradict);
        CHECK_FALSE(error.remedy().empty());
    }
}

TEST_CASE("A local socket has no name to check", "[connection_options]")
{
    ConnectionOptions options = good();
    options.transport = Transport::tls();
    auto const error = error_of<TlsError>([&] { Connection{options}; });
    CHECK(error.reason() == TlsReason::options_contradict);
    CHECK(contains(error.remedy(), ".server_name"));
    CHECK(contains(error.remedy(), "plaintext_over_local_socket()"));
}

TEST_CASE("TLS if offered over a local socket needs a name as well", "[connection_options]")
{
    // The builder cannot say this, but ConnectionOptions can: the identity check would have no
    // name.
    ConnectionOptions options = good();
    options.transport = Transport::insecure_tls_if_offered({.verify = VerifyMode::identity});
    auto const error = error_of<TlsError>([&] { Connection{options}; });
    CHECK(error.reason() == TlsReason::options_contradict);
}

TEST_CASE("The limits themselves are allowed", "[connection_options]")
{
    std::vector<std::function<void(ConnectionOptions&)>> const changes{
        [](ConnectionOptions&) {},
        [](ConnectionOptions& o) {
            o.timeouts = {.connect = std::chrono::hours{24 * 365}, .read = 1ms, .write = 1ms};
        },
        [](ConnectionOptions& o) { o.max_allowed_packet = 16'384; },
        [](ConnectionOptions& o) { o.max_allowed_packet = std::size_t{1} << 30U; },
        [](ConnectionOptions& o) { o.password = Secret{}; },
        [](ConnectionOptions& o) {
            o.connection_attributes = {{"program", ""}};
        },
        [](ConnectionOptions& o) { o.transport = Transport::tls({.verify = VerifyMode::none}); },
        [](ConnectionOptions& o) {
            o.transport = Transport::insecure_tls_if_offered({.verify = VerifyMode::none});
        },
    };
    for (auto const& change : changes) {
        ConnectionOptions options = good();
        change(options);
        auto const error = error_of([&] { Connection{options}; });
        CAPTURE(error.what());
        CHECK(error.code() == 2002); // it went on, to a socket that does not exist
        CHECK(contains(error.message(), "/nonexistent/sealsql/mysqld.sock"));
        CHECK(error.retryable());
        CHECK_FALSE(contains(error.what(), "hunter2"));
    }
}

TEST_CASE("The CA file is read before anything is dialled", "[connection_options]")
{
    sealsql::testing::TemporaryDirectory const directory;
    ConnectionOptions options = tcp("db.invalid");
    SECTION("missing")
    {
        options.transport = Transport::tls({.ca = directory.path() / "missing.pem"});
        auto const error = error_of<TlsError>([&] { Connection{options}; });
        CHECK(error.reason() == TlsReason::ca_unreadable);
        CHECK(contains(error.message(), "missing.pem"));
    }
    SECTION("no certificate in it")
    {
        options.transport = Transport::tls({.ca = directory.write("empty.pem", "")});
        CHECK(error_of<TlsError>([&] { Connection{options}; }).reason() == TlsReason::ca_malformed);
    }
}

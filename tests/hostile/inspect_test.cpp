// An inspection meets the same servers as a login does, and is to say of each what connecting would say. None of them ever
// gets more than a request for TLS and a handshake.

#include "victim.hpp"

#include "support/catch.hpp"

#include <sealsql/inspect.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

namespace {

using ServerTls = sealsql::testing::TlsOptions;
using ServerVersion = sealsql::testing::TlsVersion;

InspectOptions quick(SslOptions ssl = {.ca = good_ca()})
{
    return {.ssl = std::move(ssl), .connect_timeout = 30s, .try_protocols = false};
}

/// A server that greets, shakes hands and then listens, as often as it is asked.
ScriptedServer lasting(Script script, std::size_t connections = 100)
{
    ServerOptions options;
    options.connections = connections;
    return ScriptedServer{std::move(script), std::move(options)};
}

Script honest(Identity const& identity, ServerTls const& tls = {})
{
    return {greeting(), start_tls(identity, tls), silence()};
}

/// No more than 36 bytes in plaintext, which hold no user name, and nothing at all through TLS.
void check_nothing_sent(std::vector<Transcript> const& all)
{
    CHECK_FALSE(all.empty());
    for (Transcript const& seen : all) {
        INFO(seen.describe());
        CHECK_FALSE(seen.login_bytes_received());
        CHECK(seen.received_tls.empty());
    }
}

Verdict const& verdict_of(Inspection const& found, VerifyMode mode)
{
    return found.verdicts.at(static_cast<std::size_t>(mode)).verdict;
}

std::string reason_of(Verdict const& verdict)
{
    return verdict.accepted() ? "accepted" : to_string(verdict.refusal->reason());
}

SslOptions by_mode(VerifyMode mode)
{
    SslOptions ssl{.verify = mode};
    if (mode != VerifyMode::none)
        ssl.ca = good_ca();
    return ssl;
}

} // namespace

TEST_CASE("an inspection decides of every certificate as connecting does", "[hostile]")
{
    auto cases = TestPki::shared().refused_cases();
    auto const accepted = TestPki::shared().accepted_cases();
    cases.insert(cases.end(), accepted.begin(), accepted.end());
    for (PkiCase const& one : cases) {
        INFO(one.name);
        ScriptedServer server = lasting({greeting(), start_tls(one.identity), expect_login(),
                                         steps::error(1045, "28000", "Access denied")});
        Inspection const found = inspect(server.address(), server.port(), quick());
        REQUIRE(found.has_tls);
        CHECK(found.chain.sent().size() ==
              (one.identity.chain_pem.empty() ? std::size_t{1} : std::size_t{2}));
        if (one.name == "expired") // there is a way to the CA all the same
            CHECK(found.chain.verified().size() == 2);
        for (VerifyMode const mode : {VerifyMode::identity, VerifyMode::ca, VerifyMode::none}) {
            INFO(to_string(mode));
            std::string connecting = "accepted";
            std::string text;
            std::string remedy;
            try {
                Connection const db{careful(server, by_mode(mode))};
            } catch (TlsError const& error) {
                connecting = to_string(error.reason());
                text = error.message();
                remedy = error.remedy();
            } catch (Error const& error) {
                CHECK(error.code() == 1045); // beyond TLS
            }
            Verdict const& verdict = verdict_of(found, mode);
            CHECK(reason_of(verdict) == connecting);
            if (!verdict.accepted() && text.find("clock") == std::string::npos)
                CHECK(verdict.refusal->message() == text);
            if (!verdict.accepted()) {
                CHECK(verdict.refusal->remedy() == remedy);
                CHECK(verdict.refusal->stage() == TlsStage::verification);
                CHECK(verdict.refusal->certificate() != nullptr);
            }
        }
    }
}

TEST_CASE("an inspection sends a request for TLS and a handshake and nothing else",
          "[hostile][valgrind]")
{
    ScriptedServer server = lasting(honest(TestPki::shared().good()));
    InspectOptions options = quick();
    options.try_protocols = true;
    Inspection const found = inspect(server.address(), server.port(), options);
    CHECK(found.has_tls);
    CHECK(found.address == server.address());
    CHECK(found.server_version == "10.11.6-MariaDB");
    CHECK(found.auth_plugin == "mysql_native_password");
    CHECK(found.capabilities == wire::capability::usual);
    CHECK(found.tls_offered);
    CHECK(found.version == "TLSv1.3");
    CHECK_FALSE(found.refusal);
    CHECK(verdict_of(found, VerifyMode::identity).accepted());
    REQUIRE(found.chain.verified().size() == 2);
    CHECK(found.chain.has_trust_anchor());
    auto const seen = server.finish_all();
    CHECK(static_cast<std::size_t>(found.connections) == seen.size());
    check_nothing_sent(seen);
    CHECK(std::all_of(seen.begin(), seen.end(), [](Transcript const& one) {
        return !one.tls_finished || one.close_notify_received;
    }));
}

TEST_CASE("an inspection of a server without TLS or without sense gives the reason for each mode",
          "[hostile][valgrind]")
{
    struct Row {
        std::string name;
        Script script;
        TlsReason reason;
    };
    GreetingOptions odd;
    odd.server_version = "9.7.0\x1b[31m";
    std::vector<Row> const rows{
        {"stripped", {greeting(wire::stripped(odd)), silence()}, TlsReason::tls_not_offered},
        {"injection",
         {greeting_and("x"), start_tls(TestPki::shared().good())},
         TlsReason::bytes_before_tls},
        {"an error",
         {next_sequence(0), error(1129, "HY000", "Host is \x1b[31mblocked")},
         TlsReason::error_before_tls},
        {"HTTP", {send("HTTP/1.1 400 Bad Request\r\n\r\n")}, TlsReason::malformed_greeting},
        {"no end",
         {send(std::string("\xff\xff\x0f", 3) + '\0' + std::string(1000000, '\n'))},
         TlsReason::malformed_greeting},
    };
    for (Row const& row : rows) {
        INFO(row.name);
        ScriptedServer server = lasting(row.script);
        InspectOptions options = quick();
        options.try_protocols = true;
        Inspection const found = inspect(server.address(), server.port(), options);
        CHECK_FALSE(found.has_tls);
        CHECK(found.chain.empty());
        CHECK(found.connections == 1);
        REQUIRE(found.refusal);
        CHECK(found.refusal->message().find('\x1b') == std::string::npos);
        CHECK(found.server_version.find('\x1b') == std::string::npos);
        for (ModeVerdict const& one : found.verdicts)
            CHECK(reason_of(one.verdict) == to_string(row.reason));
        auto const seen = server.finish_all();
        REQUIRE(seen.size() == 1);
        CHECK(seen.front().received_plain.empty());
    }
}

TEST_CASE("an inspection ends within its times whatever the server does", "[hostile]")
{
    constexpr auto patience = 500ms;
    constexpr auto tolerance = 1000ms;
    struct Row {
        std::string name;
        Script script;
        bool greets;
    };
    Identity const& good = TestPki::shared().good();
    std::vector<Row> const rows{
        {"silence", {silence()}, false},
        {"a slow greeting", {drip(100ms), greeting(), silence()}, false},
        {"no answer to the request for TLS", {greeting(), silence()}, true},
        {"no answer to the hello", {greeting(), expect_client_hello(), silence()}, true},
        {"half a hello", {greeting(), start_tls(good, {.cut_after = 20}), silence()}, true},
        {"a slow handshake", {greeting(), drip(20ms), start_tls(good), silence()}, true},
    };
    struct Result {
        std::optional<Inspection> found;
        std::optional<Error> error;
        std::chrono::steady_clock::duration elapsed{};
    };
    for (Row const& row : rows) {
        INFO(row.name);
        auto const round = [&] {
            ScriptedServer server = lasting(row.script);
            InspectOptions options = quick();
            options.connect_timeout = patience;
            options.try_protocols = true;
            Result result;
            auto const begin = std::chrono::steady_clock::now();
            try {
                result.found = inspect(server.address(), server.port(), options);
            } catch (Error const& error) {
                result.error = error;
            }
            result.elapsed = std::chrono::steady_clock::now() - begin;
            check_nothing_sent(server.finish_all());
            return result;
        };
        Result const result = unless_late(round, [&](Result const& one) {
            return one.elapsed > patience + tolerance || one.error.has_value() == row.greets;
        });
        if (result.found) {
            CHECK(row.greets);
            CHECK_FALSE(result.found->has_tls);
            CHECK(result.found->connections == 1);
            for (ModeVerdict const& one : result.found->verdicts)
                CHECK(reason_of(one.verdict) == to_string(TlsReason::timed_out));
        } else {
            REQUIRE(result.error);
            INFO(result.error->what());
            CHECK_FALSE(row.greets);
            CHECK(result.error->code() == 2003);
            CHECK(result.error->message().find("no greeting came") != std::string::npos);
        }
        CHECK(result.elapsed >= patience - 50ms);
        CHECK(result.elapsed <= patience + tolerance);
    }
}

TEST_CASE("a server that is quick at first and then slow does not stretch an inspection",
          "[hostile]")
{
    Identity const& good = TestPki::shared().good();
    ServerOptions lasting_options;
    lasting_options.connections = 100;
    lasting_options.then = {{greeting(), pause(300ms), start_tls(good), silence()}};
    ScriptedServer server{honest(good), lasting_options};
    InspectOptions options = quick();
    options.try_protocols = true;
    options.total_timeout = 1500ms;
    auto const begin = std::chrono::steady_clock::now();
    Inspection const found = inspect(server.address(), server.port(), options);
    CHECK(std::chrono::steady_clock::now() - begin <= 1500ms + slack);
    CHECK(found.has_tls);
    CHECK(verdict_of(found, VerifyMode::identity).accepted());
    CHECK(
        std::any_of(found.protocols.begin(), found.protocols.end(), [](ProtocolSupport const& one) {
            return one.answer == ProbeAnswer::not_tried;
        }));
}

TEST_CASE("nobody there is an error", "[hostile]")
{
    std::uint16_t port = 0;
    {
        ScriptedServer const server{{silence()}};
        port = server.port();
    }
    CHECK_THROWS_AS(inspect("127.0.0.1", port, quick()), Error);
    ScriptedServer server{{steps::close()}};
    CHECK_THROWS_AS(inspect(server.address(), server.port(), quick()), Error);
    CHECK_THROWS_AS(inspect("two names", port, quick()), Error);
    CHECK_THROWS_AS(inspect("", port, quick()), Error);
    CHECK_THROWS_AS(inspect("127.0.0.1", 0, quick()), Error);
    CHECK_THROWS_AS(inspect("127.0.0.1", port, quick({.ciphers = {"NO-SUCH"}})), TlsError);
}

TEST_CASE("an inspection finds out whether sessions resume", "[hostile][valgrind]")
{
    for (ServerVersion const version : {ServerVersion::tls1_2, ServerVersion::tls1_3}) {
        for (bool const tickets : {true, false}) {
            ScriptedServer server = lasting(
                honest(TestPki::shared().good(), {.max_version = version, .tickets = tickets}));
            Inspection const found = inspect(server.address(), server.port(), quick());
            auto const seen = server.finish_all();
            REQUIRE(seen.size() == 2);
            INFO(seen[1].describe());
            CHECK(found.resumption ==
                  (seen[1].tls_resumed ? ProbeAnswer::accepted : ProbeAnswer::refused));
            CHECK(seen[1].tls_resumed == tickets);
        }
    }
}

TEST_CASE("an inspection finds the versions and ciphers that a server takes", "[hostile]")
{
    ServerTls const tls{.min_version = ServerVersion::tls1_1,
                        .ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256:"
                                   "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0",
                        .cipher_suites = "TLS_AES_128_GCM_SHA256"};
    ScriptedServer server = lasting(honest(TestPki::shared().good(), tls));
    InspectOptions options = quick();
    options.try_protocols = true;
    Inspection found = inspect(server.address(), server.port(), options);
    auto& [tls1_0, tls1_1, tls1_2, tls1_3] = found.protocols;
    CHECK(tls1_0.answer == ProbeAnswer::refused);
    CHECK(tls1_0.ciphers.empty());
    CHECK(tls1_1.answer == ProbeAnswer::accepted);
    CHECK(tls1_1.ciphers == std::vector<std::string>{"ECDHE-ECDSA-AES128-SHA"});
    CHECK(tls1_2.answer == ProbeAnswer::accepted);
    std::sort(tls1_2.ciphers.begin(), tls1_2.ciphers.end());
    CHECK(tls1_2.ciphers == std::vector<std::string>{"ECDHE-ECDSA-AES128-GCM-SHA256",
                                                     "ECDHE-ECDSA-AES128-SHA",
                                                     "ECDHE-ECDSA-AES256-GCM-SHA384"});
    CHECK(tls1_3.answer == ProbeAnswer::accepted);
    CHECK(tls1_3.ciphers == std::vector<std::string>{"TLS_AES_128_GCM_SHA256"});
    check_nothing_sent(server.finish_all());
}

TEST_CASE("a server that is too old is said to be, and what it can", "[hostile]")
{
    ScriptedServer server =
        lasting(honest(TestPki::shared().good_rsa(), {.max_version = ServerVersion::tls1_0}));
    InspectOptions options = quick();
    options.try_protocols = true;
    Inspection const found = inspect(server.address(), server.port(), options);
    CHECK_FALSE(found.has_tls);
    for (ModeVerdict const& one : found.verdicts)
        CHECK(reason_of(one.verdict) == to_string(TlsReason::protocol_version));
    CHECK(found.protocols[0].answer == ProbeAnswer::accepted);
    CHECK(found.protocols[1].answer == ProbeAnswer::refused);
    CHECK(found.protocols[2].answer == ProbeAnswer::refused);
    CHECK(found.protocols[3].answer == ProbeAnswer::refused);
}

TEST_CASE("an inspection tells whether a client certificate is asked for and shows none",
          "[hostile]")
{
    TemporaryDirectory const folder;
    auto const files = write_pem_files(folder, "client", TestPki::shared().good_client());
    for (bool const asks : {false, true}) {
        ScriptedServer server =
            lasting(honest(TestPki::shared().good(), {.ask_for_certificate = asks}));
        SslOptions const ssl{.ca = good_ca(),
                             .identity = ClientIdentity::pem_files(files.certificate, files.key)};
        Inspection const found = inspect(server.address(), server.port(), quick(ssl));
        CHECK(found.asks_for_identity == asks);
        CHECK(verdict_of(found, VerifyMode::identity).accepted());
        for (Transcript const& seen : server.finish_all())
            CHECK(seen.client_certificate_pem.empty());
    }
}

TEST_CASE("an inspection judges by pins and names and files as well", "[hostile]")
{
    ScriptedServer server = lasting(honest(TestPki::shared().good()));
    auto const judge = [&](SslOptions const& ssl) {
        return inspect(server.address(), server.port(), quick(ssl));
    };
    std::string const key = sha256_of_public_key(TestPki::shared().good().certificate_pem);
    std::string const other = sha256_of_public_key(TestPki::shared().trust_pem());
    {
        Inspection const found =
            judge({.ca = good_ca(), .pins = {Pin::public_key_without_reserve(key)}});
        for (ModeVerdict const& one : found.verdicts)
            CHECK(reason_of(one.verdict) == "accepted");
    }
    {
        // The key of the CA, which is in the verified chain, and not the server's own.
        Inspection const found =
            judge({.ca = good_ca(), .pins = {Pin::public_key_without_reserve(other)}});
        CHECK(reason_of(verdict_of(found, VerifyMode::identity)) == "accepted");
        CHECK(reason_of(verdict_of(found, VerifyMode::none)) == to_string(TlsReason::pin_mismatch));
    }
    CHECK(reason_of(verdict_of(judge({.ca = good_ca(), .server_name = "other.example"}),
                               VerifyMode::identity)) == to_string(TlsReason::name_mismatch));
    CHECK(reason_of(verdict_of(judge({.ca = "/nowhere/ca.pem"}), VerifyMode::identity)) ==
          to_string(TlsReason::ca_unreadable));
    CHECK(reason_of(verdict_of(judge({}), VerifyMode::ca)) ==
          to_string(TlsReason::options_contradict));
    for (Transcript const& seen : server.finish_all())
        CHECK_FALSE(seen.login_bytes_received());
}

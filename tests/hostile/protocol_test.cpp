// Versions, ciphers and groups: what the caller sets is what is used, or there is no connection.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <sealsql/connection_builder.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

namespace {

using Served = sealsql::testing::TlsVersion;
using Asked = sealsql::TlsVersion;

Outcome meet(SslOptions ssl, sealsql::testing::TlsOptions const& served, TlsInfo& facts)
{
    ScriptedServer server{logged_in(TestPki::shared().good(), served) + Script{serve()}};
    ssl.ca = good_ca();
    return attack(server, careful(server, std::move(ssl)),
                  [&](Connection& db) { facts = *db.tls(); });
}

} // namespace

TEST_CASE("versions meet where both sides allow it", "[hostile]")
{
    struct Meeting {
        std::string name;
        SslOptions asked;
        sealsql::testing::TlsOptions served;
        std::string version; // empty: refused
    };
    std::vector<Meeting> const meetings{
        {"defaults", {}, {}, "TLSv1.3"},
        {"at most 1.2", {.max_version = Asked::tls1_2}, {}, "TLSv1.2"},
        {"a server of 1.2", {}, {.max_version = Served::tls1_2}, "TLSv1.2"},
        {"at least 1.3, a server of 1.2",
         {.min_version = Asked::tls1_3},
         {.max_version = Served::tls1_2},
         ""},
        {"at most 1.2, a server of 1.3",
         {.max_version = Asked::tls1_2},
         {.min_version = Served::tls1_3},
         ""},
        {"a server of 1.1", {}, {.max_version = Served::tls1_1}, ""},
        {"a server of 1.0", {}, {.max_version = Served::tls1_0}, ""},
        {"a server of 1.1, on purpose",
         {.min_version = Asked::tls1_1, .insecure_legacy_tls = true},
         {.max_version = Served::tls1_1},
         "TLSv1.1"},
        {"a server of 1.0, on purpose",
         {.min_version = Asked::tls1_0, .insecure_legacy_tls = true},
         {.max_version = Served::tls1_0},
         "TLSv1"},
        {"a server of 1.0, when only 1.1 is allowed",
         {.min_version = Asked::tls1_1, .insecure_legacy_tls = true},
         {.max_version = Served::tls1_0},
         ""},
        {"legacy allowed, and not needed",
         {.min_version = Asked::tls1_0, .insecure_legacy_tls = true},
         {},
         "TLSv1.3"},
    };
    for (Meeting const& meeting : meetings) {
        TlsInfo facts;
        Outcome const outcome = meet(meeting.asked, meeting.served, facts);
        INFO(meeting.name << "\n" << outcome.describe());
        CHECK(outcome.connected == !meeting.version.empty());
        CHECK(facts.version == meeting.version);
        if (!outcome.connected) {
            CHECK(outcome.reason() == "protocol_version");
            CHECK_FALSE(leaked(outcome.seen));
        }
    }
}

TEST_CASE("ciphers, suites and groups are those that were named", "[hostile]")
{
    TlsInfo facts;
    SECTION("a suite of TLS 1.3")
    {
        CHECK(meet({.cipher_suites = {"TLS_CHACHA20_POLY1305_SHA256"}}, {}, facts).connected);
        CHECK(facts.cipher == "TLS_CHACHA20_POLY1305_SHA256");
    }
    SECTION("a cipher of TLS 1.2")
    {
        CHECK(meet({.max_version = Asked::tls1_2, .ciphers = {"ECDHE-ECDSA-CHACHA20-POLY1305"}}, {},
                   facts)
                  .connected);
        CHECK(facts.cipher == "ECDHE-ECDSA-CHACHA20-POLY1305");
    }
    SECTION("a suite that the server does not have")
    {
        Outcome const outcome =
            meet({.cipher_suites = {"TLS_AES_128_GCM_SHA256"}},
                 {.min_version = Served::tls1_3, .cipher_suites = "TLS_AES_256_GCM_SHA384"}, facts);
        CHECK(outcome.reason() == "handshake_refused");
        CHECK_FALSE(leaked(outcome.seen));
    }
    SECTION("a group") { CHECK(meet({.groups = {"P-384"}}, {}, facts).connected); }
}

TEST_CASE("a setting that OpenSSL does not know is found before anything is dialled", "[hostile]")
{
    std::vector<SslOptions> const wrong{
        {.ciphers = {"ECDHE-RSA-AES128-GCM-SHA265"}},
        {.ciphers = {"ECDHE-RSA-AES128-GCM-SHA256",
                     "NO-SUCH"}}, // OpenSSL alone would go on with the first
        {.ciphers = {"TLS_AES_128_GCM_SHA256"}},
        {.ciphers = {"eNULL"}},
        {.ciphers = {"aNULL"}},
        {.ciphers = {"RC4-MD5"}},
        {.ciphers = {"HIGH:eNULL"}},
        {.ciphers = {"@SECLEVEL=0"}},
        {.ciphers = {""}},
        {.cipher_suites = {"TLS_AES_128_GCM_SHA512"}},
        {.cipher_suites = {"ECDHE-RSA-AES128-GCM-SHA256"}},
        {.groups = {"P-257"}},
        {.groups = {"X25519", "no such"}},
    };
    for (SslOptions ssl : wrong) {
        ScriptedServer server{{}};
        ssl.ca = good_ca();
        Outcome const outcome = attack(server, careful(server, ssl));
        INFO(outcome.describe());
        CHECK(outcome.reason() == "options_contradict");
        CHECK(outcome.text().find("OpenSSL does not know") != std::string::npos);
        CHECK(server.accepted() == 0);
    }
}

TEST_CASE("secrets are logged where that was asked for, and nowhere else", "[hostile]")
{
    TemporaryDirectory const folder;
    auto const file = folder.path() / "keys.log";
    TlsInfo facts;
    CHECK(meet({}, {}, facts).connected);
    CHECK_FALSE(std::filesystem::exists(file));
    CHECK(meet({.key_log_file = file}, {}, facts).connected);
    std::ifstream in{file};
    std::string const text{std::istreambuf_iterator<char>{in}, {}};
    CHECK(text.find("CLIENT_TRAFFIC_SECRET_0 ") != std::string::npos);
    CHECK(text.back() == '\n');
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600U);
}

// What explain() says: each setting changes what it says, in the right direction, with a call that exists, and no secret.

#include <sealsql/explain.hpp>
#include <sealsql/ocsp_stapling.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace sealsql;
using unit::contains;

namespace {

using Topic = FindingTopic;
using Severity = FindingSeverity;

std::vector<Finding> about(SslOptions const& options, Topic topic)
{
    std::vector<Finding> all = explain(options);
    std::erase_if(all, [&](Finding const& finding) { return finding.topic != topic; });
    return all;
}

/// The severity of the only finding about this; nothing if there is none.
std::optional<Severity> severity(SslOptions const& options, Topic topic)
{
    auto const found = about(options, topic);
    REQUIRE(found.size() <= 1);
    return found.empty() ? std::nullopt : std::optional{found.front().severity};
}

Severity worst(SslOptions const& options)
{
    auto const all = explain(options);
    return std::max_element(all.begin(), all.end(),
                            [](Finding const& left, Finding const& right) {
                                return left.severity < right.severity;
                            })
        ->severity;
}

std::string const key_a(64, 'a');
std::string const key_b(64, 'b');

} // namespace

TEST_CASE("the default leaves no danger", "[explain]")
{
    CHECK(worst({}) == Severity::note);
    CHECK(severity({}, Topic::contradiction) == std::nullopt);
    CHECK(severity({}, Topic::trust) == Severity::note);
    CHECK(severity({}, Topic::name) == Severity::fine);
    CHECK(severity({}, Topic::pins) == std::nullopt);
    CHECK(severity({}, Topic::revocation) == Severity::note);
    CHECK(severity({}, Topic::protocol) == Severity::fine);
    CHECK(severity({}, Topic::identity) == Severity::fine);
    CHECK(severity({}, Topic::resumption) == Severity::note);
    CHECK(severity({}, Topic::key_log) == std::nullopt);
}

TEST_CASE("what is said of trust", "[explain]")
{
    CHECK(severity({.ca = "ca.pem"}, Topic::trust) == Severity::fine);
    CHECK(contains(about({.ca = "ca.pem"}, Topic::trust).front().text, "ca.pem"));
    CHECK(severity({.ca = TrustAnchors::system() + "ca.pem"}, Topic::trust) == Severity::note);
    auto const none = about({.verify = VerifyMode::none}, Topic::trust).front();
    CHECK(none.severity == Severity::danger);
    CHECK(contains(none.text, "password"));
    CHECK(contains(none.remedy, ".ca"));
    CHECK(severity({.verify = VerifyMode::none, .pins = {Pin::certificate(key_a)}}, Topic::trust) ==
          Severity::note);
}

TEST_CASE("what is said of the name", "[explain]")
{
    CHECK(contains(about({.server_name = "db.internal"}, Topic::name).front().text, "db.internal"));
    auto const several =
        about({.server_name = "a.internal", .also_accept_names = {"b\x1b.internal", "192.0.2.1"}},
              Topic::name);
    REQUIRE(several.size() == 2);
    CHECK(several[0].severity == Severity::fine);
    CHECK(contains(several[0].text,
                   R"(a.internal (.server_name) or one of b\x1b.internal, 192.0.2.1)"));
    CHECK(several[1].severity == Severity::note);
    CHECK(contains(several[1].remedy, ".also_accept_names"));
    auto const ca = about({.ca = "ca.pem", .verify = VerifyMode::ca}, Topic::name).front();
    CHECK(ca.severity == Severity::warning);
    CHECK(contains(ca.remedy, "VerifyMode::identity"));
    CHECK(severity({.ca = "ca.pem",
                    .verify = VerifyMode::ca,
                    .pins = {Pin::public_key(key_a), Pin::public_key(key_b)}},
                   Topic::name) == Severity::note);
    CHECK(severity({.verify = VerifyMode::none}, Topic::name) == Severity::danger);
}

TEST_CASE("what is said of pins and revocation", "[explain]")
{
    CHECK(severity({.pins = {Pin::public_key(key_a), Pin::public_key(key_b)}}, Topic::pins) ==
          Severity::fine);
    auto const certificates = about({.pins = {Pin::certificate(key_a)}}, Topic::pins);
    REQUIRE(certificates.size() == 2);
    CHECK(certificates[1].severity == Severity::warning);
    CHECK(severity({.revocation = Revocation::of_whole_chain({"crl.pem"})}, Topic::revocation) ==
          Severity::fine);
    CHECK(severity({.revocation = Revocation::of_server_only({"crl.pem"})}, Topic::revocation) ==
          Severity::note);
}

TEST_CASE("what is said of versions and ciphers", "[explain]")
{
    auto const legacy =
        about({.min_version = TlsVersion::tls1_0, .insecure_legacy_tls = true}, Topic::protocol);
    REQUIRE(legacy.size() == 1);
    CHECK(legacy.front().severity == Severity::danger);
    CHECK(contains(legacy.front().text, "TLSv1 to TLSv1.3"));
    CHECK(severity({.max_version = TlsVersion::tls1_2}, Topic::protocol) == Severity::note);
    CHECK(about({.groups = {"X25519"}}, Topic::protocol).size() == 2);
    CHECK(about({.security_level = 3}, Topic::protocol).size() == 2);
}

TEST_CASE("what is said of the rest", "[explain]")
{
    SslOptions const identity{.identity = ClientIdentity::pem_files("c.pem", "k.pem")};
    CHECK(severity(identity, Topic::identity) == Severity::note);
    CHECK(contains(about(identity, Topic::identity).front().text, "c.pem"));
    SslOptions newest = identity;
    newest.min_version = TlsVersion::tls1_3;
    CHECK(severity(newest, Topic::identity) == Severity::fine);
    CHECK(severity({.session_resumption = false}, Topic::resumption) == Severity::fine);
    CertificateCheck const check{[](Certificate const&, std::vector<Certificate> const&,
                                    void const*) { return std::string{}; }};
    CHECK(severity({.also_check = check}, Topic::own_check) == Severity::fine);
    CHECK(severity({.also_check = check}, Topic::resumption) == Severity::fine);
    auto const log = about({.key_log_file = "keys.log"}, Topic::key_log).front();
    CHECK(log.severity == Severity::danger);
    CHECK(contains(log.text, "keys.log"));
}

TEST_CASE("a contradiction is found and does not hide the rest", "[explain]")
{
    SslOptions const options{.ca = "ca.pem", .verify = VerifyMode::none};
    auto const all = explain(options);
    CHECK(all.front().topic == Topic::contradiction);
    CHECK(all.front().severity == Severity::danger);
    CHECK_FALSE(all.front().remedy.empty());
    CHECK(all.size() > 4);
    CHECK(std::is_sorted(all.begin(), all.end(), [](Finding const& left, Finding const& right) {
        return left.topic < right.topic;
    }));
}

TEST_CASE("no finding holds a secret or is without words", "[explain]")
{
    std::string const secret = "top-secret";
    SslOptions const options{.ca = TrustAnchors::file("store.jks", Secret{secret}) +
                                   TrustAnchors::memory(secret, Secret{secret}),
                             .server_name = "db\x1b[31m",
                             .key_log_file = "keys\x1b.log",
                             .identity =
                                 ClientIdentity::memory(secret, Secret{secret}, Secret{secret})};
    for (Finding const& finding : explain(options)) {
        INFO(finding.text);
        CHECK_FALSE(finding.text.empty());
        CHECK_FALSE(contains(finding.text, secret));
        CHECK_FALSE(contains(finding.remedy, secret));
        CHECK_FALSE(contains(finding.text, "\x1b"));
        if (finding.severity >= Severity::warning)
            CHECK_FALSE(finding.remedy.empty());
    }
    for (int i = 0; i <= static_cast<int>(Topic::key_log); ++i)
        CHECK_FALSE(contains(to_string(static_cast<Topic>(i)), "unknown"));
    for (int i = 0; i <= static_cast<int>(Severity::danger); ++i)
        CHECK_FALSE(contains(to_string(static_cast<Severity>(i)), "unknown"));
}

TEST_CASE("what is said of stapled OCSP responses", "[explain]")
{
    CHECK(severity({.ocsp_stapling = OcspStapling::required()}, Topic::revocation) ==
          Severity::fine);
    auto const if_sent = about({.ocsp_stapling = OcspStapling::if_sent()}, Topic::revocation);
    REQUIRE(if_sent.size() == 2); // and that no list is looked up
    CHECK(contains(if_sent.front().remedy, "OcspStapling::required()"));
    CHECK(about({.revocation = Revocation::of_whole_chain({"crl.pem"}),
                 .ocsp_stapling = OcspStapling::required()},
                Topic::revocation)
              .size() == 2);
}

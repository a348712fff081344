// Servers that prove the wrong thing: refused during the handshake, before a byte of the login, with the reason kept.

#include "victim.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace {

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;

/// Errors about names are the identity check's alone.
bool is_about_names(std::string const& name)
{
    static std::vector<std::string> const names{
        "wrong_name",       "wrong_ip",      "cn_only",      "ip_in_dns_name",
        "partial_wildcard", "bare_wildcard", "embedded_nul",
    };
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string expected_reason(std::string const& name)
{
    static std::map<std::string, TlsReason> const reasons{
        {"other_authority", TlsReason::issuer_not_trusted},
        {"impostor_authority", TlsReason::issuer_not_trusted},
        {"self_signed", TlsReason::self_signed},
        {"expired", TlsReason::expired},
        {"not_yet_valid", TlsReason::not_yet_valid},
        {"wrong_purpose", TlsReason::wrong_purpose},
        {"weak_key", TlsReason::too_weak},
        {"weak_digest", TlsReason::too_weak},
        {"missing_intermediate", TlsReason::issuer_not_trusted},
        {"issued_by_leaf", TlsReason::wrong_purpose},
        {"expired_authority", TlsReason::expired},
    };
    if (is_about_names(name))
        return to_string(TlsReason::name_mismatch);
    auto const found = reasons.find(name);
    return found == reasons.end() ? "no row for " + name : to_string(found->second);
}

/// The good server's certificate with an extension that nobody knows and that must not be ignored, signed by the CA that
/// is trusted.
Identity with_unknown_critical_extension()
{
    auto const memory = [](std::string const& pem) {
        return std::shared_ptr<BIO>{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                    BIO_free_all};
    };
    TestPki& pki = TestPki::shared();
    Identity identity = pki.good();
    std::shared_ptr<X509> const x509{
        PEM_read_bio_X509(memory(identity.certificate_pem).get(), nullptr, nullptr, nullptr),
        X509_free};
    std::shared_ptr<EVP_PKEY> const key{
        PEM_read_bio_PrivateKey(memory(pki.trusted().key_pem()).get(), nullptr, nullptr, nullptr),
        EVP_PKEY_free};
    std::shared_ptr<ASN1_OBJECT> const kind{OBJ_txt2obj("1.3.6.1.4.1.99999.1", 1),
                                            ASN1_OBJECT_free};
    std::shared_ptr<ASN1_OCTET_STRING> const content{ASN1_OCTET_STRING_new(),
                                                     ASN1_OCTET_STRING_free};
    std::array<unsigned char, 2> const null{5, 0};
    REQUIRE(ASN1_OCTET_STRING_set(content.get(), null.data(), static_cast<int>(null.size())) == 1);
    std::shared_ptr<X509_EXTENSION> const extension{
        X509_EXTENSION_create_by_OBJ(nullptr, kind.get(), 1, content.get()), X509_EXTENSION_free};
    REQUIRE(X509_add_ext(x509.get(), extension.get(), -1) == 1);
    REQUIRE(X509_sign(x509.get(), key.get(), EVP_sha256()) > 0);
    std::shared_ptr<BIO> const out{BIO_new(BIO_s_mem()), BIO_free_all};
    REQUIRE(PEM_write_bio_X509(out.get(), x509.get()) == 1);
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out.get(), &text);
    identity.certificate_pem.assign(text, static_cast<std::size_t>(size));
    return identity;
}

Outcome present(PkiCase const& one, TlsOptions const& tls, SslOptions ssl)
{
    ScriptedServer server{logged_in(one.identity, tls) + Script{serve()}};
    return attack(server, careful(server, std::move(ssl)));
}

} // namespace

TEST_CASE("every bad certificate is refused before a byte of the login", "[hostile]")
{
    sealsql::testing::TlsVersion const version =
        GENERATE(sealsql::testing::TlsVersion::tls1_2, sealsql::testing::TlsVersion::tls1_3);
    TlsOptions const tls{.min_version = version, .max_version = version};
    auto const cases = TestPki::shared().refused_cases();
    REQUIRE(cases.size() >= 15);
    for (PkiCase const& one : cases) {
        TrustFile const trust{one.trust_pem};
        for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca}) {
            Outcome const outcome = present(one, tls, {.ca = trust.path(), .verify = verify});
            INFO(one.name << " (" << one.reason << "), VerifyMode " << to_string(verify) << "\n"
                          << outcome.describe());
            if (verify == VerifyMode::ca && is_about_names(one.name)) {
                CHECK(outcome.connected);
                continue;
            }
            CHECK_FALSE(outcome.connected);
            CHECK(outcome.reason() == expected_reason(one.name));
            CHECK_FALSE(leaked(outcome.seen));
            REQUIRE(outcome.tls_error);
            CHECK(outcome.tls_error->stage() == TlsStage::verification);
            CHECK(outcome.tls_error->origin() == ErrorOrigin::client);
            CHECK_FALSE(outcome.tls_error->remedy().empty());
            REQUIRE(outcome.tls_error->certificate() != nullptr);
            CHECK_FALSE(outcome.tls_error->certificate()->subject.empty());
        }
    }
}

TEST_CASE("a certificate with a critical extension that nobody knows is refused", "[hostile]")
{
    Identity const identity = with_unknown_critical_extension();
    for (VerifyMode const verify : {VerifyMode::identity, VerifyMode::ca}) {
        ScriptedServer server{logged_in(identity) + Script{serve()}};
        Outcome const outcome =
            attack(server, careful(server, {.ca = good_ca(), .verify = verify}));
        INFO(to_string(verify) << "\n" << outcome.describe());
        CHECK_FALSE(outcome.connected);
        CHECK(outcome.reason() == to_string(TlsReason::certificate_rejected));
        REQUIRE(outcome.tls_error);
        CHECK(outcome.tls_error->stage() == TlsStage::verification);
        CHECK(outcome.text().find("critical extension") != std::string::npos);
        CHECK(outcome.tls_error->certificate() != nullptr);
        CHECK_FALSE(leaked(outcome.seen));
    }
}

TEST_CASE("every good certificate is accepted, with its facts", "[hostile][valgrind]")
{
    for (PkiCase const& one : TestPki::shared().accepted_cases()) {
        TrustFile const trust{one.trust_pem};
        bool const is_wildcard = one.name == "good_wildcard";
        SslOptions const ssl{.ca = trust.path(),
                             .server_name = is_wildcard ? "db.sealsql.test" : ""};
        ScriptedServer server{logged_in(one.identity) + Script{serve()}};
        std::string hash;
        std::string version;
        std::string verified;
        Outcome const outcome = attack(server, careful(server, ssl), [&](Connection& db) {
            hash = db.tls()->peer.sha256_hex();
            version = db.tls()->version;
            verified = db.tls()->verified_name;
        });
        INFO(one.name << "\n" << outcome.describe());
        CHECK(outcome.connected);
        CHECK(hash == sha256_of_certificate(one.identity.certificate_pem));
        CHECK(version == outcome.seen.tls_version);
        CHECK(verified == (is_wildcard ? "db.sealsql.test" : "127.0.0.1"));
        CHECK(outcome.seen.sni.value_or("") == (is_wildcard ? "db.sealsql.test" : ""));
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_user));
    }
}

TEST_CASE("names follow RFC 9525", "[hostile]")
{
    struct Row {
        Identity const& identity;
        std::string name;
        bool accepted;
    };
    auto& pki = TestPki::shared();
    std::vector<Row> const rows{
        {pki.good(), "localhost", true},
        {pki.good(), "LOCALHOST", true},
        {pki.good(), "localhost.", true},
        {pki.good(), "db.sealsql.test", true},
        {pki.good(), "127.0.0.1", true},
        {pki.good(), "::1", true},
        {pki.good(), "0:0:0:0:0:0:0:1", true},
        {pki.good(), "127.0.0.2", false},
        {pki.good(), "::2", false},
        {pki.good(), "xdb.sealsql.test", false},
        {pki.good(), "sealsql.test", false},
        {pki.good(), "a.db.sealsql.test", false},
        {pki.good_wildcard(), "db.sealsql.test", true},
        {pki.good_wildcard(), "DB.SealSQL.test", true},
        {pki.good_wildcard(), "a.b.sealsql.test", false},
        {pki.good_wildcard(), "sealsql.test", false},
        {pki.partial_wildcard(), "db.sealsql.test", false},
        {pki.bare_wildcard(), "localhost", false},
        {pki.embedded_nul(), "localhost", false},
        {pki.cn_only(), "localhost", false},
        {pki.ip_in_dns_name(), "127.0.0.1", false},
    };
    for (Row const& row : rows) {
        ScriptedServer server{logged_in(row.identity) + Script{serve()}};
        Outcome const outcome =
            attack(server, careful(server, {.ca = good_ca(), .server_name = row.name}));
        INFO(row.name << "\n" << outcome.describe());
        CHECK(outcome.connected == row.accepted);
        if (!row.accepted) {
            CHECK(outcome.reason() == to_string(TlsReason::name_mismatch));
            CHECK_FALSE(leaked(outcome.seen));
            CHECK(outcome.text().find(row.name) != std::string::npos);
        }
    }
}

TEST_CASE("a pattern is no name to check", "[hostile]")
{
    // OpenSSL would take these for many names at once.
    for (std::string const pattern :
         {"*.sealsql.test", ".sealsql.test", "*", "db.sealsql.test\n"}) {
        ScriptedServer server{logged_in(TestPki::shared().good_wildcard()) + Script{serve()}};
        CHECK_THROWS_AS(careful(server, {.ca = good_ca(), .server_name = pattern}), TlsError);
        CHECK(server.accepted() == 0);
    }
}

TEST_CASE("VerifyMode::none encrypts, and says that nobody was verified", "[hostile][valgrind]")
{
    for (Identity const* const identity :
         {&TestPki::shared().other_authority(), &TestPki::shared().self_signed(),
          &TestPki::shared().expired()}) {
        ScriptedServer server{logged_in(*identity) +
                              Script{serve({{"SELECT", {error(1064, "42000", "syntax")}}})}};
        Outcome const outcome = attack(server, careful(server, {.verify = VerifyMode::none}),
                                       [](Connection& db) { db.execute("SELECT 1"); });
        INFO(outcome.describe());
        CHECK(outcome.connected);
        CHECK_FALSE(outcome.seen.contains_in_plain(victim_user));
        REQUIRE(outcome.error);
        CHECK(outcome.error->origin() == ErrorOrigin::unauthenticated_peer);
        CHECK(outcome.error->code() == 1064);
    }
}

TEST_CASE("TLS older than the minimum is refused", "[hostile]")
{
    using Server = sealsql::testing::TlsVersion;
    struct Row {
        Server offered;
        sealsql::TlsVersion minimum;
        bool accepted;
    };
    for (Row const& row : {Row{Server::tls1_0, sealsql::TlsVersion::tls1_2, false},
                           Row{Server::tls1_1, sealsql::TlsVersion::tls1_2, false},
                           Row{Server::tls1_2, sealsql::TlsVersion::tls1_2, true},
                           Row{Server::tls1_3, sealsql::TlsVersion::tls1_2, true},
                           Row{Server::tls1_2, sealsql::TlsVersion::tls1_3, false},
                           Row{Server::tls1_3, sealsql::TlsVersion::tls1_3, true}}) {
        TlsOptions const tls{.min_version = row.offered, .max_version = row.offered};
        ScriptedServer server{logged_in(TestPki::shared().good(), tls) + Script{serve()}};
        Outcome const outcome =
            attack(server, careful(server, {.ca = good_ca(), .min_version = row.minimum}));
        INFO(outcome.describe());
        CHECK(outcome.connected == row.accepted);
        if (!row.accepted) {
            CHECK(outcome.reason() == to_string(TlsReason::protocol_version));
            CHECK_FALSE(leaked(outcome.seen));
        }
    }
}

TEST_CASE("weak ciphers are not agreed on", "[hostile]")
{
    for (std::string const cipher : {"NULL-SHA256", "AECDH-AES128-SHA", "DES-CBC3-SHA"}) {
        TlsOptions const tls{.max_version = sealsql::testing::TlsVersion::tls1_2,
                             .ciphers = cipher + ":@SECLEVEL=0"};
        try {
            ScriptedServer server{logged_in(TestPki::shared().good_rsa(), tls) + Script{serve()}};
            Outcome const outcome = attack(server, careful(server));
            INFO(cipher << "\n" << outcome.describe());
            CHECK_FALSE(outcome.connected);
            CHECK(outcome.reason() == to_string(TlsReason::handshake_refused));
            CHECK_FALSE(leaked(outcome.seen));
        } catch (std::runtime_error const& missing) {
            WARN("this OpenSSL does not have " << cipher << " to offer: " << missing.what());
        }
    }
}

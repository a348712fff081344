// OCSP responses that a server staples to its handshake: which of them count, and what follows from one that does not.

#include "victim.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <sealsql/ocsp_stapling.hpp>

#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace sealsql;
using namespace sealsql::testing;
using namespace sealsql::testing::steps;
using namespace std::chrono_literals;

namespace {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const
    {
        Free(object);
    }
};
using Certificate509 = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Time = std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>>;

template <class Read>
auto read_pem(std::string const& pem, Read read)
{
    BIO* const bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
    auto* const object = read(bio, nullptr, nullptr, nullptr);
    BIO_free(bio);
    REQUIRE(object != nullptr);
    return object;
}

Time from_now(std::chrono::seconds offset)
{
    return Time{X509_gmtime_adj(nullptr, static_cast<long>(offset.count()))};
}

struct Staple {
    int status = V_OCSP_CERTSTATUS_GOOD;
    std::chrono::seconds this_update = -1h;
    std::optional<std::chrono::seconds> next_update = 24h;
    EVP_MD const* digest = EVP_sha256(); // of the signature
    EVP_MD const* id_digest = EVP_sha1();
};

/// What the responder `signer` says in the name of `issuer` about a certificate.
std::string response_about(Identity const& about, Identity const& issuer, Identity const& signer,
                           Staple const& staple = {})
{
    Certificate509 const subject{read_pem(about.certificate_pem, PEM_read_bio_X509)};
    Certificate509 const authority{read_pem(issuer.certificate_pem, PEM_read_bio_X509)};
    Certificate509 const responder{read_pem(signer.certificate_pem, PEM_read_bio_X509)};
    Key const key{read_pem(signer.key_pem, PEM_read_bio_PrivateKey)};
    std::unique_ptr<OCSP_BASICRESP, Deleter<OCSP_BASICRESP_free>> const basic{OCSP_BASICRESP_new()};
    std::unique_ptr<OCSP_CERTID, Deleter<OCSP_CERTID_free>> const id{
        OCSP_cert_to_id(staple.id_digest, subject.get(), authority.get())};
    Time const begin = from_now(staple.this_update);
    Time const end = staple.next_update ? from_now(*staple.next_update) : Time{};
    Time const revoked = from_now(-2h);
    REQUIRE(OCSP_basic_add1_status(basic.get(), id.get(), staple.status,
                                   OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked.get(), begin.get(),
                                   end.get()) != nullptr);
    REQUIRE(OCSP_basic_sign(basic.get(), responder.get(), key.get(), staple.digest, nullptr, 0) ==
            1);
    std::unique_ptr<OCSP_RESPONSE, Deleter<OCSP_RESPONSE_free>> const response{
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get())};
    unsigned char* bytes = nullptr;
    int const size = i2d_OCSP_RESPONSE(response.get(), &bytes);
    REQUIRE(size > 0);
    std::string der{reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size)};
    OPENSSL_free(bytes);
    return der;
}

Identity const& good() { return TestPki::shared().good(); }
Identity const& root() { return TestPki::shared().trusted().identity(); }

std::string by_root(Staple const& staple) { return response_about(good(), root(), root(), staple); }

/// What the CA says of itself, where it cannot answer: `tryLater`.
std::string try_later() { return {"\x30\x03\x0a\x01\x03", 5}; }

SslOptions asking(OcspPolicy policy)
{
    SslOptions ssl{.ca = good_ca()};
    ssl.ocsp_stapling = policy;
    return ssl;
}

Outcome connect(Identity const& identity, std::string staple, OcspPolicy policy,
                sealsql::testing::TlsVersion version = sealsql::testing::TlsVersion::tls1_3)
{
    sealsql::testing::TlsOptions tls;
    tls.max_version = version;
    tls.staple = std::move(staple);
    ScriptedServer server{logged_in(identity, tls) + Script{serve()}};
    return attack(server, careful(server, asking(policy)));
}

struct Case {
    std::string name;
    std::string staple;
    std::string reason;
    std::string_view says = {};
};

std::vector<Case> cases()
{
    Authority const& ca = TestPki::shared().trusted();
    Authority const other{{.common_names = {"another CA"}, .authority = true}};
    CertificateSpec responder{.common_names = {"responder"}, .purpose = Purpose::ocsp};
    Identity const delegated = ca.issue(responder);
    Identity const not_for_ocsp = ca.issue({.common_names = {"server"}});
    Identity const of_other_ca = other.issue(responder);
    responder.not_before = -48h;
    responder.not_after = -1h;
    Identity const expired = ca.issue(responder);
    responder.not_after = 24h;
    responder.digest = "SHA1";
    Identity const weak = ca.issue(responder);
    auto const by = [](Identity const& signer) { return response_about(good(), root(), signer); };
    std::string changed = by_root({});
    // The last digit of its first time. (What stands behind the signature, certificates, needs none.)
    constexpr std::string_view time{"\x18\x0f"
                                    "20"};
    char& digit = changed[changed.find(time) + 2 + 13];
    digit = static_cast<char>(digit ^ 1);
    std::string const cut = by_root({}).substr(0, 100);

    return {
        {"good", by_root({}), "connected"},
        {"good, by SHA-256 of the issuer", by_root({.id_digest = EVP_sha256()}), "connected"},
        {"good, by a responder of the CA", by(delegated), "connected"},
        {"without an end, and fresh", by_root({.next_update = std::nullopt}), "connected"},
        {"a clock that is a minute off", by_root({.this_update = 60s}), "connected"},
        {"revoked", by_root({.status = V_OCSP_CERTSTATUS_REVOKED}), "revoked", "keyCompromise"},
        {"revoked long ago",
         by_root({.status = V_OCSP_CERTSTATUS_REVOKED, .this_update = -48h, .next_update = -24h}),
         "revoked"},
        {"unknown", by_root({.status = V_OCSP_CERTSTATUS_UNKNOWN}), "revocation_unknown",
         "does not know it"},
        {"past its end", by_root({.this_update = -48h, .next_update = -1h}), "revocation_unknown",
         "past its end"},
        {"without an end, and old", by_root({.this_update = -48h, .next_update = std::nullopt}),
         "revocation_unknown", "past its end"},
        {"not yet begun", by_root({.this_update = 1h}), "revocation_unknown", "has not begun"},
        {"its end before its beginning", by_root({.this_update = -1min, .next_update = -2min}),
         "revocation_unknown"},
        {"signed by another CA", by(other.identity()), "revocation_unknown",
         "not signed by its CA"},
        {"signed by a CA of that name", by(TestPki::shared().impostor_authority()),
         "revocation_unknown", "not signed by its CA"},
        {"signed by another CA's responder", by(of_other_ca), "revocation_unknown",
         "not signed by its CA"},
        {"signed by a server of the CA", by(not_for_ocsp), "revocation_unknown",
         "not signed by its CA"},
        {"signed by the server itself", by(good()), "revocation_unknown", "not signed by its CA"},
        {"an expired responder", by(expired), "revocation_unknown", "not signed by its CA"},
        {"a responder with a weak certificate", by(weak), "revocation_unknown",
         "not signed by its CA"},
        {"signed with SHA-1", by_root({.digest = EVP_sha1()}), "revocation_unknown",
         "not signed by its CA"},
        {"about another certificate", response_about(delegated, root(), root()),
         "revocation_unknown", "about another certificate"},
        {"about another CA's certificate", response_about(good(), other.identity(), root()),
         "revocation_unknown", "about another certificate"},
        {"changed on the way", changed, "revocation_unknown", "not signed by its CA"},
        {"tryLater", try_later(), "revocation_unknown", "trylater"},
        {"cut short", cut, "revocation_unknown", "is none"},
        {"with a byte behind it", by_root({}) + "x", "revocation_unknown", "is none"},
        {"garbage", std::string(3000, '\xA5'), "revocation_unknown", "is none"},
    };
}

} // namespace

TEST_CASE("what a stapled response says is what happens", "[hostile][valgrind]")
{
    auto const all = cases();
    for (auto const version :
         {sealsql::testing::TlsVersion::tls1_2, sealsql::testing::TlsVersion::tls1_3}) {
        for (Case const& one : all) {
            for (OcspPolicy const policy : {OcspStapling::if_sent(), OcspStapling::required()}) {
                INFO(one.name << ", " << (policy.is_required() ? "required" : "if sent") << ", TLS "
                              << static_cast<int>(version));
                auto const outcome = connect(good(), one.staple, policy, version);
                INFO(outcome.describe());
                CHECK(outcome.reason() == one.reason);
                CHECK(outcome.text().find(one.says) != std::string::npos);
                if (one.reason == "connected")
                    continue;
                CHECK_FALSE(leaked(outcome.seen));
                CHECK(outcome.tls_error.has_value());
                if (!outcome.tls_error)
                    continue; // with the others
                CHECK(outcome.tls_error->stage() == TlsStage::verification);
                CHECK_FALSE(outcome.tls_error->remedy().empty());
                REQUIRE(outcome.tls_error->certificate() != nullptr);
                CHECK(outcome.tls_error->certificate()->subject.find("CN=") != std::string::npos);
            }
        }
    }
}

TEST_CASE("a server that staples nothing passes unless it has to", "[hostile]")
{
    Identity const promising =
        TestPki::shared().trusted().issue({.ip = {"127.0.0.1"}, .must_staple = true});
    for (auto const version :
         {sealsql::testing::TlsVersion::tls1_2, sealsql::testing::TlsVersion::tls1_3}) {
        CHECK(connect(good(), {}, OcspStapling::if_sent(), version).connected);
        auto const required = connect(good(), {}, OcspStapling::required(), version);
        CHECK(required.reason() == "revocation_unknown");
        CHECK(required.text().find("OcspStapling::if_sent()") != std::string::npos);
        CHECK_FALSE(leaked(required.seen));
        auto const promised = connect(promising, {}, OcspStapling::if_sent(), version);
        CHECK(promised.reason() == "revocation_unknown");
        CHECK_FALSE(leaked(promised.seen));
        CHECK(connect(promising, response_about(promising, root(), root()), OcspStapling::if_sent(),
                      version)
                  .connected);
    }
    // Not asked, so not judged.
    CHECK(connect(good(), by_root({.status = V_OCSP_CERTSTATUS_REVOKED}), {}).connected);
}

TEST_CASE("a certificate that an intermediate CA issued needs that CA's word", "[hostile]")
{
    TestPki& pki = TestPki::shared();
    Identity const& middle = pki.intermediate().identity();
    Identity const& leaf = pki.via_intermediate();
    CHECK(connect(leaf, response_about(leaf, middle, middle), OcspStapling::required()).connected);
    for (Identity const& signer : {root(), good()}) {
        CHECK(connect(leaf, response_about(leaf, middle, signer), OcspStapling::required())
                  .reason() == "revocation_unknown");
    }
}

TEST_CASE("a server that is trusted itself has nobody to speak for it", "[hostile]")
{
    TemporaryDirectory const folder;
    Identity const own = self_signed({.ip = {"127.0.0.1"}});
    auto const ca = folder.write("own.pem", own.certificate_pem);
    for (bool const is_required : {false, true}) {
        sealsql::testing::TlsOptions tls;
        tls.staple = response_about(own, own, own);
        ScriptedServer server{logged_in(own, tls) + Script{serve()}};
        SslOptions ssl = asking(is_required ? OcspStapling::required() : OcspStapling::if_sent());
        ssl.ca = ca;
        CHECK(attack(server, careful(server, ssl)).reason() ==
              (is_required ? "revocation_unknown" : "connected"));
    }
}

TEST_CASE("a session rests on the response that it began with", "[hostile]")
{
    for (auto const version :
         {sealsql::testing::TlsVersion::tls1_2, sealsql::testing::TlsVersion::tls1_3}) {
        sealsql::testing::TlsOptions tls;
        tls.max_version = version;
        tls.staple = by_root({.next_update = 4s});
        ServerOptions options;
        options.connections = 5;
        ScriptedServer server{logged_in(good(), tls) + Script{serve()}, options};
        auto const resumes = [&](SslOptions const& ssl) {
            Connection db{careful(server, ssl)};
            db.ping();
            return db.tls()->resumed;
        };
        SslOptions const asks = asking(OcspStapling::required());
        CHECK_FALSE(resumes(asking({})));
        CHECK_FALSE(resumes(asks)); // and not by the session of who did not ask
        CHECK_FALSE(resumes(asking(OcspStapling::if_sent())));
        CHECK(resumes(asks));
        std::this_thread::sleep_for(5s);
        CHECK_FALSE(resumes(asks)); // which passes by the tolerance for clocks
    }
}

TEST_CASE("nobody's word is asked for about a chain that nobody looks at", "[hostile]")
{
    SslOptions ssl;
    ssl.verify = VerifyMode::none;
    ssl.ocsp_stapling = OcspStapling::if_sent();
    CHECK_THROWS_AS(check(ssl), TlsError);
}

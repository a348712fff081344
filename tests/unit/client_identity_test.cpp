// ClientIdentity: every form that is read, and every mistake that is found before anything is dialled.

#include <sealsql/client_identity.hpp>

#include <sealsql/detail/client_identity_store.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/read_certificate.hpp>

#include <sealsql/connection.hpp>
#include <sealsql/connection_builder.hpp>
#include <sealsql/error.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"
#include "support/certificates.hpp"

#include <chrono>
#include <concepts>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <vector>

#include <sys/stat.h>

using sealsql::ClientIdentity;
using sealsql::Secret;
using sealsql::SslOptions;
using sealsql::TlsError;
using sealsql::TlsReason;
using sealsql::TlsStage;
using sealsql::VerifyMode;
using sealsql::detail::load_identity;
using sealsql::detail::LoadedIdentity;
using sealsql::testing::CertificateSpec;
using sealsql::testing::Identity;
using sealsql::testing::KeyKind;
using sealsql::testing::Purpose;
using sealsql::testing::TemporaryDirectory;
using sealsql::testing::TestPki;
using sealsql::testing::to_der;
using unit::contains;
using unit::error_of;

namespace {

static_assert(std::regular<ClientIdentity>);
static_assert(std::is_nothrow_move_constructible_v<ClientIdentity>);
static_assert(std::is_aggregate_v<SslOptions>);

constexpr char passphrase[] = "correct horse";
constexpr char wrong_passphrase[] = "battery staple";

Identity const& good() { return TestPki::shared().good_client(); }

Identity issue(CertificateSpec spec) { return TestPki::shared().trusted().issue(spec); }

CertificateSpec for_client()
{
    CertificateSpec spec;
    spec.common_names = {"somebody"};
    spec.purpose = Purpose::client;
    return spec;
}

std::shared_ptr<EVP_PKEY> read_key(std::string const& pem)
{
    std::shared_ptr<BIO> const in{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                  BIO_free_all};
    return {PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
}

template <class Write>
std::string written(Write const& write)
{
    std::shared_ptr<BIO> const out{BIO_new(BIO_s_mem()), BIO_free_all};
    if (write(out.get()) != 1)
        throw std::runtime_error("cannot write a key");
    char* text = nullptr;
    auto const size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string traditional(std::string const& pem, EVP_CIPHER const* cipher = nullptr)
{
    return written([&](BIO* out) {
        return PEM_write_bio_PrivateKey_traditional(
            out, read_key(pem).get(), cipher, nullptr, 0, nullptr,
            const_cast<char*>(passphrase)); // NOLINT: OpenSSL's interface
    });
}

std::string der_key(std::string const& pem)
{
    return written([&](BIO* out) { return i2d_PrivateKey_bio(out, read_key(pem).get()); });
}

std::string der_key_encrypted(std::string const& pem)
{
    return written([&](BIO* out) {
        return i2d_PKCS8PrivateKey_bio(out, read_key(pem).get(), EVP_aes_256_cbc(), passphrase,
                                       sizeof passphrase - 1, nullptr, nullptr);
    });
}

std::string public_key(std::string const& pem)
{
    return written([&](BIO* out) { return PEM_write_bio_PUBKEY(out, read_key(pem).get()); });
}

std::string encrypted(std::string const& pem)
{
    return sealsql::testing::encrypt_key(pem, passphrase);
}

std::string hash_of(LoadedIdentity const& identity)
{
    return sealsql::detail::read_certificate(identity.certificate.get()).sha256_hex();
}

void check_accepted(ClientIdentity const& identity, Identity const& expected, int chain = 0)
{
    LoadedIdentity const loaded = load_identity(identity);
    REQUIRE(loaded);
    CHECK(hash_of(loaded) == sealsql::testing::sha256_of_certificate(expected.certificate_pem));
    CHECK(X509_check_private_key(loaded.certificate.get(), loaded.key.get()) == 1);
    CHECK(sk_X509_num(loaded.chain.get()) == chain);
}

/// Refused while connecting, before anybody was dialled, with what is to be done and no secret.
TlsError check_refused(ClientIdentity const& identity, TlsReason reason, std::string_view message,
                       std::string_view remedy)
{
    auto const error = error_of<TlsError>([&] {
        static_cast<void>(sealsql::ConnectionBuilder::to_host("127.0.0.1", 1) // nobody is there
                              .login("user", Secret{})
                              .ssl({.identity = identity})
                              .connect());
    });
    CAPTURE(error.what());
    CHECK(to_string(error.reason()) == std::string{to_string(reason)});
    CHECK(error.stage() == TlsStage::configuration);
    CHECK(error.origin() == sealsql::ErrorOrigin::client);
    CHECK(contains(error.message(), message));
    CHECK(contains(error.remedy(), remedy));
    CHECK_FALSE(error.remedy().empty());
    CHECK_FALSE(error.retryable());
    CHECK_FALSE(contains(error.what(), passphrase));
    CHECK_FALSE(contains(error.what(), wrong_passphrase));
    return error;
}

} // namespace

TEST_CASE("A ClientIdentity is a value that tells where it is and no secret", "[client_identity]")
{
    ClientIdentity const none;
    CHECK(none.empty());
    CHECK(none.describe() == "no client certificate");
    CHECK(SslOptions{}.identity == none);
    CHECK_FALSE(load_identity(none));

    auto const files = ClientIdentity::pem_files("/a/c\n.crt", "/b/k.key", Secret{passphrase});
    CHECK_FALSE(files.empty());
    CHECK(files.describe() == "the client certificate in /a/c\\x0a.crt with the key in /b/k.key");
    CHECK(files == ClientIdentity::pem_files(std::string{"/a/c\n.crt"},
                                             std::filesystem::path{"/b/k.key"},
                                             Secret{passphrase}));
    CHECK(files != ClientIdentity::pem_files("/a/c\n.crt", "/b/k.key"));
    CHECK(files != none);

    auto const file = ClientIdentity::file("/a/both.p12");
    CHECK(file.describe() == "the client certificate and key in /a/both.p12");
    CHECK(file != ClientIdentity::file("/a/other.p12"));

    auto const memory = ClientIdentity::memory("certificate", Secret{"key"}, Secret{passphrase});
    CHECK(memory.describe() == "a client certificate and key in memory");
    CHECK(memory == ClientIdentity::memory("certificate", Secret{"key"}, Secret{passphrase}));
    CHECK(memory != ClientIdentity::memory("certificate", Secret{"another"}, Secret{passphrase}));
    for (ClientIdentity const& one : {files, file, memory})
        CHECK_FALSE(contains(one.describe(), passphrase));

    CHECK(files.asking([](char const*, void*) { return Secret{}; }) != files);
    CHECK(SslOptions{.identity = files} == SslOptions{.identity = files});
    CHECK(SslOptions{.identity = files} != SslOptions{});
}

TEST_CASE("An identity that contradicts the other options is refused", "[client_identity]")
{
    auto const check_contradicts = [](SslOptions const& options, std::string_view message,
                                      std::string_view remedy) {
        auto const error = error_of<TlsError>([&] { check(options); });
        CAPTURE(error.what());
        CHECK(error.reason() == TlsReason::options_contradict);
        CHECK(contains(error.message(), message));
        CHECK(contains(error.remedy(), remedy));
    };
    check_contradicts({.verify = VerifyMode::none, .identity = ClientIdentity::file("/x")},
                      "would show it to anybody", "remove .verify = VerifyMode::none");
    char const* const unset = nullptr; // as std::getenv() gives
    check_contradicts({.identity = ClientIdentity::file(unset)}, "empty path",
                      "leave out .identity");
    check_contradicts({.identity = ClientIdentity::pem_files("", "/key")}, "empty path",
                      "path of a certificate");
    check_contradicts({.identity = ClientIdentity::pem_files("/certificate", unset)}, "empty path",
                      "ClientIdentity::file()");
    check_contradicts({.identity = ClientIdentity::memory("certificate", Secret{})}, "key is empty",
                      "ClientIdentity::memory()");
    CHECK_NOTHROW(check(SslOptions{.identity = ClientIdentity::file("/x")}));
}

TEST_CASE("Identities in every form are read", "[client_identity][valgrind]")
{
    TemporaryDirectory const directory;
    struct Row {
        char const* name;
        std::string certificate;
        std::string key;
        Identity const& identity;
        int chain = 0;
    };
    static Identity const rsa = [] {
        CertificateSpec spec = for_client();
        spec.key = KeyKind::rsa2048;
        return issue(spec);
    }();
    static Identity const chained = TestPki::shared().intermediate().issue(for_client());
    Identity const& one = good();
    std::string const authority = TestPki::shared().trust_pem();
    std::vector<Row> const rows{
        {"PKCS#8, not encrypted: the passphrase is not needed", one.certificate_pem, one.key_pem,
         one},
        {"PKCS#8, encrypted", one.certificate_pem, encrypted(one.key_pem), one},
        {"RSA", rsa.certificate_pem, rsa.key_pem, rsa},
        {"RSA, encrypted", rsa.certificate_pem, encrypted(rsa.key_pem), rsa},
        {"traditional EC", one.certificate_pem, traditional(one.key_pem), one},
        {"traditional EC, encrypted", one.certificate_pem,
         traditional(one.key_pem, EVP_aes_128_cbc()), one},
        {"traditional RSA", rsa.certificate_pem, traditional(rsa.key_pem), rsa},
        {"traditional RSA, encrypted", rsa.certificate_pem,
         traditional(rsa.key_pem, EVP_des_ede3_cbc()), rsa},
        {"DER", to_der(one.certificate_pem), der_key(one.key_pem), one},
        {"DER, encrypted", to_der(one.certificate_pem), der_key_encrypted(one.key_pem), one},
        {"DER RSA", to_der(rsa.certificate_pem), der_key(rsa.key_pem), rsa},
        {"DER and PEM", to_der(rsa.certificate_pem), rsa.key_pem, rsa},
        {"chain", chained.full_chain_pem(), chained.key_pem, chained, 1},
        {"chain upside down", authority + chained.chain_pem + chained.certificate_pem,
         chained.key_pem, chained, 2},
        {"text between", "Certificate:\n  some text\n" + one.certificate_pem,
         "# a comment\n" + one.key_pem, one},
        {"parameters first", one.certificate_pem,
         "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" +
             traditional(one.key_pem),
         one},
        {"a mark in front", "\xEF\xBB\xBF" + one.certificate_pem, "\xEF\xBB\xBF" + one.key_pem,
         one},
        {"an encrypted key beside the certificate is not looked at",
         one.certificate_pem + sealsql::testing::encrypt_key(one.key_pem, wrong_passphrase),
         one.key_pem, one},
    };
    for (Row const& row : rows) {
        INFO(row.name);
        auto const certificate = directory.write("a.unknown", row.certificate);
        auto const key = directory.write("b.unknown", row.key);
        check_accepted(ClientIdentity::pem_files(certificate, key, Secret{passphrase}),
                       row.identity, row.chain);
        check_accepted(ClientIdentity::memory(row.certificate, Secret{std::string_view{row.key}},
                                              Secret{passphrase}),
                       row.identity, row.chain);
    }
    struct Single {
        char const* name;
        std::string both;
        Identity const& identity;
        int chain = 0;
    };
    std::vector<Single> const singles{
        {"PEM", one.certificate_pem + one.key_pem, one},
        {"PEM, key first", one.key_pem + one.certificate_pem, one},
        {"PEM, encrypted", encrypted(one.key_pem) + one.certificate_pem, one},
        {"PKCS#12", sealsql::testing::to_pkcs12(one, passphrase), one},
        {"PKCS#12, RSA", sealsql::testing::to_pkcs12(rsa, passphrase), rsa},
        {"PKCS#12 without passphrase", sealsql::testing::to_pkcs12(one, ""), one},
        {"PKCS#12 with chain", sealsql::testing::to_pkcs12(chained, passphrase), chained, 1},
    };
    for (Single const& row : singles) {
        INFO(row.name);
        check_accepted(
            ClientIdentity::file(directory.write("both.unknown", row.both), Secret{passphrase}),
            row.identity, row.chain);
        check_accepted(
            ClientIdentity::memory(Secret{std::string_view{row.both}}, Secret{passphrase}),
            row.identity, row.chain);
    }
    // One file with both may be named twice.
    auto const both = directory.write("both.pem", one.certificate_pem + one.key_pem);
    check_accepted(ClientIdentity::pem_files(both, both), one);
}

TEST_CASE("Mistakes in an identity are found before anything is dialled",
          "[client_identity][valgrind]")
{
    TemporaryDirectory const directory;
    Identity const& one = good();
    Identity const other = issue(for_client());
    auto const archive = sealsql::testing::to_pkcs12(one, passphrase);
    std::string const request = "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
                                "-----END CERTIFICATE REQUEST-----\n";
    std::string const openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n"
                                "-----END OPENSSH PRIVATE KEY-----\n";
    // PKCS#8 by PBE-SHA1-RC2-40, which OpenSSL 3 has in its legacy provider only.
    std::string const outdated = R"(-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGxMBwGCiqGSIb3DQEMAQYwDgQIWCwVCuF7TxACAggABIGQm6CzL+5nL+5gnBjz
cvkFVrMn1I06iQ350ZOJ1v/XwF+tk3BDKZWyDHcyCeyWifheE45SkkEH9+ZtltEe
7ytfas6EnWIeqwA3sAmsThxEl3gj4A4RULdpCO1b1mbpKyLiApmzDW7xO+J+dHoF
i6DEVE5z8FLeb6vT2GATdACbeMIwFZq/XpAnfmuOzsOrRBEU
-----END ENCRYPTED PRIVATE KEY-----
)";
    struct Row {
        char const* name;
        std::string certificate;
        std::string key;
        Secret passphrase;
        bool about_key; // and not about the certificate
        TlsReason reason;
        char const* message;
        char const* remedy;
    };
    constexpr auto malformed = TlsReason::identity_malformed;
    constexpr auto locked = TlsReason::identity_locked;
    Secret const none;
    Secret const right{passphrase};
    std::vector<Row> const rows{
        {"swapped", one.key_pem, one.certificate_pem, none, false, malformed,
         "holds a private key and no certificate", "certificate first and the key second"},
        {"swapped, encrypted", encrypted(one.key_pem), one.certificate_pem, none, false, malformed,
         "holds a private key and no certificate", "certificate first"},
        {"swapped, DER", der_key(one.key_pem), to_der(one.certificate_pem), none, false, malformed,
         "holds a private key and no certificate", "certificate first"},
        {"two certificates", one.certificate_pem, one.certificate_pem, none, true, malformed,
         "holds a certificate and no private key", "key second"},
        {"another key", one.certificate_pem, other.key_pem, none, false,
         TlsReason::identity_mismatch, "is not the one that the key in", "of one request"},
        {"passphrase missing", one.certificate_pem, encrypted(one.key_pem), none, true, locked,
         "no passphrase was given", "Secret::from_env"},
        {"passphrase wrong", one.certificate_pem, encrypted(one.key_pem), Secret{wrong_passphrase},
         true, locked, "does not open it", "check the passphrase"},
        {"passphrase missing, traditional", one.certificate_pem,
         traditional(one.key_pem, EVP_aes_128_cbc()), none, true, locked, "no passphrase was given",
         "Secret::from_env"},
        {"passphrase wrong, traditional", one.certificate_pem,
         traditional(one.key_pem, EVP_aes_128_cbc()), Secret{wrong_passphrase}, true, locked,
         "does not open it", "check the passphrase"},
        {"passphrase wrong, DER", one.certificate_pem, der_key_encrypted(one.key_pem),
         Secret{wrong_passphrase}, true, locked, "does not open it", "check the passphrase"},
        {"passphrase longer than OpenSSL's buffer", one.certificate_pem, encrypted(one.key_pem),
         Secret{std::string(5000, 'x')}, true, locked, "does not open it", "check the passphrase"},
        {"outdated encryption", one.certificate_pem, outdated, Secret{"abc"}, true, malformed,
         "by a method too old for OpenSSL 3", "openssl pkcs8 -topk8"},
        {"PKCS#12 for the certificate", archive, one.key_pem, right, false, malformed, "is PKCS#12",
         "ClientIdentity::file()"},
        {"PKCS#12 for the key", one.certificate_pem, archive, right, true, malformed, "is PKCS#12",
         "ClientIdentity::file()"},
        {"a request", request, one.key_pem, none, false, malformed,
         "holds no certificate; it holds a CERTIFICATE REQUEST", "give the request to your CA"},
        {"PKCS#7", sealsql::testing::to_pkcs7(one.certificate_pem), one.key_pem, none, false,
         malformed, "holds no certificate; it holds a PKCS7", "openssl pkcs7 -print_certs"},
        {"a public key", one.certificate_pem, public_key(one.key_pem), none, true, malformed,
         "holds no private key; it holds a PUBLIC KEY", "the private key"},
        {"OpenSSH", one.certificate_pem, openssh, none, true, malformed, "a key of OpenSSH",
         "the key that the certificate was made for"},
        {"empty certificate", "", one.key_pem, none, false, malformed, "is empty", "-----BEGIN"},
        {"empty key", one.certificate_pem, "", none, true, malformed, "is empty", "-----BEGIN"},
        {"no certificate", "hello\n", one.key_pem, none, false, malformed,
         "neither PEM nor DER nor PKCS#12", "-----BEGIN"},
        {"noughts", std::string(100'000, '\0'), one.key_pem, none, false, malformed,
         "neither PEM nor DER nor PKCS#12", "-----BEGIN"},
        {"a cut certificate", one.certificate_pem.substr(0, one.certificate_pem.size() / 2),
         one.key_pem, none, false, malformed, "its PEM text", "again"},
        {"a cut key", one.certificate_pem, one.key_pem.substr(0, one.key_pem.size() / 2), none,
         true, malformed, "its PEM text", "again"},
        {"a cut DER certificate", to_der(one.certificate_pem).substr(0, 100), one.key_pem, none,
         false, malformed, "or is damaged", "-----BEGIN"},
        {"a block of garbage",
         one.certificate_pem + "-----BEGIN CERTIFICATE-----\nMAA=\n"
                               "-----END CERTIFICATE-----\n",
         one.key_pem, none, false, malformed, "its block 2", "again"},
        {"a key of garbage", one.certificate_pem,
         "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n", none, true, malformed,
         "its key", "again"},
    };
    for (Row const& row : rows) {
        INFO(row.name);
        auto const certificate = directory.write("certificate.pem", row.certificate);
        auto const key = directory.write("key.pem", row.key);
        auto const error =
            check_refused(ClientIdentity::pem_files(certificate, key, row.passphrase), row.reason,
                          row.message, row.remedy);
        CAPTURE(error.what());
        CHECK(contains(error.message(), (row.about_key ? key : certificate).string()));
        if (!row.certificate.empty() && !row.key.empty()) {
            auto const in_memory = check_refused(
                ClientIdentity::memory(row.certificate, Secret{std::string_view{row.key}},
                                       row.passphrase),
                row.reason, "in memory", row.remedy);
        }
    }
}

TEST_CASE("One file with both is refused when half of it is missing", "[client_identity]")
{
    TemporaryDirectory const directory;
    Identity const& one = good();
    struct Row {
        std::string content;
        Secret passphrase;
        TlsReason reason;
        char const* message;
        char const* remedy;
    };
    auto const archive = sealsql::testing::to_pkcs12(one, passphrase);
    std::vector<Row> const rows{
        {one.certificate_pem,
         {},
         TlsReason::identity_malformed,
         "holds a certificate and no key",
         "ClientIdentity::pem_files()"},
        {one.key_pem,
         {},
         TlsReason::identity_malformed,
         "holds a key and no certificate",
         "ClientIdentity::pem_files()"},
        {public_key(one.key_pem),
         {},
         TlsReason::identity_malformed,
         "holds neither certificate nor key; it holds a PUBLIC KEY",
         "BEGIN CERTIFICATE"},
        {one.certificate_pem + issue(for_client()).key_pem,
         {},
         TlsReason::identity_mismatch,
         "is not the one that the key beside it",
         "of one request"},
        {archive, {}, TlsReason::identity_locked, "no passphrase was given", "Secret::from_env"},
        {archive, Secret{wrong_passphrase}, TlsReason::identity_locked, "does not open it",
         "check the passphrase"},
        {archive.substr(0, archive.size() / 2), Secret{passphrase}, TlsReason::identity_malformed,
         "or is damaged", "-----BEGIN"},
    };
    for (Row const& row : rows) {
        auto const file = directory.write("both", row.content);
        auto const error = check_refused(ClientIdentity::file(file, row.passphrase), row.reason,
                                         row.message, row.remedy);
        CHECK(contains(error.message(), file.string()));
    }
}

TEST_CASE("A key that takes too many rounds of hashing is refused before they are done",
          "[client_identity]")
{
    auto const expect = [](ClientIdentity const& identity) {
        auto const begin = std::chrono::steady_clock::now();
        check_refused(identity, TlsReason::identity_malformed,
                      "takes more than ten million rounds of hashing", "-iter 100000");
        CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds{5});
    };
    constexpr int most = 2'147'483'647;
    unsigned char salt[] = "12345678";
    /// The key's container, which says of its encryption what was not done.
    auto const claiming = [&](X509_ALGOR* encryption) {
        X509_SIG* const container = X509_SIG_new();
        X509_ALGOR* algorithm = nullptr;
        ASN1_OCTET_STRING* bytes = nullptr;
        X509_SIG_getm(container, &algorithm, &bytes);
        REQUIRE(X509_ALGOR_copy(algorithm, encryption) == 1);
        REQUIRE(ASN1_OCTET_STRING_set(bytes, salt, 8) == 1);
        std::string der = written([&](BIO* out) { return i2d_PKCS8_bio(out, container); });
        X509_SIG_free(container);
        X509_ALGOR_free(encryption);
        return der;
    };
    Identity const& one = good();
    for (std::string const& key :
         {claiming(PKCS5_pbe2_set(EVP_aes_256_cbc(), most, salt, 8)),
          claiming(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), salt, 8, nullptr, 16'384, 8, 1000)),
          claiming(PKCS5_pbe_set(NID_pbe_WithSHA1And3_Key_TripleDES_CBC, most, salt, 8))})
        expect(ClientIdentity::memory(one.certificate_pem, Secret{std::string_view{key}},
                                      Secret{passphrase}));

    // PKCS#12: the checksum, the certificates, the key.
    std::string const archive = sealsql::testing::to_pkcs12(one, passphrase);
    auto const with = [&](bool of_certificates) {
        auto const* next = reinterpret_cast<unsigned char const*>(archive.data());
        PKCS12* const file = d2i_PKCS12(nullptr, &next, static_cast<long>(archive.size()));
        STACK_OF(PKCS7)* const safes = PKCS12_unpack_authsafes(file);
        int changed = 0;
        for (int i = 0; i < sk_PKCS7_num(safes); ++i) {
            PKCS7* const safe = sk_PKCS7_value(safes, i);
            if (PKCS7_type_is_encrypted(safe) != 0 && of_certificates) {
                X509_ALGOR_free(safe->d.encrypted->enc_data->algorithm);
                safe->d.encrypted->enc_data->algorithm =
                    PKCS5_pbe2_set(EVP_aes_256_cbc(), most, salt, 8);
                ++changed;
            } else if (PKCS7_type_is_data(safe) != 0 && !of_certificates) {
                std::string const container =
                    claiming(PKCS5_pbe2_set(EVP_aes_256_cbc(), most, salt, 8));
                auto const* bytes = reinterpret_cast<unsigned char const*>(container.data());
                X509_SIG* const sig =
                    d2i_X509_SIG(nullptr, &bytes, static_cast<long>(container.size()));
                STACK_OF(PKCS12_SAFEBAG)* const bags = sk_PKCS12_SAFEBAG_new_null();
                sk_PKCS12_SAFEBAG_push(bags, PKCS12_SAFEBAG_create0_pkcs8(sig));
                PKCS7_free(safe);
                static_cast<void>(sk_PKCS7_set(safes, i, PKCS12_pack_p7data(bags)));
                sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
                ++changed;
            }
        }
        REQUIRE(changed == 1);
        REQUIRE(PKCS12_pack_authsafes(file, safes) == 1);
        REQUIRE(PKCS12_set_mac(file, passphrase, -1, nullptr, 0, 1, nullptr) == 1);
        sk_PKCS7_pop_free(safes, PKCS7_free);
        std::string bytes = written([&](BIO* out) { return i2d_PKCS12_bio(out, file); });
        PKCS12_free(file);
        return bytes;
    };
    for (bool const of_certificates : {true, false})
        expect(ClientIdentity::memory(Secret{std::string_view{with(of_certificates)}},
                                      Secret{passphrase}));
}

TEST_CASE("Files that cannot be read are named", "[client_identity]")
{
    TemporaryDirectory const directory;
    auto const files = write_pem_files(directory, "one", good());
    auto const missing = directory.path() / "no\x1b.pem";
    auto const refuse = [&](std::filesystem::path const& certificate,
                            std::filesystem::path const& key, std::string_view message) {
        return check_refused(ClientIdentity::pem_files(certificate, key),
                             TlsReason::identity_unreadable, message, ".identity in SslOptions");
    };
    CHECK(contains(refuse(missing, files.key, "No such file or directory").message(),
                   "the client certificate file " + directory.path().string() + "/no\\x1b.pem"));
    CHECK(contains(refuse(files.certificate, missing, "No such file or directory").message(),
                   "the client key file " + directory.path().string()));
    static_cast<void>(refuse(directory.path(), files.key, "is a directory"));
    auto const pipe = directory.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    static_cast<void>(refuse(files.certificate, pipe, "is no regular file"));
    check_refused(ClientIdentity::file(directory.write("large", std::string(2U << 20U, 'x'))),
                  TlsReason::identity_unreadable, "larger than 1 MiB", ".identity");
}

TEST_CASE("Certificates that no server would accept are refused with their facts",
          "[client_identity]")
{
    TemporaryDirectory const directory;
    struct Row {
        char const* name;
        std::function<void(CertificateSpec&)> change;
        TlsReason reason;
        char const* message;
        char const* remedy;
    };
    using std::chrono::hours;
    std::vector<Row> const rows{
        {"expired",
         [](CertificateSpec& spec) {
             spec.not_before = hours{-48};
             spec.not_after = hours{-1};
         },
         TlsReason::expired, "expired on 20", "renew the client certificate"},
        {"not yet valid", [](CertificateSpec& spec) { spec.not_before = hours{1}; },
         TlsReason::not_yet_valid, "valid only from 20", "clock"},
        {"for servers", [](CertificateSpec& spec) { spec.purpose = Purpose::server; },
         TlsReason::wrong_purpose, "may not be used by TLS clients", "clientAuth"},
        {"a short key", [](CertificateSpec& spec) { spec.key = KeyKind::rsa1024; },
         TlsReason::too_weak, "is too weak", "2048"},
        {"SHA-1", [](CertificateSpec& spec) { spec.digest = "SHA1"; }, TlsReason::too_weak,
         "is too weak", "SHA-256"},
    };
    for (Row const& row : rows) {
        INFO(row.name);
        CertificateSpec spec = for_client();
        row.change(spec);
        auto const files = write_pem_files(directory, "one", issue(spec));
        for (int attempt = 0; attempt < 2; ++attempt) { // the second time it is known already
            auto const error =
                check_refused(ClientIdentity::pem_files(files.certificate, files.key), row.reason,
                              row.message, row.remedy);
            CHECK(contains(error.message(), files.certificate.string()));
            REQUIRE(error.certificate() != nullptr);
            CHECK(error.certificate()->subject == "CN=somebody");
        }
    }
    CertificateSpec any = for_client();
    any.purpose = Purpose::any;
    auto const files = write_pem_files(directory, "any", issue(any));
    CHECK(load_identity(ClientIdentity::pem_files(files.certificate, files.key)));
}

TEST_CASE("A passphrase is asked for when it is needed", "[client_identity]")
{
    TemporaryDirectory const directory;
    Identity const& one = good();
    auto const certificate = directory.write("one.crt", one.certificate_pem);
    auto const key = directory.write("one.key", encrypted(one.key_pem));
    struct Asked {
        std::vector<std::string> what;
        std::string answer;
    };
    auto const ask = [](char const* what, void* context) {
        auto& asked = *static_cast<Asked*>(context);
        asked.what.emplace_back(what);
        if (asked.answer.empty())
            throw std::runtime_error("nobody answers");
        return Secret{std::string_view{asked.answer}};
    };
    Asked asked{{}, passphrase};
    auto const identity = ClientIdentity::pem_files(certificate, key).asking(ask, &asked);
    CHECK(asked.what.empty());
    CHECK(load_identity(identity));
    CHECK(load_identity(identity));
    CHECK(asked.what == std::vector<std::string>{"the client key file " + key.string()});

    static_cast<void>(directory.write("one.key", encrypted(one.key_pem))); // a new version
    CHECK(load_identity(identity));
    CHECK(asked.what.size() == 2);

    // Not when there is one, and not when none is needed.
    Asked unasked{{}, wrong_passphrase};
    CHECK(load_identity(
        ClientIdentity::pem_files(certificate, key, Secret{passphrase}).asking(ask, &unasked)));
    CHECK(
        load_identity(ClientIdentity::pem_files(certificate, directory.write("plain", one.key_pem))
                          .asking(ask, &unasked)));
    CHECK(unasked.what.empty());

    Asked wrong{{}, wrong_passphrase};
    check_refused(ClientIdentity::pem_files(certificate, key).asking(ask, &wrong),
                  TlsReason::identity_locked, "does not open it", "check the passphrase");
    Asked silent;
    CHECK_THROWS_AS(load_identity(ClientIdentity::pem_files(certificate, key).asking(ask, &silent)),
                    std::runtime_error);
    check_refused(ClientIdentity::pem_files(certificate, key).asking([](char const*, void*) {
        return Secret{};
    }),
                  TlsReason::identity_locked, "no passphrase came from the function", "passphrase");

    Asked archive{{}, passphrase};
    auto const both = directory.write("one.p12", sealsql::testing::to_pkcs12(one, passphrase));
    CHECK(load_identity(ClientIdentity::file(both).asking(ask, &archive)));
    CHECK(archive.what == std::vector<std::string>{"the client identity file " + both.string()});
}

TEST_CASE("Unchanged files are parsed once, changed ones again", "[client_identity]")
{
    TemporaryDirectory const directory;
    Identity const& one = good();
    Identity const next = issue(for_client());
    auto const files = write_pem_files(directory, "one", one);
    auto const identity = ClientIdentity::pem_files(files.certificate, files.key);
    auto const key_of = [](ClientIdentity const& of) { return load_identity(of).key.get(); };
    LoadedIdentity const first = load_identity(identity);
    CHECK(key_of(identity) == first.key.get());

    SECTION("another passphrase is another identity")
    {
        auto const key = directory.write("locked.key", encrypted(one.key_pem));
        CHECK(load_identity(ClientIdentity::pem_files(files.certificate, key, Secret{passphrase})));
        check_refused(ClientIdentity::pem_files(files.certificate, key, Secret{wrong_passphrase}),
                      TlsReason::identity_locked, "does not open it", "check the passphrase");
    }
    SECTION("a renewed pair is used next; what is in use stays")
    {
        static_cast<void>(write_pem_files(directory, "new", next));
        std::filesystem::rename(directory.path() / "new.crt", files.certificate);
        check_refused(identity, TlsReason::identity_mismatch, "is not the one", "of one request");
        std::filesystem::rename(directory.path() / "new.key", files.key);
        CHECK(hash_of(load_identity(identity)) ==
              sealsql::testing::sha256_of_certificate(next.certificate_pem));
        CHECK(hash_of(first) == sealsql::testing::sha256_of_certificate(one.certificate_pem));
    }
    SECTION("a key written in place with the same size and time")
    {
        auto const time = std::filesystem::last_write_time(files.key);
        static_cast<void>(directory.write("one.key", next.key_pem));
        std::filesystem::last_write_time(files.key, time);
        CHECK_THROWS_AS(load_identity(identity), TlsError);
    }
    SECTION("in memory")
    {
        auto const in_memory =
            ClientIdentity::memory(one.certificate_pem, Secret{std::string_view{one.key_pem}});
        LoadedIdentity const held = load_identity(in_memory);
        CHECK(key_of(in_memory) == held.key.get());
        CHECK(held.key.get() != first.key.get());
    }
    SECTION("many push each other out, and come back")
    {
        for (int i = 0; i < 40; ++i) {
            auto const more = write_pem_files(directory, "more" + std::to_string(i), one);
            CHECK(load_identity(ClientIdentity::pem_files(more.certificate, more.key)));
        }
        CHECK(load_identity(identity));
    }
    SECTION("from many threads")
    {
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int j = 0; j < 50; ++j)
                    static_cast<void>(load_identity(identity));
            });
        for (std::thread& thread : threads)
            thread.join();
        CHECK(key_of(identity) == first.key.get());
    }
    SECTION("the error queue of others is left alone")
    {
        ERR_clear_error();
        ERR_raise(ERR_LIB_USER, 42);
        static_cast<void>(load_identity(identity));
        auto const key = directory.write("locked.key", encrypted(one.key_pem));
        CHECK_THROWS_AS(load_identity(ClientIdentity::pem_files(files.certificate, key,
                                                                Secret{wrong_passphrase})),
                        TlsError);
        CHECK(ERR_GET_REASON(ERR_peek_last_error()) == 42);
        CHECK(ERR_GET_REASON(ERR_peek_error()) == 42);
        ERR_clear_error();
    }
}

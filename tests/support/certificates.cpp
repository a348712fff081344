#include "certificates.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace sealsql::testing {

namespace {

template <auto Function>
struct Deleter {
    template <class T>
    void operator()(T* pointer) const noexcept
    {
        Function(pointer);
    }
};

void free_certificates(STACK_OF(X509) * stack) noexcept { sk_X509_pop_free(stack, X509_free); }

using Bio = std::unique_ptr<BIO, Deleter<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Deleter<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;
using Certificates = std::unique_ptr<STACK_OF(X509), Deleter<free_certificates>>;

void check(bool good, char const* what)
{
    if (good)
        return;
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    throw std::runtime_error(std::string("certificates: ") + what + ": " + text.data());
}

template <class T>
T must(T pointer, char const* what)
{
    check(pointer != nullptr, what);
    return pointer;
}

Bio memory() { return Bio(must(BIO_new(BIO_s_mem()), "BIO_new")); }
Bio reading(std::string_view text)
{
    return Bio(
        must(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), "BIO_new_mem_buf"));
}

std::string content(Bio const& bio)
{
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio.get(), &data);
    return size > 0 ? std::string(data, static_cast<std::size_t>(size)) : std::string();
}

std::string pem_of(X509* certificate)
{
    const Bio bio = memory();
    check(PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM_write_bio_X509");
    return content(bio);
}

std::string pem_of(EVP_PKEY* key)
{
    const Bio bio = memory();
    check(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "PEM_write_bio_PrivateKey");
    return content(bio);
}

Certificate read_certificate(std::string_view pem)
{
    const Bio bio = reading(pem);
    return Certificate(
        must(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), "PEM_read_bio_X509"));
}

Key read_key(std::string_view pem)
{
    const Bio bio = reading(pem);
    return Key(must(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr),
                    "PEM_read_bio_PrivateKey"));
}

Certificates read_certificates(std::string_view pem)
{
    const Bio bio = reading(pem);
    Certificates stack(must(sk_X509_new_null(), "sk_X509_new_null"));
    while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))
        sk_X509_push(stack.get(), next);
    ERR_clear_error(); // the end of the text is reported as an error
    return stack;
}

Key make_key(KeyKind kind)
{
    switch (kind) {
    case KeyKind::rsa2048:
        return Key(must(EVP_RSA_gen(2048), "EVP_RSA_gen"));
    case KeyKind::rsa1024:
        return Key(must(EVP_RSA_gen(1024), "EVP_RSA_gen"));
    case KeyKind::p256:
        break;
    }
    return Key(must(EVP_EC_gen("P-256"), "EVP_EC_gen"));
}

const EVP_MD* digest_named(std::string const& name)
{
    return must(EVP_get_digestbyname(name.c_str()), "EVP_get_digestbyname");
}

void set_serial(ASN1_INTEGER* serial)
{
    std::array<unsigned char, 8> random{};
    check(RAND_bytes(random.data(), static_cast<int>(random.size())) == 1, "RAND_bytes");
    std::uint64_t number = 1;
    for (unsigned char const byte : random)
        number = (number << 8U) | byte;
    check(ASN1_INTEGER_set_uint64(serial, number >> 1U) == 1, "ASN1_INTEGER_set_uint64");
}

void add_name(GENERAL_NAMES* names, int type, std::string_view bytes)
{
    GENERAL_NAME* name = must(GENERAL_NAME_new(), "GENERAL_NAME_new");
    check(sk_GENERAL_NAME_push(names, name) > 0, "sk_GENERAL_NAME_push");
    ASN1_STRING* value =
        must(ASN1_STRING_type_new(type == GEN_IPADD ? V_ASN1_OCTET_STRING : V_ASN1_IA5STRING),
             "ASN1_STRING_type_new");
    check(ASN1_STRING_set(value, bytes.data(), static_cast<int>(bytes.size())) == 1,
          "ASN1_STRING_set");
    GENERAL_NAME_set0_value(name, type, value);
}

std::string address_bytes(std::string const& text)
{
    std::array<char, sizeof(in6_addr)> bytes{};
    if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1)
        return {bytes.data(), sizeof(in_addr)};
    if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1)
        return {bytes.data(), sizeof(in6_addr)};
    throw std::runtime_error("certificates: not an IP address: " + text);
}

void add_extension(X509* certificate, X509* issuer, int nid, char const* value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* extension = must(X509V3_EXT_conf_nid(nullptr, &context, nid, value), value);
    int const added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    check(added == 1, "X509_add_ext");
}

void add_alternative_names(X509* certificate, CertificateSpec const& spec)
{
    if (spec.dns.empty() && spec.ip.empty())
        return;
    const std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>> names(
        must(sk_GENERAL_NAME_new_null(), "sk_GENERAL_NAME_new_null"));
    for (auto const& dns : spec.dns)
        add_name(names.get(), GEN_DNS, dns);
    for (auto const& ip : spec.ip)
        add_name(names.get(), GEN_IPADD, address_bytes(ip));
    check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names.get(), 0, 0) == 1,
          "X509_add1_ext_i2d");
}

// Makes and signs. Without an issuer the certificate signs itself.
Certificate make_certificate(CertificateSpec const& spec, EVP_PKEY* key, X509* issuer,
                             EVP_PKEY* issuer_key)
{
    Certificate certificate(must(X509_new(), "X509_new"));
    X509* const made = certificate.get();
    check(X509_set_version(made, X509_VERSION_3) == 1, "X509_set_version");
    set_serial(X509_get_serialNumber(made));
    must(X509_gmtime_adj(X509_getm_notBefore(made), static_cast<long>(spec.not_before.count())),
         "X509_gmtime_adj");
    must(X509_gmtime_adj(X509_getm_notAfter(made), static_cast<long>(spec.not_after.count())),
         "X509_gmtime_adj");
    for (auto const& name : spec.common_names) {
        auto const* bytes = reinterpret_cast<unsigned char const*>(name.data());
        check(X509_NAME_add_entry_by_NID(X509_get_subject_name(made), NID_commonName, MBSTRING_UTF8,
                                         bytes, static_cast<int>(name.size()), -1, 0) == 1,
              "X509_NAME_add_entry_by_NID");
    }
    X509* const signer = issuer != nullptr ? issuer : made;
    check(X509_set_issuer_name(made, X509_get_subject_name(signer)) == 1, "X509_set_issuer_name");
    check(X509_set_pubkey(made, key) == 1, "X509_set_pubkey");
    add_extension(made, signer, NID_basic_constraints,
                  spec.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(made, signer, NID_key_usage,
                  spec.authority ? "critical,keyCertSign,cRLSign"
                                 : "critical,digitalSignature,keyEncipherment");
    if (!spec.authority && spec.purpose == Purpose::server)
        add_extension(made, signer, NID_ext_key_usage, "serverAuth");
    if (!spec.authority && spec.purpose == Purpose::client)
        add_extension(made, signer, NID_ext_key_usage, "clientAuth");
    if (!spec.authority && spec.purpose == Purpose::ocsp)
        add_extension(made, signer, NID_ext_key_usage, "OCSPSigning");
    if (spec.must_staple)
        add_extension(made, signer, NID_tlsfeature, "status_request");
    add_extension(made, signer, NID_subject_key_identifier, "hash");
    if (issuer != nullptr)
        add_extension(made, signer, NID_authority_key_identifier, "keyid");
    add_alternative_names(made, spec);
    check(X509_sign(made, issuer_key != nullptr ? issuer_key : key, digest_named(spec.digest)) > 0,
          "X509_sign");
    return certificate;
}

std::string hexadecimal(unsigned char const* bytes, std::size_t size)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < size; ++i)
        text.append(1, digits[bytes[i] >> 4U]).append(1, digits[bytes[i] & 15U]);
    return text;
}

std::string sha256(unsigned char const* bytes, std::size_t size)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int written = 0;
    check(EVP_Digest(bytes, size, digest.data(), &written, EVP_sha256(), nullptr) == 1,
          "EVP_Digest");
    return hexadecimal(digest.data(), written);
}

} // namespace

TemporaryDirectory::TemporaryDirectory()
{
    std::string pattern = (std::filesystem::temp_directory_path() / "sealsql-test-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory()
{
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path TemporaryDirectory::write(std::string_view name, std::string_view text) const
{
    auto const file = path_ / name;
    std::ofstream stream(file, std::ios::binary | std::ios::trunc);
    std::filesystem::permissions(file, std::filesystem::perms::owner_read |
                                           std::filesystem::perms::owner_write);
    stream.write(text.data(), static_cast<std::streamsize>(text.size())).flush();
    if (!stream)
        throw std::runtime_error("cannot write " + file.string());
    return file;
}

Authority::Authority(CertificateSpec spec)
{
    if (spec.common_names == CertificateSpec().common_names)
        spec.common_names = {"sealsql test authority"};
    spec.authority = true;
    Key key = make_key(spec.key);
    Certificate certificate = make_certificate(spec, key.get(), nullptr, nullptr);
    identity_ = {pem_of(certificate.get()), pem_of(key.get())};
    certificate_ = {certificate.release(), X509_free};
    key_ = {key.release(), EVP_PKEY_free};
}

Identity Authority::issue(CertificateSpec const& spec) const
{
    const Key key = make_key(spec.key);
    const Certificate certificate =
        make_certificate(spec, key.get(), certificate_.get(), key_.get());
    return {pem_of(certificate.get()), pem_of(key.get()),
            is_root_ ? std::string() : identity_.full_chain_pem()};
}

Authority::Authority(Identity below)
    : identity_(std::move(below)),
      certificate_(read_certificate(identity_.certificate_pem).release(), X509_free),
      key_(read_key(identity_.key_pem).release(), EVP_PKEY_free), is_root_(false)
{
}

Authority Authority::subordinate(CertificateSpec const& spec) const
{
    return Authority(issue(spec));
}

std::string Authority::revocation_list(std::vector<Identity> const& revoked,
                                       std::chrono::seconds last_update,
                                       std::chrono::seconds next_update) const
{
    const std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>> list(
        must(X509_CRL_new(), "X509_CRL_new"));
    const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>> last(
        must(X509_gmtime_adj(nullptr, static_cast<long>(last_update.count())), "time"));
    const std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>> next(
        must(X509_gmtime_adj(nullptr, static_cast<long>(next_update.count())), "time"));
    check(X509_CRL_set_version(list.get(), X509_CRL_VERSION_2) == 1, "X509_CRL_set_version");
    check(X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(certificate_.get())) == 1,
          "X509_CRL_set_issuer_name");
    check(X509_CRL_set1_lastUpdate(list.get(), last.get()) == 1, "X509_CRL_set1_lastUpdate");
    check(X509_CRL_set1_nextUpdate(list.get(), next.get()) == 1, "X509_CRL_set1_nextUpdate");
    for (auto const& identity : revoked) {
        const Certificate certificate = read_certificate(identity.certificate_pem);
        std::unique_ptr<X509_REVOKED, Deleter<X509_REVOKED_free>> entry(
            must(X509_REVOKED_new(), "X509_REVOKED_new"));
        check(X509_REVOKED_set_serialNumber(entry.get(),
                                            X509_get_serialNumber(certificate.get())) == 1,
              "X509_REVOKED_set_serialNumber");
        check(X509_REVOKED_set_revocationDate(entry.get(), last.get()) == 1,
              "X509_REVOKED_set_revocationDate");
        check(X509_CRL_add0_revoked(list.get(), entry.release()) == 1, "X509_CRL_add0_revoked");
    }
    check(X509_CRL_sort(list.get()) == 1, "X509_CRL_sort");
    check(X509_CRL_sign(list.get(), key_.get(), EVP_sha256()) > 0, "X509_CRL_sign");
    const Bio bio = memory();
    check(PEM_write_bio_X509_CRL(bio.get(), list.get()) == 1, "PEM_write_bio_X509_CRL");
    return content(bio);
}

Identity self_signed(CertificateSpec const& spec)
{
    const Key key = make_key(spec.key);
    const Certificate certificate = make_certificate(spec, key.get(), nullptr, nullptr);
    return {pem_of(certificate.get()), pem_of(key.get())};
}

std::string to_der(std::string_view certificate_pem)
{
    const Certificate certificate = read_certificate(certificate_pem);
    const Bio bio = memory();
    check(i2d_X509_bio(bio.get(), certificate.get()) == 1, "i2d_X509_bio");
    return content(bio);
}

std::string encrypt_key(std::string_view key_pem, std::string_view passphrase)
{
    const Key key = read_key(key_pem);
    const Bio bio = memory();
    check(PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), EVP_aes_256_cbc(), passphrase.data(),
                                        static_cast<int>(passphrase.size()), nullptr, nullptr) == 1,
          "PEM_write_bio_PKCS8PrivateKey");
    return content(bio);
}

std::string to_pkcs12(Identity const& identity, std::string_view passphrase)
{
    const Certificate certificate = read_certificate(identity.certificate_pem);
    const Key key = read_key(identity.key_pem);
    const Certificates chain = read_certificates(identity.chain_pem);
    const std::unique_ptr<PKCS12, Deleter<PKCS12_free>> file(
        must(PKCS12_create(std::string(passphrase).c_str(), "sealsql", key.get(), certificate.get(),
                           chain.get(), 0, 0, 0, 0, 0),
             "PKCS12_create"));
    const Bio bio = memory();
    check(i2d_PKCS12_bio(bio.get(), file.get()) == 1, "i2d_PKCS12_bio");
    return content(bio);
}

std::string to_pkcs7(std::string_view certificates_pem)
{
    const Certificates certificates = read_certificates(certificates_pem);
    const Bio empty = reading("");
    const std::unique_ptr<PKCS7, Deleter<PKCS7_free>> file(
        must(PKCS7_sign(nullptr, nullptr, certificates.get(), empty.get(), PKCS7_DETACHED),
             "PKCS7_sign"));
    const Bio bio = memory();
    check(PEM_write_bio_PKCS7(bio.get(), file.get()) == 1, "PEM_write_bio_PKCS7");
    return content(bio);
}

std::string sha256_of_certificate(std::string_view certificate_pem)
{
    const std::string der = to_der(certificate_pem);
    return sha256(reinterpret_cast<unsigned char const*>(der.data()), der.size());
}

std::string sha256_of_public_key(std::string_view certificate_pem)
{
    const Certificate certificate = read_certificate(certificate_pem);
    unsigned char* der = nullptr;
    int const size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
    check(size > 0, "i2d_X509_PUBKEY");
    std::string digest = sha256(der, static_cast<std::size_t>(size));
    OPENSSL_free(der);
    return digest;
}

namespace {

CertificateSpec right()
{
    return {.common_names = {"sealsql test server"},
            .dns = {"localhost", "db.sealsql.test"},
            .ip = {"127.0.0.1", "::1"}};
}

CertificateSpec named(std::vector<std::string> dns, std::vector<std::string> ip = {})
{
    CertificateSpec spec = right();
    spec.dns = std::move(dns);
    spec.ip = std::move(ip);
    return spec;
}

CertificateSpec authority_named(std::string name)
{
    CertificateSpec spec;
    spec.common_names = {std::move(name)};
    spec.authority = true;
    return spec;
}

} // namespace

TestPki::TestPki() : trusted_(authority_named("sealsql trusted authority")) {}

TestPki& TestPki::shared()
{
    static TestPki pki;
    return pki;
}

template <class Make>
Identity const& TestPki::once(char const* name, Make make)
{
    const std::lock_guard lock(mutex_);
    auto const found = identities_.find(name);
    return found != identities_.end() ? found->second
                                      : identities_.emplace(name, make()).first->second;
}

template <class Make>
Authority const& TestPki::authority_once(char const* name, Make make)
{
    const std::lock_guard lock(mutex_);
    auto const found = authorities_.find(name);
    return found != authorities_.end() ? found->second
                                       : authorities_.emplace(name, make()).first->second;
}

Identity const& TestPki::good()
{
    return once("good", [this] { return trusted_.issue(right()); });
}

Identity const& TestPki::good_rsa()
{
    return once("good_rsa", [this] {
        CertificateSpec spec = right();
        spec.key = KeyKind::rsa2048;
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::good_wildcard()
{
    return once("good_wildcard", [this] { return trusted_.issue(named({"*.sealsql.test"})); });
}

Authority const& TestPki::intermediate()
{
    return authority_once("intermediate", [this] {
        return trusted_.subordinate(authority_named("sealsql intermediate authority"));
    });
}

Identity const& TestPki::via_intermediate()
{
    return once("via_intermediate", [this] { return intermediate().issue(right()); });
}

Identity const& TestPki::good_client()
{
    return once("good_client", [this] {
        CertificateSpec spec;
        spec.common_names = {"sealsql test client"};
        spec.purpose = Purpose::client;
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::other_authority()
{
    return once("other_authority", [] {
        return Authority(authority_named("somebody else's authority")).issue(right());
    });
}

Identity const& TestPki::impostor_authority()
{
    return once("impostor_authority", [] {
        return Authority(authority_named("sealsql trusted authority")).issue(right());
    });
}

Identity const& TestPki::self_signed()
{
    return once("self_signed", [] { return testing::self_signed(right()); });
}

Identity const& TestPki::expired()
{
    return once("expired", [this] {
        CertificateSpec spec = right();
        spec.not_before = std::chrono::hours(-48);
        spec.not_after = std::chrono::hours(-1);
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::not_yet_valid()
{
    return once("not_yet_valid", [this] {
        CertificateSpec spec = right();
        spec.not_before = std::chrono::hours(1);
        spec.not_after = std::chrono::hours(48);
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::wrong_name()
{
    return once("wrong_name", [this] { return trusted_.issue(named({"other.example"})); });
}

Identity const& TestPki::wrong_ip()
{
    return once("wrong_ip", [this] { return trusted_.issue(named({}, {"127.0.0.9"})); });
}

Identity const& TestPki::cn_only()
{
    return once("cn_only", [this] {
        CertificateSpec spec;
        spec.common_names = {"127.0.0.1", "localhost"};
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::ip_in_dns_name()
{
    return once("ip_in_dns_name", [this] { return trusted_.issue(named({"127.0.0.1"})); });
}

Identity const& TestPki::partial_wildcard()
{
    return once("partial_wildcard", [this] { return trusted_.issue(named({"d*.sealsql.test"})); });
}

Identity const& TestPki::bare_wildcard()
{
    return once("bare_wildcard", [this] { return trusted_.issue(named({"*"})); });
}

Identity const& TestPki::wrong_purpose()
{
    return once("wrong_purpose", [this] {
        CertificateSpec spec = right();
        spec.purpose = Purpose::client;
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::weak_key()
{
    return once("weak_key", [this] {
        CertificateSpec spec = right();
        spec.key = KeyKind::rsa1024;
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::weak_digest()
{
    return once("weak_digest", [this] {
        CertificateSpec spec = right();
        spec.digest = "SHA1";
        return trusted_.issue(spec);
    });
}

Identity const& TestPki::missing_intermediate()
{
    return once("missing_intermediate", [this] {
        Identity identity = via_intermediate();
        identity.chain_pem.clear();
        return identity;
    });
}

Identity const& TestPki::issued_by_leaf()
{
    return once("issued_by_leaf", [this] {
        CertificateSpec spec = right();
        spec.common_names = {"a server that plays authority"};
        return trusted_.subordinate(spec).issue(right());
    });
}

Identity const& TestPki::embedded_nul()
{
    return once("embedded_nul", [this] {
        const auto tail = std::string(1, '\0') + ".other.example";
        return trusted_.issue(
            named({"localhost" + tail, "127.0.0.1" + tail, "db.sealsql.test" + tail}));
    });
}

Authority const& TestPki::expired_authority()
{
    return authority_once("expired_authority", [] {
        CertificateSpec spec = authority_named("sealsql expired authority");
        spec.not_before = std::chrono::hours(-48);
        spec.not_after = std::chrono::hours(-1);
        return Authority(spec);
    });
}

Identity const& TestPki::under_expired_authority()
{
    return once("under_expired_authority", [this] { return expired_authority().issue(right()); });
}

std::vector<PkiCase> TestPki::accepted_cases()
{
    return {
        {"good", "right in every way", good(), trust_pem()},
        {"good_rsa", "RSA-2048, as cloud servers have it", good_rsa(), trust_pem()},
        {"via_intermediate", "the server sends the intermediate along", via_intermediate(),
         trust_pem()},
    };
}

std::vector<PkiCase> TestPki::refused_cases()
{
    return {
        {"other_authority", "nobody trusts its authority", other_authority(), trust_pem()},
        {"impostor_authority", "its authority only has the trusted one's name",
         impostor_authority(), trust_pem()},
        {"self_signed", "no authority at all", self_signed(), trust_pem()},
        {"expired", "was right until an hour ago", expired(), trust_pem()},
        {"not_yet_valid", "will be right in an hour", not_yet_valid(), trust_pem()},
        {"wrong_name", "names another host", wrong_name(), trust_pem()},
        {"wrong_ip", "names another address", wrong_ip(), trust_pem()},
        {"cn_only", "the name stands in the CN, where nobody may look", cn_only(), trust_pem()},
        {"ip_in_dns_name", "the address stands in a dNSName", ip_in_dns_name(), trust_pem()},
        {"partial_wildcard", "d*.sealsql.test: a star must be a whole label", partial_wildcard(),
         trust_pem()},
        {"bare_wildcard", "a star alone", bare_wildcard(), trust_pem()},
        {"wrong_purpose", "a client's certificate", wrong_purpose(), trust_pem()},
        {"weak_key", "RSA-1024", weak_key(), trust_pem()},
        {"weak_digest", "signed with SHA-1", weak_digest(), trust_pem()},
        {"missing_intermediate", "what leads to the root is not sent", missing_intermediate(),
         trust_pem()},
        {"issued_by_leaf", "signed by a server, which is no authority", issued_by_leaf(),
         trust_pem()},
        {"embedded_nul", "the right name, a zero byte, and another name", embedded_nul(),
         trust_pem()},
        {"expired_authority", "the trusted authority has itself expired", under_expired_authority(),
         expired_authority().certificate_pem()},
    };
}

IdentityFiles write_pem_files(TemporaryDirectory const& directory, std::string_view name,
                              Identity const& identity)
{
    const std::string stem(name);
    return {directory.write(stem + ".crt", identity.full_chain_pem()),
            directory.write(stem + ".key", identity.key_pem)};
}

std::filesystem::path write_pem_file(TemporaryDirectory const& directory, std::string_view name,
                                     std::string_view pem)
{
    return directory.write(name, pem);
}

} // namespace sealsql::testing

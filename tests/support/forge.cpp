#include "forge.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace sealsql::testing {

namespace {

using Certificate = std::shared_ptr<X509>;
using Key = std::shared_ptr<EVP_PKEY>;
using Bio = std::shared_ptr<BIO>;

void check(bool good, std::string const& what)
{
    if (good)
        return;
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    throw std::runtime_error("forge: " + what + ": " + text.data());
}

Bio reading(std::string const& text)
{
    return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free_all};
}

std::string content(Bio const& bio)
{
    char* data = nullptr;
    long const size = BIO_get_mem_data(bio.get(), &data);
    return {data, static_cast<std::size_t>(size)};
}

Certificate read_certificate(std::string const& pem)
{
    Certificate certificate{PEM_read_bio_X509(reading(pem).get(), nullptr, nullptr, nullptr),
                            X509_free};
    check(certificate != nullptr, "PEM_read_bio_X509");
    return certificate;
}

Key read_key(std::string const& pem)
{
    Key key{PEM_read_bio_PrivateKey(reading(pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free};
    check(key != nullptr, "PEM_read_bio_PrivateKey");
    return key;
}

std::string pem_of(X509* certificate)
{
    Bio const bio{BIO_new(BIO_s_mem()), BIO_free_all};
    check(PEM_write_bio_X509(bio.get(), certificate) == 1, "PEM_write_bio_X509");
    return content(bio);
}

std::string pem_of(EVP_PKEY* key)
{
    Bio const bio{BIO_new(BIO_s_mem()), BIO_free_all};
    check(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
          "PEM_write_bio_PrivateKey");
    return content(bio);
}

Key make_key(std::string const& kind)
{
    Key key;
    if (kind.rfind("RSA", 0) == 0)
        key = {EVP_RSA_gen(static_cast<unsigned>(std::stoul(kind.substr(3)))), EVP_PKEY_free};
    else if (kind == "ED25519")
        key = {EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free};
    else
        key = {EVP_EC_gen(kind.c_str()), EVP_PKEY_free};
    check(key != nullptr, "key " + kind);
    return key;
}

// Without an issuer it signs itself.
Identity make(Forgery const& forgery, Identity const* issuer)
{
    Certificate const certificate{X509_new(), X509_free};
    X509* const made = certificate.get();
    Key const key = make_key(forgery.key);
    Key const signing_key = issuer != nullptr ? read_key(issuer->key_pem) : key;
    Certificate const signer =
        issuer != nullptr ? read_certificate(issuer->certificate_pem) : certificate;

    check(X509_set_version(made, forgery.version - 1) == 1, "X509_set_version");
    std::uint64_t serial = 0;
    check(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1, "RAND_bytes");
    check(ASN1_INTEGER_set_uint64(X509_get_serialNumber(made), serial >> 1U) == 1, "serial");
    check(X509_gmtime_adj(X509_getm_notBefore(made), static_cast<long>(forgery.not_before.count())),
          "notBefore");
    check(X509_gmtime_adj(X509_getm_notAfter(made), static_cast<long>(forgery.not_after.count())),
          "notAfter");
    // As a text of any length: OpenSSL keeps to 64 characters where it is asked for a commonName by name.
    std::unique_ptr<ASN1_STRING, void (*)(ASN1_STRING*)> const name{
        ASN1_STRING_type_new(V_ASN1_UTF8STRING), ASN1_STRING_free};
    check(ASN1_STRING_set(name.get(), forgery.common_name.data(),
                          static_cast<int>(forgery.common_name.size())) == 1,
          "ASN1_STRING_set");
    std::unique_ptr<X509_NAME_ENTRY, void (*)(X509_NAME_ENTRY*)> const entry{X509_NAME_ENTRY_new(),
                                                                             X509_NAME_ENTRY_free};
    check(X509_NAME_ENTRY_set_object(entry.get(), OBJ_nid2obj(NID_commonName)) == 1 &&
              X509_NAME_ENTRY_set_data(entry.get(), V_ASN1_UTF8STRING,
                                       ASN1_STRING_get0_data(name.get()),
                                       ASN1_STRING_length(name.get())) == 1 &&
              X509_NAME_add_entry(X509_get_subject_name(made), entry.get(), -1, 0) == 1,
          "subject");
    check(X509_set_issuer_name(made, X509_get_subject_name(signer.get())) == 1, "issuer");
    check(X509_set_pubkey(made, key.get()) == 1, "X509_set_pubkey");
    auto extensions = forgery.extensions;
    if (forgery.version == 3)
        extensions.push_back({"subjectKeyIdentifier", "hash"});
    if (forgery.version == 3 && issuer != nullptr && forgery.names_issuer_key)
        extensions.push_back({"authorityKeyIdentifier", "keyid"});
    for (ForgedExtension const& extension : extensions) {
        X509V3_CTX context;
        X509V3_set_ctx(&context, signer.get(), made, nullptr, nullptr, 0);
        std::unique_ptr<X509_EXTENSION, void (*)(X509_EXTENSION*)> const one{
            X509V3_EXT_nconf(nullptr, &context, extension.name.c_str(), extension.value.c_str()),
            X509_EXTENSION_free};
        check(one != nullptr, extension.name + " = " + extension.value.substr(0, 80));
        check(X509_add_ext(made, one.get(), -1) == 1, "X509_add_ext");
    }
    bool const needs_no_digest = EVP_PKEY_get_base_id(signing_key.get()) == EVP_PKEY_ED25519;
    EVP_MD const* const digest =
        needs_no_digest ? nullptr : EVP_get_digestbyname(forgery.digest.c_str());
    check(needs_no_digest || digest != nullptr, forgery.digest);
    check(X509_sign(made, signing_key.get(), digest) > 0, "X509_sign");
    return {pem_of(made), pem_of(key.get())};
}

} // namespace

Identity forge(Forgery const& forgery, Identity const& issuer) { return make(forgery, &issuer); }

Identity forge_self_signed(Forgery const& forgery) { return make(forgery, nullptr); }

Identity with_broken_signature(Identity identity)
{
    std::string der = to_der(identity.certificate_pem);
    der.back() = static_cast<char>(der.back() ^ 1); // the signature is what ends it
    auto const* next = reinterpret_cast<unsigned char const*>(der.data());
    Certificate const broken{d2i_X509(nullptr, &next, static_cast<long>(der.size())), X509_free};
    check(broken != nullptr, "d2i_X509");
    identity.certificate_pem = pem_of(broken.get());
    return identity;
}

std::vector<ForgedExtension> server_extensions(std::string const& names)
{
    std::vector<ForgedExtension> extensions{
        {"basicConstraints", "critical,CA:FALSE"},
        {"keyUsage", "critical,digitalSignature,keyEncipherment"},
        {"extendedKeyUsage", "serverAuth"}};
    if (!names.empty())
        extensions.push_back({"subjectAltName", names});
    return extensions;
}

std::vector<ForgedExtension> authority_extensions()
{
    return {{"basicConstraints", "critical,CA:TRUE"}, {"keyUsage", "critical,keyCertSign,cRLSign"}};
}

} // namespace sealsql::testing

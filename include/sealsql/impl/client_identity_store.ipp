#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/detail/client_identity_store.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/fingerprint.hpp>
#include <sealsql/detail/input_file.hpp>
#include <sealsql/detail/load_cache.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/fingerprint.ipp>
#include <sealsql/impl/input_file.ipp>
#include <sealsql/impl/password_rounds.ipp>
#include <sealsql/impl/read_certificate.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void release_certificate(x509_st* certificate) noexcept { X509_free(certificate); }
SEALSQL_INLINE void release_chain(stack_st_X509* chain) noexcept
{
    sk_X509_pop_free(chain, X509_free);
}
SEALSQL_INLINE void release_key(evp_pkey_st* key) noexcept { EVP_PKEY_free(key); }

SEALSQL_INLINE LoadedIdentity share(LoadedIdentity const& identity) noexcept
{
    LoadedIdentity other;
    if (!identity)
        return other;
    if (X509_up_ref(identity.certificate.get()) == 1)
        other.certificate.reset(identity.certificate.get());
    other.chain.reset(X509_chain_up_ref(identity.chain.get()));
    if (EVP_PKEY_up_ref(identity.key.get()) == 1)
        other.key.reset(identity.key.get());
    return other;
}

// --- Bytes ---

/// One file or piece of memory, and how messages call it. The bytes are erased when it goes.
struct IdentityPart {
    explicit IdentityPart(std::string description) : what{std::move(description)} {}
    IdentityPart(IdentityPart const&) = delete;
    IdentityPart& operator=(IdentityPart const&) = delete;
    ~IdentityPart() { erase_memory(bytes.data(), bytes.size()); }

    std::string what;
    std::string bytes;
};

/// Throws what is wrong with the part. Texts as pointers: thirty of them are cheaper to compile so.
[[noreturn]] SEALSQL_INLINE void refuse(TlsReason reason, IdentityPart const& part, char const* why,
                                        char const* remedy)
{
    throw tls_error(reason, TlsStage::configuration, concat({part.what, " ", why}), remedy);
}

[[noreturn]] SEALSQL_INLINE void refuse_form(IdentityPart const& part, char const* why,
                                             char const* remedy)
{
    refuse(TlsReason::identity_malformed, part, why, remedy);
}

SEALSQL_INLINE void read_identity_file(std::filesystem::path const& path, IdentityPart& part)
{
    constexpr std::size_t largest = std::size_t{1} << 20U;
    FileFailure const failure = read_file(path.c_str(), largest, part.bytes);
    using Kind = FileFailure::Kind;
    if (!failure)
        return;
    throw tls_error(
        TlsReason::identity_unreadable, TlsStage::configuration,
        concat({part.what,
                failure.kind == Kind::too_large ? " is larger than 1 MiB" : failure.text()}),
        failure.kind == Kind::too_large
            ? "give .identity a file that holds the certificate or key only"
        : failure.kind == Kind::directory || failure.kind == Kind::irregular
            ? "check the paths given as .identity in SslOptions"
            : "check the paths given as .identity in SslOptions, and the files' permissions");
}

// --- Passphrases ---

/// The passphrase, asked for when it is needed first and not before.
class Passphrase {
public:
    explicit Passphrase(IdentitySource const& source) noexcept : source_{&source} {}

    /// @throws TlsError if there is none
    [[nodiscard]] Secret const& get(IdentityPart const& part)
    {
        if (!source_->passphrase.empty())
            return source_->passphrase;
        if (asked_.empty() && source_->ask != nullptr)
            asked_ = source_->ask(part.what.c_str(), source_->context);
        if (asked_.empty())
            refuse(
                TlsReason::identity_locked, part,
                source_->ask != nullptr
                    ? "is encrypted, and no passphrase came from the function given to asking()"
                    : "is encrypted, and no passphrase was given",
                "give ClientIdentity its passphrase, such as Secret::from_env(\"KEY_PASSPHRASE\")");
        return asked_;
    }

    /// Before it is tried on a key that is encrypted so.
    /// @throws TlsError if that would take too long
    void spend(IdentityPart const& part, X509_ALGOR const* algorithm)
    {
        if (!rounds_.spend(algorithm))
            refuse_cost(part);
    }

    /// Before it is tried on an archive's checksum.
    /// @throws TlsError if that would take too long
    void spend_on_checksum(IdentityPart const& part, PKCS12 const* archive)
    {
        if (!rounds_.spend_on_checksum(archive))
            refuse_cost(part);
    }

private:
    [[noreturn]] static void refuse_cost(IdentityPart const& part)
    {
        refuse_form(
            part,
            "takes more than ten million rounds of hashing to open, as if to hang whoever does",
            "encrypt it anew with fewer: a key with `openssl pkcs8 -topk8 -iter 100000`, PKCS#12 "
            "with `openssl pkcs12 -export -iter 100000`");
    }

    IdentitySource const* source_;
    Secret asked_;
    PasswordRounds rounds_;
};

/// OpenSSL's way to ask. With this and a secret it does not ask on the terminal.
SEALSQL_INLINE int give_passphrase(char* buffer, int size, int, void* secret) noexcept
{
    std::string_view const text = static_cast<Secret const*>(secret)->reveal();
    if (size < 0 || text.size() > static_cast<std::size_t>(size))
        return -1;
    std::memcpy(buffer, text.data(), text.size());
    return static_cast<int>(text.size());
}

/// For OpenSSL's interfaces in C, which do not change it.
[[nodiscard]] SEALSQL_INLINE void* as_context(Secret const& secret) noexcept
{
    return const_cast<Secret*>(&secret); // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

[[noreturn]] SEALSQL_INLINE void refuse_cipher(IdentityPart const& part)
{
    refuse_form(part, "is encrypted by a method too old for OpenSSL 3",
                "encrypt it anew: a key with `openssl pkcs8 -topk8 -v2 aes-256-cbc`, PKCS#12 with "
                "`openssl pkcs12 -legacy` and then `openssl pkcs12 -export`");
}

[[noreturn]] SEALSQL_INLINE void refuse_passphrase(IdentityPart const& part)
{
    unsigned long const error = ERR_peek_last_error(); // NOLINT(google-runtime-int): OpenSSL's type
    if (ERR_GET_LIB(error) == ERR_LIB_EVP && ERR_GET_REASON(error) == ERR_R_UNSUPPORTED)
        refuse_cipher(part);
    refuse(TlsReason::identity_locked, part, "is encrypted, and the passphrase does not open it",
           "check the passphrase given to ClientIdentity");
}

// --- Forms ---

using OwnedBio = Owned<BIO, BIO_free_all>;
using OwnedCertificate = Owned<X509, release_certificate>;
using OwnedKey = Owned<EVP_PKEY, release_key>;

/// What was found in one or two parts.
struct IdentityContent {
    IdentityContent() : certificates{sk_X509_new_null()}
    {
        if (!certificates)
            throw std::bad_alloc{};
    }

    void add(OwnedCertificate certificate) const
    {
        if (sk_X509_push(certificates.get(), certificate.get()) == 0)
            throw std::bad_alloc{};
        static_cast<void>(certificate.release());
    }

    Owned<STACK_OF(X509), release_chain> certificates;
    OwnedKey key;
};

/// What is looked for in a part, and what else it holds.
struct IdentitySearch {
    bool certificates = false;
    bool key = false;
    bool certificate_seen = false;
    bool key_seen = false;
    bool archive = false; // PKCS#12
    std::string other{};  // the label of a PEM block of another kind
};

[[nodiscard]] SEALSQL_INLINE OwnedBio bytes_as_bio(unsigned char const* bytes, std::size_t size)
{
    OwnedBio bio{BIO_new_mem_buf(bytes, static_cast<int>(size))};
    if (!bio)
        throw std::bad_alloc{};
    return bio;
}

/// A key that is not, or no longer, encrypted.
[[nodiscard]] SEALSQL_INLINE OwnedKey parse_plain_key(unsigned char const* bytes,
                                                      long size) // NOLINT(google-runtime-int)
{
    return OwnedKey{d2i_AutoPrivateKey(nullptr, &bytes, size)};
}

[[nodiscard]] SEALSQL_INLINE OwnedKey parse_encrypted_key(unsigned char const* bytes,
                                                          std::size_t size,
                                                          IdentityPart const& part,
                                                          Passphrase& passphrase)
{
    unsigned char const* next = bytes;
    if (Owned<X509_SIG, X509_SIG_free> const encrypted{
            d2i_X509_SIG(nullptr, &next, static_cast<long>(size))}) { // NOLINT(google-runtime-int)
        X509_ALGOR const* algorithm = nullptr;
        X509_SIG_get0(encrypted.get(), &algorithm, nullptr);
        passphrase.spend(part, algorithm);
    }
    OwnedBio const in = bytes_as_bio(bytes, size);
    OwnedKey key{d2i_PKCS8PrivateKey_bio(in.get(), nullptr, give_passphrase,
                                         as_context(passphrase.get(part)))};
    if (!key)
        refuse_passphrase(part);
    return key;
}

[[noreturn]] SEALSQL_INLINE void refuse_damaged(IdentityPart const& part, std::string_view what)
{
    refuse_form(
        part,
        concat({"is damaged, or of a kind that OpenSSL does not know: ", what, " cannot be read"})
            .c_str(),
        "fetch the file again from where it was made");
}

/// One block of a PEM text.
struct PemBlock {
    PemBlock() = default;
    PemBlock(PemBlock const&) = delete;
    PemBlock& operator=(PemBlock const&) = delete;
    ~PemBlock()
    {
        OPENSSL_free(label);
        OPENSSL_free(header);
        OPENSSL_clear_free(bytes, static_cast<std::size_t>(size));
    }

    char* label = nullptr;
    char* header = nullptr;
    unsigned char* bytes = nullptr;
    long size = 0; // NOLINT(google-runtime-int): OpenSSL's type
};

[[nodiscard]] SEALSQL_INLINE OwnedKey parse_key_block(PemBlock& block, IdentityPart const& part,
                                                      Passphrase& passphrase)
{
    if (std::strcmp(block.label, "OPENSSH PRIVATE KEY") == 0)
        refuse_form(part, "holds a key of OpenSSH, which is no key for TLS",
                    "give .identity the key that the certificate was made for");
    if (std::strcmp(block.label, "ENCRYPTED PRIVATE KEY") == 0)
        return parse_encrypted_key(block.bytes, static_cast<std::size_t>(block.size), part,
                                   passphrase);
    bool const encrypted = block.header != nullptr && block.header[0] != '\0';
    if (encrypted) {
        EVP_CIPHER_INFO cipher{};
        if (PEM_get_EVP_CIPHER_INFO(block.header, &cipher) != 1 || cipher.cipher == nullptr)
            refuse_cipher(part);
        Owned<EVP_CIPHER, EVP_CIPHER_free> const usable{
            EVP_CIPHER_fetch(nullptr, EVP_CIPHER_get0_name(cipher.cipher), nullptr)};
        if (!usable)
            refuse_cipher(part);
        if (PEM_do_header(&cipher, block.bytes, &block.size, give_passphrase,
                          as_context(passphrase.get(part))) != 1)
            refuse_passphrase(part);
    }
    OwnedKey key = parse_plain_key(block.bytes, block.size);
    if (!key && encrypted)
        refuse_passphrase(part); // a wrong one may lead to garbage instead of an error
    if (!key)
        refuse_damaged(part, "its key");
    return key;
}

SEALSQL_INLINE void parse_pem(IdentityPart const& part, IdentitySearch& search,
                              Passphrase& passphrase, IdentityContent& content)
{
    std::string_view text{part.bytes};
    if (text.starts_with("\xEF\xBB\xBF")) // a mark that some editors put in front
        text.remove_prefix(3);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
    OwnedBio const in =
        bytes_as_bio(reinterpret_cast<unsigned char const*>(text.data()), text.size());
    for (int number = 1;; ++number) {
        PemBlock block;
        if (PEM_read_bio(in.get(), &block.label, &block.header, &block.bytes, &block.size) != 1)
            break;
        std::string_view const label{block.label};
        bool const is_trusted = std::strcmp(block.label, "TRUSTED CERTIFICATE") == 0;
        if (is_trusted || std::strcmp(block.label, "CERTIFICATE") == 0 ||
            std::strcmp(block.label, "X509 CERTIFICATE") == 0) {
            search.certificate_seen = true;
            if (!search.certificates)
                continue;
            unsigned char const* bytes = block.bytes;
            OwnedCertificate certificate{is_trusted ? d2i_X509_AUX(nullptr, &bytes, block.size)
                                                    : d2i_X509(nullptr, &bytes, block.size)};
            if (!certificate)
                refuse_damaged(part, concat({"its block ", std::to_string(number)}));
            content.add(std::move(certificate));
        } else if (label.ends_with("PRIVATE KEY")) {
            search.key_seen = true;
            if (search.key && !content.key)
                content.key = parse_key_block(block, part, passphrase);
        } else if (!label.ends_with("PARAMETERS")) {
            search.other = printable(label);
        }
    }
    unsigned long const error = ERR_peek_last_error(); // NOLINT(google-runtime-int): OpenSSL's type
    if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
        refuse_damaged(part, "its PEM text");
}

SEALSQL_INLINE void spend_on_bag(PKCS12_SAFEBAG const* bag, IdentityPart const& part,
                                 Passphrase& passphrase, int depth)
{
    X509_ALGOR const* algorithm = nullptr;
    constexpr int deepest = 8;
    switch (PKCS12_SAFEBAG_get_nid(bag)) {
    case NID_pkcs8ShroudedKeyBag:
        X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &algorithm, nullptr);
        passphrase.spend(part, algorithm);
        break;
    case NID_safeContentsBag:
        if (depth == deepest)
            refuse_damaged(part, "its nested bags");
        for (int i = 0; i < sk_PKCS12_SAFEBAG_num(PKCS12_SAFEBAG_get0_safes(bag)); ++i)
            spend_on_bag(sk_PKCS12_SAFEBAG_value(PKCS12_SAFEBAG_get0_safes(bag), i), part,
                         passphrase, depth + 1);
        break;
    default:
        break;
    }
}

/// What PKCS12_parse() will do with the archive, looked over for what it costs.
SEALSQL_INLINE void spend_on_archive(PKCS12 const* archive, char const* secret,
                                     IdentityPart const& part, Passphrase& passphrase)
{
    Owned<STACK_OF(PKCS7), free_safes> const safes{PKCS12_unpack_authsafes(archive)};
    for (int i = 0; safes && i < sk_PKCS7_num(safes.get()); ++i) {
        PKCS7* const safe = sk_PKCS7_value(safes.get(), i);
        X509_ALGOR const* const encryption = encryption_of(safe);
        // Once here, for the keys within, and once by PKCS12_parse().
        for (int times = 0; encryption != nullptr && times < 2; ++times)
            passphrase.spend(part, encryption);
        bool const is_plain = PKCS7_type_is_data(safe) != 0 && safe->d.data != nullptr;
        Owned<STACK_OF(PKCS12_SAFEBAG), free_bags> const bags{
            encryption != nullptr ? PKCS12_unpack_p7encdata(safe, secret, -1)
            : is_plain            ? PKCS12_unpack_p7data(safe)
                                  : nullptr};
        for (int j = 0; bags && j < sk_PKCS12_SAFEBAG_num(bags.get()); ++j)
            spend_on_bag(sk_PKCS12_SAFEBAG_value(bags.get(), j), part, passphrase, 0);
    }
}

SEALSQL_INLINE void parse_pkcs12(PKCS12* archive, IdentityPart const& part, Passphrase& passphrase,
                                 IdentityContent& content)
{
    // Tried without, with an empty one, with the one that is given, and once more to read what is inside.
    for (int times = 0; PKCS12_mac_present(archive) != 0 && times < 4; ++times)
        passphrase.spend_on_checksum(part, archive);
    // An archive without passphrase is made with none or with an empty one, which is not the same.
    char const* secret = nullptr;
    bool opened = PKCS12_mac_present(archive) == 0 || PKCS12_verify_mac(archive, nullptr, 0) == 1;
    if (!opened && PKCS12_verify_mac(archive, "", 0) == 1) {
        opened = true;
        secret = "";
    }
    if (!opened || PKCS12_mac_present(archive) == 0) {
        secret = passphrase.get(part).c_str();
        if (!opened && PKCS12_verify_mac(archive, secret, -1) != 1)
            refuse_passphrase(part);
    }
    spend_on_archive(archive, secret, part, passphrase);
    EVP_PKEY* key = nullptr;
    X509* certificate = nullptr;
    STACK_OF(X509)* others = nullptr;
    bool const parsed = PKCS12_parse(archive, secret, &key, &certificate, &others) == 1;
    content.key.reset(key);
    OwnedCertificate first{certificate};
    Owned<STACK_OF(X509), release_chain> const rest{others};
    if (!parsed)
        refuse_passphrase(part);
    if (first)
        content.add(std::move(first));
    while (rest && sk_X509_num(rest.get()) > 0)
        content.add(OwnedCertificate{sk_X509_shift(rest.get())});
}

SEALSQL_INLINE void parse_der(IdentityPart const& part, IdentitySearch& search,
                              Passphrase& passphrase, IdentityContent& content)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
    auto const* const bytes = reinterpret_cast<unsigned char const*>(part.bytes.data());
    auto const size = static_cast<long>(part.bytes.size()); // NOLINT(google-runtime-int)
    unsigned char const* next = bytes;
    if (Owned<PKCS12, PKCS12_free> const archive{d2i_PKCS12(nullptr, &next, size)}) {
        search.archive = true;
        if (search.certificates && search.key) {
            parse_pkcs12(archive.get(), part, passphrase, content);
            search.certificate_seen = sk_X509_num(content.certificates.get()) > 0;
            search.key_seen = static_cast<bool>(content.key);
        }
        return;
    }
    next = bytes;
    if (OwnedCertificate certificate{d2i_X509(nullptr, &next, size)}) {
        search.certificate_seen = true;
        if (search.certificates)
            content.add(std::move(certificate));
        return;
    }
    next = bytes;
    if (Owned<X509_SIG, X509_SIG_free> const encrypted{d2i_X509_SIG(nullptr, &next, size)}) {
        search.key_seen = true;
        if (search.key)
            content.key = parse_encrypted_key(bytes, part.bytes.size(), part, passphrase);
        return;
    }
    if (OwnedKey key = parse_plain_key(bytes, size)) {
        search.key_seen = true;
        if (search.key)
            content.key = std::move(key);
        return;
    }
    refuse_form(part,
                part.bytes.empty() ? "is empty"
                                   : "holds neither PEM nor DER nor PKCS#12, or is damaged",
                "give .identity a certificate and a key, in PEM with its -----BEGIN lines");
}

/// Finds in the part what is looked for, or says what it holds instead.
SEALSQL_INLINE void parse_part(IdentityPart const& part, IdentitySearch search,
                               Passphrase& passphrase, IdentityContent& content)
{
    ErrorQueueGuard const errors;
    bool const is_pem = part.bytes.find("-----BEGIN ") != std::string::npos;
    (is_pem ? parse_pem : parse_der)(part, search, passphrase, content);
    bool const both = search.certificates && search.key;
    if (search.archive && !both)
        refuse_form(part, "is PKCS#12, which holds certificate and key together",
                    "use ClientIdentity::file() for it, which takes its path alone");
    bool const certificate_missing = search.certificates && !search.certificate_seen;
    bool const key_missing = search.key && !search.key_seen;
    if (!certificate_missing && !key_missing)
        return;
    // Something is missing; what is there instead tells the mistake.
    if (both && search.certificate_seen)
        refuse_form(part, "holds a certificate and no key",
                    "if certificate and key are in two files, use ClientIdentity::pem_files()");
    if (both && search.key_seen)
        refuse_form(part, "holds a key and no certificate",
                    "if certificate and key are in two files, use ClientIdentity::pem_files()");
    if (certificate_missing && search.key_seen)
        refuse_form(part, "holds a private key and no certificate",
                    "give ClientIdentity the certificate first and the key second");
    if (key_missing && search.certificate_seen)
        refuse_form(part, "holds a certificate and no private key",
                    "give ClientIdentity the certificate first and the key second");
    char const* const what = both                  ? "holds neither certificate nor key"
                             : certificate_missing ? "holds no certificate"
                                                   : "holds no private key";
    refuse_form(
        part, search.other.empty() ? what : concat({what, "; it holds a ", search.other}).c_str(),
        search.other.ends_with("REQUEST")
            ? "give the request to your CA, and .identity the certificate that it makes of it"
        : both ? "give .identity a file with -----BEGIN CERTIFICATE----- and a private key in it"
        : certificate_missing
            ? "give .identity a file with -----BEGIN CERTIFICATE----- in it; PKCS#7 can be converted "
              "with `openssl pkcs7 -print_certs`"
            : "give .identity the private key that the certificate was made for");
}

// --- Checks ---

/// Whether the certificate may be used by TLS clients (RFC 5280, 4.2.1.12): it does not say what for, or
/// says that.
[[nodiscard]] SEALSQL_INLINE bool is_for_clients(X509 const* x509)
{
    auto* const uses = static_cast<STACK_OF(ASN1_OBJECT)*>(
        X509_get_ext_d2i(x509, NID_ext_key_usage, nullptr, nullptr));
    if (uses == nullptr)
        return true;
    bool found = false;
    for (int i = 0; i < sk_ASN1_OBJECT_num(uses); ++i) {
        int const use = OBJ_obj2nid(sk_ASN1_OBJECT_value(uses, i));
        found = found || use == NID_client_auth || use == NID_anyExtendedKeyUsage;
    }
    sk_ASN1_OBJECT_pop_free(uses, ASN1_OBJECT_free);
    return found;
}

/// Throws what is wrong with the certificate, with its facts.
[[noreturn]] SEALSQL_INLINE void refuse_client_certificate(TlsReason reason, X509 const* x509,
                                                           std::string const& where,
                                                           std::string_view what,
                                                           char const* remedy)
{
    Certificate const certificate = read_certificate(x509);
    std::string message = concat({where, " (", certificate.subject, ") ", what});
    if (reason == TlsReason::expired || reason == TlsReason::not_yet_valid)
        message = concat({message,
                          format_time(reason == TlsReason::expired ? certificate.not_after
                                                                   : certificate.not_before),
                          "; this machine's clock says ", format_now()});
    throw tls_error(reason, TlsStage::configuration, std::move(message), remedy, &certificate);
}

/// Asks OpenSSL whether it would use this for TLS, at the level of security that connections have.
SEALSQL_INLINE void require_usable(LoadedIdentity const& identity, std::string const& where,
                                   int level = min_security_level)
{
    ErrorQueueGuard const errors;
    Owned<SSL_CTX, SSL_CTX_free> const context{SSL_CTX_new(TLS_client_method())};
    if (!context)
        throw std::bad_alloc{};
    SSL_CTX_set_security_level(context.get(),
                               std::max(SSL_CTX_get_security_level(context.get()), level));
    if (SSL_CTX_use_cert_and_key(context.get(), identity.certificate.get(), identity.key.get(),
                                 identity.chain.get(), 1) == 1)
        return;
    unsigned long const error = ERR_peek_last_error(); // NOLINT(google-runtime-int): OpenSSL's type
    switch (ERR_GET_REASON(error)) {
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
        refuse_client_certificate(
            TlsReason::too_weak, identity.certificate.get(), where,
            level == min_security_level ? "is too weak, or its CA is"
                                        : "is too weak for .security_level, or its CA is",
            level == min_security_level
                ? "have it made anew with RSA of at least 2048 bits or an elliptic curve, and SHA-256"
                : "have it made anew with a stronger key, or lower .security_level in SslOptions");
    default:
        break;
    }
    char const* const why = ERR_reason_error_string(error);
    refuse_client_certificate(
        TlsReason::certificate_rejected, identity.certificate.get(), where,
        concat({"cannot be used for TLS: ", why != nullptr ? why : "OpenSSL does not say why"}),
        "have it made anew with RSA of at least 2048 bits or an elliptic curve");
}

/// What changes with time, so for each connection.
SEALSQL_INLINE void require_in_force(LoadedIdentity const& identity, std::string const& where)
{
    X509 const* const x509 = identity.certificate.get();
    if (X509_cmp_current_time(X509_get0_notAfter(x509)) <= 0)
        refuse_client_certificate(TlsReason::expired, x509, where, "expired on ",
                                  "renew the client certificate");
    if (X509_cmp_current_time(X509_get0_notBefore(x509)) >= 0)
        refuse_client_certificate(
            TlsReason::not_yet_valid, x509, where, "is valid only from ",
            "set the clock of this machine, or that of the machine that made the certificate");
}

/// Puts the certificate that the key belongs to first, and the others behind it.
[[nodiscard]] SEALSQL_INLINE LoadedIdentity assemble(IdentityContent content,
                                                     IdentitySource const& source,
                                                     std::string const& where)
{
    ErrorQueueGuard const errors;
    LoadedIdentity identity;
    STACK_OF(X509)* const certificates = content.certificates.get();
    for (int i = 0; i < sk_X509_num(certificates) && !identity.certificate; ++i) {
        if (X509_check_private_key(sk_X509_value(certificates, i), content.key.get()) == 1)
            identity.certificate.reset(sk_X509_delete(certificates, i));
    }
    if (!identity.certificate)
        refuse_client_certificate(
            TlsReason::identity_mismatch, sk_X509_value(certificates, 0), where,
            source.key_file.empty()
                ? "is not the one that the key beside it was made for"
                : concat({"is not the one that the key in ", printable(source.key_file.native()),
                          " was made for"}),
            "give .identity the certificate and key of one request; `openssl x509 -noout -pubkey` "
            "and `openssl pkey -pubout` show the same for such a pair");
    identity.chain = std::move(content.certificates);
    identity.key = std::move(content.key);
    if (!is_for_clients(identity.certificate.get()))
        refuse_client_certificate(TlsReason::wrong_purpose, identity.certificate.get(), where,
                                  "may not be used by TLS clients",
                                  "have a certificate made for TLS clients (clientAuth)");
    require_usable(identity, where);
    return identity;
}

// --- Kept for the process ---

/// Of what is asked for, so that its passphrase is not kept along with what was made of it.
[[nodiscard]] SEALSQL_INLINE std::string fingerprint_of(IdentitySource const& source)
{
    Fingerprint fingerprint;
    fingerprint.add(&source.kind, sizeof source.kind);
    fingerprint.add(source.certificate_file.native());
    fingerprint.add(source.key_file.native());
    fingerprint.add(source.certificate);
    fingerprint.add(source.key.reveal());
    fingerprint.add(source.passphrase.reveal());
    fingerprint.add(&source.ask, sizeof source.ask);
    fingerprint.add(&source.context, sizeof source.context);
    return fingerprint.value();
}

/// How messages call the certificate.
[[nodiscard]] SEALSQL_INLINE std::string certificate_place(IdentitySource const& source)
{
    return source.kind == IdentitySource::Kind::memory
               ? "the client certificate in memory"
               : concat(
                     {"the client certificate in ", printable(source.certificate_file.native())});
}

[[nodiscard]] SEALSQL_INLINE LoadedIdentity parse_identity(IdentitySource const& source)
{
    using Kind = IdentitySource::Kind;
    Passphrase passphrase{source};
    IdentityContent content;
    bool const in_memory = source.kind == Kind::memory;
    bool const apart = in_memory ? !source.certificate.empty() : source.kind == Kind::pem_files;
    auto const read = [&](std::string_view what, std::filesystem::path const& file,
                          std::string_view memory, IdentitySearch search) {
        IdentityPart part{in_memory
                              ? concat({"the client ", what, " in memory"})
                              : concat({"the client ", what, " file ", printable(file.native())})};
        if (in_memory)
            part.bytes = memory;
        else
            read_identity_file(file, part);
        parse_part(part, std::move(search), passphrase, content);
    };
    if (apart) {
        read("certificate", source.certificate_file, source.certificate, {.certificates = true});
        read("key", source.key_file, source.key.reveal(), {.key = true});
    } else {
        read("identity", source.certificate_file, source.key.reveal(),
             {.certificates = true, .key = true});
    }
    return assemble(std::move(content), source, certificate_place(source));
}

[[nodiscard]] SEALSQL_INLINE LoadCache<LoadedIdentity>& loaded_identities()
{
    // Never destroyed: a connection may be opened while static objects go.
    static auto* const cache = // NOLINTNEXTLINE(cppcoreguidelines-owning-memory)
        new LoadCache<LoadedIdentity>;
    return *cache;
}

SEALSQL_INLINE bool is_current(LoadedIdentity const& identity)
{
    return loaded_identities().holds([&](LoadedIdentity const& kept) { return kept == identity; });
}

SEALSQL_INLINE LoadedIdentity load_identity(ClientIdentity const& identity)
{
    if (identity.empty())
        return {};
    ErrorQueueGuard const errors;
    LoadCache<LoadedIdentity>& cache = loaded_identities();
    IdentitySource const& source = identity.source();
    std::string const wanted = fingerprint_of(source);
    // The state of before reading: what changes while it is read is read again next time.
    Fingerprint files;
    files.add_file(source.certificate_file.c_str());
    files.add_file(source.key_file.c_str());
    std::string const state = files.value();
    LoadedIdentity loaded = cache.find(wanted, state);
    if (!loaded)
        loaded = cache.keep(wanted, state, parse_identity(source));
    require_in_force(loaded, certificate_place(identity.source()));
    return loaded;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/client_identity.hpp>
#include <sealsql/detail/client_identity_store.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/read_certificate.ipp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

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

SEALSQL_INLINE void close_file(int* file) noexcept { static_cast<void>(::close(*file)); }

/// Reads a whole file without a buffer in between, which would keep a copy of the key.
SEALSQL_INLINE void read_identity_file(std::filesystem::path const& path, IdentityPart& part)
{
    constexpr off_t largest = off_t{1} << 20U;
    auto const refuse_file = [&](char const* why, char const* remedy) {
        refuse(TlsReason::identity_unreadable, part, why, remedy);
    };
    // A pipe would block here.
    int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat status {};
    bool failed = file < 0;
    Owned<int, close_file> const closer{failed ? nullptr : &file};
    failed = failed || ::fstat(file, &status) != 0;
    if (!failed && !S_ISREG(status.st_mode))
        refuse_file(S_ISDIR(status.st_mode) ? "is a directory" : "is no regular file",
                    "check the paths given as .identity in SslOptions");
    if (!failed && status.st_size > largest)
        refuse_file("is larger than 1 MiB",
                    "give .identity a file that holds the certificate or key only");
    if (!failed)
        part.bytes.resize(static_cast<std::size_t>(status.st_size));
    std::size_t size = 0;
    while (!failed && size < part.bytes.size()) {
        ssize_t const read = ::read(file, part.bytes.data() + size, part.bytes.size() - size);
        if (read == 0)
            break; // it became shorter
        failed = read < 0 && errno != EINTR;
        size += read > 0 ? static_cast<std::size_t>(read) : 0;
    }
    if (failed)
        refuse_file(concat({"cannot be read: ", std::generic_category().message(errno)}).c_str(),
                    "check the paths given as .identity in SslOptions, and the files' permissions");
    part.bytes.resize(size);
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

private:
    IdentitySource const* source_;
    Secret asked_;
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

SEALSQL_INLINE void parse_pkcs12(PKCS12* archive, IdentityPart const& part, Passphrase& passphrase,
                                 IdentityContent& content)
{
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
                          "; this machine's clock says ",
                          format_time(std::chrono::floor<std::chrono::seconds>(
                              std::chrono::system_clock::now()))});
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
                : concat({"is not the one that the key in ", printable(source.key_file.string()),
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

/// A file by what changes when it is replaced or written.
struct FileVersion {
    dev_t device{};
    ino_t inode{};
    off_t size{};
    std::time_t seconds{};
    long nanoseconds{}; // NOLINT(google-runtime-int): POSIX's type
    std::time_t change_seconds{};
    long change_nanoseconds{}; // NOLINT(google-runtime-int)

    friend bool operator==(FileVersion const&, FileVersion const&) = default;
};

[[nodiscard]] SEALSQL_INLINE FileVersion version_of(std::filesystem::path const& file)
{
    struct stat status {};
    if (file.empty() || ::stat(file.c_str(), &status) != 0)
        return {}; // reading it says what is wrong
    return {.device = status.st_dev,
            .inode = status.st_ino,
            .size = status.st_size,
            .seconds = status.st_mtim.tv_sec,
            .nanoseconds = status.st_mtim.tv_nsec,
            .change_seconds = status.st_ctim.tv_sec,
            .change_nanoseconds = status.st_ctim.tv_nsec};
}

/// An identity as a number, so that its passphrase is not kept along with what was made of it.
using IdentityDigest = std::array<unsigned char, 32>;

[[nodiscard]] SEALSQL_INLINE IdentityDigest digest_of(IdentitySource const& source)
{
    Owned<EVP_MD_CTX, EVP_MD_CTX_free> const context{EVP_MD_CTX_new()};
    bool good = context && EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) == 1;
    auto const add = [&](void const* bytes, std::size_t size) {
        good = good && EVP_DigestUpdate(context.get(), &size, sizeof size) == 1 &&
               EVP_DigestUpdate(context.get(), bytes, size) == 1;
    };
    std::string const& certificate = source.certificate_file.native();
    std::string const& key = source.key_file.native();
    add(&source.kind, sizeof source.kind);
    add(certificate.data(), certificate.size());
    add(key.data(), key.size());
    add(source.certificate.data(), source.certificate.size());
    add(source.key.c_str(), source.key.reveal().size());
    add(source.passphrase.c_str(), source.passphrase.reveal().size());
    add(&source.ask, sizeof source.ask);
    add(&source.context, sizeof source.context);
    IdentityDigest digest{};
    unsigned size = 0;
    if (!good || EVP_DigestFinal_ex(context.get(), digest.data(), &size) != 1)
        throw std::bad_alloc{};
    return digest;
}

/// How messages call the certificate.
[[nodiscard]] SEALSQL_INLINE std::string certificate_place(IdentitySource const& source)
{
    return source.kind == IdentitySource::Kind::memory
               ? "the client certificate in memory"
               : concat(
                     {"the client certificate in ", printable(source.certificate_file.string())});
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
                              : concat({"the client ", what, " file ", printable(file.string())})};
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

/// Parsed identities, kept for the process.
class IdentityCache {
public:
    [[nodiscard]] LoadedIdentity get(IdentitySource const& source)
    {
        // The versions of before reading: what changes while it is read is read again next time.
        Entry entry{.digest = digest_of(source),
                    .certificate = version_of(source.certificate_file),
                    .key = version_of(source.key_file)};
        {
            std::lock_guard const lock{mutex_};
            for (Entry const& kept : entries_) {
                if (kept.identity &&
                    std::memcmp(kept.digest.data(), entry.digest.data(), kept.digest.size()) == 0 &&
                    kept.certificate == entry.certificate && kept.key == entry.key)
                    return share(kept.identity);
            }
        }
        // Without the lock: a passphrase may be asked for, by whatever way.
        entry.identity = parse_identity(source);
        LoadedIdentity mine = share(entry.identity);
        std::lock_guard const lock{mutex_};
        Entry* slot = nullptr;
        for (Entry& kept : entries_) {
            if (kept.identity &&
                std::memcmp(kept.digest.data(), entry.digest.data(), kept.digest.size()) == 0)
                slot = &kept; // the files as they were before
        }
        if (slot == nullptr)
            slot = &entries_[next_++ % entries_.size()];
        *slot = std::move(entry);
        return mine;
    }

private:
    struct Entry {
        IdentityDigest digest{};
        FileVersion certificate{};
        FileVersion key{};
        LoadedIdentity identity{};
    };

    std::mutex mutex_;
    std::array<Entry, 16> entries_;
    std::size_t next_ = 0;
};

SEALSQL_INLINE LoadedIdentity load_identity(ClientIdentity const& identity)
{
    if (identity.empty())
        return {};
    ErrorQueueGuard const errors;
    // Never destroyed: a connection may be opened while static objects go.
    static IdentityCache* const cache =
        new IdentityCache; // NOLINT(cppcoreguidelines-owning-memory)
    LoadedIdentity loaded = cache->get(identity.source());
    require_in_force(loaded, certificate_place(identity.source()));
    return loaded;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/owned.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/types.h>

/// @file
/// The TLS engine. Connector/C offers no way to verify a server as this library promises to, so it is
/// done inside the TLS library that Connector/C uses:
///
/// - OpenSSL tells us when an SSL_CTX is born (register_birth_hook()). If the thread is in one of our
///   calls, that context is made ours: on_handshake() and verify_certificate() are set on it.
/// - When the handshake starts, on_handshake() sets everything that decides about security on the SSL
///   itself, after Connector/C has set its own, and puts our BIO below it.
/// - Our options to Connector/C (session.ipp) allow only a handshake that cannot succeed. It is
///   on_handshake() that makes it possible, so a hook that did not run means no connection.
///
/// Everything here may be called through C: no exception leaves.

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE ErrorQueueGuard::ErrorQueueGuard() noexcept { ERR_set_mark(); }
SEALSQL_INLINE ErrorQueueGuard::~ErrorQueueGuard() { ERR_pop_to_mark(); }

SEALSQL_INLINE void forget_errors() noexcept { ERR_clear_error(); }

SEALSQL_INLINE std::string alert_text(int description)
{
    return SSL_alert_desc_string_long(description);
}

SEALSQL_INLINE std::string openssl_version() { return OpenSSL_version(OPENSSL_VERSION); }

SEALSQL_INLINE bool is_ip_address(std::string const& text)
{
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

// --- Certificates ---

[[nodiscard]] SEALSQL_INLINE std::string read_name(X509_NAME const* name)
{
    Owned<BIO, BIO_free_all> const out{BIO_new(BIO_s_mem())};
    if (!out)
        return {};
    // RFC 2253 without escaping what is not ASCII: that is UTF-8 here, and made printable below.
    X509_NAME_print_ex(out.get(), name, 0,
                       XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
    char* text = nullptr;
    long const size = BIO_get_mem_data(out.get(), &text); // NOLINT(google-runtime-int)
    return size > 0 ? printable({text, static_cast<std::size_t>(size)}) : std::string{};
}

[[nodiscard]] SEALSQL_INLINE std::chrono::sys_seconds read_time(ASN1_TIME const* time)
{
    std::tm parts{};
    if (ASN1_TIME_to_tm(time, &parts) != 1)
        return {};
    return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

/// The DNS names and IP addresses of the subjectAltName extension (RFC 5280, 4.2.1.6), whatever else it
/// holds. For people to read only: OpenSSL compares them itself.
///
/// By ASN1_get_object() and not as GENERAL_NAMES: <openssl/x509v3.h> costs as much to compile as all the
/// rest of OpenSSL that is needed here.
SEALSQL_INLINE void read_alternative_names(X509 const* x509, Certificate& certificate)
{
    int const position = X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
    X509_EXTENSION* const extension = position < 0 ? nullptr : X509_get_ext(x509, position);
    ASN1_OCTET_STRING const* const content =
        extension == nullptr ? nullptr : X509_EXTENSION_get_data(extension);
    if (content == nullptr)
        return;
    unsigned char const* next = ASN1_STRING_get0_data(content);
    unsigned char const* const end = next + ASN1_STRING_length(content);
    constexpr int failed = 0x80;
    constexpr int indefinite = 0x01;
    constexpr int dns_name = 2;
    constexpr int ip_address = 7;
    long size = 0; // NOLINT(google-runtime-int): OpenSSL's type
    int tag = 0;
    int tag_class = 0;
    int const outer = ASN1_get_object(&next, &size, &tag, &tag_class, end - next);
    if ((outer & (failed | indefinite)) != 0 || tag != V_ASN1_SEQUENCE || size != end - next)
        return;
    while (next != end) {
        int const inner = ASN1_get_object(&next, &size, &tag, &tag_class, end - next);
        if ((inner & (failed | indefinite)) != 0)
            return;
        auto const length = static_cast<std::size_t>(size);
        if (tag_class == V_ASN1_CONTEXT_SPECIFIC && tag == dns_name) {
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
            certificate.dns_names.push_back(
                printable({reinterpret_cast<char const*>(next), length}));
        } else if (tag_class == V_ASN1_CONTEXT_SPECIFIC && tag == ip_address &&
                   (length == sizeof(in_addr) || length == sizeof(in6_addr))) {
            std::array<char, INET6_ADDRSTRLEN> text{};
            ::inet_ntop(length == sizeof(in_addr) ? AF_INET : AF_INET6, next, text.data(),
                        static_cast<socklen_t>(text.size()));
            certificate.ip_addresses.emplace_back(text.data());
        }
        next += size;
    }
}

[[nodiscard]] SEALSQL_INLINE Certificate read_certificate(X509 const* x509)
{
    ErrorQueueGuard const errors;
    Certificate certificate;
    certificate.subject = read_name(X509_get_subject_name(x509));
    certificate.issuer = read_name(X509_get_issuer_name(x509));
    read_alternative_names(x509, certificate);
    certificate.not_before = read_time(X509_get0_notBefore(x509));
    certificate.not_after = read_time(X509_get0_notAfter(x509));
    Owned<BIGNUM, BN_free> const number{ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nullptr)};
    if (char* const text = number ? BN_bn2hex(number.get()) : nullptr) {
        certificate.serial_number = text;
        OPENSSL_free(text);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (X509_digest(x509, EVP_sha256(), digest.data(), &size) == 1 &&
        size == certificate.sha256.size())
        std::memcpy(certificate.sha256.data(), digest.data(), size);
    return certificate;
}

// --- Trust ---

SEALSQL_INLINE void release_store(x509_store_st* store) noexcept { X509_STORE_free(store); }

SEALSQL_INLINE TrustStore share(TrustStore const& store) noexcept
{
    return TrustStore{store && X509_STORE_up_ref(store.get()) == 1 ? store.get() : nullptr};
}

[[nodiscard]] SEALSQL_INLINE TrustStore make_store()
{
    TrustStore store{X509_STORE_new()};
    if (!store)
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL has no memory for a trust store", {});
    return store;
}

[[nodiscard]] SEALSQL_INLINE TrustStore load_system_store()
{
    auto store = make_store();
    if (X509_STORE_set_default_paths(store.get()) != 1)
        throw tls_error(
            TlsReason::ca_unreadable, TlsStage::configuration,
            "the system's CA store cannot be read",
            "install the package ca-certificates, or name a CA file in .ssl({.ca = …})");
    return store;
}

[[nodiscard]] SEALSQL_INLINE TrustStore load_pem_file(std::filesystem::path const& file)
{
    std::string const name = printable(file.string());
    auto const refuse = [&](TlsReason reason, std::string message, char const* remedy) {
        return tls_error(reason, TlsStage::configuration, std::move(message), remedy);
    };
    std::error_code failure;
    // A pipe would block here, and with it every other connection that needs the cache.
    if (std::filesystem::exists(file, failure) && !std::filesystem::is_regular_file(file, failure))
        throw refuse(TlsReason::ca_unreadable,
                     concat({"the CA file ", name,
                             std::filesystem::is_directory(file, failure) ? " is a directory"
                                                                          : " is no regular file"}),
                     "give .ca the path of a PEM file");
    errno = 0;
    Owned<BIO, BIO_free_all> const in{BIO_new_file(file.c_str(), "rb")};
    if (!in) {
        int const number = errno;
        throw refuse(TlsReason::ca_unreadable,
                     concat({"the CA file ", name,
                             " cannot be opened: ", std::generic_category().message(number)}),
                     "check the path given as .ca in SslOptions, and its permissions");
    }
    auto store = make_store();
    int count = 0;
    for (;;) {
        Owned<X509, X509_free> const x509{
            // An encrypted block must not make OpenSSL ask on the terminal.
            PEM_read_bio_X509(
                in.get(), nullptr, [](char*, int, int, void*) { return -1; }, nullptr)};
        if (!x509)
            break;
        if (X509_STORE_add_cert(store.get(), x509.get()) != 1)
            break;
        ++count;
    }
    unsigned long const error = ERR_peek_last_error(); // NOLINT(google-runtime-int): OpenSSL's type
    bool const at_end =
        ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
    if (!at_end)
        throw refuse(TlsReason::ca_malformed,
                     concat({"the CA file ", name, " is damaged: its certificate ",
                             std::to_string(count + 1), " cannot be read"}),
                     "fetch the file again from the server's operator");
    if (count == 0)
        throw refuse(TlsReason::ca_malformed,
                     concat({"the CA file ", name, " holds no certificate in PEM form"}),
                     "give .ca a file with -----BEGIN CERTIFICATE----- in it; other formats can be "
                     "converted with `openssl x509` or `openssl pkcs7 -print_certs`");
    return store;
}

/// Parsed trust, kept for the process: parsing a system's bundle for each connection takes some 25 ms.
class TrustCache {
public:
    [[nodiscard]] TrustStore get(TrustAnchors const& anchors)
    {
        if (anchors.is_system())
            return get(Key{});
        std::filesystem::path const& file = anchors.source().file;
        struct stat status {};
        if (::stat(file.c_str(), &status) != 0)
            return load_pem_file(file); // says what is wrong with the file
        return get(Key{.path = file,
                       .device = status.st_dev,
                       .inode = status.st_ino,
                       .size = status.st_size,
                       .seconds = status.st_mtim.tv_sec,
                       .nanoseconds = status.st_mtim.tv_nsec,
                       .change_seconds = status.st_ctim.tv_sec,
                       .change_nanoseconds = status.st_ctim.tv_nsec});
    }

private:
    /// A file by what changes when it is replaced or written.
    struct Key {
        std::filesystem::path path;
        dev_t device{};
        ino_t inode{};
        off_t size{};
        std::time_t seconds{};
        long nanoseconds{}; // NOLINT(google-runtime-int): POSIX's type
        std::time_t change_seconds{};
        long change_nanoseconds{}; // NOLINT(google-runtime-int)

        friend bool operator==(Key const&, Key const&) = default;
    };

    struct Entry {
        Key key;
        TrustStore store;
    };

    TrustStore get(Key const& key)
    {
        std::lock_guard const lock{mutex_};
        Entry* slot = nullptr;
        for (Entry& entry : entries_) {
            if (entry.store && entry.key == key)
                return share(entry.store);
            if (entry.store && entry.key.path == key.path)
                slot = &entry; // the file as it was before
        }
        if (slot == nullptr)
            slot = &entries_[next_++ % entries_.size()];
        TrustStore store = key.path.empty() ? load_system_store() : load_pem_file(key.path);
        slot->store.reset();
        slot->key = key;
        slot->store = std::move(store);
        return share(slot->store);
    }

    std::mutex mutex_;
    std::array<Entry, 16> entries_;
    std::size_t next_ = 0;
};

SEALSQL_INLINE TrustStore load_trust_store(TrustAnchors const& anchors)
{
    ErrorQueueGuard const errors;
    // Never destroyed: a connection may be opened while static objects go.
    static TrustCache* const cache = new TrustCache; // NOLINT(cppcoreguidelines-owning-memory)
    return cache->get(anchors);
}

// --- Verification ---

[[nodiscard]] SEALSQL_INLINE TlsReason reason_for(int error) noexcept
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
        return TlsReason::issuer_not_trusted;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return TlsReason::self_signed;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return TlsReason::expired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TlsReason::not_yet_valid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return TlsReason::name_mismatch;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_CERT_REJECTED:
    case X509_V_ERR_KEYUSAGE_NO_CERTSIGN:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
        return TlsReason::wrong_purpose;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
        return TlsReason::too_weak;
    default:
        return TlsReason::certificate_rejected;
    }
}

/// Decides about the server's chain, in place of OpenSSL's default. Called during the handshake.
SEALSQL_INLINE int verify_certificate(X509_STORE_CTX* chain, void*) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr)
        return 0;
    TlsState& tls = call->state().tls;
    try {
        // Connector/C 3.4 sets a callback that accepts everything; it must not be asked.
        X509_STORE_CTX_set_verify_cb(chain, [](int ok, X509_STORE_CTX*) { return ok; });
        tls.certificate_checked = false;
        if (tls.verify == VerifyMode::none) {
            tls.certificate_checked = true;
            X509_STORE_CTX_set_error(chain, X509_V_OK);
            return 1;
        }
        if (X509_verify_cert(chain) == 1) {
            tls.certificate_checked = true;
            return 1;
        }
        int const error = X509_STORE_CTX_get_error(chain);
        X509* failed = X509_STORE_CTX_get_current_cert(chain);
        if (failed == nullptr)
            failed = X509_STORE_CTX_get0_cert(chain);
        tls.refused = true;
        tls.refusal.reason = reason_for(error);
        tls.refusal.detail = X509_verify_cert_error_string(error);
        tls.refusal.depth = X509_STORE_CTX_get_error_depth(chain);
        if (failed != nullptr)
            tls.refusal.certificate = read_certificate(failed);
    } catch (...) {
        X509_STORE_CTX_set_error(chain, X509_V_ERR_OUT_OF_MEM);
    }
    return 0;
}

// --- The socket below TLS ---

SEALSQL_INLINE int bio_read(BIO* bio, char* buffer, int size) noexcept
{
    auto& state = *static_cast<ConnectionState*>(BIO_get_data(bio));
    return receive(state, state.tls.socket, buffer, size);
}

SEALSQL_INLINE int bio_write(BIO* bio, char const* bytes, int size) noexcept
{
    auto& state = *static_cast<ConnectionState*>(BIO_get_data(bio));
    return transmit(state, state.tls.socket, bytes, size);
}

SEALSQL_INLINE long bio_control(BIO*, int command, long, void*) noexcept // NOLINT: OpenSSL's types
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

[[nodiscard]] SEALSQL_INLINE BIO_METHOD* bio_method() noexcept
{
    // Never freed: a BIO of a connection that outlives static objects still needs it.
    static BIO_METHOD* const method = []() noexcept -> BIO_METHOD* {
        BIO_METHOD* const made =
            BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "sealsql");
        if (made != nullptr) {
            BIO_meth_set_read(made, bio_read);
            BIO_meth_set_write(made, bio_write);
            BIO_meth_set_ctrl(made, bio_control);
        }
        return made;
    }();
    return method;
}

// --- The handshake ---

// X509_CHECK_FLAG_… of <openssl/x509v3.h>, for the reason at read_alternative_names().
inline constexpr unsigned check_flag_no_partial_wildcards = 0x4;
inline constexpr unsigned check_flag_never_check_subject = 0x20;

/// Sets what decides about security, over whatever Connector/C has set.
/// @return whether all of it is in force
[[nodiscard]] SEALSQL_INLINE bool configure(SSL* ssl, ConnectionState& state) noexcept
{
    TlsState& tls = state.tls;
    if (!state.guard.ready_for_handshake())
        return false;
    if (tls.socket < 0)
        return false;

    BIO_METHOD* const method = bio_method();
    BIO* const bio = method != nullptr ? BIO_new(method) : nullptr;
    if (bio == nullptr)
        return false;
    BIO_set_data(bio, &state);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    set_receive_tick(tls.socket);

    SSL_clear_options(ssl, SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    constexpr int minimum_security_level = 2; // 112 bits: RSA of 2048, no SHA-1 signatures
    SSL_set_security_level(ssl, std::max(SSL_get_security_level(ssl), minimum_security_level));
    if (SSL_set_cipher_list(ssl, "DEFAULT:!aNULL:!eNULL:!PSK:!SRP:!MD5:!RC4:!3DES") != 1 ||
        SSL_set_min_proto_version(
            ssl, tls.min_version == TlsVersion::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1 ||
        SSL_set_max_proto_version(ssl, 0) != 1)
        return false;

    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    if (tls.verify != VerifyMode::none) {
        if (!tls.trust_store || SSL_set1_verify_cert_store(ssl, tls.trust_store.get()) != 1)
            return false;
    }
    if (tls.verify == VerifyMode::identity) {
        X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
        // RFC 9525: names are in the SAN only, and `*` is a whole label.
        X509_VERIFY_PARAM_set_hostflags(parameters, check_flag_never_check_subject |
                                                        check_flag_no_partial_wildcards);
        if (tls.name.empty())
            return false;
        int const set =
            tls.name_is_address
                ? X509_VERIFY_PARAM_set1_ip_asc(parameters, tls.name.c_str())
                : X509_VERIFY_PARAM_set1_host(parameters, tls.name.c_str(), tls.name.size());
        if (set != 1)
            return false;
    }
    if (!tls.name.empty() && !tls.name_is_address &&
        SSL_set_tlsext_host_name(ssl, tls.name.c_str()) != 1)
        return false;

    state.guard.hand_over();
    tls.configured = true;
    return true;
}

SEALSQL_INLINE void keep_outcome(SSL const* ssl, TlsState& tls)
{
    tls.version = SSL_get_version(ssl);
    tls.cipher = SSL_get_cipher_name(ssl);
    if (X509 const* const peer = SSL_get0_peer_certificate(ssl)) {
        tls.peer = read_certificate(peer);
        tls.peer_known = true;
    }
    tls.finished = true;
}

/// OpenSSL's report of each step of the handshake on a context of ours.
SEALSQL_INLINE void on_handshake(SSL const* constant_ssl, int where, int value) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr || call->state().tls.context != SSL_get_SSL_CTX(constant_ssl))
        return;
    ConnectionState& state = call->state();
    try {
        if ((where & SSL_CB_HANDSHAKE_START) != 0 && !state.tls.configured) {
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the documented place to do this
            SSL* const ssl = const_cast<SSL*>(constant_ssl);
            if (!configure(ssl, state))
                cut(state.tls.socket);
        } else if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && !state.tls.finished) {
            keep_outcome(constant_ssl, state.tls);
            if (!state.tls.certificate_checked)
                cut(state.tls.socket);
        } else if ((where & SSL_CB_ALERT) != 0) {
            int const description = value & 0xFF;
            ((where & SSL_CB_READ) != 0 ? state.tls.alert_received : state.tls.alert_sent) =
                description;
        }
    } catch (...) {
        // Out of memory: `finished` stays false, and the session refuses the connection.
        cut(state.tls.socket);
    }
}

/// OpenSSL's report of each SSL_CTX that is made anywhere in the process.
SEALSQL_INLINE void on_context_born(void* parent, void*, CRYPTO_EX_DATA*, int, long, void*) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr || !call->state().tls.wanted || call->state().tls.context != nullptr)
        return;
    auto* const context = static_cast<SSL_CTX*>(parent);
    call->state().tls.context = context;
    SSL_CTX_set_info_callback(context, on_handshake);
    SSL_CTX_set_cert_verify_callback(context, verify_certificate, nullptr);
}

SEALSQL_INLINE void register_birth_hook()
{
    static int const index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr,
                                                     on_context_born, nullptr, nullptr);
    if (index < 0)
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL does not let the TLS engine register itself", {});
}

} // namespace sealsql::inline SEALSQL_ABI::detail

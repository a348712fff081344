#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/read_certificate.ipp>
#include <sealsql/impl/verify_certificate.ipp>
#include <sealsql/ssl_options.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

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

// --- The socket below TLS ---

SEALSQL_INLINE int bio_read(BIO* bio, char* buffer, int size) noexcept
{
    auto& state = *static_cast<ConnectionState*>(BIO_get_data(bio));
    return receive(state, state.tls.socket, buffer, size);
}

SEALSQL_INLINE int bio_write(BIO* bio, char const* bytes, int size) noexcept
{
    auto& state = *static_cast<ConnectionState*>(BIO_get_data(bio));
    int const sent = transmit(state, state.tls.socket, bytes, size);
    // In TLS 1.3 a server that refuses our certificate says so behind the handshake and goes, perhaps while
    // the login is being written: then its last word is to be read yet, and after it the end.
    bool const is_gone = sent < 0 && (errno == EPIPE || errno == ECONNRESET);
    return is_gone && state.tls.finished && !state.logged_in ? size : sent;
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

/// Lets the server see our certificate if it asks for one, and no other: OpenSSL's configuration file may
/// name one.
[[nodiscard]] SEALSQL_INLINE bool present_identity(SSL* ssl, TlsState& tls) noexcept
{
    SSL_certs_clear(ssl);
    SSL_set_cert_cb(
        ssl,
        [](SSL*, void* asked) {
            *static_cast<bool*>(asked) = true;
            return 1;
        },
        &tls.identity_requested);
    return !tls.has_identity ||
           (tls.identity &&
            SSL_use_cert_and_key(ssl, tls.identity.certificate.get(), tls.identity.key.get(),
                                 tls.identity.chain.get(), 1) == 1);
}

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
    SSL_set_security_level(ssl, std::max(SSL_get_security_level(ssl), minimum_security_level));
    if (SSL_set_cipher_list(ssl, "DEFAULT:!aNULL:!eNULL:!PSK:!SRP:!MD5:!RC4:!3DES") != 1 ||
        SSL_set_min_proto_version(
            ssl, tls.min_version == TlsVersion::tls1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) != 1 ||
        SSL_set_max_proto_version(ssl, 0) != 1)
        return false;

    if (!present_identity(ssl, tls))
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

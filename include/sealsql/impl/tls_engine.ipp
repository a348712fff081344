#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/login_screen.hpp>
#include <sealsql/detail/openssl.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/detail/session_cache.hpp>
#include <sealsql/detail/socket_io.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/detail/tls_policy.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/error_queue.ipp>
#include <sealsql/impl/key_share.ipp>
#include <sealsql/impl/read_certificate.ipp>
#include <sealsql/impl/session_cache.ipp>
#include <sealsql/impl/tls_policy.ipp>
#include <sealsql/impl/verify_certificate.ipp>
#include <sealsql/ssl_options.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

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

// --- The socket below TLS ---

/// Keeps the last message of our handshake back for the login, which follows at once where the server has
/// nothing more to say: one packet, and the server is woken once. Not where it asked for our certificate, and
/// may refuse it: what it says then is to come before it stumbles over the login.
/// @return whether it was kept
[[nodiscard]] SEALSQL_INLINE bool hold_back(TlsState& tls, char const* bytes, int size) noexcept
{
    if (tls.finished || tls.identity_requested || SSL_get_state(tls.ssl) != TLS_ST_CW_FINISHED)
        return false;
    try {
        tls.held.append(bytes, static_cast<std::size_t>(size));
        return true;
    } catch (...) {
        return false; // it is sent as it is
    }
}

/// As transmit(), behind what was held back.
[[nodiscard]] SEALSQL_INLINE int transmit_behind_held(ConnectionState& state, char const* bytes,
                                                      int size) noexcept
{
    std::string& held = state.tls.held;
    std::size_t const before = held.size();
    try {
        held.append(bytes, static_cast<std::size_t>(size));
    } catch (...) {
        errno = ENOMEM;
        return -1;
    }
    std::size_t done = 0;
    while (done < before || (done == before && size > 0)) {
        int const sent = transmit(state, state.tls.socket, held.data() + done,
                                  static_cast<int>(held.size() - done));
        if (sent < 0) {
            held.clear();
            return -1;
        }
        done += static_cast<std::size_t>(sent);
    }
    held.clear();
    return static_cast<int>(done - before);
}

SEALSQL_INLINE int bio_read(BIO* bio, char* buffer, int size) noexcept
{
    auto& state = *static_cast<ConnectionState*>(BIO_get_data(bio));
    // If it fails, the peer's last word is still to be read, or that there is none.
    if (!state.tls.held.empty())
        static_cast<void>(transmit_behind_held(state, "", 0));
    BIO_clear_retry_flags(bio);
    int const got = receive(state, state.tls.socket, buffer, size);
    // Up to the login it is Connector/C that reads, and it would go on at once.
    if (got < 0 && state.interrupted && state.logged_in)
        BIO_set_retry_read(bio);
    return got;
}

SEALSQL_INLINE int bio_write(BIO* bio, char const* bytes, int size) noexcept
{
    auto& state = *static_cast<ConnectionState*>(BIO_get_data(bio));
    if (hold_back(state.tls, bytes, size))
        return size;
    BIO_clear_retry_flags(bio);
    int const sent = state.tls.held.empty() ? transmit(state, state.tls.socket, bytes, size)
                                            : transmit_behind_held(state, bytes, size);
    if (sent < 0 && state.interrupted && state.logged_in)
        BIO_set_retry_write(bio);
    // In TLS 1.3 a server that refuses our certificate says so behind the handshake and goes, perhaps while
    // the login is being written: then its last word is to be read yet, and after it the end.
    bool const is_gone = sent < 0 && (errno == EPIPE || errno == ECONNRESET);
    bool const is_our_doing = !state.tls.certificate_checked || state.timed_out ||
                              state.login_screen.verdict() != LoginScreen::Verdict::pass;
    return is_gone && state.tls.finished && !state.logged_in && !is_our_doing ? size : sent;
}

SEALSQL_INLINE long bio_control(BIO*, int command, long, void*) noexcept // NOLINT: OpenSSL's types
{
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

/// The SSL is going, and our BIO with it: at an error, Connector/C frees it long before the connection.
SEALSQL_INLINE int bio_destroy(BIO* bio) noexcept
{
    if (auto* const state = static_cast<ConnectionState*>(BIO_get_data(bio)))
        state->tls.ssl = nullptr;
    return 1;
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
            BIO_meth_set_destroy(made, bio_destroy);
        }
        return made;
    }();
    return method;
}

// --- The handshake ---

/// Notes which version the server's first message chose: OpenSSL forgets it when it is none that was offered.
/// That message comes in plaintext, from anybody.
SEALSQL_INLINE void note_server_hello(TlsState& tls, std::string_view message) noexcept
{
    constexpr std::size_t to_session_id = 38; // type, length, version, random
    auto const byte_at = [message](std::size_t at) {
        return static_cast<unsigned char>(message[at]);
    };
    if (message.size() <= to_session_id || message.front() != SSL3_MT_SERVER_HELLO)
        return;
    auto const pair_at = [&](std::size_t at) { return byte_at(at) << 8 | byte_at(at + 1); };
    tls.version_answered = pair_at(4);
    // TLS 1.3 says 1.2 there, and itself in an extension (RFC 8446, 4.2.1).
    constexpr std::size_t from_session_id =
        1 + 2 + 1 + 2; // its length, cipher, compression, length
    std::size_t at = to_session_id + from_session_id + byte_at(to_session_id);
    constexpr int supported_versions = 43;
    while (at + 6 <= message.size()) {
        if (pair_at(at) == supported_versions)
            tls.version_answered = pair_at(at + 4);
        at += 4 + static_cast<std::size_t>(pair_at(at + 2));
    }
}

/// OpenSSL's report of each message of the handshake.
SEALSQL_INLINE void on_message(int is_ours, int, int type, void const* bytes, std::size_t size,
                               SSL*, void* state) noexcept
{
    if (type != SSL3_RT_HANDSHAKE)
        return;
    auto& tls = *static_cast<TlsState*>(state);
    std::string_view const message{static_cast<char const*>(bytes), size};
    try {
        if (is_ours == 1)
            note_client_hello(tls, message);
        else
            note_server_hello(tls, message);
    } catch (...) {
        // Out of memory: the next guess of the key share is as good as this one.
    }
}

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
    TlsPolicy const& policy = *tls.policy;
    return !policy.identity ||
           SSL_use_cert_and_key(ssl, policy.identity.certificate.get(), policy.identity.key.get(),
                                policy.identity.chain.get(), 1) == 1;
}

/// Whether sessions are taken up and kept. Not where the caller wants to be asked about each connection.
[[nodiscard]] SEALSQL_INLINE bool may_resume(SslOptions const& options) noexcept
{
    return options.session_resumption && !options.also_check;
}

[[nodiscard]] SEALSQL_INLINE int number_of(TlsVersion version) noexcept
{
    switch (version) {
    case TlsVersion::tls1_0:
        return TLS1_VERSION;
    case TlsVersion::tls1_1:
        return TLS1_1_VERSION;
    case TlsVersion::tls1_2:
        return TLS1_2_VERSION;
    case TlsVersion::tls1_3:
        return TLS1_3_VERSION;
    }
    return TLS1_3_VERSION;
}

/// @param only_tls1_3 where a session of TLS 1.3 is offered. TLS 1.2 is then left out with its ciphers: OpenSSL takes as
/// long to read their list as for a tenth of such a handshake. A server that has only TLS 1.2 by now is dialled again
/// (Session::connect()).
/// @return whether all of it is in force
[[nodiscard]] SEALSQL_INLINE bool apply_protocol(SSL* ssl, SslOptions const& options,
                                                 bool only_tls1_3)
{
    SSL_clear_options(ssl,
                      SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3);
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_set_mode(
        ssl, SSL_MODE_RELEASE_BUFFERS); // some 34 KiB that a pool's idle connections need not hold
    // 112 bits: RSA of 2048, no SHA-1 signatures. TLS before 1.2 cannot do without SHA-1.
    bool const is_legacy = options.min_version < TlsVersion::tls1_2;
    SSL_set_security_level(
        ssl, is_legacy ? 0 : std::max(SSL_get_security_level(ssl), options.security_level));
    auto const set_ciphers = [&] {
        std::string const ciphers =
            concat({options.ciphers.empty() ? std::string{"DEFAULT"} : join(options.ciphers), ":",
                    never_ciphers});
        return SSL_set_cipher_list(ssl, ciphers.c_str()) == 1;
    };
    int const min_version = only_tls1_3 ? TLS1_3_VERSION : number_of(options.min_version);
    return (only_tls1_3 || set_ciphers()) &&
           (options.cipher_suites.empty() ||
            SSL_set_ciphersuites(ssl, join(options.cipher_suites).c_str()) == 1) &&
           (options.groups.empty() ||
            SSL_set1_groups_list(ssl, join(options.groups).c_str()) == 1) &&
           SSL_set_min_proto_version(ssl, min_version) == 1 &&
           SSL_set_max_proto_version(ssl, number_of(options.max_version)) == 1;
}

/// @return whether all of it is in force
[[nodiscard]] SEALSQL_INLINE bool apply_policy(SSL* ssl, TlsPolicy const& policy,
                                               bool only_tls1_3 = false)
{
    VerifyMode const verify = policy.options.verify;
    if (!apply_protocol(ssl, policy.options, only_tls1_3))
        return false;
    SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
    if (verify != VerifyMode::none &&
        (!policy.trust || SSL_set1_verify_cert_store(ssl, policy.trust.get()) != 1))
        return false;
    if (verify == VerifyMode::identity) {
        X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(parameters, name_check_flags);
        if (policy.name.empty())
            return false;
        // One of several is looked for by find_name(): OpenSSL knows no "either a name or an address".
        int const set =
            !policy.other_names.empty() ? 1
            : policy.name_is_address
                ? X509_VERIFY_PARAM_set1_ip_asc(parameters, policy.name.c_str())
                : X509_VERIFY_PARAM_set1_host(parameters, policy.name.c_str(), policy.name.size());
        if (set != 1)
            return false;
    }
    return policy.sni_name.empty() || SSL_set_tlsext_host_name(ssl, policy.sni_name.c_str()) == 1;
}

/// OpenSSL's report that the server has sent all that proves it, perhaps with a stapled OCSP response. In TLS
/// 1.2 that comes behind the certificates, so it cannot be judged along with them.
/// @return 1: go on; 0: end the handshake
SEALSQL_INLINE int on_staple(SSL* ssl, void*) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr || call->state().tls.context != SSL_get_SSL_CTX(ssl))
        return 0;
    TlsState& tls = call->state().tls;
    if (SSL_session_reused(ssl) == 1)
        return 1; // it was judged when the session began
    try {
        ErrorQueueGuard const errors;
        unsigned char* bytes = nullptr;
        auto const size = SSL_get_tlsext_status_ocsp_resp(ssl, &bytes);
        STACK_OF(X509)* const chain = SSL_get0_verified_chain(ssl);
        OcspPolicy const& policy = tls.policy->options.ocsp_stapling;
        if (!tls.certificate_checked || sk_X509_num(chain) < 1 || !policy.is_on())
            return 0;
        std::string_view response;
        if (bytes != nullptr && size > 0)
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as OpenSSL has them
            response = {reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size)};
        tls.staple_checked = policy.check()(chain, response, policy.is_required(), tls.refusal,
                                            tls.staple_valid_until);
    } catch (...) {
        tls.staple_checked = false; // out of memory
    }
    tls.refused = !tls.staple_checked;
    tls.certificate_checked = tls.staple_checked;
    return tls.staple_checked ? 1 : 0;
}

/// Sets what decides about security, over whatever Connector/C has set.
/// @return whether all of it is in force
[[nodiscard]] SEALSQL_INLINE bool configure(SSL* ssl, ConnectionState& state)
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
    tls.ssl = ssl;
    set_receive_tick(tls.socket);
    SSL_set_read_ahead(ssl, 1); // one system call a record instead of two
    SSL_set_msg_callback(ssl, on_message);
    SSL_set_msg_callback_arg(ssl, &tls);

    if (!tls.policy)
        return false;
    KeptSession kept = may_resume(tls.policy->options) ? take_session(*tls.policy) : KeptSession{};
    tls.only_tls1_3 =
        kept.session && SSL_SESSION_get_protocol_version(kept.session.get()) == TLS1_3_VERSION;
    if (!apply_policy(ssl, *tls.policy, tls.only_tls1_3) || !present_identity(ssl, tls))
        return false;
    if (tls.policy->options.ocsp_stapling.is_on()) {
        if (SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp) != 1 ||
            SSL_CTX_set_tlsext_status_cb(SSL_get_SSL_CTX(ssl), on_staple) != 1)
            return false;
    }
    if (kept.session && SSL_set_session(ssl, kept.session.get()) == 1) {
        tls.session_offered = true;
        tls.session_valid_until = kept.valid_until;
        tls.session_identity_requested = kept.identity_requested;
        tls.groups = std::move(kept.groups);
        tls.session_peer = std::move(kept.peer);
        // In vain is no harm. The caller's own order is what he asked for.
        if (!tls.groups.empty())
            static_cast<void>(SSL_set1_groups_list(ssl, tls.groups.c_str()));
    }

    state.guard.hand_over();
    tls.configured = true;
    return true;
}

SEALSQL_INLINE void keep_outcome(SSL const* ssl, TlsState& tls)
{
    tls.version = SSL_get_version(ssl);
    tls.cipher = SSL_get_cipher_name(ssl);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): OpenSSL 3.0 forgot the const
    tls.resumed = SSL_session_reused(const_cast<SSL*>(ssl)) == 1;
    X509* const peer = SSL_get0_peer_certificate(ssl);
    if (peer != nullptr) {
        if (tls.policy->options.verify == VerifyMode::identity)
            tls.verified_name =
                tls.policy->other_names.empty() ? tls.policy->name : find_name(peer, *tls.policy);
        if (!tls.resumed || !tls.session_offered || !tls.session_peer)
            tls.session_peer = Shared<Certificate const>::make(read_certificate(peer));
        tls.peer = tls.session_peer;
    }
    // Whatever the reason that OpenSSL did not ask.
    if (!tls.resumed && tls.policy->options.ocsp_stapling.is_on() && !tls.staple_checked)
        tls.certificate_checked = false;
    // The check that was made when the session began, under an equal policy (session_cache.hpp).
    if (tls.resumed && tls.session_offered) {
        tls.certificate_checked = true;
        tls.identity_requested = tls.session_identity_requested;
    }
    if (tls.hellos > 1 && tls.policy->options.groups.empty())
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): as above
        tls.groups = groups_that_suit(const_cast<SSL*>(ssl), tls.offered_groups);
    // Alerts before this point were in plaintext, where anybody can have written them.
    tls.alert_received = -1;
    tls.finished = true;
}

/// When the first certificate, revocation list or OCSP response expires that the server was accepted by, in seconds since
/// 1970; zero if there is none.
[[nodiscard]] SEALSQL_INLINE std::int64_t first_expiry(SSL const* ssl, TlsState const& tls)
{
    X509 const* const peer = SSL_get0_peer_certificate(ssl);
    if (peer == nullptr)
        return 0;
    std::int64_t first = read_time(X509_get0_notAfter(peer)).time_since_epoch().count();
    STACK_OF(X509) const* const chain = SSL_get0_verified_chain(ssl);
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i)
        first = std::min<std::int64_t>(
            first,
            read_time(X509_get0_notAfter(sk_X509_value(chain, i))).time_since_epoch().count());
    if (tls.policy->options.ocsp_stapling.is_on())
        first = std::min(first, tls.staple_valid_until);
    stack_st_X509_CRL* const lists = tls.policy->revocation.lists.get();
    for (int i = 0; lists != nullptr && i < sk_X509_CRL_num(lists); ++i) {
        if (ASN1_TIME const* const next = X509_CRL_get0_nextUpdate(sk_X509_CRL_value(lists, i)))
            first = std::min<std::int64_t>(first, read_time(next).time_since_epoch().count());
    }
    return first;
}

/// OpenSSL's report of a session that can be resumed; in TLS 1.3 at any time after the handshake.
/// @return 0: OpenSSL keeps its own share
SEALSQL_INLINE int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr || call->state().tls.context != SSL_get_SSL_CTX(ssl))
        return 0;
    TlsState& tls = call->state().tls;
    try {
        bool const is_resumed = SSL_session_reused(ssl) == 1;
        if (SSL_SESSION_is_resumable(session) != 1 ||
            (is_resumed ? !tls.session_offered : !tls.certificate_checked))
            return 0;
        // A day at most (RFC 5246, F.1.4), also for sessions that grew out of it: so long may somebody who
        // has stolen the server's ticket keys play the server, and a CA that was withdrawn go unnoticed.
        constexpr std::int64_t longest = std::int64_t{24} * 3600;
        std::int64_t const valid_until =
            is_resumed
                ? tls.session_valid_until
                : std::min<std::int64_t>(first_expiry(ssl, tls), std::time(nullptr) + longest);
        // In TLS 1.2 the certificate is not read yet, and what is there came with the session that was offered.
        if (!is_resumed && !tls.finished)
            tls.session_peer.reset();
        // A copy: OpenSSL spoils its own when a connection ends without a goodbye.
        keep_session(tls.policy,
                     {TlsSession{SSL_SESSION_dup(session)}, valid_until,
                      is_resumed ? tls.session_identity_requested : tls.identity_requested,
                      tls.groups, tls.session_peer});
    } catch (...) {
        // The next handshake is a full one.
    }
    return 0;
}

/// Writes what decrypts the connection, as the caller asked for with `key_log_file`.
SEALSQL_INLINE void on_secret(SSL const* ssl, char const* line) noexcept
{
    CallScope const* const call = CallScope::current();
    if (call == nullptr || call->state().tls.context != SSL_get_SSL_CTX(ssl))
        return;
    try {
        std::string const whole = concat({line, "\n"});
        int const file = ::open(call->state().tls.policy->options.key_log_file.c_str(),
                                O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
                                S_IRUSR | S_IWUSR);
        if (file < 0)
            return;
        // One write, so that lines of several connections do not mix.
        [[maybe_unused]] ssize_t const written = ::write(file, whole.data(), whole.size());
        static_cast<void>(::close(file));
    } catch (...) {
        // The connection does not depend on it.
    }
}

/// OpenSSL's report of each step of the handshake on a context of ours.
SEALSQL_INLINE void on_handshake(SSL const* constant_ssl, int where, int value) noexcept
{
    CallScope* const call = CallScope::current();
    if (call == nullptr || call->state().tls.context != SSL_get_SSL_CTX(constant_ssl))
        return;
    ConnectionState& state = call->state();
    try {
        if ((where & SSL_CB_HANDSHAKE_START) != 0 && !state.tls.configured) {
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the documented place to do this
            SSL* const ssl = const_cast<SSL*>(constant_ssl);
            state.tls.handshake_begin = Clock::now();
            if (!configure(ssl, state))
                cut(state.tls.socket);
        } else if ((where & SSL_CB_HANDSHAKE_DONE) != 0 && !state.tls.finished) {
            keep_outcome(constant_ssl, state.tls);
            state.tls.handshake_end = Clock::now();
            call->begin_login();
            if (!state.tls.certificate_checked)
                cut(state.tls.socket);
        } else if ((where & SSL_CB_ALERT) != 0) {
            int const description = value & 0xFF;
            bool const is_warning =
                value >> 8 == SSL3_AL_WARNING && description != SSL3_AD_CLOSE_NOTIFY;
            if (is_warning)
                return; // what ends the handshake is said by an alert of its own
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
    if (call == nullptr || !call->state().tls.policy || call->state().tls.context != nullptr)
        return;
    auto* const context = static_cast<SSL_CTX*>(parent);
    call->state().tls.context = context;
    SSL_CTX_set_info_callback(context, on_handshake);
    SSL_CTX_set_cert_verify_callback(context, verify_certificate, nullptr);
    SslOptions const& options = call->state().tls.policy->options;
    if (may_resume(options)) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, on_new_session);
    }
    if (!options.key_log_file.empty())
        SSL_CTX_set_keylog_callback(context, on_secret);
}

/// @see tls_is_gone
[[nodiscard]] SEALSQL_INLINE std::atomic<bool>& tls_end() noexcept
{
    static constinit std::atomic<bool> is_gone{false};
    return is_gone;
}

SEALSQL_INLINE bool tls_is_gone() noexcept { return tls_end().load(std::memory_order_relaxed); }

SEALSQL_INLINE bool call_before_tls_goes(void (*act)()) noexcept
{
    return OPENSSL_atexit(act) == 1;
}

SEALSQL_INLINE void register_birth_hook()
{
    // Fails where it is too late.
    if (OPENSSL_atexit([]() noexcept { tls_end().store(true); }) != 1)
        tls_end().store(true);
    static int const index = CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nullptr,
                                                     on_context_born, nullptr, nullptr);
    if (index < 0)
        throw tls_error(TlsReason::backend_unusable, TlsStage::configuration,
                        "OpenSSL does not let the TLS engine register itself", {});
}

} // namespace sealsql::inline SEALSQL_ABI::detail

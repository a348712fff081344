#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/capi.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/error_queue.hpp>
#include <sealsql/detail/greeting_guard.hpp>
#include <sealsql/detail/login_screen.hpp>
#include <sealsql/detail/read_certificate.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/tls_engine.hpp>
#include <sealsql/error.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/ssl_options.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

/// @file
/// Why a session failed, in words: what the guard, the TLS engine and Connector/C know, put together
/// into one error with one cure.

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE ErrorOrigin Session::peer_origin() const noexcept
{
    bool const verified = has_tls_ ? tls_.verify_mode != VerifyMode::none || tls_.pinned
                                   : state_->tls.peer_is_verified();
    return verified || is_local_socket_ ? ErrorOrigin::server : ErrorOrigin::unauthenticated_peer;
}

/// Throws what the guard found; nothing if that is nothing.
SEALSQL_INLINE void throw_guard_verdict(GreetingGuard const& guard, std::string const& target,
                                        bool is_local_socket, bool needs_tls)
{
    using Verdict = GreetingGuard::Verdict;
    auto const refuse = [&](TlsReason reason, std::string message, std::string remedy) {
        // A server whose SSL was switched off may get it back.
        throw tls_error(reason, TlsStage::greeting, std::move(message), std::move(remedy), nullptr,
                        reason == TlsReason::tls_not_offered);
    };
    switch (guard.verdict()) {
    case Verdict::pass:
        return;
    case Verdict::tls_not_offered:
        refuse(
            TlsReason::tls_not_offered,
            concat({target,
                    " does not offer TLS, or somebody on the way removed the offer; nothing was "
                    "sent"}),
            is_local_socket
                ? "switch TLS on in the server (ssl_cert and ssl_key), or use "
                  "plaintext_over_local_socket() instead of ssl()"
                : "switch TLS on in the server (MySQL and MariaDB: ssl_cert and ssl_key); only for a "
                  "network that nobody else can reach, insecure_plaintext_over_network() goes without");
        return;
    case Verdict::bytes_after_greeting:
        refuse(TlsReason::bytes_before_tls,
               concat({"bytes that no server sends came before TLS from ", target,
                       ": somebody on the way tries to inject data; nothing was sent"}),
               "find out who sits between this program and the server");
        return;
    case Verdict::error_packet: {
        int const code = guard.claimed_code();
        std::string const text =
            concat({"instead of a greeting, error ", std::to_string(code), " came from ", target,
                    " before TLS, where nobody vouches for it; it says: ",
                    printable(guard.claimed_message())});
        if (needs_tls)
            throw TlsError{
                {.code = error_code::tls_error,
                 .message = text,
                 .remedy = "look into the server's log for the same error; if it is not there, "
                           "somebody on the way wrote it",
                 .origin = ErrorOrigin::unauthenticated_peer,
                 .retryable = is_retryable(code, guard.claimed_message()),
                 .poisons_connection = true},
                TlsReason::error_before_tls,
                TlsStage::greeting};
        throw Error{
            {.code = code,
             .message = text,
             .remedy = {},
             .origin = is_local_socket ? ErrorOrigin::server : ErrorOrigin::unauthenticated_peer,
             .retryable = is_retryable(code, guard.claimed_message()),
             .poisons_connection = true}};
    }
    case Verdict::malformed_greeting:
        refuse(TlsReason::malformed_greeting,
               concat({"what answers at ", target, " is no MySQL server of version 5.5 or later"}),
               is_local_socket ? "check the path given to to_socket()"
                               : "check the host and port given to to_host()");
        return;
    case Verdict::unexpected_write:
        refuse(TlsReason::backend_unusable,
               concat({"Connector/C answered ", target, " before TLS; the connection was cut"}),
               "use MariaDB Connector/C 3.3 or 3.4 as released");
        return;
    }
}

[[nodiscard]] SEALSQL_INLINE std::string describe_names(Certificate const& certificate)
{
    constexpr std::size_t most = 12;
    std::string names;
    std::size_t count = 0;
    auto const add = [&](std::string const& name) {
        if (++count <= most)
            names += concat({count == 1 ? "" : ", ", brief(name)});
    };
    for (std::string const& name : certificate.dns_names)
        add(name);
    for (std::string const& address : certificate.ip_addresses)
        add(address);
    if (count > most)
        names += concat({" and ", std::to_string(count - most), " more"});
    return count == 0 ? "no name at all in its subjectAltName" : names;
}

/// A version as it stands on the wire.
[[nodiscard]] SEALSQL_INLINE char const* version_name(int number) noexcept
{
    switch (number) {
    case 0x0300:
        return "SSLv3";
    case 0x0301:
        return to_string(TlsVersion::tls1_0);
    case 0x0302:
        return to_string(TlsVersion::tls1_1);
    case 0x0303:
        return to_string(TlsVersion::tls1_2);
    case 0x0304:
        return to_string(TlsVersion::tls1_3);
    default:
        return "a version that there is not";
    }
}

/// What both sides said about versions.
[[nodiscard]] SEALSQL_INLINE std::string describe_versions(TlsState const& tls)
{
    SslOptions const& options = tls.policy->options;
    return concat({"this side offered ", to_string(options.min_version), " to ",
                   to_string(options.max_version), ", and the other side answered ",
                   tls.version_answered != 0 ? version_name(tls.version_answered)
                                             : "that it has none of them"});
}

[[nodiscard]] SEALSQL_INLINE char const* remedy_for_version(SslOptions const& options) noexcept
{
    if (options.min_version != TlsVersion::tls1_2 || options.max_version != TlsVersion::tls1_3)
        return "update the server, or allow what it has by .min_version and .max_version in SslOptions";
    return "update the server; TLS 1.2 is in MySQL since 5.7 and in MariaDB since 10.1. For one that "
           "has to stay as it is, on a network that nobody else can reach, there are .min_version and "
           ".insecure_legacy_tls in SslOptions";
}

/// `a` or `a or b`, of which the certificate should have been for one.
[[nodiscard]] SEALSQL_INLINE std::string wanted_names(TlsPolicy const& policy)
{
    constexpr std::size_t most = 12;
    std::string names = printable(policy.name);
    std::size_t count = 0;
    for (std::string const& name : policy.other_names) {
        if (++count <= most)
            names += concat({" or ", printable(name)});
    }
    if (count > most)
        names += concat({" or ", std::to_string(count - most), " more"});
    return names;
}

[[noreturn]] SEALSQL_INLINE void throw_certificate_refusal(CertificateRefusal const& refusal,
                                                           TlsPolicy const& policy,
                                                           std::string const& target,
                                                           std::string const& trusted)
{
    Certificate const& certificate = refusal.certificate;
    std::string const which =
        refusal.depth == 0
            ? concat({"the certificate of ", target, " (", brief(certificate.subject), ")"})
            : concat({"the CA certificate (", brief(certificate.subject), ") at depth ",
                      std::to_string(refusal.depth), " in the chain of ", target});
    std::string const now = concat({"; this machine's clock says ", format_now()});
    std::string message;
    std::string remedy;
    switch (refusal.reason) {
    case TlsReason::name_mismatch:
        message = concat({which, " is not for ", wanted_names(policy), ": it is for ",
                          describe_names(certificate)});
        remedy =
            "connect by one of these names; if you know that this is the right server, name it in "
            ".ssl({.server_name = …})";
        break;
    case TlsReason::expired:
        message = concat({which, " expired on ", format_time(certificate.not_after), now});
        remedy = refusal.depth == 0 ? "renew the server's certificate"
                                    : "renew the CA and give its new certificate as .ca";
        break;
    case TlsReason::not_yet_valid:
        message =
            concat({which, " is valid from ", format_time(certificate.not_before), " only", now});
        remedy = "set the clock of this machine, or that of the machine that made the certificate";
        break;
    case TlsReason::self_signed:
        message = concat({which, " is self-signed and not one of ", trusted, "; the server sent ",
                          refusal.sent});
        remedy =
            "give the CA that the server's operator hands out as .ca in SslOptions; if this is "
            "it, somebody else is answering";
        break;
    case TlsReason::issuer_not_trusted:
        message =
            concat({which, " leads to no trusted CA: it was issued by ", brief(certificate.issuer),
                    ", trusted are ", trusted, ", and the server sent ", refusal.sent});
        remedy =
            "give the certificate of that CA as .ca in SslOptions (a new one if the server got "
            "a new certificate), and let the server send its intermediate certificates";
        break;
    case TlsReason::wrong_purpose:
        message = concat({which, " may not be used for this: ", refusal.detail});
        remedy = refusal.depth == 0
                     ? "give the server a certificate that was made for TLS servers (serverAuth)"
                     : "give the server a certificate of a CA that may issue it";
        break;
    case TlsReason::too_weak:
        message = concat({which, " is too weak: ", refusal.detail});
        remedy = policy.options.security_level > min_security_level
                     ? "renew it with a stronger key, or lower .security_level in SslOptions"
                     : "renew it with RSA of at least 2048 bits or an elliptic curve, and SHA-256";
        break;
    case TlsReason::pin_mismatch:
        message = concat({which, " is none that .pins in SslOptions know: ", refusal.detail});
        remedy = refusal.remedy;
        break;
    case TlsReason::revoked:
        message = concat({which, " was revoked: ", refusal.detail});
        remedy = refusal.remedy;
        break;
    case TlsReason::revocation_unknown:
        message = concat({which, " may have been revoked: ", refusal.detail, now});
        remedy = refusal.remedy;
        break;
    default:
        message = concat({which, " was refused: ", refusal.detail});
        remedy = refusal.remedy.empty() ? "renew the server's certificate" : refusal.remedy;
        break;
    }
    message += ". Nothing of the login was sent";
    throw tls_error(refusal.reason, TlsStage::verification, std::move(message), std::move(remedy),
                    &certificate, false, refusal.depth);
}

/// Whether an alert (RFC 8446, 6.2) says that a message broke the rules, and not that it is not wanted.
[[nodiscard]] SEALSQL_INLINE bool complains_of_form(int alert) noexcept
{
    switch (alert) {
    case 10: // unexpected_message
    case 20: // bad_record_mac
    case 22: // record_overflow
    case 42: // bad_certificate: one that cannot be read, since a refused one has an error of its own
    case 47:  // illegal_parameter
    case 50:  // decode_error
    case 51:  // decrypt_error
    case 109: // missing_extension
    case 110: // unsupported_extension
        return true;
    default:
        return false;
    }
}

/// Whether an alert says that the other side does not accept our certificate, or that we have none.
[[nodiscard]] SEALSQL_INLINE bool refuses_identity(TlsState const& tls) noexcept
{
    switch (tls.alert_received) {
    case 40: // handshake_failure: what TLS 1.2 says when there is none
        return tls.identity_requested && !tls.policy->identity;
    case 42:  // bad_certificate
    case 43:  // unsupported_certificate
    case 44:  // certificate_revoked
    case 45:  // certificate_expired
    case 46:  // certificate_unknown
    case 48:  // unknown_ca
    case 49:  // access_denied
    case 116: // certificate_required
        return true;
    default:
        return false;
    }
}

[[nodiscard]] SEALSQL_INLINE std::string subject_of(TlsState const& tls)
{
    return tls.policy->identity ? read_certificate(tls.policy->identity.certificate.get()).subject
                                : std::string{};
}

[[nodiscard]] SEALSQL_INLINE std::string remedy_for_identity(TlsState const& tls)
{
    if (!tls.policy->identity)
        return "the server demands a client certificate: give it as .identity in SslOptions";
    return concat({"the server does not accept the client certificate (", subject_of(tls),
                   "): let the server's ssl_ca hold the CA that made it, or give another one as "
                   ".identity in SslOptions"});
}

/// What the server's "access denied" leaves out when TLS is used: accounts may demand a certificate.
[[nodiscard]] SEALSQL_INLINE std::string remedy_for_denied(TlsState const& tls)
{
    constexpr char const* usual =
        "check the user and password given to login(), and from which hosts the server allows this "
        "user; ";
    if (!tls.policy->identity)
        return concat({usual, "if the user's account demands a client certificate (REQUIRE X509, "
                              "SUBJECT or ISSUER), give it as .identity in SslOptions"});
    if (!tls.identity_requested)
        return concat({usual, "the server did not ask for the client certificate: if the user's "
                              "account demands one, set ssl_ca in the server"});
    return concat({usual,
                   "if the user's account demands a client certificate, check that its SUBJECT "
                   "and ISSUER are those of .identity in SslOptions (",
                   subject_of(tls), ")"});
}

/// Throws why the handshake failed; nothing if it did not.
/// @param text what OpenSSL or Connector/C says
SEALSQL_INLINE void throw_handshake_failure(ConnectionState const& state, std::string const& target,
                                            std::string const& trusted, std::string const& text)
{
    TlsState const& tls = state.tls;
    if (tls.refused)
        throw_certificate_refusal(tls.refusal, *tls.policy, target, trusted);
    bool const in_handshake = tls.context != nullptr && !tls.finished;
    if (!in_handshake) {
        if (tls.finished && refuses_identity(tls))
            throw tls_error(TlsReason::handshake_refused, TlsStage::handshake,
                            concat({target, " refused this side at the end of the TLS handshake: ",
                                    alert_text(tls.alert_received)}),
                            remedy_for_identity(tls));
        return;
    }
    auto const refuse = [&](TlsReason reason, std::string_view message, std::string remedy,
                            bool retryable = false) {
        throw tls_error(reason, TlsStage::handshake,
                        concat({"the TLS handshake with ", target, " ", message,
                                "; nothing of the login was sent"}),
                        std::move(remedy), nullptr, retryable);
    };
    constexpr int alert_protocol_version = 70;
    if (state.timed_out)
        refuse(TlsReason::timed_out,
               concat({"did not end within ", std::to_string(state.timeout.count()), " ms"}),
               concat({"check that a MySQL server answers there; ", state.timeout_call,
                       " sets the time"}),
               true);
    if (tls.alert_received == alert_protocol_version || tls.alert_sent == alert_protocol_version)
        refuse(TlsReason::protocol_version,
               concat({"found no common version: ", describe_versions(tls)}),
               remedy_for_version(tls.policy->options));
    if (refuses_identity(tls))
        refuse(TlsReason::handshake_refused,
               concat({"was refused by the other side: ", alert_text(tls.alert_received)}),
               remedy_for_identity(tls));
    constexpr int alert_close_notify = 0; // no complaint, but the end
    if (tls.alert_received > alert_close_notify)
        refuse(TlsReason::handshake_refused,
               concat({"was refused by the other side: ", alert_text(tls.alert_received)}),
               "look into the server's log: the two sides may have no common cipher; .ciphers, "
               ".cipher_suites and .groups in SslOptions say what this side allows");
    if (complains_of_form(tls.alert_sent))
        refuse(TlsReason::handshake_malformed, concat({"broke its rules: ", printable(text)}),
               "check that a MySQL server answers there");
    if (tls.alert_sent >= 0)
        refuse(TlsReason::handshake_refused,
               concat({"was refused by this side: ", printable(text)}),
               "the two sides have nothing in common that is strong enough: update the server");
    if (text.find("wrong version number") != std::string::npos)
        refuse(TlsReason::handshake_malformed, "got an answer that is not TLS",
               "check that a MySQL server answers there, and no proxy that ends TLS");
    if (!tls.configured)
        throw tls_error(
            TlsReason::backend_unusable, TlsStage::handshake,
            concat({"OpenSSL did not accept the TLS settings for ", target, ": ", printable(text)}),
            "check .server_name, and the ciphers in OpenSSL's configuration file");
    // Connector/C's own words for it are about a query.
    bool const is_usual = text.find("Lost connection") != std::string::npos;
    refuse(TlsReason::handshake_closed,
           concat({"was cut short by the other side", is_usual ? "" : ": ",
                   is_usual ? std::string{} : printable(text)}),
           "try again; if it stays, look into the server's log", true);
}

SEALSQL_INLINE void Session::throw_tls_failure(std::string const& text)
{
    TlsState const& tls = state_->tls;
    using Phase = GreetingGuard::Phase;
    Phase const phase = state_->guard.phase();
    bool const answers_greeting =
        static_cast<int>(mysql_errno(handle_.get())) == error_code::auth_plugin_not_allowed;
    if ((phase == Phase::greeting && answers_greeting) ||
        (phase == Phase::before_handshake && tls.context == nullptr))
        throw tls_error(TlsReason::backend_unusable, TlsStage::greeting,
                        concat({"Connector/C did not ask sealsql about ", target_,
                                "; the connection was given up"}),
                        "link Connector/C dynamically, so that both share one OpenSSL");
    throw_handshake_failure(*state_, target_, trusted_, text);
}

/// Whether an ERR packet ended inside its SQLSTATE. Connector/C then takes for the message what happens
/// to lie behind the packet in its buffer: during a login, part of the password.
[[nodiscard]] SEALSQL_INLINE bool is_cut_short(std::string_view sqlstate) noexcept
{
    return sqlstate.size() != 5;
}

SEALSQL_INLINE void Session::throw_method_refused(std::string const& where, std::string_view method)
{
    bool const has_tls = state_->tls.finished;
    bool const is_verified = has_tls && state_->tls.peer_is_verified();
    std::string_view const who = is_verified ? ", whose certificate was checked,"
                                 : is_local_socket_
                                     ? ""
                                     : ", or somebody in its place (it was not verified),";
    std::string message = concat({where, who, " asks for the login method ", printable(method)});
    std::string remedy =
        "let the user log in with caching_sha2_password, mysql_native_password or ed25519; nothing in "
        "sealsql permits this method";
    LoginMethod const* known = nullptr;
    for (LoginMethod const& one : all_login_methods) {
        if (to_string(one) == method)
            known = &one;
    }
    if (known != nullptr) {
        bool const shows = shows_password(*known);
        if (shows)
            message += ", which shows it the password";
        if (shows && !is_verified)
            remedy = "only a verified server may ask for it: call ssl() with VerifyMode::identity, "
                     "VerifyMode::ca or .pins, and name the method in login_methods()";
        else if (!has_tls && state_->methods.contains(*known))
            remedy =
                "without TLS it would show the password on the way: call ssl() instead of what "
                "chose plaintext";
        else
            remedy = concat({shows ? "if this server may see the password, call "
                                   : "if the user is to log in with it, call ",
                             "login_methods({LoginMethod::", method,
                             "}) with it and all others that may be used"});
    }
    throw fatal_client_error(error_code::auth_plugin_not_allowed,
                             concat({message, "; it was not answered"}), std::move(remedy));
}

/// What the server did wrong during the login, if it did.
SEALSQL_INLINE void Session::throw_login_verdict(std::string const& where)
{
    using Verdict = LoginScreen::Verdict;
    auto const refuse = [&](std::string_view what) {
        throw fatal_client_error(error_code::malformed_packet,
                                 concat({where, " breaks the protocol: ", what}),
                                 "check that a MySQL server answers there");
    };
    switch (state_->login_screen.verdict()) {
    case Verdict::pass:
        return;
    case Verdict::method_refused:
        throw_method_refused(where, state_->login_screen.asked_for());
    case Verdict::old_password:
        throw_method_refused(where, "mysql_old_password");
    case Verdict::second_factor:
        throw fatal_client_error(
            error_code::auth_plugin_not_allowed,
            concat({where, " asks for a second factor, and Connector/C knows one only"}),
            "let the user log in with one factor");
    case Verdict::another_question:
        throw fatal_client_error(
            error_code::auth_plugin_not_allowed,
            concat({where,
                    " asks for something else than the password, and nobody is here to answer"}),
            "let the server's PAM service ask for the password, once, and nothing else");
    case Verdict::too_much:
        refuse("it sends more than any server does while logging in");
        return;
    case Verdict::out_of_order:
        refuse("its packets are out of order");
        return;
    case Verdict::malformed:
        refuse("during the login it sent a packet that is none");
        return;
    }
}

SEALSQL_INLINE void Session::throw_connect_failure(std::string const& address)
{
    MYSQL* const handle = handle_.get();
    int const code = static_cast<int>(mysql_errno(handle));
    std::string const text = mysql_error(handle);
    std::string const state = mysql_sqlstate(handle);
    // What is thrown here ends the session, so nothing is left to say goodbye to.
    throw_guard_verdict(state_->guard, target_, is_local_socket_, needs_tls_);
    if (state_->interrupted && !state_->tls.refused)
        limit_->on_lost(*this);
    throw_tls_failure(text);
    if (is_cut_short(state))
        throw fatal_client_error(error_code::malformed_packet,
                                 concat({target_, " breaks the protocol: it sent half an error"}),
                                 "check that a MySQL server answers there");

    std::string const where =
        target_ +
        (address.empty() || target_.starts_with(address) ? "" : concat({" (", address, ")"}));
    throw_login_verdict(where);
    bool const dialling = state_->guard.phase() == GreetingGuard::Phase::greeting;
    if (state_->timed_out) {
        std::string const time = concat({std::to_string(state_->timeout.count()), " ms"});
        throw fatal_client_error(
            dialling ? error_code::conn_host_error : error_code::server_lost,
            !dialling         ? concat({where, " did not complete the login within ", time})
            : state_->dialled ? concat({"no greeting came from ", where, " within ", time})
                              : concat({where, " did not accept a TCP connection within ", time}),
            concat({"check that a MySQL server answers there; ", state_->timeout_call,
                    " sets the time"}));
    }
    switch (code) {
    case error_code::connection_error:
    case error_code::conn_host_error: {
        // The number at the end of "Can't connect to server on '%s' (%d)" is the system's.
        auto const open = text.rfind('(');
        int const number = state_->dial_error != 0 ? state_->dial_error
                           : open == std::string::npos
                               ? 0
                               : std::atoi(text.c_str() + open + 1); // NOLINT(cert-err34-c)
        throw fatal_client_error(
            is_local_socket_ ? error_code::connection_error : error_code::conn_host_error,
            concat({"cannot connect to ", where, ": ",
                    (number > 0 ? std::generic_category().message(number) : printable(text))}),
            is_local_socket_
                ? "check the path given to to_socket(), and that the server runs"
                : "check the host and port given to to_host(), and that the server runs");
    }
    case error_code::server_gone:
    case error_code::server_lost:
    case error_code::tls_error: // after the handshake: the connection below it broke
        throw fatal_client_error(
            error_code::server_lost,
            concat({where, " closed the connection ",
                    (dialling ? "instead of sending a greeting" : "during the login")}),
            !state_->tls.identity_requested
                ? "look into the server's log; a proxy or firewall in between does this, too"
            : state_->tls.policy->identity
                ? "look into the server's log: it may not accept the client certificate, which is "
                  ".identity in SslOptions; a proxy or firewall in between does this, too"
                : "look into the server's log: it may demand a client certificate, which .identity in "
                  "SslOptions gives; a proxy or firewall in between does this, too");
    case error_code::cannot_read_charset:
        throw client_error(code, "Connector/C does not know this character set",
                           "check the name given to character_set()");
    case error_code::auth_plugin_cannot_load:
        throw fatal_client_error(
            code,
            concat(
                {"the login method that ", where, " asks for cannot be loaded: ", printable(text)}),
            "install Connector/C's plugins, or set MARIADB_PLUGIN_DIR to their "
            "folder");
    case error_code::auth_plugin_not_allowed:
        throw fatal_client_error(
            code, concat({"no method that login_methods() names may be used to log in on ", where}),
            "use TLS: call ssl() instead of what chose plaintext, or name other methods");
    case error_code::malformed_packet:
    case error_code::packet_too_large:
        throw fatal_client_error(code, concat({where, " breaks the protocol: ", printable(text)}),
                                 "check that a MySQL server answers there");
    default:
        break;
    }
    if (code >= error_code::unknown_error && code < 3000)
        throw fatal_client_error(code,
                                 concat({"the login on ", where, " failed: ", printable(text)}));
    bool const may_miss_identity = code == error_code::access_denied && state_->tls.finished;
    throw peer_error(code, state, text, peer_origin(),
                     concat({"the login on ", where, " failed; "}),
                     may_miss_identity ? remedy_for_denied(state_->tls) : std::string{});
}

SEALSQL_INLINE void Session::throw_too_large()
{
    std::string const prefix{!what_failed_.empty() ? what_failed_ : "the statement failed; "};
    close();
    throw fatal_client_error(
        error_code::packet_too_large,
        concat({prefix, "a packet is larger than ", std::to_string(max_allowed_packet_),
                " bytes; the connection is closed"}),
        "raise max_allowed_packet() if such values are expected");
}

SEALSQL_INLINE void Session::throw_lost(std::string_view what_failed, char const* timeout_call)
{
    bool const timed_out = state_->timed_out;
    if (limit_ != nullptr)
        limit_->on_lost(*this);
    close();
    std::string const prefix{what_failed};
    if (timed_out)
        throw fatal_client_error(
            error_code::server_lost,
            concat({prefix, target_, " did not answer in time; the connection is closed"}),
            concat({"give ", limiting_call_ != nullptr ? limiting_call_ : timeout_call,
                    " a longer time if the statement needs it"}));
    throw fatal_client_error(error_code::server_lost,
                             concat({prefix, "the connection to ", target_, " is lost"}),
                             "connect again; whether the statement took effect is not known");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

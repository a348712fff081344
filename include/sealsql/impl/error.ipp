#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(TlsReason reason) noexcept
{
    switch (reason) {
    case TlsReason::options_contradict:
        return "options_contradict";
    case TlsReason::ca_unreadable:
        return "ca_unreadable";
    case TlsReason::ca_malformed:
        return "ca_malformed";
    case TlsReason::identity_unreadable:
        return "identity_unreadable";
    case TlsReason::identity_malformed:
        return "identity_malformed";
    case TlsReason::identity_locked:
        return "identity_locked";
    case TlsReason::identity_mismatch:
        return "identity_mismatch";
    case TlsReason::backend_unusable:
        return "backend_unusable";
    case TlsReason::tls_not_offered:
        return "tls_not_offered";
    case TlsReason::bytes_before_tls:
        return "bytes_before_tls";
    case TlsReason::error_before_tls:
        return "error_before_tls";
    case TlsReason::malformed_greeting:
        return "malformed_greeting";
    case TlsReason::protocol_version:
        return "protocol_version";
    case TlsReason::handshake_refused:
        return "handshake_refused";
    case TlsReason::handshake_closed:
        return "handshake_closed";
    case TlsReason::handshake_malformed:
        return "handshake_malformed";
    case TlsReason::timed_out:
        return "timed_out";
    case TlsReason::issuer_not_trusted:
        return "issuer_not_trusted";
    case TlsReason::self_signed:
        return "self_signed";
    case TlsReason::expired:
        return "expired";
    case TlsReason::not_yet_valid:
        return "not_yet_valid";
    case TlsReason::name_mismatch:
        return "name_mismatch";
    case TlsReason::wrong_purpose:
        return "wrong_purpose";
    case TlsReason::too_weak:
        return "too_weak";
    case TlsReason::pin_mismatch:
        return "pin_mismatch";
    case TlsReason::revoked:
        return "revoked";
    case TlsReason::revocation_unknown:
        return "revocation_unknown";
    case TlsReason::chain_too_long:
        return "chain_too_long";
    case TlsReason::certificate_rejected:
        return "certificate_rejected";
    }
    return "unknown";
}

SEALSQL_INLINE char const* to_string(TlsStage stage) noexcept
{
    switch (stage) {
    case TlsStage::configuration:
        return "configuration";
    case TlsStage::greeting:
        return "greeting";
    case TlsStage::handshake:
        return "handshake";
    case TlsStage::verification:
        return "verification";
    }
    return "unknown";
}

SEALSQL_INLINE char const* to_string(ErrorOrigin origin) noexcept
{
    switch (origin) {
    case ErrorOrigin::client:
        return "client";
    case ErrorOrigin::server:
        return "server";
    case ErrorOrigin::unauthenticated_peer:
        return "unauthenticated_peer";
    }
    return "unknown";
}

SEALSQL_INLINE char const* to_string(CancelReason reason) noexcept
{
    switch (reason) {
    case CancelReason::none:
        return "none";
    case CancelReason::deadline:
        return "deadline";
    case CancelReason::stop_requested:
        return "stop_requested";
    }
    return "unknown";
}

SEALSQL_INLINE char const* to_string(CancelOutcome outcome) noexcept
{
    switch (outcome) {
    case CancelOutcome::not_sent:
        return "not_sent";
    case CancelOutcome::interrupted:
        return "interrupted";
    case CancelOutcome::completed:
        return "completed";
    case CancelOutcome::unknown:
        break;
    }
    return "unknown";
}

SEALSQL_INLINE Error::Error(detail::ErrorData data)
{
    std::string what = data.message;
    if (data.origin != ErrorOrigin::client) // a server's number is what people look for
        what += detail::concat({" (error ", std::to_string(data.code), ")"});
    if (!data.remedy.empty())
        what += detail::concat({" -- ", data.remedy});
    contents_ = detail::Shared<Contents const>::make(Contents{std::move(data), std::move(what)});
}

namespace detail {

SEALSQL_INLINE bool is_retryable(int code, std::string_view text) noexcept
{
    auto const says = [&](std::string_view words) { return text.find(words) != text.npos; };
    switch (code) {
    case error_code::option_prevents_statement:
        return says("read-only") || says("read_only"); // and not, say, --secure-file-priv
    case error_code::user_limit_reached:
        return says("max_user_connections"); // the other limits are for an hour
    case error_code::not_in_cluster:
        return says("WSREP"); // otherwise the command is unknown
    case error_code::error_during_commit:
        return says("Got error 149 "); // a deadlock, as members of a group have it with each other
    case error_code::connection_error:
    case error_code::conn_host_error:
    case error_code::server_gone:
    case error_code::server_lost:
    case error_code::server_lost_extended:
    case error_code::too_many_connections:
    case error_code::server_shutdown:
    case error_code::record_changed:
    case error_code::cannot_create_thread:
    case error_code::too_many_user_connections:
    case error_code::lock_wait_timeout:
    case error_code::deadlock:
    case error_code::statement_outdated:
    case error_code::read_only_transaction:
    case error_code::read_only_mode:
    case error_code::innodb_read_only:
    case error_code::connection_killed:
    case error_code::offline_mode:
    case error_code::user_lock_deadlock:
    case error_code::transaction_rollback_during_commit:
    case error_code::session_killed:
    case error_code::idle_disconnect:
        return true;
    default:
        return false;
    }
}

SEALSQL_INLINE bool is_cured_by_newer_files(TlsReason reason, TlsStage stage) noexcept
{
    switch (reason) {
    case TlsReason::issuer_not_trusted:
    case TlsReason::self_signed:
    case TlsReason::expired:
    case TlsReason::not_yet_valid:
    case TlsReason::revocation_unknown:
        return stage == TlsStage::verification; // before it, what the options name is wrong
    default:
        return false;
    }
}

SEALSQL_INLINE bool poisons_connection(int code) noexcept
{
    switch (code) {
    case error_code::connection_error:
    case error_code::conn_host_error:
    case error_code::server_gone:
    case error_code::server_lost:
    case error_code::server_lost_extended:
    case error_code::packet_too_large:
    case error_code::tls_error:
    case error_code::malformed_packet:
    case error_code::too_many_connections:
    case error_code::server_shutdown:
    case error_code::statement_too_large: // servers then close
    case error_code::cannot_create_thread:
    case error_code::connection_killed:
    case error_code::offline_mode:
    case error_code::session_killed:
    case error_code::idle_disconnect:
        return true;
    default:
        return false;
    }
}

SEALSQL_INLINE Error client_error(int code, std::string message, std::string remedy,
                                  std::string_view sqlstate)
{
    return Error{{.code = code,
                  .sqlstate = std::string{sqlstate},
                  .message = std::move(message),
                  .remedy = std::move(remedy),
                  .origin = ErrorOrigin::client,
                  .retryable = is_retryable(code),
                  .poisons_connection = poisons_connection(code)}};
}

SEALSQL_INLINE Error fatal_client_error(int code, std::string message, std::string remedy)
{
    return Error{{.code = code,
                  .message = std::move(message),
                  .remedy = std::move(remedy),
                  .origin = ErrorOrigin::client,
                  .retryable = is_retryable(code),
                  .poisons_connection = true}};
}

/// What the server's own text leaves out.
[[nodiscard]] SEALSQL_INLINE std::string remedy_for(int code, std::string_view text)
{
    switch (code) {
    case error_code::access_denied:
        return "check the user and password given to login(), and from which hosts the server allows "
               "this user; the server answers the same when it demands TLS or a client certificate";
    case error_code::secure_transport_required:
        return "the server demands TLS: call ssl() instead of insecure_plaintext_over_network() or "
               "insecure_tls_if_offered()";
    case error_code::database_access_denied:
    case error_code::unknown_database:
        return "check the database's name, given to database() or in the statement, and what this user was "
               "granted";
    case error_code::syntax_error:
        if (text.find("near '?") != text.npos)
            return "a ? stands for a value: give one for each as a parameter; without any the statement is sent "
                   "as text, in which ? means nothing";
        if (text.find("near ':") != text.npos)
            return "write ? for a value, or give the statement to named() of <sealsql/named_parameters.hpp>";
        return {}; // the text points to the place
    case error_code::lock_wait_timeout:
    case error_code::deadlock:
        return "run the whole transaction again, as run_transaction() of <sealsql/retry.hpp> does";
    case error_code::local_infile_off:
    case error_code::local_infile_off_mariadb:
        return "connect with local_infile(), and use load_data() of <sealsql/load_data.hpp>; the server's variable "
               "local_infile has to be ON";
    case error_code::too_many_connections:
        return "try again later, or raise the server's max_connections";
    default:
        return {};
    }
}

/// Five digits and capital letters, by the SQL standard.
[[nodiscard]] SEALSQL_INLINE bool is_sqlstate(std::string_view text) noexcept
{
    return text.size() == 5 &&
           text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

/// Whether this is of the class of transactions that were rolled back, which a procedure may give as its reason, too; 40003 is that
/// nobody knows.
[[nodiscard]] SEALSQL_INLINE bool says_rolled_back(std::string_view sqlstate) noexcept
{
    return sqlstate.substr(0, 2) == "40" && sqlstate != "40003";
}

SEALSQL_INLINE Error peer_error(int code, std::string_view sqlstate, std::string_view text,
                                ErrorOrigin origin, std::string_view what_failed,
                                std::string remedy)
{
    std::string message{what_failed};
    message +=
        origin == ErrorOrigin::server ? "the server says: " : "a peer that was not verified says: ";
    message += printable(text);
    return Error{{.code = code,
                  .sqlstate = is_sqlstate(sqlstate) ? std::string{sqlstate} : "HY000",
                  .message = std::move(message),
                  .remedy = remedy.empty() ? remedy_for(code, text) : std::move(remedy),
                  .origin = origin,
                  .retryable = is_retryable(code, text) || says_rolled_back(sqlstate),
                  .poisons_connection = poisons_connection(code)}};
}

SEALSQL_INLINE void throw_again(Error const& error)
{
    if (error.cancel_reason() != CancelReason::none)
        throw OperationCancelled{error};
    throw Error{error};
}

SEALSQL_INLINE TlsError tls_error(TlsReason reason, TlsStage stage, std::string message,
                                  std::string remedy, Certificate const* certificate,
                                  bool retryable, int depth)
{
    ErrorData data{.code = error_code::tls_error,
                   .message = std::move(message),
                   .remedy = std::move(remedy),
                   .certificate = certificate != nullptr ? *certificate : Certificate{},
                   .depth = depth,
                   .has_certificate = certificate != nullptr,
                   .origin = ErrorOrigin::client,
                   .retryable = retryable || is_cured_by_newer_files(reason, stage),
                   .poisons_connection = true};
    return TlsError{std::move(data), reason, stage};
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

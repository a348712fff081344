#pragma once

#include <sealsql/certificate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/shared.hpp>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

/// @file
/// An error says what failed, who said so and what to do next. There is one class for all and one
/// for TLS, not one for each of MySQL's thousands of codes: callers act on the answers of
/// retryable() and poisons_connection(), and name the few codes that they care for by number.

namespace sealsql::inline SEALSQL_ABI {

/// Who reported a failure, and so how far its text can be believed.
enum class ErrorOrigin : std::uint8_t {
    /// This program: sealsql, Connector/C or OpenSSL.
    client,
    /// The server, over a connection whose peer was verified or over a local socket.
    server,
    /// Somebody on the other side of a connection that was not verified: before TLS, in plaintext,
    /// or with VerifyMode::none. A network attacker can write such a text.
    unauthenticated_peer,
};

/// Where on the way to a verified connection a TlsError arose.
enum class TlsStage : std::uint8_t {
    /// Before anything was sent: options, files, libraries.
    configuration,
    /// After the TCP connection and before TLS: the server's greeting.
    greeting,
    /// The TLS handshake.
    handshake,
    /// The check of the server's certificate, which is part of the handshake.
    verification,
};

/// Why there is no TLS connection that could be trusted.
enum class TlsReason : std::uint8_t {
    /// The options contradict each other, or one of them cannot be.
    options_contradict,
    /// The CA file cannot be opened or read.
    ca_unreadable,
    /// The CA file was read, but holds no certificate or a broken one.
    ca_malformed,
    /// The file of the client's certificate or key cannot be opened or read.
    identity_unreadable,
    /// The client's certificate or key was read, but is not what it should be, or is broken.
    identity_malformed,
    /// The client's key is encrypted, and the passphrase is missing or wrong.
    identity_locked,
    /// The client's key was not made for its certificate.
    identity_mismatch,
    /// Connector/C is not one that can be made safe: not built on the OpenSSL of this program.
    backend_unusable,
    /// The server, or somebody who answers in its place, offers no TLS.
    tls_not_offered,
    /// Bytes came before TLS that a server has no reason to send: an attempt at injection.
    bytes_before_tls,
    /// The peer sent an error instead of a greeting. Nobody vouches for its text.
    error_before_tls,
    /// The greeting is not one of a MySQL server of version 5.5 or later.
    malformed_greeting,
    /// No TLS version that both sides allow.
    protocol_version,
    /// The peer ended the handshake with an alert, or the two sides have nothing in common.
    handshake_refused,
    /// The peer closed the connection during the handshake.
    handshake_closed,
    /// What the peer sent is not TLS, or breaks its rules.
    handshake_malformed,
    /// The handshake did not end in time.
    timed_out,
    /// No path from the server's certificate to a trusted CA: another CA made it, or the server
    /// does not send its intermediate certificates.
    issuer_not_trusted,
    /// The server's certificate, or the top of its chain, is self-signed and not trusted.
    self_signed,
    /// A certificate in the chain, or the client's own, is past its end, by this machine's clock.
    expired,
    /// A certificate in the chain, or the client's own, has not begun, by this machine's clock.
    not_yet_valid,
    /// The certificate is for other names.
    name_mismatch,
    /// The certificate may not be used by a TLS server, or a CA in the chain may not be one, or the
    /// client's own not by a TLS client.
    wrong_purpose,
    /// More intermediate CAs stand between the server and a trusted CA than SslOptions::max_chain_depth
    /// allows.
    chain_too_long,
    /// A key or signature in the chain, or of the client's own, is too weak for OpenSSL's security level.
    too_weak,
    /// No certificate of the chain is one of SslOptions::pins.
    pin_mismatch,
    /// A revocation list names a certificate of the chain.
    revoked,
    /// Whether a certificate was revoked cannot be known: the list is missing, past its end, not from its
    /// issuer or damaged.
    revocation_unknown,
    /// Refused by OpenSSL for another reason or by SslOptions::also_check, as the text says.
    certificate_rejected,
};

/// Which limit of the caller's an operation has met; see OperationDeadline and OperationTimeout of <sealsql/deadline.hpp>.
enum class CancelReason : std::uint8_t {
    /// None: it failed by itself.
    none,
    /// Its deadline passed.
    deadline,
    /// Its std::stop_token said so.
    stop_requested,
};

/// What became of an operation that was cancelled.
enum class CancelOutcome : std::uint8_t {
    /// It was not begun: nothing of it was sent.
    not_sent,
    /// The server stopped it, at this program's word, and took back what it had done, as after any error.
    interrupted,
    /// It came to its end before it could be stopped; its rows were dropped.
    completed,
    /// Not known: the connection had to be closed.
    unknown,
};

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(TlsReason reason) noexcept;
/// @copydoc to_string(TlsReason)
[[nodiscard]] char const* to_string(TlsStage stage) noexcept;
/// @copydoc to_string(TlsReason)
[[nodiscard]] char const* to_string(ErrorOrigin origin) noexcept;
/// @copydoc to_string(TlsReason)
[[nodiscard]] char const* to_string(CancelReason reason) noexcept;
/// @copydoc to_string(TlsReason)
[[nodiscard]] char const* to_string(CancelOutcome outcome) noexcept;

namespace detail {

/// Everything that an Error knows.
struct ErrorData {
    int code = 0;
    std::string sqlstate = "HY000";
    std::string message;
    std::string remedy;
    Certificate certificate{};
    int depth = 0;
    bool has_certificate = false;
    ErrorOrigin origin = ErrorOrigin::client;
    bool retryable = false;
    bool poisons_connection = false;
    CancelReason cancel_reason = CancelReason::none;
    CancelOutcome cancel_outcome = CancelOutcome::not_sent;
};

} // namespace detail

/// Every failure that sealsql reports, and the base of TlsError. Copying does not throw.
class Error : public std::exception {
public:
    explicit Error(detail::ErrorData data);

    /// message(); where the server reported it, its number; and the remedy behind it where there is one.
    [[nodiscard]] char const* what() const noexcept override { return contents_->what.c_str(); }

    /// What failed and who said so. Text from outside is escaped, and marked when its author was
    /// not verified. No password of a login is in
    /// it; what a server writes into its own errors, and a value that does not fit its field, is.
    [[nodiscard]] std::string const& message() const noexcept { return contents_->data.message; }

    /// What to do about it, naming the builder call or file concerned; may be empty.
    [[nodiscard]] std::string const& remedy() const noexcept { return contents_->data.remedy; }

    /// The number in MySQL's list: the server's (1xxx, 3xxx, 4xxx) or the client's (2xxx).
    [[nodiscard]] int code() const noexcept { return contents_->data.code; }

    /// Five characters, `HY000` where nobody gave one.
    [[nodiscard]] std::string const& sqlstate() const noexcept { return contents_->data.sqlstate; }

    /// Who said so.
    [[nodiscard]] ErrorOrigin origin() const noexcept { return contents_->data.origin; }

    /// Whether the same unit of work may succeed when it is run again, on a fresh connection if
    /// poisons_connection(). It is not a promise that the first run had no effect.
    [[nodiscard]] bool retryable() const noexcept { return contents_->data.retryable; }

    /// Whether the connection is of no more use: lost, timed out or out of step.
    [[nodiscard]] bool poisons_connection() const noexcept
    {
        return contents_->data.poisons_connection;
    }

    /// Which limit of the caller's was met: of OperationCancelled, and of what such a one led to, as where a
    /// COMMIT or a bulk insert was cancelled.
    [[nodiscard]] CancelReason cancel_reason() const noexcept
    {
        return contents_->data.cancel_reason;
    }

protected:
    [[nodiscard]] detail::ErrorData const& data() const noexcept { return contents_->data; }

private:
    struct Contents {
        detail::ErrorData data;
        std::string what;
    };
    detail::Shared<Contents const> contents_;
};

/// The end of an operation by a limit of the caller's: an OperationDeadline or OperationTimeout, or the deadline of connect(), of
/// <sealsql/deadline.hpp>. retryable() is false, for the limit holds for another try as well. Where
/// poisons_connection() is false, the connection is in step and can be used.
class OperationCancelled : public Error {
public:
    /// Of what says cancel_reason().
    explicit OperationCancelled(Error error) noexcept : Error{std::move(error)} {}

    /// Which limit.
    [[nodiscard]] CancelReason reason() const noexcept { return cancel_reason(); }

    /// What became of the operation.
    [[nodiscard]] CancelOutcome outcome() const noexcept { return data().cancel_outcome; }
};

/// A TLS connection that was not made, because it could not be trusted. No user name, password or
/// anything made of one was sent, with two exceptions: TlsReason::backend_unusable cannot promise it, and
/// in TLS 1.3 a server that refuses the client's certificate, or misses it, says so
/// (TlsReason::handshake_refused) when it, verified, has the login already.
class TlsError : public Error {
public:
    TlsError(detail::ErrorData data, TlsReason reason, TlsStage stage)
        : Error{std::move(data)}, reason_{reason}, stage_{stage}
    {
    }

    /// Why, for programs; message() is for people.
    [[nodiscard]] TlsReason reason() const noexcept { return reason_; }

    /// How far it came.
    [[nodiscard]] TlsStage stage() const noexcept { return stage_; }

    /// The certificate that the check failed on; null where the failure is not about one. Valid as
    /// long as this object or a copy of it.
    [[nodiscard]] Certificate const* certificate() const noexcept
    {
        return data().has_certificate ? &data().certificate : nullptr;
    }

    /// Where certificate() stands in the chain: 0 is the server's own (or the client's, where it is the
    /// client's that was refused), 1 the CA that issued it, and so on.
    [[nodiscard]] int certificate_depth() const noexcept { return data().depth; }

private:
    TlsReason reason_;
    TlsStage stage_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/error.ipp>
#endif

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/error.hpp>
#include <sealsql/server_chain.hpp>
#include <sealsql/ssl_options.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// @file
/// What a server does before any login: whether it offers TLS, which kind, who it says it is, and what
/// each VerifyMode would make of that. Not part of <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

/// How to inspect.
struct InspectOptions {
    /// By what the server is judged. A client certificate is not shown, whatever .identity is, and nothing
    /// is written to .key_log_file.
    SslOptions ssl{};

    /// How long each connection may take, up to the end of its handshake.
    std::chrono::milliseconds connect_timeout{10'000};

    /// How long all of it may take. What was not tried by then is ProbeAnswer::not_tried.
    std::chrono::milliseconds total_timeout{60'000};

    /// Whether to try each version and each cipher, by a connection for each. They end before a login, and
    /// a server counts such as failed: MySQL and MariaDB bar an address after `max_connect_errors` (100) in
    /// a row, which the next successful login from there sets back to zero.
    bool try_protocols = true;
};

/// What became of something that was tried.
enum class ProbeAnswer : std::uint8_t { not_tried, refused, accepted };

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(ProbeAnswer answer) noexcept;

/// One version of TLS.
struct ProtocolSupport {
    TlsVersion version = TlsVersion::tls1_2;
    ProbeAnswer answer = ProbeAnswer::not_tried;
    /// Of the ciphers (TLS 1.2) or suites (TLS 1.3) that this side may use by its settings, those that the
    /// server agreed to, in the order in which it chose. Of older versions only the one that was agreed on.
    std::vector<std::string> ciphers{};
};

/// What one VerifyMode decides, with all else as in InspectOptions::ssl, as far as the mode allows it.
struct ModeVerdict {
    VerifyMode mode = VerifyMode::identity;
    Verdict verdict{};
};

/// What came to light. Whatever the server says before TLS can have been written by anybody on the way,
/// and what it says in TLS by anybody at all, unless verdicts accept it. Its texts are escaped.
struct Inspection {
    /// The address that answered.
    std::string address;

    /// What the greeting claims, before TLS.
    std::string server_version;
    /// The login method that the server prefers.
    std::string auth_plugin;
    /// The capabilities, as in MySQL's `Protocol::HandshakeV10`.
    std::uint32_t capabilities = 0;
    bool tls_offered = false;

    /// Whether there was a handshake, and what this and the next five say is known.
    bool has_tls = false;
    /// As OpenSSL names it: `TLSv1.3`.
    std::string version;
    /// As OpenSSL names it: `TLS_AES_256_GCM_SHA384`.
    std::string cipher;
    /// ServerChain::verified() leads to the CAs in InspectOptions::ssl, if it can.
    ServerChain chain;
    /// Whether the server asked for a client certificate, which is not to say that it needs one.
    bool asks_for_identity = false;
    /// Whether a second connection resumed the session of the first.
    ProbeAnswer resumption = ProbeAnswer::not_tried;
    std::array<ProtocolSupport, 4> protocols{
        {{TlsVersion::tls1_0}, {TlsVersion::tls1_1}, {TlsVersion::tls1_2}, {TlsVersion::tls1_3}}};

    /// Why there was no handshake, as connecting would throw it.
    std::optional<TlsError> refusal;

    /// In the order of the enumerators. Without a handshake each is refused for `refusal`.
    std::array<ModeVerdict, 3> verdicts{
        {{VerifyMode::identity}, {VerifyMode::ca}, {VerifyMode::none}}};

    /// How many connections it took.
    int connections = 0;
};

/// Dials a server, looks at its greeting and its TLS, and hangs up. No user name is sent, nor anything
/// else that belongs to a login. The verdicts are those of connecting with the same settings: they are
/// reached by the same code.
/// A file that cannot be used is a verdict, too.
/// @throws TlsError if the settings contradict each other or name what OpenSSL does not know
/// @throws Error if the host is unknown, or nobody answers with anything
[[nodiscard]] Inspection inspect(std::string const& host, std::uint16_t port = 3306,
                                 InspectOptions const& options = {});

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/inspect.ipp>
#endif

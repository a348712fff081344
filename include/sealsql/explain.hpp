#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/ssl_options.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// @file
/// What a configuration checks, and what somebody on the network could still do. Not part of
/// <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

/// What a Finding is about.
enum class FindingTopic : std::uint8_t {
    /// The options contradict each other, so that nothing is connected to at all.
    contradiction,
    /// Who may vouch for a server.
    trust,
    /// Whether the certificate has to be for a name.
    name,
    /// Keys and certificates that are known beforehand.
    pins,
    /// Whether revoked certificates are noticed.
    revocation,
    /// Versions, ciphers and their strength.
    protocol,
    /// Whether the server learns who we are.
    identity,
    /// Sessions that skip the check because an earlier one was made.
    resumption,
    /// The caller's own check.
    own_check,
    /// What decrypts the connection is written down.
    key_log,
};

/// How bad a Finding is.
enum class FindingSeverity : std::uint8_t {
    /// As it should be.
    fine,
    /// A risk that is left, which most accept.
    note,
    /// A risk that needs a reason.
    warning,
    /// Somebody on the network can read or change what is sent, or the options are refused.
    danger,
};

/// The name of the enumerator, for logs.
[[nodiscard]] char const* to_string(FindingTopic topic) noexcept;
/// @copydoc to_string(FindingTopic)
[[nodiscard]] char const* to_string(FindingSeverity severity) noexcept;

/// One thing to know about a configuration.
struct Finding {
    FindingTopic topic = FindingTopic::trust;
    FindingSeverity severity = FindingSeverity::fine;
    /// What is checked, and what an attacker could still do.
    std::string text;
    /// What to call or set to change it; empty where there is nothing to do.
    std::string remedy;

    friend bool operator==(Finding const&, Finding const&) = default;
};

/// What these options check and leave open, by topic in the order of FindingTopic. Nothing is dialled, no
/// file is read, and no secret is in the texts.
[[nodiscard]] std::vector<Finding> explain(SslOptions const& options);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/explain.ipp>
#endif

#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/explain.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// What the functions of <sealsql/text/…> make of another client's connection text: our options, and what
/// that text protected before and protects now. Not part of <sealsql/sealsql.hpp>: include it where it is
/// needed.
///
/// Secure by default. Words that say whether TLS is used (`PREFERRED`, `REQUIRED`, a CA's file) become TLS
/// with chain and name checked, whatever the source made of them. Words that take the check or TLS away
/// (`skip-verify`, `rejectUnauthorized: false`, `DISABLED`, and `VERIFY_CA` where a CA is named) are obeyed, and a
/// finding says what that means.

namespace sealsql::inline SEALSQL_ABI {

/// Names and values in the order of a call, a dictionary or an options object of another language, such as
/// `{{"host", "db.internal"}, {"ssl_ca", "ca.pem"}}`. What lies in a dictionary of its own has the names of both,
/// with a dot between: `{"ssl.ca", "ca.pem"}`.
using KeywordList = std::vector<std::pair<std::string_view, std::string_view>>;

/// What a client makes sure of before it sends a login.
struct Protection {
    /// It asks for TLS at all.
    bool uses_tls = false;
    /// It does not go on without TLS where the server, or somebody in its place, offers none.
    bool refuses_plaintext = false;
    /// The server's certificate has to lead to a trusted CA.
    bool checks_chain = false;
    /// The certificate has to be for the host that is dialled.
    bool checks_name = false;

    friend bool operator==(Protection const&, Protection const&) = default;
};

/// What a connection by these options makes sure of.
[[nodiscard]] Protection protection_of(ConnectionOptions const& options) noexcept;

/// One thing to know about a translation. The views are of text that lives as long as the program.
struct TranslationFinding {
    /// `danger` and `warning`: the text says so, it is obeyed, and it is unsafe; or the source's client checked
    /// something that is not checked now. `note`: something is different now. `fine`: as it should be.
    FindingSeverity severity = FindingSeverity::note;
    /// The setting as the text spells it, safe to print; empty where it is what the text leaves out. Never a
    /// secret.
    std::string setting{};
    /// What the source's client would have done; where it begins with the name of another version or client, that
    /// one.
    std::string_view before{};
    /// What sealsql does; empty beside what another version or client would have done.
    std::string_view now{};
    /// Why it does.
    std::string_view reason{};
    /// The call that brings the old behaviour back or, for `danger` and `warning`, ends the danger. Empty
    /// where there is none.
    std::string_view remedy{};

    friend bool operator==(TranslationFinding const&, TranslationFinding const&) = default;
};

/// A connection text, understood.
struct Translation {
    /// To connect by: `Connection{options}`. What the text leaves out, such as a password that the source's
    /// client is given apart, is still to be filled in.
    ConnectionOptions options{};
    /// The client whose text it is and the version that `before` was measured with, such as
    /// `MySQL Connector/J 9.1`. Lives as long as the program.
    std::string_view client{};
    /// What that client would have made sure of.
    Protection before{};
    /// What is different, and what is unsafe; never empty.
    std::vector<TranslationFinding> findings{};

    friend bool operator==(Translation const&, Translation const&) = default;
};

/// C++ code that makes the same options: a statement that declares `db`, by ConnectionBuilder. No secret is in
/// it: passwords are read from the environment, as `DB_PASSWORD`, `DB_CA_PASSWORD`, `DB_KEY` and
/// `DB_KEY_PASSPHRASE`.
[[nodiscard]] std::string to_builder_code(ConnectionOptions const& options);

/// @copydoc to_builder_code(ConnectionOptions const&)
[[nodiscard]] inline std::string to_builder_code(Translation const& translation)
{
    return to_builder_code(translation.options);
}

/// For people: what was protected before and what is now, then the findings, in lines that end with a line
/// feed. Safe to print.
[[nodiscard]] std::string to_text(Translation const& translation);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/translation.ipp>
#endif

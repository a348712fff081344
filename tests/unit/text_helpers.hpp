#pragma once

// For tables of connection texts: what a translation comes to in one line, and what every refusal has to keep to.

#include "helpers.hpp"

#include <sealsql/translation.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace unit {

/// In every text of a table of refusals, as the password or a piece of it: no error may quote it.
inline constexpr std::string_view secret_in_text = "S3cr3t";

/// `user:password@host:port/database` and how TLS is used: `identity`, `ca`, `none` (with `?` behind it where
/// plaintext will do), `plaintext`; then the CA where it is not the system's.
[[nodiscard]] inline std::string summary(sealsql::ConnectionOptions const& options)
{
    using namespace sealsql;
    std::string text = options.user;
    if (!options.password.empty())
        text.append(":").append(options.password.reveal());
    text += '@';
    if (options.endpoint.is_local_socket())
        text += options.endpoint.path().native();
    else
        text += options.endpoint.host() + ":" + std::to_string(options.endpoint.port());
    text += "/" + options.database + " ";
    SslOptions const* const ssl = options.transport.ssl();
    if (ssl == nullptr)
        return text + "plaintext";
    text += to_string(ssl->verify);
    if (!options.transport.demands_tls())
        text += '?';
    for (detail::TrustSource const& source : ssl->ca.sources()) {
        if (source.kind != detail::TrustSource::Kind::system)
            text += " " + source.path.native();
    }
    return text;
}

struct Accepted {
    std::string_view text;
    std::string_view summary;
};

struct Refused {
    std::string_view text;
    /// A piece of what() that tells why.
    std::string_view why;
};

/// At least 30 of each, as every grammar's table has.
template <std::size_t Size, class Translate>
void check_accepted(Accepted const (&rows)[Size], Translate&& translate)
{
    static_assert(Size >= 30);
    for (Accepted const& row : rows) {
        INFO(row.text);
        sealsql::Translation const translation = translate(row.text);
        CHECK(summary(translation.options) == row.summary);
        CHECK_FALSE(translation.findings.empty());
        CHECK_FALSE(translation.client.empty());
        // What the text gets is never less than what its client made of it.
        sealsql::Protection const now = protection_of(translation.options);
        CHECK(now.uses_tls >= translation.before.uses_tls);
        CHECK(now.refuses_plaintext >= translation.before.refuses_plaintext);
        CHECK(now.checks_chain >= translation.before.checks_chain);
        CHECK(now.checks_name >= translation.before.checks_name);
        std::string_view const password = translation.options.password.reveal();
        if (password.size() >= 6) { // a shorter one may stand there by chance
            CHECK_FALSE(contains(to_builder_code(translation), password));
            CHECK_FALSE(contains(to_text(translation), password));
        }
    }
}

template <std::size_t Size, class Translate>
void check_refused(Refused const (&rows)[Size], Translate&& translate)
{
    static_assert(Size >= 30);
    for (Refused const& row : rows) {
        INFO(row.text);
        try {
            sealsql::Translation const translation = translate(row.text);
            FAIL_CHECK("accepted: " << summary(translation.options));
        } catch (sealsql::Error const& error) {
            CHECK(contains(error.what(), row.why));
            CHECK_FALSE(contains(error.what(), secret_in_text));
            CHECK(contains(row.text, secret_in_text));
        }
    }
}

/// The finding about a setting as the text spells it; a test that asks for one that is not there fails.
[[nodiscard]] inline sealsql::TranslationFinding finding(sealsql::Translation const& translation,
                                                         std::string_view setting)
{
    auto const found = std::find_if(
        translation.findings.begin(), translation.findings.end(),
        [&](sealsql::TranslationFinding const& one) { return one.setting == setting; });
    if (found == translation.findings.end())
        throw std::logic_error("no finding about '" + std::string{setting} + "'");
    return *found;
}

} // namespace unit

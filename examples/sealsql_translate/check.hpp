#pragma once

#include <sealsql/sealsql.hpp>

#include <sealsql/inspect.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace translator {

/// Something that the translation says, and whether it is so.
struct Claim {
    std::string_view what;
    bool holds = false;
};

/// What a real server says of a translation.
struct Check {
    /// Why no connection was made.
    std::string problem{};
    std::string remedy{};

    /// Of the connection, as this side and as the server sees it (`Ssl_version`, `Ssl_cipher`); empty
    /// without TLS.
    std::string version{};
    std::string cipher{};
    std::string server_version{};
    std::string server_cipher{};
    std::string subject{};

    /// What each mode decides, where the server could be looked at.
    std::optional<std::array<sealsql::ModeVerdict, 3>> verdicts{};

    /// The isolation level of the session's transactions, such as `READ-COMMITTED`.
    std::string isolation_level{};

    /// What could be looked at of what the translation says.
    std::vector<Claim> claims{};

    /// Whether the connection is there, and is as the translation says.
    [[nodiscard]] bool confirmed() const
    {
        return problem.empty() && !claims.empty() &&
               std::all_of(claims.begin(), claims.end(),
                           [](Claim const& one) { return one.holds; });
    }

    /// Compares what was seen of the connection with what its options make sure of, and makes the claims of it.
    void compare(sealsql::ConnectionOptions const& options)
    {
        sealsql::Protection const now = protection_of(options);
        bool const is_encrypted = !cipher.empty();
        claims = {{"both sides see the same TLS, or none",
                   version == server_version && cipher == server_cipher}};
        if (!now.uses_tls)
            claims.push_back({"no TLS", !is_encrypted});
        else if (now.refuses_plaintext)
            claims.push_back({"TLS", is_encrypted});
        if (is_encrypted && now.uses_tls && !options.transport.ssl()->insecure_legacy_tls)
            claims.push_back({"TLS 1.2 or later", version == "TLSv1.2" || version == "TLSv1.3"});
        if (verdicts && is_encrypted && now.uses_tls) {
            for (sealsql::ModeVerdict const& one : *verdicts) {
                if (one.mode != options.transport.ssl()->verify)
                    continue;
                std::string_view const what =
                    now.checks_name ? "the certificate leads to a trusted CA, and is for the host"
                    : now.checks_chain ? "the certificate leads to a trusted CA"
                                       : "whatever certificate is believed";
                claims.push_back({what, one.verdict.accepted()});
            }
        }
        if (std::string const level = level_of(options); !level.empty())
            claims.push_back({"the isolation level is set", isolation_level == level});
    }

private:
    /// The one that an init statement sets, as the server spells it; empty if none does.
    [[nodiscard]] static std::string level_of(sealsql::ConnectionOptions const& options)
    {
        constexpr std::string_view set = "SET SESSION TRANSACTION ISOLATION LEVEL ";
        std::string level;
        for (std::string const& statement : options.init_statements) {
            if (statement.starts_with(set))
                level = statement.substr(set.size());
        }
        for (char& c : level)
            c = c == ' ' ? '-' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        return level;
    }
};

/// Looks at the server, then connects.
[[nodiscard]] Check check(sealsql::ConnectionOptions options);

} // namespace translator

#pragma once

#include <sealsql/sealsql.hpp>

#include <sealsql/inspect.hpp>

#include <array>
#include <optional>
#include <string>

namespace translator {

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

    /// Whether the connection is there and both sides agree on it.
    [[nodiscard]] bool confirmed() const
    {
        return problem.empty() && version == server_version && cipher == server_cipher;
    }
};

/// Looks at the server, then connects.
[[nodiscard]] Check check(sealsql::ConnectionOptions options);

} // namespace translator

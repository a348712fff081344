#pragma once

#include <sealsql/detail/config.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// Which certificates are looked up in revocation lists (CRLs, RFC 5280, 5), and where the lists are.
///
/// The lists are files that somebody else fetches; nothing is fetched while connecting. A certificate
/// passes only if a list of its own issuer, signed by it and in its time, does not name it. Where there is
/// no such list, nobody knows, and the server is refused. A path (a std::string or std::filesystem::path) names a file, or a folder of which
/// every file that holds a list is read; each may be PEM (one list or many) or DER, which is told from
/// the content. A file is parsed once for the process, and again when it has changed.
class Revocation {
public:
    /// Nothing is looked up.
    Revocation() = default;

    /// @copydoc Revocation()
    [[nodiscard]] static Revocation off() { return {}; }

    /// The server's own certificate and every CA above it: needs a list of each CA of the chain.
    [[nodiscard]] static Revocation of_whole_chain(std::vector<std::string> lists)
    {
        return {Scope::whole_chain, std::move(lists)};
    }

    /// The server's own certificate alone: needs a list of the CA that issued it. A revoked
    /// intermediate CA goes on being trusted.
    [[nodiscard]] static Revocation of_server_only(std::vector<std::string> lists)
    {
        return {Scope::server_only, std::move(lists)};
    }

    /// Whether anything is looked up.
    [[nodiscard]] bool is_on() const noexcept { return scope_ != Scope::off; }

    /// Whether the CAs of the chain are looked up, too.
    [[nodiscard]] bool is_of_whole_chain() const noexcept { return scope_ == Scope::whole_chain; }

    /// The files and folders.
    [[nodiscard]] std::vector<std::string> const& lists() const noexcept { return lists_; }

    friend bool operator==(Revocation const&, Revocation const&) = default;

private:
    enum class Scope : std::uint8_t { off, server_only, whole_chain };

    Revocation(Scope scope, std::vector<std::string> lists) noexcept
        : scope_{scope}, lists_{std::move(lists)}
    {
    }

    Scope scope_ = Scope::off;
    std::vector<std::string> lists_;
};

} // namespace sealsql::inline SEALSQL_ABI

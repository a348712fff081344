#pragma once

#include <sealsql/detail/config.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct stack_st_X509; // OpenSSL's own tag for STACK_OF(X509)

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

struct CertificateRefusal;

/// Judges a stapled OCSP response, or that there is none.
/// @param chain verified, from the server's certificate to the trusted one
/// @param response in DER; empty if none was sent
/// @param refusal why, if the server is refused
/// @param valid_until until when the response holds, in seconds since 1970
/// @return whether the server may pass
using StapleCheck = bool (*)(stack_st_X509* chain, std::string_view response, bool is_required,
                             CertificateRefusal& refusal, std::int64_t& valid_until);

} // namespace detail

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

/// What to do about OCSP responses that a server staples to its handshake. Made by OcspStapling in
/// <sealsql/ocsp_stapling.hpp>. That is a header of its own, and this a pointer into it, because few servers
/// staple, and OpenSSL's part in it would cost every file that includes sealsql.
class OcspPolicy {
public:
    /// The server is not asked for any.
    OcspPolicy() = default;

    /// For OcspStapling.
    OcspPolicy(detail::StapleCheck judge, bool is_required) noexcept
        : check_{judge}, is_required_{is_required}
    {
    }

    /// Whether the server is asked for a response.
    [[nodiscard]] bool is_on() const noexcept { return check_ != nullptr; }

    /// Whether a server that sends none is refused.
    [[nodiscard]] bool is_required() const noexcept { return is_required_; }

    /// For the TLS engine; null where nothing is asked for.
    [[nodiscard]] detail::StapleCheck check() const noexcept { return check_; }

    friend bool operator==(OcspPolicy const&, OcspPolicy const&) = default;

private:
    detail::StapleCheck check_ = nullptr;
    bool is_required_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI

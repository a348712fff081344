#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/ssl_options.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE char const* to_string(VerifyMode mode) noexcept
{
    switch (mode) {
    case VerifyMode::identity:
        return "identity";
    case VerifyMode::ca:
        return "ca";
    case VerifyMode::none:
        return "none";
    }
    return "unknown";
}

SEALSQL_INLINE char const* to_string(TlsVersion version) noexcept
{
    switch (version) {
    case TlsVersion::tls1_2:
        return "TLSv1.2";
    case TlsVersion::tls1_3:
        return "TLSv1.3";
    }
    return "unknown";
}

SEALSQL_INLINE bool detail::is_plausible_host(std::string_view text) noexcept
{
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                         "0123456789-_.:%";
    return !text.empty() && text.size() <= 255 && text.front() != '.' &&
           text.find("..") == text.npos && text.find_first_not_of(allowed) == text.npos;
}

SEALSQL_INLINE void check(SslOptions const& options)
{
    auto const refuse = [](char const* message, char const* remedy) {
        throw detail::tls_error(TlsReason::options_contradict, TlsStage::configuration, message,
                                remedy);
    };
    if (options.verify == VerifyMode::none && !options.ca.is_system())
        refuse("SslOptions name a CA, and VerifyMode::none that would ignore it",
               "remove .verify = VerifyMode::none to have the CA checked, or remove .ca");
    if (options.verify != VerifyMode::identity && !options.server_name.empty())
        refuse("SslOptions name the server, and a VerifyMode that would not check the name",
               "use VerifyMode::identity to have the name checked, or remove .server_name");
    if (options.verify == VerifyMode::ca && options.ca.includes_system())
        refuse(
            "VerifyMode::ca with the system's CAs would accept any certificate that any public CA "
            "ever gave to anybody",
            "name the CA of your server in .ca, and it alone, or use VerifyMode::identity");
    if (options.ca.sources().empty())
        refuse("SslOptions name nobody to trust: their .ca was moved from",
               "give .ca its value again");
    for (detail::TrustSource const& source : options.ca.sources()) {
        bool const has_path = source.kind == detail::TrustSource::Kind::file ||
                              source.kind == detail::TrustSource::Kind::directory;
        if (has_path && source.path.empty())
            refuse(
                "SslOptions name a CA file with an empty path",
                "give .ca the path of a file with the CA's certificate, or leave it out to trust "
                "the system's CAs");
    }
    if (!options.server_name.empty() && !detail::is_plausible_host(options.server_name))
        refuse(
            "SslOptions::server_name is no host name",
            "give .server_name one name or IP address as it is in the certificate: no pattern, and a "
            "name in another script in its xn-- form");
}

} // namespace sealsql::inline SEALSQL_ABI

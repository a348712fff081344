#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/pin.hpp>
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
    if (options.verify == VerifyMode::ca && options.ca.is_system())
        refuse(
            "VerifyMode::ca with the system's CAs would accept any certificate that any public CA "
            "ever gave to anybody",
            "name the CA of your server in .ca, or use VerifyMode::identity");
    if (!options.ca.is_system() && options.ca.source().file.empty())
        refuse("SslOptions name a CA file with an empty path",
               "give .ca the path of a PEM file, or leave it out to trust the system's CAs");
    if (!options.server_name.empty() && !detail::is_plausible_host(options.server_name))
        refuse(
            "SslOptions::server_name is no host name",
            "give .server_name one name or IP address as it is in the certificate: no pattern, and a "
            "name in another script in its xn-- form");
    if (options.verify == VerifyMode::none && options.revocation.is_on())
        refuse(
            "SslOptions name revocation lists, and VerifyMode::none that would ignore them",
            "remove .verify = VerifyMode::none to have the chain checked, or remove .revocation");
    if (options.verify == VerifyMode::none &&
        options.max_chain_depth != detail::default_max_chain_depth)
        refuse("SslOptions limit the chain's depth, and VerifyMode::none looks at no chain",
               "remove .verify = VerifyMode::none to have the chain checked, or remove "
               ".max_chain_depth");
    bool has_empty_path = options.revocation.is_on() && options.revocation.lists().empty();
    for (auto const& path : options.revocation.lists())
        has_empty_path = has_empty_path || path.empty();
    if (has_empty_path)
        refuse("SslOptions ask for revocation lists without naming any, or by an empty path",
               "give .revocation the path of a file or folder, or leave it out");
    constexpr unsigned deepest = 100; // what OpenSSL allows when nothing is said
    if (options.max_chain_depth > deepest)
        refuse("SslOptions::max_chain_depth is over 100", "give .max_chain_depth a smaller number");
    if (options.security_level < detail::min_security_level || options.security_level > 5)
        refuse("SslOptions::security_level is not one of 2, 3, 4 and 5",
               "leave .security_level out for 2, below which keys and signatures can be broken");
    // The same pin twice is no reserve.
    bool lacks_reserve = !options.pins.empty();
    for (Pin const& pin : options.pins)
        lacks_reserve = lacks_reserve && pin.wants_reserve() && pin == options.pins.front();
    if (lacks_reserve)
        refuse(
            "SslOptions::pins hold a single public key: when it is lost or has to be replaced, no "
            "client can connect any more",
            "add the pin of a second key that is kept in reserve (RFC 7469, 4.3), or use "
            "Pin::public_key_without_reserve() to say that there is none");
}

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/ssl_options.hpp>

#include <array>
#include <string>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

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
    case TlsVersion::tls1_0:
        return "TLSv1";
    case TlsVersion::tls1_1:
        return "TLSv1.1";
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

SEALSQL_INLINE bool detail::is_ip_address(std::string const& text) noexcept
{
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

SEALSQL_INLINE void detail::check_names(SslOptions const& options)
{
    auto const refuse = [&](char const* message, char const* remedy) {
        throw tls_error(TlsReason::options_contradict, TlsStage::configuration, message, remedy);
    };
    if (options.verify != VerifyMode::identity && !options.server_name.empty())
        refuse("SslOptions name the server, and a VerifyMode that would not check the name",
               "use VerifyMode::identity to have the name checked, or remove .server_name");
    if (options.verify != VerifyMode::identity && !options.also_accept_names.empty())
        refuse("SslOptions name other servers, and a VerifyMode that would not check the name",
               "use VerifyMode::identity to have the name checked, or remove .also_accept_names");
    if (!options.server_name.empty() && !is_plausible_host(options.server_name))
        refuse(
            "SslOptions::server_name is no host name",
            "give .server_name one name or IP address as it is in the certificate: no pattern, and a "
            "name in another script in its xn-- form");
    for (std::string const& name : options.also_accept_names) {
        if (!is_plausible_host(name))
            refuse("SslOptions::also_accept_names hold what is no host name",
                   "give .also_accept_names names or IP addresses as they are in certificates: no "
                   "patterns, and names in another script in their xn-- form");
    }
    bool const is_name = is_plausible_host(options.sni_name) && !is_ip_address(options.sni_name) &&
                         options.sni_name.find_first_of(":%") == std::string::npos;
    if (!options.sni_name.empty() && !is_name)
        refuse(
            "SslOptions::sni_name is no host name",
            "give .sni_name one name, in its xn-- form if it is in another script; IP addresses are "
            "not sent (RFC 6066)");
}

SEALSQL_INLINE void detail::check_identity(SslOptions const& options)
{
    using Kind = IdentitySource::Kind;
    auto const refuse = [&](char const* message, char const* remedy) {
        throw tls_error(TlsReason::options_contradict, TlsStage::configuration, message, remedy);
    };
    IdentitySource const& identity = options.identity.source();
    if (identity.kind == Kind::none)
        return;
    if (options.verify == VerifyMode::none)
        refuse(
            "SslOptions name an identity, and VerifyMode::none that would show it to anybody",
            "remove .verify = VerifyMode::none to have the server checked first, or remove .identity");
    if (identity.kind != Kind::memory && identity.certificate_file.empty())
        refuse("SslOptions name an identity whose certificate file has an empty path",
               "give ClientIdentity the path of a certificate, or leave out .identity");
    if (identity.kind == Kind::pem_files && identity.key_file.empty())
        refuse(
            "SslOptions name an identity whose key file has an empty path",
            "give ClientIdentity::pem_files() the path of the key, or use ClientIdentity::file() "
            "if the certificate's file holds it");
    if (identity.kind == Kind::memory && identity.key.empty())
        refuse(
            "SslOptions name an identity in memory whose key is empty",
            "give ClientIdentity::memory() the content of the key's file, or leave out .identity");
}

SEALSQL_INLINE void check(SslOptions const& options)
{
    auto const refuse = [&](char const* message, char const* remedy) {
        throw detail::tls_error(TlsReason::options_contradict, TlsStage::configuration, message,
                                remedy);
    };
    if (options.verify == VerifyMode::none && !options.ca.is_system())
        refuse("SslOptions name a CA, and VerifyMode::none that would ignore it",
               "remove .verify = VerifyMode::none to have the CA checked, or remove .ca");
    detail::check_names(options);
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
    if (options.min_version > options.max_version)
        refuse("SslOptions ask for a .max_version that is older than .min_version",
               "swap them, or leave .max_version out");
    if (options.min_version < TlsVersion::tls1_2 && !options.insecure_legacy_tls)
        refuse("SslOptions allow TLS 1.0 or 1.1, which are broken",
               "use TlsVersion::tls1_2; only for a server that cannot do better, add "
               ".insecure_legacy_tls = true");
    if (options.insecure_legacy_tls && options.security_level != detail::min_security_level)
        refuse(
            "SslOptions ask for a .security_level, and .insecure_legacy_tls that cannot have any",
            "remove one of the two");
    if (options.min_version >= TlsVersion::tls1_2 && options.insecure_legacy_tls)
        refuse("SslOptions say .insecure_legacy_tls, and a .min_version that does not need it",
               "remove .insecure_legacy_tls");
    if (options.max_version < TlsVersion::tls1_3 && !options.cipher_suites.empty())
        refuse("SslOptions name .cipher_suites, and a .max_version that has none",
               "remove .cipher_suites or .max_version");
    if (options.min_version == TlsVersion::tls1_3 && !options.ciphers.empty())
        refuse("SslOptions name .ciphers, and a .min_version that has none",
               "remove .ciphers, or name the .cipher_suites of TLS 1.3");
    detail::check_identity(options);
    if (options.verify == VerifyMode::none && options.revocation.is_on())
        refuse(
            "SslOptions name revocation lists, and VerifyMode::none that would ignore them",
            "remove .verify = VerifyMode::none to have the chain checked, or remove .revocation");
    if (options.verify == VerifyMode::none && options.ocsp_stapling.is_on())
        refuse(
            "SslOptions ask for OCSP responses, and VerifyMode::none that could not judge them",
            "remove .verify = VerifyMode::none to have the chain checked, or remove .ocsp_stapling");
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

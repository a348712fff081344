#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/ssl_options.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE void check(ConnectionOptions const& options)
{
    auto const refuse = [](char const* message, char const* remedy) {
        throw detail::client_error(detail::error_code::unknown_error, message, remedy);
    };
    auto const has_nul = [](std::string_view text) { return text.find('\0') != text.npos; };
    Endpoint const& endpoint = options.endpoint;
    if (endpoint.is_local_socket()) {
        if (endpoint.path().empty())
            refuse("the path of the local socket is empty", "give to_socket() the socket's path");
    } else {
        if (endpoint.host().empty())
            refuse("the host name is empty", "give to_host() a name or an IP address");
        if (!detail::is_plausible_host(endpoint.host()))
            refuse("the host name has characters that no host name has",
                   "give to_host() one name or IP address, without brackets, and the port as its "
                   "second argument");
        if (auto const colon = endpoint.host().find(':');
            colon != std::string::npos &&
            colon == endpoint.host().rfind(':')) // an IPv6 address has more
            refuse("the host name has a colon in it, as a name with its port has",
                   "give to_host() the name alone, and the port as its second argument");
        if (endpoint.port() == 0)
            refuse("the port is 0", "give to_host() the server's port; MySQL's is 3306");
    }
    if (options.user.empty())
        refuse("the user name is empty", "give login() the name of a user");
    if (has_nul(options.user) || has_nul(options.password.reveal()) || has_nul(options.database) ||
        has_nul(options.character_set))
        refuse("a user name, password, database or character set holds a NUL character",
               "the protocol cannot send one: check what was given to login() and database()");
    LoginMethods const& methods = options.login_methods;
    if (methods.empty())
        refuse("no login method is allowed", "name one in login_methods()");
    SslOptions const* const tls = options.transport.ssl();
    for (LoginMethod const method : detail::all_login_methods) {
        if (!methods.contains(method) || !detail::shows_password(method))
            continue;
        if (tls == nullptr || !detail::verifies_server(*tls))
            throw detail::client_error(
                detail::error_code::unknown_error,
                detail::concat({"login_methods() names ", to_string(method),
                                ", which shows the server the password, and the server is not "
                                "verified"}),
                "call ssl() with VerifyMode::identity, VerifyMode::ca or .pins, or take the method "
                "out of login_methods()");
        if (method == LoginMethod::dialog && options.password.empty())
            refuse("login_methods() names dialog, and there is no password to answer with",
                   "give login() a password; nobody is asked for one");
    }
    if (options.character_set == "auto")
        refuse("the character set is 'auto', which is the locale's and no name",
               "give character_set() a name, such as utf8mb4");
    for (auto const& [name, value] : options.connection_attributes) {
        if (name.empty() || has_nul(name) || has_nul(value))
            refuse("an attribute has an empty name or holds a NUL character",
                   "check what was given to connection_attribute()");
    }
    for (std::string const& statement : options.init_statements) {
        if (statement.empty())
            refuse("an init statement is empty", "check what was given to init_statement()");
    }
    constexpr std::int64_t year = std::int64_t{365} * 24 * 3600 * 1000; // in milliseconds
    for (std::chrono::milliseconds const timeout :
         {options.timeouts.connect, options.timeouts.read, options.timeouts.write}) {
        if (timeout.count() <= 0 || timeout.count() > year)
            refuse("a timeout is not between 1 ms and a year",
                   "there is no endless wait: give connect_timeout(), read_timeout() and "
                   "write_timeout() the longest that makes sense");
    }
    for (std::chrono::milliseconds const timeout :
         {options.timeouts.dial, options.timeouts.handshake, options.timeouts.login}) {
        if (timeout.count() < 0 || timeout.count() > year)
            refuse("a timeout for a part of connecting is negative or longer than a year",
                   "check what was given to dial_timeout(), handshake_timeout() and "
                   "login_timeout(); zero leaves it to connect_timeout()");
    }
    // What tcp(7) takes.
    constexpr std::int64_t longest_probe = 32'767;
    constexpr int most_probes = 127;
    constexpr std::int64_t day = year / 365;
    Keepalive const& keepalive = options.keepalive;
    std::int64_t const idle = keepalive.idle.count();
    std::int64_t const interval = keepalive.interval.count();
    std::int64_t const unacknowledged = keepalive.unacknowledged.count();
    if (idle < 0 || idle > longest_probe ||
        (idle != 0 && (interval <= 0 || interval > longest_probe || keepalive.probes < 1 ||
                       keepalive.probes > most_probes)) ||
        unacknowledged < 0 || unacknowledged > day)
        refuse(
            "the keepalive has a time or a number of probes that the kernel does not take",
            "give keepalive() an .idle and .interval of 1 to 32767 s, 1 to 127 .probes and at most "
            "a day for .unacknowledged; an .idle or .unacknowledged of zero switches that part off");
    if (options.max_allowed_packet < 16'384 || options.max_allowed_packet > (std::size_t{1} << 30U))
        refuse("the largest packet is not between 16 KiB and 1 GiB",
               "check what was given to max_allowed_packet()");
    if (SslOptions const* const ssl = options.transport.ssl()) {
        check(*ssl);
        if (endpoint.is_local_socket() && ssl->verify == VerifyMode::identity &&
            ssl->server_name.empty())
            throw detail::tls_error(
                TlsReason::options_contradict, TlsStage::configuration,
                "a local socket has no host name that the certificate could be for",
                "give SslOptions a .server_name, or use "
                "plaintext_over_local_socket()");
    }
}

} // namespace sealsql::inline SEALSQL_ABI

#include "options.hpp"

#include <sealsql/printable.hpp>

#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

namespace doctor {

namespace {

std::string quoted(std::string_view text) { return "'" + sealsql::printable(text) + "'"; }

std::uint16_t parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size() || port == 0)
        throw UsageError{quoted(text) + " is no port",
                         "write host:port with a number from 1 to 65535; MySQL's is 3306"};
    return port;
}

std::chrono::milliseconds parse_seconds(std::string_view text)
{
    double seconds = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || end != text.data() + text.size() ||
        !(seconds >= 0.001 && seconds <= 3600)) // negated, so that NaN is refused
        throw UsageError{"--connect-timeout cannot be " + quoted(text),
                         "give seconds from 0.001 to 3600, such as 2.5"};
    return std::chrono::milliseconds{std::llround(seconds * 1000)};
}

/// `host`, `host:port`, `[address]:port`, or an IPv6 address alone.
void parse_server(Options& options, std::string_view text)
{
    if (!options.host.empty())
        throw UsageError{"there are two servers: " + quoted(options.host) + " and " + quoted(text),
                         "give one host[:port] at a time"};
    std::string_view host = text;
    std::string_view port;
    if (text.starts_with('[')) {
        auto const end = text.find(']');
        host = text.substr(1, end == text.npos ? end : end - 1);
        std::string_view const rest = end == text.npos ? "?" : text.substr(end + 1);
        if (!rest.empty() && !rest.starts_with(':'))
            throw UsageError{quoted(text) + " is no address", "write it as [2001:db8::1]:3306"};
        if (!rest.empty())
            port = rest.substr(1);
        if (rest == ":")
            port = ":"; // which is no port
    } else if (auto const colon = text.find(':');
               colon != text.npos && text.find(':', colon + 1) == text.npos) {
        host = text.substr(0, colon);
        port = colon + 1 == text.size() ? ":" : text.substr(colon + 1);
    }
    if (host.empty())
        throw UsageError{quoted(text) + " names no host", "write host or host:port"};
    options.host = host;
    if (!port.empty())
        options.port = parse_port(port);
}

} // namespace

Options parse_options(std::span<char const* const> arguments)
{
    Options options;
    bool options_ended = false;
    for (char const* const argument : arguments) {
        std::string_view const word{argument};
        if (options_ended || !word.starts_with('-')) {
            parse_server(options, word);
            continue;
        }
        auto const equals = word.find('=');
        std::string_view const name = word.substr(0, equals);
        std::string_view const value =
            equals == word.npos ? std::string_view{} : word.substr(equals + 1);
        bool const is_flag = name == "--json" || name == "--help" || name == "--version" ||
                             name == "--no-protocols" || name == "--";
        if (is_flag && equals != word.npos)
            throw UsageError{quoted(name) + " takes no value", "write it alone"};
        bool const takes_value = name == "--ssl-ca" || name == "--new-ca" ||
                                 name == "--server-name" || name == "--connect-timeout";
        if (takes_value && value.empty())
            throw UsageError{quoted(name) + " needs a value",
                             "write " + std::string{name} + "=VALUE"};
        if (name == "--")
            options_ended = true;
        else if (name == "--json")
            options.json = true;
        else if (name == "--help")
            options.help = true;
        else if (name == "--version")
            options.version = true;
        else if (name == "--no-protocols")
            options.try_protocols = false;
        else if (name == "--ssl-ca")
            options.ssl_ca = value;
        else if (name == "--new-ca")
            options.new_ca = value;
        else if (name == "--server-name")
            options.server_names.emplace_back(value);
        else if (name == "--connect-timeout")
            options.connect_timeout = parse_seconds(value);
        else
            throw UsageError{"there is no option " + quoted(name), "see sealsql-doctor --help"};
    }
    if (options.host.empty() && !options.help && !options.version)
        throw UsageError{"no server is named", "write sealsql-doctor host[:port]"};
    return options;
}

char const* help_text() noexcept
{
    return "Usage: sealsql-doctor [OPTION]... HOST[:PORT]\n"
           "Says what a MySQL or MariaDB server offers of TLS, whom its certificate names, what\n"
           "each VerifyMode would decide about it and why, and what to change. It sends no user name.\n"
           "\n"
#if defined(SEALSQL_EXAMPLES_WITH_ZIP)
           "  --ssl-ca=PATH             whom to trust: the CA's file as it was downloaded, also a ZIP\n"
           "                            archive, or a folder of such files;\n"
#else
           "  --ssl-ca=PATH             whom to trust: the CA's file as it was downloaded, or a folder;\n"
#endif

           "                            the system's CAs unless given\n"
           "  --server-name=NAME        the name to check, where it is not the host's; given several times,\n"
           "                            the certificate may be for any of them\n"
           "  --new-ca=PATH             also say whether the server would be accepted if this CA\n"
           "                            were trusted and no other\n"
           "  --connect-timeout=SECONDS for each connection; 10 unless given\n"
           "  --no-protocols            do not try each version and cipher, which takes a connection\n"
           "                            for each that the server counts as failed: it bars an address\n"
           "                            after max_connect_errors (100) of them in a row\n"
           "  --json                    for programs\n"
           "  --help, --version\n"
           "\n"
           "The exit code is 0 if VerifyMode::identity, the default, would connect, 1 if not, and 2 if\n"
           "the command line is wrong.\n";
}

} // namespace doctor

#include "options.hpp"

#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

namespace {

/// By the number of the SslMode.
constexpr std::array mode_names{"DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA",
                                "VERIFY_IDENTITY"};

std::string upper_case(std::string_view text)
{
    std::string upper{text};
    for (char& c : upper)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return upper;
}

std::string quoted(std::string_view text) { return "'" + std::string{text} + "'"; }

// --- Values ---

SslMode parse_ssl_mode(std::string_view value)
{
    auto const found = std::ranges::find(mode_names, upper_case(value));
    if (found != mode_names.end())
        return static_cast<SslMode>(found - mode_names.begin());
    throw UsageError{
        "--ssl-mode knows no " + quoted(value),
        "give DISABLED, PREFERRED, REQUIRED, VERIFY_CA or VERIFY_IDENTITY (the default)"};
}

Protocol parse_protocol(std::string_view value)
{
    std::string const name = upper_case(value);
    if (name == "TCP")
        return Protocol::tcp;
    if (name == "SOCKET")
        return Protocol::socket;
    throw UsageError{"--protocol knows no " + quoted(value), "give TCP or SOCKET"};
}

std::uint16_t parse_port(std::string_view value)
{
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), port);
    // The value is not repeated: -P is easily typed where -p was meant, and then it is the
    // password.
    if (error != std::errc{} || end != value.data() + value.size() || port == 0)
        throw UsageError{"the value of --port (-P) is not a number from 1 to 65535",
                         "give the server's port; a password follows the lower-case -p"};
    return port;
}

std::chrono::milliseconds parse_seconds(std::string_view value, std::string const& option)
{
    double seconds = 0;
    auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
    constexpr double longest = 365.0 * 24 * 3600;
    if (error != std::errc{} || end != value.data() + value.size() ||
        !(seconds >= 0.001 && seconds <= longest)) // negated, so that NaN is refused
        throw UsageError{
            option + " cannot be " + quoted(value),
            "give seconds from 0.001 to 31536000, such as 2.5; there is no endless wait"};
    return std::chrono::milliseconds{std::llround(seconds * 1000)};
}

/// Bytes, or with one of the letters that `mysql` takes.
std::size_t parse_size(std::string_view value)
{
    std::string const text = upper_case(value);
    std::size_t size = 0;
    char const* const last = text.data() + text.size();
    auto const [end, error] = std::from_chars(text.data(), last, size);
    std::string_view const unit{end, last};
    unsigned const shift = unit == "K" ? 10 : unit == "M" ? 20 : unit == "G" ? 30 : 0;
    constexpr std::size_t smallest = std::size_t{16} << 10U;
    constexpr std::size_t largest = std::size_t{1} << 30U;
    if (error != std::errc{} || (shift == 0 && !unit.empty()) || size > largest >> shift ||
        size << shift < smallest)
        throw UsageError{"--max-allowed-packet cannot be " + quoted(value),
                         "give a size from 16K to 1G, such as 64M"};
    return size << shift;
}

/// A list of versions. The library takes an oldest and a newest one.
TlsVersions parse_tls_versions(std::string_view value)
{
    // By the number of the TlsVersion.
    constexpr std::array names{"TLSV1", "TLSV1.1", "TLSV1.2", "TLSV1.3"};
    std::array<bool, names.size()> given{};
    for (std::string_view rest = value;;) {
        auto const comma = rest.find(',');
        std::string const name = upper_case(rest.substr(0, comma));
        auto const found = std::ranges::find(names, name == "TLSV1.0" ? "TLSV1" : name);
        if (found == names.end())
            throw UsageError{"--tls-version knows no " + quoted(rest.substr(0, comma)),
                             "give TLSv1.2, TLSv1.3 or both (the default), with a comma between"};
        given.at(static_cast<std::size_t>(found - names.begin())) = true;
        if (comma == std::string_view::npos)
            break;
        rest.remove_prefix(comma + 1);
    }
    auto const oldest = std::ranges::find(given, true);
    auto const newest = std::find(given.rbegin(), given.rend(), true).base();
    if (std::find(oldest, newest, false) != newest)
        throw UsageError{"--tls-version leaves out a version between two that it names",
                         "name all from the oldest to the newest, with commas between"};
    return {.oldest = static_cast<sealsql::TlsVersion>(oldest - given.begin()),
            .newest = static_cast<sealsql::TlsVersion>(newest - given.begin() - 1)};
}

int parse_number(std::string_view value, std::string const& option, int least, int most)
{
    int number = 0;
    auto const [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc{} || end != value.data() + value.size() || number < least ||
        number > most)
        throw UsageError{option + " cannot be " + quoted(value), "give a number from " +
                                                                     std::to_string(least) +
                                                                     " to " + std::to_string(most)};
    return number;
}

/// The library wants a second key in reserve, for programs that are deployed with their pins. Who types a
/// pin can type another.
sealsql::Pin parse_pin(std::string_view value, bool is_key)
{
    try {
        return is_key ? sealsql::Pin::public_key_without_reserve(value)
                      : sealsql::Pin::certificate(value);
    } catch (sealsql::TlsError const& error) {
        throw UsageError{(is_key ? "--ssl-pin: " : "--ssl-pin-certificate: ") + error.message(),
                         is_key ? "take it from the server's key: openssl x509 -in server.pem "
                                  "-pubkey -noout | openssl pkey -pubin -outform der | openssl "
                                  "dgst -sha256 -binary | openssl base64, with sha256// before it"
                                : error.remedy()};
    }
}

/// An empty path is what a variable of the shell leaves that is not set.
std::string parse_path(std::string_view value, std::string const& option)
{
    if (value.empty())
        throw UsageError{option + " has an empty path", "give it a path, or leave it out"};
    return std::string{value};
}

/// `mysql` separates by colons. An empty name stays, for the library to refuse.
std::vector<std::string> parse_names(std::string_view value)
{
    std::vector<std::string> names;
    for (std::string_view rest = value;;) {
        auto const colon = rest.find(':');
        names.emplace_back(rest.substr(0, colon));
        if (colon == std::string_view::npos)
            return names;
        rest.remove_prefix(colon + 1);
    }
}

// --- The options ---

enum class Takes : std::uint8_t { nothing, value, attached_value };

struct Option {
    char letter; // NUL if there is none
    std::string_view name;
    Takes takes;
    std::string_view placeholder;
    std::string_view description;
    /// `value` is empty for an option that takes none; `given` tells that from an empty value.
    void (*apply)(Options& options, std::string_view value, bool given);
};

constexpr std::array all_options{
    Option{'h', "host", Takes::value, "=NAME",
           "server; default localhost. Always TCP, other than with mysql:\n"
           "say --socket for a local socket",
           [](Options& o, std::string_view value, bool) { o.host = value; }},
    Option{'P', "port", Takes::value, "=NUMBER", "default 3306",
           [](Options& o, std::string_view value, bool) { o.port = parse_port(value); }},
    Option{'S', "socket", Takes::value, "=PATH",
           "connect to a local socket, in plaintext unless an --ssl option is given",
           [](Options& o, std::string_view value, bool) { o.socket = value; }},
    Option{'\0', "protocol", Takes::value, "=TCP|SOCKET",
           "follows from --host and --socket; here for the scripts that give it",
           [](Options& o, std::string_view value, bool) { o.protocol = parse_protocol(value); }},
    Option{'u', "user", Takes::value, "=NAME", "default: your login name",
           [](Options& o, std::string_view value, bool) { o.user = value; }},
    Option{'p', "password", Takes::attached_value, "[=PASSWORD]",
           "without a value: ask on the terminal. Without this option: the\n"
           "environment's SEALSQL_PASSWORD, else no password",
           [](Options& o, std::string_view value, bool given) {
               o.ask_password = !given;
               o.password = given ? std::optional{sealsql::Secret{value}} : std::nullopt;
           }},
    Option{'\0', "enable-cleartext-plugin", Takes::nothing, "",
           "lets the server ask for the password itself (mysql_clear_password), as one\n"
           "does that hands it on to LDAP or PAM; only a server that was checked",
           [](Options& o, std::string_view, bool) { o.cleartext_password = true; }},
    Option{'D', "database", Takes::value, "=NAME", "also as an argument without option",
           [](Options& o, std::string_view value, bool) { o.database = value; }},
    Option{'\0', "ssl-mode", Takes::value, "=MODE",
           "VERIFY_IDENTITY (default): trusted CA, and the name dialled\n"
           "VERIFY_CA: trusted CA, any name\n"
           "REQUIRED: encrypted, but nobody knows to whom\n"
           "PREFERRED: TLS if offered; a network attacker decides\n"
           "DISABLED: plaintext",
           [](Options& o, std::string_view value, bool) { o.ssl_mode = parse_ssl_mode(value); }},
    Option{'\0', "ssl-ca", Takes::value, "=FILE",
#if defined(SEALSQL_EXAMPLES_WITH_ZIP)
           "file of the CAs to trust (PEM, DER, .p7b, .p12, .jks, or a .zip of them);\n"
#else
           "file of the CAs to trust (PEM, DER, .p7b, .p12, .jks);\n"
#endif
           "default: the system's",
           [](Options& o, std::string_view value, bool) { o.ssl_ca = value; }},
    Option{'\0', "ssl-capath", Takes::value, "=FOLDER",
           "folder with files of CAs to trust; with --ssl-ca: both are trusted",
           [](Options& o, std::string_view value, bool) {
               o.ssl_ca_path = parse_path(value, "--ssl-capath");
           }},
    Option{'\0', "ssl-ca-password-file", Takes::value, "=FILE",
           "its first line is the password of the keystore that --ssl-ca names.\n"
           "Without this option: the environment's SEALSQL_CA_PASSWORD, else the\n"
           "passwords that such files are published with",
           [](Options& o, std::string_view value, bool) {
               o.ssl_ca_password_file = parse_path(value, "--ssl-ca-password-file");
           }},
    Option{'\0', "ssl-crl", Takes::value, "=FILE",
           "revocation lists, PEM or DER. Each certificate of the chain has to be\n"
           "in one list's care: no good list means no connection",
           [](Options& o, std::string_view value, bool) {
               o.revocation_lists.push_back(parse_path(value, "--ssl-crl"));
           }},
    Option{'\0', "ssl-crlpath", Takes::value, "=FOLDER",
           "folder with files of revocation lists; with --ssl-crl: both are used",
           [](Options& o, std::string_view value, bool) {
               o.revocation_lists.push_back(parse_path(value, "--ssl-crlpath"));
           }},
    Option{
        '\0', "ssl-pin", Takes::value, "=PIN",
        "the chain must hold this public key: sha256// and Base64, or hexadecimal.\n"
        "May be given several times: then one of them. With --ssl-mode=REQUIRED\n"
        "it stands in place of a CA, and the server's own key must be it",
        [](Options& o, std::string_view value, bool) { o.pins.push_back(parse_pin(value, true)); }},
    Option{'\0', "ssl-pin-certificate", Takes::value, "=SHA256",
           "as --ssl-pin, for a certificate's fingerprint",
           [](Options& o, std::string_view value, bool) {
               o.pins.push_back(parse_pin(value, false));
           }},
    Option{'\0', "ssl-max-chain-depth", Takes::value, "=NUMBER",
           "intermediate CAs between the server and a trusted CA; default 10",
           [](Options& o, std::string_view value, bool) {
               o.max_chain_depth =
                   static_cast<unsigned>(parse_number(value, "--ssl-max-chain-depth", 0, 100));
           }},
    Option{'\0', "ssl-security-level", Takes::value, "=NUMBER",
           "OpenSSL's, 2 (default) to 5: how weak keys and signatures may be",
           [](Options& o, std::string_view value, bool) {
               o.security_level = parse_number(value, "--ssl-security-level", 2, 5);
           }},
    Option{'\0', "ssl-cert", Takes::value, "=FILE",
           "client certificate, for servers that ask for one: PEM, or PKCS#12",
           [](Options& o, std::string_view value, bool) { o.ssl_cert = value; }},
    Option{'\0', "ssl-key", Takes::value, "=FILE", "its key; not needed if the same file holds it",
           [](Options& o, std::string_view value, bool) { o.ssl_key = value; }},
    Option{'\0', "ssl-key-password-file", Takes::value, "=FILE",
           "its first line is the passphrase of an encrypted key or PKCS#12 file.\n"
           "Without this option: the environment's SEALSQL_KEY_PASSPHRASE. A\n"
           "password in an option itself could be read by everybody on this machine",
           [](Options& o, std::string_view value, bool) {
               o.ssl_key_password_file = parse_path(value, "--ssl-key-password-file");
           }},
    Option{
        '\0', "ssl-server-name", Takes::value, "=NAME",
        "name or address the certificate must be for; default: the host. May be\n"
        "given several times: then for one of them",
        [](Options& o, std::string_view value, bool) { o.ssl_server_names.emplace_back(value); }},
    Option{'\0', "tls-sni-servername", Takes::value, "=NAME",
           "the name to ask for in the TLS handshake, by which a proxy may choose the\n"
           "server; default: --ssl-server-name. What the certificate must be for stays",
           [](Options& o, std::string_view value, bool) { o.sni_name = value; }},
    Option{'\0', "tls-version", Takes::value, "=LIST", "TLSv1.2, TLSv1.3 or both (default)",
           [](Options& o, std::string_view value, bool) {
               o.tls_versions = parse_tls_versions(value);
           }},
    Option{'\0', "insecure-legacy-tls", Takes::nothing, "",
           "lets --tls-version name TLSv1 and TLSv1.1, which can be broken, for\n"
           "servers of the time of MySQL 5.6",
           [](Options& o, std::string_view, bool) { o.insecure_legacy_tls = true; }},
    Option{'\0', "ssl-cipher", Takes::value, "=LIST", "ciphers of TLSv1.2, with colons between",
           [](Options& o, std::string_view value, bool) { o.ciphers = parse_names(value); }},
    Option{'\0', "tls-ciphersuites", Takes::value, "=LIST",
           "cipher suites of TLSv1.3, with colons between",
           [](Options& o, std::string_view value, bool) { o.cipher_suites = parse_names(value); }},
    Option{'\0', "tls-groups", Takes::value, "=LIST",
           "groups of the key exchange, such as X25519:P-256",
           [](Options& o, std::string_view value, bool) { o.groups = parse_names(value); }},
    Option{'\0', "ssl-key-log-file", Takes::value, "=FILE",
           "for Wireshark: who has this file reads all that was sent, passwords too",
           [](Options& o, std::string_view value, bool) {
               o.key_log_file = parse_path(value, "--ssl-key-log-file");
           }},
    Option{'\0', "connect-timeout", Takes::value, "=SECONDS",
           "until logged in, such as 2.5; default 10",
           [](Options& o, std::string_view value, bool) {
               o.connect_timeout = parse_seconds(value, "--connect-timeout");
           }},
    Option{'\0', "read-timeout", Takes::value, "=SECONDS",
           "for an answer, and again for each row; default 300",
           [](Options& o, std::string_view value, bool) {
               o.read_timeout = parse_seconds(value, "--read-timeout");
           }},
    Option{'\0', "write-timeout", Takes::value, "=SECONDS", "for sending a statement; default 60",
           [](Options& o, std::string_view value, bool) {
               o.write_timeout = parse_seconds(value, "--write-timeout");
           }},
    Option{'\0', "max-allowed-packet", Takes::value, "=SIZE",
           "the largest row that is accepted, such as 1G; default 64M",
           [](Options& o, std::string_view value, bool) { o.max_packet = parse_size(value); }},
    Option{'e', "execute", Takes::value, "=SQL",
           "run these statements instead of those on standard input",
           [](Options& o, std::string_view value, bool) {
               o.statements = (o.statements ? *o.statements + "\n" : "").append(value);
           }},
    Option{'B', "batch", Takes::nothing, "",
           "columns apart by tabs; the default unless a terminal is used",
           [](Options& o, std::string_view, bool) { o.layout = Layout::tabs; }},
    Option{'t', "table", Takes::nothing, "", "columns in a frame",
           [](Options& o, std::string_view, bool) { o.layout = Layout::table; }},
    Option{'N', "skip-column-names", Takes::nothing, "", "no header line",
           [](Options& o, std::string_view, bool) { o.column_names = false; }},
    Option{'r', "raw", Takes::nothing, "", "with tabs: do not escape values",
           [](Options& o, std::string_view, bool) { o.raw = true; }},
    Option{'s', "silent", Takes::nothing, "", "as --batch",
           [](Options& o, std::string_view, bool) { o.layout = Layout::tabs; }},
    Option{'f', "force", Takes::nothing, "", "go on after an error; the exit code is still 1",
           [](Options& o, std::string_view, bool) { o.force = true; }},
    Option{'\0', "status", Takes::nothing, "", "show the facts of the connection and its TLS",
           [](Options& o, std::string_view, bool) { o.status = true; }},
    Option{'\0', "no-defaults", Takes::nothing, "", "always so: no option file is read",
           [](Options&, std::string_view, bool) {}},
    Option{'?', "help", Takes::nothing, "", "this text",
           [](Options& o, std::string_view, bool) { o.help = true; }},
    Option{'V', "version", Takes::nothing, "", "the version",
           [](Options& o, std::string_view, bool) { o.version = true; }},
};

// --- What is not an option ---

/// Options of other clients that a change of letters does not lead to.
struct Elsewhere {
    std::string_view name;
    std::string_view remedy;
};

constexpr std::array elsewhere{
    Elsewhere{"ssl", "leave it out: TLS is on; --ssl-mode says how much is checked"},
    Elsewhere{"skip-ssl", "say --ssl-mode=DISABLED"},
    Elsewhere{"ssl-verify-server-cert", "leave it out: that is the default"},
    Elsewhere{"skip-ssl-verify-server-cert", "say --ssl-mode=REQUIRED"},
    Elsewhere{"ssl-passphrase",
              "put it into a file for --ssl-key-password-file, or into the environment's "
              "SEALSQL_KEY_PASSPHRASE: others can read a command line"},
    Elsewhere{"skip-enable-cleartext-plugin", "leave it out: that is the default"},
    Elsewhere{"ssl-fp", "give a SHA-256 fingerprint to --ssl-pin-certificate"},
    Elsewhere{"ssl-fplist", "give --ssl-pin-certificate for each SHA-256 fingerprint"},
};

/// How many characters have to be changed, added or removed (Levenshtein).
std::size_t distance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < from.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < to.size(); ++j) {
            std::size_t const replaced = diagonal + (from[i] == to[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

std::string suggest(std::string_view name)
{
    for (auto const& [known, remedy] : elsewhere) {
        if (name == known)
            return std::string{remedy};
    }
    auto const cost = [&](Option const& option) {
        return option.name.starts_with(name) ? 0 : distance(name, option.name);
    };
    auto const nearest = std::ranges::min_element(all_options, {}, cost);
    if (!name.empty() && cost(*nearest) <= 3)
        return "did you mean --" + std::string{nearest->name} + "?";
    return "sealsql --help lists the options";
}

Option const& find_option(std::string_view written)
{
    std::string name{written};
    std::ranges::replace(name, '_', '-'); // as mysql does
    auto const found = std::ranges::find(all_options, name, &Option::name);
    if (name.starts_with("password") && found == all_options.end())
        throw UsageError{"option '--password' takes its value behind a =", // which is not repeated
                         "write --password=PASSWORD, or --password to be asked"};
    if (found == all_options.end())
        throw UsageError{"unknown option '--" + std::string{written} + "'", suggest(name)};
    return *found;
}

Option const& find_option(char letter)
{
    auto const find = [](char wanted) {
        return std::ranges::find(all_options, wanted, &Option::letter);
    };
    if (auto const found = find(letter); letter != '\0' && found != all_options.end())
        return *found;
    auto const code = static_cast<unsigned char>(letter);
    auto const other =
        static_cast<char>(std::isupper(code) != 0 ? std::tolower(code) : std::toupper(code));
    throw UsageError{std::string{"unknown option '-"} + letter + "'",
                     find(other) != all_options.end() ? std::string{"did you mean -"} + other + "?"
                                                      : "sealsql --help lists the options"};
}

void apply_positional(Options& options, std::string_view word, bool& database_given)
{
    // Not repeated either: `-p secret` makes the password a database.
    if (std::exchange(database_given, true))
        throw UsageError{"there is more than one argument, but only a database is expected",
                         "remove one; a password follows -p without a space"};
    options.database = word;
}

/// Leaves an `x` where the password was, to show that there was one.
void overwrite(char* text)
{
    std::size_t const size = std::strlen(text);
    std::fill_n(text, size, '\0');
    if (size > 0)
        *text = 'x';
}

// --- Contradictions ---

void check_server(Options const& options)
{
    if (!options.socket) {
        if (options.protocol == Protocol::socket)
            throw UsageError{"--protocol=SOCKET does not say which socket",
                             "add --socket=PATH, such as --socket=/run/mysqld/mysqld.sock"};
        return;
    }
    if (options.protocol == Protocol::tcp)
        throw UsageError{"--protocol=TCP contradicts --socket", "remove one of the two"};
    if (options.port)
        throw UsageError{"--port contradicts --socket", "remove one of the two"};
    // With mysql, localhost is the name of the socket.
    if (options.host && *options.host != "localhost")
        throw UsageError{"--host contradicts --socket", "remove one of the two"};
}

/// What an option needs of the mode, so as not to be ignored.
enum class Needs : std::uint8_t { tls, tls_for_sure, chain, name };

[[nodiscard]] bool meets(SslMode mode, Needs needs)
{
    switch (needs) {
    case Needs::tls:
        return mode != SslMode::disabled;
    case Needs::tls_for_sure:
        return mode != SslMode::disabled && mode != SslMode::preferred;
    case Needs::chain:
        return mode == SslMode::verify_ca || mode == SslMode::verify_identity;
    case Needs::name:
        return mode == SslMode::verify_identity;
    }
    return false;
}

struct TlsOption {
    bool given;
    char const* name;
    Needs needs;
    char const* to_have; // in the remedy
};

auto tls_options(Options const& o)
{
    constexpr char const* ca = "or VERIFY_CA to have the CA checked";
    constexpr char const* chain = "or VERIFY_CA to have the chain checked";
    constexpr char const* server =
        "or VERIFY_CA to have the server checked before it sees the certificate";
    constexpr char const* pin = "or REQUIRED to have TLS for sure";
    constexpr char const* tls = "to use TLS";
    return std::array{
        TlsOption{o.ssl_ca.has_value(), "--ssl-ca", Needs::chain, ca},
        TlsOption{o.ssl_ca_path.has_value(), "--ssl-capath", Needs::chain, ca},
        TlsOption{o.ssl_cert.has_value(), "--ssl-cert", Needs::chain, server},
        TlsOption{!o.revocation_lists.empty(), "--ssl-crl and --ssl-crlpath", Needs::chain, chain},
        TlsOption{o.max_chain_depth.has_value(), "--ssl-max-chain-depth", Needs::chain, chain},
        TlsOption{!o.pins.empty(), "--ssl-pin and --ssl-pin-certificate", Needs::tls_for_sure, pin},
        TlsOption{o.cleartext_password, "--enable-cleartext-plugin",
                  o.pins.empty() ? Needs::chain : Needs::tls_for_sure,
                  "or VERIFY_CA to have the server checked before it sees the password"},
        TlsOption{!o.ssl_server_names.empty(), "--ssl-server-name", Needs::name,
                  "to have the name checked"},
        TlsOption{o.sni_name.has_value(), "--tls-sni-servername", Needs::tls, tls},
        TlsOption{o.tls_versions.has_value(), "--tls-version", Needs::tls, tls},
        TlsOption{o.insecure_legacy_tls, "--insecure-legacy-tls", Needs::tls, tls},
        TlsOption{!o.ciphers.empty(), "--ssl-cipher", Needs::tls, tls},
        TlsOption{!o.cipher_suites.empty(), "--tls-ciphersuites", Needs::tls, tls},
        TlsOption{!o.groups.empty(), "--tls-groups", Needs::tls, tls},
        TlsOption{o.security_level.has_value(), "--ssl-security-level", Needs::tls, tls},
        TlsOption{o.key_log_file.has_value(), "--ssl-key-log-file", Needs::tls, tls},
    };
}

void check_files(Options const& options)
{
    if (options.ssl_key && !options.ssl_cert)
        throw UsageError{"--ssl-key does not say which certificate it is for",
                         "add --ssl-cert=FILE; if one file holds both, it is enough alone"};
    if (options.ssl_key_password_file && !options.ssl_cert)
        throw UsageError{"--ssl-key-password-file does not say which key it is for",
                         "add --ssl-cert=FILE, and --ssl-key=FILE if the key is in another"};
    if (options.ssl_ca_password_file && !options.ssl_ca)
        throw UsageError{"--ssl-ca-password-file does not say which keystore it is for",
                         "add --ssl-ca=FILE; the files of --ssl-capath have no password"};
}

void check_tls(Options const& options)
{
    SslMode const mode = ssl_mode(options);
    check_files(options);
    for (TlsOption const& option : tls_options(options)) {
        if (option.given && !meets(mode, option.needs))
            throw UsageError{std::string{"--ssl-mode="} + spelling(mode) + " contradicts " +
                                 option.name + ", which would be ignored",
                             std::string{"say --ssl-mode=VERIFY_IDENTITY (the default) "} +
                                 option.to_have + ", or remove " + option.name};
    }
    if (options.tls_versions && options.tls_versions->oldest < sealsql::TlsVersion::tls1_2 &&
        !options.insecure_legacy_tls)
        throw UsageError{
            "--tls-version names " + quoted(sealsql::to_string(options.tls_versions->oldest)) +
                ", which is not secure (RFC 8996)",
            "give TLSv1.2, TLSv1.3 or both (the default), and update a server that cannot do "
            "that; until then, --insecure-legacy-tls allows it"};
    if (options.socket && mode == SslMode::preferred)
        throw UsageError{"--ssl-mode=PREFERRED contradicts --socket",
                         "say DISABLED, since a local socket is no network, or REQUIRED"};
    if (mode == SslMode::verify_ca && !options.ssl_ca && !options.ssl_ca_path)
        throw UsageError{
            "--ssl-mode=VERIFY_CA without --ssl-ca or --ssl-capath would accept any certificate "
            "that any public CA ever gave to anybody",
            "name the CA of your server with --ssl-ca=FILE, or say "
            "--ssl-mode=VERIFY_IDENTITY (the default)"};
    if (options.socket && mode == SslMode::verify_identity && options.ssl_server_names.empty())
        throw UsageError{
            "a local socket has no host name that the certificate could be for",
            "add --ssl-server-name, or say --ssl-mode=VERIFY_CA with --ssl-ca to have the CA checked, "
            "or --ssl-mode=DISABLED, since a local socket is no network"};
}

} // namespace

Options parse_options(std::span<char* const> arguments)
{
    Options options;
    bool database_given = false;
    bool options_ended = false;
    for (auto next = arguments.begin(); next != arguments.end();) {
        char* const word = *next++;
        std::string_view const text{word};
        auto const apply = [&](Option const& option, char* attached, std::string const& written) {
            char* value = option.takes == Takes::nothing ? nullptr : attached;
            if (value == nullptr && option.takes == Takes::value) {
                if (next == arguments.end())
                    throw UsageError{"option '" + written + "' needs a value",
                                     "write " + written + " VALUE"};
                value = *next++;
            }
            option.apply(options, value != nullptr ? value : "", value != nullptr);
            if (value != nullptr && option.letter == 'p')
                overwrite(value);
        };
        if (options_ended || text == "-" || !text.starts_with('-')) {
            apply_positional(options, text, database_given);
        } else if (text == "--") {
            options_ended = true;
        } else if (text.starts_with("--")) {
            std::string const name{text.substr(2, text.find('=') - 2)};
            bool const has_value = text.find('=') != std::string_view::npos;
            Option const& option = find_option(name);
            if (has_value && option.takes == Takes::nothing)
                throw UsageError{"option '--" + name + "' takes no value", "write --" + name};
            apply(option, has_value ? word + 2 + name.size() + 1 : nullptr, "--" + name);
        } else {
            // Several letters may stand together; the first that takes a value takes the rest.
            for (char* letter = word + 1; *letter != '\0'; ++letter) {
                Option const& option = find_option(*letter);
                std::string const written{'-', *letter};
                apply(option, letter[1] != '\0' ? letter + 1 : nullptr, written);
                if (option.takes != Takes::nothing)
                    break;
            }
        }
    }
    if (!options.help && !options.version) {
        check_server(options);
        check_tls(options);
    }
    return options;
}

SslMode ssl_mode(Options const& options)
{
    bool const speaks_of_tls = std::ranges::any_of(tls_options(options), &TlsOption::given);
    return options.ssl_mode.value_or(options.socket && !speaks_of_tls ? SslMode::disabled
                                                                      : SslMode::verify_identity);
}

char const* spelling(SslMode mode) { return mode_names.at(static_cast<std::size_t>(mode)); }

std::string help_text()
{
    std::string text =
        "Usage: sealsql [OPTION]... [DATABASE]\n"
        "Runs SQL on a MySQL or MariaDB server, over TLS with the server's identity checked.\n"
        "Statements come from -e, from standard input, or from a prompt on a terminal.\n\n";
    constexpr std::size_t column = 32;
    for (Option const& option : all_options) {
        std::string line =
            option.letter != '\0' ? std::string{"  -"} + option.letter + ", " : std::string(6, ' ');
        ((line += "--") += option.name) += option.placeholder;
        line.resize(std::max(column, line.size() + 1), ' ');
        for (char const c : option.description) {
            line += c;
            if (c == '\n')
                line.append(column, ' ');
        }
        text += line + '\n';
    }
    return text +
           "\nIn a prompt, \\h lists its commands. The exit code is 0, or 1 after an error.\n";
}

} // namespace cli

#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/text/go_dsn.hpp>
#include <sealsql/translation.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

enum class GoSetting : std::uint8_t {
    tls,
    fallback,
    native_passwords,
    character_sets,
    connect_timeout,
    read_timeout,
    write_timeout,
};

[[nodiscard]] constexpr TextSetting go_own(std::string_view name, GoSetting id) noexcept
{
    return {name, TextMeaning::own, {}, static_cast<std::uint8_t>(id)};
}

// Of parseDSNParams() in the driver's dsn.go, by what its README says of each.
inline constexpr TextSetting go_settings[] = {
    go_own("tls", GoSetting::tls),
    go_own("allowFallbackToPlaintext", GoSetting::fallback),
    go_own("allowNativePasswords", GoSetting::native_passwords),
    go_own("charset", GoSetting::character_sets),
    go_own("timeout", GoSetting::connect_timeout),
    go_own("readTimeout", GoSetting::read_timeout),
    go_own("writeTimeout", GoSetting::write_timeout),
    {"collation", TextMeaning::collation},
    {"connectionAttributes", TextMeaning::attributes},
    {"allowCleartextPasswords", TextMeaning::clear_password},
    {"allowAllFiles", TextMeaning::only_false, "no server is handed files of this machine"},
    {"allowOldPasswords", TextMeaning::only_false, "the login method of MySQL 4.0 is broken"},
    {"clientFoundRows", TextMeaning::only_false, "affected rows are those that changed"},
    {"compress", TextMeaning::only_false, "the protocol is not compressed"},
    {"multiStatements", TextMeaning::only_false, "a query is one statement"},
    {"strict", TextMeaning::refused, "the driver itself has removed it"},
    {"checkConnLiveness", TextMeaning::moot, "nothing is sent again behind the program's back",
     a_boolean},
    {"columnsWithAlias", TextMeaning::moot, "columns tell their table and their name", a_boolean},
    {"interpolateParams", TextMeaning::moot, "it concerns how the driver sends parameters",
     a_boolean},
    {"loc", TextMeaning::moot, "dates are handed over as the server sends them"},
    {"maxAllowedPacket", TextMeaning::moot,
     "it limits statements: how long one may be is the server's max_allowed_packet", a_number},
    {"parseTime", TextMeaning::moot, "a column's type in C++ is the program's choice", a_boolean},
    {"rejectReadOnly", TextMeaning::moot,
     "the error of a read-only server is reported, and Error::retryable() tells of it", a_boolean},
    {"serverPubKey", TextMeaning::moot,
     "no password is sent without TLS, encrypted by itself or not"},
    {"timeTruncate", TextMeaning::moot, "dates are sent as the program gives them"},
};

class GoDsn : public TextDraft {
public:
    GoDsn(TextGrammar const& grammar, std::vector<GoTlsConfig> const& registered)
        : TextDraft{grammar}, registered_{registered}
    {
    }

    [[nodiscard]] Translation translate(std::string_view text)
    {
        check_text(text);
        std::size_t const slash = text.rfind('/');
        if (slash == text.npos && !text.empty())
            refuse("there is no slash before the database", "end the address with a '/'");
        read_server(text.substr(0, slash == text.npos ? 0 : slash));
        if (slash != text.npos)
            read_database(text.substr(slash + 1));
        return finish();
    }

    static void take_own(TextDraft& draft, TextSetting const& setting, std::string_view value)
    {
        static_cast<GoDsn&>(draft).take_own(setting, value);
    }

    static bool take_variable(TextDraft& draft, std::string_view name, std::string_view value)
    {
        return static_cast<GoDsn&>(draft).take_variable(name, value);
    }

private:
    /// `[user[:password]@][net[(address)]]`
    void read_server(std::string_view text)
    {
        if (std::size_t const at = text.rfind('@'); at != text.npos) {
            std::string_view const login = text.substr(0, at);
            std::size_t const colon = login.find(':');
            take(TextMeaning::user, "user", login.substr(0, colon));
            if (colon != login.npos)
                take(TextMeaning::password, "password", login.substr(colon + 1));
            text.remove_prefix(at + 1);
        }
        std::size_t const open = text.find('(');
        std::string_view const net = text.substr(0, open);
        std::string_view address;
        if (open != text.npos) {
            if (!text.ends_with(')'))
                refuse("the address is not closed by a ')' before the last slash",
                       "write a '/' in a parameter's value as %2F");
            address = text.substr(open + 1, text.size() - open - 2);
        }
        if (net == "unix")
            take(TextMeaning::socket, "address", address.empty() ? "/tmp/mysql.sock" : address);
        else if (net == "tcp" || net.empty())
            read_address(address);
        else
            refuse(
                "the network is neither 'tcp' nor 'unix'",
                "write user:password@tcp(host:port)/database; other networks are functions of the "
                "Go program");
    }

    void read_address(std::string_view address)
    {
        if (address.empty()) {
            host = "127.0.0.1";
            return;
        }
        std::string_view rest;
        if (address.starts_with('[')) {
            std::size_t const close = address.find(']');
            if (close == address.npos)
                refuse("the address begins with a '[' that nothing closes");
            host = address.substr(1, close - 1);
            rest = address.substr(close + 1);
        } else if (std::size_t const colon = address.find(':');
                   address.find(':', colon + 1) == address.npos) {
            host = address.substr(0, colon);
            rest = address.substr(host.size());
        } else {
            host = address; // IPv6 without a port
        }
        if (host.empty())
            host = "localhost"; // as Go's net.Dial does
        if (rest.empty())
            return;
        if (rest.front() != ':')
            refuse("something stands behind the address's ']' that is no port");
        take(TextMeaning::port, "port", rest.substr(1));
    }

    /// `database[?name=value&…]`
    void read_database(std::string_view text)
    {
        std::string_view const name = text.substr(0, text.find('?'));
        if (!percent_decode(name, PlusSign::is_itself, options.database))
            refuse("the database's name cannot be decoded", "write a '%' in it as %25");
        TextPairs pairs;
        TextScanner scanner{text.substr(name.size())};
        scanner.skip('?');
        while (!scanner.at_end()) {
            std::string_view const parameter = scanner.take_until("&");
            scanner.skip('&');
            if (parameter.empty())
                continue;
            std::size_t const equals = parameter.find('=');
            if (equals == parameter.npos)
                refuse("a parameter has no '=' and no value",
                       "the driver passes it over: remove it");
            if (!pairs.push({parameter.substr(0, equals), parameter.substr(equals + 1)}))
                refuse("there are more than 128 parameters");
        }
        TextDraft::take(pairs);
    }

    void take_own(TextSetting const& setting, std::string_view value)
    {
        switch (static_cast<GoSetting>(setting.id)) {
        case GoSetting::tls:
            return take_tls(value);
        case GoSetting::fallback:
            allows_fallback = read_boolean(setting.name, value);
            return;
        case GoSetting::native_passwords:
            allows_native_password = read_boolean(setting.name, value);
            return;
        case GoSetting::character_sets: // the first that the server knows, and it knows the first
            return take(TextMeaning::character_set, setting.name, value.substr(0, value.find(',')));
        case GoSetting::connect_timeout:
            return set_timeout(setting.name, options.timeouts.connect,
                               duration(setting.name, value));
        case GoSetting::read_timeout:
            return set_timeout(setting.name, options.timeouts.read, duration(setting.name, value));
        case GoSetting::write_timeout:
            return set_timeout(setting.name, options.timeouts.write, duration(setting.name, value));
        }
    }

    void take_tls(std::string_view value)
    {
        if (is_one_of(value, "true 1 True TRUE", false))
            return ask_tls(AskedTls::identity, "tls=true");
        if (is_one_of(value, "false 0 False FALSE", false))
            return ask_tls(AskedTls::off, "tls=false");
        if (equal_in_any_case(value, "skip-verify"))
            return ask_tls(AskedTls::unverified, "tls=skip-verify");
        if (equal_in_any_case(value, "preferred"))
            return ask_tls(AskedTls::if_offered, "tls=preferred");
        for (GoTlsConfig const& config : registered_) {
            if (config.name != value)
                continue;
            ssl = config.ssl;
            ask_tls(ssl.verify == VerifyMode::identity ? AskedTls::identity
                    : ssl.verify == VerifyMode::ca     ? AskedTls::chain
                    : ssl.pins.empty()                 ? AskedTls::unverified
                                                       : AskedTls::on,
                    concat({"tls=", value}));
            return;
        }
        refuse_setting(
            "tls", "names a TLS config that is not registered",
            "give translate_go_dsn() what the Go program gives mysql.RegisterTLSConfig()");
    }

    /// As Go's time.ParseDuration(), without a sign: `1m30s`, `1.5h`, `500ms`.
    [[nodiscard]] std::chrono::milliseconds duration(std::string_view setting,
                                                     std::string_view text)
    {
        struct Unit {
            std::string_view name;
            double milliseconds;
        };
        static constexpr Unit units[] = {{"ms", 1},    {"us", 1e-3}, {"\xC2\xB5s", 1e-3},
                                         {"ns", 1e-6}, {"s", 1e3},   {"m", 60e3},
                                         {"h", 3600e3}};
        if (text == "0")
            return {};
        TextScanner scanner{text};
        double sum = 0;
        bool is_read = !text.empty();
        while (is_read && !scanner.at_end()) {
            double count = 0;
            std::string_view const whole = scanner.take_while(is_digit);
            for (char const c : whole)
                count = count * 10 + (c - '0');
            std::string_view fraction;
            if (scanner.skip('.'))
                fraction = scanner.take_while(is_digit);
            double place = 1;
            for (char const c : fraction)
                count += (c - '0') * (place /= 10);
            is_read = false;
            for (Unit const& unit : units) {
                if (!is_read && !(whole.empty() && fraction.empty()) && scanner.skip(unit.name)) {
                    sum += count * unit.milliseconds;
                    is_read = true;
                }
            }
        }
        constexpr double longest = 366.0 * 24 * 3600e3;
        if (!is_read || !(sum <= longest))
            refuse_setting(setting, "is no duration of up to a year",
                           "write it as Go does, such as 500ms, 30s or 1m30s");
        // What is less than a millisecond is not "no limit".
        return std::chrono::milliseconds{sum > 0 && sum < 1 ? 1 : static_cast<std::int64_t>(sum)};
    }

    [[nodiscard]] bool take_variable(std::string_view name, std::string_view value)
    {
        for (TextSetting const& setting : go_settings) {
            if (equal_in_any_case(setting.name, name))
                refuse_setting(setting.name,
                               "is not spelt as the driver spells it, which tells upper "
                               "from lower case");
        }
        for (char const c : name) {
            if (!is_word(c) && c != '.')
                return false;
        }
        if (value.empty() || value.find(';') != value.npos)
            refuse_setting(name, "is no value of a system variable");
        options.init_statements.push_back(concat({"SET ", name, "=", value}));
        add_finding(FindingSeverity::note, name, "a system variable, set on each connection",
                    "a system variable, set on each connection",
                    "the driver takes every name that it does not know for one");
        return true;
    }

    [[nodiscard]] Translation finish()
    {
        before = {.uses_tls = asked != AskedTls::off && asked != AskedTls::unsaid,
                  .refuses_plaintext = asked != AskedTls::off && asked != AskedTls::unsaid &&
                                       asked != AskedTls::if_offered && !allows_fallback,
                  .checks_chain = asked == AskedTls::identity || asked == AskedTls::chain ||
                                  asked == AskedTls::on,
                  .checks_name = asked == AskedTls::identity};
        return TextDraft::finish();
    }

    std::vector<GoTlsConfig> const& registered_;
};

} // namespace detail

SEALSQL_INLINE Translation translate_go_dsn(std::string_view text,
                                            std::vector<GoTlsConfig> const& registered)
{
    static constexpr detail::TextGrammar grammar{
        .client = "Go-MySQL-Driver 1.10",
        .form = "the Go DSN",
        .settings = {detail::go_settings, std::size(detail::go_settings)},
        .true_words = "true 1 True TRUE",
        .false_words = "false 0 False FALSE",
        .boolean_ignores_case = false,
        .decode =
            [](std::string_view raw, std::string& decoded) {
                return detail::percent_decode(raw, detail::PlusSign::is_space, decoded);
            },
        .own = detail::GoDsn::take_own,
        .unknown = detail::GoDsn::take_variable};
    return detail::GoDsn{grammar, registered}.translate(text);
}

} // namespace sealsql::inline SEALSQL_ABI

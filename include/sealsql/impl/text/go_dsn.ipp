#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_draft.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/text_url.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/text/go_dsn.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
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

// Of parseDSNParams() in the driver's dsn.go, by what its README says of each.
inline constexpr TextSetting go_settings[] = {
    own("tls", GoSetting::tls),
    own("allowFallbackToPlaintext", GoSetting::fallback),
    own("allowNativePasswords", GoSetting::native_passwords),
    own("charset", GoSetting::character_sets),
    own("timeout", GoSetting::connect_timeout),
    own("readTimeout", GoSetting::read_timeout),
    own("writeTimeout", GoSetting::write_timeout),
    {"collation", TextMeaning::collation},
    {"connectionAttributes", TextMeaning::attributes},
    {"allowCleartextPasswords", TextMeaning::clear_password},
    {"allowAllFiles", TextMeaning::only_false, why::no_files},
    {"allowOldPasswords", TextMeaning::only_false, why::no_old_login},
    {"clientFoundRows", TextMeaning::found_rows},
    {"compress", TextMeaning::only_false, why::no_compression},
    {"multiStatements", TextMeaning::only_false, why::one_statement},
    {"strict", TextMeaning::refused, "the driver itself has removed it"},
    {"user", TextMeaning::refused,
     "the driver takes it for a system variable, and the login stands before the '@'"},
    {"checkConnLiveness", TextMeaning::moot, "nothing is sent again behind the program's back",
     a_boolean},
    {"columnsWithAlias", TextMeaning::moot, "columns tell their table and their name", a_boolean},
    {"interpolateParams", TextMeaning::moot, "it concerns how the driver sends parameters",
     a_boolean},
    {"loc", TextMeaning::moot, why::dates},
    {"maxAllowedPacket", TextMeaning::moot, why::statement_size, a_number},
    {"parseTime", TextMeaning::moot, why::own_type, a_boolean},
    {"rejectReadOnly", TextMeaning::moot,
     "the error of a read-only server is reported, and Error::retryable() tells of it", a_boolean},
    {"serverPubKey", TextMeaning::moot, why::no_rsa},
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

private:
    /// `[user[:password]@][net[(address)]]`
    void read_server(std::string_view text)
    {
        if (std::size_t const at = text.rfind('@'); at != text.npos) {
            std::string_view const login = text.substr(0, at);
            std::string_view const user = login.substr(0, login.find(':'));
            std::string_view const behind = login.substr(std::min(user.size() + 1, login.size()));
            if (user.find_first_of("\"`=( ") != user.npos || behind.starts_with(' ') ||
                behind.starts_with("//"))
                refuse(
                    "what stands before the '@' is more than a user and a password",
                    "give the DSN alone, without the program, the name and the quotes around it");
            take_login(*this, login, Encoding::none);
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
        std::size_t const colon = address.find(':');
        bool const is_bare_ipv6 = !address.starts_with('[') && colon != address.npos &&
                                  address.find(':', colon + 1) != address.npos;
        if (is_bare_ipv6)
            host = address;
        else
            take_address(*this, address.empty() ? "127.0.0.1" : address, Encoding::none);
        if (host.empty())
            host = "localhost"; // as Go's net.Dial does
    }

    /// `database[?name=value&…]`
    void read_database(std::string_view text)
    {
        std::string_view const name = cut_first(text, '?');
        check_database(*this, name);
        bool const is_well_formed = percent_decode(name, Encoding::percent, options.database);
        if (!is_well_formed && is_placeholder(name))
            refuse_placeholder("database");
        if (!is_well_formed)
            refuse("the database's name cannot be decoded", "write a '%' in it as %25");
        while (!text.empty()) {
            TextPair pair = cut_pair(text, '&');
            if (pair.name.find_first_of("%+") != pair.name.npos)
                refuse("a parameter's name holds a '%' or a '+'",
                       "write the name as it is: the driver decodes values alone");
            // To the driver it is a system variable, and in the code it would stand for all to read.
            if (names_secret(pair.name) && find(pair.name) == nullptr)
                refuse("a parameter is called like a password",
                       "the password stands before the '@'");
            TextSetting const* const setting = find(pair.name);
            if (is_quotable_name(pair.name))
                check_bare(setting, pair.name, pair.value);
            pair.is_delimited = true; // no parameter is a secret
            // And of those not all.
            pair.is_literal =
                setting != nullptr &&
                !is_one_of(pair.name, "connectionAttributes loc serverPubKey tls", false);
            if (pair.has_value)
                push(pair);
            else if (!pair.name.empty())
                refuse("a parameter has no '=' and no value",
                       "the driver passes it over: remove it");
        }
        take_pairs();
    }

    void take_own(TextSetting const& setting, std::string_view value) override
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
            "write true, false, skip-verify or preferred, or give what the Go program gives "
            "mysql.RegisterTLSConfig(): to translate_go_dsn(), or to sealsql-translate by "
            "--with=NAME=FILE");
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

    bool take_unknown(std::string_view name, std::string_view value) override
    {
        for (TextSetting const& setting : go_settings) {
            if (equal_in_any_case(setting.name, name))
                refuse_setting(setting.name,
                               "is not spelt as the driver spells it, which tells upper "
                               "from lower case",
                               concat({"write ", setting.name}));
        }
        if (equal_in_any_case(name.substr(0, 3), "ssl") ||
            equal_in_any_case(name.substr(0, 6), "usessl"))
            refuse_setting(name, "is none of the driver's parameters", "TLS is asked for by tls=");
        for (char const c : name) {
            if (!is_word(c) && c != '.')
                return false;
        }
        if (value.empty() || value.find(';') != value.npos)
            refuse_setting(name, "is no value of a system variable",
                           "write one value, or remove it");
        options.init_statements.push_back(concat({"SET ", name, "=", value}));
        note_same(name, "a system variable, set on each connection",
                  "the driver takes every name that it does not know for one");
        return true;
    }

    [[nodiscard]] Translation finish()
    {
        set_before(!is_asked({AskedTls::off, AskedTls::unsaid}),
                   asked != AskedTls::if_offered && !allows_fallback,
                   is_asked({AskedTls::identity, AskedTls::chain, AskedTls::on}),
                   is_asked({AskedTls::identity}));
        return TextDraft::finish();
    }

    std::vector<GoTlsConfig> const& registered_;
};

} // namespace detail

SEALSQL_INLINE Translation translate_go_dsn(std::string_view text,
                                            std::vector<GoTlsConfig> const& registered)
{
    static constexpr detail::TextGrammar grammar{.client = "Go-MySQL-Driver 1.10",
                                                 .form = "the Go DSN",
                                                 .settings = rows(detail::go_settings),
                                                 .true_words = "true 1 True TRUE",
                                                 .false_words = "false 0 False FALSE",
                                                 .boolean_ignores_case = false,
                                                 .encoding = detail::Encoding::form};
    return detail::GoDsn{grammar, registered}.translate(text);
}

} // namespace sealsql::inline SEALSQL_ABI

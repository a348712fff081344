#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_draft.hpp>
#include <sealsql/detail/source_values.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/text/php.hpp>
#include <sealsql/translation.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

// Of pdo_mysql's documentation. Those that begin with a small letter are the constructor's own arguments and what
// stands in the data source name; the numbers are the constants' values in PHP 8.2, which some programs have.
inline constexpr TextSetting pdo_settings[] = {
    {"host", TextMeaning::host},
    {"port", TextMeaning::port},
    {"unix_socket", TextMeaning::socket},
    {"dbname", TextMeaning::database},
    {"charset", TextMeaning::character_set},
    {"username|user", TextMeaning::user}, // an argument before what the data source name says
    {"password|password in dsn", TextMeaning::password},
    {"PDO::MYSQL_ATTR_SSL_CA|1009", TextMeaning::ca_file},
    {"PDO::MYSQL_ATTR_SSL_CAPATH|1010", TextMeaning::ca_directory},
    {"PDO::MYSQL_ATTR_SSL_CERT|1008", TextMeaning::certificate_file},
    {"PDO::MYSQL_ATTR_SSL_KEY|1007", TextMeaning::key_file},
    {"PDO::MYSQL_ATTR_SSL_CIPHER|1011", TextMeaning::ciphers},
    answer("PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT|1014", TlsQuestion::chain),
    {"PDO::MYSQL_ATTR_INIT_COMMAND|1002", TextMeaning::init_statement},
    {"PDO::ATTR_TIMEOUT|2", TextMeaning::connect_timeout},
    {"PDO::ATTR_AUTOCOMMIT|0", TextMeaning::autocommit},
    {"PDO::MYSQL_ATTR_LOCAL_INFILE", TextMeaning::only_false, why::no_files},
    {"PDO::MYSQL_ATTR_LOCAL_INFILE_DIRECTORY", TextMeaning::refused, why::no_files},
    {"PDO::MYSQL_ATTR_COMPRESS", TextMeaning::only_false, why::no_compression},
    {"PDO::MYSQL_ATTR_FOUND_ROWS", TextMeaning::found_rows},
    {"PDO::MYSQL_ATTR_IGNORE_SPACE", TextMeaning::only_false,
     "sql_mode=IGNORE_SPACE is not set: say it by an init statement"},
    {"PDO::MYSQL_ATTR_READ_DEFAULT_FILE", TextMeaning::refused, why::option_file},
    {"PDO::MYSQL_ATTR_READ_DEFAULT_GROUP", TextMeaning::refused, why::option_file},
    {"PDO::MYSQL_ATTR_MULTI_STATEMENTS", TextMeaning::moot, why::one_statement, a_boolean},
    {"PDO::MYSQL_ATTR_DIRECT_QUERY", TextMeaning::moot, "it concerns how PDO sends parameters",
     a_boolean},
    {"PDO::MYSQL_ATTR_USE_BUFFERED_QUERY", TextMeaning::moot, why::kept_rows, a_boolean},
    {"PDO::MYSQL_ATTR_SERVER_PUBLIC_KEY", TextMeaning::moot, why::no_rsa},
    {"PDO::ATTR_PERSISTENT|12", TextMeaning::moot, "a connection lives as long as its object"},
    {"PDO::ATTR_ERRMODE|3", TextMeaning::moot, "every error is an exception"},
    {"PDO::ATTR_CASE", TextMeaning::moot, "columns have the names that the server gives"},
    {"PDO::ATTR_ORACLE_NULLS", TextMeaning::moot, "NULL is a std::optional without a value"},
    {"PDO::ATTR_STATEMENT_CLASS", TextMeaning::moot, why::fetching},
    {"PDO::ATTR_STRINGIFY_FETCHES", TextMeaning::moot, why::own_type, a_boolean},
    {"PDO::ATTR_DEFAULT_FETCH_MODE|19", TextMeaning::moot, why::fetching},
    {"PDO::ATTR_EMULATE_PREPARES|20", TextMeaning::moot, "it concerns how PDO sends parameters",
     a_boolean},
};

// Of the manual's pages on the functions, with their names of arguments.
inline constexpr TextSetting mysqli_settings[] = {
    {"hostname", TextMeaning::host},
    {"username", TextMeaning::user},
    {"password", TextMeaning::password},
    {"database", TextMeaning::database},
    {"port", TextMeaning::port},
    {"socket", TextMeaning::socket},
    {"key", TextMeaning::key_file},
    {"certificate", TextMeaning::certificate_file},
    {"ca_certificate", TextMeaning::ca_file},
    {"ca_path", TextMeaning::ca_directory},
    {"cipher_algos", TextMeaning::ciphers},
    {"charset|MYSQLI_SET_CHARSET_NAME", TextMeaning::character_set},
    {"MYSQLI_INIT_COMMAND", TextMeaning::added_statement},
    {"MYSQLI_OPT_CONNECT_TIMEOUT", TextMeaning::connect_timeout},
    {"MYSQLI_OPT_READ_TIMEOUT", TextMeaning::read_timeout},
    // Measured: neither value changes anything, with a CA or without.
    {"MYSQLI_OPT_SSL_VERIFY_SERVER_CERT", TextMeaning::moot,
     "PHP passes over it: what takes the check away is MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT",
     a_boolean},
    {"MYSQLI_OPT_LOCAL_INFILE", TextMeaning::only_false, why::no_files},
    {"MYSQLI_OPT_LOAD_DATA_LOCAL_DIR", TextMeaning::refused, why::no_files},
    {"MYSQLI_READ_DEFAULT_FILE|MYSQLI_READ_DEFAULT_GROUP", TextMeaning::refused, why::option_file},
    {"MYSQLI_OPT_INT_AND_FLOAT_NATIVE", TextMeaning::moot, why::own_type},
    {"MYSQLI_OPT_NET_CMD_BUFFER_SIZE|MYSQLI_OPT_NET_READ_BUFFER_SIZE", TextMeaning::moot,
     why::buffers},
    {"MYSQLI_OPT_CAN_HANDLE_EXPIRED_PASSWORDS", TextMeaning::moot, why::expired_password},
    {"MYSQLI_SERVER_PUBLIC_KEY", TextMeaning::moot, why::no_rsa},
};

/// What both of PHP's clients have.
class PhpDraft : public SourceDraft {
public:
    using SourceDraft::SourceDraft;

protected:
    /// The part of finish() about TLS, by what the client makes of the text.
    [[nodiscard]] Translation finish_php(bool uses_tls, std::string_view by, bool checks,
                                         bool skips_check)
    {
        // To PHP, an IPv6 address stands in brackets.
        if (host.starts_with('[') && host.ends_with(']') && host.find(':') != host.npos)
            host = host.substr(1, host.size() - 2);
        // A port in the host is not looked for by PHP, and would be taken for an IPv6 address here.
        if (std::size_t const colon = host.find(':');
            colon != host.npos && host.find(':', colon + 1) == host.npos)
            refuse("the host holds a port", "name the port apart");
        if (uses_tls)
            ask_tls(skips_check ? AskedTls::unverified : AskedTls::on, by);
        set_before(uses_tls, true, checks, checks);
        explain_localhost();
        return finish_source();
    }

    /// As usual; PHP may write a number in another way than the text does, such as 1.50 as 1.5.
    void gather_argument(std::string_view name, std::size_t index)
    {
        gather_value(name, index);
        SourceValue const& value = values()[values().resolve(index)];
        std::uint64_t whole = 0;
        if (value.kind == SourceValue::Kind::number &&
            is_one_of(name, "hostname username password database", false) &&
            !read_number(value.text, INT64_MAX, whole))
            refuse_setting(name, "is a number where a text should stand", "write it in quotes");
    }

    /// Refuses what would have to be said to the call that connects, and is said behind it.
    void refuse_if_late(std::string_view name) const
    {
        TextSetting const* const setting = find(name);
        bool const does_no_harm = setting == nullptr || setting->meaning == TextMeaning::moot ||
                                  setting->meaning == TextMeaning::autocommit;
        if (!does_no_harm)
            refuse_setting(name,
                           "stands behind the call that connects, which does not heed it then",
                           "set it before, or remove it");
    }
};

class PdoDraft : public PhpDraft {
public:
    using PhpDraft::PhpDraft;

    [[nodiscard]] Translation translate(KeywordList const& list)
    {
        false_if_none = "PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT";
        bool connects = false;
        for (std::size_t i = 0; i < values().size(); i = values()[i].end) {
            SourceValue const& value = values()[i];
            if (is_passed_over(*this, values(), i, "PDO Mysql connect setAttribute"))
                continue;
            if (value.kind != SourceValue::Kind::call) {
                if (value.name.data() == nullptr)
                    refuse("something else stands there than what connects",
                           "give the call that connects alone");
                continue;
            }
            std::string_view const callee = last_part(value.text);
            if (connects && callee == "setAttribute") {
                take_attribute(i);
                continue;
            }
            if (!is_one_of(callee, "PDO Mysql connect", true))
                refuse("something else is called than what connects",
                       "give the call that connects alone");
            if (connects)
                refuse("there is more than one call that connects", "give one of them");
            connects = true;
            take_arguments(i);
        }
        if (!connects)
            refuse("there is no call that connects in it",
                   "give new PDO(…), or the data source name that begins with mysql:");
        take_list(list);
        take_pairs();
        return finish_pdo();
    }

    [[nodiscard]] Translation translate(std::string_view dsn, KeywordList const& list)
    {
        check_text(dsn);
        take_dsn(dsn);
        take_list(list);
        take_pairs();
        return finish_pdo();
    }

private:
    void take_list(KeywordList const& list)
    {
        for (auto const& [name, value] : list) {
            std::string_view const known = known_name(name);
            // What else is in the table stands in a data source name alone.
            if (!known.starts_with("PDO::") && !is_one_of(known, "username password", false))
                refuse("there is an option that PDO does not have",
                       "name username, password or a constant of PDO's");
            push({.name = known, .value = value, .is_literal = true});
        }
    }

    void take_arguments(std::size_t call)
    {
        std::string_view positions = "dsn username password options";
        bool has_dsn = false;
        for (std::size_t i = call + 1; i < values()[call].end; i = values()[i].end) {
            std::string_view name = values()[i].name;
            std::string_view const position = cut_first(positions, ' ');
            if (name.data() == nullptr)
                name = position;
            std::size_t const inside = values().resolve(i);
            SourceValue const& value = values()[inside];
            if (name == "dsn") {
                if (value.kind != SourceValue::Kind::text || has_dsn)
                    refuse("the data source name is no literal, or there are two of them",
                           "put the text itself there");
                take_dsn(value.text);
                has_dsn = true;
            } else if (name == "options") {
                take_options(inside);
            } else if (name == "username" || name == "password") {
                gather_argument(name, i);
            } else {
                refuse("there is an argument that PDO does not have");
            }
        }
        if (!has_dsn)
            refuse("there is no data source name", "give it as the first argument");
    }

    void take_options(std::size_t index)
    {
        SourceValue const& value = values()[index];
        using Kind = SourceValue::Kind;
        bool const is_none = (value.kind == Kind::word && equal_in_any_case(value.text, "null")) ||
                             (value.kind == Kind::list && value.end == index + 1);
        if (is_none)
            return;
        if (value.kind != Kind::pairs)
            refuse("the options are no array with keys", "put the array itself there");
        for (std::size_t i = index + 1; i < value.end; i = values()[i].end) {
            if (values()[i].name.data() == nullptr)
                refuse("the options hold something without a key");
            gather_value(known_name(values()[i].name), i);
        }
    }

    /// `$db->setAttribute(PDO::ATTR_ERRMODE, …)`
    void take_attribute(std::size_t call)
    {
        std::size_t const key = call + 1;
        if (values()[call].end != call + 3)
            refuse("setAttribute() has other arguments than a constant and a value");
        std::string_view const name = known_name(values()[key].text);
        refuse_if_late(name);
        gather_value(name, key + 1);
    }

    /// The name in the table, of a constant by its name in PHP 8.4 or before, or by its number.
    [[nodiscard]] static std::string_view known_name(std::string_view key) noexcept
    {
        if (key.starts_with('\\'))
            key.remove_prefix(1);
        constexpr std::string_view before = "PDO::MYSQL_ATTR_";
        constexpr std::string_view since = "Pdo\\Mysql::ATTR_";
        bool const is_new = equal_in_any_case(key.substr(0, since.size()), since);
        for (TextSetting const& setting : pdo_settings) {
            std::string_view number = setting.name;
            std::string_view const name = cut_first(number, '|');
            bool const is_it = is_new ? name.starts_with(before) &&
                                            name.substr(before.size()) == key.substr(since.size())
                                      : name.starts_with("PDO::") &&
                                            equal_in_any_case(key.substr(0, 5), "PDO::") &&
                                            name.substr(5) == key.substr(5);
            if (is_it || (!key.empty() && is_digit(key.front()) && number == key))
                return name;
        }
        return key;
    }

    /// `mysql:name=value;name=value`
    void take_dsn(std::string_view dsn)
    {
        TextScanner scanner{dsn};
        if (!scanner.skip("mysql:"))
            refuse("the data source name does not begin with mysql:",
                   "write it as PDO does, which tells upper from lower case");
        // As long as it has room, no view into it changes.
        std::string& decoded = dsn_.clean(scanner.rest().size());
        bool follows_password = false;
        while (!scanner.at_end()) {
            std::string_view const name = scanner.take_until("=;");
            if (!scanner.skip('='))
                refuse("a part of the data source name has no '='",
                       "write a ';' in a value as ';;'");
            std::size_t const begin = decoded.size();
            for (;;) {
                decoded += scanner.take_until(";");
                if (!scanner.skip(";;"))
                    break;
                decoded += ';';
            }
            // Only behind a pair spaces are passed over.
            if (scanner.skip(';'))
                scanner.skip_spaces();
            // PDO passes over what it does not know, so that a slip of the pen means the local socket.
            bool const is_known =
                is_one_of(name, "host port unix_socket dbname charset user password", false);
            bool const may_be_secret =
                follows_password || (names_secret(name) && name.find(' ') != name.npos);
            if (!is_known && (may_be_secret || !is_quotable_name(name)))
                refuse("the data source name holds a name that PDO does not know",
                       "write a ';' in a value as ';;'");
            if (!is_known)
                refuse_setting(name,
                               "is none that PDO knows in a data source name, by this spelling",
                               "it passes over it: look for a slip of the pen, or remove it");
            follows_password = name == "password";
            std::string_view const value = std::string_view{decoded}.substr(begin);
            push({.name = name == "password" ? "password in dsn" : name,
                  .value = value,
                  .is_removal = value.empty()});
        }
    }

    [[nodiscard]] Translation finish_pdo()
    {
        // In small letters, and not if it is empty: then it is a socket, and not this one.
        if (has("host") && host != "localhost")
            leave_socket();
        bool const skips = says_no(TlsQuestion::chain);
        return finish_php(has_tls_file(),
                          has_ca() ? "PDO::MYSQL_ATTR_SSL_CA" : "PDO::MYSQL_ATTR_SSL_…", !skips,
                          skips);
    }

    ScratchText dsn_{};
};

class MysqliDraft : public PhpDraft {
public:
    using PhpDraft::PhpDraft;

    [[nodiscard]] Translation translate()
    {
        takes_empty_for_unset = true;
        for (std::size_t i = 0; i < values().size(); i = values()[i].end) {
            if (is_passed_over(*this, values(), i, calls))
                continue;
            if (values()[i].kind == SourceValue::Kind::call)
                take_call(i);
            else if (values()[i].name.data() == nullptr)
                refuse("something else stands there than what connects",
                       "give the calls that connect alone");
        }
        if (!connects_)
            refuse("there is no call that connects in it",
                   "give mysqli_real_connect(…), mysqli_connect(…) or new mysqli(…)");
        take_pairs();
        if (host.size() > 2 && host.starts_with("p:")) {
            host.erase(0, 2);
            note("hostname", "a persistent connection",
                 "a connection that lives as long as its object",
                 "nothing outlives the object that stands for it");
        }
        bool const uses_tls = has_tls_file() || demands_tls_;
        if (!uses_tls && (demands_check_ || skips_check_))
            note_same("flags", "nothing follows from the flag about the server's certificate",
                      "to PHP, it asks for no TLS by itself", "add MYSQLI_CLIENT_SSL");
        // Without a CA and so on, PHP checks only what it is told to; told both, it does check.
        return finish_php(uses_tls,
                          has_ca()       ? "ca_certificate"
                          : demands_tls_ ? "MYSQLI_CLIENT_SSL"
                                         : "mysqli_ssl_set()",
                          demands_check_ || (has_tls_file() && !skips_check_),
                          skips_check_ && !demands_check_);
    }

private:
    void take_call(std::size_t call)
    {
        std::string_view callee = last_part(values()[call].text);
        constexpr std::string_view prefix = "mysqli_";
        bool is_function = equal_in_any_case(callee.substr(0, prefix.size()), prefix);
        if (is_function)
            callee.remove_prefix(prefix.size());
        constexpr std::string_view connecting = "hostname username password database port socket";
        if (is_one_of(callee, "init report", true))
            return;
        if (is_one_of(callee, "mysqli connect", true)) {
            if (callee.size() == 6 && values()[call].end == call + 1)
                return; // an object that is told later where to connect to
            return take_connection(call, connecting, false);
        }
        if (is_one_of(callee, "real_connect", true))
            return take_connection(call, "hostname username password database port socket flags",
                                   is_function);
        if (is_one_of(callee, "ssl_set", true)) {
            if (connects_)
                refuse(
                    "ssl_set() stands behind the call that connects, which does not heed it then",
                    "call mysqli_ssl_set() before mysqli_real_connect(), or remove it");
            return take_arguments(call, "key certificate ca_certificate ca_path cipher_algos",
                                  is_function);
        }
        if (is_one_of(callee, "set_charset", true))
            return take_arguments(call, "charset", is_function);
        if (is_one_of(callee, "options set_opt", true))
            return take_option(call, is_function);
        refuse("something else is called than what connects", "give the calls that connect alone");
    }

    void take_connection(std::size_t call, std::string_view names, bool has_link)
    {
        if (connects_)
            refuse("there is more than one call that connects", "give one of them");
        connects_ = true;
        take_arguments(call, names, has_link);
    }

    void take_arguments(std::size_t call, std::string_view positions, bool has_link)
    {
        std::string_view const names = positions;
        for (std::size_t i = call + 1; i < values()[call].end; i = values()[i].end) {
            std::string_view name = values()[i].name;
            if (name == "mysql" || (has_link && i == call + 1 && name.data() == nullptr))
                continue;
            std::string_view const position = cut_first(positions, ' ');
            if (name.data() == nullptr)
                name = position;
            if (name.empty() || !is_one_of(name, names, false))
                refuse("there is an argument that the function does not have");
            if (name == "flags")
                take_flags(values().resolve(i));
            else if (name == "socket" && is_flag(values().resolve(i)))
                add_finding(FindingSeverity::warning, "socket",
                            "takes the flag for the name of a socket, and never sets it",
                            "the flag is left out", "flags are the argument after the socket",
                            "give the socket as NULL, and then the flags");
            else
                gather_argument(name, i);
        }
    }

    [[nodiscard]] bool is_flag(std::size_t index) const noexcept
    {
        SourceValue const& value = values()[index];
        return value.kind == SourceValue::Kind::flags || value.kind == SourceValue::Kind::number ||
               (value.kind == SourceValue::Kind::word && value.text.starts_with("MYSQLI_CLIENT_"));
    }

    void take_flags(std::size_t index)
    {
        SourceValue const& value = values()[index];
        if (value.kind != SourceValue::Kind::flags)
            return take_flag(value.text);
        for (std::size_t i = index + 1; i < value.end; ++i)
            take_flag(values()[i].text);
    }

    void take_flag(std::string_view flag)
    {
        if (is_one_of(flag, "0 null NULL", false))
            return;
        if (is_one_of(flag, "MYSQLI_CLIENT_FOUND_ROWS 2", false)) {
            options.found_rows = true;
            return;
        }
        if (is_one_of(flag, "MYSQLI_CLIENT_SSL 2048", false))
            demands_tls_ = true;
        else if (is_one_of(flag, "MYSQLI_CLIENT_SSL_VERIFY_SERVER_CERT 1073741824", false))
            demands_check_ = true;
        else if (is_one_of(flag, "MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT 64", false))
            skips_check_ = true;
        else
            refuse_setting("flags",
                           "names one that changes what the server does, or that is not known",
                           "remove it if the program can do without");
    }

    void take_option(std::size_t call, bool has_link)
    {
        std::size_t const key = call + (has_link ? 2U : 1U);
        bool const has_both = key + 1 < values()[call].end &&
                              values()[key].kind == SourceValue::Kind::word &&
                              values()[key + 1].end == values()[call].end;
        if (!has_both)
            refuse("an option is not set by a constant and a value");
        if (connects_)
            refuse_if_late(values()[key].text);
        gather_value(values()[key].text, key + 1);
    }

    /// That say how to connect, or as whom and where to.
    static constexpr std::string_view calls =
        "mysqli mysqli_init mysqli_connect mysqli_real_connect mysqli_ssl_set mysqli_options "
        "mysqli_set_opt mysqli_set_charset mysqli_change_user mysqli_select_db connect real_connect "
        "ssl_set options set_opt set_charset change_user select_db";

    bool connects_ = false;
    // By flags.
    bool demands_tls_ = false;
    bool demands_check_ = false;
    bool skips_check_ = false;
};

inline constexpr TextGrammar pdo_grammar{.client = "PHP 8.2, PDO",
                                         .form = "the arguments of PDO",
                                         .settings = rows(pdo_settings),
                                         .first_name_counts = true,
                                         .true_words = "true 1",
                                         .false_words = "false 0"};

inline constexpr TextGrammar mysqli_grammar{.client = "PHP 8.2, mysqli",
                                            .form = "the arguments of mysqli",
                                            .settings = rows(mysqli_settings),
                                            .true_words = "true 1",
                                            .false_words = "false 0"};

} // namespace detail

SEALSQL_INLINE Translation translate_pdo(std::string_view text, KeywordList const& options)
{
    if (detail::equal_in_any_case(text.substr(0, 6), "mysql:")) {
        // A space at the end would be part of the value; a line feed is where the line was cut.
        while (text.ends_with('\n') || text.ends_with('\r'))
            text.remove_suffix(1);
        detail::SourceValues const none{detail::SourceLanguage::php, {}};
        return detail::PdoDraft{detail::pdo_grammar, none}.translate(text, options);
    }
    detail::SourceValues const values{detail::SourceLanguage::php, text};
    return detail::PdoDraft{detail::pdo_grammar, values}.translate(options);
}

SEALSQL_INLINE Translation translate_mysqli(std::string_view text)
{
    detail::SourceValues const values{detail::SourceLanguage::php, text};
    return detail::MysqliDraft{detail::mysqli_grammar, values}.translate();
}

} // namespace sealsql::inline SEALSQL_ABI

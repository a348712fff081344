#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/text/ado_net.ipp>
#include <sealsql/impl/text/node.ipp>
#include <sealsql/impl/text/uri.ipp>
#include <sealsql/text/ado_net.hpp>
#include <sealsql/text/any.hpp>
#include <sealsql/text/command_line.hpp>
#include <sealsql/text/go_dsn.hpp>
#include <sealsql/text/jdbc.hpp>
#include <sealsql/text/node.hpp>
#include <sealsql/text/option_file.hpp>
#include <sealsql/text/php.hpp>
#include <sealsql/text/python.hpp>
#include <sealsql/text/ruby.hpp>
#include <sealsql/text/uri.hpp>
#include <sealsql/translation.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

struct TextFormRow {
    std::string_view name;
    Translation (*translate)(std::string_view text);
};

/// In the order of TextForm.
inline constexpr TextFormRow text_forms[] = {
    {"mysql-jdbc", [](std::string_view text) { return translate_mysql_jdbc(text); }},
    {"mariadb-jdbc", [](std::string_view text) { return translate_mariadb_jdbc(text); }},
    {"ado-net", [](std::string_view text) { return translate_ado_net(text); }},
    {"go-dsn", [](std::string_view text) { return translate_go_dsn(text); }},
    {"uri", [](std::string_view text) { return translate_uri(text); }},
    {"node-url", [](std::string_view text) { return translate_node_url(text); }},
    {"node-object", [](std::string_view text) { return translate_node_object(text); }},
    {"pdo", [](std::string_view text) { return translate_pdo(text); }},
    {"mysqli", [](std::string_view text) { return translate_mysqli(text); }},
    {"mysql-connector-python",
     [](std::string_view text) { return translate_mysql_connector_python(text); }},
    {"pymysql", [](std::string_view text) { return translate_pymysql(text); }},
    {"mysqlclient", [](std::string_view text) { return translate_mysqlclient(text); }},
    {"django", [](std::string_view text) { return translate_django(text); }},
    {"ruby", [](std::string_view text) { return translate_ruby(text); }},
    {"mysql-command-line",
     [](std::string_view text) { return translate_mysql_command_line(text); }},
    {"mariadb-command-line",
     [](std::string_view text) { return translate_mariadb_command_line(text); }},
    {"option-file", [](std::string_view text) { return translate_option_file(text); }},
};

[[nodiscard]] inline bool holds_any(std::string_view text,
                                    std::initializer_list<std::string_view> parts) noexcept
{
    for (std::string_view const part : parts) {
        if (text.find(part) != text.npos)
            return true;
    }
    return false;
}

/// What Windows' editors put before it.
[[nodiscard]] inline std::string_view without_byte_order_mark(std::string_view text) noexcept
{
    return text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text;
}

/// Whether the query names an option of Node's that is no attribute of a URI.
[[nodiscard]] inline bool has_node_options(std::string_view url) noexcept
{
    TextScanner scanner{url};
    (void)scanner.take_until("?");
    scanner.skip('?');
    while (!scanner.at_end()) {
        std::string_view const option = scanner.take_until("&#");
        (void)scanner.take();
        std::string_view const name = option.substr(0, option.find('='));
        if (find_setting(node_grammar, name) != nullptr &&
            find_setting(uri_grammar, name) == nullptr)
            return true;
    }
    return false;
}

/// Whether the first line is a name with ':' behind it and nothing else, which begins a block of YAML.
[[nodiscard]] inline bool begins_yaml(std::string_view text) noexcept
{
    std::string_view const line = trimmed(text.substr(0, text.find('\n')));
    return line.ends_with(':') && line != "try:" && line.find_first_of(" ({") == line.npos;
}

/// The form of what stands in a program of PHP, Python or Ruby, or TextForm::node_object if it is none of these.
[[nodiscard]] inline TextForm program_form_of(std::string_view text) noexcept
{
    struct Mark {
        std::string_view mark;
        TextForm form;
    };
    // From the surest to the least sure.
    static constexpr Mark marks[] = {
        {"mysqli_", TextForm::mysqli},
        {"new mysqli(", TextForm::mysqli},
        {"new \\mysqli(", TextForm::mysqli},
        {"new PDO(", TextForm::pdo},
        {"new \\PDO(", TextForm::pdo},
        {"PDO::", TextForm::pdo},
        {"Pdo\\Mysql", TextForm::pdo},
        {"Mysql2::Client", TextForm::ruby},
        {"'ENGINE'", TextForm::django},
        {"\"ENGINE\"", TextForm::django},
        {"mysql.connector.", TextForm::mysql_connector_python},
        {"pymysql.connect", TextForm::pymysql},
        {"DATABASES", TextForm::django},
        {"install_as_MySQLdb", TextForm::pymysql},
        {"MySQLdb.", TextForm::mysqlclient},
        // Frameworks with names of their own.
        {"'driver'", TextForm::node_object},
        {"dialect:", TextForm::node_object},
        {"type: 'm", TextForm::node_object},
        {"type: \"m", TextForm::node_object},
        {"=>", TextForm::ruby},
        {"sslca:", TextForm::ruby},
        {"username:", TextForm::ruby},
        {"'ssl_ca'", TextForm::mysql_connector_python},
        {"'ssl_disabled'", TextForm::mysql_connector_python},
    };
    if (begins_yaml(text))
        return TextForm::node_object;
    for (Mark const& one : marks) {
        if (text.find(one.mark) != text.npos)
            return one.form;
    }
    return TextForm::node_object;
}

/// Whether the first word, behind variables of the environment, is the program's name, whatever its path.
[[nodiscard]] inline bool calls_program(std::string_view text, std::string_view program) noexcept
{
    while (text.starts_with("MYSQL_")) {
        std::size_t const space = text.find(' ');
        if (space == text.npos)
            return false;
        text = trimmed(text.substr(space));
    }
    std::string_view const word = text.substr(0, text.find_first_of(" \t\n"));
    std::size_t const slash = word.rfind('/');
    return (slash == word.npos ? word : word.substr(slash + 1)) == program;
}

/// What to do with a text of none of the forms: often it is one of them within something else, or of a client that has
/// another's names.
[[nodiscard]] inline char const* remedy_for_unknown_form(std::string_view text) noexcept
{
    struct Mark {
        std::string_view mark;
        bool is_start;
        char const* remedy;
    };
    static constexpr Mark marks[] = {
        {"mysqldump", true, "give its options to mysql: they are the same for connecting"},
        {"mysqladmin", true, "give its options to mysql: they are the same for connecting"},
        {"mysqlsh", true, "give its URI alone, or its options to mysql"},
        {"mariadb-", true, "give its options to mariadb: they are the same for connecting"},
        {"r2dbc:", true, "write it as JDBC's URL, and the settings by JDBC's names"},
        {"jdbc:", true, "write it as jdbc:mysql://host:port/database?name=value"},
        {"driver", true,
         "write ODBC's settings by the names of ADO.NET, such as Server and SslMode"},
        {"ConnectionStringBuilder", false, "write what it makes: Server=…;User ID=…;SslMode=…"},
        {"ConnectionStrings", false, "give the connection string alone, without the file's JSON"},
        {"mysql.Config{", false, "give the DSN that its FormatDSN() returns"},
        {"adapter:", false, "write the settings as Ruby's hash: Mysql2::Client.new(host: '…')"},
        {"datasource:", false, "give the URL alone, with the user and the password in it"},
        {"DataSource(", false, "write mysql2's call: createConnection({host: …, user: …})"},
        {"Sequelize(", false, "write mysql2's call: createConnection({host: …, user: …})"},
        {"'driver'", false, "write what it connects by: new PDO('mysql:host=…;dbname=…', …)"},
        {"://", false, "give the URL alone, without what stands before and behind it"},
        {" mysql ", false, "begin with the program's name: mysql --host=…"},
        {" mariadb ", false, "begin with the program's name: mariadb --host=…"},
        {"mysql.exe", false, "begin with the program's name: mysql --host=…"},
        {"DB_HOST", false, "write the values as one URL: mysql://user:password@host/database"},
    };
    for (Mark const& one : marks) {
        if (one.is_start ? equal_in_any_case(text.substr(0, one.mark.size()), one.mark)
                         : text.find(one.mark) != text.npos)
            return one.remedy;
    }
    return "say it, by the function of the client's own header or the name of the form, or give the "
           "URL, the connection string, the DSN or the call alone, without quotes and what stands "
           "around it";
}

/// Whether it is a URI, which may have no scheme, with nothing before it.
[[nodiscard]] inline bool looks_like_uri(std::string_view text) noexcept
{
    std::string_view const scheme = text.substr(0, text.find("://"));
    bool const has_scheme = scheme.size() != text.size();
    return text.find('@') != text.npos && text.find_first_of(" \n") == text.npos &&
           (!has_scheme || scheme.find_first_of("=:\"'") == scheme.npos);
}

} // namespace detail

SEALSQL_INLINE std::string_view to_string(TextForm form) noexcept
{
    auto const index = static_cast<std::size_t>(form);
    return index < std::size(detail::text_forms) ? detail::text_forms[index].name : "unknown";
}

SEALSQL_INLINE TextForm text_form(std::string_view name)
{
    std::string names;
    for (std::size_t i = 0; i < std::size(detail::text_forms); ++i) {
        if (detail::text_forms[i].name == name)
            return static_cast<TextForm>(i);
        names += detail::concat({i == 0 ? "" : ", ", detail::text_forms[i].name});
    }
    throw detail::client_error(detail::error_code::unknown_error,
                               "there is no form of connection texts by that name",
                               detail::concat({"name one of ", names}));
}

SEALSQL_INLINE TextForm form_of(std::string_view text)
{
    using detail::equal_in_any_case;
    std::string_view const start =
        detail::trimmed(detail::without_byte_order_mark(text.substr(0, detail::max_text_size)));
    if (start.starts_with("jdbc:mariadb:"))
        return TextForm::mariadb_jdbc;
    if (equal_in_any_case(start.substr(0, 11), "jdbc:mysql:"))
        return TextForm::mysql_jdbc;
    if (start.starts_with("mysql://") || start.starts_with("mariadb://"))
        return detail::has_node_options(start) ? TextForm::node_url : TextForm::uri;
    // Behind what a text begins with stands a password, which may look like anything.
    std::string_view const key = detail::trimmed(start.substr(0, start.find_first_of("=;")));
    bool const has_ado_key =
        key.size() < start.size() && detail::find_setting(detail::ado_grammar, key) != nullptr;
    if (has_ado_key && start.find(';') != start.npos)
        return TextForm::ado_net;
    if (detail::holds_any(start, {"createConnection(", "createPool("}))
        return TextForm::node_object;
    bool const begins_with_comment = start.starts_with('#') || start.starts_with(';');
    if (start.starts_with('[') || start.starts_with("!include") ||
        (begins_with_comment && detail::holds_any(start, {"\n["})))
        return TextForm::option_file;
    if (detail::calls_program(start, "mariadb"))
        return TextForm::mariadb_command_line;
    if (detail::calls_program(start, "mysql") ||
        (start.starts_with('-') && !start.starts_with("- ")))
        return TextForm::mysql_command_line;
    if (equal_in_any_case(start.substr(0, 6), "mysql:") && start.substr(6, 2) != "//")
        return TextForm::pdo;
    if (TextForm const form = detail::program_form_of(start); form != TextForm::node_object)
        return form;
    if (detail::holds_any(start, {"@tcp(", "@unix(", "@(", "@tcp/", "@unix/", "@/"}) ||
        detail::holds_any(start.substr(0, 5), {"tcp(", "unix("}))
        return TextForm::go_dsn;
    if (has_ado_key)
        return TextForm::ado_net;
    if (start.starts_with('{') && !detail::holds_any(start, {"ConnectionStrings"}))
        return TextForm::node_object;
    if (detail::looks_like_uri(start))
        return TextForm::uri;
    throw detail::client_error(detail::error_code::unknown_error,
                               "it cannot be told which client's connection text this is",
                               detail::remedy_for_unknown_form(start));
}

SEALSQL_INLINE Translation translate(TextForm form, std::string_view text)
{
    auto const index = static_cast<std::size_t>(form);
    if (index >= std::size(detail::text_forms))
        throw detail::client_error(detail::error_code::unknown_error,
                                   "there is no such form of connection texts");
    text = detail::without_byte_order_mark(text);
    // A space at the end may belong to a password; the end of a line is the file's that the text was read from.
    while (!text.empty() && detail::is_space(text.front()))
        text.remove_prefix(1);
    while (text.ends_with('\n') || text.ends_with('\r'))
        text.remove_suffix(1);
    return detail::text_forms[index].translate(text);
}

} // namespace sealsql::inline SEALSQL_ABI

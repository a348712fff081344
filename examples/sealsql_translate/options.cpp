#include "options.hpp"

#include <sealsql/error.hpp>
#include <sealsql/text/any.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace translator {

namespace {

/// A short name, and what it is short for where the text looks like `told`, or whatever it looks like.
struct ShortName {
    std::string_view name;
    std::optional<sealsql::TextForm> told;
    sealsql::TextForm form;
};

using Form = sealsql::TextForm;

constexpr ShortName short_names[] = {
    {"jdbc", Form::mysql_jdbc, Form::mysql_jdbc},
    {"jdbc", Form::mariadb_jdbc, Form::mariadb_jdbc},
    {"python", Form::mysql_connector_python, Form::mysql_connector_python},
    {"python", Form::pymysql, Form::pymysql},
    {"python", Form::mysqlclient, Form::mysqlclient},
    {"python", Form::django, Form::django},
    {"php", Form::pdo, Form::pdo},
    {"php", Form::mysqli, Form::mysqli},
    {"node", Form::node_url, Form::node_url},
    {"node", Form::uri, Form::node_url},
    {"node", Form::node_object, Form::node_object},
    {"cli", Form::mysql_command_line, Form::mysql_command_line},
    {"cli", Form::mariadb_command_line, Form::mariadb_command_line},
    {"go", {}, Form::go_dsn},
    {"dotnet", {}, Form::ado_net},
    {"cnf", {}, Form::option_file},
};

/// The value of `--name=value`, if the word is that.
std::optional<std::string_view> value_of(std::string_view word, std::string_view name)
{
    bool const is_it = word.starts_with("--") && word.substr(2, name.size()) == name &&
                       word.substr(2 + name.size()).starts_with('=');
    return is_it ? std::optional{word.substr(3 + name.size())} : std::nullopt;
}

sealsql::ClientProgram program_named(std::string_view name)
{
    if (name == "mysql")
        return sealsql::ClientProgram::mysql;
    if (name == "mariadb")
        return sealsql::ClientProgram::mariadb;
    throw UsageError{"--program is neither mysql nor mariadb",
                     "name the one that reads the option file"};
}

/// The form that the text looks like, if it is one.
std::optional<Form> look_of(std::string_view text)
{
    try {
        return sealsql::form_of(text);
    } catch (sealsql::Error const&) {
        return {};
    }
}

} // namespace

sealsql::TextForm form_named(std::string_view name, std::string_view text)
{
    std::string meant;
    std::optional<Form> last;
    std::optional<Form> const told = look_of(text);
    for (ShortName const& one : short_names) {
        if (one.name != name)
            continue;
        if (!one.told || one.told == told)
            return one.form;
        if (last != one.form)
            meant.append(meant.empty() ? "" : ", ").append(to_string(one.form));
        last = one.form;
    }
    if (!meant.empty())
        throw UsageError{"of the forms that --from is short for, the text looks like none",
                         "name one of " + meant};
    try {
        return sealsql::text_form(name);
    } catch (sealsql::Error const& error) {
        throw UsageError{error.message(), error.remedy() + ", or a language that --help lists"};
    }
}

Options parse_options(std::span<char const* const> arguments)
{
    Options options;
    bool options_ended = false;
    for (char const* const argument : arguments) {
        std::string_view const word{argument};
        // What begins with two dashes is an option; a text that does comes behind `--` or by standard input.
        if (options_ended || !word.starts_with("--")) {
            if (options.text)
                throw UsageError{"there are two texts",
                                 "put the text into quotes, or give it on standard input"};
            options.text = word;
        } else if (word == "--") {
            options_ended = true;
        } else if (auto const from = value_of(word, "from")) {
            options.from = *from;
        } else if (auto const file = value_of(word, "file")) {
            options.file = *file;
        } else if (auto const program = value_of(word, "program")) {
            options.program = program_named(*program);
        } else if (auto const suffix = value_of(word, "group-suffix")) {
            options.group_suffix = *suffix;
        } else if (auto const alias = value_of(word, "alias")) {
            options.alias = *alias;
        } else if (auto const pair = value_of(word, "with")) {
            std::size_t const equals = pair->find('=');
            if (equals == pair->npos)
                throw UsageError{"--with has no value", "write --with=NAME=VALUE"};
            options.with.emplace_back(pair->substr(0, equals), pair->substr(equals + 1));
        } else if (word == "--json") {
            options.json = true;
        } else if (word == "--check") {
            options.check = true;
        } else if (word == "--help") {
            options.help = true;
        } else if (word == "--version") {
            options.version = true;
        } else {
            // Not quoted: it may be a piece of a text with a password.
            throw UsageError{
                "there is an option that sealsql-translate does not have",
                "see sealsql-translate --help; a text that begins with -- goes behind --"};
        }
    }
    if (options.text && options.file)
        throw UsageError{"there is a text and a file with one", "give one of the two"};
    if (options.text == "-")
        options.text.reset();
    return options;
}

std::string help_text()
{
    std::string text =
        "Usage: sealsql-translate [OPTION]... [TEXT]\n"
        "Reads the text that another client of MySQL or MariaDB connects with, prints the C++ code\n"
        "that connects the same way, and says what that text protected before and what it protects\n"
        "now. Without TEXT, or with -, it is read from standard input: the arguments of a program can\n"
        "be seen by everybody on the machine, and a password with them.\n"
        "\n"
        "  --from=FORM  whose text it is, where that cannot be told from it:\n";
    std::string line = "              ";
    for (unsigned i = 0;; ++i) {
        std::string_view const name = to_string(static_cast<sealsql::TextForm>(i));
        if (name == "unknown")
            break;
        if (line.size() + name.size() + 1 > 92) {
            text += line + "\n";
            line = "              ";
        }
        line.append(" ").append(name);
    }
    text +=
        line +
        "\n               or by a language, of whose forms it is the one that the text looks like:\n              ";
    std::string_view before;
    for (ShortName const& one : short_names) {
        if (one.name != before)
            text.append(" ").append(one.name);
        before = one.name;
    }
    text +=
        "\n"
        "  --file=PATH  the text is in this file. What an option file includes is read, too\n"
        "  --program=mysql|mariadb, --group-suffix=SUFFIX\n"
        "               of an option file: the program whose groups count (mysql), and what stands\n"
        "               behind their names, as by --defaults-group-suffix\n"
        "  --alias=NAME of Django's DATABASES: which one (default)\n"
        "  --with=NAME=VALUE\n"
        "               what the program gives beside the text: of JDBC a property, such as\n"
        "               javax.net.ssl.trustStore; of PDO an option, such as PDO::MYSQL_ATTR_SSL_CA;\n"
        "               of Go the name of a registered TLS config and the file of its RootCAs\n"
        "  --check      also connect, compare the connection with what is said of it (TLS on both\n"
        "               sides, the certificate by the way to verify, the isolation level), and say\n"
        "               what each way to verify would decide. Where the text has no password, that\n"
        "               of the environment's DB_PASSWORD is used\n"
        "  --json       for programs\n"
        "  --help, --version\n"
        "\n"
        "The exit code is 0 if the text is understood and, with --check, the connection is made and\n"
        "as the findings say; 1 if not; 2 if the command line is wrong.\n";
    return text;
}

} // namespace translator

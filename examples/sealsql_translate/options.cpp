#include "options.hpp"

#include <sealsql/text/any.hpp>

#include <cstddef>
#include <string_view>

namespace translator {

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
        } else if (word.starts_with("--from=")) {
            options.from = word.substr(word.find('=') + 1);
        } else if (word.starts_with("--with=")) {
            std::string_view const pair = word.substr(word.find('=') + 1);
            std::size_t const equals = pair.find('=');
            if (equals == pair.npos)
                throw UsageError{"--with has no value", "write --with=NAME=VALUE"};
            options.with.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
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
        "\n"
        "  --with=NAME=VALUE\n"
        "               what the program gives beside the text: of JDBC a property, such as\n"
        "               javax.net.ssl.trustStore; of Go the name of a registered TLS config and the\n"
        "               file of its RootCAs\n"
        "  --check      also connect, ask the server whether the connection is encrypted, and say\n"
        "               what each way to verify would decide about its certificate. Where the text\n"
        "               has no password, that of the environment's DB_PASSWORD is used\n"
        "  --json       for programs\n"
        "  --help, --version\n"
        "\n"
        "The exit code is 0 if the text is understood and, with --check, the connection is made and\n"
        "as the findings say; 1 if not; 2 if the command line is wrong.\n";
    return text;
}

} // namespace translator

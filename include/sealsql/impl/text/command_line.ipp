#pragma once

#include <sealsql/detail/client_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/text/command_line.hpp>
#include <sealsql/translation.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

class CommandLine : public ClientDraft {
public:
    explicit CommandLine(ClientProgram program) noexcept : ClientDraft{program, false} {}

    [[nodiscard]] Translation translate(std::string_view text)
    {
        check_text(text);
        split(text);
        std::size_t next = take_environment();
        if (next < count_ && !words_[next].starts_with('-')) {
            take_program(words_[next]);
            ++next;
        }
        if (next == count_)
            refuse("there is nothing in it", "give the whole line, with the program's options");
        bool options_end = false;
        std::string_view database;
        bool has_database = false;
        while (next < count_) {
            std::string_view const word = words_[next++];
            if (!options_end && word == "--") {
                options_end = true;
            } else if (!options_end && word.starts_with("--")) {
                next = take_long(word.substr(2), next);
            } else if (!options_end && word.starts_with('-') && word.size() > 1) {
                next = take_letters(word.substr(1), next);
            } else {
                if (word.starts_with('-') && word.size() > 1 && program() == ClientProgram::mysql)
                    refuse("there is an option behind --, where mysql knows none",
                           "write it before the --; a database that begins with a dash goes "
                           "behind --database=");
                // Among U+2000 to U+203F are the dashes and quotes; the other is the minus.
                if (word.starts_with("\xE2\x80") || word.starts_with("\xE2\x88\x92"))
                    refuse(
                        "a word begins with a dash or quote that is none to a shell, as programs for "
                        "texts make them",
                        "type it as '-', or as a plain quote");
                if (word.find("://") != word.npos)
                    refuse("a URL stands there, which the program takes for a database",
                           "give the URL alone, or the options that it stands for");
                if (has_database)
                    refuse("there is more than one word that is no option",
                           "a password stands directly behind -p or --password=, and words with "
                           "spaces in quotes");
                has_database = true;
                database = word;
            }
        }
        // The word counts, wherever it stands.
        if (has_database && has("database"))
            note_same("database", "does not count", "the word that is no option does", "remove it");
        if (has_database)
            options.database = database;
        if (!reads_no_files_)
            note({}, "options of /etc/my.cnf, ~/.my.cnf and so on, too", "no option file",
                 "what they say is not in the line", "translate_option_file_at()");
        return finish_client();
    }

private:
    static constexpr std::size_t max_words = 256;

    /// Words as a shell makes them, of what is not computed.
    void split(std::string_view text)
    {
        // As long as it has room, no view into it changes.
        std::string& all = words_text_.clean(text.size());
        TextScanner scanner{text};
        for (;;) {
            bool const is_new_line = skip_blanks(scanner);
            if (scanner.at_end())
                return;
            if (is_new_line && count_ != 0)
                refuse("there is more than one line",
                       "give one command; end a line that goes on with a backslash");
            if (count_ == max_words)
                refuse("there are more than 256 words");
            std::size_t const begin = all.size();
            read_word(scanner, all);
            words_[count_++] = std::string_view{all}.substr(begin);
        }
    }

    /// Spaces, line ends behind a backslash, and comments. Returns whether a line ended.
    [[nodiscard]] static bool skip_blanks(TextScanner& scanner) noexcept
    {
        bool is_new_line = false;
        for (;;) {
            if (scanner.skip("\\\n"))
                continue;
            if (scanner.peek() == '#')
                (void)scanner.take_until("\n");
            if (!is_blank(scanner.peek()))
                return is_new_line;
            is_new_line = scanner.take() == '\n' || is_new_line;
        }
    }

    /// To a shell, other spaces are letters like any.
    [[nodiscard]] static bool is_blank(char c) noexcept
    {
        return c == ' ' || c == '\t' || c == '\n';
    }

    /// `name=…` of a variable.
    [[nodiscard]] static bool is_assignment(std::string_view word) noexcept
    {
        std::size_t const equals = word.find('=');
        return equals != 0 && equals != word.npos && !is_digit(word.front()) &&
               std::all_of(word.begin(), word.begin() + static_cast<std::ptrdiff_t>(equals),
                           is_word);
    }

    void read_word(TextScanner& scanner, std::string& to)
    {
        // At the beginning, and behind a '=' or ':' of a variable, it stands for a folder.
        if (scanner.peek() == '~')
            refuse_computed();
        while (!scanner.at_end() && !is_blank(scanner.peek())) {
            char const c = scanner.take();
            if (c == '\r' || (c == '\\' && scanner.peek() == '\r'))
                refuse("there is a carriage return, which is part of a word to the shell",
                       "end the lines as on Unix");
            switch (c) {
            case '\'': {
                to += scanner.take_until("'");
                if (!scanner.skip('\''))
                    refuse("a quote is not closed");
                break;
            }
            case '"':
                read_quoted(scanner, to);
                break;
            case '\\':
                if (scanner.at_end())
                    refuse("a backslash stands at the end");
                if (!scanner.skip('\n'))
                    to += scanner.take();
                break;
            default:
                if (c == '~' && (to.ends_with('=') || to.ends_with(':')) && is_assignment(to))
                    refuse_computed();
                // By -? the program's own short form of --help is meant.
                if (std::string_view{"$`*?[{"}.find(c) != std::string_view::npos &&
                    !(c == '?' && to.ends_with('-')))
                    refuse_computed();
                if (std::string_view{";&|<>()"}.find(c) != std::string_view::npos)
                    refuse(
                        "there is more than one command, or one that reads or writes a file",
                        "give the command alone; write special characters of a password in single quotes");
                to += c;
            }
        }
    }

    void read_quoted(TextScanner& scanner, std::string& to)
    {
        for (;;) {
            if (scanner.at_end())
                refuse("a quote is not closed");
            char const c = scanner.take();
            if (c == '"')
                return;
            if (c == '$' || c == '`')
                refuse_computed();
            bool const escapes = c == '\\' && std::string_view{"$`\"\\\n"}.find(scanner.peek()) !=
                                                  std::string_view::npos;
            if (!escapes)
                to += c;
            else if (!scanner.skip('\n'))
                to += scanner.take();
        }
    }

    [[noreturn]] void refuse_computed() const
    {
        refuse(
            "the shell would have to compute something, and nothing is run here",
            "put the value itself there; write special characters of a password in single quotes");
    }

    /// `MYSQL_PWD=pw mysql …`; returns the index of the word that follows.
    [[nodiscard]] std::size_t take_environment()
    {
        std::size_t next = 0;
        for (; next < count_; ++next) {
            std::string_view const word = words_[next];
            std::size_t const equals = word.find('=');
            if (equals == word.npos || word.starts_with('-'))
                break;
            std::string_view const name = word.substr(0, equals);
            std::string_view const value = word.substr(equals + 1);
            if (name == "MYSQL_PWD")
                take(TextMeaning::password, name, value);
            else if (name == "MYSQL_HOST")
                take(TextMeaning::host, name, value);
            else if (name == "MYSQL_TCP_PORT")
                take(TextMeaning::port, name, value);
            else if (name == "MYSQL_UNIX_PORT")
                take(TextMeaning::socket, name, value);
            else if (is_quotable_name(name) && options.password.empty())
                refuse_setting(name,
                               "is a variable of which it is not known what it does to the program",
                               "remove it");
            else
                refuse("something stands before the program's name");
        }
        return next;
    }

    void take_program(std::string_view word)
    {
        std::size_t const slash = word.rfind('/');
        std::string_view const name = slash == word.npos ? word : word.substr(slash + 1);
        if (name == "mysql" || (name == "mariadb" && program() == ClientProgram::mariadb))
            return;
        if (name == "mariadb")
            refuse("the program is mariadb", "give it to translate_mariadb_command_line()");
        refuse("the first word is not the program's name", "begin with the program or its options");
    }

    /// `--name`, `--name=value` or `--name value`; returns the index of the word that follows.
    [[nodiscard]] std::size_t take_long(std::string_view word, std::size_t next)
    {
        std::size_t const equals = word.find('=');
        std::string_view const name = word.substr(0, equals);
        FoundOption const found = find_option(name, equals != word.npos);
        bool has_value = equals != word.npos;
        std::string_view value = has_value ? word.substr(equals + 1) : std::string_view{};
        if (!has_value && found.option != nullptr && found.option->value == OptionValue::required) {
            if (next == count_)
                refuse_setting(found.name, "has no value");
            value = words_[next++];
            has_value = true;
        }
        reads_no_files_ = reads_no_files_ || found.name == "no-defaults";
        take_option(found, name, value, has_value);
        return next;
    }

    /// `-h value`, `-hvalue`, `-BNe 'SELECT 1'`; returns the index of the word that follows.
    [[nodiscard]] std::size_t take_letters(std::string_view letters, std::size_t next)
    {
        while (!letters.empty()) {
            char const letter = letters.front();
            letters.remove_prefix(1);
            FoundOption const found = find_letter(letter);
            ClientOption const* const option = found.option;
            if (option == nullptr)
                refuse("there is a short option that the program does not have",
                       why::unknown_setting);
            std::string_view value;
            bool has_value = false;
            if (option->value == OptionValue::required || option->value == OptionValue::optional) {
                value = letters;
                has_value = !letters.empty();
                letters = {};
            }
            if (!has_value && option->value == OptionValue::required) {
                if (next == count_)
                    refuse_setting(found.name, "has no value");
                value = words_[next++];
                has_value = true;
            }
            take_option(found, found.name, value, has_value);
        }
        return next;
    }

    ScratchText words_text_{};
    std::array<std::string_view, max_words> words_{};
    std::size_t count_ = 0;
    bool reads_no_files_ = false;
};

} // namespace detail

SEALSQL_INLINE Translation translate_mysql_command_line(std::string_view text)
{
    return detail::CommandLine{ClientProgram::mysql}.translate(text);
}

SEALSQL_INLINE Translation translate_mariadb_command_line(std::string_view text)
{
    return detail::CommandLine{ClientProgram::mariadb}.translate(text);
}

} // namespace sealsql::inline SEALSQL_ABI

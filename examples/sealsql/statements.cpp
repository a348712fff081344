#include "statements.hpp"

#include "usage_error.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

namespace cli {

namespace {

constexpr std::string_view blanks = " \t\r\n\f\v";

std::string_view trimmed(std::string_view text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// @param lower in lower case
bool equals(std::string_view text, std::string_view lower)
{
    return std::ranges::equal(text, lower, [](char left, char right) {
        return std::tolower(static_cast<unsigned char>(left)) == right;
    });
}

std::optional<Command> command_by_word(std::string_view word)
{
    if (equals(word, "status"))
        return Command::show_status;
    if (equals(word, "help") || word == "?")
        return Command::show_help;
    if (equals(word, "quit") || equals(word, "exit"))
        return Command::quit;
    return std::nullopt;
}

std::optional<Command> command_by_letter(char letter)
{
    switch (letter) {
    case 's':
        return Command::show_status;
    case 'h':
    case '?':
        return Command::show_help;
    case 'q':
        return Command::quit;
    default:
        return std::nullopt;
    }
}

} // namespace

void StatementSplitter::add_line(std::string_view line)
{
    ++line_;
    at_ = 0;
    text_.clear();
    if (sql_.empty() && inside_ == '\0' && take_line_command(line))
        return;
    text_.append(line).append(1, '\n');
}

std::optional<Statement> StatementSplitter::next(bool backslash_escapes)
{
    while (!complete_ && at_ < text_.size())
        at_ += scan(std::string_view{text_}.substr(at_), backslash_escapes);
    return std::exchange(complete_, std::nullopt);
}

/// @return how many characters were taken
std::size_t StatementSplitter::scan(std::string_view rest, bool backslash_escapes)
{
    if (inside_ == '\0')
        return scan_special(rest);
    std::size_t size = 1;
    if (inside_ == '*' || inside_ == '!') {
        bool const ends = rest.starts_with("*/");
        size = ends ? 2 : 1;
        if (inside_ == '!' || !sql_.empty())
            keep(rest.substr(0, size));
        if (ends)
            inside_ = '\0';
        return size;
    }
    if (rest.front() == '\\' && inside_ != '`' && backslash_escapes)
        size = std::min<std::size_t>(2, rest.size());
    else if (rest.front() == inside_)
        inside_ = '\0'; // a doubled quote opens the next at once
    keep(rest.substr(0, size));
    return size;
}

/// Takes what is outside of quotes and comments.
/// @return how many characters that were
std::size_t StatementSplitter::scan_special(std::string_view rest)
{
    if (rest.starts_with(delimiter_)) {
        end_statement(Command::run);
        return delimiter_.size();
    }
    char const c = rest.front();
    if (c == '\\' && rest.size() > 1) {
        char const letter = rest[1];
        if (letter == 'g' || letter == 'G')
            end_statement(letter == 'g' ? Command::run : Command::run_vertically);
        else if (letter == 'c')
            sql_.clear();
        else if (auto const command = command_by_letter(letter))
            complete_ = Statement{.command = *command, .sql = {}, .line = line_};
        else
            keep(rest.substr(0, 2)); // such as \N
        return 2;
    }
    // With two dashes, only a blank makes a comment: 1--1 is 2.
    bool const dashes = rest.starts_with("--") &&
                        (rest.size() == 2 || blanks.find(rest[2]) != std::string_view::npos);
    if (c == '#' || dashes) {
        if (!sql_.empty())
            keep(rest);
        return rest.size();
    }
    std::size_t size = 1;
    if (rest.starts_with("/*")) {
        size = 2;
        inside_ = rest.starts_with("/*!") || rest.starts_with("/*M!") ? '!' : '*';
        opened_line_ = line_;
        if (inside_ == '*' && sql_.empty())
            return size;
    } else if (c == '\'' || c == '"' || c == '`') {
        inside_ = c;
        opened_line_ = line_;
    } else if (sql_.empty() && blanks.find(c) != std::string_view::npos) {
        return size;
    }
    keep(rest.substr(0, size));
    return size;
}

void StatementSplitter::keep(std::string_view text)
{
    if (sql_.empty())
        first_line_ = line_;
    sql_ += text;
}

void StatementSplitter::end_statement(Command command)
{
    std::string_view const sql = trimmed(sql_);
    if (auto const word = command_by_word(sql))
        complete_ = Statement{.command = *word, .sql = {}, .line = first_line_};
    else if (!sql.empty())
        complete_ = Statement{.command = command, .sql = std::string{sql}, .line = first_line_};
    sql_.clear();
}

/// The commands that have a line to themselves and need no delimiter.
bool StatementSplitter::take_line_command(std::string_view line)
{
    std::string_view const text = trimmed(line);
    if (auto const command = command_by_word(text)) {
        complete_ = Statement{.command = *command, .sql = {}, .line = line_};
        return true;
    }
    auto const blank = text.find_first_of(blanks);
    if (blank == std::string_view::npos)
        return false;
    std::string_view const word = text.substr(0, blank);
    std::string_view const argument = trimmed(text.substr(blank));
    if (equals(word, "delimiter")) {
        delimiter_ = argument.substr(0, argument.find_first_of(blanks));
        return true;
    }
    if (equals(word, "use") && argument.find(delimiter_) == std::string_view::npos &&
        argument.find('\\') == std::string_view::npos) {
        complete_ = Statement{.command = Command::run, .sql = std::string{text}, .line = line_};
        return true;
    }
    return false;
}

std::optional<Statement> StatementSplitter::finish()
{
    if (inside_ != '\0')
        throw UsageError{
            "the input ends within " +
                (inside_ == '*' || inside_ == '!' ? std::string{"a comment"}
                                                  : std::string{"quotes ("} + inside_ + ")") +
                " opened on line " + std::to_string(opened_line_) + "; the statement was not sent",
            "close it, and check that the input is complete"};
    end_statement(Command::run);
    return std::exchange(complete_, std::nullopt);
}

char StatementSplitter::pending() const noexcept
{
    if (inside_ != '\0')
        return inside_;
    return sql_.empty() ? ' ' : '-';
}

} // namespace cli

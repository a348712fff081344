#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cli {

enum class Command : std::uint8_t { run, run_vertically, show_status, show_help, quit };

/// One thing to do.
struct Statement {
    Command command;
    /// For the two that run something.
    std::string sql;
    /// Where it begins, counted from 1.
    std::size_t line;
};

/// Cuts lines into statements, as `mysql` does: they end with `;`, `\g` or `\G` or what DELIMITER
/// names, outside of quotes and comments. Comments before a statement are dropped, those inside
/// stay.
///
/// Within `'` and `"` a backslash escapes, if the server says so, and never within backticks. Double
/// quotes are taken for those of a text, since nobody says whether sql_mode has ANSI_QUOTES; that
/// makes a difference only to a name with a backslash in it.
class StatementSplitter {
public:
    /// Takes the next line, without its end, once next() has nothing more of the one before.
    void add_line(std::string_view line);

    /// Gives what the line completes, one after the other; nothing if there is no more. A statement is
    /// cut only when it is asked for, since the one before may have changed sql_mode.
    /// @param backslash_escapes whether it does in the session now; not with NO_BACKSLASH_ESCAPES
    [[nodiscard]] std::optional<Statement> next(bool backslash_escapes);

    /// Gives what is left at the end of the input; it needs no `;`.
    /// @throws UsageError if the input ends within quotes or a comment
    [[nodiscard]] std::optional<Statement> finish();

    /// What the statement is in the middle of: `-` or the quote; blank if none is begun.
    [[nodiscard]] char pending() const noexcept;

private:
    std::size_t scan(std::string_view rest, bool backslash_escapes);
    std::size_t scan_special(std::string_view rest);
    void keep(std::string_view text);
    void end_statement(Command command);
    bool take_line_command(std::string_view line);

    std::string delimiter_ = ";";
    std::string sql_;
    std::optional<Statement> complete_;
    std::string text_; // the line
    std::size_t at_ = 0;
    std::size_t line_ = 0;
    std::size_t first_line_ = 0;
    std::size_t opened_line_ = 0;
    char inside_ = '\0'; // a quote, * in a comment, ! in one that the server executes
};

} // namespace cli

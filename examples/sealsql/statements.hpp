#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
/// In quotes a backslash escapes, as it does in MySQL unless sql_mode has NO_BACKSLASH_ESCAPES.
class StatementSplitter {
public:
    /// Takes the next line, without its end, and gives what it completes.
    [[nodiscard]] std::vector<Statement> add_line(std::string_view line);

    /// Gives what is left at the end of the input; it needs no `;`.
    /// @throws UsageError if the input ends within quotes or a comment
    [[nodiscard]] std::optional<Statement> finish();

    /// What the statement is in the middle of: `-` or the quote; blank if none is begun.
    [[nodiscard]] char pending() const noexcept;

private:
    std::size_t scan_special(std::string_view rest);
    void keep(std::string_view text);
    void end_statement(Command command);
    bool take_line_command(std::string_view line);

    std::string delimiter_ = ";";
    std::string sql_;
    std::vector<Statement> complete_;
    std::size_t line_ = 0;
    std::size_t first_line_ = 0;
    std::size_t opened_line_ = 0;
    char inside_ = '\0'; // a quote, * in a comment, ! in one that the server executes
};

} // namespace cli

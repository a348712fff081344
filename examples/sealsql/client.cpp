#include "client.hpp"

#include "connect.hpp"
#include "output.hpp"
#include "report.hpp"
#include "status.hpp"
#include "terminal_text.hpp"

#include <sealsql/load_data.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace cli {

namespace {

constexpr std::string_view prompt_help =
    "\\g, ;          run the statement\n"
    "\\G            run it and show a line for each value\n"
    "\\c            forget what was typed so far\n"
    "\\s, status    show the facts of the connection and its TLS\n"
    "\\h, help      show this\n"
    "\\q, quit      leave\n"
    "delimiter X   end statements with X instead of ;\n";

/// As wide as each other.
std::string prompt(char pending)
{
    switch (pending) {
    case ' ':
        return "sealsql> ";
    case '*':
    case '!':
        return "     /*> ";
    default:
        return std::string{"      "} + pending + "> ";
    }
}

std::string counted(std::uint64_t number, std::string const& thing)
{
    return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

} // namespace

Client::Client(Options options)
    : options_{std::move(options)}, connection_options_{connection_options(options_)},
      db_{connection_options_}, stdout_is_terminal_{::isatty(STDOUT_FILENO) == 1},
      is_on_terminal_{stdout_is_terminal_ && ::isatty(STDIN_FILENO) == 1},
      is_prompt_{is_on_terminal_ && !options_.statements && !options_.status},
      new_session_escapes_{db_.backslash_escapes()}
{
    // Connector/C ignores it. A program in a pipe ends with the one that reads it, as in `| head`.
    std::signal(SIGPIPE, SIG_DFL);
}

int Client::run()
{
    if (options_.status)
        write_status(std::cout, db_, options_);
    if (options_.statements) {
        std::istringstream input{*options_.statements};
        return run_all(input);
    }
    if (options_.status)
        return 0;
    return is_prompt_ ? run_prompt() : run_all(std::cin);
}

int Client::run_all(std::istream& input)
{
    StatementSplitter splitter;
    for (std::string line; std::getline(input, line);) {
        if (run_line(splitter, line) == Next::stop)
            return failed_ ? 1 : 0;
    }
    if (input.bad())
        throw UsageError{"standard input cannot be read", "give it a file or a pipe"};
    if (auto const statement = splitter.finish())
        run_reporting(*statement);
    return failed_ ? 1 : 0;
}

int Client::run_prompt()
{
    std::cout
        << "Connected to " << terminal_text(db_.server_version()) << ", connection id "
        << db_.connection_id() << ", "
        << (db_.tls() != nullptr ? db_.tls()->version : "without TLS")
        << ".\nStatements end with ; or \\g. \\s shows the connection, \\h helps, \\q leaves.\n\n";
    StatementSplitter splitter;
    std::string line;
    while (std::cout << prompt(splitter.pending()) << std::flush, std::getline(std::cin, line)) {
        if (run_line(splitter, line) == Next::stop)
            return 0;
    }
    std::cout << '\n';
    return 0;
}

Client::Next Client::run_line(StatementSplitter& splitter, std::string_view line)
{
    splitter.add_line(line);
    while (auto const statement = splitter.next(backslash_escapes())) {
        if (run_reporting(*statement) == Next::stop)
            return Next::stop;
    }
    return Next::go_on;
}

/// What a backslash is in the session that the next statement runs in.
bool Client::backslash_escapes() const
{
    return db_.usable() ? db_.backslash_escapes() : new_session_escapes_;
}

Client::Next Client::run_reporting(Statement const& statement)
{
    try {
        if (is_prompt_)
            reconnect_if_lost();
        return run(statement);
    } catch (sealsql::Error const& error) {
        report(error);
    } catch (UsageError const& error) {
        if (!std::cout)
            throw; // what follows would not arrive either
        report(error);
    }
    return after_failure(statement);
}

Client::Next Client::after_failure(Statement const& statement)
{
    failed_ = true;
    if (is_prompt_)
        return Next::go_on;
    if (!options_.statements)
        std::cerr << "The statement begins on line " << statement.line << " of the input.\n";
    return options_.force && db_.usable() ? Next::go_on : Next::stop;
}

/// A session that was lost takes its transaction, variables and temporary tables with it, so
/// somebody has to be told: a prompt can, a script cannot.
void Client::reconnect_if_lost()
{
    if (db_.usable())
        return;
    std::cerr
        << "The connection was lost, and with it the state of its session. Connecting again.\n";
    db_ = sealsql::Connection{connection_options_};
    new_session_escapes_ = db_.backslash_escapes();
}

Client::Next Client::run(Statement const& statement)
{
    switch (statement.command) {
    case Command::run:
    case Command::run_vertically:
        run_sql(statement);
        break;
    case Command::show_status:
        write_status(std::cout, db_, options_);
        break;
    case Command::show_help:
        std::cout << prompt_help;
        break;
    case Command::quit:
        return Next::stop;
    }
    return Next::go_on;
}

/// As text, or by the binary protocol where that is asked for and possible.
ServerRows Client::run_as_asked(sealsql::Sql sql)
{
    constexpr int cannot_be_prepared = 1295;
    if (options_.prepared) {
        try {
            return db_.prepare(sql).query();
        } catch (sealsql::Error const& error) {
            if (error.code() != cannot_be_prepared)
                throw;
        }
    }
    return db_.query(sql);
}

/// The file that the user named, whatever name the server asks for.
sealsql::ExecuteResult Client::load_file(std::string const& name, Statement const& statement)
{
    std::ifstream file{name, std::ios::binary};
    if (!file || file.peek() == std::ifstream::traits_type::eof()) {
        file.clear();
        std::error_code problem;
        if (!std::filesystem::is_regular_file(name, problem) || !file.is_open())
            throw sealsql::Error{{.code = 2,
                                  .message = "the file " + sealsql::printable(name) +
                                             " cannot be read; nothing was sent",
                                  .remedy = "name a file of this machine that you may read"}};
    }
    return sealsql::load_data(db_, sealsql::Sql::unchecked(statement.sql), file);
}

void Client::run_sql(Statement const& statement)
{
    OutputStyle const style{.column_names = options_.column_names,
                            .raw = options_.raw,
                            .to_terminal = stdout_is_terminal_};
    Layout const layout = options_.layout.value_or(is_on_terminal_ ? Layout::table : Layout::tabs);
    auto const start = std::chrono::steady_clock::now();

    if (options_.local_infile) {
        if (auto const name = sealsql::local_file_of(statement.sql)) {
            auto const done = load_file(*name, statement);
            if (is_prompt_ && layout != Layout::tabs)
                std::cout << "Query OK, " << counted(done.affected_rows, "row") << " affected\n\n";
            return;
        }
    }
    // The SQL is the user's own, so nothing in it was spliced.
    ServerRows rows = run_as_asked(sealsql::Sql::unchecked(statement.sql));
    bool gives_rows = false;
    std::uint64_t count = 0;
    do { // CALL gives several results
        gives_rows = gives_rows || !rows.columns().empty();
        if (layout == Layout::json)
            count += write_json(std::cout, rows);
        else if (statement.command == Command::run_vertically)
            count += write_vertically(std::cout, rows);
        else if (layout == Layout::table)
            count += write_table(std::cout, rows, style);
        else
            count += write_tabs(std::cout, rows, style);
        if (!std::cout)
            db_.close(); // and do not read away the rest of an answer that nobody sees
        require_written(std::cout);
    } while (rows.next_result());
    auto const done = rows.finish();

    if (!is_prompt_ || layout != Layout::table)
        return;
    std::chrono::duration<double> const taken = std::chrono::steady_clock::now() - start;
    std::cout << (!gives_rows  ? "Query OK, " + counted(done.affected_rows, "row") + " affected"
                  : count == 0 ? "Empty set"
                               : counted(count, "row") + " in set");
    if (done.warning_count > 0)
        std::cout << ", " << counted(done.warning_count, "warning");
    std::cout << std::fixed << std::setprecision(3) << " (" << taken.count() << " s)\n\n";
}

} // namespace cli

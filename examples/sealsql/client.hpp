#pragma once

#include "options.hpp"
#include "output.hpp"
#include "statements.hpp"

#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

namespace cli {

/// One session with one server, from the command line to the exit code.
class Client {
public:
    /// Connects.
    explicit Client(Options options);

    /// Does what the options say.
    /// @return the exit code
    int run();

private:
    enum class Next : std::uint8_t { go_on, stop };

    int run_all(std::istream& input);
    int run_prompt();

    Next run_line(StatementSplitter& splitter, std::string_view line);
    Next run_reporting(Statement const& statement);
    [[nodiscard]] Next after_failure(Statement const& statement);
    Next run(Statement const& statement);
    void run_sql(Statement const& statement);
    [[nodiscard]] ServerRows run_as_asked(sealsql::Sql sql);
    sealsql::ExecuteResult load_file(std::string const& name, Statement const& statement);
    void reconnect_if_lost();
    [[nodiscard]] bool backslash_escapes() const;

    Options options_;
    sealsql::ConnectionOptions connection_options_;
    sealsql::Connection db_;
    bool stdout_is_terminal_;
    bool is_on_terminal_;
    bool is_prompt_;
    bool new_session_escapes_;
    bool failed_ = false;
};

} // namespace cli

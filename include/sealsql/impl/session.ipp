#pragma once

#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/session_connect.ipp>
#include <sealsql/impl/session_exchange.ipp>
#include <sealsql/impl/session_prepared.ipp>

#include <cstddef>
#include <string>
#include <string_view>

/// @file
/// What a session does beside statements: signs of life, another database, back to how it began.

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a session needs to begin with and get back to is never large.
inline constexpr std::size_t most_of_a_small_reply = std::size_t{1} << 20U;

SEALSQL_INLINE void Session::run_command(Command command, std::string_view argument,
                                         std::string_view what_failed, Clock::time_point deadline)
{
    OperationKind const kind = command == Command::ping               ? OperationKind::ping
                               : command == Command::reset_connection ? OperationKind::reset
                               : command == Command::select_database
                                   ? OperationKind::select_database
                                   : OperationKind::query;
    Operation operation{watch(), kind, argument};
    try {
        begin_own_command();
        ReplyGuard const guard{*this};
        commands_.begin(command).text(argument);
        commands_.end();
        what_failed_ = what_failed;
        send(deadline);
        ReplyReader reader;
        reader.begin(false);
        begin_reply();
        std::size_t rows = 0;
        while (reader.is_under_way()) {
            if (read_event(reader, deadline) == ReplyReader::Event::row &&
                ++rows > most_of_a_small_reply)
                throw_too_large();
        }
        if (operation)
            operation->affected_rows = reader.completion().affected_rows;
    } catch (Error const& error) {
        what_failed_ = {};
        operation.fail(error);
        throw;
    } catch (...) {
        what_failed_ = {};
        throw;
    }
    what_failed_ = {};
    set_idle();
    operation.succeed();
}

SEALSQL_INLINE void Session::ping()
{
    run_command(Command::ping, {}, "the ping failed; ", Clock::now() + timeouts_.read);
}

SEALSQL_INLINE void Session::reset()
{
    run_command(Command::reset_connection, {}, "resetting the session failed; ",
                Clock::now() + timeouts_.read);
    statements_.clear();
    discarded_ = {};
    last_prepared_.reset();
    ++generation_;
    set_client_character_set({});
    // The server keeps the database that was chosen last. MySQL forgets the character set, MariaDB keeps
    // it. Connector/C knows the name, so it is a plain word.
    Clock::time_point const deadline = Clock::now() + timeouts_.read;
    try {
        if (!options_->database.empty())
            run_command(Command::select_database, options_->database,
                        "selecting the database again failed; ", deadline);
        run_statement(concat({"SET NAMES ", options_->character_set}),
                      "setting the character set again failed; ", deadline);
        run_init_statements(deadline);
    } catch (Error const& error) {
        // Half a beginning is none: the init statements may be what limits the session.
        close();
        throw_again(Error{{.code = error.code(),
                           .sqlstate = error.sqlstate(),
                           .message = concat({error.message(), "; the connection is closed"}),
                           .remedy = error.remedy(),
                           .origin = error.origin(),
                           .retryable = error.retryable(),
                           .poisons_connection = true,
                           .cancel_reason = error.cancel_reason(),
                           .cancel_outcome = CancelOutcome::unknown}});
    }
}

SEALSQL_INLINE void Session::run_statement(std::string_view sql, std::string_view what_failed,
                                           Clock::time_point deadline)
{
    if (sql.empty())
        throw client_error(error_code::empty_query, "the statement is empty", {}, "42000");
    run_command(Command::query, sql, what_failed, deadline);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

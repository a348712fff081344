#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/capi.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/session_exchange.ipp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// Prepared statements (COM_STMT_PREPARE, COM_STMT_EXECUTE, COM_STMT_CLOSE), and which of them the connection keeps.

namespace sealsql::inline SEALSQL_ABI::detail {

/// The id of the statement that was prepared last (MariaDB).
inline constexpr std::uint32_t statement_just_prepared = 0xFFFF'FFFF;

/// The number of parameters, for SQL that is so plain that every `?` outside of quotes is one: no comments or escapes, and no
/// colons outside of quotes, as names of parameters have them in Oracle's mode. Without a backslash a quoted text ends at the
/// same place in every SQL mode, a quote that is doubled being the end of one and the beginning of another; and in ASCII, in
/// every character set.
/// @return false for any other
[[nodiscard]] SEALSQL_INLINE bool count_parameters(std::string_view sql,
                                                   std::size_t& count) noexcept
{
    count = 0;
    unsigned char all = 0;
    bool has_quotes = false;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        char const next = i + 1 < sql.size() ? sql[i + 1] : ' ';
        all = static_cast<unsigned char>(all | static_cast<unsigned char>(sql[i]));
        switch (sql[i]) {
        case '?':
            ++count;
            break;
        case '\'':
        case '"':
        case '`':
            has_quotes = true;
            for (char const quote = sql[i++]; i < sql.size() && sql[i] != quote; ++i) {
                if (sql[i] == '\\' || sql[i] == '\0')
                    return false;
                all = static_cast<unsigned char>(all | static_cast<unsigned char>(sql[i]));
            }
            if (i >= sql.size())
                return false;
            break;
        case '\\':
        case '#':
        case ':':
        case ';':
        case '\0':
            return false;
        case '-':
        case '/':
            if (next == sql[i] || next == '*')
                return false;
            break;
        default:
            break;
        }
    }
    return !has_quotes || all < 0x80;
}

SEALSQL_INLINE void Session::require_parameters(unsigned wanted, std::size_t given) const
{
    if (given == wanted)
        return;
    throw client_error(
        error_code::unknown_error,
        concat({"the statement has ", std::to_string(wanted), " parameters, but values for ",
                std::to_string(given), " were given; nothing was executed"}),
        "give one value for each ? in the statement", "07001");
}

SEALSQL_INLINE void Session::write_prepare(std::string_view sql)
{
    commands_.begin(Command::prepare).text(sql);
    commands_.end();
}

/// Types that a server takes for one another have one letter; `n` is of NULL, which says nothing.
[[nodiscard]] SEALSQL_INLINE char kind_of(std::byte type) noexcept
{
    static constexpr char kinds[] = "tiiiffntiidTD"; // those from decimal_old to datetime
    auto const number = static_cast<unsigned char>(type);
    return number <= 12                                                ? kinds[number]
           : number == static_cast<unsigned char>(ColumnType::decimal) ? '.'
                                                                       : 't';
}

SEALSQL_INLINE bool keeps_types(std::string& before, Bytes types)
{
    if (before.empty())
        before.assign(as_text(types.data()), types.size());
    if (before.size() != types.size()) // which is refused elsewhere
        return true;
    for (std::size_t i = 0; i < types.size(); i += 2) {
        char const kind = kind_of(types[i]);
        char const kind_before = kind_of(static_cast<std::byte>(before[i]));
        if (kind != kind_before && kind != 'n' && kind_before != 'n')
            return false;
    }
    for (std::size_t i = 0; i < types.size(); i += 2)
        if (kind_of(static_cast<std::byte>(before[i])) == 'n')
            before[i] = static_cast<char>(types[i]);
    return true;
}

SEALSQL_INLINE bool Session::write_execute(std::uint32_t id, Arguments const& arguments,
                                           std::string* types)
{
    CommandBuffer::Mark const before = commands_.mark();
    WireWriter writer = commands_.begin(Command::execute);
    writer.integer<4>(id);
    writer.integer<1>(0); // no cursor
    writer.integer<4>(1);
    if (arguments.count != 0) {
        try {
            ParameterWriter parameters{writer.buffer(), arguments.count};
            parameters.set_text_rule(text_rule_);
            arguments.write(arguments.context, parameters);
            if (types != nullptr && !keeps_types(*types, parameters.types())) {
                commands_.cut(before);
                return false;
            }
        } catch (...) {
            commands_.cut(before);
            throw;
        }
    }
    commands_.end();
    return true;
}

SEALSQL_INLINE void Session::read_prepare_reply(Shared<Statement> const& statement)
{
    begin_reply();
    Clock::time_point const deadline = Clock::now() + timeouts_.read;
    Bytes const packet = read_packet(deadline);
    ServerError error;
    if (is_error(packet) && parse_error(packet, error) && error.code != progress_report)
        fail(error, "the statement cannot be prepared; ");
    accept_prepare_reply(packet, statement, deadline);
}

SEALSQL_INLINE void Session::accept_prepare_reply(Bytes packet, Shared<Statement> const& statement,
                                                  Clock::time_point deadline)
{
    auto const read = [&] {
        Bytes const next = read_packet(deadline);
        ServerError error;
        if (is_error(next) && parse_error(next, error) && error.code != progress_report)
            fail(error, "the statement cannot be prepared; ");
        return next;
    };
    PrepareReply reply;
    if (!parse_prepare_reply(packet, reply))
        reject("answers the preparation of a statement with something that is no answer");
    std::size_t description = 0;
    // Descriptions of the parameters, which say nothing on MariaDB, and of the columns.
    Columns columns;
    for (bool const is_column : {false, true}) {
        std::size_t const count = is_column ? reply.columns : reply.parameters;
        for (std::size_t i = 0; i < count; ++i) {
            Bytes const definition_packet = read();
            description += definition_packet.size();
            if (description > max_allowed_packet_)
                throw_too_large();
            ColumnDefinition definition;
            if (!parse_column_definition(definition_packet, definition))
                reject("sent a malformed description of a column");
            if (is_column)
                columns.push_back(make_column(definition));
        }
        if (count != 0 && !is_eof(read()))
            reject("sent another number of columns than it said");
    }
    statement->id = reply.id;
    statement->parameters = reply.parameters;
    statement->columns.reset();
    if (reply.columns != 0)
        statement->columns = Shared<Columns const>::make(std::move(columns));
    statement->described = statement->columns;
    statement->generation = generation_;
    statement->databases = databases_;
    statement->types.clear();
    has_prepared_ = true;
    last_prepared_ = statement;
}

/// MariaDB goes on taking statement_just_prepared for an older statement when it could not even begin to prepare
/// another, as with max_prepared_stmt_count reached: it would run that one, with the values that were meant for
/// the other. So an older one must not be left: the close is of what was prepared right before it or, where even
/// that was not possible, of the older one.
SEALSQL_INLINE void Session::write_forget_last_prepared()
{
    write_prepare("DO 0");
    commands_.begin(Command::close_statement).integer<4>(statement_just_prepared);
    commands_.end();
}

SEALSQL_INLINE void Session::read_forget_last_prepared()
{
    begin_reply();
    Clock::time_point const deadline = Clock::now() + timeouts_.read;
    Bytes const packet = read_packet(deadline);
    Shared<Statement> const before = std::move(last_prepared_);
    if (!is_error(packet)) {
        accept_prepare_reply(packet, Shared<Statement>::make(), deadline);
    } else {
        ServerError error;
        if (!parse_error(packet, error) || poisons_connection(error.code))
            fail(error, "the statement cannot be prepared; ");
        if (before)
            discard(*before); // it is the one that was closed; that it is closed again is no error
    }
    last_prepared_.reset();
}

SEALSQL_INLINE void Session::prepare(Shared<Statement> const& statement)
{
    if (is_prepared(*statement)) {
        require_idle();
        return;
    }
    Operation operation{watch(), OperationKind::prepare, statement->sql};
    try {
        static_cast<void>(begin_command(statement->sql));
        ReplyGuard const guard{*this};
        if (statement->sql.empty())
            throw client_error(error_code::empty_query, "the statement is empty", {}, "42000");
        write_prepare(statement->sql);
        send();
        read_prepare_reply(statement);
    } catch (Error const& error) {
        operation.fail(error);
        throw;
    }
    set_idle();
    operation.succeed();
}

SEALSQL_INLINE void Session::discard(Statement& statement) noexcept
{
    if (!usable() || !is_prepared(statement))
        return;
    statement.generation = 0;
    try {
        discarded_.push_back(statement.id);
        if (last_prepared_ && &*last_prepared_ == &statement)
            last_prepared_.reset(); // it is closed before anything else is prepared
    } catch (...) {
        // The server keeps it until the session ends.
    }
}

/// Of a statement that is to be prepared anew, for values of other types: it could mean other tables by now.
SEALSQL_INLINE void Session::require_same_database(Statement const& statement) const
{
    if (statement.databases != databases_)
        throw client_error(
            error_code::unknown_error,
            "the statement was executed with values of other types before, and another database may "
            "have been chosen since it was prepared; nothing was executed",
            "prepare it again, or give each ? values of one type");
}

SEALSQL_INLINE Shared<Statement> Session::send_execute(Shared<Statement> const& statement,
                                                       Arguments const& arguments)
{
    static_cast<void>(begin_command(statement->sql));
    if (!is_prepared(*statement)) {
        prepare(statement);
        static_cast<void>(begin_command());
    }
    require_parameters(statement->parameters, arguments.count);
    if (arguments.count == 0) // MariaDB prepares USE, which has no parameters
        forget_statements_before(statement->sql);
    std::string* const types = is_mariadb_ ? nullptr : &statement->types;
    if (!write_execute(statement->id, arguments, types)) {
        require_same_database(*statement);
        discard(*statement);
        prepare(statement);
        static_cast<void>(begin_command());
        static_cast<void>(write_execute(statement->id, arguments, types));
    }
    state_watch.note_execute(static_cast<bool>(statement->columns));
    send();
    return statement;
}

SEALSQL_INLINE Shared<Statement> Session::send_execute(std::string_view sql,
                                                       Arguments const& arguments)
{
    static_cast<void>(begin_command(sql));
    ReplyGuard const guard{*this};
    if (Shared<Statement> const known = statements_.find(sql))
        return send_execute(known, arguments);

    auto statement = Shared<Statement>::make();
    statement->sql = std::string{sql};
    std::size_t parameters = 0;
    bool const forgets = static_cast<bool>(last_prepared_);
    // A Galera node tells of a transaction that it has taken back for another node's in the answer to the next command:
    // that must not be a mere preparation behind which the statement is already on its way, for it would then be
    // executed, and committed, by itself.
    bool const may_forget = !forgets || !transaction.is_open;
    if (is_mariadb_ && may_forget && !sql.empty() && count_parameters(sql, parameters)) {
        // Both in one write, for MariaDB can name what it has just prepared. A count that is wrong must be
        // found before: the server would read the values of one parameter as those of another.
        require_parameters(static_cast<unsigned>(parameters), arguments.count);
        CommandBuffer::Mark const before = commands_.mark();
        try {
            if (forgets)
                write_forget_last_prepared();
            write_prepare(sql);
            static_cast<void>(write_execute(statement_just_prepared, arguments, nullptr));
        } catch (...) {
            commands_.cut(before);
            throw;
        }
        send();
        if (forgets)
            read_forget_last_prepared();
        try {
            read_prepare_reply(statement);
        } catch (Error const&) {
            // It then could not be executed either, and says so.
            if (usable()) {
                busy_ = true;
                ReplyReader second;
                second.begin(true);
                begin_reply();
                int const code = transaction.error;
                try {
                    read_away(second, Clock::now() + timeouts_.read);
                } catch (Error const&) {
                }
                transaction.error = code;
                if (usable())
                    set_idle();
            }
            throw;
        }
        if (statement->parameters != arguments.count)
            reject("counts the parameters of a statement in another way than is possible");
    } else {
        prepare(statement);
        require_parameters(statement->parameters, arguments.count);
        static_cast<void>(begin_command());
        static_cast<void>(
            write_execute(statement->id, arguments, is_mariadb_ ? nullptr : &statement->types));
        state_watch.note_execute(static_cast<bool>(statement->columns));
        send();
    }
    if (Shared<Statement> const oldest = statements_.insert(statement))
        discard(*oldest);
    return statement;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

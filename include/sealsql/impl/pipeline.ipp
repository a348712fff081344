#pragma once

#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/commit_hold.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/pipeline.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

SEALSQL_INLINE void PipelineReply::require_value() const
{
    if (error_)
        throw_again(*error_);
    if (!is_done_)
        throw client_error(error_code::commands_out_of_sync, "the statement was not run yet",
                           "call Pipeline::run() before value()");
}

/// Whether a statement leaves tables, databases and session settings as they are, as far as its first word tells:
/// then what stands behind it can be prepared before it is executed.
[[nodiscard]] SEALSQL_INLINE bool is_plain(std::string_view sql) noexcept
{
    static constexpr std::string_view words[] = {"SELECT",  "INSERT", "UPDATE", "DELETE",
                                                 "REPLACE", "VALUES", "WITH",   "DO",
                                                 "START",   "COMMIT", "SHOW"};
    std::size_t const begin = std::min(sql.find_first_not_of(" \t\r\n("), sql.size());
    std::string_view const rest = sql.substr(begin);
    std::size_t const size = std::min(rest.find_first_of(" \t\r\n("), rest.size());
    for (std::string_view const word : words)
        if (equal_ignoring_case(rest.substr(0, size), word))
            return true;
    return false;
}

/// Runs one batch on one session. Commands are written as far ahead of the replies as may be; what a statement
/// needs first is its preparation's reply, and the statements behind it wait with it, for all are executed in
/// their order.
class PipelineRunner {
public:
    PipelineRunner(Session& session, PipelineBatch& batch) noexcept
        : session_{session}, stages_{batch.stages}, statements_{batch.statements}, bytes_{
                                                                                       batch.bytes}
    {
    }

    /// The session is free, and what begin_command() wrote goes first.
    void run();

private:
    /// What is on the way, in bytes, at most, but for a single command that is larger. Below what the buffers of
    /// two sockets hold even where they are small: so a server that waits until its reply is read does not keep
    /// us from writing, and reading it.
    static constexpr std::size_t window = std::size_t{16} << 10U;

    /// A reply that is to come.
    struct Due {
        bool is_preparation = false;
        std::size_t index = 0; // of the statement prepared, or of the stage
        std::size_t bytes = 0; // of the command
    };

    using State = PipelineStatement::State;

    void require_one_database() const;
    void require_same_databases() const;
    void require_one_transaction() const;
    void look_up_statements();
    void fill();
    [[nodiscard]] bool prepare_ahead();
    [[nodiscard]] bool write_next();
    [[nodiscard]] bool reserve(Due due);
    void read_reply();
    void read_preparation(PipelineStatement& entry);
    void read_result(PipelineStage& stage);
    [[nodiscard]] Error refusal(ServerError const& error, std::string_view what_failed) const;
    [[nodiscard]] bool takes_types(PipelineStatement const& entry, Statement& statement) const;
    void leave_rest();
    void refuse_more();
    void fail_rest(Error const& error) noexcept;
    void begin_watching(PipelineStage& stage) noexcept;
    static void fail(PipelineStage& stage, Error const& error) noexcept;
    void keep_statements();

    [[nodiscard]] std::string_view sql_of(PipelineStage const& stage) const noexcept
    {
        if (stage.statement != PipelineStage::text)
            return statements_[stage.statement].statement->sql;
        return {as_text(bytes_.begin() + stage.offset), stage.size};
    }

    Session& session_;
    List<PipelineStage>& stages_;
    List<PipelineStatement>& statements_;
    ByteBuffer const& bytes_;

    ReplyReader reader_;
    List<Due> due_;
    std::size_t answered_ = 0;    // of due_
    std::size_t outstanding_ = 0; // bytes of commands that are not answered
    std::size_t next_ = 0;        // the stage to be written
    std::size_t ahead_ = 0;       // the stage to be prepared
    std::size_t group_ = 1;       // of stages that were prepared together
    bool waits_ = false;          // for next_, before more is prepared
};

SEALSQL_INLINE void PipelineRunner::run()
{
    require_one_database();
    require_same_databases();
    require_one_transaction();
    try {
        look_up_statements();
        for (;;) {
            if (next_ != stages_.size() && session_.is_over_limit())
                leave_rest();
            if (next_ != stages_.size() && outstanding_ <= window / 2)
                fill();
            if (answered_ == due_.size())
                break;
            read_reply();
        }
        if (session_.framer_.buffered() != 0)
            refuse_more();
        keep_statements();
    } catch (Error const& error) {
        session_.close(); // if it is not: what is on the way would answer the next statement
        fail_rest(error);
        throw;
    } catch (...) {
        session_.close();
        fail_rest(fatal_client_error(error_code::server_gone,
                                     "the connection was closed in the middle of a batch"));
        throw;
    }
    session_.set_idle();
}

SEALSQL_INLINE void PipelineRunner::require_one_database() const
{
    bool const may_be_several = session_.options().multi_statements;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        std::string_view const sql = sql_of(stages_[i]);
        // MariaDB takes USE from EXECUTE as well.
        if (may_run(sql, "use", may_be_several) ||
            (session_.is_mariadb() && may_run(sql, "execute", may_be_several)))
            throw client_error(
                error_code::unknown_error,
                "a batch may not choose another database, by USE or by what EXECUTE runs, for which of "
                "its statements would mean which tables could not be told; nothing was sent",
                "run it by Connection::execute(), before the batch");
    }
}

/// Of the caller's own statements that have to be prepared anew.
SEALSQL_INLINE void PipelineRunner::require_same_databases() const
{
    for (std::size_t i = 0; i < statements_.size(); ++i)
        if (!statements_[i].is_cached && !takes_types(statements_[i], *statements_[i].statement))
            session_.require_same_database(*statements_[i].statement);
}

/// Whether it can be executed with the values that the batch has for it; if so, its types are noted.
SEALSQL_INLINE bool PipelineRunner::takes_types(PipelineStatement const& entry,
                                                Statement& statement) const
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
    auto const* const types = reinterpret_cast<std::byte const*>(entry.types.data());
    return session_.is_mariadb() || !session_.is_prepared(statement) ||
           keeps_types(statement.types, {types, entry.types.size()});
}

SEALSQL_INLINE void PipelineRunner::require_one_transaction() const
{
    TransactionWatch const& watch = session_.transaction;
    if (watch.owner == nullptr || session_.is_cleaning_up())
        return;
    for (std::size_t i = 0; i < stages_.size(); ++i)
        watch.before_command(*watch.owner, sql_of(stages_[i]));
}

SEALSQL_INLINE void PipelineRunner::look_up_statements()
{
    for (std::size_t i = 0; i < statements_.size(); ++i) {
        PipelineStatement& entry = statements_[i];
        if (entry.is_cached) {
            Shared<Statement> known = session_.statements_.find(entry.statement->sql);
            entry.is_new = !known || !takes_types(entry, *known);
            if (!entry.is_new)
                entry.statement = std::move(known);
        } else if (!takes_types(entry, *entry.statement)) {
            auto other = Shared<Statement>::make();
            other->sql = entry.statement->sql;
            entry.statement = std::move(other);
            entry.is_new = true;
        }
        entry.state = session_.is_prepared(*entry.statement) ? State::ready : State::unknown;
    }
}

SEALSQL_INLINE void PipelineRunner::fill()
{
    std::size_t const before = due_.size();
    while (prepare_ahead() && next_ != stages_.size() && write_next()) {
    }
    if (due_.size() != before)
        session_.send();
}

/// Whether the command may go now; then its reply is due.
SEALSQL_INLINE bool PipelineRunner::reserve(Due due)
{
    if (outstanding_ != 0 && outstanding_ + due.bytes > window)
        return false;
    due_.push_back(due);
    outstanding_ += due.bytes;
    return true;
}

/// Writes the preparations of what stands next, up to a statement on which the meaning of those behind may rest.
/// @return whether all of them went
SEALSQL_INLINE bool PipelineRunner::prepare_ahead()
{
    if (waits_ && next_ == ahead_) {
        waits_ = false;
        ++group_;
    }
    for (; !waits_ && ahead_ != stages_.size(); ++ahead_) {
        PipelineStage const& stage = stages_[ahead_];
        if (stage.statement != PipelineStage::text) {
            PipelineStatement& entry = statements_[stage.statement];
            if (entry.state == State::unknown ||
                (entry.state == State::failed && entry.group != group_)) {
                std::string const& sql = entry.statement->sql;
                if (!reserve({true, stage.statement, sql.size() + frame_header_size + 1}))
                    return false;
                entry.preparation =
                    Operation{session_.watch(), OperationKind::prepare, entry.statement->sql};
                session_.write_prepare(sql);
                entry.state = State::in_flight;
                entry.group = group_;
                entry.error.reset();
            }
        }
        waits_ = !is_plain(sql_of(stage));
    }
    return true;
}

/// Writes the stage that is next, or finds that it cannot be run.
/// @return false if it has to wait
SEALSQL_INLINE bool PipelineRunner::write_next()
{
    constexpr std::size_t execute_size = 10;
    PipelineStage& stage = stages_[next_];
    std::byte const* const bytes = bytes_.begin() + stage.offset;
    std::size_t const packet_size = frame_header_size + stage.size;
    if (stage.statement == PipelineStage::text) {
        if (!reserve({false, next_, packet_size + 1}))
            return false;
        begin_watching(stage);
        session_.commands_.begin(Command::query).bytes(bytes, stage.size);
        session_.commands_.end();
        ++next_;
        return true;
    }
    PipelineStatement const& entry = statements_[stage.statement];
    switch (entry.state) {
    case State::unknown:
    case State::in_flight:
        return false;
    case State::failed:
        begin_watching(stage);
        fail(stage, *entry.error);
        break;
    case State::ready:
        try {
            session_.require_parameters(entry.statement->parameters, stage.parameters);
        } catch (Error const& error) {
            begin_watching(stage);
            fail(stage, error);
            break;
        }
        if (!reserve({false, next_, packet_size + execute_size}))
            return false;
        begin_watching(stage);
        session_.state_watch.note_execute(static_cast<bool>(entry.statement->columns));
        WireWriter writer = session_.commands_.begin(Command::execute);
        writer.integer<4>(entry.statement->id);
        writer.integer<1>(0); // no cursor
        writer.integer<4>(1);
        writer.bytes(bytes, stage.size);
        session_.commands_.end();
        break;
    }
    ++next_;
    return true;
}

SEALSQL_INLINE void PipelineRunner::read_reply()
{
    Due const due = due_[answered_];
    session_.begin_reply();
    if (due.is_preparation)
        read_preparation(statements_[due.index]);
    else
        read_result(stages_[due.index]);
    outstanding_ -= due.bytes;
    ++answered_;
}

/// What the server refused. Unless it ends the connection, the replies behind it still come.
SEALSQL_INLINE Error PipelineRunner::refusal(ServerError const& error,
                                             std::string_view what_failed) const
{
    session_.transaction.note_error(error.code);
    session_.state_watch.note_error(error.code);
    Error refused = session_.refusal(error, what_failed);
    if (refused.poisons_connection())
        throw Error{refused};
    return refused;
}

SEALSQL_INLINE void PipelineRunner::read_preparation(PipelineStatement& entry)
{
    Clock::time_point const deadline = Clock::now() + session_.timeouts_.read;
    Bytes const packet = session_.read_packet(deadline);
    ServerError error;
    if (is_error(packet) && parse_error(packet, error)) {
        entry.error = refusal(error, "the statement cannot be prepared; ");
        entry.state = State::failed;
        entry.preparation.fail(*entry.error);
        return;
    }
    session_.accept_prepare_reply(packet, entry.statement, deadline);
    entry.statement->types = entry.types;
    entry.state = State::ready;
    entry.preparation.succeed();
}

SEALSQL_INLINE void PipelineRunner::read_result(PipelineStage& stage)
{
    PipelineReply& reply = *stage.reply;
    bool const is_binary = stage.statement != PipelineStage::text;
    reader_.begin(is_binary, is_binary ? statements_[stage.statement].statement->described
                                       : Shared<Columns const>{});
    Clock::time_point deadline = Clock::now() + session_.timeouts_.read;
    // What comes is dropped, which may be without an end: all of it has the time of one read.
    bool is_rest = false;
    auto const limit_rest = [&, this] {
        if (!is_rest)
            deadline = Clock::now() + session_.timeouts_.read;
        is_rest = true;
    };
    // An error of the result's type is the statement's own, and what is left of it is dropped.
    auto const hand_over = [&reply, &limit_rest](auto const& step) {
        if (reply.error() != nullptr)
            return;
        try {
            step();
        } catch (Error const& error) {
            reply.fail(error);
            limit_rest();
        }
    };

    std::size_t description = 0;
    bool is_first = true; // of its results, which is the one that is asked for
    std::uint64_t rows = 0;
    while (reader_.is_under_way()) {
        Bytes const packet = session_.read_packet(deadline);
        switch (reader_.on_packet(packet)) {
        case ReplyReader::Event::more:
            description += packet.size();
            if (description > session_.max_allowed_packet_)
                session_.throw_too_large();
            break;
        case ReplyReader::Event::columns:
            if (is_first) {
                hand_over([&] { reply.on_columns(reader_.fields()); });
                // MariaDB leaves out next time what it has described now.
                if (is_binary && !reader_.has_out_parameters())
                    statements_[stage.statement].statement->note_columns(reader_.columns());
            }
            if (!reply.keeps_rows())
                limit_rest();
            else if (!is_rest)
                deadline = Clock::time_point::max(); // each row has its time
            break;
        case ReplyReader::Event::row:
            ++rows;
            if (is_first)
                hand_over([&] { reply.on_row(reader_.fields(), reader_.columns()); });
            break;
        case ReplyReader::Event::completion:
            session_.note_completion(reader_.completion(), packet);
            if (stage.operation && !reader_.columns())
                stage.operation->affected_rows += reader_.completion().affected_rows;
            if (is_first && !reader_.columns())
                hand_over([&] { reply.on_columns({}); });
            is_first = false;
            description = 0;
            if (reader_.is_under_way())
                limit_rest();
            break;
        case ReplyReader::Event::error:
            fail(stage, refusal(reader_.error(), "the statement failed; "));
            return;
        case ReplyReader::Event::malformed:
            session_.reject(reader_.problem());
        case ReplyReader::Event::local_infile:
            session_.reject("asked for a file of this machine, which it was told it cannot have");
        }
    }
    Completion const& completion = reader_.completion();
    hand_over([&] {
        reply.on_end({.affected_rows = completion.affected_rows,
                      .last_insert_id = completion.last_insert_id,
                      .warning_count = completion.warnings,
                      .info = reader_.info()});
    });
    reply.finish();
    if (stage.operation)
        stage.operation->returned_rows = rows;
    stage.operation.succeed();
}

SEALSQL_INLINE void PipelineRunner::begin_watching(PipelineStage& stage) noexcept
{
    if (stage.statement == PipelineStage::text) {
        stage.operation = Operation{session_.watch(), OperationKind::query, sql_of(stage)};
        return;
    }
    auto const write = [&](ParameterWriter& writer) {
        writer.add_all({bytes_.begin() + stage.offset, stage.size});
    };
    Arguments const arguments = arguments_from(stage.parameters, write);
    stage.operation =
        Operation{session_.watch(), OperationKind::execute, sql_of(stage), &arguments};
}

SEALSQL_INLINE void PipelineRunner::fail(PipelineStage& stage, Error const& error) noexcept
{
    stage.operation.fail(error);
    stage.reply->fail(error);
}

/// What nobody asked for would be taken for the answer to the next statement.
SEALSQL_INLINE void PipelineRunner::refuse_more()
{
    Bytes packet;
    if (!session_.take_packet(packet) || !is_error(packet))
        session_.reject("sent more answers than there were statements");
    session_.close(); // the server's last words, such as that it shuts down; all was answered
}

/// What was not sent when the limit of the operation was met is not sent any more.
SEALSQL_INLINE void PipelineRunner::leave_rest()
{
    Error const error = session_.limit()->not_begun();
    for (; next_ != stages_.size(); ++next_)
        stages_[next_].reply->fail(error);
}

SEALSQL_INLINE void PipelineRunner::fail_rest(Error const& error) noexcept
{
    for (std::size_t i = 0; i < statements_.size(); ++i)
        statements_[i].preparation.fail(error);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
        PipelineStage& stage = stages_[i];
        if (!stage.operation && !stage.reply->is_known())
            begin_watching(stage); // it was never sent
        stage.operation.fail(error);
        if (!stage.reply->is_known())
            stage.reply->fail(error);
    }
}

/// Not before now: a statement that has to go for another one may be one of this batch.
SEALSQL_INLINE void PipelineRunner::keep_statements()
{
    for (std::size_t i = 0; i < statements_.size(); ++i) {
        PipelineStatement& entry = statements_[i];
        if (!entry.is_new || entry.state != State::ready)
            continue;
        if (Shared<Statement> const other = session_.statements_.find(entry.statement->sql)) {
            session_.statements_.remove(entry.statement->sql); // of values of other types
            session_.discard(*other);
        }
        if (Shared<Statement> const oldest = session_.statements_.insert(entry.statement))
            session_.discard(*oldest);
    }
}

} // namespace detail

SEALSQL_INLINE Pipeline::Pipeline(Connection& connection)
    : Pipeline{detail::SessionAccess::session(connection)}
{
}

SEALSQL_INLINE Pipeline::Pipeline(detail::Shared<detail::Session> session)
    : session_{std::move(session)}
{
    static_cast<void>(detail::require(session_));
}

SEALSQL_INLINE Pipeline::~Pipeline() = default;

SEALSQL_INLINE void Pipeline::add_stage(std::string_view sql, detail::Arguments const& arguments,
                                        detail::Shared<detail::PipelineReply> reply)
{
    if (sql.empty())
        throw detail::client_error(detail::error_code::empty_query, "the statement is empty", {},
                                   "42000");
    if (arguments.count == 0) {
        detail::PipelineStage stage;
        stage.offset = batch_.bytes.size();
        stage.size = sql.size();
        stage.reply = std::move(reply);
        batch_.bytes.append(sql.data(), sql.size());
        batch_.stages.push_back(std::move(stage));
        return;
    }
    std::size_t const hash = std::hash<std::string_view>{}(sql);
    detail::List<detail::PipelineStatement>& statements = batch_.statements;
    // The same as last time, mostly.
    std::size_t index = statements.size();
    while (index != 0 && !(statements[index - 1].hash == hash && statements[index - 1].is_cached &&
                           statements[index - 1].statement->sql == sql))
        --index;
    if (index == 0) {
        detail::PipelineStatement entry;
        entry.statement = detail::Shared<detail::Statement>::make();
        entry.statement->sql = std::string{sql};
        entry.hash = hash;
        statements.push_back(std::move(entry));
        index = statements.size();
    }
    add_execution(index - 1, arguments, std::move(reply));
}

SEALSQL_INLINE void Pipeline::add_stage(PreparedStatement const& statement,
                                        detail::Arguments const& arguments,
                                        detail::Shared<detail::PipelineReply> reply)
{
    using Access = detail::SessionAccess;
    if (!Access::session(statement) || &*Access::session(statement) != &*session_)
        throw detail::client_error(detail::error_code::unknown_error,
                                   "the statement was prepared by another connection",
                                   "prepare it by the connection of this batch");
    auto const& prepared = Access::statement(statement);
    detail::List<detail::PipelineStatement>& statements = batch_.statements;
    std::size_t index = statements.size();
    while (index != 0 && &*statements[index - 1].statement != &*prepared)
        --index;
    if (index == 0) {
        detail::PipelineStatement entry;
        entry.statement = prepared;
        entry.is_cached = false;
        statements.push_back(std::move(entry));
        index = statements.size();
    }
    add_execution(index - 1, arguments, std::move(reply));
}

SEALSQL_INLINE void Pipeline::add_stage(BoundSql const& statement, detail::Arguments const&,
                                        detail::Shared<detail::PipelineReply> reply)
{
    detail::require_safe_character_set(session_, statement.text());
    add_stage(statement.text(), statement.arguments(), std::move(reply));
}

/// That statement, or one of the same text for values of these types.
SEALSQL_INLINE std::size_t Pipeline::statement_for(std::size_t statement, detail::Bytes types)
{
    detail::List<detail::PipelineStatement>& statements = batch_.statements;
    if (session_->is_mariadb() || detail::keeps_types(statements[statement].types, types))
        return statement;
    std::string const& sql = statements[statement].statement->sql;
    for (std::size_t i = 0; i < statements.size(); ++i)
        if (statements[i].is_cached && statements[i].statement->sql == sql &&
            detail::keeps_types(statements[i].types, types))
            return i;
    detail::PipelineStatement entry;
    entry.statement = detail::Shared<detail::Statement>::make();
    entry.statement->sql = sql;
    entry.hash = std::hash<std::string_view>{}(sql);
    static_cast<void>(detail::keeps_types(entry.types, types));
    statements.push_back(std::move(entry));
    return statements.size() - 1;
}

SEALSQL_INLINE void Pipeline::add_execution(std::size_t statement,
                                            detail::Arguments const& arguments,
                                            detail::Shared<detail::PipelineReply> reply)
{
    detail::ByteBuffer& bytes = batch_.bytes;
    detail::PipelineStage stage;
    stage.statement = statement;
    stage.parameters = arguments.count;
    stage.offset = bytes.size();
    stage.reply = std::move(reply);
    try {
        if (arguments.count != 0) {
            detail::ParameterWriter writer{bytes, arguments.count};
            writer.set_text_rule(session_->text_rule());
            arguments.write(arguments.context, writer);
            stage.statement = statement_for(statement, writer.types());
        }
        stage.size = bytes.size() - stage.offset;
        batch_.stages.push_back(std::move(stage));
    } catch (...) {
        bytes.remove(stage.offset, bytes.size() - stage.offset);
        throw;
    }
}

SEALSQL_INLINE std::size_t Pipeline::run_all(std::optional<Error>& first_error)
{
    if (batch_.stages.empty())
        return 0;
    if (batch_.stages.size() > 1)
        detail::hold_commits(*session_);
    static_cast<void>(session_->begin_command()); // where that cannot be, the batch stays as it is
    struct Emptied {
        detail::PipelineBatch& batch;
        ~Emptied()
        {
            batch.bytes.clear();
            batch.stages = {};
            batch.statements = {};
        }
    } const emptied{batch_};
    detail::PipelineRunner{*session_, batch_}.run();
    std::size_t failures = 0;
    for (detail::PipelineStage const& stage : batch_.stages) {
        Error const* const error = stage.reply->error();
        if (error == nullptr)
            continue;
        if (++failures == 1)
            first_error = *error;
    }
    return failures;
}

SEALSQL_INLINE void Pipeline::run()
{
    std::optional<Error> first_error;
    if (run_all(first_error) != 0)
        detail::throw_again(*first_error);
}

SEALSQL_INLINE std::size_t Pipeline::try_run()
{
    std::optional<Error> first_error;
    return run_all(first_error);
}

} // namespace sealsql::inline SEALSQL_ABI

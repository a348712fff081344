#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE ResultStream::ResultStream() noexcept = default;
SEALSQL_INLINE ResultStream::ResultStream(ResultStream&& other) noexcept = default;

SEALSQL_INLINE ResultStream& ResultStream::operator=(ResultStream&& other) noexcept
{
    if (this != &other) {
        abandon();
        session_ = std::move(other.session_);
        reader_ = std::move(other.reader_);
        limit_ = other.limit_;
        rows_ = other.rows_;
        operation_ = std::move(other.operation_);
    }
    return *this;
}

SEALSQL_INLINE ResultStream::~ResultStream() { abandon(); }

/// Runs a step of reading. An Error has left the session idle or closed; anything else, such as a lack
/// of memory, has left it in the middle of a reply.
template <class Step>
bool ResultStream::guarded(Step const& step)
{
    try {
        return step();
    } catch (Error const& error) {
        fail(error);
        throw;
    } catch (...) {
        session_->close();
        release();
        throw;
    }
}

[[nodiscard]] SEALSQL_INLINE Session& require(Shared<Session> const& session)
{
    if (!session)
        throw fatal_client_error(error_code::commands_out_of_sync, "the connection was moved from",
                                 "use the object that it was moved to");
    return *session;
}

SEALSQL_INLINE ResultStream::ResultStream(Shared<Session> session, std::string_view sql)
{
    operation_ = Operation{require(session).watch(), OperationKind::query, sql};
    try {
        session->send_query(sql);
    } catch (Error const& error) {
        fail(error);
        throw;
    }
    begin(std::move(session), {});
}

SEALSQL_INLINE ResultStream::ResultStream(Shared<Session> session, std::string_view sql,
                                          Arguments const& arguments)
{
    operation_ = Operation{require(session).watch(), OperationKind::execute, sql, &arguments};
    Shared<Statement> statement;
    try {
        statement = session->send_execute(sql, arguments);
    } catch (Error const& error) {
        fail(error);
        throw;
    }
    begin(std::move(session), statement);
}

SEALSQL_INLINE ResultStream::ResultStream(Shared<Session> session,
                                          Shared<Statement> const& statement,
                                          Arguments const& arguments)
{
    operation_ =
        Operation{require(session).watch(), OperationKind::execute,
                  statement ? std::string_view{statement->sql} : std::string_view{}, &arguments};
    try {
        static_cast<void>(session->send_execute(statement, arguments));
    } catch (Error const& error) {
        fail(error);
        throw;
    }
    begin(std::move(session), statement);
}

SEALSQL_INLINE void ResultStream::begin(Shared<Session> session, Shared<Statement> const& statement)
{
    session_ = std::move(session);
    session_->begin_reply();
    bool const is_binary = static_cast<bool>(statement);
    reader_.begin(is_binary, is_binary ? statement->described : Shared<Columns const>{});
    guarded([this, &statement, is_binary] {
        try {
            read_result_header(Clock::now() + session_->read_timeout());
        } catch (Error const& error) {
            // What the server no longer has, or cannot run any more, is prepared anew the next time.
            if (is_binary && (error.code() == error_code::unknown_statement ||
                              error.code() == error_code::statement_outdated))
                session_->discard(*statement);
            throw;
        }
        return true;
    });
    // A table may have changed since the statement was prepared. MariaDB then describes the columns anew, once, and leaves
    // them out again from the next time on.
    if (is_binary && reader_.columns() && !reader_.has_out_parameters())
        statement->note_columns(reader_.columns());
}

[[gnu::cold]] SEALSQL_INLINE void ResultStream::fail(Error const& error) noexcept
{
    operation_.fail(error);
    release();
}

SEALSQL_INLINE void ResultStream::release() noexcept
{
    operation_.give_up(); // if it is still there, what ended it was no Error
    session_.reset();
}

SEALSQL_INLINE void ResultStream::on_end() noexcept
{
    session_->set_idle();
    if (operation_)
        operation_->returned_rows = rows_;
    operation_.succeed();
}

SEALSQL_INLINE void ResultStream::limit_rest() noexcept
{
    limit_ = std::min(limit_, Clock::now() + session_->read_timeout());
}

SEALSQL_INLINE void ResultStream::read_result_header(Clock::time_point deadline)
{
    bool const is_end = session_->read_event(reader_, deadline) == ReplyReader::Event::completion;
    if (is_end && operation_)
        operation_->affected_rows += reader_.completion().affected_rows;
    if (!reader_.is_under_way())
        on_end();
}

SEALSQL_INLINE bool ResultStream::next()
{
    if (!session_ || !reader_.in_rows())
        return false;
    // The usual row, which is here as a whole.
    Bytes packet;
    bool const is_here = session_->take_packet(packet);
    if (is_here && reader_.is_row(packet)) {
        ++rows_;
        return true;
    }
    return next_slowly(is_here, packet);
}

[[gnu::noinline]] SEALSQL_INLINE bool ResultStream::next_slowly(bool is_here, Bytes packet)
{
    return guarded([this, is_here, packet] {
        ReplyReader::Event const event =
            is_here ? session_->judge(reader_, reader_.on_packet(packet), packet, limit_)
                    : session_->read_event(reader_, limit_);
        if (event == ReplyReader::Event::row) {
            ++rows_;
            return true;
        }
        if (!reader_.is_under_way())
            on_end();
        return false;
    });
}

SEALSQL_INLINE bool ResultStream::skip_to_next_result()
{
    while (next()) {
    }
    if (!session_ || !reader_.is_under_way())
        return false;
    return guarded([this] {
        read_result_header(limit_);
        return true;
    });
}

SEALSQL_INLINE bool ResultStream::next_result(Wanted wanted)
{
    if (!session_ || !reader_.is_under_way())
        return false;
    // What nobody gets to see may be without an end; what is handed over has its own time again.
    Clock::time_point const before = limit_;
    limit_rest();
    do {
        if (!skip_to_next_result())
            return false;
    } while ((wanted == Wanted::rows && !reader_.columns()) ||
             (wanted == Wanted::out_parameters && !has_out_parameters()));
    limit_ = before;
    return true;
}

SEALSQL_INLINE void ResultStream::finish()
{
    if (session_ && reader_.is_under_way()) {
        limit_rest();
        while (skip_to_next_result()) {
        }
    }
    release();
}

SEALSQL_INLINE void ResultStream::abandon() noexcept
{
    if (!session_)
        return;
    if (operation_)
        operation_->is_abandoned = reader_.is_under_way();
    // A server that never comes to an end must not hold the caller's destructor.
    limit_rest();
    try {
        while (skip_to_next_result()) {
        }
    } catch (...) {
        // Whatever failed has left the session idle or closed it.
    }
    release();
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/blob.hpp>
#include <sealsql/byte_source.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/operation_limit.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/piece_reader.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Every server takes packets that are as large: less than the least max_allowed_packet that is of use.
inline constexpr std::size_t blob_piece = (std::size_t{1} << 20U) - 1024;

SEALSQL_INLINE OneStatement::OneStatement(Shared<Session> const& session, std::string_view sql)
    : session_{session}, statement_{Shared<Statement>::make()}
{
    statement_->sql = std::string{sql};
    require(session_).prepare(statement_);
}

SEALSQL_INLINE OneStatement::~OneStatement() { session_->discard(*statement_); }

SEALSQL_INLINE void OneStatement::require_parameters(std::size_t given) const
{
    if (given != statement_->parameters)
        throw client_error(error_code::unknown_error,
                           concat({"the statement has ", std::to_string(statement_->parameters),
                                   " parameters, but values for ", std::to_string(given),
                                   " were given; nothing was executed"}),
                           "give one value for each ? in the statement", "07001");
}

SEALSQL_INLINE void OneStatement::send_pieces(std::size_t parameter, BlobSource& source)
{
    Session& session = *session_;
    // Not what commands are written to: a source may run statements on the same connection.
    ByteBuffer piece;
    std::byte* const room = piece.reserve(blob_piece);
    bool is_first = true;
    for (;;) {
        std::size_t size = 0;
        while (size != blob_piece) {
            if (session.is_over_limit()) // a slow source does not outlast it
                throw_again(session.limit()->not_begun());
            std::size_t const got = source.read({room + size, blob_piece - size});
            if (got == 0)
                break;
            size += got;
        }
        if (size == 0 && !is_first) // but what is empty has to be said to be so
            return;
        CommandBuffer& commands = session.begin_command();
        WireWriter writer = commands.begin(Command::send_long_data);
        writer.integer<4>(statement_->id);
        writer.integer<2>(parameter);
        writer.bytes(room, size);
        commands.end();
        session.send();
        session.set_idle();
        is_first = false;
        if (size != blob_piece)
            return;
    }
}

SEALSQL_INLINE void OneStatement::send_blob(std::size_t parameter, BlobSource& source)
{
    try {
        send_pieces(parameter, source);
    } catch (Error const& error) {
        // Of what goes well the execution tells.
        Operation{session_->watch(), OperationKind::execute, statement_->sql}.fail(error);
        throw;
    }
}

SEALSQL_INLINE ExecuteResult OneStatement::execute(Arguments const& arguments)
{
    return run_to_end(ResultStream{session_, statement_, arguments});
}

/// What is left of the answer, within one read timeout.
SEALSQL_INLINE void read_rest(Session& session, ReplyReader& reader, bool in_packet)
{
    Clock::time_point const deadline = Clock::now() + session.read_timeout();
    while (in_packet) {
        bool is_last = false;
        static_cast<void>(session.read_piece(is_last, deadline));
        in_packet = !is_last;
    }
    while (reader.is_under_way()) {
        bool is_last = false;
        if (reader.in_rows() && session.peek_packet(deadline) == std::byte{0})
            while (!is_last)
                static_cast<void>(session.read_piece(is_last, deadline));
        else
            static_cast<void>(session.read_event(reader, deadline));
    }
    session.set_idle();
}

SEALSQL_INLINE std::optional<std::uint64_t> OneStatement::read(Arguments const& arguments,
                                                               PieceSink sink)
{
    Operation operation{session_->watch(), OperationKind::execute, statement_->sql, &arguments};
    try {
        std::optional<std::uint64_t> const size = read_value(arguments, sink);
        if (operation)
            operation->returned_rows = 1;
        operation.succeed();
        return size;
    } catch (Error const& error) {
        operation.fail(error);
        throw;
    }
}

SEALSQL_INLINE std::optional<std::uint64_t> OneStatement::read_value(Arguments const& arguments,
                                                                     PieceSink sink)
{
    Session& session = *session_;
    if (!statement_->columns || statement_->columns->size() != 1 ||
        binary_form((*statement_->columns)[0]) != WireForm::text)
        throw client_error(error_code::unknown_error,
                           "the statement does not give one column of text or bytes; nothing was "
                           "executed",
                           "select the value alone");
    ReplyReader reader;
    static_cast<void>(session.send_execute(statement_, arguments));
    reader.begin(true, statement_->columns);
    bool in_packet = false;
    try {
        session.begin_reply();
        Clock::time_point const header_deadline = Clock::now() + session.read_timeout();
        while (!reader.in_rows())
            if (session.read_event(reader, header_deadline) == ReplyReader::Event::completion)
                session.reject("gives no rows where it said that it would");
        if (reader.columns()->size() != 1 || binary_form((*reader.columns())[0]) != WireForm::text)
            session.reject("gives other columns than it said");

        std::size_t rows = 0;
        PieceReader value;
        for (;;) {
            // What is no row begins with another byte.
            if (session.peek_packet() != std::byte{0}) {
                static_cast<void>(session.read_event(reader));
                break;
            }
            if (++rows == 2) {
                read_rest(session, reader, false);
                throw_row_count("more than one row");
            }
            in_packet = true;
            while (in_packet) {
                bool is_last = false;
                Bytes piece = session.read_piece(is_last);
                in_packet = !is_last;
                if (!value.take(piece))
                    session.reject("sent a row that does not have the form of a row");
                if (!piece.empty())
                    sink.take(sink.context, {piece.data(), piece.size()});
            }
            if (!value.is_whole())
                session.reject("sent a row that does not have the form of a row");
        }
        read_rest(session, reader, false);
        if (rows == 0)
            throw_row_count("no row");
        if (value.is_null())
            return std::nullopt;
        return value.size();
    } catch (...) {
        if (session.busy()) {
            try {
                read_rest(session, reader, in_packet);
            } catch (...) {
                session.close();
            }
        }
        throw;
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail

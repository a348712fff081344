#pragma once

#include <sealsql/byte_source.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/load_data.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Large enough that packets cost nothing, and far below what any server allows.
inline constexpr std::size_t content_piece = std::size_t{256} << 10U;

SEALSQL_INLINE void send_data(Session& session, ByteSource& source)
{
    ByteBuffer piece;
    std::byte* const room = piece.reserve(content_piece);
    for (;;) {
        std::size_t size = 0;
        // Pieces that are filled, whatever portions the source has. A slow one does not outlast a limit, at which no more
        // is sent.
        while (size != content_piece && !session.is_over_limit()) {
            std::size_t const got = source.read({room + size, content_piece - size});
            if (got == 0)
                break;
            size += got;
        }
        if (size != 0)
            session.send_content({room, size});
        if (size != content_piece)
            break;
    }
    session.send_content({});
}

SEALSQL_INLINE ExecuteResult load_from(Session& session, std::string_view sql, ByteSource& source)
{
    session.send_query(sql);
    ReplyReader reader;
    reader.begin(false);
    session.begin_reply();
    Completion last;
    bool is_sent = false;
    // For all that comes before the data, and again for all that comes behind: neither need have an end.
    Clock::time_point deadline = Clock::now() + session.read_timeout();
    while (reader.is_under_way()) {
        if (!is_sent && !reader.in_rows() && session.peek_packet(deadline) == std::byte{0xFB}) {
            if (reader.on_packet(session.read_packet(deadline)) ==
                ReplyReader::Event::local_infile) {
                is_sent = true;
                send_data(session, source);
                deadline = Clock::now() + session.read_timeout();
                continue;
            }
            session.reject("asks for data where it cannot");
        }
        if (session.read_event(reader, deadline) == ReplyReader::Event::completion)
            last = reader.completion();
    }
    session.set_idle();
    if (!is_sent)
        throw client_error(
            error_code::unknown_error,
            "the server ran the statement without asking for the data of load_data()",
            "load_data() is for LOAD DATA LOCAL INFILE; run other statements with execute()");
    return {.affected_rows = last.affected_rows,
            .last_insert_id = last.last_insert_id,
            .warning_count = last.warnings,
            .info = reader.info()};
}

} // namespace detail

SEALSQL_INLINE ExecuteResult load_data(Connection& db, Sql sql, ByteSource source)
{
    detail::Session& session = detail::require(detail::SessionAccess::session(db));
    if (!session.local_infile())
        throw detail::client_error(
            detail::error_code::unknown_error,
            "this connection was made without leave to load data from the client; nothing was sent",
            "connect with local_infile()", "42000");
    static_cast<void>(session.begin_command()); // rows of another statement are no reason to close
    detail::Operation operation{session.watch(), OperationKind::load_data, sql.text()};
    try {
        ExecuteResult result = detail::load_from(session, sql.text(), source);
        if (operation)
            operation->affected_rows = result.affected_rows;
        operation.succeed();
        return result;
    } catch (Error const& error) {
        if (session.busy())
            session.close();
        operation.fail(error);
        throw;
    } catch (...) {
        // What came from the source, or is no memory, has left the session in the middle of the data.
        if (session.busy())
            session.close();
        throw;
    }
}

SEALSQL_INLINE std::optional<std::string> local_file_of(std::string_view sql)
{
    auto const skip_space = [&sql] {
        std::size_t const end = sql.find_first_not_of(" \t\r\n");
        sql.remove_prefix(end == std::string_view::npos ? sql.size() : end);
    };
    auto const take = [&](std::string_view upper) {
        skip_space();
        if (sql.size() < upper.size())
            return false;
        for (std::size_t i = 0; i < upper.size(); ++i) {
            char const c = sql[i];
            if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c) != upper[i])
                return false;
        }
        if (sql.size() > upper.size() && sql[upper.size()] != ' ' && sql[upper.size()] != '\t' &&
            sql[upper.size()] != '\r' && sql[upper.size()] != '\n' && sql[upper.size()] != '\'' &&
            sql[upper.size()] != '"')
            return false;
        sql.remove_prefix(upper.size());
        return true;
    };
    if (!take("LOAD") || (!take("DATA") && !take("XML")))
        return std::nullopt;
    if (!take("LOW_PRIORITY"))
        static_cast<void>(take("CONCURRENT"));
    if (!take("LOCAL") || !take("INFILE"))
        return std::nullopt;
    skip_space();
    if (sql.empty() || (sql[0] != '\'' && sql[0] != '"'))
        return std::nullopt;
    char const quote = sql[0];
    std::string name;
    for (std::size_t i = 1; i < sql.size(); ++i) {
        if (sql[i] == '\\' || sql[i] == '\0')
            return std::nullopt; // what a backslash means is up to the server's mode
        if (sql[i] != quote) {
            name += sql[i];
        } else if (i + 1 < sql.size() && sql[i + 1] == quote) {
            name += quote;
            ++i;
        } else {
            if (name.empty())
                return std::nullopt;
            return name;
        }
    }
    return std::nullopt;
}

} // namespace sealsql::inline SEALSQL_ABI

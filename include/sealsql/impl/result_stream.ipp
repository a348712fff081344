#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

[[nodiscard]] SEALSQL_INLINE Column make_column(ColumnDefinition const& definition)
{
    constexpr std::uint16_t not_null_flag = 0x0001;
    constexpr std::uint16_t unsigned_flag = 0x0020;
    constexpr std::uint16_t binary_collation = 63;
    return {.name = std::string{definition.name},
            .table = std::string{definition.table},
            .schema = std::string{definition.schema},
            .original_name = std::string{definition.original_name},
            .type = static_cast<ColumnType>(definition.type),
            .nullable = (definition.flags & not_null_flag) == 0,
            .is_unsigned = (definition.flags & unsigned_flag) != 0,
            .is_binary = definition.character_set == binary_collation,
            .length = definition.length,
            .decimals = definition.decimals};
}

SEALSQL_INLINE ResultStream::ResultStream() noexcept = default;

SEALSQL_INLINE ResultStream::ResultStream(ResultStream&& other) noexcept
    : session_{std::move(other.session_)}, columns_{std::move(other.columns_)}, cells_{std::move(
                                                                                    other.cells_)},
      completion_{other.completion_}, in_rows_{std::exchange(other.in_rows_, false)}
{
}

SEALSQL_INLINE ResultStream& ResultStream::operator=(ResultStream&& other) noexcept
{
    if (this != &other) {
        abandon();
        session_ = std::move(other.session_);
        columns_ = std::move(other.columns_);
        cells_ = std::move(other.cells_);
        completion_ = other.completion_;
        limit_ = other.limit_;
        in_rows_ = std::exchange(other.in_rows_, false);
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
    } catch (Error const&) {
        release();
        throw;
    } catch (...) {
        session_->close();
        release();
        throw;
    }
}

SEALSQL_INLINE ResultStream::ResultStream(Shared<Session> session, std::string_view sql)
{
    if (!session)
        throw fatal_client_error(error_code::commands_out_of_sync, "the connection was moved from",
                                 "use the object that it was moved to");
    session->send_query(sql);
    session_ = std::move(session);
    guarded([this] {
        read_result_header();
        return true;
    });
}

SEALSQL_INLINE void ResultStream::release() noexcept
{
    in_rows_ = false;
    session_.reset();
}

SEALSQL_INLINE Bytes ResultStream::read(Clock::time_point deadline)
{
    return session_->read_packet(std::min(limit_, deadline));
}

SEALSQL_INLINE void ResultStream::limit_rest() noexcept
{
    limit_ = std::min(limit_, Clock::now() + session_->read_timeout());
}

SEALSQL_INLINE void ResultStream::read_result_header()
{
    Clock::time_point const deadline = Clock::now() + session_->read_timeout();
    columns_.reset();
    cells_.resize(0);
    session_->limit_reply(true);
    ReplyHeader const header = parse_reply_header(read(deadline));
    switch (header.kind) {
    case ReplyKind::malformed:
        session_->reject("sent an answer that is none");
    case ReplyKind::local_infile:
        session_->reject("asked for a file of this machine, which it was told it cannot have");
    case ReplyKind::completion:
        completion_ = header.completion;
        session_->limit_reply(false);
        session_->set_busy(completion_.more_results());
        return;
    case ReplyKind::columns:
        break;
    }
    Columns columns;
    for (std::size_t i = 0; i < header.columns; ++i) {
        ColumnDefinition definition;
        if (!parse_column_definition(read(deadline), definition))
            session_->reject(
                concat({"sent a malformed description of column ", std::to_string(i + 1)}));
        columns.push_back(make_column(definition));
    }
    if (!is_eof(read(deadline)))
        session_->reject("sent another number of columns than it said");
    session_->limit_reply(false);
    columns_ = Shared<Columns const>::make(std::move(columns));
    cells_.resize(columns_->size());
    in_rows_ = true;
}

SEALSQL_INLINE bool ResultStream::next()
{
    if (!in_rows_)
        return false;
    return guarded([this] {
        auto const packet = read(Clock::now() + session_->read_timeout());
        if (is_eof(packet)) {
            in_rows_ = false;
            completion_ = parse_eof(packet);
            session_->set_busy(completion_.more_results());
            return false;
        }
        if (!parse_text_row(packet, {cells_.data(), cells_.size()}))
            session_->reject("sent a row that does not have the form of a row");
        return true;
    });
}

SEALSQL_INLINE bool ResultStream::next_result()
{
    while (next()) {
    }
    if (!session_ || !completion_.more_results())
        return false;
    return guarded([this] {
        read_result_header();
        return true;
    });
}

SEALSQL_INLINE void ResultStream::finish()
{
    if (session_)
        limit_rest();
    while (next_result()) {
    }
    release();
}

SEALSQL_INLINE void ResultStream::abandon() noexcept
{
    if (!session_)
        return;
    // A server that never comes to an end must not hold the caller's destructor.
    limit_rest();
    try {
        while (in_rows_ || completion_.more_results()) {
            if (!next() && session_ && completion_.more_results())
                guarded([this] {
                    read_result_header();
                    return true;
                });
        }
    } catch (...) {
        // Whatever failed has left the session idle or closed it.
    }
    release();
}

} // namespace sealsql::inline SEALSQL_ABI::detail

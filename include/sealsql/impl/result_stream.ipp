#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Shared by all statements without rows.
[[nodiscard]] SEALSQL_INLINE std::shared_ptr<Columns const> no_columns()
{
    static auto const none = std::make_shared<Columns const>();
    return none;
}

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
        in_rows_ = std::exchange(other.in_rows_, false);
    }
    return *this;
}

SEALSQL_INLINE ResultStream::~ResultStream() { abandon(); }

SEALSQL_INLINE ResultStream::ResultStream(std::shared_ptr<Session> session, std::string_view sql)
    : columns_{no_columns()}
{
    if (!session)
        throw fatal_client_error(error_code::server_gone, "the connection was moved from or closed",
                                 "use the object that it was moved to");
    session->send_query(sql);
    session_ = std::move(session);
    try {
        read_result_header();
    } catch (...) {
        release();
        throw;
    }
}

SEALSQL_INLINE void ResultStream::release() noexcept
{
    in_rows_ = false;
    session_.reset();
}

SEALSQL_INLINE void ResultStream::read_result_header()
{
    columns_ = no_columns();
    cells_.clear();
    session_->limit_reply(true);
    ReplyHeader const header = parse_reply_header(session_->read_packet());
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
    auto columns = std::make_shared<Columns>();
    for (std::size_t i = 0; i < header.columns; ++i) {
        auto const definition = parse_column_definition(session_->read_packet());
        if (!definition)
            session_->reject("sent a malformed description of column " + std::to_string(i + 1));
        columns->push_back(make_column(*definition));
    }
    if (!is_eof(session_->read_packet()))
        session_->reject("sent another number of columns than it said");
    session_->limit_reply(false);
    columns_ = std::move(columns);
    cells_.resize(columns_->size());
    in_rows_ = true;
}

SEALSQL_INLINE bool ResultStream::next()
{
    if (!in_rows_)
        return false;
    try {
        auto const packet = session_->read_packet();
        if (is_eof(packet)) {
            in_rows_ = false;
            completion_ = parse_eof(packet);
            session_->set_busy(completion_.more_results());
            return false;
        }
        if (!parse_text_row(packet, cells_))
            session_->reject("sent a row that does not have the form of a row");
        return true;
    } catch (...) {
        release();
        throw;
    }
}

SEALSQL_INLINE bool ResultStream::next_result()
{
    while (next()) {
    }
    if (!session_ || !completion_.more_results())
        return false;
    try {
        read_result_header();
        return true;
    } catch (...) {
        release();
        throw;
    }
}

SEALSQL_INLINE void ResultStream::finish()
{
    while (next_result()) {
    }
    release();
}

SEALSQL_INLINE void ResultStream::abandon() noexcept
{
    if (!session_)
        return;
    // A server that never comes to an end must not hold the caller's destructor: all of the rest
    // together gets as long as one row may take.
    auto const deadline = Clock::now() + session_->read_timeout();
    try {
        while (in_rows_ || completion_.more_results()) {
            if (Clock::now() > deadline || !session_->usable()) {
                session_->set_busy(false);
                session_->close();
                break;
            }
            if (!next() && session_ && completion_.more_results())
                read_result_header();
        }
    } catch (...) {
        // Whatever failed has left the session idle or closed it.
    }
    release();
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/field_view.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE Column make_column(ColumnDefinition const& definition)
{
    constexpr std::uint16_t not_null_flag = 0x0001;
    constexpr std::uint16_t primary_key_flag = 0x0002;
    constexpr std::uint16_t unique_key_flag = 0x0004;
    constexpr std::uint16_t multiple_key_flag = 0x0008;
    constexpr std::uint16_t unsigned_flag = 0x0020;
    constexpr std::uint16_t zerofill_flag = 0x0040;
    constexpr std::uint16_t auto_increment_flag = 0x0200;
    constexpr std::uint16_t no_default_flag = 0x1000;
    constexpr std::uint16_t on_update_now_flag = 0x2000;
    constexpr std::uint16_t binary_collation = 63;
    return {.name = std::string{definition.name},
            .table = std::string{definition.table},
            .original_table = std::string{definition.original_table},
            .schema = std::string{definition.schema},
            .original_name = std::string{definition.original_name},
            .type = static_cast<ColumnType>(definition.type),
            .extended_type = std::string{definition.extended_type},
            .nullable = (definition.flags & not_null_flag) == 0,
            .is_unsigned = (definition.flags & unsigned_flag) != 0,
            .is_zero_filled = (definition.flags & zerofill_flag) != 0,
            .is_binary = definition.character_set == binary_collation,
            .collation = definition.character_set,
            .is_primary_key = (definition.flags & primary_key_flag) != 0,
            .is_unique_key = (definition.flags & unique_key_flag) != 0,
            .is_multiple_key = (definition.flags & multiple_key_flag) != 0,
            .is_auto_increment = (definition.flags & auto_increment_flag) != 0,
            .has_no_default = (definition.flags & no_default_flag) != 0,
            .is_updated_to_now = (definition.flags & on_update_now_flag) != 0,
            .length = definition.length,
            .decimals = definition.decimals};
}

SEALSQL_INLINE void ReplyReader::begin(bool is_binary, Shared<Columns const> known_columns)
{
    state_ = State::header;
    is_binary_ = is_binary;
    known_columns_ = std::move(known_columns);
    columns_.reset();
    description_status_ = 0;
    fields_.clear();
    completion_ = {};
    info_.clear();
}

SEALSQL_INLINE ReplyReader::Event ReplyReader::refuse(char const* problem) noexcept
{
    state_ = State::ended;
    problem_ = problem;
    return Event::malformed;
}

SEALSQL_INLINE ReplyReader::Event ReplyReader::on_completion(Completion const& completion) noexcept
{
    completion_ = completion;
    // Behind a procedure's parameters one more answer comes, which MySQL says in front of them only.
    if (has_out_parameters() && in_rows())
        completion_.status = static_cast<std::uint16_t>(
            completion_.status | (description_status_ & status_more_results));
    state_ = completion_.more_results() ? State::header : State::ended;
    return Event::completion;
}

SEALSQL_INLINE ReplyReader::Event ReplyReader::on_packet(Bytes packet)
{
    if (is_error(packet)) {
        if (!parse_error(packet, error_))
            return refuse("sent half an error");
        if (error_.code == progress_report) {
            // How far MariaDB has come with an ALTER TABLE and the like, before it answers. Whoever reads bounds how many
            // there can be, in bytes and in time.
            return state_ == State::header ? Event::more
                                           : refuse("reports progress within an answer");
        }
        state_ = State::ended;
        return Event::error;
    }
    switch (state_) {
    case State::header:
        return on_header(packet);
    case State::definitions:
        return on_definition(packet);
    case State::definitions_end:
        if (!is_eof(packet))
            return refuse("sent another number of columns than it said");
        description_status_ = parse_eof(packet).status;
        begin_rows();
        return Event::columns;
    case State::rows:
        if (is_eof(packet))
            return on_completion(parse_eof(packet)); // which has no text
        // 0xFE begins both an EOF packet and the length of a text of 16 MiB and more, which is longer.
        if (is_binary_ || packet.empty() || packet[0] < std::byte{0xFE} || packet.size() >= 9) {
            View<FieldView> const fields{fields_.data(), fields_.size()};
            if (is_binary_ ? parse_binary_row(packet, fields) : parse_text_row(packet, fields))
                return Event::row;
        }
        return refuse("sent a row that does not have the form of a row");
    case State::ended:
        break;
    }
    return refuse("sent more than one answer");
}

SEALSQL_INLINE ReplyReader::Event ReplyReader::on_header(Bytes packet)
{
    ReplyHeader const header = parse_reply_header(packet);
    columns_.reset();
    description_status_ = 0;
    info_.clear();
    fields_.clear(); // they name the columns of the result before
    switch (header.kind) {
    case ReplyKind::completion:
        info_ = find_info(packet);
        return on_completion(header.completion);
    case ReplyKind::local_infile:
        return Event::local_infile;
    case ReplyKind::columns:
        break;
    case ReplyKind::malformed:
        return refuse("sent an answer that is none");
    }
    if (!header.definitions_follow) {
        if (!known_columns_ || known_columns_->size() != header.columns)
            return refuse("leaves out what its columns are");
        columns_ = known_columns_;
        state_ = State::definitions_end;
        return Event::more;
    }
    described_.clear();
    missing_ = header.columns;
    state_ = State::definitions;
    return Event::more;
}

SEALSQL_INLINE ReplyReader::Event ReplyReader::on_definition(Bytes packet)
{
    ColumnDefinition definition;
    if (!parse_column_definition(packet, definition))
        return refuse("sent a malformed description of a column");
    described_.push_back(make_column(definition));
    if (--missing_ != 0)
        return Event::more;
    columns_ = Shared<Columns const>::make(std::move(described_));
    described_ = Columns{};
    state_ = State::definitions_end;
    return Event::more;
}

SEALSQL_INLINE void ReplyReader::begin_rows()
{
    fields_.resize(columns_->size());
    Shared<Columns const> const described = columns_;
    if (has_out_parameters()) {
        Columns as_sent{*described};
        for (Column& column : as_sent) {
            column.is_out_parameter = true;
            // Of a procedure's BIT both servers say that it is one, and send its number in digits.
            if (column.type == ColumnType::bit)
                column.type = ColumnType::big_int;
        }
        columns_ = Shared<Columns const>::make(std::move(as_sent));
    }
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        Column const& column = (*columns_)[i];
        bool const is_digits = (*described)[i].type != column.type;
        fields_[i] =
            FieldView{is_binary_ && !is_digits ? binary_form(column) : WireForm::text, column};
    }
    state_ = State::rows;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/bulk.hpp>
#include <sealsql/detail/bulk_rows.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/commit_hold.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/insert_text.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/transaction_end.hpp>
#include <sealsql/detail/transaction_watch.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/value.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE BulkError::BulkError(Error const& error, std::uint64_t row,
                                    std::uint64_t rows_applied)
    : Error{{.code = error.code(),
             .sqlstate = error.sqlstate(),
             .message = detail::concat(
                 {"row ", std::to_string(row), " (the first is 0): ", error.message()}),
             .remedy = error.remedy(),
             .origin = error.origin(),
             .retryable = error.retryable(),
             .poisons_connection = error.poisons_connection(),
             .cancel_reason = error.cancel_reason()}},
      row_{row}, rows_applied_{rows_applied}
{
}

namespace detail {

/// A unit is what is sent before its replies are read. Replies are short, so that so many fit into the
/// buffers between the two sides, and neither waits for the other.
inline constexpr std::size_t bulk_unit_bytes = std::size_t{1} << 20U;
inline constexpr std::size_t bulk_unit_commands = 128;

/// Rows of one INSERT of many: beyond that the cost of each row does not change, and that of preparing does.
inline constexpr std::size_t bulk_insert_rows = 128;
inline constexpr std::size_t bulk_insert_parameters = 65'535; // as the protocol counts them
/// Below that, preparing costs more than it saves.
inline constexpr std::size_t bulk_fewest_rows = 8;

/// What comes before the values.
inline constexpr std::size_t bulk_header = 64;

/// Bytes that may come before the answer to a statement that gives no rows.
inline constexpr std::size_t bulk_most_before_answer = std::size_t{1} << 20U;

/// "This command is not supported in the prepared statement protocol yet"
inline constexpr int unsupported_prepared = 1295;
/// "Some non-transactional changed tables couldn't be rolled back"
inline constexpr int incomplete_rollback = 1196;
/// "SAVEPOINT … does not exist"
inline constexpr int unknown_savepoint = 1305;

SEALSQL_INLINE BulkRun::BulkRun(Shared<Session> const& session, std::string_view sql,
                                View<ParameterType const> types, BulkOptions options)
    : session_{session}, sql_{sql}, types_{types}, options_{options}
{
    static_cast<void>(require(session_));
}

SEALSQL_INLINE BulkRun::~BulkRun()
{
    try {
        Session::CleanUp const clean_up{*session_};
        if (is_open_ && session_->usable())
            take_back();
    } catch (...) {
        // Lost, and rolled back by the server.
    }
    end_transaction();
    if (one_)
        session_->discard(*one_);
    if (many_)
        session_->discard(*many_);
}

SEALSQL_INLINE void BulkRun::end_transaction() noexcept
{
    if (owns_transaction_)
        release_commits(*session_);
}

SEALSQL_INLINE void BulkRun::begin()
{
    Session& session = *session_;
    bool is_strict = false;
    {
        ResultStream stream{session_, "SELECT @@max_allowed_packet, @@sql_mode"};
        std::uint64_t limit = 0;
        std::string mode;
        if (!stream.next() || stream.fields().size() != 2 ||
            !ValueTraits<std::uint64_t>::decode(stream.fields()[0], limit) ||
            !ValueTraits<std::string>::decode(stream.fields()[1], mode))
            session.reject("does not say what its max_allowed_packet and its sql_mode are");
        stream.finish();
        is_strict = mode.find("STRICT_TRANS_TABLES") != std::string::npos ||
                    mode.find("STRICT_ALL_TABLES") != std::string::npos;
        std::uint16_t const status = stream.completion().status;
        bool const is_autocommit = (status & status_autocommit) != 0;
        bool const is_open = (status & status_in_transaction) != 0;
        owns_transaction_ = is_autocommit && !is_open;
        is_one_at_a_time_ = is_autocommit && is_open && !session.transaction.is_owned;
        constexpr std::uint64_t least = 1024; // the smallest that can be set
        packet_limit_ = static_cast<std::size_t>(
            std::clamp<std::uint64_t>(limit, least, std::uint64_t{1} << 30U));
    }
    one_ = Shared<Statement>::make();
    one_->sql = std::string{sql_};
    session.prepare(one_);
    if (one_->parameters != types_.size())
        throw client_error(error_code::unknown_error,
                           concat({"the statement has ", std::to_string(one_->parameters),
                                   " parameters, but each row has ", std::to_string(types_.size()),
                                   " values; nothing was executed"}),
                           "give the rows one value for each ? in the statement", "07001");
    if (one_->columns)
        throw client_error(error_code::unknown_error,
                           "the statement gives rows, which bulk_execute() has no place for; "
                           "nothing was executed",
                           "run it with query(), row by row");
    choose_way(is_strict);
    if (options_.atomic) {
        run(owns_transaction_ ? "START TRANSACTION" : "SAVEPOINT sealsql_bulk_all");
        is_open_ = true;
        session.transaction.is_owned = session.transaction.is_owned || owns_transaction_;
    }
    begun_ = true;
}

/// Where the server's mode is not strict, it refuses a NULL in an INSERT of one row, and puts another value in its place in one
/// of many: so each row is then one. Arrays are many executions of one row each.
SEALSQL_INLINE void BulkRun::choose_way(bool is_strict)
{
    InsertText insert;
    if (asks_for_last(sql_)) {
        way_ = Way::one_by_one;
    } else if (session_->takes_arrays()) {
        way_ = Way::arrays;
    } else if (is_strict && split_insert(sql_, insert) && insert.parameters == types_.size()) {
        way_ = Way::many_rows;
        std::size_t const in_text =
            packet_limit_ / 2 > sql_.size() ? packet_limit_ / 2 / insert.row.size() : 0;
        many_rows_ = std::min({bulk_insert_rows, bulk_insert_parameters / types_.size(), in_text});
        if (many_rows_ < bulk_fewest_rows)
            way_ = Way::one_by_one;
    }
    rows_.set_marked(way_ == Way::arrays);
    rows_.set_text_rule(session_->text_rule());
    batch_bytes_ = std::min(bulk_unit_bytes, packet_limit_ / 2);
    batch_rows_ = way_ == Way::many_rows    ? many_rows_ * bulk_unit_commands
                  : way_ == Way::one_by_one ? bulk_unit_commands
                                            : ~std::size_t{0};
}

SEALSQL_INLINE void BulkRun::run(std::string_view sql) { session_->run_plain(sql); }

SEALSQL_INLINE void BulkRun::add_command(std::string_view sql)
{
    CommandBuffer& commands = session_->begin_command();
    commands.begin(Command::query).text(sql);
    commands.end();
}

SEALSQL_INLINE void BulkRun::prepare_many(std::size_t rows)
{
    InsertText insert;
    static_cast<void>(split_insert(sql_, insert));
    if (many_)
        session_->discard(*many_);
    many_ = Shared<Statement>::make();
    std::string& sql = many_->sql;
    sql.reserve(insert.head.size() + rows * (insert.row.size() + 1) + insert.tail.size());
    sql += insert.head;
    for (std::size_t i = 0; i < rows; ++i) {
        if (i != 0)
            sql += ',';
        sql += insert.row;
    }
    sql += insert.tail;
    session_->prepare(many_);
    if (many_->parameters != rows * types_.size())
        session_->reject("counts the parameters of a statement in another way than is possible");
}

SEALSQL_INLINE std::size_t BulkRun::statement_bytes(std::size_t rows) const noexcept
{
    std::size_t const parameters = rows * types_.size();
    return bulk_header + parameters / 8 + 2 * parameters;
}

/// Writes an execution of a statement that takes `count` rows.
SEALSQL_INLINE void BulkRun::write_rows(Statement const& statement, std::size_t from,
                                        std::size_t count)
{
    CommandBuffer& commands = session_->begin_command();
    session_->state_watch.note_execute(static_cast<bool>(statement.columns));
    bool const is_array = rows_.is_marked();
    WireWriter writer = commands.begin(is_array ? Command::bulk_execute : Command::execute);
    writer.integer<4>(statement.id);
    if (is_array) {
        constexpr unsigned types_follow = 128;
        writer.integer<2>(types_follow);
    } else {
        writer.integer<1>(0); // no cursor
        writer.integer<4>(1);
        Bytes const nulls = rows_.nulls(from, count, types_.size());
        std::size_t const size = (nulls.size() + 7) / 8;
        std::byte* const bits = writer.buffer().reserve(size + 1);
        std::memset(bits, 0, size);
        for (std::size_t i = 0; i < nulls.size(); ++i)
            bits[i / 8] |= nulls[i] << (i % 8);
        bits[size] = std::byte{1}; // the types follow
        writer.buffer().commit(size + 1);
    }
    for (std::size_t i = 0; i < (is_array ? 1 : count); ++i) {
        std::byte* to = writer.buffer().reserve(2 * types_.size());
        for (ParameterType const type : types_) {
            *to++ = static_cast<std::byte>(type.type);
            *to++ = type.is_unsigned ? std::byte{0x80} : std::byte{0};
        }
        writer.buffer().commit(2 * types_.size());
    }
    Bytes const values = rows_.values(from, count);
    writer.bytes(values.data(), values.size());
    commands.end();
}

SEALSQL_INLINE void BulkRun::write_unit(std::size_t count)
{
    if (way_ == Way::arrays) {
        write_rows(*one_, 0, count);
        return;
    }
    std::size_t row = 0;
    while (row < count) {
        bool const fits =
            many_ && many_rows_ != 0 && count - row >= many_rows_ &&
            statement_bytes(many_rows_) + rows_.values(row, many_rows_).size() <= packet_limit_;
        std::size_t const step = fits ? many_rows_ : 1;
        write_rows(fits ? *many_ : *one_, row, step);
        row += step;
        if (is_one_at_a_time_ && row < count)
            exchange();
    }
}

SEALSQL_INLINE void BulkRun::exchange()
{
    session_->send();
    read_replies();
}

/// Reads the replies to all that was sent.
/// @throws Error the first that one of them was, when all are read
SEALSQL_INLINE void BulkRun::read_replies()
{
    Session& session = *session_;
    std::optional<Error> first;
    while (session.replies_due() != 0) {
        session.begin_reply();
        ReplyReader reader;
        reader.begin(true, described_);
        Clock::time_point const deadline = Clock::now() + session.read_timeout();
        std::size_t before_answer = 0; // bytes of reports of progress, or of what is none
        while (reader.is_under_way()) {
            Bytes const packet = session.read_packet(deadline);
            switch (reader.on_packet(packet)) {
            case ReplyReader::Event::completion:
                session.note_completion(reader.completion(), packet);
                unit_.affected_rows += reader.completion().affected_rows;
                unit_.warning_count += reader.completion().warnings;
                before_answer = 0;
                break;
            case ReplyReader::Event::error: {
                Error const refused = session.refusal(reader.error(), "the statement failed; ");
                session.state_watch.note_error(reader.error().code);
                session.transaction.note_error(reader.error().code);
                if (refused.poisons_connection())
                    session.fail(reader.error(), "the statement failed; ");
                if (!first)
                    first.emplace(refused);
                break;
            }
            case ReplyReader::Event::malformed:
                session.reject(reader.problem());
            case ReplyReader::Event::more:
                before_answer += packet.size();
                if (before_answer > bulk_most_before_answer)
                    session.reject("answers a statement that gives no rows at great length");
                break;
            case ReplyReader::Event::columns:  // as a procedure may
                described_ = reader.columns(); // which the replies to the other rows leave out
                if (!first)
                    first.emplace(client_error(
                        error_code::unknown_error,
                        "the statement gives rows, which bulk_execute() has no place for",
                        "run it row by row, with Results, or let the procedure give none"));
                break;
            case ReplyReader::Event::row:
                break;
            case ReplyReader::Event::local_infile:
                session.reject("asks for a file in answer to a statement of many rows");
            }
        }
    }
    session.set_idle();
    if (first)
        throw_again(*first);
}

/// Of so many rows that are about to be sent.
SEALSQL_INLINE Operation BulkRun::watch(std::size_t from, std::size_t count)
{
    std::size_t const values = std::min(count * types_.size(), most_told_parameters);
    auto const write = [&](ParameterWriter& writer) {
        rows_.copy_values(from, values, types_, writer);
    };
    Arguments const arguments = arguments_from(values, write);
    return Operation{session_->watch(), OperationKind::bulk, sql_, &arguments};
}

SEALSQL_INLINE void BulkRun::send_unit(std::size_t count)
{
    if (count == 0)
        return;
    bool const commits = owns_transaction_ && !options_.atomic;
    if (!commits)
        hold_commits(*session_);
    else if (way_ != Way::arrays) // of which one is all that is sent at a time
        hold_all_commits(*session_);
    is_open_ = true;
    unit_ = {};
    Operation operation = watch(0, count);
    if (operation)
        operation->batch_size = count;
    try {
        add_command(commits ? "START TRANSACTION" : "SAVEPOINT sealsql_bulk");
        if (is_one_at_a_time_)
            exchange();
        write_unit(count);
        exchange();
        if (operation)
            operation->affected_rows = unit_.affected_rows;
        operation.succeed();
        if (commits)
            commit();
    } catch (Error const& error) {
        operation.fail(error);
        if (error.poisons_connection())
            give_up(error, sent_);
        on_failed_unit(count, error);
        return;
    } catch (...) {
        session_->close(); // half a command may be written
        throw;
    }
    is_open_ = options_.atomic;
    unit_.rows = count;
    count_unit();
}

/// @throws Error that ends the connection if the server may have done it all the same
SEALSQL_INLINE void BulkRun::commit()
{
    try {
        Session::Committing const committing{*session_};
        run(commit_only);
    } catch (Error const& error) {
        if (session_->usable() && error.code() != error_code::query_interrupted)
            throw;
        session_->close();
        throw Error{{.code = error.code(),
                     .sqlstate = "08007",
                     .message = concat({"whether the latest rows were committed is not known: ",
                                        error.message()}),
                     .remedy = "look for them on a fresh connection before they are sent again",
                     .origin = error.origin(),
                     .retryable = false,
                     .poisons_connection = true,
                     .cancel_reason = error.cancel_reason()}};
    }
}

SEALSQL_INLINE void BulkRun::count_rows()
{
    sent_ += unit_.rows;
    result_.rows += unit_.rows;
    result_.affected_rows += unit_.affected_rows;
    result_.warning_count += unit_.warning_count;
}

SEALSQL_INLINE void BulkRun::count_unit()
{
    count_rows();
    rows_.drop_front(static_cast<std::size_t>(unit_.rows), types_.size());
}

/// Takes back all that is open.
SEALSQL_INLINE void BulkRun::take_back()
{
    // Where the server has taken the caller's transaction back, there may be another one, of what was behind.
    bool const all = owns_transaction_ || (is_lost_ && !session_->transaction.is_owned);
    run(all ? rollback_only
            : (options_.atomic ? "ROLLBACK TO SAVEPOINT sealsql_bulk_all"
                               : "ROLLBACK TO SAVEPOINT sealsql_bulk"));
}

/// Takes a unit back.
/// @return false if some of it stays, as in tables that have no transactions
SEALSQL_INLINE bool BulkRun::take_unit_back()
{
    Session::CleanUp const clean_up{*session_};
    ResultStream undoing{session_, owns_transaction_ && !options_.atomic
                                       ? rollback_only
                                       : "ROLLBACK TO SAVEPOINT sealsql_bulk"};
    undoing.finish();
    if (undoing.completion().warnings == 0)
        return true;
    bool is_whole = true;
    ResultStream warnings{session_, "SHOW WARNINGS"};
    while (warnings.next()) {
        std::uint64_t code = incomplete_rollback; // if it cannot be read
        if (warnings.fields().size() == 3)
            static_cast<void>(ValueTraits<std::uint64_t>::decode(warnings.fields()[1], code));
        is_whole = is_whole && code != incomplete_rollback;
    }
    return is_whole;
}

/// Whether the caller's transaction ended with this error, and with it all that was done in it.
SEALSQL_INLINE bool BulkRun::is_transaction_lost(Error const& error)
{
    Session& session = *session_;
    if (owns_transaction_)
        return false;
    if (!session.usable() || is_lost_ || session.transaction.lost_by != 0)
        return true;
    if (!rolls_back(error.code()))
        return false;
    try { // it depends on the server's settings
        Session::CleanUp const clean_up{session};
        session.ping();
        return !session.transaction.is_open;
    } catch (Error const&) {
        return true;
    }
}

/// Takes the unit back and runs its rows one by one, up to the one that fails.
SEALSQL_INLINE void BulkRun::on_failed_unit(std::size_t count, Error const& error)
{
    bool is_whole = false;
    try {
        is_whole = take_unit_back();
    } catch (Error const& failure) {
        // A deadlock has ended the transaction, and its savepoints, or the connection is lost.
        is_lost_ = failure.code() == unknown_savepoint || rolls_back(failure.code());
        give_up(error, sent_);
    }
    is_open_ = options_.atomic;
    if (!is_open_)
        end_transaction(); // the rows that follow are committed one by one
    // What is not the server's word is not about a row.
    if (error.retryable() || error.cancel_reason() != CancelReason::none ||
        error.origin() == ErrorOrigin::client)
        give_up(error, sent_);
    if (error.code() == unsupported_prepared && way_ == Way::arrays) {
        // MariaDB has no arrays for a few kinds of statements.
        rows_.take_marks_away(types_);
        way_ = Way::one_by_one;
        batch_rows_ = bulk_unit_commands;
        while (count != 0) {
            std::size_t const part = std::min(count, bulk_unit_commands);
            send_unit(part);
            count -= part;
        }
        return;
    }
    if (!is_whole) // rows that stay would be there twice
        give_up(error, sent_);
    for (std::size_t row = 0; row != count; ++row) {
        unit_ = {};
        Operation operation = watch(row, 1);
        try {
            write_rows(*one_, row, 1);
            exchange();
            if (operation)
                operation->affected_rows = unit_.affected_rows;
            operation.succeed();
        } catch (Error const& found) {
            operation.fail(found);
            give_up(found, sent_);
        }
        unit_.rows = 1;
        count_rows();
    }
    rows_.drop_front(count, types_.size());
}

SEALSQL_INLINE void BulkRun::give_up(Error const& error, std::uint64_t row)
{
    if (is_open_ && session_->usable()) {
        try {
            Session::CleanUp const clean_up{*session_};
            take_back();
        } catch (Error const&) {
            // It is over already.
        }
    }
    is_open_ = false;
    bool const stays = !options_.atomic && !is_transaction_lost(error);
    end_transaction();
    throw BulkError{error, row, stays ? sent_ : 0};
}

SEALSQL_INLINE void BulkRun::fail_row(Error const& error)
{
    rows_.drop_row();
    std::uint64_t const row = sent_ + rows_.size();
    send_all();
    give_up(error, row);
}

SEALSQL_INLINE void BulkRun::send_full()
{
    std::size_t const last = rows_.values(rows_.size() - 1, 1).size();
    if (last > packet_limit_ - std::min(packet_limit_, statement_bytes(1)))
        fail_row(client_error(error_code::packet_too_large,
                              concat({"it is of ", std::to_string(last),
                                      " bytes, and the server's max_allowed_packet is ",
                                      std::to_string(packet_limit_)}),
                              "raise the server's max_allowed_packet, or write large values with "
                              "execute_in_pieces()"));
    std::size_t count = rows_.size();
    if (way_ == Way::arrays && rows_.bytes() + statement_bytes(1) > packet_limit_)
        send_unit(count - 1);
    if (way_ == Way::many_rows && count >= many_rows_) {
        if (!many_)
            prepare_many(many_rows_);
        count -= count % many_rows_;
        send_unit(count);
        return;
    }
    send_unit(rows_.size());
}

SEALSQL_INLINE void BulkRun::send_all()
{
    if (way_ == Way::many_rows) {
        std::size_t const left = rows_.size() % many_rows_;
        if (rows_.size() >= many_rows_) {
            if (!many_)
                prepare_many(many_rows_);
            send_unit(rows_.size() - left);
        }
        if (left >= bulk_fewest_rows) {
            many_rows_ = left;
            prepare_many(left);
        }
    }
    send_unit(rows_.size());
}

SEALSQL_INLINE BulkResult BulkRun::finish()
{
    if (!begun_)
        return result_;
    send_all();
    try {
        if (!owns_transaction_)
            run(options_.atomic ? "RELEASE SAVEPOINT sealsql_bulk_all"
                                : "RELEASE SAVEPOINT sealsql_bulk");
        else if (options_.atomic)
            commit();
    } catch (Error const& error) {
        give_up(error, options_.atomic ? 0 : sent_);
    }
    is_open_ = false;
    end_transaction();
    return result_;
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/commit_hold.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/reply_reader.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/sql_words.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/transaction_end.hpp>
#include <sealsql/detail/unlooked_at.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/pipeline.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/pipeline.hpp>
#include <sealsql/transaction.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

[[nodiscard]] SEALSQL_INLINE std::string_view to_sql(Isolation isolation) noexcept
{
    switch (isolation) {
    case Isolation::session_default:
        break;
    case Isolation::read_uncommitted:
        return "SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED";
    case Isolation::read_committed:
        return "SET TRANSACTION ISOLATION LEVEL READ COMMITTED";
    case Isolation::repeatable_read:
        return "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
    case Isolation::serializable:
        return "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE";
    }
    return {};
}

[[nodiscard]] SEALSQL_INLINE std::string_view to_sql(TransactionOptions const& options) noexcept
{
    if (options.consistent_snapshot)
        return options.read_only    ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
               : options.read_write ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ WRITE"
                                    : "START TRANSACTION WITH CONSISTENT SNAPSHOT";
    return options.read_only    ? "START TRANSACTION READ ONLY"
           : options.read_write ? "START TRANSACTION READ WRITE"
                                : "START TRANSACTION";
}

/// Takes `word` if it is next.
[[nodiscard]] SEALSQL_INLINE bool take_word(SqlWords& words, std::string_view word) noexcept
{
    SqlWords ahead = words;
    if (!ahead.next() || ahead.kind() != SqlWords::Kind::word ||
        !equal_ignoring_case(ahead.text(), word))
        return false;
    words = ahead;
    return true;
}

/// Whether a statement ends here.
[[nodiscard]] SEALSQL_INLINE bool is_at_end(SqlWords words) noexcept
{
    return !words.next() ? !words.is_cut() : words.is_symbol(';');
}

/// Whether a statement begins another transaction, which no reply would show: before and after it one is under
/// way.
[[nodiscard]] SEALSQL_INLINE bool begins_transaction(SqlWords words) noexcept
{
    if (take_word(words, "START"))
        return take_word(words, "TRANSACTION");
    if (take_word(words, "BEGIN")) // or a block of statements
        return take_word(words, "WORK") || is_at_end(words);
    if (!take_word(words, "COMMIT") && !take_word(words, "ROLLBACK"))
        return false;
    static_cast<void>(take_word(words, "WORK"));
    return take_word(words, "AND") && take_word(words, "CHAIN");
}

/// The same of a text that may hold several.
[[nodiscard]] SEALSQL_INLINE bool begins_transaction(std::string_view sql, bool is_several) noexcept
{
    SqlWords words{sql};
    if (begins_transaction(words))
        return true;
    while (is_several && words.next())
        if (words.is_symbol(';') && begins_transaction(words))
            return true;
    return false;
}

/// Whether a statement does nothing but take a transaction back.
[[nodiscard]] SEALSQL_INLINE bool is_rollback(std::string_view sql) noexcept
{
    SqlWords words{sql};
    if (!take_word(words, "ROLLBACK"))
        return false;
    static_cast<void>(take_word(words, "WORK"));
    return is_at_end(words) && (!words.next() || !words.next()) && !words.is_cut();
}

/// What Connection::warnings() asks: of the latest error, which is what is to be understood.
inline constexpr std::string_view asks_for_warnings = "SHOW WARNINGS";

/// Whether a server that answers COMMIT with this error has not carried it out, and never will.
[[nodiscard]] SEALSQL_INLINE bool is_refusal(Error const& error) noexcept
{
    switch (error.code()) {
    case error_code::query_interrupted: // it was told to, and may have done it all the same
    case error_code::replication_hook_failed:
        return false;
    case error_code::error_during_commit:
        // Besides a deadlock, what a Galera node says that lost the others while it waited for their answer. If these got
        // what it had sent, they commit it, and so does the node when it is back.
        return error.retryable();
    default:
        return true;
    }
}

SEALSQL_INLINE void roll_back_or_close(Session& session) noexcept
{
    try {
        Session::CleanUp const clean_up{session};
        session.run_plain(rollback_only);
    } catch (...) {
        session.close();
    }
}

/// What was set for the next transaction alone, and would be for one that the caller begins later: has one come and go.
SEALSQL_INLINE void use_up_isolation(Session& session) noexcept
{
    try {
        Session::CleanUp const clean_up{session};
        session.run_plain("START TRANSACTION");
        session.run_plain(rollback_only);
    } catch (...) {
        session.close();
    }
}

} // namespace detail

SEALSQL_INLINE Transaction::Transaction(Connection& connection, TransactionOptions const& options)
    : connection_{&connection}, session_{detail::SessionAccess::session(connection)}
{
    detail::Session& session = detail::require(session_);
    if (options.consistent_snapshot && options.isolation != Isolation::session_default &&
        options.isolation != Isolation::repeatable_read)
        throw detail::client_error(detail::error_code::unknown_error,
                                   "TransactionOptions ask for a .consistent_snapshot, which only "
                                   "Isolation::repeatable_read has",
                                   "remove one of the two", "25001");
    if (options.read_only && options.read_write)
        throw detail::client_error(detail::error_code::unknown_error,
                                   "TransactionOptions ask for .read_only and for .read_write",
                                   "remove one of the two", "25006");
    if (session.transaction.error != 0)
        session.ping(); // for what is_open says may no longer be
    if (session.transaction.is_open)
        throw detail::client_error(
            detail::error_code::unknown_error,
            "a transaction is under way on this connection, which the server would commit to begin "
            "another",
            "use a Savepoint for a part of it, or commit it first", "25001");

    Pipeline batch{session_};
    std::string_view const isolation = detail::to_sql(
        options.consistent_snapshot ? Isolation::repeatable_read : options.isolation);
    std::optional<PipelineResult<ExecuteResult>> set;
    if (!isolation.empty())
        set = batch.execute(Sql::unchecked(isolation));
    auto const start = batch.execute(Sql::unchecked(detail::to_sql(options)));
    try {
        // What it sets is for this transaction, and goes with it.
        detail::UnlookedAt const unlooked{session.state_watch};
        batch.run();
        if (options.consistent_snapshot && start.value().warning_count != 0)
            throw detail::client_error(
                detail::error_code::unknown_error,
                "the server gives no consistent snapshot: none of its storage engines can",
                "read without .consistent_snapshot", "25001");
        if (!session.transaction.is_open)
            throw detail::client_error(
                detail::error_code::unknown_error,
                "the server began a transaction, and says that none is under way",
                "check what sits between this program and the server", "25000");
    } catch (...) {
        if (start && session.usable())
            detail::roll_back_or_close(session);
        else if (set && *set && session.usable())
            detail::use_up_isolation(session);
        throw;
    }
    session.transaction.was_closed = false;
    session.transaction.error = 0;
    session.transaction.lost_by = 0;
    session.transaction.is_owned = true;
    session.transaction.owner = this;
    session.transaction.before_command = [](Transaction& owner, std::string_view sql) {
        owner.before_command(sql);
    };
}

SEALSQL_INLINE Transaction::~Transaction()
{
    if (state_ == State::open) {
        if (session_->usable() && (is_active() || has_begun_another()))
            detail::roll_back_or_close(*session_);
        release_commits();
    }
    let_go();
}

/// Unless it has let go: what is held by now is held for another transaction, which this would commit.
SEALSQL_INLINE void Transaction::release_commits() noexcept
{
    if (session_->transaction.owner == this)
        detail::release_commits(*session_);
}

/// From now on the connection is the caller's own again.
SEALSQL_INLINE void Transaction::let_go() noexcept
{
    if (session_->transaction.owner == this)
        session_->transaction.owner = nullptr;
}

/// As its caller wanted it to end.
SEALSQL_INLINE void Transaction::end(State state) noexcept
{
    state_ = state;
    release_commits();
    let_go();
}

/// In another way: what the caller runs next on the connection is meant to be a part of it, and would be stored by itself. So
/// nothing runs until he has let go.
SEALSQL_INLINE void Transaction::end_unasked(int error) noexcept
{
    ended_by_ = error;
    state_ = State::ended;
    release_commits();
}

SEALSQL_INLINE bool Transaction::is_active() const noexcept
{
    detail::TransactionWatch const& watch = session_->transaction;
    return state_ == State::open && !watch.was_closed && session_->usable() &&
           watch.error != detail::error_code::deadlock && watch.lost_by == 0;
}

SEALSQL_INLINE bool Transaction::was_rolled_back() const noexcept
{
    return state_ == State::rolled_back || detail::rolls_back(ended_by_);
}

/// Whether what was meant for it may be in another one, which the next COMMIT would store: with autocommit off, whoever switched
/// it off, that begins with what comes behind the transaction's end.
SEALSQL_INLINE bool Transaction::has_begun_another() const noexcept
{
    detail::TransactionWatch const& watch = session_->transaction;
    return watch.sends_ahead || (watch.was_closed && watch.is_open);
}

/// After an error only the server knows: asks it.
SEALSQL_INLINE void Transaction::look_after_error()
{
    detail::TransactionWatch& watch = session_->transaction;
    if (state_ != State::open)
        return;
    if (watch.lost_by != 0) {
        int const error = watch.lost_by;
        detail::roll_back_or_close(*session_); // what the commands behind have begun
        end_unasked(error);
        return;
    }
    bool const begun = has_begun_another();
    if (!watch.was_closed && watch.error != 0) {
        if (watch.error != detail::error_code::deadlock)
            session_->ping();
        else
            watch.was_closed = true;
    }
    if (watch.was_closed) {
        int const error = watch.error;
        if (begun)
            detail::roll_back_or_close(*session_);
        end_unasked(error);
    }
}

SEALSQL_INLINE void Transaction::throw_ended() const
{
    std::string message;
    std::string remedy;
    switch (state_) {
    case State::committed:
        message = "the transaction is over: it was committed";
        remedy = "begin another Transaction for what comes after it";
        break;
    case State::rolled_back:
        message = "the transaction is over: it was rolled back";
        remedy = "begin another Transaction for what comes after it";
        break;
    case State::open:
    case State::ended:
        if (was_rolled_back()) {
            message =
                detail::concat({"the transaction is over: the server rolled it back with error ",
                                std::to_string(ended_by_)});
            remedy =
                "let the Transaction go, or call its rollback(), and run it again from its beginning";
        } else if (ended_by_ != 0) {
            message = detail::concat(
                {"the transaction is over: a statement that failed with error ",
                 std::to_string(ended_by_), " ended it, and may have committed what came before"});
            remedy =
                "let the Transaction go before the connection is used again; run statements that commit by "
                "themselves, such as CREATE TABLE, outside of it";
        } else {
            message = "the transaction is over: a statement ended it, and unless it was ROLLBACK, "
                      "committed what came before";
            remedy =
                "let the Transaction go before the connection is used again; use commit() and rollback(), "
                "and run statements that commit by themselves, such as CREATE TABLE, outside of it";
        }
        break;
    }
    throw Error{{.code = detail::error_code::unknown_error,
                 .sqlstate = was_rolled_back() && state_ == State::ended ? "40000" : "25000",
                 .message = std::move(message),
                 .remedy = std::move(remedy),
                 .origin = ErrorOrigin::client,
                 .retryable = state_ == State::ended && was_rolled_back()}};
}

SEALSQL_INLINE void Transaction::require_open()
{
    look_after_error();
    if (state_ != State::open)
        throw_ended();
}

/// Of any command on the connection, whoever gives it.
SEALSQL_INLINE void Transaction::before_command(std::string_view sql)
{
    detail::TransactionWatch const& watch = session_->transaction;
    if (state_ != State::open || watch.was_closed || watch.error != 0 || watch.lost_by != 0) {
        if (sql == detail::asks_for_warnings)
            return;
        look_after_error();
        if (state_ != State::open) {
            if (detail::is_rollback(sql))
                return;
            throw_ended();
        }
    }
    if (!sql.empty() && detail::begins_transaction(sql, session_->options().multi_statements))
        throw detail::client_error(
            detail::error_code::unknown_error,
            "the statement begins a transaction within one, which the server would commit",
            "use a Savepoint for a part of it", "25001");
}

SEALSQL_INLINE void Transaction::require_active()
{
    require_open();
    if (is_half_undone_)
        throw detail::client_error(detail::error_code::unknown_error,
                                   "a savepoint of the transaction could not be rolled back to",
                                   "roll the whole transaction back, and run it again", "25000");
}

SEALSQL_INLINE void Transaction::require_not_closed()
{
    if (session_->transaction.was_closed)
        require_open();
}

SEALSQL_INLINE void Transaction::run(std::string_view sql) { session_->run_plain(sql); }

SEALSQL_INLINE void Transaction::commit()
{
    require_active();
    detail::Session& session = *session_;
    static_cast<void>(session.begin_command()); // what fails here fails before COMMIT
    try {
        detail::Session::Committing const committing{session};
        run(detail::commit_only);
    } catch (Error const& error) {
        // A server that goes down may have done it all the same.
        if (session.usable() && detail::is_refusal(error)) {
            detail::roll_back_or_close(session);
            end(State::rolled_back);
            throw;
        }
        session.close();
        end(State::ended);
        throw CommitUnknown{
            {.code = error.code(),
             .sqlstate = "08007",
             .message = detail::concat(
                 {"whether the transaction was committed is not known: ", error.message()}),
             .remedy = "look for what it does on a fresh connection before it is run again",
             .origin = error.origin(),
             .retryable = false,
             .poisons_connection = true,
             .cancel_reason = error.cancel_reason()}};
    }
    end(State::committed);
}

SEALSQL_INLINE void Transaction::rollback()
{
    if (state_ == State::open && !session_->usable()) {
        end(State::rolled_back);
        return;
    }
    try {
        detail::Session::CleanUp const clean_up{*session_};
        look_after_error();
        if (state_ == State::open)
            run(detail::rollback_only);
    } catch (Error const&) {
        if (session_->usable() &&
            session_->busy()) // rows are open: the caller can close them, and call again
            throw;
        session_->close(); // whereupon the server rolls back
    }
    if (state_ != State::open && !was_rolled_back()) {
        let_go();
        throw_ended();
    }
    end(State::rolled_back);
}

// --- Savepoints ---

namespace detail {

[[nodiscard]] SEALSQL_INLINE std::string savepoint_sql(std::string_view words, unsigned number)
{
    return concat({words, " sealsql_", std::to_string(number)});
}

} // namespace detail

SEALSQL_INLINE Savepoint::Savepoint(Transaction& transaction)
    : transaction_{&transaction}, number_{transaction.savepoints_ + 1}
{
    transaction.require_active();
    transaction.run(detail::savepoint_sql("SAVEPOINT", number_));
    transaction.savepoints_ = number_;
}

SEALSQL_INLINE Savepoint::~Savepoint()
{
    if (!is_set() || !transaction_->is_active())
        return;
    try {
        transaction_->look_after_error();
        if (transaction_->state_ == Transaction::State::open)
            undo();
    } catch (...) {
        transaction_->is_half_undone_ = true;
    }
}

SEALSQL_INLINE bool Savepoint::is_set() const noexcept
{
    return !is_over_ && transaction_->savepoints_ >= number_;
}

SEALSQL_INLINE void Savepoint::require_set()
{
    transaction_->require_active();
    if (!is_set())
        throw detail::client_error(
            detail::error_code::unknown_error,
            "the savepoint is over: it, or one around it, was released or rolled back to",
            "call release() or rollback() once, of the inner savepoint first", "3B001");
}

SEALSQL_INLINE void Savepoint::release()
{
    require_set();
    transaction_->run(detail::savepoint_sql("RELEASE SAVEPOINT", number_));
    is_over_ = true;
    transaction_->savepoints_ = number_ - 1;
}

SEALSQL_INLINE void Savepoint::rollback()
{
    require_set();
    undo();
}

SEALSQL_INLINE void Savepoint::undo()
{
    detail::Session::CleanUp const clean_up{*transaction_->session_};
    Pipeline batch{transaction_->session_};
    std::string const back = detail::savepoint_sql("ROLLBACK TO SAVEPOINT", number_);
    std::string const release = detail::savepoint_sql("RELEASE SAVEPOINT", number_);
    batch.execute(Sql::unchecked(back));
    batch.execute(Sql::unchecked(release));
    batch.run();
    is_over_ = true;
    transaction_->savepoints_ = number_ - 1;
}

} // namespace sealsql::inline SEALSQL_ABI

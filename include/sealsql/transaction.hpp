#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/error.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// Transactions. Not part of <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

/// How far a transaction is kept apart from those of others; see "Transaction Isolation Levels" in the server's
/// manual.
enum class Isolation : std::uint8_t {
    /// What the session is set to, which is `repeatable_read` unless somebody changed it.
    session_default,
    read_uncommitted,
    read_committed,
    repeatable_read,
    serializable,
};

/// How a Transaction begins.
struct TransactionOptions {
    Isolation isolation = Isolation::session_default;

    /// Statements that write are refused by the server.
    bool read_only = false;

    /// Statements that write are taken also where the session's transactions are read-only unless said otherwise, as after
    /// `SET SESSION TRANSACTION READ ONLY`. Refused together with .read_only.
    bool read_write = false;

    /// What is read is as it was when the transaction began, rather than when it first read. That is
    /// Isolation::repeatable_read, whatever the session is set to, and refused with any other.
    bool consistent_snapshot = false;

    friend bool operator==(TransactionOptions const&, TransactionOptions const&) = default;
};

/// The connection was lost after COMMIT was sent and before it was answered, or the server answered that it does not know
/// either, as a node does that lost its cluster meanwhile (1180, 3100): whether the transaction was committed is not known
/// here, and repeating it may do everything twice. SQLSTATE is `08007`, and retryable() is false; look for the transaction's
/// effects on a fresh connection.
class CommitUnknown : public Error {
public:
    using Error::Error;
};

/// A transaction: begun by the constructor, rolled back by the destructor unless commit() came before.
///
/// ```
/// sealsql::Transaction transfer{db};
/// transfer.execute("UPDATE account SET balance = balance - ? WHERE id = ?", 10, from);
/// transfer.execute("UPDATE account SET balance = balance + ? WHERE id = ?", 10, to);
/// transfer.commit();
/// ```
///
/// All that runs on the connection meanwhile is part of it, by whatever call. It watches what the server says of
/// the transaction in each reply: where a statement such as CREATE TABLE has committed it, or the server has
/// rolled it back as in a deadlock (1213), commit() fails, and so does whatever else would run on the connection
/// (a PreparedStatement, a Pipeline, bulk_execute() …), before anything is sent: it would be stored by itself. That holds
/// until the Transaction goes, or rollback() was called. After another error of a statement, the next call asks the
/// server first whether the transaction is still there.
///
/// What a server says is how things are at the end of a statement. While autocommit is off, as it is within a Transaction from
/// its first Pipeline of several statements or bulk_execute() on, a procedure that commits, as by CREATE TABLE, and then goes
/// on to write has begun another transaction, which no server tells from this one: what came before is stored, and rollback()
/// takes back the rest only. Call such a procedure outside of it.
///
/// The statements of SQL that end a transaction, COMMIT and ROLLBACK, are no other than such a statement: use commit() and
/// rollback(). Those that begin another, such as START TRANSACTION and COMMIT AND CHAIN, are refused. Once the transaction is
/// over, what can still run is ROLLBACK, Connection::warnings(), Connection::ping() and Connection::reset().
///
/// The connection has to outlive it and stay where it is. Rows that are still open when it goes cost the
/// connection, because ROLLBACK cannot be sent then.
class Transaction {
public:
    /// Begins it, in one round trip.
    /// @throws Error if a transaction is under way on the connection, which the server would commit; or if the
    ///     server cannot do what the options say
    explicit Transaction(Connection& connection, TransactionOptions const& options = {});

    // clang-format off
    explicit Transaction(PooledConnection const&, TransactionOptions const& = {}, detail::Because<detail::Sentence{"a Transaction begins on a Connection: of what a pool lends, write Transaction tx{*db}"}> = {}) = delete;
    // clang-format on

    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;

    /// Rolls back unless it is over; closes the connection if that fails, whereupon the server rolls back.
    ~Transaction();

    /// Makes it permanent, and begins no other, whatever the session's `completion_type` says.
    /// @throws CommitUnknown if the connection is lost or left before the server has answered, or its answer leaves it open
    /// @throws Error if the server refuses or the transaction is over already. What it holds is then rolled back,
    ///     unless the error says what else became of it
    void commit();

    /// Takes everything back. No error if the connection or the transaction was lost, which comes to the same.
    /// @throws Error if a statement has committed before
    void rollback();

    /// Whether it can still be committed, as far as the replies so far told.
    [[nodiscard]] bool is_active() const noexcept;

    /// The connection that it is on.
    [[nodiscard]] Connection& connection() const noexcept { return *connection_; }

    /// @copydoc Connection::query()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] Rows<T> query(Sql sql, Parameters const&... parameters)
    {
        require_active();
        return connection_->query<T>(sql, parameters...);
    }

    /// @copydoc Connection::query_all()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] std::vector<T> query_all(Sql sql, Parameters const&... parameters)
    {
        require_active();
        return connection_->query_all<T>(sql, parameters...);
    }

    /// @copydoc Connection::query_opt()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] std::optional<T> query_opt(Sql sql, Parameters const&... parameters)
    {
        require_active();
        return connection_->query_opt<T>(sql, parameters...);
    }

    /// @copydoc Connection::query_one()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] T query_one(Sql sql, Parameters const&... parameters)
    {
        require_active();
        return connection_->query_one<T>(sql, parameters...);
    }

    /// @copydoc Connection::query_value()
    template <class T, Parameter... Parameters>
        requires detail::ReadableField<T>
    [[nodiscard]] T query_value(Sql sql, Parameters const&... parameters)
    {
        require_active();
        return connection_->query_value<T>(sql, parameters...);
    }

    /// @copydoc Connection::execute()
    /// @throws Error also if the statement ended the transaction
    template <Parameter... Parameters>
    ExecuteResult execute(Sql sql, Parameters const&... parameters)
    {
        require_active();
        ExecuteResult result = connection_->execute(sql, parameters...);
        require_not_closed();
        return result;
    }

    /// @copydoc Connection::query(BoundSql const&)
    template <RowType T = Row>
    [[nodiscard]] Rows<T> query(BoundSql const& statement)
    {
        require_active();
        return connection_->query<T>(statement);
    }

    /// @copydoc query_all()
    template <RowType T = Row>
    [[nodiscard]] std::vector<T> query_all(BoundSql const& statement)
    {
        require_active();
        return connection_->query_all<T>(statement);
    }

    /// @copydoc query_opt()
    template <RowType T = Row>
    [[nodiscard]] std::optional<T> query_opt(BoundSql const& statement)
    {
        require_active();
        return connection_->query_opt<T>(statement);
    }

    /// @copydoc query_one()
    template <RowType T = Row>
    [[nodiscard]] T query_one(BoundSql const& statement)
    {
        require_active();
        return connection_->query_one<T>(statement);
    }

    /// @copydoc query_value()
    template <class T>
        requires detail::ReadableField<T>
    [[nodiscard]] T query_value(BoundSql const& statement)
    {
        require_active();
        return connection_->query_value<T>(statement);
    }

    /// @copydoc execute()
    ExecuteResult execute(BoundSql const& statement)
    {
        require_active();
        ExecuteResult result = connection_->execute(statement);
        require_not_closed();
        return result;
    }

    // clang-format off
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query(Sql, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_all(Sql, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_opt(Sql, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_one(Sql, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!detail::ReadableField<T>)
    detail::CannotRead query_value(Sql, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query(Sql, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_all(Sql, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_opt(Sql, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_one(Sql, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_value(Sql, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend execute(Sql, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    // clang-format on

private:
    friend class Savepoint;

    enum class State : std::uint8_t {
        open,
        committed,
        rolled_back,
        /// The server or a statement ended it.
        ended,
    };

    void before_command(std::string_view sql);
    void require_active();
    void require_open();
    void require_not_closed();
    void look_after_error();
    void end(State state) noexcept;
    void end_unasked(int error) noexcept;
    void release_commits() noexcept;
    void let_go() noexcept;
    [[noreturn]] void throw_ended() const;
    void run(std::string_view sql);
    [[nodiscard]] bool was_rolled_back() const noexcept;
    [[nodiscard]] bool has_begun_another() const noexcept;

    Connection* connection_;
    detail::Shared<detail::Session> session_;
    State state_ = State::open;
    int ended_by_ = 0;            // the error that ended it, if it was one
    unsigned savepoints_ = 0;     // those that exist, one in the other
    bool is_half_undone_ = false; // a savepoint could not be rolled back to
};

/// A part of a Transaction that can be taken back alone: rolled back by the destructor unless release() came
/// before. They can stand one in the other; an outer one takes those in it along, whichever way it goes.
class Savepoint {
public:
    /// Sets it.
    explicit Savepoint(Transaction& transaction);

    Savepoint(Savepoint const&) = delete;
    Savepoint& operator=(Savepoint const&) = delete;

    /// Rolls back to it unless it is over. Where that fails, the transaction can only be rolled back.
    ~Savepoint();

    /// Keeps what came after it, as a part of the transaction or of the savepoint around it.
    void release();

    /// Takes back what came after it.
    void rollback();

private:
    [[nodiscard]] bool is_set() const noexcept;
    void require_set();
    void undo();

    Transaction* transaction_;
    unsigned number_;
    bool is_over_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/transaction.ipp>
#endif

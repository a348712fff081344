#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/prepared_statement.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// Many statements in one write. Not part of <sealsql/sealsql.hpp>: include it where it is needed.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// What comes of one statement of a batch: the part that does not know its type.
class PipelineReply {
public:
    PipelineReply() = default;
    PipelineReply(PipelineReply const&) = delete;
    PipelineReply& operator=(PipelineReply const&) = delete;
    virtual ~PipelineReply() = default;

    /// Of its first result; empty if that has no rows.
    virtual void on_columns(View<FieldView const> fields) = 0;
    virtual void on_row(View<FieldView const> fields, Shared<Columns const> const& columns) = 0;
    virtual void on_end(ExecuteResult const& result) = 0;

    /// Whether on_row() does anything with them.
    [[nodiscard]] virtual bool keeps_rows() const noexcept { return true; }

    [[nodiscard]] bool is_known() const noexcept { return is_done_ || error_.has_value(); }
    [[nodiscard]] Error const* error() const noexcept { return error_ ? &*error_ : nullptr; }

    void finish() noexcept { is_done_ = true; }
    void fail(Error const& error) noexcept
    {
        if (!error_)
            error_ = error;
    }

    /// @throws Error if there is nothing to be had
    void require_value() const;

private:
    std::optional<Error> error_;
    bool is_done_ = false;
};

template <class Value>
class PipelineValue : public PipelineReply {
public:
    Value value{};
};

/// What an `execute()` gives.
class PipelineExecution final : public PipelineValue<ExecuteResult> {
public:
    void on_columns(View<FieldView const>) override {}
    void on_row(View<FieldView const>, Shared<Columns const> const&) override {}
    void on_end(ExecuteResult const& result) override { value = result; }
    [[nodiscard]] bool keeps_rows() const noexcept override { return false; }
};

template <class T>
class PipelineRows final : public PipelineValue<std::vector<T>> {
public:
    void on_columns(View<FieldView const> fields) override { reader_.find_columns(fields); }
    void on_row(View<FieldView const> fields, Shared<Columns const> const& columns) override
    {
        reader_.read(fields, columns, this->value.emplace_back());
    }
    void on_end(ExecuteResult const&) override {}

private:
    [[no_unique_address]] RowReader<T> reader_;
};

template <class T>
class PipelineOptionalRow final : public PipelineValue<std::optional<T>> {
public:
    void on_columns(View<FieldView const> fields) override { reader_.find_columns(fields); }
    void on_row(View<FieldView const> fields, Shared<Columns const> const& columns) override
    {
        if (this->value)
            throw_row_count("more than one row");
        reader_.read(fields, columns, this->value.emplace());
    }
    void on_end(ExecuteResult const&) override {}

private:
    [[no_unique_address]] RowReader<T> reader_;
};

template <class T>
class PipelineOneRow final : public PipelineValue<T> {
public:
    void on_columns(View<FieldView const> fields) override { reader_.find_columns(fields); }
    void on_row(View<FieldView const> fields, Shared<Columns const> const& columns) override
    {
        if (has_row_)
            throw_row_count("more than one row");
        has_row_ = true;
        reader_.read(fields, columns, this->value);
    }
    void on_end(ExecuteResult const&) override
    {
        if (!has_row_)
            throw_row_count("no row");
    }

private:
    [[no_unique_address]] RowReader<T> reader_;
    bool has_row_ = false;
};

/// A statement with parameters, once however often a batch runs it.
struct PipelineStatement {
    enum class State : std::uint8_t {
        unknown,
        /// Its preparation was sent.
        in_flight,
        ready,
        failed,
    };

    Shared<Statement> statement{};
    std::size_t hash = 0;
    /// Not a PreparedStatement of the caller's: it may be in the session's cache.
    bool is_cached = true;
    /// Of all values that it is to be run with. See keeps_types().
    std::string types{};

    // While the batch runs.
    State state = State::unknown;
    bool is_new = false; // to the cache
    /// Which time of preparing it failed, and why.
    std::size_t group = 0;
    std::optional<Error> error{};
    Operation preparation{};
};

/// One statement of a batch, as often as it is run.
struct PipelineStage {
    static constexpr std::size_t text = ~std::size_t{0};

    /// Its place in PipelineBatch::statements; `text` for a statement without parameters.
    std::size_t statement = text;
    std::size_t parameters = 0;
    // In PipelineBatch::bytes: the SQL of a text, the encoded parameters of the others.
    std::size_t offset = 0;
    std::size_t size = 0;
    Shared<PipelineReply> reply{};
    Operation operation{};
};

struct PipelineBatch {
    ByteBuffer bytes{};
    List<PipelineStage> stages{};
    List<PipelineStatement> statements{};
};

} // namespace detail

/// What comes of one statement of a Pipeline, which may be gone by the time that it is asked. Copies speak of
/// the same statement.
template <class Value>
class PipelineResult {
public:
    /// Whether the statement was answered and has a value.
    [[nodiscard]] explicit operator bool() const noexcept
    {
        return reply_->is_known() && reply_->error() == nullptr;
    }

    /// Why there is no value; null if there is one, or if it was not run yet. Valid as long as this object.
    [[nodiscard]] Error const* error() const noexcept { return reply_->error(); }

    /// What the statement gave. Valid as long as this object.
    /// @throws Error as the statement would have thrown it alone, or if it was not run yet
    [[nodiscard]] Value& value() const
    {
        reply_->require_value();
        return reply_->value;
    }

private:
    friend class Pipeline;
    explicit PipelineResult(detail::Shared<detail::PipelineValue<Value>> reply) noexcept
        : reply_{std::move(reply)}
    {
    }

    detail::Shared<detail::PipelineValue<Value>> reply_;
};

/// A batch of statements that are sent in one write and answered in their order: one round trip for all of them
/// rather than one for each.
///
/// ```
/// Pipeline batch{db};
/// auto const user = batch.query_one<User>("SELECT id, name FROM users WHERE id = ?", 7);
/// auto const orders = batch.query_value<int>("SELECT COUNT(*) FROM orders WHERE user_id = ?", 7);
/// batch.run();
/// use(user.value(), orders.value());
/// ```
///
/// Each statement has a result or an error of its own, and all are executed, those behind one that fails as well:
/// what may only happen together goes into a Transaction that is committed when all is well. There, if the server
/// takes the transaction back at one of them, as in a deadlock (1213) or, for all that is known then, after a lock wait (1205),
/// those behind it are taken back as well: autocommit is off until the transaction ends, for one exchange at the first batch
/// and one at the end. What that means for procedures that commit, Transaction says. In one that was begun by SQL text, nobody
/// can do that. Statements with parameters are prepared along the way where they are not yet, and kept by the connection's
/// cache.
///
/// However large the batch, no more of it is on the way unanswered than the sockets' buffers hold, so that the
/// two sides never wait for each other; results are kept in memory. A lost connection ends all that was not
/// answered, and nobody knows what of it was executed.
///
/// The connection can be used as usual while statements are added, and has to outlive run() only.
class Pipeline {
public:
    explicit Pipeline(Connection& connection);

    Pipeline(Pipeline const&) = delete;
    Pipeline& operator=(Pipeline const&) = delete;
    ~Pipeline();

    /// Adds a statement whose rows are wanted. Parameters are copied.
    /// @see Connection::query_all()
    /// @throws Error if a parameter cannot be sent; nothing was added then
    template <RowType T = Row, Parameter... Parameters>
    PipelineResult<std::vector<T>> query_all(Sql sql, Parameters const&... parameters)
    {
        return add<detail::PipelineRows<T>, std::vector<T>, T>(sql.text(), parameters...);
    }
    /// @copydoc query_all(Sql, Parameters const&...)
    template <RowType T = Row, Parameter... Parameters>
    PipelineResult<std::vector<T>> query_all(PreparedStatement const& statement,
                                             Parameters const&... parameters)
    {
        return add<detail::PipelineRows<T>, std::vector<T>, T>(statement, parameters...);
    }

    /// Adds a statement that gives one row at most. @see Connection::query_opt()
    template <RowType T = Row, Parameter... Parameters>
    PipelineResult<std::optional<T>> query_opt(Sql sql, Parameters const&... parameters)
    {
        return add<detail::PipelineOptionalRow<T>, std::optional<T>, T>(sql.text(), parameters...);
    }
    /// @copydoc query_opt(Sql, Parameters const&...)
    template <RowType T = Row, Parameter... Parameters>
    PipelineResult<std::optional<T>> query_opt(PreparedStatement const& statement,
                                               Parameters const&... parameters)
    {
        return add<detail::PipelineOptionalRow<T>, std::optional<T>, T>(statement, parameters...);
    }

    /// Adds a statement that gives exactly one row. @see Connection::query_one()
    template <RowType T = Row, Parameter... Parameters>
    PipelineResult<T> query_one(Sql sql, Parameters const&... parameters)
    {
        return add<detail::PipelineOneRow<T>, T, T>(sql.text(), parameters...);
    }
    /// @copydoc query_one(Sql, Parameters const&...)
    template <RowType T = Row, Parameter... Parameters>
    PipelineResult<T> query_one(PreparedStatement const& statement, Parameters const&... parameters)
    {
        return add<detail::PipelineOneRow<T>, T, T>(statement, parameters...);
    }

    /// Adds a statement that gives exactly one row of one column. @see Connection::query_value()
    template <class T, Parameter... Parameters>
        requires detail::ReadableField<T> PipelineResult<T>
        query_value(Sql sql, Parameters const&... parameters)
        {
            return query_one<T>(sql, parameters...);
        }
    /// @copydoc query_value(Sql, Parameters const&...)
    template <class T, Parameter... Parameters>
        requires detail::ReadableField<T> PipelineResult<T>
        query_value(PreparedStatement const& statement, Parameters const&... parameters)
        {
            return query_one<T>(statement, parameters...);
        }

    /// Adds a statement for what it does. Rows that it gives are dropped. @see Connection::execute()
    template <Parameter... Parameters>
    PipelineResult<ExecuteResult> execute(Sql sql, Parameters const&... parameters)
    {
        return add<detail::PipelineExecution, ExecuteResult, Row>(sql.text(), parameters...);
    }
    /// @copydoc execute(Sql, Parameters const&...)
    template <Parameter... Parameters>
    PipelineResult<ExecuteResult> execute(PreparedStatement const& statement,
                                          Parameters const&... parameters)
    {
        return add<detail::PipelineExecution, ExecuteResult, Row>(statement, parameters...);
    }

    // The same for a statement that brings its values along, which are copied too.

    /// @copydoc query_all(Sql, Parameters const&...)
    template <RowType T = Row>
    PipelineResult<std::vector<T>> query_all(BoundSql const& statement)
    {
        return add<detail::PipelineRows<T>, std::vector<T>, T>(statement);
    }

    /// @copydoc query_opt(Sql, Parameters const&...)
    template <RowType T = Row>
    PipelineResult<std::optional<T>> query_opt(BoundSql const& statement)
    {
        return add<detail::PipelineOptionalRow<T>, std::optional<T>, T>(statement);
    }

    /// @copydoc query_one(Sql, Parameters const&...)
    template <RowType T = Row>
    PipelineResult<T> query_one(BoundSql const& statement)
    {
        return add<detail::PipelineOneRow<T>, T, T>(statement);
    }

    /// @copydoc query_value(Sql, Parameters const&...)
    template <class T>
        requires detail::ReadableField<T> PipelineResult<T> query_value(BoundSql const& statement)
        {
            return query_one<T>(statement);
        }

    /// @copydoc execute(Sql, Parameters const&...)
    PipelineResult<ExecuteResult> execute(BoundSql const& statement)
    {
        return add<detail::PipelineExecution, ExecuteResult, Row>(statement);
    }

    // clang-format off
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
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_all(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_opt(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_one(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!detail::ReadableField<T>)
    detail::CannotRead query_value(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_all(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_opt(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_one(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_value(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend execute(PreparedStatement const&, Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    // clang-format on

    /// How many statements were added and not run.
    [[nodiscard]] std::size_t size() const noexcept { return batch_.stages.size(); }

    /// Runs all that was added; the batch is then empty and can be filled again.
    /// @throws Error the first of the statements' errors, when all of them were run; whoever wants to look at
    ///     each result whatever happened calls try_run()
    void run();

    /// As run(), but leaves the errors of statements to their results.
    /// @return how many statements failed
    /// @throws Error if the connection is lost; it is then also the error of each statement that had no answer
    [[nodiscard]] std::size_t try_run();

private:
    friend class Savepoint;
    friend class Transaction;
    explicit Pipeline(detail::Shared<detail::Session> session);

    template <class Reply, class Value, class T, class Statement, class... Parameters>
    PipelineResult<Value> add(Statement const& statement, Parameters const&... parameters)
    {
        if constexpr (!std::same_as<Reply, detail::PipelineExecution>)
            detail::check_row_type<T>();
        detail::check_owning_type<T>();
        auto const write = [&](detail::ParameterWriter& writer) { (writer.add(parameters), ...); };
        detail::Shared<detail::PipelineValue<Value>> reply = detail::Shared<Reply>::make();
        add_stage(statement, detail::arguments_from(sizeof...(parameters), write), reply);
        return PipelineResult<Value>{std::move(reply)};
    }

    void add_stage(std::string_view sql, detail::Arguments const& arguments,
                   detail::Shared<detail::PipelineReply> reply);
    void add_stage(PreparedStatement const& statement, detail::Arguments const& arguments,
                   detail::Shared<detail::PipelineReply> reply);
    /// It has its arguments itself.
    void add_stage(BoundSql const& statement, detail::Arguments const&,
                   detail::Shared<detail::PipelineReply> reply);
    [[nodiscard]] std::size_t statement_for(std::size_t statement, detail::Bytes types);
    void add_execution(std::size_t statement, detail::Arguments const& arguments,
                       detail::Shared<detail::PipelineReply> reply);
    std::size_t run_all(std::optional<Error>& first_error);

    detail::Shared<detail::Session> session_;
    detail::PipelineBatch batch_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/pipeline.ipp>
#endif

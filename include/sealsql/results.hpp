#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/column.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/error.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/prepared_statement.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

/// @file
/// Several results of one statement, each of its own type. Not part of <sealsql/sealsql.hpp>: include it where
/// it is needed.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {
using RowsWouldDangle = Because<Sentence{"the rows would outlive their Results: give that a name"}>;
} // namespace detail

/// The rows of one result of a Results, read from the server as they are asked for: a range to go through once.
/// When Results moves on, it is at its end. Results has to outlive it.
template <RowType T>
class ResultRows {
public:
    /// @copydoc Rows::Iterator
    using Iterator = detail::RowIterator<ResultRows, T>;

    /// For Results.
    explicit ResultRows(detail::ResultStream& stream)
        : stream_{&stream}, columns_{stream.shared_columns()}
    {
        reader_.find_columns(stream.fields());
    }

    /// Reads the first row, the first time that it is called.
    [[nodiscard]] Iterator begin()
    {
        if (!begun_)
            advance();
        return Iterator{*this};
    }

    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

    /// What the server says of the columns; empty if this result has no rows.
    [[nodiscard]] Columns const& columns() const noexcept
    {
        return columns_ ? *columns_ : detail::no_columns();
    }

private:
    friend Iterator;

    void advance()
    {
        begun_ = true;
        ended_ = true; // also if what follows throws
        // Results moved on: what comes now is another result's, of other columns.
        if (!columns_ || &*columns_ != &stream_->columns())
            return;
        if (!stream_->next())
            return;
        reader_.read(stream_->fields(), stream_->shared_columns(), row_);
        ended_ = false;
    }

    detail::ResultStream* stream_;
    detail::Shared<Columns const> columns_;
    [[no_unique_address]] detail::RowReader<T> reader_;
    T row_{};
    bool begun_ = false;
    bool ended_ = false;
};

/// What one statement that gives several results gives, one after the other, each read as a type of its own:
/// CALL, and a text of several statements where ConnectionBuilder::multi_statements() allows it.
///
/// ```
/// sealsql::Results results{db, "CALL report(?, ?)", year, nullptr};    // the second parameter is an OUT
/// auto const users = results.all<User>();
/// results.next();
/// for (auto const& [name, sum] : results.rows<std::tuple<std::string, double>>())
///     …
/// auto const [total] = results.out_parameters<std::tuple<double>>();
/// ```
///
/// It begins at the first result. The connection is busy until the last was read or this object is gone, as with
/// Rows. When a statement of several fails, next() throws its error; those before it were executed, those behind
/// it were not.
class Results {
public:
    /// Runs a statement. @see Connection::query()
    template <Parameter... Parameters>
    explicit Results(Connection& connection, Sql sql, Parameters const&... parameters)
    {
        if constexpr (sizeof...(parameters) == 0) {
            start(connection, sql.text());
        } else {
            auto const write = [&](detail::ParameterWriter& writer) {
                (writer.add(parameters), ...);
            };
            start(connection, sql.text(), detail::arguments_from(sizeof...(parameters), write));
        }
    }

    /// Runs a statement that brings its values along.
    explicit Results(Connection& connection, BoundSql const& statement);

    /// Runs a prepared statement.
    template <Parameter... Parameters>
    explicit Results(PreparedStatement& statement, Parameters const&... parameters)
    {
        auto const write = [&](detail::ParameterWriter& writer) { (writer.add(parameters), ...); };
        start(statement, detail::arguments_from(sizeof...(parameters), write));
    }

    // It stays where it is, as ResultRows looks at it; a function can return it all the same.
    Results(Results const&) = delete;
    Results& operator=(Results const&) = delete;
    ~Results() = default;

    /// Moves to the next result, leaving out what is left of this one, within one read timeout.
    /// @return false if there is none
    /// @throws Error if the statement that it is of failed
    bool next() { return stream_.next_result(); }

    /// Whether this result has rows, even if they are none.
    [[nodiscard]] bool has_rows() const noexcept { return !stream_.columns().empty(); }

    /// Whether this result is the one row of a procedure's OUT and INOUT parameters: it comes behind those of
    /// its SELECTs, if the CALL was sent with parameters.
    [[nodiscard]] bool has_out_parameters() const noexcept { return stream_.has_out_parameters(); }

    /// What the server says of this result's columns; empty if it has no rows.
    [[nodiscard]] Columns const& columns() const noexcept { return stream_.columns(); }

    /// This result's rows, one by one.
    /// @throws Error if its columns do not fit T
    template <RowType T = Row>
    [[nodiscard]] ResultRows<T> rows() &
    {
        detail::check_row_type<T>();
        return ResultRows<T>{stream_};
    }
    // clang-format off
    template <RowType T = Row>
    detail::RowsWouldDangle rows() && = delete; // the rows would outlive their Results: give that a name
    // clang-format on

    /// This result's rows that are left, all of them kept.
    template <RowType T = Row>
    [[nodiscard]] std::vector<T> all()
    {
        detail::check_owning_type<T>();
        std::vector<T> kept;
        auto left = rows<T>();
        for (T& row : left)
            kept.push_back(std::move(row));
        return kept;
    }

    /// This result's only row, if there is one.
    /// @throws Error if there are more
    template <RowType T = Row>
    [[nodiscard]] std::optional<T> opt()
    {
        detail::check_owning_type<T>();
        auto left = rows<T>();
        auto row = left.begin();
        if (row == left.end())
            return std::nullopt;
        std::optional<T> only{std::move(*row)};
        if (++row != left.end())
            detail::throw_row_count("more than one row");
        return only;
    }

    /// This result's only row.
    /// @throws Error if there are none or more
    template <RowType T = Row>
    [[nodiscard]] T one()
    {
        auto row = opt<T>();
        if (!row)
            detail::throw_row_count("no row");
        return *std::move(row);
    }

    /// The only value of this result's only row.
    /// @throws Error if there are none or more
    template <class T>
        requires detail::ReadableField<T>
    [[nodiscard]] T value() { return one<T>(); }

    /// Moves on to the procedure's OUT and INOUT parameters, and gives them, in the order of its declaration, or
    /// for an aggregate by their names; each may be NULL as far as the server says. A parameter is one of them
    /// if it stands as `?` in the CALL, with any value, such as `nullptr`, for one that is OUT only.
    ///
    /// What is left out on the way, rows or results, has the time of one read in all.
    ///
    /// A BIT comes as an integer, as which servers send it here; on MySQL as a negative one if the highest of 64 bits is set.
    /// @throws Error if there are none
    template <RowType T = Row>
    [[nodiscard]] T out_parameters()
    {
        move_to_out_parameters();
        return one<T>();
    }

    /// What the statement behind this result did: of one with rows, when they were read.
    [[nodiscard]] ExecuteResult done() const;

    /// Reads away all results that are left. The connection is then free for the next statement.
    /// @return what the last of them did
    /// @throws Error if one of them failed
    ExecuteResult finish() { return detail::run_to_end(stream_); }

private:
    void start(Connection& connection, std::string_view sql);
    void start(Connection& connection, std::string_view sql, detail::Arguments const& arguments);
    void start(PreparedStatement& statement, detail::Arguments const& arguments);
    void move_to_out_parameters();

    detail::ResultStream stream_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/results.ipp>
#endif

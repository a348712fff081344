#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/error.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/prepared_statement.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/tls_info.hpp>
#include <sealsql/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// One line of `SHOW WARNINGS`.
struct Warning {
    /// `Note`, `Warning` or `Error`.
    std::string level;
    int code = 0;
    std::string message;

    friend bool operator==(Warning const&, Warning const&) = default;
};

namespace detail {

/// The lines of `SHOW WARNINGS`, one by one.
class WarningReader {
public:
    explicit WarningReader(Shared<Session> const& session);

    /// Whether there was another, which is then in `warning`.
    [[nodiscard]] bool next(Warning& warning);

private:
    ResultStream stream_;
    std::size_t count_ = 0;
    std::size_t bytes_ = 0;
};

/// Refuses a statement that was put together, byte by byte, where quotes and names may mean something else to the server.
void require_safe_character_set(Shared<Session> const& session, std::string_view sql);

} // namespace detail

/// A logged-in connection to one server; closed when it goes. It never reconnects by itself: a lost
/// session loses its transaction and all its state, and only the caller knows what to do about it.
///
/// One thread at a time; different connections are independent. A moved-from connection can only be
/// assigned to or destroyed.
class Connection {
public:
    /// Connects; usually called by `ConnectionBuilder::connect()`.
    /// @throws TlsError if there is no TLS connection that can be trusted
    /// @throws Error if the server cannot be reached or refuses the login
    explicit Connection(ConnectionOptions const& options);

    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    /// Runs a statement and gives its rows one by one, as they come from the server.
    ///
    /// With parameters, one for each `?`, the statement is prepared, which is kept for the next time
    /// (ConnectionOptions::statement_cache_size), and the values travel apart from the SQL: there is nothing to
    /// quote. Without, it is sent as text.
    /// @tparam T an aggregate, filled by the names of its members; a tuple, filled by position; a single value
    ///     for a single column; or Row. A column that may be NULL needs a `std::optional` field
    /// @throws Error if the statement fails or its columns do not fit T, for aggregates with all that does
    ///     not; while iterating, also if a value does not fit its field
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] Rows<T> query(Sql sql, Parameters const&... parameters)
    {
        detail::check_row_type<T>();
        return Rows<T>{run(sql, parameters...)};
    }

    /// Runs a statement and keeps all its rows, as many as the server sends: for a result whose size is
    /// known to be small, or LIMITed.
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] std::vector<T> query_all(Sql sql, Parameters const&... parameters)
    {
        detail::check_owning_type<T>();
        return query<T>(sql, parameters...).all();
    }

    /// Runs a statement that gives one row at most.
    /// @throws Error also if there are more
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] std::optional<T> query_opt(Sql sql, Parameters const&... parameters)
    {
        detail::check_owning_type<T>();
        return query<T>(sql, parameters...).opt();
    }

    /// Runs a statement that gives exactly one row.
    /// @throws Error also if there are none or more
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] T query_one(Sql sql, Parameters const&... parameters)
    {
        detail::check_owning_type<T>();
        return query<T>(sql, parameters...).one();
    }

    /// Runs a statement that gives exactly one row of one column, such as `SELECT COUNT(*)`.
    template <class T, Parameter... Parameters>
        requires detail::ReadableField<T>
    [[nodiscard]] T query_value(Sql sql, Parameters const&... parameters)
    {
        return query_one<T>(sql, parameters...);
    }

    /// Runs a statement for what it does. Rows that it gives are read and dropped. Parameters as for query().
    template <Parameter... Parameters>
    ExecuteResult execute(Sql sql, Parameters const&... parameters)
    {
        return detail::run_to_end(run(sql, parameters...));
    }

    // The same for a statement that brings its values along.

    /// @copydoc query()
    template <RowType T = Row>
    [[nodiscard]] Rows<T> query(BoundSql const& statement)
    {
        detail::check_row_type<T>();
        return Rows<T>{run(statement)};
    }

    /// @copydoc query_all()
    template <RowType T = Row>
    [[nodiscard]] std::vector<T> query_all(BoundSql const& statement)
    {
        detail::check_owning_type<T>();
        return query<T>(statement).all();
    }

    /// @copydoc query_opt()
    template <RowType T = Row>
    [[nodiscard]] std::optional<T> query_opt(BoundSql const& statement)
    {
        detail::check_owning_type<T>();
        return query<T>(statement).opt();
    }

    /// @copydoc query_one()
    template <RowType T = Row>
    [[nodiscard]] T query_one(BoundSql const& statement)
    {
        detail::check_owning_type<T>();
        return query<T>(statement).one();
    }

    /// @copydoc query_value()
    template <class T>
        requires detail::ReadableField<T>
    [[nodiscard]] T query_value(BoundSql const& statement) { return query_one<T>(statement); }

    /// @copydoc execute()
    ExecuteResult execute(BoundSql const& statement) { return detail::run_to_end(run(statement)); }

    /// Has the server parse a statement, to be run many times.
    [[nodiscard]] PreparedStatement prepare(Sql sql);

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

    /// The notes, warnings and errors of the latest statement, by `SHOW WARNINGS`.
    /// @tparam Line leave it out: it makes this a template, which costs the compiler only where it is called
    template <class Line = Warning>
    [[nodiscard]] std::vector<Line> warnings()
    {
        std::vector<Line> all;
        detail::WarningReader lines{session_};
        for (Line line; lines.next(line);)
            all.push_back(line);
        return all;
    }

    /// Asks the server for a sign of life.
    /// @throws Error if there is none
    void ping();

    /// Puts the session back to its beginning: rolls back, drops temporary tables, user variables and
    /// session settings, then selects the builder's database and runs the init statements again
    /// (COM_RESET_CONNECTION). Without a database in the builder, the one of the last `USE` stays: the
    /// protocol cannot select none.
    void reset();

    /// The server's version, such as `10.11.19-MariaDB` or `9.7.0`. Asked for once, over the
    /// connection: the one in the greeting was sent before TLS, where anybody could have written it.
    [[nodiscard]] std::string const& server_version();

    /// The server's number for this connection, for `KILL`; asked for like server_version().
    [[nodiscard]] std::uint64_t connection_id();

    /// The character set in which the server takes statements: the builder's character_set(), until somebody says
    /// SET NAMES. The server is asked for it the first time, and then tells when it changes; where
    /// its `session_track_system_variables` leaves that out, it is asked each time.
    [[nodiscard]] std::string character_set();

    /// Whether a backslash in a literal is an escape to the server: not if its SQL mode has NO_BACKSLASH_ESCAPES. As it
    /// said with its latest reply.
    [[nodiscard]] bool backslash_escapes() const noexcept;

    /// The facts of this connection's TLS; null in plaintext. Valid as long as the connection.
    [[nodiscard]] TlsInfo const* tls() const noexcept;

    /// Whether statements can still be sent: false once an error said poisons_connection(). It asks
    /// nobody; a lost peer is only noticed by the next statement, or ping().
    [[nodiscard]] bool usable() const noexcept;

    /// Says goodbye to the server and closes, as the destructor does.
    void close() noexcept;

private:
    template <class... Parameters>
    [[nodiscard]] detail::ResultStream run(Sql sql, Parameters const&... parameters)
    {
        if constexpr (sizeof...(parameters) == 0) {
            return detail::ResultStream{session_, sql.text()};
        } else {
            auto const write = [&](detail::ParameterWriter& writer) {
                (writer.add(parameters), ...);
            };
            return detail::ResultStream{session_, sql.text(),
                                        detail::arguments_from(sizeof...(parameters), write)};
        }
    }

    [[nodiscard]] detail::ResultStream run(BoundSql const& statement);

    explicit Connection(detail::Shared<detail::Session> session) noexcept
        : session_{std::move(session)}
    {
    }

    friend ServerChain server_chain(Connection const& connection);
    friend struct detail::SessionAccess;

    detail::Shared<detail::Session> session_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/connection.ipp>
#endif

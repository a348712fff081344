#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/error.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/tls_info.hpp>

#include <concepts>
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
    /// @tparam T a tuple or an aggregate, filled by position, a single value for a single column, or
    ///     Row; a column that may be NULL needs a `std::optional` field
    /// @throws Error if the statement fails or its columns are not as many as T has fields; while
    ///     iterating, also if a value does not fit its field
    template <RowType T = Row>
    [[nodiscard]] Rows<T> query(Sql sql)
    {
        check_row_type<T>();
        return Rows<T>{detail::ResultStream{session_, sql.text()}};
    }

    /// Runs a statement and keeps all its rows, as many as the server sends: for a result whose size is
    /// known to be small, or LIMITed.
    template <RowType T = Row>
    [[nodiscard]] std::vector<T> query_all(Sql sql)
    {
        check_owning_type<T>();
        std::vector<T> all;
        auto rows = query<T>(sql);
        for (T& row : rows)
            all.push_back(std::move(row));
        return all;
    }

    /// Runs a statement that gives one row at most.
    /// @throws Error also if there are more
    template <RowType T = Row>
    [[nodiscard]] std::optional<T> query_opt(Sql sql)
    {
        check_owning_type<T>();
        auto rows = query<T>(sql);
        auto row = rows.begin();
        if (row == rows.end())
            return std::nullopt;
        std::optional<T> only{std::move(*row)};
        if (++row != rows.end())
            throw_row_count("more than one row");
        return only;
    }

    /// Runs a statement that gives exactly one row.
    /// @throws Error also if there are none or more
    template <RowType T = Row>
    [[nodiscard]] T query_one(Sql sql)
    {
        auto row = query_opt<T>(sql);
        if (!row)
            throw_row_count("no row");
        return *std::move(row);
    }

    /// Runs a statement that gives exactly one row of one column, such as `SELECT COUNT(*)`.
    template <class T>
        requires detail::ReadableField<T>
    [[nodiscard]] T query_value(Sql sql) { return query_one<T>(sql); }

    // clang-format off
    template <class T>
        requires(!RowType<T>)
    void query(Sql, detail::Because<"sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows"> = {}) = delete;
    template <class T>
        requires(!RowType<T>)
    void query_all(Sql, detail::Because<"sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows"> = {}) = delete;
    template <class T>
        requires(!RowType<T>)
    void query_opt(Sql, detail::Because<"sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows"> = {}) = delete;
    template <class T>
        requires(!RowType<T>)
    void query_one(Sql, detail::Because<"sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows"> = {}) = delete;
    template <class T>
        requires(!detail::ReadableField<T>)
    void query_value(Sql, detail::Because<"sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows"> = {}) = delete;
    // clang-format on

    /// Runs a statement for what it does. Rows that it gives are read and dropped.
    ExecuteResult execute(Sql sql);

    /// The notes, warnings and errors of the latest statement, by `SHOW WARNINGS`.
    [[nodiscard]] std::vector<Warning> warnings();

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

    /// The facts of this connection's TLS; null in plaintext. Valid as long as the connection.
    [[nodiscard]] TlsInfo const* tls() const noexcept;

    /// Whether statements can still be sent: false once an error said poisons_connection(). It asks
    /// nobody; a lost peer is only noticed by the next statement, or ping().
    [[nodiscard]] bool usable() const noexcept;

    /// Says goodbye to the server and closes, as the destructor does.
    void close() noexcept;

private:
    template <class T>
    static constexpr void check_row_type()
    {
        if constexpr (!std::same_as<T, Row>)
            static_assert(
                detail::all_fields_readable<detail::FieldsOf<T>>,
                "sealsql cannot read a column into one of this row's fields: use integers, "
                "floating-point numbers, bool, std::string, std::string_view or "
                "std::vector<std::byte>, a std::optional of one of them, or specialise "
                "sealsql::ValueTraits for the field's type");
    }

    template <class T>
    static constexpr void check_owning_type()
    {
        if constexpr (!std::same_as<T, Row>)
            static_assert(
                !detail::any_field_is_view<detail::FieldsOf<T>>,
                "a std::string_view is valid until the next row only and would dangle here: "
                "use std::string, or go through the rows with query()");
    }

    friend ServerChain server_chain(Connection const& connection);

    [[noreturn]] static void throw_row_count(char const* found);

    detail::Shared<detail::Session> session_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/connection.ipp>
#endif

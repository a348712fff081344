#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/aggregate.hpp>
#include <sealsql/detail/because.hpp>
#include <sealsql/detail/bulk_rows.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/member_names.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/session_watch.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/named_parameters.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <ranges>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// @file
/// Not part of <sealsql/sealsql.hpp>: include it where many rows are written by one statement.

namespace sealsql::inline SEALSQL_ABI {

/// How bulk_execute() goes about it.
struct BulkOptions {
    /// All rows or none: in a transaction, or in a savepoint of the transaction under way. Without it, an error
    /// leaves the rows before the failing one in the table. Tables without transactions (MyISAM, MEMORY) keep what
    /// they have got.
    bool atomic = false;
};

/// What bulk_execute() did.
struct BulkResult {
    /// Rows of parameters that were sent.
    std::uint64_t rows = 0;

    /// Rows changed, deleted or inserted. For an UPDATE, those that it really changed, or
    /// found if ConnectionOptions::found_rows is set.
    std::uint64_t affected_rows = 0;

    /// How many notes and warnings the server counted.
    std::uint64_t warning_count = 0;

    friend bool operator==(BulkResult const&, BulkResult const&) = default;
};

/// bulk_execute() did not come to its end.
class BulkError : public Error {
public:
    BulkError(Error const& error, std::uint64_t row, std::uint64_t rows_applied);

    /// Which row of the range failed, the first being 0. Where no row is to blame, as for a lost connection or a
    /// deadlock, the first one that was not known to be in the table.
    ///
    /// Exact where the tables have transactions. What is not rolled back (MyISAM, MEMORY, also in what the transaction
    /// did before) would be there twice if rows were sent again to find the one that failed: it is then the first of those
    /// that were sent together, and any of these may be in the table.
    [[nodiscard]] std::uint64_t row() const noexcept { return row_; }

    /// How many rows from the beginning of the range stay: row(), or 0 if all was to be atomic, or if the caller's
    /// transaction that they were in is over with the error, as after a deadlock. If poisons_connection() and there was no
    /// such transaction, or if the tables have none, as many at least.
    [[nodiscard]] std::uint64_t rows_applied() const noexcept { return rows_applied_; }

private:
    std::uint64_t row_;
    std::uint64_t rows_applied_;
};

namespace detail {

template <class Row>
[[nodiscard]] constexpr auto tie_parameters(Row const& row) noexcept
{
    if constexpr (requires { std::tuple_size<Row>::value; })
        return std::apply([](auto const&... fields) { return std::tie(fields...); }, row);
    else if constexpr (Parameter<Row>)
        return std::tie(row);
    else
        return tie_members(row);
}

template <class Tuple>
inline constexpr bool all_sendable = false;
template <class... Fields>
inline constexpr bool
    all_sendable<std::tuple<Fields...>> = sizeof...(Fields) != 0 &&
                                          (Parameter<std::remove_cvref_t<Fields>> && ...);

template <class Row>
concept ParameterHolder = requires
{
    std::tuple_size<Row>::value;
}
|| Parameter<Row> || (std::is_aggregate_v<Row> && std::is_class_v<Row>);

/// Whether the row's parameters are the members of an aggregate.
template <class Row>
inline constexpr bool has_named_parameters = false;
template <class Row>
    requires(std::is_aggregate_v<Row>&& std::is_class_v<Row> && !Parameter<Row>)
inline constexpr bool has_named_parameters<Row> = !requires { std::tuple_size<Row>::value; };

/// The types of a row's parameters; that of NULL where there is nothing else.
template <class Tuple>
struct ParameterTypes;
template <class... Fields>
struct ParameterTypes<std::tuple<Fields...>> {
    template <class T>
    static constexpr ParameterType type_of() noexcept
    {
        if constexpr (is_null_constant<T>)
            return {};
        else
            return parameter_type<typename OptionalValue<T>::Value>;
    }
    static constexpr ParameterType values[] = {type_of<std::remove_cvref_t<Fields>>()...};
};

/// One call of bulk_execute(), without its templates. What is not finished is rolled back when it goes.
class BulkRun {
public:
    BulkRun(Shared<Session> const& session, std::string_view sql, View<ParameterType const> types,
            BulkOptions options);
    BulkRun(BulkRun const&) = delete;
    BulkRun& operator=(BulkRun const&) = delete;
    ~BulkRun();

    /// Where the next row's parameters go.
    [[nodiscard]] BulkRows& begin_row()
    {
        if (!begun_)
            begin();
        rows_.begin_row();
        return rows_;
    }

    void end_row()
    {
        rows_.end_row();
        if (rows_.bytes() >= batch_bytes_ || rows_.size() >= batch_rows_)
            send_full();
    }

    /// The row under way cannot be sent: those before it are, and then this is the error.
    [[noreturn]] void fail_row(Error const& error);

    [[nodiscard]] BulkResult finish();

private:
    enum class Way : std::uint8_t { arrays, many_rows, one_by_one };

    void begin();
    void choose_way(bool is_strict);
    void send_full();
    void send_all();
    /// The first `count` rows, as a unit: all are applied or none.
    void send_unit(std::size_t count);
    void write_unit(std::size_t count);
    [[nodiscard]] Operation watch(std::size_t from, std::size_t count);
    void write_rows(Statement const& statement, std::size_t from, std::size_t count);
    void exchange();
    void read_replies();
    void commit();
    void count_rows();
    void count_unit();
    void end_transaction() noexcept;
    void take_back();
    [[nodiscard]] bool take_unit_back();
    [[nodiscard]] bool is_transaction_lost(Error const& error);
    void on_failed_unit(std::size_t count, Error const& error);
    [[noreturn]] void give_up(Error const& error, std::uint64_t row);
    void add_command(std::string_view sql);
    void run(std::string_view sql);
    void prepare_many(std::size_t rows);
    [[nodiscard]] std::size_t statement_bytes(std::size_t rows) const noexcept;

    Shared<Session> session_;
    std::string_view sql_;
    View<ParameterType const> types_;
    BulkOptions options_;
    BulkRows rows_;
    Way way_ = Way::one_by_one;
    Shared<Statement> one_; // as the caller wrote it
    Shared<Statement> many_;
    Shared<Columns const> described_; // of the rows that one_ gives, which is an error
    std::size_t many_rows_ = 0;       // that many_ takes at a time
    std::size_t packet_limit_ = 0;
    std::size_t batch_bytes_ = 0;
    std::size_t batch_rows_ = 0;
    bool begun_ = false;
    bool owns_transaction_ = false; // none was under way
    /// In a transaction of the caller's own at whose end the server goes back to committing each command by itself: none
    /// may be on its way behind another.
    bool is_one_at_a_time_ = false;
    bool is_lost_ = false;   // the caller's transaction, which the server took back
    bool is_open_ = false;   // what was begun has to be ended
    std::uint64_t sent_ = 0; // rows that are applied
    BulkResult unit_;
    BulkResult result_;
};

} // namespace detail

/// Runs a statement once for each row of a range, by the best way that the server has: MariaDB takes many rows in
/// one command (array binding); elsewhere an `INSERT … VALUES (?, …)` is made one of many rows, and anything else
/// runs prepared, many executions in one write. A range of any size is read once, a megabyte at a time.
///
/// A row is a tuple, an aggregate whose members are the parameters in their order, or for one `?` a single value.
/// For statements that give no rows; those of a CALL are read away, and are an error. Members by their names: named<T>(), below.
///
/// ```
/// std::vector<User> users = …;   // struct User { std::int64_t id; std::string name; };
/// bulk_execute(db, "INSERT INTO users (id, name) VALUES (?, ?)", users, {.atomic = true});
/// ```
///
/// A row is stored, or refused, as by a statement of its own. So no INSERT is made one of many rows where the server's sql_mode
/// is not strict: they would get other values than one alone. And each row is sent as one where the statement asks what the one
/// before it has left: by LAST_INSERT_ID(), or a variable of the server. In tables without transactions strict servers, too, store something
/// else for what does not fit, except in the first row of those that they get at a time, and count a warning: look at
/// BulkResult::warning_count, or set the mode STRICT_ALL_TABLES.
///
/// In a transaction that is no Transaction, such as one by `execute("START TRANSACTION")`, each statement waits for the answer
/// to the one before it: if that is a deadlock, the server would commit those behind it one by one.
///
/// What an exception from the range itself leaves: nothing if atomic, or else what was sent before.
/// @throws BulkError if a row cannot be sent or the server refuses it
/// @throws Error if the statement cannot be prepared, or its parameters are not as many as a row has
template <std::ranges::input_range Range>
BulkResult bulk_execute(Connection& db, Sql sql, Range&& rows, BulkOptions options = {})
{
    using Element = std::remove_cvref_t<std::ranges::range_reference_t<Range>>;
    static_assert(detail::ParameterHolder<Element>,
                  "sealsql cannot take this range's elements apart: use tuples, aggregates of 1 to "
                  "52 members, or single values");
    using Fields = decltype(detail::tie_parameters(std::declval<Element const&>()));
    static_assert(detail::all_sendable<Fields>,
                  "sealsql cannot send one of this row's fields as a parameter: use integers, "
                  "floating-point numbers, bool, text or bytes, a std::optional of one of them, "
                  "include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise "
                  "sealsql::ValueTraits for the field's type");
    detail::BulkRun run{detail::SessionAccess::session(db),
                        sql.text(),
                        {detail::ParameterTypes<Fields>::values, std::tuple_size_v<Fields>},
                        options};
    for (auto&& row : rows) {
        detail::BulkRows& to = run.begin_row();
        try {
            std::apply([&](auto const&... fields) { (to.add(fields), ...); },
                       detail::tie_parameters(static_cast<Element const&>(row)));
        } catch (Error const& error) {
            if constexpr (detail::has_named_parameters<Element>)
                run.fail_row(detail::error_of_member(
                    error, detail::member_names<Element>.names[to.index()]));
            else
                run.fail_row(error);
        }
        run.end_row();
    }
    return run.finish();
}

/// The same with parameters by name, from the members of a range of aggregates:
///
/// ```
/// bulk_execute(db, named<User>("INSERT INTO users (id, name) VALUES (:id, :name)"), users);
/// ```
template <class T, std::ranges::input_range Range>
BulkResult bulk_execute(Connection& db, NamedParameters<T> const& statement, Range&& rows,
                        BulkOptions options = {})
{
    static_assert(std::same_as<T, std::remove_cvref_t<std::ranges::range_reference_t<Range>>>,
                  "the statement is named by another type's members than the range has: say "
                  "sealsql::named<Element>(…)");
    using Types = detail::ParameterTypes<decltype(detail::tie_members(std::declval<T const&>()))>;
    detail::require_safe_character_set(detail::SessionAccess::session(db), statement.text());
    detail::List<ParameterType> types;
    for (std::size_t i = 0; i < statement.size(); ++i)
        types.push_back(Types::values[statement.member_of(i)]);
    detail::BulkRun run{detail::SessionAccess::session(db),
                        statement.text(),
                        {types.data(), types.size()},
                        options};
    for (auto&& row : rows) {
        detail::BulkRows& to = run.begin_row();
        try {
            statement.add_values(to, static_cast<T const&>(row));
        } catch (Error const& error) {
            run.fail_row(error);
        }
        run.end_row();
    }
    return run.finish();
}

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/bulk.ipp>
#endif

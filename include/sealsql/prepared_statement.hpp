#pragma once

#include <sealsql/column.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/statement_cache.hpp>
#include <sealsql/fwd.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// A statement that the server has parsed, to be run many times with other parameters; made by
/// Connection::prepare(). It goes by the same rules as its connection: one thread at a time, and once that is
/// closed or gone, it can no longer be run. After Connection::reset() it is prepared anew when it is used.
///
/// Where a statement is not kept, Connection::query() with parameters does the same through a cache.
///
/// On MySQL a statement is prepared anew for values of another kind than before: of whole numbers, floating-point numbers,
/// decimals, dates, dates with times, times, and all else. Without that, the server would make such of what it had at first.
class PreparedStatement {
public:
    PreparedStatement(PreparedStatement&&) noexcept;
    PreparedStatement& operator=(PreparedStatement&&) noexcept;
    ~PreparedStatement();

    /// How many parameters it has.
    [[nodiscard]] std::size_t parameter_count() const noexcept;

    /// What the server said of the columns that it will give; empty if it gives no rows. Valid as long as
    /// this object, up to the next run.
    [[nodiscard]] Columns const& columns() const noexcept;

    /// Runs it and gives its rows one by one. @see Connection::query()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] Rows<T> query(Parameters const&... parameters)
    {
        detail::check_row_type<T>();
        auto const write = [&](detail::ParameterWriter& writer) { (writer.add(parameters), ...); };
        return Rows<T>{run(detail::arguments_from(sizeof...(parameters), write))};
    }

    /// @copydoc Connection::query_all()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] std::vector<T> query_all(Parameters const&... parameters)
    {
        detail::check_owning_type<T>();
        return query<T>(parameters...).all();
    }

    /// @copydoc Connection::query_opt()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] std::optional<T> query_opt(Parameters const&... parameters)
    {
        detail::check_owning_type<T>();
        return query<T>(parameters...).opt();
    }

    /// @copydoc Connection::query_one()
    template <RowType T = Row, Parameter... Parameters>
    [[nodiscard]] T query_one(Parameters const&... parameters)
    {
        detail::check_owning_type<T>();
        return query<T>(parameters...).one();
    }

    /// @copydoc Connection::query_value()
    template <class T, Parameter... Parameters>
        requires detail::ReadableField<T>
    [[nodiscard]] T query_value(Parameters const&... parameters)
    {
        return query_one<T>(parameters...);
    }

    /// Runs it for what it does. Rows that it gives are read and dropped.
    template <Parameter... Parameters>
    ExecuteResult execute(Parameters const&... parameters)
    {
        auto const write = [&](detail::ParameterWriter& writer) { (writer.add(parameters), ...); };
        return detail::run_to_end(run(detail::arguments_from(sizeof...(parameters), write)));
    }

    // clang-format off
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query(Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_all(Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_opt(Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!RowType<T>)
    detail::CannotRead query_one(Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <class T, class... Parameters>
        requires(!detail::ReadableField<T>)
    detail::CannotRead query_value(Parameters const&...) = delete; // sealsql cannot read a row into this type: use a tuple, an aggregate or Row, or for one column a value that sealsql::ValueTraits knows, of which <sealsql/types.hpp> has more
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query(Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_all(Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_opt(Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_one(Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <RowType T = Row, class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend query_value(Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    template <class... Parameters>
        requires(!(Parameter<Parameters> && ...))
    detail::CannotSend execute(Parameters const&...) = delete; // sealsql cannot send a value of this type as a parameter: use an integer, floating-point number, bool, text or bytes, a std::optional of one of them, nullptr for NULL, include <sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for it
    // clang-format on

private:
    friend class Connection;
    friend struct detail::SessionAccess;
    PreparedStatement(detail::Shared<detail::Session> session,
                      detail::Shared<detail::Statement> statement) noexcept;

    [[nodiscard]] detail::ResultStream run(detail::Arguments const& arguments);
    void discard() noexcept;

    detail::Shared<detail::Session> session_;
    detail::Shared<detail::Statement> statement_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/prepared_statement.ipp>
#endif

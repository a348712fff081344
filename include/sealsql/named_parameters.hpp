#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/aggregate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/member_names.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/prepared_statement.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// @file
/// Parameters by name, from the members of an aggregate. Not part of <sealsql/sealsql.hpp>.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Puts a `?` for each `:name`, and into `order` the numbers of the members that have these names.
/// @throws Error that lists all names without a member and members without a name, or says why the SQL cannot be read
[[nodiscard]] std::string take_names(std::string_view sql, View<std::string_view const> members,
                                     List<std::uint16_t>& order);

/// The same error, with the name of the member that it is about.
[[nodiscard, gnu::cold]] Error error_of_member(Error const& error, std::string_view member);

template <class T>
inline constexpr bool all_members_sendable = [
]<std::size_t... Indices>(std::index_sequence<Indices...>)
{
    using Members = decltype(tie_members(std::declval<T&>()));
    return (Parameter<std::remove_cvref_t<std::tuple_element_t<Indices, Members>>> && ...);
}
(std::make_index_sequence<member_count<T>>{});

} // namespace detail

/// A statement whose parameters are named by T's members, without an object that has the values; made by named<T>().
template <class T>
class NamedParameters {
public:
    /// @see named()
    explicit NamedParameters(Sql sql)
        : text_{detail::take_names(
              sql.text(), {detail::member_names<T>.names, detail::member_count<T>}, order_)}
    {
        static_assert(
            detail::all_members_sendable<T>,
            "sealsql cannot send one of this type's members as a parameter: use what query() takes as one, include "
            "<sealsql/types.hpp> for dates, DECIMAL, enums and more, or specialise sealsql::ValueTraits for the "
            "member's type");
    }

    /// The statement as it is sent, with a `?` for each name.
    [[nodiscard]] std::string_view text() const noexcept { return text_; }

    /// How many parameters it has.
    [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }

    /// For bulk_execute(): the number of the member whose value a parameter is.
    [[nodiscard]] std::size_t member_of(std::size_t index) const noexcept { return order_[index]; }

    /// For those that send the values: adds them to a writer of parameters, in the order of the `?`.
    template <class Writer>
    void add_values(Writer& writer, T const& object) const
    {
        []<std::size_t... Indices>(NamedParameters const& from, Writer& to, T const& values,
                                   std::index_sequence<Indices...>)
        {
            using Add = void (*)(Writer&, T const&);
            static constexpr Add adders[] = {&add<Writer, Indices>...};
            for (std::uint16_t const member : from.order_) {
                try {
                    adders[member](to, values);
                } catch (Error const& error) {
                    throw detail::error_of_member(error, detail::member_names<T>.names[member]);
                }
            }
        }
        (*this, writer, object, std::make_index_sequence<detail::member_count<T>>{});
    }

private:
    template <class Writer, std::size_t Index>
    static void add(Writer& writer, T const& object)
    {
        writer.add(std::get<Index>(detail::tie_members(object)));
    }

    detail::List<std::uint16_t> order_; // before text_, which comes with it
    std::string text_;
};

/// A statement with named parameters and the object that has them; made by named().
template <class T>
class NamedSql : public BoundSql {
public:
    /// @see named()
    NamedSql(Sql sql, T const& object) : BoundSql{&write}, parameters_{sql}, object_{&object}
    {
        text_ = parameters_.text();
        size_ = parameters_.size();
    }
    NamedSql(Sql, T const&&) = delete; // would dangle

private:
    static void write(void const* statement, detail::ParameterWriter& writer)
    {
        auto const& self = *static_cast<NamedSql const*>(static_cast<BoundSql const*>(statement));
        self.parameters_.add_values(writer, *self.object_);
    }

    NamedParameters<T> parameters_;
    T const* object_;
};

/// A statement whose parameters are `:name`, with their values from an aggregate's members of these names:
///
/// ```
/// db.execute(sealsql::named("INSERT INTO users (id, name) VALUES (:id, :name)", user));
/// auto found = db.query_opt<User>(sealsql::named("SELECT * FROM users WHERE id = :id", key));
/// ```
///
/// A name may stand there more than once. ASCII case does not matter, and a member `default_` also is the value of
/// `:default`, which C++ cannot name so. Quotes and comments are left alone, `:=` is an assignment. What some servers
/// would read in another way than others is refused, such as a backslash before a quote or `/*! … */`: see
/// detail/sql_scanner.hpp. The statement is prepared and kept like any other with parameters.
///
/// The result is a view: text and object must live as long as it.
/// @throws Error that lists all names that no member has and all members that the statement does not name
template <class T>
    requires detail::is_read_by_name<T>
[[nodiscard]] NamedSql<T> named(Sql sql, T const& object) { return NamedSql<T>{sql, object}; }

/// The same without an object, for bulk_execute(), which takes each of a range's:
///
/// ```
/// bulk_execute(db, named<User>("INSERT INTO users (id, name) VALUES (:id, :name)"), users);
/// ```
/// @throws Error as the other
template <class T>
    requires detail::is_read_by_name<T>
[[nodiscard]] NamedParameters<T> named(Sql sql) { return NamedParameters<T>{sql}; }

namespace detail {

/// Prepares a statement, unless quotes and names may mean something else to the server.
[[nodiscard]] PreparedStatement prepare_checked(Connection& connection, std::string_view sql);

/// Runs one with parameters.
[[nodiscard]] ResultStream run_prepared(PreparedStatement const& statement,
                                        Arguments const& arguments);

} // namespace detail

/// A prepared statement whose parameters are `:name`, to be run with many objects that have the values:
///
/// ```
/// sealsql::NamedStatement<User> insert{db, "INSERT INTO users (id, name) VALUES (:id, :name)"};
/// for (User const& user : users)
///     insert.execute(user);
/// ```
///
/// @see named(), and PreparedStatement for how long it can be used
template <class Values>
    requires detail::is_read_by_name<Values>
class NamedStatement {
public:
    /// Has the server parse it.
    /// @throws Error as named(), or if it cannot be prepared
    NamedStatement(Connection& connection, Sql sql)
        : parameters_{sql}, statement_{detail::prepare_checked(connection, parameters_.text())}
    {
    }

    /// What the server said of the columns that it will give; empty if it gives no rows.
    [[nodiscard]] Columns const& columns() const noexcept { return statement_.columns(); }

    /// @copydoc Connection::query()
    template <RowType T = Row>
    [[nodiscard]] Rows<T> query(Values const& values)
    {
        detail::check_row_type<T>();
        return Rows<T>{run(values)};
    }

    /// @copydoc Connection::query_all()
    template <RowType T = Row>
    [[nodiscard]] std::vector<T> query_all(Values const& values)
    {
        detail::check_owning_type<T>();
        return query<T>(values).all();
    }

    /// @copydoc Connection::query_opt()
    template <RowType T = Row>
    [[nodiscard]] std::optional<T> query_opt(Values const& values)
    {
        detail::check_owning_type<T>();
        return query<T>(values).opt();
    }

    /// @copydoc Connection::query_one()
    template <RowType T = Row>
    [[nodiscard]] T query_one(Values const& values)
    {
        detail::check_owning_type<T>();
        return query<T>(values).one();
    }

    /// @copydoc Connection::query_value()
    template <class T>
        requires detail::ReadableField<T>
    [[nodiscard]] T query_value(Values const& values) { return query_one<T>(values); }

    /// @copydoc Connection::execute()
    ExecuteResult execute(Values const& values) { return detail::run_to_end(run(values)); }

private:
    [[nodiscard]] detail::ResultStream run(Values const& values)
    {
        auto const write = [&](detail::ParameterWriter& writer) {
            parameters_.add_values(writer, values);
        };
        return detail::run_prepared(statement_, detail::arguments_from(parameters_.size(), write));
    }

    NamedParameters<Values> parameters_;
    PreparedStatement statement_;
};

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/named_parameters.ipp>
#endif

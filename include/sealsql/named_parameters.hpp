#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/detail/aggregate.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/member_names.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/read_row.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/error.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// @file
/// Parameters by name, from the members of an aggregate. Not part of <sealsql/sealsql.hpp>.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Puts a `?` for each `:name`, and into `order` the numbers of the members that have these names.
/// @throws Error that lists all names without a member and members without a name, or says why the SQL cannot be read
[[nodiscard]] std::string take_names(std::string_view sql, View<std::string_view const> members,
                                     List<std::uint16_t>& order);

/// The same error, with the name of the member that it is about.
[[noreturn, gnu::cold]] void throw_of_member(Error const& error, std::string_view member);

template <class T>
inline constexpr bool all_members_sendable = [
]<std::size_t... Indices>(std::index_sequence<Indices...>)
{
    using Members = decltype(tie_members(std::declval<T&>()));
    return (Parameter<std::remove_cvref_t<std::tuple_element_t<Indices, Members>>> && ...);
}
(std::make_index_sequence<member_count<T>>{});

} // namespace detail

/// A statement with named parameters and the object that has them; made by named().
template <class T>
class NamedSql : public BoundSql {
public:
    /// @see named()
    NamedSql(Sql sql, T const& object) : BoundSql{&write}, object_{&object}
    {
        text_ = detail::take_names(
            sql.text(), {detail::member_names<T>.names, detail::member_count<T>}, order_);
        size_ = order_.size();
    }
    NamedSql(Sql, T const&&) = delete; // would dangle

private:
    template <std::size_t Index>
    static void add(detail::ParameterWriter& writer, T const& object)
    {
        writer.add(std::get<Index>(detail::tie_members(object)));
    }

    static void write(void const* statement, detail::ParameterWriter& writer)
    {
        auto const& self = *static_cast<NamedSql const*>(static_cast<BoundSql const*>(statement));
        []<std::size_t... Indices>(NamedSql const& from, detail::ParameterWriter& to,
                                   std::index_sequence<Indices...>)
        {
            using Add = void (*)(detail::ParameterWriter&, T const&);
            static constexpr Add adders[] = {&add<Indices>...};
            for (std::uint16_t const member : from.order_) {
                try {
                    adders[member](to, *from.object_);
                } catch (Error const& error) {
                    detail::throw_of_member(error, detail::member_names<T>.names[member]);
                }
            }
        }
        (self, writer, std::make_index_sequence<detail::member_count<T>>{});
    }

    T const* object_;
    detail::List<std::uint16_t> order_;
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
[[nodiscard]] NamedSql<T> named(Sql sql, T const& object)
{
    static_assert(
        detail::all_members_sendable<T>,
        "sealsql cannot send one of this type's members as a parameter: use what query() takes as one, or "
        "specialise sealsql::ValueTraits for the member's type");
    return NamedSql<T>{sql, object};
}

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/named_parameters.ipp>
#endif

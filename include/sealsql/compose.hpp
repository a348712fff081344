#pragma once

#include <sealsql/bound_sql.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/sql_scanner.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <ranges>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

/// @file
/// Statements put together at run time of literals, names, lists and choices, with their values. Not part of
/// <sealsql/sealsql.hpp>.
///
/// ```
/// auto const users = sealsql::compose("SELECT id, name FROM ") + sealsql::identifier(table) +
///                    " WHERE" + sealsql::all_of({sealsql::compose("age >= ?", age),
///                                                sealsql::when(!ids.empty(), sealsql::compose("id IN ") + sealsql::in(ids))}) +
///                    " ORDER BY " + sealsql::one_of(asked, {{"name", "name ASC"}, {"newest", "created DESC"}});
/// for (auto const& user : db.query<User>(users)) …
/// ```
///
/// What is counted at run time goes into a range: conditions, the columns of an UPDATE, keys to sort by.
///
/// ```
/// std::vector<sealsql::ComposedSql> changes;
/// if (asked.name)
///     changes.push_back(sealsql::compose("name = ?", *asked.name));
/// …
/// if (!changes.empty())
///     db.execute("UPDATE users SET " + sealsql::join(changes, ", ") + sealsql::compose(" WHERE id = ?", id));
/// ```
///
/// Whatever comes from outside becomes a value, or a name in backticks, or chooses among literals: it never is SQL.

namespace sealsql::inline SEALSQL_ABI {

/// A piece of SQL with a `?` for each of so many values: a literal, checked at compile time. Quotes and comments have to
/// be closed in it, and mean the same to every server; see detail/sql_scanner.hpp.
template <std::size_t Values>
class SqlPiece {
public:
    /// From a literal. What is wrong with one is a compile error that says so.
    template <std::size_t Size>
    // NOLINTNEXTLINE(google-explicit-constructor): `compose("SELECT 1")` is the point
    consteval SqlPiece(char const (&literal)[Size])
        : text_{literal, literal[Size - 1] == '\0' ? Size - 1 : Size}
    {
        detail::require_no(detail::check_piece(text_, Values));
    }

    /// From SQL that was put together at run time, as Sql::unchecked() has it.
    /// @throws Error if it is not a piece
    // NOLINTNEXTLINE(google-explicit-constructor): it was said explicitly
    SqlPiece(Sql sql) : text_{sql.text()}
    {
        detail::require_no(detail::check_piece(text_, Values));
    }

    /// The text itself.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

namespace detail {

/// How many values an element of a list for IN has: one, or those of a tuple, pair or array; 0 for what is none.
template <class T>
[[nodiscard]] consteval std::size_t values_in_list()
{
    if constexpr (SendableValue<T>)
        return 1;
    else if constexpr (requires { std::tuple_size<T>::value; })
        return []<std::size_t... Indices>(std::index_sequence<Indices...>)
        {
            return (SendableValue<std::remove_cvref_t<std::tuple_element_t<Indices, T>>> && ...)
                       ? sizeof...(Indices)
                       : 0;
        }
    (std::make_index_sequence<std::tuple_size_v<T>>{});
    else return 0;
}

} // namespace detail

class ComposedSql;

/// A range of pieces.
template <class Range>
concept SqlRange = std::ranges::input_range<Range> &&
    std::convertible_to<std::ranges::range_reference_t<Range>, ComposedSql const&>;

/// SQL with its values, made of pieces, to be taken in place of SQL: see BoundSql. It owns what it holds.
class ComposedSql : public BoundSql {
public:
    /// Nothing.
    ComposedSql() : BoundSql{&write} {}

    /// A piece without values.
    // NOLINTNEXTLINE(google-explicit-constructor): a literal among pieces
    ComposedSql(SqlPiece<0> piece) : ComposedSql{} { text_ = piece.text(); }

    /// Whether there is nothing in it.
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    /// Puts another piece, and its values, behind it.
    ComposedSql& operator+=(ComposedSql const& piece);

    /// One behind the other.
    [[nodiscard]] friend ComposedSql operator+(ComposedSql left, ComposedSql const& right)
    {
        left += right;
        return left;
    }
    // A literal on either side; by itself it would have to be converted twice.
    /// @copydoc operator+(ComposedSql,ComposedSql const&)
    [[nodiscard]] friend ComposedSql operator+(ComposedSql left, SqlPiece<0> right)
    {
        left += ComposedSql{right};
        return left;
    }
    /// @copydoc operator+(ComposedSql,ComposedSql const&)
    [[nodiscard]] friend ComposedSql operator+(SqlPiece<0> left, ComposedSql const& right)
    {
        return ComposedSql{left} + right;
    }

private:
    template <Parameter... Values>
    friend ComposedSql compose(SqlPiece<sizeof...(Values)> piece, Values const&... values);
    template <std::ranges::input_range Range>
    friend ComposedSql in(Range&& values);
    template <std::convertible_to<std::string_view>... Parts>
    friend ComposedSql identifier(std::string_view name, Parts const&... behind_dots);
    [[nodiscard]] static ComposedSql name(std::initializer_list<std::string_view> parts);
    template <SqlRange Range>
    friend ComposedSql all_of(Range&& conditions);
    template <SqlRange Range>
    friend ComposedSql any_of(Range&& conditions);
    template <SqlRange Range>
    friend ComposedSql join(Range&& pieces, SqlPiece<0> between);

    /// What is empty is left out.
    template <class Range>
    [[nodiscard]] static ComposedSql join_all(Range&& pieces, std::string_view before,
                                              std::string_view between)
    {
        ComposedSql joined;
        for (auto&& piece : pieces)
            joined.add_behind(piece, joined.empty() ? before : between);
        return joined;
    }
    void add_behind(ComposedSql const& piece, std::string_view between);
    [[nodiscard]] ComposedSql in_parentheses(std::string_view nothing) &&;

    struct Value {
        ParameterType type{};
        bool is_null = false;
        std::size_t end = 0; // in values_
    };

    template <class T>
    void add(T const& value)
    {
        using Plain = typename detail::OptionalValue<T>::Value;
        if constexpr (detail::is_null_constant<T>) {
            add({}, true, {});
        } else if constexpr (detail::is_optional<T>) {
            if (value)
                add(*value);
            else
                add(detail::parameter_type<Plain>, true, {});
        } else {
            detail::ByteBuffer buffer;
            detail::WireWriter writer{buffer};
            if (!detail::encode_value(writer, value))
                detail::throw_unsendable_parameter(size_);
            add(detail::parameter_type<Plain>, false, buffer.bytes());
        }
    }
    void add(ParameterType type, bool is_null, detail::Bytes bytes);

    template <class T>
    void add_to_list(T const& element)
    {
        if constexpr (SendableValue<T>) {
            add_place_in_list(text_.empty() ? "(?" : ", ?");
            add(element);
        } else {
            std::string_view before = text_.empty() ? "((?" : ", (?";
            auto const add_value = [this, &before](auto const& value) {
                add_place_in_list(before);
                add(value);
                before = ", ?";
            };
            std::apply([&](auto const&... values) { (add_value(values), ...); }, element);
            text_ += ')';
        }
    }
    void add_place_in_list(std::string_view text);
    void end_list(std::size_t values_of_each);

    static void write(void const* statement, detail::ParameterWriter& writer);

    std::string values_; // as they are sent, one behind the other
    detail::List<Value> places_;
};

/// A piece of SQL with a `?` for each of the values, which are copied: whatever query() takes as parameters.
/// @throws Error if no column can hold one of the values
template <Parameter... Values>
[[nodiscard]] ComposedSql compose(SqlPiece<sizeof...(Values)> piece, Values const&... values)
{
    ComposedSql composed;
    composed.text_ = piece.text();
    (composed.add(values), ...);
    return composed;
}

/// The name of a column, table or other thing, quoted whatever is in it. Of several parts, with dots between them: a dot
/// within a part is part of the name.
/// @throws Error if a part is empty, or holds what a name cannot: a NUL, or what is not UTF-8
template <std::convertible_to<std::string_view>... Parts>
[[nodiscard]] ComposedSql identifier(std::string_view name, Parts const&... behind_dots)
{
    return ComposedSql::name({name, std::string_view{behind_dots}...});
}

/// A list in parentheses for `IN` and `NOT IN`: a `?` for each of the values, which are copied. Of tuples, pairs or arrays
/// it is a list for several columns: `compose("(id, name) IN ") + in(pairs)`. Of an empty range it is an empty set: nothing
/// is IN it, and everything NOT IN it. Each length is a statement of its own to the connection's cache.
/// @throws Error if there are more than 65,535 of them, or no column can hold one
template <std::ranges::input_range Range>
[[nodiscard]] ComposedSql in(Range&& values)
{
    using Element = std::ranges::range_value_t<Range>;
    static_assert(
        detail::values_in_list<Element>() != 0,
        "a list for IN holds values that query() takes as parameters, or tuples of such, and no NULL: nothing is equal to it");
    ComposedSql list;
    for (auto&& element : values)
        list.add_to_list(static_cast<Element const&>(element));
    list.end_list(detail::values_in_list<Element>());
    return list;
}
/// @copydoc in(Range&&)
template <class T>
[[nodiscard]] ComposedSql in(std::initializer_list<T> values)
{
    return in(std::span<T const>{values.begin(), values.size()});
}

/// The piece, if the condition holds; otherwise nothing.
[[nodiscard]] inline ComposedSql when(bool condition, ComposedSql piece)
{
    return condition ? std::move(piece) : ComposedSql{};
}
/// As compose(), if the condition holds; otherwise nothing, whatever the values are.
template <Parameter... Values>
[[nodiscard]] ComposedSql when(bool condition, SqlPiece<sizeof...(Values)> piece,
                               Values const&... values)
{
    return condition ? compose(piece, values...) : ComposedSql{};
}

/// Conditions that all have to hold, in parentheses; of which those that are empty() do not count. Without any, `TRUE`.
template <SqlRange Range>
[[nodiscard]] ComposedSql all_of(Range&& conditions)
{
    return ComposedSql::join_all(conditions, " ((", ") AND (").in_parentheses(" TRUE ");
}
/// @copydoc all_of(Range&&)
[[nodiscard]] inline ComposedSql all_of(std::initializer_list<ComposedSql> conditions)
{
    return all_of<std::initializer_list<ComposedSql> const&>(conditions);
}

/// Conditions of which one has to hold, in parentheses; of which those that are empty() do not count. Without any,
/// `FALSE`.
template <SqlRange Range>
[[nodiscard]] ComposedSql any_of(Range&& conditions)
{
    return ComposedSql::join_all(conditions, " ((", ") OR (").in_parentheses(" FALSE ");
}
/// @copydoc any_of(Range&&)
[[nodiscard]] inline ComposedSql any_of(std::initializer_list<ComposedSql> conditions)
{
    return any_of<std::initializer_list<ComposedSql> const&>(conditions);
}

/// One piece behind the other with a literal between them, as for the columns of an UPDATE or the keys of an ORDER BY; those
/// that are empty() are left out. Without any, it is empty() itself.
template <SqlRange Range>
[[nodiscard]] ComposedSql join(Range&& pieces, SqlPiece<0> between)
{
    return ComposedSql::join_all(pieces, {}, between.text());
}
/// @copydoc join(Range&&,SqlPiece<0>)
[[nodiscard]] inline ComposedSql join(std::initializer_list<ComposedSql> pieces,
                                      SqlPiece<0> between)
{
    return join<std::initializer_list<ComposedSql> const&>(pieces, between);
}

/// One thing that one_of() can choose.
struct SqlChoice {
    /// What is compared with the text from outside, letter for letter.
    std::string_view name;
    SqlPiece<0> sql;
};

/// A range of choices, to be gone through more than once.
template <class Range>
concept SqlChoices = std::ranges::forward_range<Range> &&
    std::convertible_to<std::ranges::range_reference_t<Range>, SqlChoice const&>;

namespace detail {

[[noreturn, gnu::cold]] void throw_no_choice(std::string_view chosen, std::string_view names);
void add_choice(std::string& names, std::string_view name);

} // namespace detail

/// The SQL of the choice that a text from outside names, as for ORDER BY.
/// @throws Error that lists the choices if it is none of them
template <SqlChoices Range>
[[nodiscard]] ComposedSql one_of(std::string_view chosen, Range&& choices)
{
    for (SqlChoice const& choice : choices)
        if (choice.name == chosen)
            return ComposedSql{choice.sql};
    std::string names;
    for (SqlChoice const& choice : choices)
        detail::add_choice(names, choice.name);
    detail::throw_no_choice(chosen, names);
}
/// @copydoc one_of(std::string_view,Range&&)
[[nodiscard]] inline ComposedSql one_of(std::string_view chosen,
                                        std::initializer_list<SqlChoice> choices)
{
    return one_of<std::initializer_list<SqlChoice> const&>(chosen, choices);
}

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/compose.ipp>
#endif

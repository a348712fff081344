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
#include <string>
#include <string_view>
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
    template <class Range>
    friend ComposedSql in(Range const& values);
    template <std::convertible_to<std::string_view>... Parts>
    friend ComposedSql identifier(std::string_view name, Parts const&... behind_dots);
    [[nodiscard]] static ComposedSql name(std::initializer_list<std::string_view> parts);
    [[nodiscard]] static ComposedSql join(std::initializer_list<ComposedSql> conditions,
                                          std::string_view between, std::string_view nothing);
    friend ComposedSql all_of(std::initializer_list<ComposedSql> conditions);
    friend ComposedSql any_of(std::initializer_list<ComposedSql> conditions);

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
    void add_place_in_list();
    void end_list();

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

/// A list in parentheses for `IN` and `NOT IN`: a `?` for each of the values, which are copied. Of an empty range it is
/// an empty set: nothing is IN it, and everything NOT IN it. Each length is a statement of its own to the
/// connection's cache.
/// @throws Error if there are more than 65,535 of them, or no column can hold one
template <class Range>
[[nodiscard]] ComposedSql in(Range const& values)
{
    ComposedSql list;
    for (auto const& value : values) {
        static_assert(
            SendableValue<std::remove_cvref_t<decltype(value)>>,
            "a list for IN holds values that query() takes as parameters, and no NULL: nothing is equal to it");
        list.add_place_in_list();
        list.add(value);
    }
    list.end_list();
    return list;
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
[[nodiscard]] ComposedSql all_of(std::initializer_list<ComposedSql> conditions);

/// Conditions of which one has to hold, in parentheses; of which those that are empty() do not count. Without any,
/// `FALSE`.
[[nodiscard]] ComposedSql any_of(std::initializer_list<ComposedSql> conditions);

/// One thing that one_of() can choose.
struct SqlChoice {
    /// What is compared with the text from outside, letter for letter.
    std::string_view name;
    SqlPiece<0> sql;
};

/// The SQL of the choice that a text from outside names, as for ORDER BY.
/// @throws Error that lists the choices if it is none of them
[[nodiscard]] ComposedSql one_of(std::string_view chosen, std::initializer_list<SqlChoice> choices);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/compose.ipp>
#endif

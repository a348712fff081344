#pragma once

#include <sealsql/connection.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/sql_scanner.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/sql.hpp>
#include <sealsql/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// Values as literals in SQL text, for statements that cannot be prepared, for logs and for scripts. Where a statement
/// can have parameters, they are the better way. Not part of <sealsql/sealsql.hpp>.

namespace sealsql::inline SEALSQL_ABI {

/// How one server reads literals now.
struct LiteralRules {
    /// Of the statements; see Connection::character_set().
    std::string character_set = "utf8mb4";
    /// See Connection::backslash_escapes().
    bool backslash_escapes = true;

    friend bool operator==(LiteralRules const&, LiteralRules const&) = default;
};

/// Those of a connection, which hold until its SQL mode or character set is changed.
/// @throws Error if in the character set a quote or backslash may be half of another character, as in gbk, big5, sjis,
///     cp932 and gb18030, or if sealsql does not know the character set
[[nodiscard]] LiteralRules literal_rules(Connection& connection);

/// SQL with a `{}` for each of so many values: a literal, checked at compile time. `{{` and `}}` are braces. A `{}` in quotes
/// or comments, or next to a word, is refused: see detail/sql_scanner.hpp.
template <std::size_t Values>
class SqlFormat {
public:
    /// From a literal. What is wrong with one is a compile error that says so.
    template <std::size_t Size>
    // NOLINTNEXTLINE(google-explicit-constructor): `format_sql(db, "SELECT {}", 1)` is the point
    consteval SqlFormat(char const (&literal)[Size])
        : text_{literal, literal[Size - 1] == '\0' ? Size - 1 : Size}
    {
        detail::require_no(detail::check_format(text_, Values));
    }

    /// The text itself.
    [[nodiscard]] constexpr std::string_view text() const noexcept { return text_; }

private:
    std::string_view text_;
};

/// SQL with literals, made by format_sql(); Connection's functions take it in place of SQL.
class FormattedSql {
public:
    [[nodiscard]] std::string const& text() const& noexcept { return text_; }
    [[nodiscard]] std::string text() && noexcept { return std::move(text_); }

    // NOLINTNEXTLINE(google-explicit-constructor): all that is in it was written as a literal or made one
    operator Sql() const& noexcept { return Sql::unchecked(text_); }
    // NOLINTNEXTLINE(google-explicit-constructor): lives until the statement was sent
    operator Sql() const&& noexcept { return Sql::unchecked(text_); }

private:
    template <Parameter... Values>
    friend FormattedSql format_sql(LiteralRules const& rules, SqlFormat<sizeof...(Values)> format,
                                   Values const&... values);

    std::string text_;
};

namespace detail {

/// Appends a value that was encoded as a parameter, as a literal.
void append_literal(std::string& text, LiteralRules const& rules, ParameterType type, Bytes bytes,
                    std::size_t index);

template <class T>
void append_literal(std::string& text, LiteralRules const& rules, T const& value, std::size_t index)
{
    using Plain = typename OptionalValue<T>::Value;
    if constexpr (is_null_constant<T>) {
        text += "NULL";
    } else if constexpr (is_optional<T>) {
        if (value)
            append_literal(text, rules, *value, index);
        else
            text += "NULL";
    } else {
        ByteBuffer buffer;
        WireWriter writer{buffer};
        if (!encode_value(writer, value))
            throw_unsendable_parameter(index);
        append_literal(text, rules, parameter_type<Plain>, buffer.bytes(), index);
    }
}

/// Appends the format up to the next `{}`, and moves behind it.
void append_to_next_place(std::string& text, std::string_view format, std::size_t& at);

/// Refuses rules that are not safe.
void check(LiteralRules const& rules);

} // namespace detail

/// A value as a literal, of whatever type query() takes as a parameter, and read by the server as the same value:
/// floating-point numbers with an exponent, since without one they are decimals; bytes as `_binary x'…'`; dates and times as
/// `DATE'…'`, `TIMESTAMP'…'` and `TIME'…'`, zero dates as texts. Texts are between quotes; those with backslashes, where
/// backslashes do not escape, in hexadecimal, so that the literal is safe in either SQL mode.
/// @throws Error if no column can hold the value (not a number, infinity), the text is not in the character set, or the
///     character set is not safe
template <Parameter T>
[[nodiscard]] std::string literal_of(LiteralRules const& rules, T const& value)
{
    detail::check(rules);
    std::string text;
    detail::append_literal(text, rules, value, 0);
    return text;
}
/// @copydoc literal_of(LiteralRules const&,T const&)
template <Parameter T>
[[nodiscard]] std::string literal_of(Connection& connection, T const& value)
{
    return literal_of(literal_rules(connection), value);
}

/// SQL with the values as literals in place of `{}`.
/// @throws Error as literal_of()
template <Parameter... Values>
[[nodiscard]] FormattedSql format_sql(LiteralRules const& rules,
                                      SqlFormat<sizeof...(Values)> format, Values const&... values)
{
    detail::check(rules);
    FormattedSql sql;
    std::size_t at = 0;
    std::size_t index = 0;
    detail::append_to_next_place(sql.text_, format.text(), at);
    ((detail::append_literal(sql.text_, rules, values, index++),
      detail::append_to_next_place(sql.text_, format.text(), at)),
     ...);
    return sql;
}
/// The same for a connection, as it is now.
template <Parameter... Values>
[[nodiscard]] FormattedSql format_sql(Connection& connection, SqlFormat<sizeof...(Values)> format,
                                      Values const&... values)
{
    return format_sql(literal_rules(connection), format, values...);
}

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/format.ipp>
#endif

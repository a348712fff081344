#pragma once

#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// @file
/// Which statements leave a session as it was, by their text: for what servers do not report, such as locks. Whatever is
/// not known to do so is taken to change it.

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a plain statement may begin with. Sorted.
inline constexpr std::array<std::string_view, 17> plain_beginnings{
    "BEGIN",   "COMMIT", "DELETE",  "DESC",    "DESCRIBE", "DO",
    "EXPLAIN", "INSERT", "RELEASE", "REPLACE", "ROLLBACK", "SAVEPOINT",
    "SELECT",  "SHOW",   "START",   "UPDATE",  "WITH"};

/// What may stand before a parenthesis: words of the language, types, and functions of servers that leave nothing
/// behind. Sorted. One that is not here may be a stored function, which can do anything.
// clang-format off
inline constexpr std::array<std::string_view, 228> plain_before_parenthesis{
    "ABS", "ADDDATE", "ADDTIME", "AGAINST", "ALL", "AND", "ANY", "AS", "ASCII", "AVG", "BETWEEN", "BIGINT",
    "BINARY", "BIT_AND", "BIT_COUNT", "BIT_OR", "BIT_XOR", "BY", "CASE", "CAST", "CEIL", "CEILING", "CHAR",
    "CHARACTER_LENGTH", "CHAR_LENGTH", "COALESCE", "COLUMNS", "CONCAT", "CONCAT_WS", "CONNECTION_ID", "CONV", "CONVERT",
    "COUNT", "CRC32", "CUME_DIST", "CURDATE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER",
    "CURTIME", "DATABASE", "DATE", "DATEDIFF", "DATETIME", "DATE_ADD", "DATE_FORMAT", "DATE_SUB", "DAY", "DAYNAME",
    "DAYOFMONTH", "DAYOFWEEK", "DAYOFYEAR", "DECIMAL", "DENSE_RANK", "DISTINCT", "DIV", "ELSE", "ELT", "EXCEPT", "EXISTS",
    "EXP", "EXTRACT", "FIELD", "FIND_IN_SET", "FIRST_VALUE", "FLOAT", "FLOOR", "FORMAT", "FOUND_ROWS", "FROM",
    "FROM_BASE64", "FROM_DAYS", "FROM_UNIXTIME", "GREATEST", "GROUP_CONCAT", "HAVING", "HEX", "HOUR", "IF",
    "IFNULL", "IN", "INDEX", "INET6_ATON", "INET6_NTOA", "INET_ATON", "INET_NTOA", "INSERT", "INSTR", "INT", "INTERSECT",
    "INTERVAL", "ISNULL", "JOIN", "JSON_ARRAY", "JSON_ARRAYAGG", "JSON_CONTAINS", "JSON_EXTRACT", "JSON_INSERT",
    "JSON_LENGTH", "JSON_OBJECT", "JSON_OBJECTAGG", "JSON_REMOVE", "JSON_REPLACE", "JSON_SET", "JSON_TABLE",
    "JSON_TYPE", "JSON_UNQUOTE", "JSON_VALID", "JSON_VALUE", "KEY", "LAG", "LAST_DAY", "LAST_INSERT_ID", "LAST_VALUE",
    "LATERAL", "LCASE", "LEAD", "LEAST", "LEFT", "LENGTH", "LIKE", "LN", "LOCALTIME", "LOCALTIMESTAMP", "LOCATE", "LOG",
    "LOG10", "LOG2", "LOWER", "LPAD", "LTRIM", "MAKEDATE", "MATCH", "MAX", "MD5", "MICROSECOND", "MID", "MIN", "MINUTE",
    "MOD", "MONTH", "MONTHNAME", "NOT", "NOW", "NTH_VALUE", "NTILE", "NULLIF", "OCTET_LENGTH", "OF", "ON", "OR", "OVER",
    "PARTITION", "PERCENT_RANK", "POSITION", "POW", "POWER", "QUARTER", "QUOTE", "RANK", "REGEXP_REPLACE",
    "REGEXP_SUBSTR", "REPEAT", "REPLACE", "RETURNING", "REVERSE", "RIGHT", "ROUND", "ROW", "ROW_COUNT", "ROW_NUMBER",
    "RPAD", "RTRIM", "SECOND", "SELECT", "SHA1", "SHA2", "SIGN", "SLEEP", "SOME", "SQRT", "STDDEV", "STRCMP", "STR_TO_DATE",
    "SUBDATE", "SUBSTR", "SUBSTRING", "SUM", "SYSDATE", "THEN", "TIME", "TIMEDIFF", "TIMESTAMP", "TIMESTAMPADD",
    "TIMESTAMPDIFF", "TIME_FORMAT", "TIME_TO_SEC", "TO_BASE64", "TO_DAYS", "TO_SECONDS", "TRIM", "TRUNCATE", "UCASE",
    "UNHEX", "UNION", "UNIX_TIMESTAMP", "UPDATE", "UPPER", "USER", "USING", "UTC_DATE", "UTC_TIME", "UTC_TIMESTAMP", "UUID",
    "VALUE", "VALUES", "VARCHAR", "VARIANCE", "VERSION", "WEEK", "WEEKDAY", "WEEKOFYEAR", "WHEN", "WHERE",
    "XOR", "YEAR", "YEARWEEK"};
// clang-format on

/// Whether a word is in a sorted list, in whatever case.
template <std::size_t Size>
[[nodiscard]] constexpr bool is_one_of(std::array<std::string_view, Size> const& words,
                                       std::string_view word) noexcept
{
    std::array<char, 24> upper{};
    if (word.empty() || word.size() > upper.size())
        return false;
    for (std::size_t i = 0; i < word.size(); ++i)
        upper[i] =
            word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 'a' + 'A') : word[i];
    return std::binary_search(words.begin(), words.end(),
                              std::string_view{upper.data(), word.size()});
}

[[nodiscard]] constexpr bool is_sql_space(char c) noexcept
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Of a name or word. Bytes of other alphabets may be of one.
[[nodiscard]] constexpr bool is_of_sql_word(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80U;
}

/// The word that ends before `end`, behind spaces, which are left out; `end` moves to its beginning.
[[nodiscard]] constexpr std::string_view sql_word_before(std::string_view sql,
                                                         std::size_t& end) noexcept
{
    while (end != 0 && is_sql_space(sql[end - 1]))
        --end;
    std::size_t const behind = end;
    while (end != 0 && is_of_sql_word(sql[end - 1]))
        --end;
    return sql.substr(end, behind - end);
}

/// Whether the parenthesis at `at` follows nothing that could be a call of a function that is not known: an operator,
/// a word of the list, or the table's name in `INTO table (`.
[[nodiscard]] constexpr bool is_plain_parenthesis(std::string_view sql, std::size_t at) noexcept
{
    std::size_t place = at;
    std::string_view const word = sql_word_before(sql, place);
    char const before = place != 0 ? sql[place - 1] : ' ';
    std::size_t dot = place; // around which spaces may stand
    while (dot != 0 && is_sql_space(sql[dot - 1]))
        --dot;
    bool const is_qualified = dot != 0 && sql[dot - 1] == '.';
    if (word.empty() &&
        (before == ')' || before == '(' || before == ',' || before == '=' || before == '<' ||
         before == '>' || before == '+' || before == '-' || before == '*' || before == '/' ||
         before == '%' || before == '!' || before == '&' || before == '|' || before == '^' ||
         before == '~' || place == 0))
        return true;
    if (!is_qualified && before != '`' && is_one_of(plain_before_parenthesis, word))
        return true;
    // INTO table, `table`, schema.table or `schema`.`table`
    place = at;
    for (bool is_last = true;; is_last = false) {
        while (is_last && place != 0 && is_sql_space(sql[place - 1]))
            --place;
        std::size_t const end = place;
        if (place != 0 && sql[place - 1] == '`') {
            --place;
            while (place != 0 && sql[place - 1] != '`')
                --place;
            if (place == 0)
                return false;
            --place;
        } else {
            while (place != 0 && is_of_sql_word(sql[place - 1]))
                --place;
        }
        if (place == end)
            return false;
        if (place == 0 || sql[place - 1] != '.')
            break;
        --place;
    }
    constexpr std::array<std::string_view, 1> into{"INTO"};
    return place != 0 && is_sql_space(sql[place - 1]) &&
           is_one_of(into, sql_word_before(sql, place));
}

/// Whether a statement leaves the session as it was, but for a transaction and what is told of the latest statement. What
/// stands within literals is looked at as if it stood outside of them: how they end depends on settings of the server.
[[nodiscard]] constexpr bool is_plain_statement(std::string_view sql) noexcept
{
    // A long text takes longer to look at than a session takes to be reset.
    constexpr std::size_t longest = std::size_t{32} << 10U;
    if (sql.size() > longest)
        return false;
    while (!sql.empty() && (is_sql_space(sql.back()) || sql.back() == ';'))
        sql.remove_suffix(1);
    std::size_t begin = 0;
    while (begin != sql.size() && (is_sql_space(sql[begin]) || sql[begin] == '('))
        ++begin;
    std::size_t end = begin;
    while (end != sql.size() && is_of_sql_word(sql[end]))
        ++end;
    std::string_view const first = sql.substr(begin, end - begin);
    if (!is_one_of(plain_beginnings, first))
        return false;
    constexpr std::array<std::string_view, 1> begin_word{"BEGIN"};
    constexpr std::array<std::string_view, 1> start_word{"START"};
    constexpr std::array<std::string_view, 1> transaction_word{"TRANSACTION"};
    if (is_one_of(begin_word, first) && end != sql.size())
        return false; // of a block of statements
    if (is_one_of(start_word, first)) {
        while (end != sql.size() && is_sql_space(sql[end]))
            ++end;
        if (!is_one_of(transaction_word, sql.substr(end, transaction_word[0].size())))
            return false;
    }
    for (std::size_t i = begin; i < sql.size(); ++i) {
        char const next = i + 1 < sql.size() ? sql[i + 1] : ' ';
        switch (sql[i]) {
        case '@': // a variable
        case ';': // another statement
        case '#': // a comment, as the two below: what stands around it may belong together
        case '\0':
            return false;
        case '/':
            if (next == '*')
                return false;
            break;
        case '-':
            if (next == '-')
                return false;
            break;
        case '_': {
            constexpr std::array<std::string_view, 1> found_rows{"CALC_FOUND_ROWS"};
            if (is_one_of(found_rows, sql.substr(i + 1, found_rows[0].size())))
                return false;
            break;
        }
        case '(':
            if (i != begin && !is_plain_parenthesis(sql, i))
                return false;
            break;
        default:
            break;
        }
    }
    return true;
}

/// The same for commands as they travel, one or several. @see StateWatch::are_plain
[[nodiscard]] inline bool are_plain_commands(Bytes commands) noexcept
{
    std::size_t at = 0;
    while (commands.size() - at > frame_header_size) {
        std::byte const* const header = commands.data() + at;
        std::size_t const size = std::to_integer<std::size_t>(header[0]) |
                                 std::to_integer<std::size_t>(header[1]) << 8U |
                                 std::to_integer<std::size_t>(header[2]) << 16U;
        at += frame_header_size;
        if (size == 0 || size >= largest_frame || size > commands.size() - at)
            return false;
        switch (static_cast<Command>(header[frame_header_size])) {
        case Command::ping:
        case Command::
            execute: // prepared since the session was at its beginning, and looked at then
        case Command::bulk_execute:
        case Command::send_long_data:
        case Command::close_statement:
        case Command::reset_statement:
            break;
        case Command::query:
        case Command::prepare:
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
            if (!is_plain_statement(
                    {reinterpret_cast<char const*>(commands.data()) + at + 1, size - 1}))
                return false;
            break;
        default: // of another database, of another user, or unknown
            return false;
        }
        at += size;
    }
    return at == commands.size();
}

} // namespace sealsql::inline SEALSQL_ABI::detail

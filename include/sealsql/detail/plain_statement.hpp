#pragma once

#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/state_watch.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

/// @file
/// What statements may leave behind in a session, by their text: of what servers do not report, such as locks. Whatever is
/// not known to leave nothing is taken to leave anything.

namespace sealsql::inline SEALSQL_ABI::detail {

/// What a plain statement may begin with. Sorted.
inline constexpr std::array<std::string_view, 17> plain_beginnings{
    "BEGIN",   "COMMIT", "DELETE",  "DESC",    "DESCRIBE", "DO",
    "EXPLAIN", "INSERT", "RELEASE", "REPLACE", "ROLLBACK", "SAVEPOINT",
    "SELECT",  "SHOW",   "START",   "UPDATE",  "WITH"};

/// What may stand before a parenthesis, spaces between them or not: words of the language and types, of MariaDB and MySQL
/// alike. Sorted. A stored function of such a name can only be called with quotes or with its schema.
// clang-format off
inline constexpr std::array<std::string_view, 55> words_before_parenthesis{
    "ALL", "AND", "ANY", "AS", "BETWEEN", "BIGINT", "BINARY", "BY", "CASE", "CHAR", "DATE", "DATETIME", "DECIMAL",
    "DISTINCT", "DIV", "ELSE", "EXISTS", "FLOAT", "FROM", "HAVING", "IF", "IN", "INDEX", "INSERT", "INT",
    "INTERVAL", "JOIN", "KEY", "LEFT", "LIKE", "MATCH", "MOD", "NOT", "ON", "OR", "OVER", "PARTITION", "REPLACE",
    "RIGHT", "ROW", "SELECT", "SOME", "THEN", "TIME", "TIMESTAMP", "UNION", "UPDATE", "USING", "VALUE", "VALUES",
    "VARCHAR", "WHEN", "WHERE", "XOR", "YEAR"};

/// Functions of servers that leave nothing behind. Sorted. One that is not here may be a stored function, which can do
/// anything; and so may `sum (1)`, for whether spaces make a difference depends on the function, the server and its mode
/// (IGNORE_SPACE).
inline constexpr std::array<std::string_view, 163> plain_functions{
    "ABS", "ADDDATE", "ADDTIME", "ASCII", "AVG", "BIT_AND", "BIT_COUNT", "BIT_OR", "BIT_XOR", "CAST", "CEIL",
    "CEILING", "CHARACTER_LENGTH", "CHAR_LENGTH", "COALESCE", "CONCAT", "CONCAT_WS", "CONNECTION_ID", "CONV",
    "CONVERT", "COUNT", "CRC32", "CUME_DIST", "CURDATE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP",
    "CURRENT_USER", "CURTIME", "DATABASE", "DATEDIFF", "DATE_ADD", "DATE_FORMAT", "DATE_SUB", "DAY", "DAYNAME",
    "DAYOFMONTH", "DAYOFWEEK", "DAYOFYEAR", "DENSE_RANK", "ELT", "EXP", "EXTRACT", "FIELD", "FIND_IN_SET",
    "FIRST_VALUE", "FLOOR", "FORMAT", "FOUND_ROWS", "FROM_BASE64", "FROM_DAYS", "FROM_UNIXTIME", "GREATEST",
    "GROUP_CONCAT", "HEX", "HOUR", "IFNULL", "INET6_ATON", "INET6_NTOA", "INET_ATON", "INET_NTOA", "INSTR",
    "ISNULL", "JSON_ARRAY", "JSON_ARRAYAGG", "JSON_CONTAINS", "JSON_EXTRACT", "JSON_INSERT", "JSON_LENGTH",
    "JSON_OBJECT", "JSON_OBJECTAGG", "JSON_REMOVE", "JSON_REPLACE", "JSON_SET", "JSON_TYPE", "JSON_UNQUOTE",
    "JSON_VALID", "JSON_VALUE", "LAG", "LAST_DAY", "LAST_INSERT_ID", "LAST_VALUE", "LCASE", "LEAD", "LEAST",
    "LENGTH", "LN", "LOCALTIME", "LOCALTIMESTAMP", "LOCATE", "LOG", "LOG10", "LOG2", "LOWER", "LPAD", "LTRIM",
    "MAKEDATE", "MAX", "MICROSECOND", "MID", "MIN", "MINUTE", "MONTH", "MONTHNAME", "NOW", "NTH_VALUE", "NTILE",
    "NULLIF", "OCTET_LENGTH", "PERCENT_RANK", "POSITION", "POW", "POWER", "QUARTER", "QUOTE", "RANK",
    "REGEXP_REPLACE", "REGEXP_SUBSTR", "REPEAT", "REVERSE", "ROUND", "ROW_COUNT", "ROW_NUMBER", "RPAD", "RTRIM",
    "SECOND", "SHA2", "SIGN", "SLEEP", "SQRT", "STDDEV", "STRCMP", "STR_TO_DATE", "SUBDATE", "SUBSTR", "SUBSTRING",
    "SUM", "SYSDATE", "TIMEDIFF", "TIMESTAMPADD", "TIMESTAMPDIFF", "TIME_FORMAT", "TIME_TO_SEC", "TO_BASE64",
    "TO_DAYS", "TO_SECONDS", "TRIM", "TRUNCATE", "UCASE", "UNHEX", "UNIX_TIMESTAMP", "UPPER", "USER", "UTC_DATE",
    "UTC_TIME", "UTC_TIMESTAMP", "UUID", "VARIANCE", "VERSION", "WEEK", "WEEKDAY", "WEEKOFYEAR", "YEARWEEK"};
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
/// a word or function of the lists, or the table's name in `INTO table (`.
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
    bool const is_adjacent = !is_sql_space(sql[at - 1]);
    if (!is_qualified && before != '`' &&
        (is_one_of(words_before_parenthesis, word) ||
         (is_adjacent && is_one_of(plain_functions, word))))
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

/// Whether it begins as taking the next value of a sequence does, without parentheses.
[[nodiscard]] constexpr bool is_next_value(std::string_view sql) noexcept
{
    constexpr std::array<std::string_view, 1> in_one_word{"NEXTVAL"};
    constexpr std::array<std::string_view, 1> next{"NEXT"};
    constexpr std::array<std::string_view, 1> value{"VALUE"};
    if (is_one_of(in_one_word, sql.substr(0, in_one_word[0].size())))
        return true;
    std::size_t at = next[0].size();
    if (!is_one_of(next, sql.substr(0, at)))
        return false;
    while (at < sql.size() && is_sql_space(sql[at]))
        ++at;
    return at != next[0].size() &&
           is_one_of(value, sql.substr(std::min(at, sql.size()), value[0].size()));
}

/// What a statement may leave behind in the session that is not reported, but for a transaction and what is told of the
/// latest statement. What stands within literals is looked at as if it stood outside of them: how they end depends on
/// settings of the server.
///
/// What a trigger changes is reported, but for locks, and each table may have one. A view whose query locks is not thought of:
/// nothing would be plain.
[[nodiscard]] constexpr Trace trace_of(std::string_view sql) noexcept
{
    // A long text takes longer to look at than a session takes to be reset.
    constexpr std::size_t longest = std::size_t{32} << 10U;
    if (sql.size() > longest)
        return Trace::anything;
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
        return Trace::anything;
    constexpr std::array<std::string_view, 1> begin_word{"BEGIN"};
    constexpr std::array<std::string_view, 1> start_word{"START"};
    constexpr std::array<std::string_view, 1> transaction_word{"TRANSACTION"};
    if (is_one_of(begin_word, first) && end != sql.size())
        return Trace::anything; // of a block of statements
    if (is_one_of(start_word, first)) {
        while (end != sql.size() && is_sql_space(sql[end]))
            ++end;
        if (!is_one_of(transaction_word, sql.substr(end, transaction_word[0].size())))
            return Trace::anything;
    }
    for (std::size_t i = begin; i < sql.size(); ++i) {
        char const next = i + 1 < sql.size() ? sql[i + 1] : ' ';
        switch (sql[i]) {
        case '@': // a variable
        case ';': // another statement
        case '#': // a comment, as the two below: what stands around it may belong together
        case '\0':
            return Trace::anything;
        case '/':
            if (next == '*')
                return Trace::anything;
            break;
        case '-':
            if (next == '-')
                return Trace::anything;
            break;
        case '_': {
            constexpr std::array<std::string_view, 1> found_rows{"CALC_FOUND_ROWS"};
            if (is_one_of(found_rows, sql.substr(i + 1, found_rows[0].size())))
                return Trace::anything;
            break;
        }
        case 'N': // NEXT VALUE FOR sequence, or sequence.NEXTVAL: LASTVAL() tells the next borrower of it
        case 'n':
            if (is_next_value(sql.substr(i)))
                return Trace::anything;
            break;
        case '(':
            if (i != begin && !is_plain_parenthesis(sql, i))
                return Trace::anything;
            break;
        default:
            break;
        }
    }
    constexpr std::array<std::string_view, 5> writing{"DELETE", "INSERT", "REPLACE", "UPDATE",
                                                      "WITH"};
    return is_one_of(writing, first) ? Trace::locks : Trace::none;
}

/// Whether a writing statement has a word by which it gives rows.
[[nodiscard]] constexpr bool may_give_rows(std::string_view sql) noexcept
{
    constexpr std::array<std::string_view, 1> returning{"RETURNING"};
    for (std::size_t end = sql.size(); end != 0;) {
        std::string_view const word = sql_word_before(sql, end);
        if (is_one_of(returning, word))
            return true;
        end -= word.empty() && end != 0 ? 1 : 0;
    }
    return false;
}

/// The same for commands as they travel, one or several. @see StateWatch::find_traces
[[nodiscard]] inline Trace traces_of(Bytes commands) noexcept
{
    Trace found = Trace::none;
    std::size_t at = 0;
    while (commands.size() - at > frame_header_size) {
        std::byte const* const header = commands.data() + at;
        std::size_t const size = std::to_integer<std::size_t>(header[0]) |
                                 std::to_integer<std::size_t>(header[1]) << 8U |
                                 std::to_integer<std::size_t>(header[2]) << 16U;
        at += frame_header_size;
        if (size == 0 || size >= largest_frame || size > commands.size() - at)
            return Trace::anything;
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        std::string_view const text{reinterpret_cast<char const*>(commands.data()) + at + 1,
                                    size - 1};
        auto const command = static_cast<Command>(header[frame_header_size]);
        switch (command) {
        case Command::ping:
        case Command::execute: // see StateWatch::note_execute()
        case Command::send_long_data:
        case Command::close_statement:
        case Command::reset_statement:
            break;
        case Command::bulk_execute:
            found = Trace::locks;
            break;
        case Command::query:
        case Command::prepare: {
            Trace trace = trace_of(text);
            // Of what is executed later it is told then that it writes, by its giving no rows.
            if (command == Command::prepare && trace == Trace::locks && may_give_rows(text))
                trace = Trace::anything;
            if (trace == Trace::anything)
                return trace;
            found = std::max(found, trace);
            break;
        }
        default: // of another database, of another user, or unknown
            return Trace::anything;
        }
        at += size;
    }
    return at == commands.size() ? found : Trace::anything;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

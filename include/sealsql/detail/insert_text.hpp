#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The parts of an `INSERT … VALUES (…)` that can be made one for many rows.
struct InsertText {
    std::string_view head; ///< up to the row
    std::string_view row;  ///< from `(` to `)`
    std::string_view tail; ///< what follows, without parameters
    std::size_t parameters = 0;
};

/// Whether a statement may ask what the one before it has left, so that rows cannot be sent as one: LAST_INSERT_ID() without
/// an argument, and variables of the server. What only looks like it costs no more than time.
[[nodiscard]] inline bool asks_for_last(std::string_view sql) noexcept
{
    constexpr std::string_view function = "LAST_INSERT_ID";
    constexpr auto upper = [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    };
    for (; !sql.empty(); sql.remove_prefix(1)) {
        if (sql.substr(0, 2) == "@@")
            return true;
        std::size_t same = 0;
        while (same < function.size() && same < sql.size() && upper(sql[same]) == function[same])
            ++same;
        if (same != function.size())
            continue;
        std::size_t i = sql.find_first_not_of(" \t\r\n", same);
        if (i == std::string_view::npos || sql[i] != '(')
            return true;
        i = sql.find_first_not_of(" \t\r\n", i + 1);
        if (i == std::string_view::npos || sql[i] == ')' || sql[i] == '/' || sql[i] == '-' ||
            sql[i] == '#')
            return true;
    }
    return false;
}

/// Takes SQL apart that is so plain that nothing in it can be taken for something else: no comments, no
/// backslashes, no second statement.
/// @return false for any other, and for what is no INSERT or REPLACE of one row that has all the parameters
[[nodiscard]] inline bool split_insert(std::string_view sql, InsertText& insert) noexcept
{
    constexpr auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '$' || static_cast<unsigned char>(c) >= 0x80U;
    };
    constexpr auto equals = [](std::string_view word, std::string_view upper) {
        if (word.size() != upper.size())
            return false;
        for (std::size_t i = 0; i < word.size(); ++i) {
            char const c = word[i];
            if ((c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c) != upper[i])
                return false;
        }
        return true;
    };

    std::size_t depth = 0;
    std::size_t words = 0;
    bool values_came = false; // the word just before
    std::size_t begin = 0;    // of the row
    std::size_t end = 0;
    std::size_t i = 0;
    while (i < sql.size()) {
        char const c = sql[i];
        char const next = i + 1 < sql.size() ? sql[i + 1] : ' ';
        if (is_word(c)) {
            std::size_t const from = i;
            while (i < sql.size() && is_word(sql[i]))
                ++i;
            std::string_view const word = sql.substr(from, i - from);
            if (words++ == 0 && !equals(word, "INSERT") && !equals(word, "REPLACE"))
                return false;
            // What comes of a SELECT is not known, and RETURNING gives rows.
            if (equals(word, "SELECT") || equals(word, "RETURNING"))
                return false;
            bool const is_values = depth == 0 && (equals(word, "VALUES") || equals(word, "VALUE"));
            values_came = is_values && end == 0;
            continue;
        }
        switch (c) {
        case '\'':
        case '"':
        case '`':
            // Of two in a row, the second begins another text, which comes to the same.
            do {
                if (++i == sql.size() || sql[i] == '\\')
                    return false;
            } while (sql[i] != c);
            values_came = false;
            break;
        case '(':
            if (depth++ == 0 && values_came)
                begin = i;
            values_came = false;
            break;
        case ')':
            if (depth-- == 0)
                return false;
            if (depth == 0 && begin != 0 && end == 0)
                end = i + 1;
            break;
        case ',':
            if (depth == 0 &&
                end != 0) // a second row, or an assignment behind ON DUPLICATE KEY UPDATE
                for (std::size_t j = i + 1; j < sql.size(); ++j) {
                    if (sql[j] == '(')
                        return false;
                    if (is_word(sql[j]))
                        break;
                }
            values_came = false;
            break;
        case '?':
            if (begin == 0 || end != 0)
                return false;
            ++insert.parameters;
            break;
        case '\\':
        case '#':
        case ';':
        case '\0':
            return false;
        case '-':
        case '/':
            if (next == c || next == '*')
                return false;
            values_came = false;
            break;
        case ' ':
        case '\t':
        case '\r':
        case '\n':
            break;
        default:
            values_came = false;
            break;
        }
        ++i;
    }
    if (depth != 0 || end == 0 || insert.parameters == 0)
        return false;
    insert.head = sql.substr(0, begin);
    insert.row = sql.substr(begin, end - begin);
    insert.tail = sql.substr(end);
    return true;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

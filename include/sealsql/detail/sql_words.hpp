#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Goes through SQL of any origin word by word, for those who only look at it, such as logs.
///
/// What is a literal to some server in some SQL mode is one here. It stops where that cannot be told: what is behind could be the
/// rest of a literal. See SqlProblem for what that is. The text may be in any character set that a client can have.
class SqlWords {
public:
    enum class Kind : std::uint8_t {
        word,
        /// In backticks, and looks like a name.
        quoted_name,
        literal,
        /// One character.
        symbol,
    };

    explicit SqlWords(std::string_view sql) noexcept : sql_{sql} {}

    /// @return false at the end, and where it stops
    [[nodiscard]] bool next() noexcept
    {
        bool const joins_name = at_ != 0 && (kind_ == Kind::word || kind_ == Kind::quoted_name);
        has_space_ = false;
        if (is_cut_ || !skip_space() || at_ == sql_.size())
            return false;
        begin_ = at_;
        char const c = sql_[at_];
        if (c == '\'' || c == '"')
            return take_literal();
        if (c == '`')
            return take_quoted_name();
        if (is_digit(c) || (c == '.' && is_digit(ahead(1)) && (!joins_name || has_space_)))
            return take_number();
        if (is_word(c) && c != '$')
            return take_word();
        if (c == '$' || static_cast<unsigned char>(c) < ' ' || c == del)
            return cut();
        ++at_;
        kind_ = Kind::symbol;
        return true;
    }

    [[nodiscard]] Kind kind() const noexcept { return kind_; }

    /// Of a quoted name with its backticks.
    [[nodiscard]] std::string_view text() const noexcept
    {
        return sql_.substr(begin_, at_ - begin_);
    }

    [[nodiscard]] bool is_symbol(char c) const noexcept
    {
        return kind_ == Kind::symbol && sql_[begin_] == c;
    }

    /// Whether there is space or a comment in front of it.
    [[nodiscard]] bool has_space() const noexcept { return has_space_; }

    /// Whether it stopped before the end.
    [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }

private:
    static constexpr char del = 0x7F;

    [[nodiscard]] static bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
    [[nodiscard]] static bool is_high(char c) noexcept
    {
        return static_cast<unsigned char>(c) >= 0x80U;
    }
    [[nodiscard]] static bool is_word(char c) noexcept
    {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
               c == '$' || is_high(c);
    }

    /// NUL beyond the end.
    [[nodiscard]] char ahead(std::size_t count) const noexcept
    {
        return count < sql_.size() - at_ ? sql_[at_ + count] : '\0';
    }

    bool cut() noexcept
    {
        is_cut_ = true;
        return false;
    }

    [[nodiscard]] bool skip_space() noexcept
    {
        for (; at_ < sql_.size(); has_space_ = true) {
            char const c = sql_[at_];
            if (c == ' ' || (c >= '\t' && c <= '\r'))
                ++at_;
            else if (c == '#' || (c == '-' && ahead(1) == '-')) {
                if (c == '-' && is_high(ahead(2)))
                    return cut();
                if (c == '-' && ahead(2) > ' ' && ahead(2) != del)
                    return true;
                at_ = sql_.find('\n', at_);
                if (at_ == std::string_view::npos)
                    at_ = sql_.size();
            } else if (c == '/' && ahead(1) == '*') {
                if (!skip_comment())
                    return false;
            } else {
                return true;
            }
        }
        return true;
    }

    [[nodiscard]] bool skip_comment() noexcept
    {
        char const kind = ahead(2);
        std::size_t const end = sql_.find("*/", at_ + 2);
        if (end == std::string_view::npos || kind == '!' || (kind == 'M' && ahead(3) == '!'))
            return cut();
        // Servers differ about what ends a hint.
        if (kind == '+' &&
            sql_.substr(at_, end - at_).find_first_of("'\"`") != std::string_view::npos)
            return cut();
        at_ = end + 2;
        return true;
    }

    /// From the quote on.
    bool take_literal() noexcept
    {
        char const quote = sql_[at_];
        kind_ = Kind::literal;
        std::size_t backslashes = 0;
        for (++at_; at_ < sql_.size(); ++at_) {
            char const c = sql_[at_];
            if (c != quote) {
                backslashes = c == '\\' ? backslashes + 1 : 0;
                continue;
            }
            // Whether it ends here: with an odd number that depends on the mode, and behind half of a character on the
            // character set.
            is_cut_ =
                backslashes % 2 != 0 || (backslashes != 0 && is_high(sql_[at_ - backslashes - 1]));
            if (is_cut_)
                return true; // that there is a literal is known
            backslashes = 0;
            ++at_;
            if (at_ == sql_.size() || sql_[at_] != quote)
                return true;
        }
        is_cut_ = true;
        return true;
    }

    bool take_quoted_name() noexcept
    {
        bool looks_like_name = true;
        for (++at_; at_ < sql_.size(); ++at_) {
            char const c = sql_[at_];
            if (c == '`') {
                ++at_;
                kind_ = looks_like_name ? Kind::quoted_name : Kind::literal;
                return true;
            }
            looks_like_name = looks_like_name && (is_word(c) || c == '-' || c == ' ');
        }
        return cut();
    }

    bool take_number() noexcept
    {
        kind_ = Kind::literal;
        for (++at_; at_ < sql_.size(); ++at_) {
            char const c = sql_[at_];
            bool const is_sign = (c == '+' || c == '-') &&
                                 (sql_[at_ - 1] == 'e' || sql_[at_ - 1] == 'E') &&
                                 is_digit(ahead(1));
            if (!is_word(c) && c != '.' && !is_sign)
                break;
        }
        return true;
    }

    bool take_word() noexcept
    {
        kind_ = Kind::word;
        while (at_ < sql_.size() && is_word(sql_[at_]))
            ++at_;
        if (at_ == sql_.size() || (sql_[at_] != '\'' && sql_[at_] != '"'))
            return true;
        // Such as x'4D' or _utf8'M'.
        bool const is_prefix = sql_[begin_] == '_' ||
                               (at_ - begin_ == 1 && std::string_view{"xXbBnN"}.find(
                                                         sql_[begin_]) != std::string_view::npos);
        return is_prefix ? take_literal() : true;
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    std::size_t begin_ = 0;
    Kind kind_ = Kind::symbol;
    bool has_space_ = false;
    bool is_cut_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

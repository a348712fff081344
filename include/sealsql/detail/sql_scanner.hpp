#pragma once

#include <sealsql/detail/because.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Why a text is not taken for SQL.
enum class SqlProblem : std::uint8_t {
    none,
    /// A quote is not closed.
    open_quote,
    /// A comment is not closed.
    open_comment,
    /// An odd number of backslashes before a quote closes it in one SQL mode and not in the other.
    quote_depends_on_mode,
    /// `/*! … */` is SQL to some servers and a comment to others.
    comment_is_sql_to_some,
    /// A quote within `/*+ … */`, where servers differ about what ends it.
    quote_in_hint,
    /// A `$` at the beginning of a word quotes text in MySQL 9, and nowhere else.
    dollar,
    /// A NUL outside of quotes.
    nul,
    /// `--` is a comment if a space follows, and what a space is depends on the character set here.
    dashes,
    /// A name directly behind a word and a colon may be a label's.
    colon,
    /// Ends within a `-- ` comment, which would go on in what is put behind it.
    open_line,
    /// Another number of places than of values.
    count,
    /// `{}` is not by itself: next to a word, a quote or another one it could become something else.
    place_not_apart,
    /// A `{` or `}` alone.
    brace,
};

/// Throws for a text that is no SQL to us: the problem goes behind "the SQL". As a template argument it is in what compilers
/// say of a literal, too.
template <Sentence Problem>
void refuse_sql()
{
    throw client_error(error_code::unknown_error,
                       concat({"the SQL ", Problem.text, "; nothing was sent"}),
                       "write it so that it means the same to every server", "42000");
}

/// Throws what the problem is, if there is one. In a constant expression the compiler shows the line that says it.
constexpr void require_no(SqlProblem problem)
{
    // clang-format off
    switch (problem) {
    case SqlProblem::none:
        return;
    case SqlProblem::open_quote:
        return refuse_sql<Sentence{"has a quote that is not closed"}>();
    case SqlProblem::open_comment:
        return refuse_sql<Sentence{"has a comment that is not closed"}>();
    case SqlProblem::quote_depends_on_mode:
        return refuse_sql<Sentence{"has an odd number of backslashes before a quote, which closes it in some SQL modes only: double the quote instead"}>();
    case SqlProblem::comment_is_sql_to_some:
        return refuse_sql<Sentence{"has a comment that some servers execute (/*!)"}>();
    case SqlProblem::quote_in_hint:
        return refuse_sql<Sentence{"has a quote in an optimizer hint"}>();
    case SqlProblem::dollar:
        return refuse_sql<Sentence{"has a $ that MySQL 9 may take for a quote: put the name in backticks"}>();
    case SqlProblem::nul:
        return refuse_sql<Sentence{"has a NUL outside of quotes"}>();
    case SqlProblem::dashes:
        return refuse_sql<Sentence{"has -- with a character behind it that some character sets take for a space"}>();
    case SqlProblem::colon:
        return refuse_sql<Sentence{"has a :name directly behind a word, which may be a label: put a space between them"}>();
    case SqlProblem::open_line:
        return refuse_sql<Sentence{"ends in a comment, which would go on in what is put behind it: end the line, or use /* */"}>();
    case SqlProblem::count:
        return refuse_sql<Sentence{"has another number of places for values than there are values"}>();
    case SqlProblem::place_not_apart:
        return refuse_sql<Sentence{"has a {} next to a word, a quote or another {}: put a space between them"}>();
    case SqlProblem::brace:
        return refuse_sql<Sentence{"has a brace by itself: write {{ or }} for one"}>();
    }
    // clang-format on
}

/// Goes through SQL from one mark outside of quotes and comments to the next: `?`, `:name`, `{` and `}`.
///
/// It knows as much of SQL as that takes, in MySQL's and MariaDB's dialect with whatever SQL mode, and refuses what
/// would mean one thing here and another there. What is refused, and why: SqlProblem. The text is taken for UTF-8 or another
/// character set in which a byte below 128 is always that character.
class SqlScanner {
public:
    constexpr explicit SqlScanner(std::string_view sql) noexcept : sql_{sql} {}

    /// Moves to the next mark.
    /// @return false at the end, and where problem() is in the way
    [[nodiscard]] constexpr bool next() noexcept
    {
        while (at_ < sql_.size() && problem_ == SqlProblem::none) {
            begin_ = at_;
            switch (sql_[at_]) {
            case '\'':
            case '"':
            case '`':
                skip_quoted(sql_[at_]);
                break;
            case '#':
                skip_line();
                break;
            case '-':
                on_dash();
                break;
            case '/':
                if (ahead(1) == '*')
                    skip_comment();
                else
                    ++at_;
                break;
            case '$':
                if (at_ == 0 || !is_word(sql_[at_ - 1]))
                    problem_ = SqlProblem::dollar;
                ++at_;
                break;
            case '\0':
                problem_ = SqlProblem::nul;
                break;
            case ':':
                if (on_colon())
                    return true;
                break;
            case '?':
            case '{':
            case '}':
                ++at_;
                return true;
            default:
                ++at_;
                break;
            }
        }
        return false;
    }

    /// The mark: `?`, `:`, `{` or `}`.
    [[nodiscard]] constexpr char mark() const noexcept { return sql_[begin_]; }

    /// Where it begins and ends.
    [[nodiscard]] constexpr std::size_t begin() const noexcept { return begin_; }
    [[nodiscard]] constexpr std::size_t end() const noexcept { return at_; }

    /// Goes on from here, which is not before end().
    constexpr void move_to(std::size_t at) noexcept { at_ = at; }

    [[nodiscard]] constexpr SqlProblem problem() const noexcept { return problem_; }

    /// At the end: whether it is in a comment that the next line would end.
    [[nodiscard]] constexpr bool ends_in_comment() const noexcept { return ends_in_comment_; }

    /// Whether the character can be within a name that is not quoted.
    [[nodiscard]] static constexpr bool is_word(char c) noexcept
    {
        return is_name_start(c) || (c >= '0' && c <= '9') || c == '$';
    }

private:
    [[nodiscard]] static constexpr bool is_name_start(char c) noexcept
    {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || !is_ascii(c);
    }
    [[nodiscard]] static constexpr bool is_ascii(char c) noexcept
    {
        return static_cast<unsigned char>(c) < 0x80U;
    }

    /// NUL beyond the end.
    [[nodiscard]] constexpr char ahead(std::size_t count) const noexcept
    {
        return count < sql_.size() - at_ ? sql_[at_ + count] : '\0';
    }

    constexpr void skip_quoted(char quote) noexcept
    {
        std::size_t backslashes = 0;
        for (++at_; at_ < sql_.size(); ++at_) {
            char const c = sql_[at_];
            if (c != quote) {
                backslashes = c == '\\' ? backslashes + 1 : 0;
                continue;
            }
            if (quote != '`' && backslashes % 2 != 0) {
                problem_ = SqlProblem::quote_depends_on_mode;
                return;
            }
            backslashes = 0;
            if (ahead(1) != quote) {
                ++at_;
                return;
            }
            ++at_;
        }
        problem_ = SqlProblem::open_quote;
    }

    constexpr void skip_line() noexcept
    {
        std::size_t const end = sql_.find('\n', at_);
        ends_in_comment_ = end == std::string_view::npos;
        at_ = ends_in_comment_ ? sql_.size() : end + 1;
    }

    constexpr void on_dash() noexcept
    {
        constexpr char del = 0x7F;
        bool const is_double = ahead(1) == '-';
        char const behind = ahead(2);
        if (is_double && !is_ascii(behind))
            problem_ = SqlProblem::dashes;
        else if (is_double && (behind <= ' ' || behind == del)) // also at the end
            skip_line();
        else
            ++at_;
    }

    constexpr void skip_comment() noexcept
    {
        char const kind = ahead(2);
        if (kind == '!' || (kind == 'M' && ahead(3) == '!')) {
            problem_ = SqlProblem::comment_is_sql_to_some;
            return;
        }
        std::size_t const end = sql_.find("*/", at_ + 2);
        if (end == std::string_view::npos) {
            problem_ = SqlProblem::open_comment;
            return;
        }
        if (kind == '+' &&
            sql_.substr(at_, end - at_).find_first_of("'\"`") != std::string_view::npos)
            problem_ = SqlProblem::quote_in_hint;
        at_ = end + 2;
    }

    [[nodiscard]] constexpr bool on_colon() noexcept
    {
        char const before = at_ == 0 ? ' ' : sql_[at_ - 1];
        ++at_;
        if (at_ == sql_.size() || !is_name_start(sql_[at_]))
            return false;
        if (is_word(before) || before == '@' || before == ':' || before == '`' || before == '"') {
            problem_ = SqlProblem::colon;
            return false;
        }
        while (at_ < sql_.size() && is_word(sql_[at_]) && sql_[at_] != '$')
            ++at_;
        return true;
    }

    std::string_view sql_;
    std::size_t at_ = 0;
    std::size_t begin_ = 0;
    SqlProblem problem_ = SqlProblem::none;
    bool ends_in_comment_ = false;
};

/// What is wrong with a piece of SQL that stands for itself and has so many `?`.
[[nodiscard]] constexpr SqlProblem check_piece(std::string_view sql, std::size_t values) noexcept
{
    SqlScanner scanner{sql};
    std::size_t count = 0;
    while (scanner.next())
        count += scanner.mark() == '?' ? 1 : 0;
    return scanner.problem() != SqlProblem::none ? scanner.problem()
           : scanner.ends_in_comment()           ? SqlProblem::open_line
           : count != values                     ? SqlProblem::count
                                                 : SqlProblem::none;
}

/// What is wrong with SQL that has so many `{}`.
[[nodiscard]] constexpr SqlProblem check_format(std::string_view sql, std::size_t values) noexcept
{
    SqlScanner scanner{sql};
    std::size_t count = 0;
    auto const at = [&](std::size_t i) { return i < sql.size() ? sql[i] : ' '; };
    auto const joins = [](char c) {
        return SqlScanner::is_word(c) || c == '\'' || c == '"' || c == '`' || c == '@' ||
               c == '{' || c == '}' || c == '.' || c == '\\';
    };
    while (scanner.next()) {
        if (scanner.mark() != '{' && scanner.mark() != '}')
            continue;
        if (at(scanner.end()) == scanner.mark()) { // written twice
            scanner.move_to(scanner.end() + 1);
            continue;
        }
        if (scanner.mark() == '}' || at(scanner.end()) != '}')
            return SqlProblem::brace;
        if ((scanner.begin() != 0 && joins(at(scanner.begin() - 1))) ||
            joins(at(scanner.end() + 1)))
            return SqlProblem::place_not_apart;
        ++count;
        scanner.move_to(scanner.end() + 1);
    }
    return scanner.problem() != SqlProblem::none ? scanner.problem()
           : count != values                     ? SqlProblem::count
                                                 : SqlProblem::none;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

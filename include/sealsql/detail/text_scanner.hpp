#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/printable.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Letters of ASCII alone: settings and schemes are, and no locale is asked.
[[nodiscard]] constexpr char ascii_lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] constexpr bool is_space(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// A letter, a digit or an underscore.
[[nodiscard]] constexpr bool is_word(char c) noexcept
{
    return is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '_';
}

[[nodiscard]] constexpr bool equal_in_any_case(std::string_view left,
                                               std::string_view right) noexcept
{
    if (left.size() != right.size())
        return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (ascii_lower(left[i]) != ascii_lower(right[i]))
            return false;
    }
    return true;
}

[[nodiscard]] constexpr std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

/// What stands before the first `separator`, which `list` then begins behind.
[[nodiscard]] constexpr std::string_view cut_first(std::string_view& list, char separator) noexcept
{
    std::string_view const first = list.substr(0, list.find(separator));
    list.remove_prefix(first.size() == list.size() ? first.size() : first.size() + 1);
    return first;
}

/// Whether `word` is one of those in `words`, which stand there with a space between.
[[nodiscard]] constexpr bool is_one_of(std::string_view word, std::string_view words,
                                       bool ignores_case) noexcept
{
    while (!words.empty()) {
        std::string_view const one = cut_first(words, ' ');
        if (ignores_case ? equal_in_any_case(one, word) : one == word)
            return true;
    }
    return false;
}

/// A number in decimal digits alone, up to `largest`; false if the text is something else.
[[nodiscard]] constexpr bool read_number(std::string_view text, std::uint64_t largest,
                                         std::uint64_t& number) noexcept
{
    std::uint64_t value = 0;
    for (char const c : text) {
        if (!is_digit(c))
            return false;
        auto const digit = static_cast<std::uint64_t>(c - '0');
        if (digit > largest || value > (largest - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    number = value;
    return !text.empty();
}

/// The value of a hexadecimal digit; 16 for what is none.
[[nodiscard]] constexpr unsigned hex_digit(char c) noexcept
{
    char const lower = ascii_lower(c);
    if (is_digit(c))
        return static_cast<unsigned>(c - '0');
    return lower >= 'a' && lower <= 'f' ? static_cast<unsigned>(lower - 'a' + 10) : 16U;
}

/// Whether an unknown name may be quoted: what a client would call a setting, and no piece of something else.
[[nodiscard]] constexpr bool is_quotable_name(std::string_view name) noexcept
{
    if (name.empty() || name.size() > 64)
        return false;
    for (char const c : name) {
        if (!is_word(c) && c != '-' && c != '.' && c != ' ')
            return false;
    }
    return !name.starts_with('-') && name.find(" -") == name.npos; // options of a program
}

/// Whether a name looks like one of a password.
[[nodiscard]] constexpr bool names_secret(std::string_view name) noexcept
{
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (equal_in_any_case(name.substr(i, 4), "pass") ||
            equal_in_any_case(name.substr(i, 3), "pwd"))
            return true;
    }
    return false;
}

/// Whether a value has taken in the next line or argument, of which one may be a password.
[[nodiscard]] constexpr bool holds_next_argument(std::string_view value) noexcept
{
    for (char const c : value) {
        if (static_cast<unsigned char>(c) < ' ')
            return true;
    }
    std::size_t const sign = value.find_last_of("=:");
    return value.find('"') != value.npos || value.find("',") != value.npos ||
           value.ends_with('\'') || (sign != value.npos && names_secret(value.substr(0, sign)));
}

/// The same of the next column, option or tag, which no literal is mistaken for.
[[nodiscard]] constexpr bool holds_next_column(std::string_view value) noexcept
{
    std::size_t const dash = value.find(" -");
    bool const has_option = dash != value.npos && value.substr(dash + 2, 1) != " ";
    return has_option || value.find_first_of("<|`") != value.npos ||
           value.find(", ") != value.npos || value.find(" / ") != value.npos;
}

/// The same of SQL or a list, to which quotes, commas and spaces belong.
[[nodiscard]] constexpr bool holds_next_string(std::string_view value) noexcept
{
    for (char const c : value) {
        if (static_cast<unsigned char>(c) < ' ')
            return true;
    }
    return value.find("\",") != value.npos || value.find("', '") != value.npos ||
           value.find("</") != value.npos;
}

/// Whether something stands there that a program or a person fills in, such as `${DB_HOST}`, `<host>`, `%s`.
[[nodiscard]] constexpr bool is_placeholder(std::string_view value) noexcept
{
    return value.starts_with('$') || value.starts_with('%') ||
           value.find_first_of("<>{}") != value.npos;
}

/// How values are written in a text.
enum class Encoding : std::uint8_t {
    /// As they are.
    none,
    /// `%XX` is a byte.
    percent,
    /// `%XX` is a byte of UTF-8 and `+` a space, as in forms (JDBC, Go's parameters).
    form,
    /// As TextDraft::decode() of the family has it.
    own,
};

/// Appends `text` as it is meant. False if a `%` is not followed by two hexadecimal digits, or stands for NUL, which
/// no setting can hold, or if a form is not UTF-8: Java and Node put U+FFFD in the place of what is none.
[[nodiscard]] inline bool percent_decode(std::string_view text, Encoding encoding,
                                         std::string& decoded)
{
    std::size_t const begin = decoded.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '+' && encoding == Encoding::form) {
            c = ' ';
        } else if (c == '%' && encoding != Encoding::none) {
            if (text.size() - i < 3)
                return false;
            unsigned const high = hex_digit(text[i + 1]);
            unsigned const low = hex_digit(text[i + 2]);
            if (high > 15 || low > 15 || (high == 0 && low == 0))
                return false;
            c = static_cast<char>(static_cast<unsigned char>(high * 16 + low));
            i += 2;
        }
        decoded += c;
    }
    return encoding != Encoding::form || is_utf8(std::string_view{decoded}.substr(begin));
}

/// A place in a text, which moves on. Nothing here reads beyond the end.
class TextScanner {
public:
    explicit constexpr TextScanner(std::string_view text) noexcept : text_{text} {}

    [[nodiscard]] constexpr bool at_end() const noexcept { return position_ == text_.size(); }

    /// From the text's first byte.
    [[nodiscard]] constexpr std::size_t position() const noexcept { return position_; }

    /// The byte that comes next; NUL at the end.
    [[nodiscard]] constexpr char peek() const noexcept
    {
        return at_end() ? '\0' : text_[position_];
    }

    [[nodiscard]] constexpr std::string_view rest() const noexcept
    {
        return text_.substr(position_);
    }

    /// The byte that comes next, behind which the scanner is then; NUL at the end.
    constexpr char take() noexcept { return at_end() ? '\0' : text_[position_++]; }

    /// So many bytes, or all that are left.
    constexpr std::string_view take(std::size_t size) noexcept
    {
        std::string_view const taken = text_.substr(position_, size);
        position_ += taken.size();
        return taken;
    }

    /// Goes behind `c` if it comes next.
    constexpr bool skip(char c) noexcept
    {
        if (at_end() || text_[position_] != c)
            return false;
        ++position_;
        return true;
    }

    /// Goes behind `word` if it comes next.
    constexpr bool skip(std::string_view word) noexcept
    {
        if (!rest().starts_with(word))
            return false;
        position_ += word.size();
        return true;
    }

    /// @copydoc skip(std::string_view)
    constexpr bool skip_ignoring_case(std::string_view word) noexcept
    {
        if (!equal_in_any_case(rest().substr(0, word.size()), word))
            return false;
        position_ += word.size();
        return true;
    }

    constexpr void skip_spaces() noexcept
    {
        while (!at_end() && is_space(text_[position_]))
            ++position_;
    }

    /// Up to the first of `stops`, which stays, or to the end.
    constexpr std::string_view take_until(std::string_view stops) noexcept
    {
        std::size_t const end = text_.find_first_of(stops, position_);
        return take(end == text_.npos ? text_.size() - position_ : end - position_);
    }

    /// All that are_wanted() holds of.
    template <class Predicate>
    constexpr std::string_view take_while(Predicate is_wanted) noexcept
    {
        std::size_t const from = position_;
        while (!at_end() && is_wanted(text_[position_]))
            ++position_;
        return text_.substr(from, position_ - from);
    }

private:
    std::string_view text_;
    std::size_t position_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

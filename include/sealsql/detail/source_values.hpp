#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// The values that stand in a piece of a program: literals, lists, dictionaries, calls. What somebody wrote
/// to connect from Python, PHP, Ruby or JavaScript is read with it, and nothing is run: where a value would have to be
/// computed, the text is refused. What usually stands around a call that connects, such as imports, is passed over
/// unread, and kept for others to look through.

namespace sealsql::inline SEALSQL_ABI::detail {

/// In which language a text stands.
enum class SourceLanguage : unsigned char { python, php, ruby, javascript };

/// One value; those that it holds follow it.
struct SourceValue {
    enum class Kind : unsigned char {
        /// A string, or Ruby's symbol.
        text,
        /// Decimal digits, with a sign and a fraction if there are.
        number,
        /// A name: of a constant such as `None` or `PDO::ATTR_PERSISTENT`, or of a variable.
        word,
        /// Elements without keys.
        list,
        /// Elements with keys: a dictionary, hash or associative array.
        pairs,
        /// Arguments, with keys or without.
        call,
        /// Constants with `|` between.
        flags,
        /// Python's `**name`.
        unpacked,
        /// What stands around the rest: `text` is as it stands in the source.
        passed,
        /// The same, of an import.
        imported,
    };

    Kind kind = Kind::word;
    /// The text is not what stands in the source: there were escapes, or several pieces.
    bool is_decoded = false;
    /// Python's bytes, which no client encodes.
    bool is_bytes = false;
    /// The key of a pair, the keyword of an argument, or the variable that it is assigned to.
    std::string_view name{};
    /// Of a call, what is called, without `new`.
    std::string_view text{};
    /// The index behind the last value that it holds.
    std::size_t end = 0;
};

/// Reads values into a list, by recursive descent of bounded depth.
class SourceReader {
public:
    SourceReader(SourceLanguage language, std::string_view text, List<SourceValue>& values,
                 ScratchText& decoded) noexcept
        : language_{language}, text_{text}, values_{values}, scratch_{decoded}
    {
    }

    /// Returns whether there was a comma between two of them.
    bool read_statements()
    {
        bool has_comma = false;
        if (text_.size() > max_text_size)
            refuse("it is longer than 64 KiB", "give the part that connects alone");
        if (text_.find('\0') != text_.npos)
            refuse("it holds a NUL character");
        // What other bytes mean to Python is told by a comment, if at all.
        if (is_python() && !is_utf8(text_))
            refuse("it is not UTF-8", "save it as UTF-8");
        if (rest().starts_with("\xEF\xBB\xBF")) // a byte order mark
            text_.remove_prefix(3);
        if (is_php()) {
            skip_space();
            take("<?php");
        }
        for (;;) {
            skip_space();
            // A list of pairs without brackets around it has commas.
            for (;;) {
                bool const is_comma = !is_php() && values_.size() != 0 && take(",");
                if (!is_comma && !take(";"))
                    break;
                skip_space();
                has_comma = has_comma || is_comma;
                may_indent_ = may_indent_ || is_comma;
            }
            if (is_php() && take("?>"))
                skip_space();
            if (at_ == text_.size()) {
                if (open_tries_ != 0 && !is_python())
                    refuse("a block does not end");
                return has_comma;
            }
            if (is_python())
                check_indentation();
            if (pass_over())
                continue;
            read_element(Place::statement);
            bool const new_line = skip_space();
            bool const ends = at_ == text_.size() || peek() == ';' ||
                              (peek() == '}' && open_tries_ != 0) ||
                              (is_php() ? rest().starts_with("?>") : new_line || peek() == ',');
            if (!ends)
                refuse(is_php() && new_line ? "a ; is missing"
                                            : "something stands where the value should have ended");
        }
    }

private:
    enum class Place : std::uint8_t { statement, list, arguments };
    using Kind = SourceValue::Kind;

    static constexpr std::size_t max_values = 1000;
    static constexpr std::size_t max_passed = std::size_t{8} << 10U;
    static constexpr unsigned max_depth = 8;

    [[nodiscard]] bool is_python() const noexcept { return language_ == SourceLanguage::python; }
    [[nodiscard]] bool is_php() const noexcept { return language_ == SourceLanguage::php; }
    [[nodiscard]] bool is_ruby() const noexcept { return language_ == SourceLanguage::ruby; }
    [[nodiscard]] bool is_javascript() const noexcept
    {
        return language_ == SourceLanguage::javascript;
    }

    [[noreturn]] void refuse(std::string_view what, std::string_view remedy = {}) const
    {
        std::size_t line = 1;
        for (char const c : text_.substr(0, at_))
            line += c == '\n' ? 1U : 0U;
        constexpr std::string_view languages[] = {"Python", "PHP", "Ruby", "JavaScript"};
        std::string key;
        if (!key_.empty() && key_.size() <= 64 && !follows_secret_)
            key = concat({" the value of ", printable(key_), ":"});
        throw client_error(
            error_code::unknown_error,
            concat({"the text cannot be read as ", languages[static_cast<unsigned>(language_)],
                    ", line ", std::to_string(line), ":", key, " ", what}),
            std::string{remedy.empty()
                            ? "give the call or the dictionary as it stands in the program, with "
                              "literals for values"
                            : remedy});
    }

    [[noreturn]] void refuse_computed() const
    {
        refuse("it would have to be computed, and no program is run here",
               "put the value itself into the text");
    }

    [[nodiscard]] std::string_view rest() const noexcept { return text_.substr(at_); }
    /// NUL at the end of the text.
    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept
    {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    bool take(std::string_view token) noexcept
    {
        if (!rest().starts_with(token))
            return false;
        at_ += token.size();
        return true;
    }

    [[nodiscard]] static bool is_letter(char c) noexcept
    {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               static_cast<unsigned char>(c) >= 0x80;
    }

    /// Spaces and comments. Returns whether a line ended.
    bool skip_space()
    {
        bool new_line = false;
        bool const has_slashes = is_php() || is_javascript();
        for (;; ++at_) {
            char const c = peek();
            if (c == '\n') {
                new_line = true;
            } else if ((c == '#' && !is_javascript()) ||
                       (has_slashes && rest().starts_with("//"))) {
                at_ = text_.find('\n', at_);
                if (at_ == text_.npos)
                    at_ = text_.size();
                if (at_ == text_.size())
                    return true;
                new_line = true;
            } else if (has_slashes && rest().starts_with("/*")) {
                std::size_t const end = text_.find("*/", at_ + 2);
                if (end == text_.npos)
                    refuse("a comment does not end");
                at_ = end + 1;
            } else if (c == '\\' && !is_php() && peek(1) == '\n') {
                ++at_;
            } else if (c != ' ' && c != '\t' && c != '\r') {
                return new_line;
            }
        }
    }

    /// To Python, a line that is indented deeper than the one before belongs to what that one began.
    void check_indentation()
    {
        std::size_t const begin = text_.substr(0, at_).find_last_not_of(" \t") + 1;
        if (begin != 0 && text_[begin - 1] != '\n')
            return; // behind a semicolon, or behind `try:`
        std::size_t const indentation = at_ - begin;
        if (indentation > indentation_ && !may_indent_)
            refuse("a line is indented deeper than the block that it stands in");
        indentation_ = indentation;
        // What stood before the text's first line may not have been given with it.
        may_indent_ = at_ == 0;
    }

    /// What begins a statement that stands around the one that connects. False if none does; then nothing is taken.
    bool pass_over()
    {
        std::size_t const begin = at_;
        std::size_t const handled = std::exchange(handled_, text_.npos);
        if (peek() == '}' && open_tries_ != 0 && !is_python()) {
            ++at_;
            --open_tries_;
            skip_space();
            if (!is_one_of(read_name(), "catch finally", false))
                refuse("a block ends that is not followed by catch or finally");
            begin_passing(begin, Kind::passed);
            pass_branches();
            return end_passing();
        }
        std::string_view const word = read_name();
        bool const has_space = peek() == ' ' || peek() == '\t';
        bool const is_import = has_space && (is_python() ? is_one_of(word, "import from", false)
                                             : is_javascript() ? word == "import"
                                                               : is_ruby() && word == "require");
        if (is_import) {
            begin_passing(begin, Kind::imported);
            pass_to("\n;");
            return end_passing();
        }
        if (word == "try" && !is_ruby()) {
            skip_space();
            if (take(is_python() ? ":" : "{")) {
                ++open_tries_;
                may_indent_ = true;
                return true;
            }
        }
        if (is_python() && is_one_of(word, "if elif else except finally", false)) {
            // One try may have several of them.
            bool const ends_try = is_one_of(word, "except finally", false);
            if (ends_try && open_tries_ != 0 && handled != indentation_)
                --open_tries_;
            handled_ = ends_try || word == "else" ? indentation_ : text_.npos;
            begin_passing(begin, Kind::passed);
            pass_indented(begin);
            return end_passing();
        }
        if ((is_php() || is_javascript()) && word == "if") {
            begin_passing(begin, Kind::passed);
            pass_branches();
            return end_passing();
        }
        if (is_php() && word == "echo") {
            begin_passing(begin, Kind::passed);
            pass_to(";");
            return end_passing();
        }
        at_ = begin;
        return false;
    }

    void begin_passing(std::size_t begin, Kind kind) noexcept
    {
        piece_ = begin;
        piece_kind_ = kind;
    }

    bool end_passing()
    {
        keep_piece();
        return true;
    }

    /// Of what is passed over, the code is kept, without comments and strings.
    void keep_piece()
    {
        std::string_view const piece = text_.substr(piece_, at_ - piece_);
        count_passed(piece.size());
        if (std::any_of(piece.begin(), piece.end(), is_letter))
            push(piece_kind_, piece);
        piece_ = at_;
    }

    void count_passed(std::size_t size)
    {
        passed_ += size;
        if (passed_ > max_passed)
            refuse("more than 8 KiB stands around what connects",
                   "give the part that connects alone");
    }

    /// Whether a call of it changes nothing about how to connect.
    [[nodiscard]] bool is_harmless(std::string_view callee) const noexcept
    {
        constexpr std::string_view names[] = {
            "print close cursor install_as_MySQLdb exit",
            "die exit error_log mysqli_connect_errno mysqli_connect_error mysqli_close close",
            "puts close",
            "connect end destroy release on log error exit",
        };
        std::string_view const name = callee.substr(callee.find_last_of(".:>\\") + 1);
        return is_one_of(name, names[static_cast<unsigned>(language_)], false);
    }

    /// Goes to the first of these characters outside of brackets and strings, or to the end of the text.
    void pass_to(std::string_view stops)
    {
        while (at_ != text_.size() && stops.find(peek()) == stops.npos)
            pass_one();
    }

    /// A character, or a string, a comment, or what brackets hold.
    void pass_one()
    {
        std::array<char, 16> open{};
        std::size_t depth = 0;
        do {
            char const c = peek();
            bool const is_comment = (c == '#' && !is_javascript()) ||
                                    ((is_php() || is_javascript()) &&
                                     (rest().starts_with("//") || rest().starts_with("/*")));
            if (at_ == text_.size())
                refuse("a bracket is not closed");
            if (c == '\'' || c == '"' || c == '`') {
                keep_piece();
                pass_string();
                piece_ = at_;
                continue;
            }
            if (is_comment) {
                // The line's end is the statement's as well.
                bool const is_block = rest().starts_with("/*");
                std::size_t const end = text_.find(is_block ? "*/" : "\n", at_ + 1);
                keep_piece();
                if (end == text_.npos && is_block)
                    refuse("a comment does not end");
                at_ = std::min(end, text_.size());
                at_ += is_block ? 2U : 0U;
                piece_ = at_;
                continue;
            }
            if (!is_php() && (take("\\\n") || take("\\\r\n")))
                continue; // the line goes on
            // What a string may begin or end with, unseen.
            bool const is_unclear =
                (is_javascript() && c == '/') ||
                (is_ruby() && (c == '/' || c == '%' || c == '?' || rest().starts_with("<<") ||
                               rest().starts_with("=begin"))) ||
                (is_php() && (rest().starts_with("<<<") || rest().starts_with("?>")));
            if (is_unclear)
                refuse("what stands around what connects cannot be told from it",
                       "give the part that connects alone");
            constexpr std::string_view brackets = "([{)]}";
            std::size_t const which = brackets.find(c);
            ++at_;
            if (which >= brackets.size())
                continue;
            if (which < 3) {
                if (depth == open.size())
                    refuse("brackets are nested deeper than 16");
                open[depth++] = brackets[which + 3];
            } else if (depth == 0 || open[--depth] != c) {
                refuse("a bracket closes none");
            }
        } while (depth != 0);
    }

    void pass_string()
    {
        char const quote = peek();
        bool const triple = is_python() && peek(1) == quote && peek(2) == quote;
        at_ += triple ? 3U : 1U;
        std::size_t const begin = at_;
        for (;; ++at_) {
            char const c = peek();
            if (at_ == text_.size())
                refuse("a string does not end");
            if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote)))
                break;
            if (c == '\n' && !triple && (is_python() || (is_javascript() && quote != '`')))
                refuse("a string does not end on its line");
            if (quote == '`' && c == '$' && peek(1) == '{')
                refuse_computed();
            if (c == '\\' && at_ + 1 != text_.size())
                ++at_;
        }
        // It may be a key, or what is imported; prose is neither.
        std::string_view const content = text_.substr(begin, at_ - begin);
        if (!content.empty() && std::all_of(content.begin(), content.end(), is_word))
            push(piece_kind_, content);
        // Code that stands in it is run, and is kept as well.
        for (std::size_t from = content.find('{'); from != content.npos;
             from = content.find('{', from + 1)) {
            std::string_view code = content.substr(from + 1);
            code = code.substr(0, code.find('}'));
            count_passed(code.size());
            if (std::any_of(code.begin(), code.end(), is_letter))
                push(piece_kind_, code);
        }
        at_ += triple ? 3U : 1U;
    }

    /// `(…) {…} else {…}`, with or without what is in parentheses; without braces the one statement.
    void pass_branches()
    {
        for (;;) {
            bool may_go_on = false;
            skip_space();
            if (peek() == '(')
                pass_one();
            skip_space();
            if (peek() == '{') {
                pass_one();
            } else {
                pass_to(is_php() ? ";" : ";\n");
                may_go_on = !take(";");
            }
            std::size_t const behind = at_;
            skip_space();
            // Whether JavaScript ends a statement with its line is told by what follows.
            may_go_on = may_go_on && at_ != text_.size() && peek() != '}';
            std::string_view const word = read_name();
            if (!is_one_of(word, "else elseif catch finally", false)) {
                if (may_go_on)
                    refuse("an if without braces, and without a semicolon behind its statement",
                           "give the part that connects alone");
                at_ = behind;
                return;
            }
            skip_space();
            if (rest().starts_with("if") && !is_letter(peek(2)) && !is_digit(peek(2)))
                at_ += 2;
        }
    }

    /// Python's header up to the colon, and the lines below that are indented deeper. A comment ends no block.
    void pass_indented(std::size_t begin)
    {
        std::size_t const line = text_.rfind('\n', begin) + 1;
        std::string_view const outer =
            text_.substr(line, text_.find_first_not_of(" \t", line) - line);
        pass_to(":\n");
        if (!take(":"))
            refuse("a block that has no colon");
        while (peek() == ' ' || peek() == '\t' || peek() == '\r')
            ++at_;
        bool const is_one_line = peek() != '\n' && peek() != '#';
        pass_to("\n");
        while (!is_one_line && at_ != text_.size()) {
            std::size_t const next = text_.find_first_not_of(" \t\r\n", at_);
            if (next == text_.npos)
                return;
            std::size_t const start = text_.rfind('\n', next) + 1;
            std::string_view const inner = text_.substr(start, next - start);
            bool const is_deeper = inner.size() > outer.size() && inner.starts_with(outer);
            if (!is_deeper && text_[next] != '#')
                return;
            at_ = next;
            pass_to("\n");
        }
    }

    std::size_t push(Kind kind, std::string_view raw = {})
    {
        if (values_.size() == max_values)
            refuse("it holds more than 1000 values", "give the part that connects alone");
        SourceValue value;
        value.kind = kind;
        value.text = raw;
        value.end = values_.size() + 1;
        values_.push_back(std::move(value));
        return values_.size() - 1;
    }

    /// A value with what may stand before it to name it.
    void read_element(Place place)
    {
        std::string_view const outer_key = key_;
        if (is_python() && place == Place::arguments && take("**")) {
            skip_space();
            std::size_t const index = push(Kind::unpacked, read_name());
            if (values_[index].text.empty())
                refuse_computed();
            return;
        }
        std::size_t const index = values_.size();
        read_value();
        std::size_t const behind = at_;
        bool const adjacent = peek() == ':' && peek(1) != ':';
        skip_space();
        Kind const kind = values_[index].kind;
        bool const can_be_key = kind == Kind::text || kind == Kind::word ||
                                (kind == Kind::number && (is_php() || is_javascript()));
        if (!can_be_key || !take_separator(place, kind, adjacent)) {
            at_ = behind;
            return;
        }
        if (values_[index].is_decoded)
            refuse("a key with escapes in it");
        std::string_view const name = values_[index].text;
        values_.resize(index);
        key_ = name;
        if (place == Place::statement && kind == Kind::word && is_in_assigned(name))
            refuse_computed();
        bool const may_not_be_run =
            place == Place::statement && open_tries_ != 0 && is_assigned(name);
        skip_space();
        read_value();
        // What a call gives is no setting.
        if (may_not_be_run && values_[index].kind != Kind::call &&
            values_[index].kind != Kind::passed)
            refuse("a variable is assigned again where that may not be run",
                   "give the part that connects alone");
        values_[index].name = name;
        key_ = outer_key;
        follows_secret_ = follows_secret_ || names_secret(name);
    }

    [[nodiscard]] bool is_assigned(std::string_view name) const noexcept
    {
        return std::any_of(values_.begin(), values_.end(), [&](SourceValue const& value) {
            return value.name.data() != nullptr && value.name == name;
        });
    }

    /// Whether it is something in a variable that was assigned before, which would then hold another value.
    [[nodiscard]] bool is_in_assigned(std::string_view path) const noexcept
    {
        for (std::size_t i = 0; i < values_.size(); i = values_[i].end) {
            std::string_view const outer = values_[i].name;
            std::string_view const inner = path.substr(std::min(outer.size(), path.size()));
            if (!outer.empty() && path.starts_with(outer) &&
                (inner.starts_with('.') || inner.starts_with("->")))
                return true;
        }
        return false;
    }

    bool take_separator(Place place, Kind kind, bool adjacent)
    {
        bool const word = kind == Kind::word;
        if (place == Place::statement && word && peek() == '=' && peek(1) != '=' && peek(1) != '>')
            return take("=");
        switch (language_) {
        case SourceLanguage::python:
            if (place == Place::arguments)
                return word && peek() == '=' && peek(1) != '=' && take("=");
            return kind == Kind::text && take(":");
        case SourceLanguage::php:
            if (place == Place::arguments)
                return word && adjacent && take(":");
            return place == Place::list && take("=>");
        case SourceLanguage::ruby:
            return (adjacent && take(":")) || (!word && take("=>"));
        case SourceLanguage::javascript:
            return place == Place::list && take(":");
        }
        return false;
    }

    /// Elements up to the closing bracket, for the value at `index`.
    void read_elements(std::size_t index, char close, Place place)
    {
        if (++depth_ > max_depth)
            refuse("brackets are nested deeper than 8");
        std::size_t count = 0;
        std::size_t named = 0;
        bool comma = true;
        for (;;) {
            skip_space();
            if (at_ == text_.size())
                refuse(concat({"the closing ", {&close, 1}, " is missing"}));
            if (peek() == close)
                break;
            if (!comma)
                refuse("a comma is missing");
            std::size_t const element = values_.size();
            read_element(place);
            ++count;
            named += values_[element].name.data() != nullptr ? 1U : 0U;
            skip_space();
            comma = take(",");
        }
        ++at_;
        --depth_;
        if (place == Place::list && named != 0)
            values_[index].kind = Kind::pairs;
        if (close == '}' && count == 0)
            values_[index].kind = Kind::pairs;
        if (close == '}' && !is_python() && named != count)
            refuse("a key without a value");
        if (close == ')' && place == Place::list && is_python() && count == 1 && !comma &&
            named == 0) {
            // Parentheses that only group.
            for (std::size_t i = index; i + 1 < values_.size(); ++i) {
                values_[i] = std::move(values_[i + 1]);
                --values_[i].end;
            }
            values_.resize(values_.size() - 1);
            return;
        }
        values_[index].end = values_.size();
    }

    void read_value()
    {
        char const c = peek();
        if (begins_string())
            return read_strings();
        if (is_digit(c) || ((c == '-' || c == '+') && is_digit(peek(1))))
            return read_number();
        if (c == '[' || (c == '{' && !is_php()) || (c == '(' && is_python())) {
            std::size_t const index = push(Kind::list);
            ++at_;
            return read_elements(index, c == '[' ? ']' : c == '{' ? '}' : ')', Place::list);
        }
        if (is_ruby() && c == ':' && peek(1) != ':')
            return read_symbol();
        if (is_letter(c) || (is_php() && (c == '$' || c == '\\')) ||
            (is_ruby() && (c == '@' || c == '$' || c == ':')))
            return read_word();
        if (at_ == text_.size())
            refuse("it ends where a value should stand");
        refuse("something that is no literal");
    }

    void read_number()
    {
        std::size_t const begin = at_;
        if (!is_digit(peek()))
            ++at_;
        std::size_t const digits = at_;
        bool separators = false;
        while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) {
            separators = separators || peek() == '_';
            ++at_;
        }
        if (text_[digits] == '0' && at_ - digits > 1)
            refuse("a number with a zero before it, which some languages read as octal");
        if (peek() == '.' && is_digit(peek(1))) {
            ++at_;
            while (is_digit(peek()))
                ++at_;
        }
        if (is_letter(peek()))
            refuse("a number that is not decimal");
        std::size_t const index = push(Kind::number, text_.substr(begin, at_ - begin));
        if (separators) {
            begin_decoded(values_[index]);
            for (char const c : text_.substr(begin, at_ - begin)) {
                if (c != '_')
                    *decoded_ += c;
            }
            end_decoded(values_[index]);
        }
        refuse_operator();
    }

    void read_symbol()
    {
        ++at_;
        if (peek() == '"' || peek() == '\'')
            return read_strings();
        std::string_view const name = read_name();
        if (name.empty())
            refuse("a : without a name");
        push(Kind::text, name);
    }

    [[nodiscard]] std::string_view read_name() noexcept
    {
        std::size_t const begin = at_;
        if (is_letter(peek()))
            while (is_letter(peek()) || is_digit(peek()))
                ++at_;
        return text_.substr(begin, at_ - begin);
    }

    /// `pymysql.connect`, `$db->ssl_set`, `\PDO::ATTR_PERSISTENT`, `Mysql2::Client.new`.
    [[nodiscard]] std::string_view read_path()
    {
        std::size_t const begin = at_;
        if (is_php() && !take("$"))
            take("\\");
        if (is_ruby() && !take("::") && !take("$") && take("@"))
            take("@");
        for (;;) {
            if (read_name().empty())
                refuse("something that is no literal");
            std::size_t const end = at_;
            bool const goes_on = is_php() ? take("::") || take("->") || take("\\")
                                          : (is_ruby() && take("::")) || take(".");
            if (!goes_on || !is_letter(peek())) {
                at_ = end;
                return text_.substr(begin, end - begin);
            }
        }
    }

    void read_word()
    {
        std::size_t const begin = at_;
        std::string_view path = read_path();
        bool const is_new = is_php() && equal_in_any_case(path, "new");
        // What may stand before a name.
        bool const is_keyword = is_new || (is_javascript() && peek() == ' ' &&
                                           is_one_of(path, "var let const await new", false));
        if (is_keyword) {
            skip_space();
            path = read_path();
        }
        std::size_t const behind = at_;
        skip_space();
        if (peek() == '(') {
            if (is_php() && !is_new && equal_in_any_case(path, "array")) {
                std::size_t const index = push(Kind::list);
                ++at_;
                return read_elements(index, ')', Place::list);
            }
            if (depth_ == 0 && is_harmless(path)) {
                begin_passing(begin, Kind::passed);
                pass_one();
                keep_piece();
                return;
            }
            std::size_t const index = push(Kind::call, path);
            ++at_;
            read_elements(index, ')', Place::arguments);
            if (is_python() && path == "dict")
                values_[index].kind = Kind::pairs;
            if (is_javascript() && take(".toString("))
                at_ = std::min(text_.find(')', at_), text_.size() - 1) + 1;
            if (peek() == '.' || peek() == '[' || rest().starts_with("->"))
                refuse_computed();
            return;
        }
        at_ = behind;
        if (is_new) {
            push(Kind::call, path);
            return refuse_operator();
        }
        std::size_t const index = push(Kind::word, path);
        skip_space();
        if (peek() != '|') {
            at_ = behind;
            return refuse_operator();
        }
        // The words that follow are held by the first.
        std::string_view const first = values_[index].text;
        values_[index].kind = Kind::flags;
        push(Kind::word, first);
        while (take("|")) {
            skip_space();
            push(Kind::word, read_path());
            skip_space();
        }
        values_[index].end = values_.size();
    }

    /// Where a value goes on, it is no literal.
    void refuse_operator() const
    {
        std::size_t ahead = 0;
        while (peek(ahead) == ' ' || peek(ahead) == '\t')
            ++ahead;
        char const c = peek(ahead);
        char const next = peek(ahead + 1);
        bool const is_comment = c == '/' && (next == '/' || next == '*');
        bool const ends =
            (is_php() && c == '?' && next == '>') || (!is_python() && !is_ruby() && is_comment);
        bool const goes_on = c == '[' || c == '(' || c == '%' || c == '?' || c == '*' || c == '.' ||
                             (c == '+' || c == '/' || c == '<') || (c == '-' && next == '>');
        if (goes_on && !ends)
            refuse_computed();
    }

    [[nodiscard]] bool begins_string() const noexcept
    {
        char const c = peek();
        return c == '\'' || c == '"' || (c == '`' && is_javascript()) ||
               (is_python() && has_string_prefix());
    }

    [[nodiscard]] bool has_string_prefix() const noexcept
    {
        std::size_t length = 0;
        while (length < 2 &&
               std::string_view{"rRbBuUfF"}.find(peek(length)) != std::string_view::npos &&
               peek(length) != '\0')
            ++length;
        return length != 0 && (peek(length) == '\'' || peek(length) == '"');
    }

    /// One string, or several in a row that make one.
    void read_strings()
    {
        std::size_t const index = push(Kind::text);
        bool first = true;
        for (;;) {
            read_string(values_[index], first);
            first = false;
            std::size_t const behind = at_;
            skip_space_in_expression();
            bool const another = is_php() ? take(".") : !is_javascript();
            if (is_php() && another)
                skip_space();
            if (!another || !begins_string()) {
                if (is_php() && another)
                    refuse_computed();
                at_ = behind;
                return refuse_operator();
            }
        }
    }

    /// Ruby ends a statement with the line, and so does Python outside of brackets.
    void skip_space_in_expression()
    {
        if (is_php() || is_javascript() || (is_python() && depth_ != 0)) {
            skip_space();
            return;
        }
        while (peek() == ' ' || peek() == '\t' || (peek() == '\\' && peek(1) == '\n'))
            at_ += peek() == '\\' ? 2U : 1U;
    }

    void read_string(SourceValue& value, bool first)
    {
        bool raw = false;
        bool bytes = false;
        while (is_letter(peek())) {
            char const prefix = static_cast<char>(peek() | 0x20);
            raw = raw || prefix == 'r';
            bytes = bytes || prefix == 'b';
            if (prefix == 'f')
                refuse_computed();
            ++at_;
        }
        if (!first && bytes != is_bytes_)
            refuse("bytes and a text in one value");
        is_bytes_ = value.is_bytes = bytes;
        char const quote = peek();
        bool const triple = is_python() && peek(1) == quote && peek(2) == quote;
        at_ += triple ? 3U : 1U;
        std::size_t const begin = at_;
        auto const at_end = [&] {
            return peek() == quote && (!triple || (peek(1) == quote && peek(2) == quote));
        };
        // Most strings have no escapes: then they are where they are.
        bool plain = first;
        for (;; ++at_) {
            if (at_ == text_.size())
                refuse("a string does not end");
            if (at_end())
                break;
            char const c = peek();
            if (c == '\n' && !triple && (is_python() || (is_javascript() && quote != '`')))
                refuse("a string does not end on its line");
            if (bytes && static_cast<unsigned char>(c) >= 0x80)
                refuse("bytes with a character that is not of ASCII");
            bool const interpolates =
                (quote == '`' && c == '$' && peek(1) == '{') ||
                (quote == '"' &&
                 ((is_ruby() && c == '#' && (peek(1) == '{' || peek(1) == '$' || peek(1) == '@')) ||
                  (is_php() && ((c == '$' && (is_letter(peek(1)) || peek(1) == '{')) ||
                                (c == '{' && peek(1) == '$')))));
            if (interpolates)
                refuse_computed();
            if (c == '\\') {
                plain = false;
                ++at_;
                if (at_ == text_.size())
                    refuse("a string does not end");
            }
        }
        std::size_t const end = at_;
        at_ += triple ? 3U : 1U;
        if (plain) {
            value.text = text_.substr(begin, end - begin);
            return;
        }
        if (!value.is_decoded) {
            std::string_view const first_piece = value.text;
            begin_decoded(value);
            *decoded_ += first_piece;
        }
        std::size_t const behind = at_;
        decode(begin, end, quote, raw, bytes, *decoded_);
        at_ = behind;
        end_decoded(value);
    }

    /// What is decoded is never longer than what it is decoded from, so that there is room for all of it at once, and
    /// views into it stay what they are.
    void begin_decoded(SourceValue& value)
    {
        if (decoded_ == nullptr)
            decoded_ = &scratch_.clean(text_.size());
        value.is_decoded = true;
        value.text = std::string_view{*decoded_}.substr(decoded_->size());
    }

    /// The value goes up to what was decoded last.
    void end_decoded(SourceValue& value) const noexcept
    {
        auto const begin = static_cast<std::size_t>(value.text.data() - decoded_->data());
        value.text = std::string_view{*decoded_}.substr(begin);
    }

    void decode(std::size_t begin, std::size_t end, char quote, bool raw, bool bytes,
                std::string& to)
    {
        for (at_ = begin; at_ < end;) {
            char const c = text_[at_++];
            if (c != '\\' || raw) {
                to += c;
                continue;
            }
            char const escaped = text_[at_++];
            if (quote == '\'' && (is_php() || is_ruby())) {
                if (escaped != '\\' && escaped != '\'')
                    to += '\\';
                to += escaped;
                continue;
            }
            decode_escape(escaped, end, bytes, to);
        }
    }

    void decode_escape(char escaped, std::size_t end, bool bytes, std::string& to)
    {
        constexpr std::string_view letters = "ntrvfabes";
        constexpr std::string_view meanings = "\n\t\r\v\f\a\b\x1b ";
        constexpr std::string_view known[] = {"ntrvfab", "ntrvfe", "ntrvfabes", "ntrvfb"};
        std::string_view const ours = known[static_cast<unsigned>(language_)];
        if (ours.find(escaped) != ours.npos) {
            to += meanings[letters.find(escaped)];
        } else if (escaped == '\\' || escaped == '"' || (escaped == '\'' && !is_php()) ||
                   (escaped == '$' && is_php())) {
            to += escaped;
        } else if (escaped >= '0' && escaped <= '7') {
            --at_;
            append(read_digits(8, 1, 3, end), is_php() || is_ruby() || bytes, to);
        } else if (escaped == 'x') {
            if (is_php() && !is_hexadecimal(at_, end)) {
                to += "\\x";
                return;
            }
            append(read_digits(16, is_php() || is_ruby() ? 1 : 2, 2, end),
                   is_php() || is_ruby() || bytes, to);
        } else if (escaped == 'u' && !bytes) {
            decode_unicode(end, to);
        } else if (escaped == 'U' && is_python() && !bytes) {
            append(read_digits(16, 8, 8, end), false, to);
        } else if (escaped == 'N' && is_python() && !bytes) {
            refuse("a character by its name", "write the character itself");
        } else if (is_ruby() && (escaped == 'c' || escaped == 'C' || escaped == 'M')) {
            refuse("a control character by its key", "write it as \\xNN");
        } else if (escaped == '\n' && !is_php()) {
            return;
        } else {
            if (is_python() || is_php())
                to += '\\';
            to += escaped;
        }
    }

    void decode_unicode(std::size_t end, std::string& to)
    {
        bool const braces = !is_python() && at_ < end && text_[at_] == '{';
        if (!braces && is_php()) {
            to += "\\u";
            return;
        }
        if (!braces) {
            std::uint32_t code = read_digits(16, 4, 4, end);
            bool const is_first_half = is_javascript() && code >= 0xD800 && code < 0xDC00;
            if (is_first_half && take("\\u")) {
                std::uint32_t const second = read_digits(16, 4, 4, end);
                code = second >= 0xDC00 && second < 0xE000
                           ? 0x10000 + ((code - 0xD800) << 10U) + (second - 0xDC00)
                           : code;
            }
            return append(code, false, to);
        }
        ++at_;
        append(read_digits(16, 1, 6, end), false, to);
        if (at_ == end || text_[at_] != '}')
            refuse("an escape that does not end");
        ++at_;
    }

    [[nodiscard]] bool is_hexadecimal(std::size_t at, std::size_t end) const noexcept
    {
        return at < end && hex_digit(text_[at]) < 16;
    }

    [[nodiscard]] std::uint32_t read_digits(unsigned base, unsigned least, unsigned most,
                                            std::size_t end)
    {
        std::uint32_t value = 0;
        unsigned count = 0;
        for (; count < most && at_ < end && hex_digit(text_[at_]) < base; ++count)
            value = value * base + hex_digit(text_[at_++]);
        if (count < least)
            refuse("an escape that does not end");
        return value;
    }

    void append(std::uint32_t code, bool as_byte, std::string& to)
    {
        if (code == 0 || (as_byte && code % 256 == 0))
            refuse("an escape of a NUL character, which no setting can hold");
        auto const put = [&](std::uint32_t byte) {
            to += static_cast<char>(static_cast<unsigned char>(byte & 0xFFU));
        };
        if (as_byte || code < 0x80)
            return put(code);
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
            refuse("an escape of no character");
        if (code < 0x800) {
            put(0xC0U | (code >> 6U));
        } else {
            if (code < 0x10000) {
                put(0xE0U | (code >> 12U));
            } else {
                put(0xF0U | (code >> 18U));
                put(0x80U | ((code >> 12U) & 0x3FU));
            }
            put(0x80U | ((code >> 6U) & 0x3FU));
        }
        put(0x80U | (code & 0x3FU));
    }

    SourceLanguage language_;
    std::string_view text_;
    List<SourceValue>& values_;
    ScratchText& scratch_;
    std::string* decoded_ = nullptr;
    std::size_t at_ = 0;
    unsigned depth_ = 0;
    /// Blocks of `try` that are being read.
    unsigned open_tries_ = 0;
    /// Of the last line that began a statement in Python, and whether the next one may be indented deeper.
    std::size_t indentation_ = 0;
    bool may_indent_ = true;
    /// Of the statement before, where that was what follows a `try`.
    std::size_t handled_ = std::string_view::npos;
    /// What is passed over: how much of it there was, and the piece that is not kept yet.
    std::size_t passed_ = 0;
    std::size_t piece_ = 0;
    Kind piece_kind_ = Kind::passed;
    /// Of the piece of a string that was read last.
    bool is_bytes_ = false;
    /// Of the value that is being read, for messages.
    std::string_view key_{};
    /// A password was read: what looks like a key may be a piece of it, which a quote in it cut off.
    bool follows_secret_ = false;
};

/// A text as values, in the order in which they stand. Views into the text and into this object.
class SourceValues {
public:
    /// @throws Error if the text cannot be read; no part of the text but the key of a value is in it
    SourceValues(SourceLanguage language, std::string_view text) : language_{language}
    {
        // Room for what is usual, at once.
        values_.resize(32);
        values_.resize(0);
        // But to PHP, each line ends with a line feed, within a string as well.
        if (language != SourceLanguage::php && text.size() <= max_text_size &&
            text.find('\r') != text.npos) {
            std::string& lines = lines_.clean(text.size());
            for (std::size_t i = 0; i < text.size(); ++i) {
                if (text[i] != '\r')
                    lines += text[i];
                else if (text.substr(i + 1, 1) != "\n")
                    lines += language == SourceLanguage::ruby ? '\r' : '\n';
            }
            text = lines;
        }
        are_arguments_ = SourceReader{language, text, values_, decoded_}.read_statements();
    }

    [[nodiscard]] SourceLanguage language() const noexcept { return language_; }

    [[nodiscard]] std::size_t size() const noexcept { return values_.size(); }
    [[nodiscard]] SourceValue const& operator[](std::size_t index) const noexcept
    {
        return values_[index];
    }

    /// Whether commas stand between them, so that they are one list of arguments without brackets around it.
    [[nodiscard]] bool are_arguments() const noexcept { return are_arguments_; }

    /// The value itself; for a variable that was assigned before, what was assigned to it.
    [[nodiscard]] std::size_t resolve(std::size_t index) const noexcept
    {
        SourceValue const& value = values_[index];
        if (value.kind != SourceValue::Kind::word && value.kind != SourceValue::Kind::unpacked)
            return index;
        std::size_t found = index;
        for (std::size_t i = 0; i < index; i = values_[i].end)
            if (values_[i].name == value.text && values_[i].end <= index)
                found = i;
        return found;
    }

private:
    SourceLanguage language_;
    List<SourceValue> values_;
    /// The text with other ends of lines, and what was decoded: there may be a password among it.
    ScratchText lines_;
    ScratchText decoded_;
    bool are_arguments_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

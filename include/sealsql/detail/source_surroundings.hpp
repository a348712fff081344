#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_strings.hpp>
#include <sealsql/detail/source_value.hpp>
#include <sealsql/detail/text_scanner.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>

/// @file
/// What usually stands around a call that connects, such as imports, an `if` or a `try`.

namespace sealsql::inline SEALSQL_ABI::detail {

/// A cursor that passes over what stands around the rest, unread. The code of it is kept among the values, for others
/// to look through.
class SourceSurroundings : protected SourceStrings {
public:
    using SourceStrings::SourceStrings;

    /// What begins a statement that stands around the one that connects. False if none does; then nothing is taken.
    bool pass_over()
    {
        std::size_t const begin = position();
        std::size_t const handled = std::exchange(handled_, text().npos);
        if (peek() == '}' && open_tries_ != 0 && !is_python()) {
            skip();
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
            handled_ = ends_try || word == "else" ? indentation_ : text().npos;
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
        go_to(begin);
        return false;
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
        return is_one_of(name, names[static_cast<unsigned>(language())], false);
    }

    /// Passes over a call that begins at `begin`, and whose arguments come next.
    void pass_call(std::size_t begin)
    {
        begin_passing(begin, Kind::passed);
        pass_one();
        keep_piece();
    }

    /// To Python, a line that is indented deeper than the one before belongs to what that one began.
    void check_indentation()
    {
        std::size_t const begin = text().substr(0, position()).find_last_not_of(" \t") + 1;
        if (begin != 0 && text()[begin - 1] != '\n')
            return; // behind a semicolon, or behind `try:`
        std::size_t const indentation = position() - begin;
        if (indentation > indentation_ && !may_indent_)
            refuse("a line is indented deeper than the block that it stands in");
        indentation_ = indentation;
        // What stood before the text's first line may not have been given with it.
        may_indent_ = position() == 0;
    }

    /// Whether a block of `try` is being read.
    [[nodiscard]] bool is_in_try() const noexcept { return open_tries_ != 0; }

    /// The next line may be indented deeper.
    void allow_indentation() noexcept { may_indent_ = true; }

private:
    static constexpr std::size_t max_passed = std::size_t{8} << 10U;

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
        std::string_view const piece = since(piece_);
        count_passed(piece.size());
        if (std::any_of(piece.begin(), piece.end(), is_letter))
            push(piece_kind_, piece);
        piece_ = position();
    }

    void count_passed(std::size_t size)
    {
        passed_ += size;
        if (passed_ > max_passed)
            refuse("more than 8 KiB stands around what connects",
                   "give the part that connects alone");
    }

    /// Goes to the first of these characters outside of brackets and strings, or to the end of the text.
    void pass_to(std::string_view stops)
    {
        while (!at_end() && stops.find(peek()) == stops.npos)
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
            if (at_end())
                refuse("a bracket is not closed");
            if (c == '\'' || c == '"' || c == '`') {
                keep_piece();
                pass_string();
                piece_ = position();
                continue;
            }
            if (is_comment) {
                // The line's end is the statement's as well.
                bool const is_block = rest().starts_with("/*");
                std::size_t const end = text().find(is_block ? "*/" : "\n", position() + 1);
                keep_piece();
                if (end == text().npos && is_block)
                    refuse("a comment does not end");
                go_to(std::min(end, text().size()));
                skip(is_block ? 2U : 0U);
                piece_ = position();
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
            skip();
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
        skip(triple ? 3U : 1U);
        std::size_t const begin = position();
        for (;; skip()) {
            char const c = peek();
            if (at_end())
                refuse("a string does not end");
            if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote)))
                break;
            if (c == '\n' && !triple && (is_python() || (is_javascript() && quote != '`')))
                refuse("a string does not end on its line");
            if (quote == '`' && c == '$' && peek(1) == '{')
                refuse_computed();
            if (c == '\\' && position() + 1 != text().size())
                skip();
        }
        // It may be a key, or what is imported; prose is neither.
        std::string_view const content = since(begin);
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
        skip(triple ? 3U : 1U);
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
            std::size_t const behind = position();
            skip_space();
            // Whether JavaScript ends a statement with its line is told by what follows.
            may_go_on = may_go_on && !at_end() && peek() != '}';
            std::string_view const word = read_name();
            if (!is_one_of(word, "else elseif catch finally", false)) {
                if (may_go_on)
                    refuse("an if without braces, and without a semicolon behind its statement",
                           "give the part that connects alone");
                go_to(behind);
                return;
            }
            skip_space();
            if (rest().starts_with("if") && !is_letter(peek(2)) && !is_digit(peek(2)))
                skip(2);
        }
    }

    /// Python's header up to the colon, and the lines below that are indented deeper. A comment ends no block.
    void pass_indented(std::size_t begin)
    {
        std::size_t const line = text().rfind('\n', begin) + 1;
        std::string_view const outer =
            text().substr(line, text().find_first_not_of(" \t", line) - line);
        pass_to(":\n");
        if (!take(":"))
            refuse("a block that has no colon");
        while (peek() == ' ' || peek() == '\t' || peek() == '\r')
            skip();
        bool const is_one_line = peek() != '\n' && peek() != '#';
        pass_to("\n");
        while (!is_one_line && !at_end()) {
            std::size_t const next = text().find_first_not_of(" \t\r\n", position());
            if (next == text().npos)
                return;
            std::size_t const start = text().rfind('\n', next) + 1;
            std::string_view const inner = text().substr(start, next - start);
            bool const is_deeper = inner.size() > outer.size() && inner.starts_with(outer);
            if (!is_deeper && text()[next] != '#')
                return;
            go_to(next);
            pass_to("\n");
        }
    }

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
};

} // namespace sealsql::inline SEALSQL_ABI::detail

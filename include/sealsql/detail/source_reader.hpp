#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/source_surroundings.hpp>
#include <sealsql/detail/source_value.hpp>
#include <sealsql/detail/text_scanner.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// The grammar of what is read of a program: statements, lists, dictionaries, calls, numbers, names.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Reads values into a list, by recursive descent of bounded depth.
class SourceReader : SourceSurroundings {
public:
    using SourceSurroundings::SourceSurroundings;

    /// Returns whether there was a comma between two of them.
    bool read_statements()
    {
        bool has_comma = false;
        check_text();
        if (is_php()) {
            skip_space();
            take("<?php");
        }
        for (;;) {
            skip_space();
            // A list of pairs without brackets around it has commas.
            for (;;) {
                bool const is_comma = !is_php() && values().size() != 0 && take(",");
                if (!is_comma && !take(";"))
                    break;
                skip_space();
                has_comma = has_comma || is_comma;
                if (is_comma)
                    allow_indentation();
            }
            if (is_php() && take("?>"))
                skip_space();
            if (at_end()) {
                if (is_in_try() && !is_python())
                    refuse("a block does not end");
                return has_comma;
            }
            if (is_python())
                check_indentation();
            if (pass_over())
                continue;
            read_element(Place::statement);
            bool const new_line = skip_space();
            bool const ends = at_end() || peek() == ';' || (peek() == '}' && is_in_try()) ||
                              (is_php() ? rest().starts_with("?>") : new_line || peek() == ',');
            if (!ends)
                refuse(is_php() && new_line ? "a ; is missing"
                                            : "something stands where the value should have ended");
        }
    }

private:
    enum class Place : std::uint8_t { statement, list, arguments };

    static constexpr unsigned max_depth = 8;

    /// A value with what may stand before it to name it.
    void read_element(Place place)
    {
        if (is_python() && place == Place::arguments && take("**")) {
            skip_space();
            std::size_t const index = push(Kind::unpacked, read_name());
            if (values()[index].text.empty())
                refuse_computed();
            return;
        }
        std::size_t const index = values().size();
        read_value();
        std::size_t const behind = position();
        bool const adjacent = peek() == ':' && peek(1) != ':';
        skip_space();
        Kind const kind = values()[index].kind;
        bool const can_be_key = kind == Kind::text || kind == Kind::word ||
                                (kind == Kind::number && (is_php() || is_javascript()));
        if (!can_be_key || !take_separator(place, kind, adjacent)) {
            go_to(behind);
            return;
        }
        if (values()[index].is_decoded)
            refuse("a key with escapes in it");
        std::string_view const name = values()[index].text;
        values().resize(index);
        std::string_view const outer_key = begin_key(name);
        if (place == Place::statement && kind == Kind::word && is_in_assigned(name))
            refuse_computed();
        bool const may_not_be_run = place == Place::statement && is_in_try() && is_assigned(name);
        skip_space();
        read_value();
        // What a call gives is no setting.
        if (may_not_be_run && values()[index].kind != Kind::call &&
            values()[index].kind != Kind::passed)
            refuse("a variable is assigned again where that may not be run",
                   "give the part that connects alone");
        values()[index].name = name;
        end_key(outer_key);
    }

    [[nodiscard]] bool is_assigned(std::string_view name) const noexcept
    {
        return std::any_of(values().begin(), values().end(), [&](SourceValue const& value) {
            return value.name.data() != nullptr && value.name == name;
        });
    }

    /// Whether it is something in a variable that was assigned before, which would then hold another value.
    [[nodiscard]] bool is_in_assigned(std::string_view path) const noexcept
    {
        for (std::size_t i = 0; i < values().size(); i = values()[i].end) {
            std::string_view const outer = values()[i].name;
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
        switch (language()) {
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
            if (at_end())
                refuse(concat({"the closing ", {&close, 1}, " is missing"}));
            if (peek() == close)
                break;
            if (!comma)
                refuse("a comma is missing");
            std::size_t const element = values().size();
            read_element(place);
            ++count;
            named += values()[element].name.data() != nullptr ? 1U : 0U;
            skip_space();
            comma = take(",");
        }
        skip();
        --depth_;
        if (place == Place::list && named != 0)
            values()[index].kind = Kind::pairs;
        if (close == '}' && count == 0)
            values()[index].kind = Kind::pairs;
        if (close == '}' && !is_python() && named != count)
            refuse("a key without a value");
        if (close == ')' && place == Place::list && is_python() && count == 1 && !comma &&
            named == 0) {
            // Parentheses that only group.
            for (std::size_t i = index; i + 1 < values().size(); ++i) {
                values()[i] = std::move(values()[i + 1]);
                --values()[i].end;
            }
            values().resize(values().size() - 1);
            return;
        }
        values()[index].end = values().size();
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
            skip();
            return read_elements(index, c == '[' ? ']' : c == '{' ? '}' : ')', Place::list);
        }
        if (is_ruby() && c == ':' && peek(1) != ':')
            return read_symbol();
        if (is_letter(c) || (is_php() && (c == '$' || c == '\\')) ||
            (is_ruby() && (c == '@' || c == '$' || c == ':')))
            return read_word();
        if (at_end())
            refuse("it ends where a value should stand");
        refuse("something that is no literal");
    }

    void read_number()
    {
        std::size_t const begin = position();
        if (!is_digit(peek()))
            skip();
        std::size_t const digits = position();
        bool separators = false;
        while (is_digit(peek()) || (peek() == '_' && is_digit(peek(1)))) {
            separators = separators || peek() == '_';
            skip();
        }
        if (text()[digits] == '0' && position() - digits > 1)
            refuse("a number with a zero before it, which some languages read as octal");
        if (peek() == '.' && is_digit(peek(1))) {
            skip();
            while (is_digit(peek()))
                skip();
        }
        if (is_letter(peek()))
            refuse("a number that is not decimal");
        std::size_t const index = push(Kind::number, since(begin));
        if (separators) {
            std::string& decoded = begin_decoded(values()[index]);
            for (char const c : since(begin)) {
                if (c != '_')
                    decoded += c;
            }
            end_decoded(values()[index]);
        }
        refuse_operator();
    }

    /// One string, or several in a row that make one.
    void read_strings()
    {
        std::size_t const index = push(Kind::text);
        bool first = true;
        for (;;) {
            read_string(values()[index], first);
            first = false;
            std::size_t const behind = position();
            skip_space_in_expression();
            bool const another = is_php() ? take(".") : !is_javascript();
            if (is_php() && another)
                skip_space();
            if (!another || !begins_string()) {
                if (is_php() && another)
                    refuse_computed();
                go_to(behind);
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
            skip(peek() == '\\' ? 2U : 1U);
    }

    void read_symbol()
    {
        skip();
        if (peek() == '"' || peek() == '\'')
            return read_strings();
        std::string_view const name = read_name();
        if (name.empty())
            refuse("a : without a name");
        push(Kind::text, name);
    }

    void read_word()
    {
        std::size_t const begin = position();
        std::string_view path = read_path();
        bool const is_new = is_php() && equal_in_any_case(path, "new");
        // What may stand before a name.
        bool const is_keyword = is_new || (is_javascript() && peek() == ' ' &&
                                           is_one_of(path, "var let const await new", false));
        if (is_keyword) {
            skip_space();
            path = read_path();
        }
        std::size_t const behind = position();
        skip_space();
        if (peek() == '(') {
            if (is_php() && !is_new && equal_in_any_case(path, "array")) {
                std::size_t const index = push(Kind::list);
                skip();
                return read_elements(index, ')', Place::list);
            }
            if (depth_ == 0 && is_harmless(path))
                return pass_call(begin);
            std::size_t const index = push(Kind::call, path);
            skip();
            read_elements(index, ')', Place::arguments);
            if (is_python() && path == "dict")
                values()[index].kind = Kind::pairs;
            if (is_javascript() && take(".toString("))
                go_to(std::min(text().find(')', position()), text().size() - 1) + 1);
            if (peek() == '.' || peek() == '[' || rest().starts_with("->"))
                refuse_computed();
            return;
        }
        go_to(behind);
        if (is_new) {
            push(Kind::call, path);
            return refuse_operator();
        }
        std::size_t const index = push(Kind::word, path);
        skip_space();
        if (peek() != '|') {
            go_to(behind);
            return refuse_operator();
        }
        // The words that follow are held by the first.
        std::string_view const first = values()[index].text;
        values()[index].kind = Kind::flags;
        push(Kind::word, first);
        while (take("|")) {
            skip_space();
            push(Kind::word, read_path());
            skip_space();
        }
        values()[index].end = values().size();
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

    unsigned depth_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

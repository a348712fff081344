#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/source_cursor.hpp>
#include <sealsql/detail/source_value.hpp>
#include <sealsql/detail/text_scanner.hpp>
#include <sealsql/detail/text_settings.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// @file
/// Literals of strings in Python, PHP, Ruby and JavaScript, with their escapes.

namespace sealsql::inline SEALSQL_ABI::detail {

/// A cursor that reads strings. One that would have to be computed is refused.
class SourceStrings : protected SourceCursor {
public:
    SourceStrings(SourceLanguage language, std::string_view text, List<SourceValue>& values,
                  ScratchText& decoded) noexcept
        : SourceCursor{language, text, values}, scratch_{decoded}
    {
    }

    [[nodiscard]] bool begins_string() const noexcept
    {
        char const c = peek();
        return c == '\'' || c == '"' || (c == '`' && is_javascript()) ||
               (is_python() && has_string_prefix());
    }

    /// One literal, which begins `value` or, where it is not the first, goes on with it.
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
            skip();
        }
        if (!first && bytes != is_bytes_)
            refuse("bytes and a text in one value");
        is_bytes_ = value.is_bytes = bytes;
        char const quote = peek();
        bool const triple = is_python() && peek(1) == quote && peek(2) == quote;
        skip(triple ? 3U : 1U);
        std::size_t const begin = position();
        auto const closes = [&] {
            return peek() == quote && (!triple || (peek(1) == quote && peek(2) == quote));
        };
        // Most strings have no escapes: then they are where they are.
        bool plain = first;
        for (;; skip()) {
            if (at_end())
                refuse("a string does not end");
            if (closes())
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
                skip();
                if (at_end())
                    refuse("a string does not end");
            }
        }
        std::size_t const end = position();
        skip(triple ? 3U : 1U);
        if (plain) {
            value.text = text().substr(begin, end - begin);
            return;
        }
        if (!value.is_decoded) {
            std::string_view const first_piece = value.text;
            begin_decoded(value) += first_piece;
        }
        std::size_t const behind = position();
        decode(begin, end, quote, raw, bytes, *decoded_);
        go_to(behind);
        end_decoded(value);
    }

    /// What is decoded is never longer than what it is decoded from, so that there is room for all of it at once, and
    /// views into it stay what they are. Returns what to append to.
    [[nodiscard]] std::string& begin_decoded(SourceValue& value)
    {
        if (decoded_ == nullptr)
            decoded_ = &scratch_.clean(text().size());
        value.is_decoded = true;
        value.text = std::string_view{*decoded_}.substr(decoded_->size());
        return *decoded_;
    }

    /// The value goes up to what was decoded last.
    void end_decoded(SourceValue& value) const noexcept
    {
        auto const begin = static_cast<std::size_t>(value.text.data() - decoded_->data());
        value.text = std::string_view{*decoded_}.substr(begin);
    }

private:
    [[nodiscard]] bool has_string_prefix() const noexcept
    {
        std::size_t length = 0;
        while (length < 2 &&
               std::string_view{"rRbBuUfF"}.find(peek(length)) != std::string_view::npos &&
               peek(length) != '\0')
            ++length;
        return length != 0 && (peek(length) == '\'' || peek(length) == '"');
    }

    void decode(std::size_t begin, std::size_t end, char quote, bool raw, bool bytes,
                std::string& to)
    {
        for (go_to(begin); position() < end;) {
            char const c = take();
            if (c != '\\' || raw) {
                to += c;
                continue;
            }
            char const escaped = take();
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
        std::string_view const ours = known[static_cast<unsigned>(language())];
        if (ours.find(escaped) != ours.npos) {
            to += meanings[letters.find(escaped)];
        } else if (escaped == '\\' || escaped == '"' || (escaped == '\'' && !is_php()) ||
                   (escaped == '$' && is_php())) {
            to += escaped;
        } else if (escaped >= '0' && escaped <= '7') {
            go_to(position() - 1);
            append(read_digits(8, 1, 3, end), is_php() || is_ruby() || bytes, to);
        } else if (escaped == 'x') {
            if (is_php() && !is_hexadecimal(position(), end)) {
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
        bool const braces = !is_python() && position() < end && peek() == '{';
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
        skip();
        append(read_digits(16, 1, 6, end), false, to);
        if (position() == end || peek() != '}')
            refuse("an escape that does not end");
        skip();
    }

    [[nodiscard]] bool is_hexadecimal(std::size_t at, std::size_t end) const noexcept
    {
        return at < end && hex_digit(text()[at]) < 16;
    }

    [[nodiscard]] std::uint32_t read_digits(unsigned base, unsigned least, unsigned most,
                                            std::size_t end)
    {
        std::uint32_t value = 0;
        unsigned count = 0;
        for (; count < most && position() < end && hex_digit(peek()) < base; ++count)
            value = value * base + hex_digit(take());
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

    ScratchText& scratch_;
    std::string* decoded_ = nullptr;
    /// Of the piece of a string that was read last.
    bool is_bytes_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

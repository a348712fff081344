#include "json_text.hpp"

#include <sealsql/printable.hpp>

#include <cstddef>
#include <cstdint>

namespace cli {

namespace {

constexpr std::string_view digits = "0123456789abcdef";

/// `\uNNNN`
void append_unit(std::string& text, std::uint32_t unit)
{
    text += "\\u";
    for (unsigned shift = 16; shift != 0;) {
        shift -= 4;
        text += digits[(unit >> shift) & 0xFU];
    }
}

void append_escaped(std::string& text, std::uint32_t code_point)
{
    if (code_point < 0x10000) {
        append_unit(text, code_point);
        return;
    }
    append_unit(text, 0xD800 + ((code_point - 0x10000) >> 10U));
    append_unit(text, 0xDC00 + ((code_point - 0x10000) & 0x3FFU));
}

std::size_t count_digits(std::string_view text)
{
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9')
        ++count;
    return count;
}

/// Takes at least one digit.
bool take_digits(std::string_view& text)
{
    std::size_t const count = count_digits(text);
    text.remove_prefix(count);
    return count != 0;
}

} // namespace

std::string json_text(std::string_view text)
{
    std::string json = "\"";
    while (!text.empty()) {
        std::uint32_t code_point = 0;
        std::size_t const size = sealsql::detail::utf8_sequence(text, code_point);
        std::string_view const character = text.substr(0, size == 0 ? 1 : size);
        if (size == 0)
            append_unit(json, 0xFFFD);
        else if (code_point == '"' || code_point == '\\')
            (json += '\\') += character;
        else if (code_point == '\n')
            json += "\\n";
        else if (code_point == '\t')
            json += "\\t";
        else if (sealsql::printable(character) != character)
            append_escaped(json, code_point);
        else
            json += character;
        text.remove_prefix(character.size());
    }
    return json += '"';
}

std::string json_bytes(std::string_view bytes)
{
    std::string json = "\"0x";
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        json += digits[byte >> 4U];
        json += digits[byte & 0xFU];
    }
    return json += '"';
}

bool is_json_number(std::string_view text)
{
    if (text.starts_with('-'))
        text.remove_prefix(1);
    if (text.starts_with('0') && count_digits(text) > 1)
        return false;
    if (!take_digits(text))
        return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (!take_digits(text))
            return false;
    }
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        if (text.starts_with('+') || text.starts_with('-'))
            text.remove_prefix(1);
        if (!take_digits(text))
            return false;
    }
    return text.empty();
}

} // namespace cli

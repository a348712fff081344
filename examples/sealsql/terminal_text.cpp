#include "terminal_text.hpp"

#include <algorithm>
#include <array>

namespace cli {

namespace {

/// A character of UTF-8 (Unicode 15, table 3-7).
struct Character {
    std::size_t size; // zero: the bytes are not UTF-8
    char32_t code;
};

Character first_character(std::string_view text)
{
    auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    std::size_t const size = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
    constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    if (size > text.size() || (size > 1 && (byte(0) < 0xC2 || byte(0) > 0xF4)))
        return {};
    char32_t code = size == 1 ? byte(0) : byte(0) & (0x7FU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80)
            return {};
        code = code << 6U | (byte(i) & 0x3FU);
    }
    bool const surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < smallest[size] || surrogate || code > 0x10FFFF)
        return {};
    return {.size = size, .code = code};
}

bool is_obeyed(char32_t code)
{
    return code < 0x20 || (code >= 0x7F && code < 0xA0) || // control characters
           (code >= 0x200B && code <= 0x200F) ||           // no width, and direction marks
           (code >= 0x2028 && code <= 0x202E) ||           // line ends, and direction overrides
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF; // isolates; byte order mark
}

} // namespace

std::string terminal_text(std::string_view text, std::string_view keep)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        auto const [size, code] = first_character(text);
        std::string_view const bytes = text.substr(0, std::max<std::size_t>(size, 1));
        if (size != 0 && (!is_obeyed(code) || keep.find(bytes) != std::string_view::npos)) {
            safe += bytes;
        } else {
            for (char const c : bytes) {
                auto const value = static_cast<unsigned char>(c);
                safe += {'\\', 'x', digits[value >> 4U], digits[value & 0xFU]};
            }
        }
        text.remove_prefix(bytes.size());
    }
    return safe;
}

std::size_t width_of(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

} // namespace cli

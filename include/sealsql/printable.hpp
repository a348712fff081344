#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// The length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), and
/// the code point in `code_point`; zero if there is none.
[[nodiscard]] inline std::size_t utf8_sequence(std::string_view text,
                                               std::uint32_t& code_point) noexcept
{
    auto const byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i]));
    };
    if (text.empty())
        return 0;
    std::uint32_t const first = byte(0);
    std::size_t const size = first < 0x80                     ? 1
                             : first >= 0xC2 && first <= 0xDF ? 2
                             : first >= 0xE0 && first <= 0xEF ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
    if (size == 0 || size > text.size())
        return 0;
    code_point = size == 1 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U)
            return 0;
        code_point = (code_point << 6U) | (byte(i) & 0x3FU);
    }
    bool const overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
    bool const surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
    return overlong || surrogate || code_point > 0x10FFFF ? 0 : size;
}

/// Whether all of it is well-formed.
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept
{
    std::uint32_t code_point = 0;
    while (!text.empty()) {
        std::size_t const size = utf8_sequence(text, code_point);
        if (size == 0)
            return false;
        text.remove_prefix(size);
    }
    return true;
}

} // namespace detail

/// Text from outside in a form that is safe to print: control characters, direction marks and bytes
/// that are not UTF-8 become `\xNN`, so that nobody's terminal or log obeys them. What errors and
/// certificates say has been through it; the values and names of columns have not.
[[nodiscard]] inline std::string printable(std::string_view text)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string safe;
    safe.reserve(text.size());
    while (!text.empty()) {
        std::uint32_t code_point = 0;
        std::size_t const size = detail::utf8_sequence(text, code_point);
        bool const is_control = code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
        bool const is_mark =
            code_point == 0x061C || (code_point >= 0x200B && code_point <= 0x200F) ||
            (code_point >= 0x2028 && code_point <= 0x202E) ||
            (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0xFEFF ||
            (code_point >= 0x2060 && code_point <= 0x2064) ||
            (code_point >= 0xE0000 && code_point <= 0xE007F);
        if (size != 0 && !is_control && !is_mark) {
            safe += text.substr(0, size);
        } else {
            for (char const c : text.substr(0, size == 0 ? 1 : size)) {
                auto const byte = static_cast<unsigned char>(c);
                safe += "\\x";
                safe += digits[byte >> 4U];
                safe += digits[byte & 0xFU];
            }
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return safe;
}

} // namespace sealsql::inline SEALSQL_ABI

#include "terminal_text.hpp"

#include <sealsql/sealsql.hpp>

#include <algorithm>

namespace cli {

std::string terminal_text(std::string_view text, std::string_view keep)
{
    std::string safe;
    for (;;) {
        std::size_t const end = std::min(text.find_first_of(keep), text.size());
        safe += sealsql::printable(text.substr(0, end));
        if (end == text.size())
            return safe;
        safe += text[end];
        text.remove_prefix(end + 1);
    }
}

std::size_t width_of(std::string_view text)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; }));
}

} // namespace cli

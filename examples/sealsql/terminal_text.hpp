#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cli {

/// Text from outside in a form that no terminal obeys, see sealsql::printable().
/// @param keep control characters of ASCII to leave as they are
[[nodiscard]] std::string terminal_text(std::string_view text, std::string_view keep = "");

/// How many characters of UTF-8 these are. (East Asian characters are wider than one; tables do not
/// know.)
[[nodiscard]] std::size_t width_of(std::string_view text);

} // namespace cli

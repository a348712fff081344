#pragma once

#include <string>
#include <string_view>

namespace cli {

/// A text in JSON (RFC 8259), quotes included. Whatever could steer a terminal is escaped, and bytes that are not
/// UTF-8 become U+FFFD.
[[nodiscard]] std::string json_text(std::string_view text);

/// Bytes as a text in JSON, in hexadecimal, as `mysql --binary-as-hex` has them.
[[nodiscard]] std::string json_bytes(std::string_view bytes);

/// Whether a text is a number in JSON as it is: `1`, `-0.5` and `1e20` are, `007` is not.
[[nodiscard]] bool is_json_number(std::string_view text);

} // namespace cli

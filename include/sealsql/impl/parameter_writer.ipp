#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/parameter_writer.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>
#include <sealsql/error.hpp>
#include <sealsql/printable.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

SEALSQL_INLINE void throw_unsendable_parameter(std::size_t index)
{
    throw client_error(error_code::unknown_error,
                       concat({"parameter ", std::to_string(index + 1),
                               " has a value that no column can hold; nothing was sent"}),
                       "check the range of its type in the server's manual", "22003");
}

SEALSQL_INLINE TextRule text_rule(std::string_view character_set) noexcept
{
    auto const is = [character_set](std::string_view name) {
        bool is_same = character_set.size() == name.size();
        for (std::size_t i = 0; is_same && i < name.size(); ++i)
            is_same = (static_cast<unsigned char>(character_set[i]) | 0x20U) ==
                      static_cast<unsigned char>(name[i]); // of small letters and digits
        return is_same;
    };
    if (is("utf8mb4"))
        return TextRule::utf8mb4;
    if (is("utf8") || is("utf8mb3"))
        return TextRule::utf8mb3;
    return is("ascii") ? TextRule::ascii : TextRule::any;
}

SEALSQL_INLINE bool is_representable(std::string_view text, TextRule rule) noexcept
{
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
    auto const longest = static_cast<std::size_t>(rule);
    if (longest == 0)
        return true;
    std::uint64_t word = 0;
    while (!text.empty()) {
        if (text.size() >= sizeof word) {
            std::memcpy(&word, text.data(), sizeof word);
            if ((word & high_bits) == 0) {
                text.remove_prefix(sizeof word);
                continue;
            }
        }
        std::uint32_t code_point = 0;
        std::size_t const length = utf8_sequence(text, code_point);
        if (length - 1 >= longest) // none at all, too
            return false;
        text.remove_prefix(length);
    }
    return true;
}

SEALSQL_INLINE void require_representable(Bytes parameter, std::size_t index, TextRule rule)
{
    WireReader reader{parameter};
    std::string_view const text = reader.length_encoded_text();
    if (is_representable(text, rule))
        return;
    bool const is_text = is_representable(text, TextRule::utf8mb4);
    throw client_error(
        error_code::unknown_error,
        concat(
            {"parameter ", std::to_string(index + 1),
             rule == TextRule::ascii ? " is not ASCII, which the connection's texts are in"
             : is_text
                 ? " has characters beyond U+FFFF, which the connection's character set, utf8mb3, lacks"
                 : " is not UTF-8, which the connection's texts are in",
             "; nothing was sent"}),
        is_text ? "connect with character_set(\"utf8mb4\"), which has all characters"
                : "give bytes as std::vector<std::byte> or std::span<std::byte const>, and text in "
                  "another character set over a connection with that character_set()",
        "22021");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

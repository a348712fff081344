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

SEALSQL_INLINE bool is_utf8(char const* text, std::size_t size) noexcept
{
    constexpr std::uint64_t high_bits = 0x8080'8080'8080'8080;
    std::uint64_t word = 0;
    while (size != 0) {
        if (size >= sizeof word) {
            std::memcpy(&word, text, sizeof word);
            if ((word & high_bits) == 0) {
                text += sizeof word;
                size -= sizeof word;
                continue;
            }
        }
        std::uint32_t code_point = 0;
        std::size_t const length = utf8_sequence({text, size}, code_point);
        if (length == 0)
            return false;
        text += length;
        size -= length;
    }
    return true;
}

SEALSQL_INLINE void require_utf8(Bytes parameter, std::size_t index)
{
    WireReader reader{parameter};
    std::string_view const text = reader.length_encoded_text();
    if (!is_utf8(text.data(), text.size()))
        throw client_error(
            error_code::unknown_error,
            concat({"parameter ", std::to_string(index + 1),
                    " is not UTF-8, which the connection's texts are in; nothing was sent"}),
            "give bytes as std::vector<std::byte> or std::span<std::byte const>, and text in another "
            "character set over a connection with that character_set()",
            "22021");
}

} // namespace sealsql::inline SEALSQL_ABI::detail

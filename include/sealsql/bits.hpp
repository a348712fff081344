#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/value.hpp>

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string>

namespace sealsql::inline SEALSQL_ABI {

/// A BIT(n) whose n is known at run time only; `std::bitset<n>` is the one for the other case. Bit 0 is the
/// last one that SQL writes: b'001' has the value 1.
struct Bits {
    std::uint64_t value = 0;

    /// The column's n, 1 to 64; zero in a parameter that does not say it.
    unsigned size = 0;

    friend bool operator==(Bits const&, Bits const&) = default;
};

/// `size` zeros and ones, the highest bit first.
[[nodiscard]] inline std::string to_string(Bits bits)
{
    std::string text(bits.size, '0');
    for (std::size_t i = 0; i < text.size() && i < 64; ++i)
        if ((bits.value >> i & 1U) != 0)
            text[text.size() - 1 - i] = '1';
    return text;
}

namespace detail {

/// BIT is sent as bytes in both protocols, the highest first.
/// @return false if they are none, or more than 64 bits
[[nodiscard]] inline bool read_bits(Bytes bytes, std::uint64_t& value) noexcept
{
    if (bytes.empty() || bytes.size() > 8)
        return false;
    value = 0;
    for (std::byte const byte : bytes)
        value = value << 8U | std::to_integer<std::uint64_t>(byte);
    return true;
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

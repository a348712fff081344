#pragma once

// What several unit tests need: errors as values, bytes from hexadecimal, memory that ends where it
// ends.

#include <sealsql/error.hpp>

#include <cctype>
#include <cstddef>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace unit {

/// What `function` throws, as a value; a test that sees no error fails.
template <class Expected = sealsql::Error, class Function>
[[nodiscard]] Expected error_of(Function&& function)
{
    try {
        function();
    } catch (Expected const& error) {
        return error;
    }
    throw std::logic_error("nothing was thrown");
}

[[nodiscard]] inline bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != std::string_view::npos;
}

/// How often this thread has asked for memory so far; nothing where a sanitizer has the allocator. In
/// secret_erasure_test.cpp, as freed_with().
[[nodiscard]] std::optional<std::size_t> allocations() noexcept;

/// From now on, blocks that this thread gives back are searched for `text`, as long as that lives; none if it is
/// empty. Returns how many held the text that was searched for before: nothing under a sanitizer.
std::size_t freed_with(std::string_view text) noexcept;

/// "0a 35 2e" as three bytes.
[[nodiscard]] inline std::string from_hex(std::string_view digits)
{
    std::string bytes;
    unsigned value = 0;
    bool half = false;
    for (char const c : digits) {
        if (std::isxdigit(static_cast<unsigned char>(c)) == 0)
            continue;
        auto const digit = static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        value = value * 16 + digit;
        if (half)
            bytes += static_cast<char>(static_cast<unsigned char>(value & 0xFFU));
        half = !half;
    }
    return bytes;
}

/// Bytes in a block of their own and exactly their size, so that AddressSanitizer sees a read
/// beyond.
class Packet {
public:
    explicit Packet(std::string_view bytes)
        : bytes_{std::make_unique<std::byte[]>(bytes.size())}, size_{bytes.size()}
    {
        if (size_ != 0)
            std::memcpy(bytes_.get(), bytes.data(), size_);
    }

    [[nodiscard]] std::span<std::byte const> span() const noexcept { return {bytes_.get(), size_}; }

    /// Whether `text` lies within this packet: what a parser may give out.
    [[nodiscard]] bool holds(std::string_view text) const noexcept
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        auto const* const begin = reinterpret_cast<char const*>(bytes_.get());
        return text.empty() || (text.data() >= begin && text.data() + text.size() <= begin + size_);
    }

private:
    std::unique_ptr<std::byte[]> bytes_;
    std::size_t size_;
};

} // namespace unit

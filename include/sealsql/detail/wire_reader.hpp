#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Reads the elements of MySQL's protocol from bytes that may be hostile, bounds first. The first
/// read that does not fit makes the reader fail for good: it then gives zeros and empty texts, and
/// ok() tells. So a parser reads everything and asks once.
///
/// Sans-I/O: bytes in, values out. See "Protocol Basics: Data Types" in MySQL's source documentation.
class WireReader {
public:
    explicit WireReader(Bytes bytes) noexcept
        : position_{bytes.data()}, end_{bytes.data() + bytes.size()}
    {
    }

    [[nodiscard]] bool ok() const noexcept { return ok_; }
    [[nodiscard]] std::size_t remaining() const noexcept
    {
        return static_cast<std::size_t>(end_ - position_);
    }

    /// The next byte, without taking it; zero at the end.
    [[nodiscard]] std::uint8_t peek() const noexcept
    {
        return position_ == end_ ? std::uint8_t{0} : std::to_integer<std::uint8_t>(*position_);
    }

    /// A little-endian integer of `Size` bytes.
    template <std::size_t Size>
    [[nodiscard]] std::uint64_t integer() noexcept
    {
        static_assert(Size >= 1 && Size <= 8);
        if (!take(Size))
            return 0;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < Size; ++i)
            value |= std::to_integer<std::uint64_t>((position_ - Size)[i]) << (8U * i);
        return value;
    }

    /// A length-encoded integer. 0xFB (NULL) and 0xFF are no integers and make the reader fail.
    [[nodiscard]] std::uint64_t length_encoded_integer() noexcept
    {
        std::uint64_t const first = integer<1>();
        if (first < 0xFB)
            return first;
        switch (first) {
        case 0xFC:
            return integer<2>();
        case 0xFD:
            return integer<3>();
        case 0xFE:
            return integer<8>();
        default:
            ok_ = false;
            position_ = end_;
            return 0;
        }
    }

    /// Exactly `size` bytes.
    [[nodiscard]] std::string_view text(std::uint64_t size) noexcept
    {
        if (size > remaining() || !take(static_cast<std::size_t>(size))) {
            ok_ = false;
            position_ = end_;
            return {};
        }
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        return {reinterpret_cast<char const*>(position_ - size), static_cast<std::size_t>(size)};
    }

    [[nodiscard]] std::string_view length_encoded_text() noexcept
    {
        return text(length_encoded_integer());
    }

    [[nodiscard]] std::string_view rest() noexcept { return text(remaining()); }

    /// Up to the next NUL, which is taken as well; fails where there is none.
    [[nodiscard]] std::string_view nul_terminated_text() noexcept
    {
        void const* const nul = remaining() == 0 ? nullptr : std::memchr(position_, 0, remaining());
        if (nul == nullptr) {
            ok_ = false;
            position_ = end_;
            return {};
        }
        auto const size = static_cast<std::size_t>(static_cast<std::byte const*>(nul) - position_);
        std::string_view const found = text(size);
        skip(1);
        return found;
    }

    void skip(std::size_t size) noexcept { static_cast<void>(take(size)); }

private:
    bool take(std::size_t size) noexcept
    {
        if (!ok_ || size > remaining()) {
            ok_ = false;
            position_ = end_;
            return false;
        }
        position_ += size;
        return true;
    }

    std::byte const* position_;
    std::byte const* end_;
    bool ok_ = true;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sealsql::inline SEALSQL_ABI::detail {

/// A binary row of one column of bytes that comes in pieces: takes away what stands before the value. Sans-I/O.
/// See "Binary Protocol Resultset Row" in MySQL's source documentation.
class PieceReader {
public:
    /// Leaves in `piece` what is of the value.
    /// @return false if this is no such row
    [[nodiscard]] bool take(Bytes& piece) noexcept
    {
        while (!begun_ && !piece.empty()) {
            head_[head_size_++] = piece.front();
            piece = piece.subspan(1);
            if (!read_head())
                return false;
        }
        if (piece.size() > left_)
            return false;
        left_ -= piece.size();
        return true;
    }

    /// Whether all of it came.
    [[nodiscard]] bool is_whole() const noexcept { return begun_ && left_ == 0; }
    [[nodiscard]] bool is_null() const noexcept { return is_null_; }
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

private:
    /// A zero, the bit of what is NULL, and a length of 1, 3, 4 or 9 bytes.
    static constexpr std::size_t fixed = 2;

    [[nodiscard]] bool read_head() noexcept
    {
        if (head_[0] != std::byte{0})
            return false;
        if (head_size_ < fixed)
            return true;
        if (head_size_ == fixed) {
            is_null_ = (head_[1] & std::byte{4}) != std::byte{0};
            begun_ = is_null_;
            return true;
        }
        std::byte const first = head_[fixed];
        std::size_t const length = first == std::byte{0xFC}   ? 3
                                   : first == std::byte{0xFD} ? 4
                                   : first == std::byte{0xFE} ? 9
                                                              : 1;
        if (head_size_ < fixed + length)
            return true;
        WireReader reader{{head_ + fixed, length}};
        size_ = reader.length_encoded_integer();
        left_ = size_;
        begun_ = true;
        return reader.ok();
    }

    std::byte head_[fixed + 9] = {};
    std::size_t head_size_ = 0;
    std::uint64_t size_ = 0;
    std::uint64_t left_ = 0;
    bool begun_ = false;
    bool is_null_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

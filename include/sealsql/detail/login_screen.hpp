#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Watches the lengths of the packets that a server sends during the login, where all are short.
///
/// A longer one makes Connector/C move its buffer, while it still holds the name of the login method by
/// a pointer into it, and later prints that name.
///
/// Sans-I/O. See "Protocol::Packet" in MySQL's source documentation.
class LoginScreen {
public:
    static constexpr std::uint32_t longest = 4095;

    /// @return false once a packet announces more than it may hold; no byte of its length that makes it
    ///     so has been acted upon then
    [[nodiscard]] bool pass(Bytes bytes) noexcept
    {
        for (std::size_t i = 0; i < bytes.size();) {
            if (header_bytes_ == header_size) {
                std::size_t const part = std::min(bytes.size() - i, left_);
                i += part;
                left_ -= part;
                if (left_ == 0)
                    header_bytes_ = 0;
                continue;
            }
            if (header_bytes_ < 3)
                left_ += std::to_integer<std::size_t>(bytes[i]) << (8U * header_bytes_);
            if (left_ > longest)
                return false;
            ++i;
            if (++header_bytes_ == header_size && left_ == 0)
                header_bytes_ = 0;
        }
        return true;
    }

private:
    static constexpr unsigned header_size = 4;

    unsigned header_bytes_ = 0;
    std::size_t left_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

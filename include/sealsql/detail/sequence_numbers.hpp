#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The sequence number that the server's next packet has to have: one more than that of the packet before,
/// whoever sent it. Connector/C takes any.
///
/// Sans-I/O. See "Protocol::Packet" in MySQL's source documentation.
class SequenceNumbers {
public:
    /// Bytes that the client sent, in pieces of any size: Connector/C cuts a statement of 16 MiB where its buffer
    /// ends.
    void on_write(Bytes bytes) noexcept
    {
        while (!bytes.empty()) {
            if (header_bytes_ == header_size) {
                std::size_t const part = std::min(bytes.size(), left_);
                left_ -= part;
                bytes = bytes.subspan(part);
            } else {
                unsigned const byte = std::to_integer<unsigned>(bytes.front());
                bytes = bytes.subspan(1);
                if (header_bytes_ < 3)
                    left_ |= std::size_t{byte} << (8U * header_bytes_);
                else
                    next_ = (byte + 1) & 0xFFU;
                ++header_bytes_;
                is_known_ = true;
            }
            if (header_bytes_ == header_size && left_ == 0)
                header_bytes_ = 0;
        }
    }

    /// @return whether it is the number of the server's next packet, as far as that is known
    [[nodiscard]] bool take(unsigned number) noexcept
    {
        bool const is_due = !is_known_ || number == next_;
        next_ = (number + 1) & 0xFFU;
        return is_due;
    }

private:
    static constexpr unsigned header_size = 4;

    std::size_t left_ = 0; // of the packet that the client is sending
    unsigned header_bytes_ = 0;
    unsigned next_ = 0;
    bool is_known_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Appends the elements of MySQL's protocol to a buffer. The counterpart of WireReader.
///
/// Sans-I/O. See "Protocol Basics: Data Types" in MySQL's source documentation.
class WireWriter {
public:
    explicit WireWriter(ByteBuffer& buffer) noexcept : buffer_{&buffer} {}

    /// The low `Size` bytes of an integer, little-endian.
    template <std::size_t Size>
    void integer(std::uint64_t value)
    {
        static_assert(Size >= 1 && Size <= 8);
        std::byte* const to = buffer_->reserve(Size);
        for (std::size_t i = 0; i < Size; ++i)
            to[i] = static_cast<std::byte>(value >> (8U * i));
        buffer_->commit(Size);
    }

    void length_encoded_integer(std::uint64_t value)
    {
        if (value < 0xFB) {
            integer<1>(value);
        } else if (value <= 0xFFFF) {
            integer<1>(0xFC);
            integer<2>(value);
        } else if (value <= 0xFF'FFFF) {
            integer<1>(0xFD);
            integer<3>(value);
        } else {
            integer<1>(0xFE);
            integer<8>(value);
        }
    }

    void text(std::string_view text) { buffer_->append(text.data(), text.size()); }
    void bytes(void const* bytes, std::size_t size) { buffer_->append(bytes, size); }

    void length_encoded_text(std::string_view text)
    {
        length_encoded_integer(text.size());
        buffer_->append(text.data(), text.size());
    }

    [[nodiscard]] ByteBuffer& buffer() const noexcept { return *buffer_; }

private:
    ByteBuffer* buffer_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

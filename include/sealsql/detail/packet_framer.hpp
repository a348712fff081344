#pragma once

#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The largest part of a packet; one that is as large is followed by another part.
inline constexpr std::size_t largest_frame = 0xFF'FFFF;
inline constexpr std::size_t frame_header_size = 4;

/// Cuts what a server sends into packets: bytes in, payloads out. A packet of 16 MiB and more comes in
/// parts and leaves as one.
///
/// Sans-I/O: room() says where the next bytes are to be put, received() how many came. Nothing that a
/// header claims is allocated before the bytes are there. See "Protocol::Packet" in MySQL's source
/// documentation.
class PacketFramer {
public:
    enum class Status : std::uint8_t { packet, incomplete, out_of_order, too_large };

    explicit PacketFramer(std::size_t max_packet) noexcept
        : max_packet_{max_packet}, max_single_packet_{std::min(max_packet, largest_frame - 1)}
    {
    }

    /// The next packet's content, valid until the next call of next() or room().
    [[nodiscard, gnu::always_inline]] Status next(Bytes& payload) noexcept
    {
        // The usual packet, which is here as a whole and has the number that is due.
        std::size_t const available = input_.size();
        if (joined_ == 0 && available >= frame_header_size) {
            std::byte const* const header = input_.begin();
            std::uint32_t bytes = 0;
            std::memcpy(&bytes, header, sizeof bytes); // little-endian, as this machine
            std::size_t const size = bytes & largest_frame;
            if (size <= available - frame_header_size && size <= max_single_packet_ &&
                bytes >> 24U == sequence_) {
                sequence_ = (sequence_ + 1) & 0xFFU;
                payload = {header + frame_header_size, size};
                input_.consume(frame_header_size + size);
                return Status::packet;
            }
        }
        return next_slowly(payload);
    }

    /// The first byte of the next packet, zero if that is empty.
    [[nodiscard]] Status peek(std::byte& first) const noexcept
    {
        if (input_.size() < frame_header_size)
            return Status::incomplete;
        bool const is_empty = frame_size(input_.begin()) == 0;
        if (!is_empty && input_.size() == frame_header_size)
            return Status::incomplete;
        first = is_empty ? std::byte{0} : input_.begin()[frame_header_size];
        return Status::packet;
    }

    /// As next(), but gives the packet piece by piece as its bytes come, whatever its size: for what is larger
    /// than memory should be. `is_last` tells whether the packet ends with the piece, which may be empty.
    [[nodiscard]] Status next_piece(Bytes& piece, bool& is_last) noexcept
    {
        if (!in_frame_) {
            if (input_.size() <= frame_header_size &&
                (input_.size() < frame_header_size || frame_size(input_.begin()) != 0))
                return Status::incomplete;
            std::byte const* const header = input_.begin();
            std::size_t const size = frame_size(header);
            if (!takes(header, size))
                return Status::out_of_order;
            input_.consume(frame_header_size);
            in_frame_ = true;
            frame_left_ = size;
            joined_ = size == largest_frame ? largest_frame : 0; // another part follows
        }
        if (frame_left_ != 0 && input_.empty())
            return Status::incomplete;
        std::size_t const size = std::min(frame_left_, input_.size());
        piece = {input_.begin(), size};
        input_.consume(size);
        frame_left_ -= size;
        in_frame_ = frame_left_ != 0;
        is_last = !in_frame_ && joined_ == 0;
        return Status::packet;
    }

    /// Where the next bytes from the server go; not empty.
    [[nodiscard]] View<std::byte> room()
    {
        std::byte* const to = input_.reserve(least_room);
        return {to, input_.spare()};
    }
    void received(std::size_t count) noexcept { input_.commit(count); }

    /// The number that the next packet has to have: one more than that of the client's last.
    void expect(unsigned number) noexcept { sequence_ = number & 0xFFU; }

    /// Numbers are not looked at any more: whatever is below has numbers of its own.
    void ignore_numbers() noexcept { has_numbers_ = false; }

    /// @copydoc expect
    [[nodiscard]] unsigned expected() const noexcept { return sequence_; }

    /// Bytes that came and belong to no packet that was taken.
    [[nodiscard]] std::size_t buffered() const noexcept { return input_.size(); }

    /// Forgets what is waiting. The content of the packet that was taken last stays where it is.
    void drop() noexcept
    {
        input_.consume(input_.size());
        joined_ = 0;
    }

    /// Gives the memory back, if no bytes are waiting.
    void release() noexcept
    {
        if (input_.empty())
            input_.release();
    }

private:
    /// A TLS record and some.
    static constexpr std::size_t least_room = std::size_t{17} << 10U;

    [[nodiscard]] static std::size_t frame_size(std::byte const* header) noexcept
    {
        return std::to_integer<std::size_t>(header[0]) |
               std::to_integer<std::size_t>(header[1]) << 8U |
               std::to_integer<std::size_t>(header[2]) << 16U;
    }

    /// An error may come at any time, and from nowhere: servers send one when they end a connection that
    /// was idle.
    [[nodiscard]] bool takes(std::byte const* header, std::size_t size) noexcept
    {
        unsigned const number = std::to_integer<unsigned>(header[3]);
        bool const is_error = joined_ == 0 && size != 0 && header[4] == std::byte{0xFF};
        if (number != sequence_ && !is_error && has_numbers_)
            return false;
        sequence_ = (number + 1) & 0xFFU;
        return true;
    }

    [[nodiscard, gnu::noinline]] Status next_slowly(Bytes& payload) noexcept
    {
        for (;;) {
            // In front: what was joined so far, with the first part's header before it.
            std::size_t const known = joined_ == 0 ? 0 : frame_header_size + joined_;
            if (input_.size() - known < frame_header_size)
                return Status::incomplete;
            std::byte const* const header = input_.begin() + known;
            std::size_t const size = frame_size(header);
            if (size > max_packet_ || joined_ > max_packet_ - size)
                return Status::too_large;
            if (input_.size() - known - frame_header_size < size)
                return Status::incomplete;
            if (!takes(header, size))
                return Status::out_of_order;
            if (joined_ != 0)
                input_.remove(known, frame_header_size);
            joined_ += size;
            if (size == largest_frame)
                continue;
            payload = {input_.begin() + frame_header_size, joined_};
            input_.consume(frame_header_size + joined_);
            joined_ = 0;
            return Status::packet;
        }
    }

    ByteBuffer input_;
    std::size_t joined_ = 0; // bytes of the packet's parts that are here
    std::size_t max_packet_;
    std::size_t max_single_packet_;
    std::size_t frame_left_ = 0; // of a part that is given out piece by piece
    unsigned sequence_ = 1;
    bool has_numbers_ = true;
    bool in_frame_ = false;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The first byte of a command; see "Command Phase" in MySQL's source documentation.
enum class Command : std::uint8_t {
    select_database = 0x02,
    query = 0x03,
    ping = 0x0E,
    prepare = 0x16,
    execute = 0x17,
    send_long_data = 0x18,
    close_statement = 0x19,
    reset_statement = 0x1A,
    reset_connection = 0x1F,
    bulk_execute = 0xFA, // MariaDB
};

/// Commands on their way to the server, one or several, each in packets as they travel; and which number the
/// first packet of each reply has to have. Sans-I/O.
class CommandBuffer {
public:
    /// Begins a packet that is a command of its own.
    WireWriter begin(Command command)
    {
        WireWriter writer = begin_packet(0);
        is_answered_ = command != Command::close_statement && command != Command::send_long_data;
        writer.integer<1>(static_cast<unsigned>(command));
        return writer;
    }

    /// Begins a packet that continues what is under way.
    WireWriter begin_packet(unsigned sequence)
    {
        take_back_open();
        packet_ = bytes_.size();
        is_open_ = true;
        sequence_ = sequence;
        is_answered_ = false;
        WireWriter writer{bytes_};
        writer.integer<frame_header_size>(0);
        return writer;
    }

    /// Ends the packet: its size is known now.
    void end()
    {
        std::size_t at = packet_;
        std::size_t left = bytes_.size() - packet_ - frame_header_size;
        while (left >= largest_frame) {
            put_header(at, largest_frame);
            at += frame_header_size + largest_frame;
            left -= largest_frame;
            bytes_.insert(at, frame_header_size);
        }
        put_header(at, left);
        if (is_answered_)
            reply_numbers_.push_back(sequence_);
        is_open_ = false;
    }

    /// The size of the packet that is being written, without its header.
    [[nodiscard]] std::size_t packet_size() const noexcept
    {
        return bytes_.size() - packet_ - frame_header_size;
    }

    /// How much was written.
    struct Mark {
        std::size_t size;
        std::size_t replies;
    };
    [[nodiscard]] Mark mark() noexcept
    {
        take_back_open();
        return {bytes_.size(), reply_numbers_.size()};
    }

    /// Takes back what was written since.
    void cut(Mark mark)
    {
        bytes_.remove(mark.size, bytes_.size() - mark.size);
        reply_numbers_.resize(mark.replies);
        is_open_ = false;
    }

    /// The number of the packet behind the one that ended last.
    [[nodiscard]] unsigned next_number() const noexcept { return sequence_; }

    /// The number of the first packet of the next reply.
    [[nodiscard]] unsigned take_reply_number() noexcept
    {
        return replies_taken_ < reply_numbers_.size() ? reply_numbers_[replies_taken_++] : 1;
    }

    /// How many replies are still to be read.
    [[nodiscard]] std::size_t replies_due() const noexcept
    {
        return reply_numbers_.size() - replies_taken_;
    }

    /// No reply is to be read any more.
    void forget_replies() noexcept
    {
        reply_numbers_.clear();
        replies_taken_ = 0;
    }

    [[nodiscard]] Bytes bytes() const noexcept { return bytes_.bytes(); }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }
    [[nodiscard]] ByteBuffer& buffer() noexcept { return bytes_; }

    /// All of it was sent.
    void clear() noexcept
    {
        constexpr std::size_t worth_keeping = std::size_t{4} << 10U;
        if (bytes_.capacity() > worth_keeping)
            bytes_.release();
        bytes_.clear();
        is_open_ = false;
    }

private:
    /// A packet that was begun and not ended: something threw while it was written, and half of it must not be sent.
    void take_back_open() noexcept
    {
        if (is_open_)
            bytes_.remove(packet_, bytes_.size() - packet_);
        is_open_ = false;
    }

    void put_header(std::size_t at, std::size_t size) noexcept
    {
        std::byte* const header = bytes_.begin() + at;
        for (unsigned i = 0; i < 3; ++i)
            header[i] = static_cast<std::byte>(size >> (8U * i));
        header[3] = static_cast<std::byte>(sequence_);
        sequence_ = (sequence_ + 1) & 0xFFU;
    }

    ByteBuffer bytes_;
    std::size_t packet_ = 0;
    unsigned sequence_ = 0;
    bool is_answered_ = false;
    bool is_open_ = false; // begun and not ended
    List<unsigned> reply_numbers_;
    std::size_t replies_taken_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

// libFuzzer: bytes of a server in portions of any size, given to a PacketFramer, whose packets are taken as a whole or piece by
// piece, and compared with a cutter that has all bytes at once and takes its time.

#include "fuzz.hpp"

#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace {

using fuzz::require;
namespace detail = sealsql::detail;
using Status = detail::PacketFramer::Status;

std::string_view as_text(detail::Bytes bytes)
{
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

enum class Way : std::uint8_t { whole, pieces, in_turn, as_rows_of_bytes };

/// Which packets are taken piece by piece.
bool in_pieces(Way way, std::size_t packet, char first)
{
    switch (way) {
    case Way::whole:
        return false;
    case Way::pieces:
        return true;
    case Way::in_turn:
        return packet % 2 == 0;
    default: // as rows of one BLOB are read: what begins with a zero
        return first == 0;
    }
}

/// The packet at the front of the bytes, which the whole input from there on is.
class Front {
public:
    explicit Front(std::string_view bytes) noexcept : bytes_{bytes} {}

    [[nodiscard]] bool has_header() const noexcept { return bytes_.size() >= 4; }
    [[nodiscard]] std::size_t size() const noexcept
    {
        return at(0) + at(1) * 0x100 + at(2) * 0x1'0000;
    }
    [[nodiscard]] unsigned number() const noexcept { return static_cast<unsigned>(at(3)); }
    /// Whether its first byte is known: an empty packet counts as one that begins with a zero.
    [[nodiscard]] bool has_first() const noexcept
    {
        return has_header() && (size() == 0 || bytes_.size() > 4);
    }
    [[nodiscard]] char first() const noexcept { return size() == 0 ? '\0' : bytes_[4]; }
    [[nodiscard]] bool is_whole() const noexcept
    {
        return has_header() && bytes_.size() - 4 >= size();
    }
    /// What there is of it.
    [[nodiscard]] std::string_view content() const noexcept { return bytes_.substr(4, size()); }
    [[nodiscard]] bool is_due(unsigned expected) const noexcept
    {
        return number() == expected || (size() != 0 && first() == '\xff');
    }

private:
    [[nodiscard]] std::size_t at(std::size_t i) const noexcept
    {
        return static_cast<unsigned char>(bytes_[i]);
    }

    std::string_view bytes_;
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 3)
        return 0;
    // How large a packet may be, how the bytes are cut and taken, and where the numbers begin.
    std::size_t const max_packet = data[0] < 0x80 ? data[0] : std::size_t{1} << (data[0] % 32U);
    std::size_t const portion = 1 + data[1] % 64U;
    auto const way = static_cast<Way>(data[1] / 64U);
    unsigned expected = data[2];
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    std::string_view const bytes{reinterpret_cast<char const*>(data + 3), size - 3};

    detail::PacketFramer framer{max_packet};
    framer.expect(expected);
    std::size_t packets = 0;
    std::size_t taken = 0;        // bytes of packets and pieces that were given out
    std::size_t given = 0;        // bytes that the framer was given
    bool in_packet = false;       // some of its pieces came
    std::size_t of_packet = 0;    // how many bytes they were
    Front front{bytes};           // of what is taken from it, the framer may have but a part
    auto const end_packet = [&] { // it came as a whole
        expected = (front.number() + 1) % 256;
        taken += in_packet ? 0 : 4 + front.size();
        front = Front{bytes.substr(taken)};
        in_packet = false;
        of_packet = 0;
        ++packets;
    };
    for (;;) {
        Front const here{bytes.substr(taken, given - taken)}; // what the framer has
        Status status = Status::incomplete;
        bool wants_pieces = true;
        if (!in_packet) {
            auto byte = std::byte{0x5A};
            status = framer.peek(byte);
            require(status == (here.has_first() ? Status::packet : Status::incomplete));
            require(!here.has_first() || static_cast<char>(byte) == front.first());
            wants_pieces = in_pieces(way, packets, here.has_first() ? front.first() : '\0');
        }
        if (way == Way::as_rows_of_bytes && status == Status::incomplete && !in_packet) {
            // Nothing is taken before it is known how.
        } else if (wants_pieces) {
            detail::Bytes piece;
            bool is_last = false;
            status = framer.next_piece(piece, is_last);
            if (status == Status::packet) {
                require(in_packet || front.is_due(expected));
                require(piece.size() != 0 || front.size() == 0);
                if (!in_packet)
                    taken += 4;
                in_packet = true;
                require(as_text(piece) == front.content().substr(of_packet, piece.size()));
                of_packet += piece.size();
                taken += piece.size();
                require(is_last == (of_packet == front.size()));
                if (is_last)
                    end_packet();
            } else if (status == Status::out_of_order) {
                require(!in_packet && !front.is_due(expected));
                return 0;
            } else {
                require(status == Status::incomplete);
                require(in_packet ? taken == given : !here.has_first());
            }
        } else {
            detail::Bytes payload;
            status = framer.next(payload);
            if (status == Status::packet) {
                require(here.is_whole() && front.size() <= max_packet && front.is_due(expected));
                require(as_text(payload) == front.content());
                end_packet();
            } else if (status == Status::too_large) {
                require(here.has_header() && front.size() > max_packet);
                return 0;
            } else if (status == Status::out_of_order) {
                require(here.is_whole() && front.size() <= max_packet && !front.is_due(expected));
                return 0;
            } else {
                require(!here.is_whole());
            }
        }
        require(framer.buffered() == given - taken);
        if (status == Status::incomplete) {
            if (given == bytes.size())
                return 0;
            auto const room = framer.room();
            require(room.size() >= portion);
            std::size_t const count = std::min(portion, bytes.size() - given);
            std::memcpy(room.data(), bytes.data() + given, count);
            framer.received(count);
            given += count;
        }
    }
}

// libFuzzer: bytes of a server in pieces of any size, given to a PacketFramer, and compared with a cutter that has them all
// at once and takes its time.

#include <sealsql/detail/packet_framer.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace detail = sealsql::detail;
using Status = detail::PacketFramer::Status;

void require(bool invariant)
{
    if (!invariant)
        std::abort();
}

struct Expected {
    std::vector<std::string> packets;
    Status end = Status::incomplete;
};

Expected cut(std::string_view bytes, std::size_t max_packet, unsigned sequence)
{
    Expected expected;
    while (bytes.size() >= 4) {
        auto const at = [&](std::size_t i) {
            return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
        };
        std::size_t const size = at(0) + at(1) * 0x100 + at(2) * 0x1'0000;
        if (size > max_packet) {
            expected.end = Status::too_large;
            return expected;
        }
        if (bytes.size() < 4 + size)
            return expected; // no input is as long as a packet that goes on in another
        std::string_view const payload = bytes.substr(4, size);
        if (at(3) != sequence && !payload.starts_with('\xff')) {
            expected.end = Status::out_of_order;
            return expected;
        }
        sequence = (static_cast<unsigned>(at(3)) + 1) % 256;
        expected.packets.emplace_back(payload);
        bytes.remove_prefix(4 + size);
    }
    return expected;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 3)
        return 0;
    // How large a packet may be, how the bytes are cut, and where the numbers begin.
    std::size_t const max_packet = data[0] < 0x80 ? data[0] : std::size_t{1} << (data[0] % 32U);
    std::size_t const piece = 1 + data[1] % 64U;
    unsigned const sequence = data[2];
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
    std::string_view const bytes{reinterpret_cast<char const*>(data + 3), size - 3};
    Expected const expected = cut(bytes, max_packet, sequence);

    detail::PacketFramer framer{max_packet};
    framer.expect(sequence);
    std::size_t seen = 0;
    std::size_t taken = 0;
    std::size_t given = 0;
    Status status = Status::incomplete;
    while (status == Status::incomplete) {
        detail::Bytes payload;
        status = framer.next(payload);
        if (status == Status::packet) {
            require(seen < expected.packets.size());
            // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
            std::string_view const text{reinterpret_cast<char const*>(payload.data()),
                                        payload.size()};
            require(text == expected.packets[seen]);
            ++seen;
            taken += 4 + payload.size();
            status = Status::incomplete;
        } else if (status == Status::incomplete) {
            if (given == bytes.size())
                break;
            auto const room = framer.room();
            require(room.size() >= piece);
            std::size_t const count = std::min(piece, bytes.size() - given);
            std::memcpy(room.data(), bytes.data() + given, count);
            framer.received(count);
            given += count;
        }
        require(framer.buffered() == given - taken);
    }
    require(status == expected.end);
    require(seen == expected.packets.size());
    return 0;
}

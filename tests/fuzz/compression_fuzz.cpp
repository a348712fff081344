// libFuzzer: what a server could send on a compressed connection, in portions of any size.

#include "fuzz.hpp"

#include <sealsql/compression.hpp>
#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/view.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 4)
        return 0;
    std::size_t const step = 1 + data[0] % 64;
    std::size_t const portion = 1 + data[1];
    std::size_t const reply_after = data[2];
    bool const is_right =
        (data[3] & 1U) != 0; // then a number that is wrong is made right, so that more is reached
    std::vector<std::uint8_t> wire(data + 4, data + size);
    if (is_right) {
        unsigned number = 1;
        for (std::size_t at = 0; at + 7 <= wire.size();) {
            wire[at + 3] = static_cast<std::uint8_t>(number++);
            at +=
                7 + (wire[at] | std::size_t{wire[at + 1]} << 8U | std::size_t{wire[at + 2]} << 16U);
        }
    }
    std::unique_ptr<sealsql::detail::ByteCodec> const codec{sealsql::detail::make_zlib_codec()};
    codec->begin_reply();
    // A block of its own and exactly this size, for AddressSanitizer.
    std::vector<std::byte> room(step);
    room.shrink_to_fit();
    std::size_t at = 0;
    std::size_t out = 0;
    std::size_t rounds = 0;
    constexpr std::size_t enough = std::size_t{1} << 20U;
    while (out < enough) {
        std::size_t const got = codec->decode({room.data(), room.size()});
        require(got <= room.size());
        require(got == 0 || codec->problem() == nullptr);
        out += got;
        if (++rounds == reply_after)
            codec->begin_reply();
        if (got != 0)
            continue;
        if (codec->problem() != nullptr) {
            require(codec->decode({room.data(), room.size()}) == 0);
            break;
        }
        if (at == wire.size())
            break;
        sealsql::detail::View<std::byte> const to = codec->room();
        std::size_t const part = std::min({portion, wire.size() - at, to.size()});
        std::memcpy(to.data(), wire.data() + at, part);
        codec->received(part);
        at += part;
    }
    return 0;
}

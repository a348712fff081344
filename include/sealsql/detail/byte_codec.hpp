#pragma once

#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>

#include <cstddef>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What lies between packets and TLS, such as compression: packets in, other bytes out, and the way back.
/// Sans-I/O. The umbrella knows only this much of it.
class ByteCodec {
public:
    ByteCodec() noexcept = default;
    ByteCodec(ByteCodec const&) = delete;
    ByteCodec& operator=(ByteCodec const&) = delete;
    virtual ~ByteCodec() = default;

    /// Appends the form in which packets travel: of whole commands, or of what continues the one under way.
    virtual void encode(Bytes packets, bool continues, ByteBuffer& wire) = 0;

    /// A reply begins: of the first command that was encoded and is not answered.
    virtual void begin_reply() noexcept = 0;

    /// No reply is to be read any more.
    virtual void forget_replies() noexcept = 0;

    /// Where the next bytes from the network go; not empty.
    [[nodiscard]] virtual View<std::byte> room() = 0;
    virtual void received(std::size_t count) noexcept = 0;

    /// Puts bytes of packets into `to`, which is not empty, and none of the reply behind the one under way.
    /// @return how many; zero if more bytes are needed, or if there is a problem()
    [[nodiscard]] virtual std::size_t decode(View<std::byte> to) noexcept = 0;

    /// What was malformed, for a sentence that begins with the server's name; null if nothing was.
    [[nodiscard]] virtual char const* problem() const noexcept = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

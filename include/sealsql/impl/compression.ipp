#pragma once

#include <sealsql/compression.hpp>
#include <sealsql/detail/byte_buffer.hpp>
#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/command_buffer.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/list.hpp>
#include <sealsql/detail/packet_framer.hpp>
#include <sealsql/detail/result_stream.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_writer.hpp>
#include <sealsql/detail/zlib.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/result_stream.ipp>
#include <sealsql/impl/session.ipp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Each compressed packet has a header of its own: the size of what follows, a number, and the size of what that
/// becomes, or zero where it was left as it is. Where one packet ends has nothing to do with where the packets
/// within do, but the server begins each reply with a new one.
///
/// Numbers: each command begins with 0, and what follows counts on, whoever sends it. The numbers of the packets
/// within follow their own rules in each server, and nobody looks at them; so these are the ones that are checked.
///
/// Nothing is inflated but into the room that the reader of packets has, so a small packet that becomes a large
/// one takes no more memory than any other, and what it becomes is limited like all that a server sends.
class ZlibCodec final : public ByteCodec {
public:
    ZlibCodec()
    {
        if (deflateInit(&deflate_, level) != Z_OK)
            throw std::bad_alloc{};
        if (inflateInit(&inflate_) != Z_OK) {
            deflateEnd(&deflate_);
            throw std::bad_alloc{};
        }
    }
    ZlibCodec(ZlibCodec const&) = delete;
    ZlibCodec& operator=(ZlibCodec const&) = delete;
    ~ZlibCodec() override
    {
        deflateEnd(&deflate_);
        inflateEnd(&inflate_);
    }

    void encode(Bytes packets, bool continues, ByteBuffer& wire) override
    {
        if (continues) {
            expected_ = encode_command(packets, expected_, wire);
            return;
        }
        // Each command in compressed packets of its own: a server numbers by them.
        while (packets.size() >= frame_header_size) {
            std::size_t size = 0;
            std::size_t part = largest_frame;
            while (part == largest_frame && packets.size() - size >= frame_header_size) {
                std::byte const* const header = packets.data() + size;
                part = std::to_integer<std::size_t>(header[0]) |
                       std::to_integer<std::size_t>(header[1]) << 8U |
                       std::to_integer<std::size_t>(header[2]) << 16U;
                size += std::min(frame_header_size + part, packets.size() - size);
            }
            Bytes const command = packets.first(size);
            packets = packets.subspan(size);
            unsigned const next = encode_command(command, 0, wire);
            auto const name = size > frame_header_size
                                  ? static_cast<Command>(command[frame_header_size])
                                  : Command::query;
            if (name != Command::close_statement && name != Command::send_long_data)
                due_.push_back(next);
        }
    }

    void begin_reply() noexcept override
    {
        if (becomes_ == 0 ? left_ != 0 : missing_ != 0)
            problem_ = "sends more than one answer";
        expected_ = taken_ < due_.size() ? due_[taken_++] : 1;
        is_first_ = true;
    }

    void forget_replies() noexcept override
    {
        due_.clear();
        taken_ = 0;
        if (input_.empty())
            input_.release();
    }

    [[nodiscard]] View<std::byte> room() override
    {
        constexpr std::size_t least = std::size_t{17} << 10U; // a TLS record and some
        std::byte* const to = input_.reserve(least);
        return {to, input_.spare()};
    }

    void received(std::size_t count) noexcept override { input_.commit(count); }

    [[nodiscard]] std::size_t decode(View<std::byte> to) noexcept override
    {
        while (problem_ == nullptr && (left_ != 0 || begin_packet())) {
            std::size_t const size = becomes_ == 0 ? copy(to) : inflate_some(to);
            if (size != 0 && is_out_of_order_)
                check_unasked({to.data(), size});
            if (problem_ != nullptr)
                return 0;
            if (size != 0)
                return size;
            if (left_ != 0)
                return 0; // the rest of it is not here
        }
        return 0;
    }

    [[nodiscard]] char const* problem() const noexcept override { return problem_; }

private:
    static constexpr std::size_t header_size = 7;
    static constexpr int level = 6; // as Connector/C and the servers have it
    /// What is smaller does not become smaller.
    static constexpr std::size_t least_to_compress = 50;
    /// Far below what any server takes.
    static constexpr std::size_t most_in_one = std::size_t{1} << 20U;

    unsigned encode_command(Bytes bytes, unsigned number, ByteBuffer& wire)
    {
        while (!bytes.empty()) {
            Bytes const part = bytes.first(std::min(bytes.size(), most_in_one));
            bytes = bytes.subspan(part.size());
            encode_part(part, number, wire);
            number = (number + 1) & 0xFFU;
        }
        return number;
    }

    void encode_part(Bytes part, unsigned number, ByteBuffer& wire)
    {
        std::size_t const most =
            header_size + std::max(static_cast<std::size_t>(
                                       deflateBound(&deflate_, static_cast<uLong>(part.size()))),
                                   part.size());
        std::byte* const to = wire.reserve(most);
        std::size_t size = part.size();
        std::size_t becomes = 0;
        if (part.size() >= least_to_compress) {
            deflateReset(&deflate_);
            deflate_.next_in = bytes_of(part.data());
            deflate_.avail_in = static_cast<uInt>(part.size());
            deflate_.next_out = bytes_of(to + header_size);
            deflate_.avail_out = static_cast<uInt>(most - header_size);
            if (deflate(&deflate_, Z_FINISH) == Z_STREAM_END && deflate_.total_out < part.size()) {
                size = deflate_.total_out;
                becomes = part.size();
            }
        }
        if (becomes == 0)
            std::memcpy(to + header_size, part.data(), part.size());
        for (unsigned i = 0; i < 3; ++i) {
            to[i] = static_cast<std::byte>(size >> (8U * i));
            to[4 + i] = static_cast<std::byte>(becomes >> (8U * i));
        }
        to[3] = static_cast<std::byte>(number);
        wire.commit(header_size + size);
    }

    /// Takes a header, if it is here.
    [[nodiscard]] bool begin_packet() noexcept
    {
        if (input_.size() < header_size)
            return false;
        std::byte const* const header = input_.begin();
        left_ = becomes_ = 0;
        for (unsigned i = 0; i < 3; ++i) {
            left_ |= std::to_integer<std::size_t>(header[i]) << (8U * i);
            becomes_ |= std::to_integer<std::size_t>(header[4 + i]) << (8U * i);
        }
        unsigned const number = std::to_integer<unsigned>(header[3]);
        // Nothing is sent in no bytes, or nobody would ever see an end.
        if (left_ == 0)
            return fail("sent an empty compressed packet");
        // An error may come at any time, and from nowhere: when the connection was idle for too long.
        is_out_of_order_ = number != expected_;
        if (is_out_of_order_ && !is_first_)
            return fail("sends its packets out of order");
        is_first_ = false;
        expected_ = (number + 1) & 0xFFU;
        input_.consume(header_size);
        if (becomes_ != 0) {
            missing_ = becomes_;
            inflateReset(&inflate_);
        }
        return true;
    }

    [[nodiscard]] std::size_t copy(View<std::byte> to) noexcept
    {
        std::size_t const size = std::min({left_, input_.size(), to.size()});
        if (size != 0)
            std::memcpy(to.data(), input_.begin(), size);
        input_.consume(size);
        left_ -= size;
        return size;
    }

    [[nodiscard]] std::size_t inflate_some(View<std::byte> to) noexcept
    {
        std::size_t const made =
            missing_ == 0 ? 0 : step({to.data(), std::min(to.size(), missing_)});
        missing_ -= made;
        // The bytes behind the last, which say that all was right, make nothing more.
        std::byte beyond{};
        if (missing_ == 0 && left_ != 0 && !input_.empty() && problem_ == nullptr &&
            step({&beyond, 1}) != 0)
            static_cast<void>(fail("sent a compressed packet that becomes larger than it says"));
        return made;
    }

    [[nodiscard]] std::size_t step(View<std::byte> to) noexcept
    {
        std::size_t const given = std::min(left_, input_.size());
        inflate_.next_in = bytes_of(static_cast<std::byte const*>(input_.begin()));
        inflate_.avail_in = static_cast<uInt>(given);
        inflate_.next_out = bytes_of(to.data());
        inflate_.avail_out = static_cast<uInt>(to.size());
        int const result = given == 0 ? Z_BUF_ERROR : inflate(&inflate_, Z_NO_FLUSH);
        std::size_t const made = to.size() - inflate_.avail_out;
        input_.consume(given - inflate_.avail_in);
        left_ -= given - inflate_.avail_in;
        bool const is_ended = result == Z_STREAM_END;
        // zlib takes the last bytes only when all is out, so what is used up has to be at its end.
        if ((result != Z_OK && result != Z_BUF_ERROR && !is_ended) || is_ended != (left_ == 0) ||
            (is_ended && made < missing_))
            static_cast<void>(fail("sent a compressed packet that is damaged"));
        return made;
    }

    /// Out of order is only an error of the server's own.
    void check_unasked(Bytes bytes) noexcept
    {
        is_out_of_order_ = false;
        if (bytes.size() <= frame_header_size || bytes[frame_header_size] != std::byte{0xFF})
            static_cast<void>(fail("sends its packets out of order"));
    }

    [[nodiscard]] bool fail(char const* problem) noexcept
    {
        problem_ = problem;
        return false;
    }

    // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): bytes as bytes
    [[nodiscard]] static Bytef const* bytes_of(std::byte const* bytes) noexcept
    {
        return reinterpret_cast<Bytef const*>(bytes);
    }
    [[nodiscard]] static Bytef* bytes_of(std::byte* bytes) noexcept
    {
        return reinterpret_cast<Bytef*>(bytes);
    }
    // NOLINTEND

    z_stream deflate_{};
    z_stream inflate_{};
    ByteBuffer input_;
    std::size_t left_ = 0;    // of the packet under way, as it travels
    std::size_t becomes_ = 0; // zero: it is not compressed
    std::size_t missing_ = 0; // of what it becomes
    unsigned expected_ = 0;
    bool is_first_ = false;
    bool is_out_of_order_ = false;
    List<unsigned> due_;
    std::size_t taken_ = 0;
    char const* problem_ = nullptr;
};

SEALSQL_INLINE ByteCodec* make_zlib_codec()
{
    return new ZlibCodec; // NOLINT(cppcoreguidelines-owning-memory): as declared
}

} // namespace detail

SEALSQL_INLINE bool is_compressed(Connection const& db) noexcept
{
    detail::Shared<detail::Session> const& session = detail::SessionAccess::session(db);
    return session && session->is_compressed();
}

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Judges what a peer sends before TLS, where everything can be forged.
///
/// The rule: exactly one packet arrives, the greeting, whole and of the form that MySQL 5.5 and
/// later send, and it offers TLS; then exactly one packet leaves, the 36 bytes of the TLS request,
/// which hold no user name. Whatever else happens is a verdict, and the caller cuts the connection
/// before the client has answered.
///
/// Why a byte too many matters: Connector/C reads ahead, and bytes that came with the greeting stay
/// in its cache and are later read as if they had come through TLS.
///
/// Sans-I/O. See "Protocol::HandshakeV10" and "Protocol::SSLRequest" in MySQL's source documentation.
class GreetingGuard {
public:
    enum class Verdict : std::uint8_t {
        pass,
        tls_not_offered,
        bytes_after_greeting,
        error_packet,
        malformed_greeting,
        unexpected_write,
    };

    enum class Phase : std::uint8_t { greeting, request, before_handshake, handed_over };

    /// @param needs_tls whether a greeting that does not offer TLS is refused
    explicit GreetingGuard(bool needs_tls) noexcept : needs_tls_{needs_tls} {}

    /// Bytes that came from the peer.
    Verdict on_read(Bytes bytes) noexcept
    {
        if (verdict_ != Verdict::pass || phase_ == Phase::handed_over)
            return verdict_;
        if (phase_ != Phase::greeting)
            return settle(Verdict::bytes_after_greeting);
        std::size_t const fits = std::min(bytes.size(), buffer_.size() - size_);
        if (fits != 0)
            std::memcpy(buffer_.data() + size_, bytes.data(), fits);
        size_ += fits;
        Verdict const verdict = judge();
        bool const is_followed = verdict == Verdict::pass && fits < bytes.size();
        return settle(is_followed ? Verdict::bytes_after_greeting : verdict);
    }

    /// Bytes that the client sent.
    Verdict on_write(std::size_t size) noexcept
    {
        if (verdict_ != Verdict::pass || phase_ == Phase::handed_over)
            return verdict_;
        if (phase_ != Phase::request || size != tls_request_size)
            return settle(Verdict::unexpected_write);
        phase_ = Phase::before_handshake;
        return verdict_;
    }

    /// Whether all went by the rule, up to the first byte of TLS.
    [[nodiscard]] bool ready_for_handshake() const noexcept
    {
        return verdict_ == Verdict::pass && phase_ == Phase::before_handshake;
    }

    /// TLS, or a plaintext that was asked for, answers for the bytes from here on.
    void hand_over() noexcept { phase_ = Phase::handed_over; }

    [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }
    [[nodiscard]] Phase phase() const noexcept { return phase_; }
    [[nodiscard]] bool tls_offered() const noexcept { return tls_offered_; }

    /// The content of the first packet as it came, for people to read: nobody vouches for it.
    [[nodiscard]] Bytes first_packet() const noexcept { return payload(); }
    /// The login method that the greeting names; empty if it names none. Anybody can have written it.
    [[nodiscard]] std::string_view named_method() const noexcept
    {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes as text
        return {reinterpret_cast<char const*>(buffer_.data()) + method_at_, method_size_};
    }

    /// What a peer that sent an error instead of a greeting claims.
    [[nodiscard]] int claimed_code() const noexcept { return claimed_code_; }
    [[nodiscard]] std::string claimed_message() const
    {
        WireReader reader{payload()};
        reader.skip(3);
        if (reader.peek() == '#')
            reader.skip(6);
        return std::string{reader.rest()};
    }

private:
    static constexpr std::size_t header_size = 4;
    static constexpr std::size_t tls_request_size = header_size + 32;
    static constexpr std::uint8_t error_marker = 0xFF;
    static constexpr std::uint64_t protocol_version = 10;
    static constexpr std::uint64_t client_protocol_41 = 1U << 9U;
    static constexpr std::uint64_t client_ssl = 1U << 11U;
    static constexpr std::uint64_t client_secure_connection = 1U << 15U;
    static constexpr std::uint64_t client_plugin_auth = 1U << 19U;

    Verdict settle(Verdict verdict) noexcept
    {
        verdict_ = verdict;
        return verdict;
    }

    [[nodiscard]] WireReader header() const noexcept
    {
        return WireReader{Bytes{buffer_.data(), header_size}};
    }

    /// The first packet's content, as far as it has come, and nothing behind it.
    [[nodiscard]] Bytes payload() const noexcept
    {
        std::size_t const length = static_cast<std::size_t>(header().integer<3>());
        std::size_t const known = size_ > header_size ? size_ - header_size : 0;
        return {buffer_.data() + header_size, std::min(length, known)};
    }

    [[nodiscard]] Verdict judge() noexcept
    {
        if (size_ < header_size)
            return Verdict::pass;
        WireReader reader_of_header = header();
        std::uint64_t const length = reader_of_header.integer<3>();
        if (reader_of_header.integer<1>() != 0 || length > buffer_.size() - header_size)
            return Verdict::malformed_greeting;
        WireReader reader{payload()};
        // MariaDB's progress report. Connector/C looks then at what kind of server it is, which no greeting has
        // said yet, and crashes: so it must not get the rest of the packet.
        constexpr std::uint64_t report_of_progress = 0xFFFF;
        WireReader number{payload()};
        if (number.integer<1>() == error_marker && number.integer<2>() == report_of_progress &&
            number.ok())
            return Verdict::malformed_greeting;
        if (size_ < header_size + length)
            return Verdict::pass;

        if (reader.peek() == error_marker) {
            reader.skip(1);
            claimed_code_ = static_cast<int>(reader.integer<2>());
            return reader.ok() ? Verdict::error_packet : Verdict::malformed_greeting;
        }
        // A valid greeting with something behind it is an injection, whatever else is wrong with it.
        bool const more_follows = size_ > header_size + length;
        if (more_follows)
            return Verdict::bytes_after_greeting;
        return judge_greeting(reader);
    }

    [[nodiscard]] Verdict judge_greeting(WireReader& reader) noexcept
    {
        if (reader.integer<1>() != protocol_version)
            return Verdict::malformed_greeting;
        static_cast<void>(reader.nul_terminated_text()); // server version
        reader.skip(4 + 8 + 1); // connection id, first part of the nonce, NUL
        std::uint64_t capabilities = reader.integer<2>();
        reader.skip(1 + 2); // character set, status
        capabilities |= reader.integer<2>() << 16U;
        std::uint64_t const nonce_size = reader.integer<1>();
        reader.skip(10);
        if (!reader.ok())
            return Verdict::malformed_greeting;

        std::uint64_t const second_part =
            std::max<std::uint64_t>(13, nonce_size < 8 ? 0 : nonce_size - 8);
        static_cast<void>(reader.text(second_part));
        // An empty name of a login method would pass Connector/C's list of allowed ones.
        bool const may_name_method = (capabilities & client_plugin_auth) != 0;
        if (may_name_method) {
            method_at_ = header_size + payload().size() - reader.remaining();
            method_size_ = reader.nul_terminated_text().size();
        }
        bool const names_method = !may_name_method || method_size_ != 0;
        constexpr std::uint64_t needed = client_protocol_41 | client_secure_connection;
        if (!reader.ok() || !names_method || (capabilities & needed) != needed)
            return Verdict::malformed_greeting;

        tls_offered_ = (capabilities & client_ssl) != 0;
        if (needs_tls_ && !tls_offered_)
            return Verdict::tls_not_offered;
        phase_ = Phase::request;
        return Verdict::pass;
    }

    std::array<std::byte, 2048> buffer_{};
    std::size_t size_ = 0;
    std::size_t method_at_ = 0;
    std::size_t method_size_ = 0;
    int claimed_code_ = 0;
    bool needs_tls_;
    bool tls_offered_ = false;
    Phase phase_ = Phase::greeting;
    Verdict verdict_ = Verdict::pass;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/sequence_numbers.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/login_method.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Stands between a server and Connector/C during the login. It is shown each byte before Connector/C acts
/// upon it, in Connector/C's own buffer, and may change it there.
///
/// What it is for:
/// - Connector/C loads the library of any login method that a server names, asks afterwards whether it is on
///   its list, and then finds `m` on a list that has `mysql_native_password`. Here names are compared whole.
/// - Connector/C reads behind the end of an OK packet that is too short, and keeps what it says about sessions
///   and redirections. Nobody here needs any of it: each OK that ends a login is made an empty one.
/// - A packet longer than a login has makes Connector/C move its buffer, while it still holds the name of the
///   login method by a pointer into it.
/// - Connector/C does not count: not packets, and not their sequence numbers.
///
/// Bytes that came in an earlier piece are out of reach. So a packet is refused at the first byte that no
/// good one has, and what is left of it is filled so that Connector/C finds no method by the name that it
/// then reads, and nothing in it to answer. The caller cuts the connection as well, and throws verdict().
///
/// Sans-I/O. See "Connection Phase" in MySQL's source documentation.
class LoginScreen {
public:
    enum class Verdict : std::uint8_t {
        pass,
        method_refused, // it is asked_for()
        old_password,
        second_factor,
        another_question,
        too_much,
        out_of_order,
        malformed,
    };

    /// The longest packet of a login.
    static constexpr std::uint32_t longest = 4095;

    /// The methods that may be asked for from here on.
    void permit(LoginMethods methods) noexcept { permitted_ = methods; }

    /// The method that the login begins with.
    void begin_with(LoginMethod method) noexcept { begin_method(method == LoginMethod::dialog); }

    /// Bytes that came from the server.
    /// @return whether they pass; if not, they are harmless, and so are all that follow
    [[nodiscard]] bool on_read(View<std::byte> bytes) noexcept
    {
        if (verdict_ != Verdict::pass) {
            // Also as the first byte of a packet: an error, which no login method is shown.
            std::fill(bytes.begin(), bytes.end(), error_marker);
            return false;
        }
        Piece piece{.name_was_known = name_is_known_};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bool const in_header = header_bytes_ < header_size;
            if (in_header && header_bytes_ == 0)
                piece = {.packet = i};
            if (!in_header && position_ == 0) {
                piece.payload = i;
                piece.has_payload = true;
            }
            if (in_header)
                judge_header(std::to_integer<unsigned>(bytes[i]));
            else
                judge_payload(bytes[i]);
            if (verdict_ == Verdict::pass)
                continue;
            if (bytes[i] != std::byte{0})
                keep_name(bytes.subspan(i + 1));
            // An OK is found out at its end, and is harmless already; half of it would not be.
            bool const is_emptied = !in_header && kind_ == Kind::ok && position_ != 0;
            if (in_header || is_emptied)
                std::fill(bytes.begin() +
                              static_cast<std::ptrdiff_t>(is_emptied ? i + 1 : piece.packet),
                          bytes.end(), error_marker);
            else
                spoil(bytes, piece);
            return false;
        }
        return true;
    }

    /// Bytes that the client sent.
    void on_write(Bytes bytes) noexcept
    {
        is_over_ = false;
        numbers_.on_write(bytes);
    }

    [[nodiscard]] Verdict verdict() const noexcept { return verdict_; }

    /// The method that was refused, as the server names it, and perhaps not all of it. Not printable.
    [[nodiscard]] std::string_view asked_for() const noexcept { return {name_.data(), name_size_}; }

private:
    static constexpr unsigned header_size = 4;
    /// A login has five at most; with a proxy that asks again, some more.
    static constexpr unsigned most_packets = 32;

    static constexpr std::byte error_marker{0xFF};

    enum class Kind : std::uint8_t { ok, error, change, data };

    /// The packet under way, as far as it is in the bytes that came last.
    struct Piece {
        std::size_t packet = 0;
        std::size_t payload = 0;
        bool has_payload = false;
        bool name_was_known = false;
    };

    void refuse(Verdict verdict) noexcept { verdict_ = verdict; }

    void begin_method(bool asks) noexcept
    {
        is_dialog_ = asks;
        may_ask_ = asks;
    }

    void judge_header(unsigned byte) noexcept
    {
        if (header_bytes_ == 0) {
            size_ = 0;
            position_ = 0;
            name_is_known_ = false;
            kind_ = Kind::data;
            if (is_over_)
                return refuse(Verdict::malformed);
            if (++packets_ > most_packets)
                return refuse(Verdict::too_much);
        }
        if (header_bytes_ < 3) {
            size_ |= byte << (8U * header_bytes_);
            if (size_ > longest)
                return refuse(Verdict::too_much);
        } else {
            if (!numbers_.take(byte))
                return refuse(Verdict::out_of_order);
            if (size_ == 0)
                return refuse(Verdict::malformed);
        }
        ++header_bytes_;
    }

    void judge_payload(std::byte& byte) noexcept
    {
        unsigned const value = std::to_integer<unsigned>(byte);
        if (position_ == 0)
            judge_first(value);
        else if (kind_ == Kind::change)
            judge_change(value);
        else if (kind_ == Kind::error)
            judge_error(value);
        else if (kind_ == Kind::data && is_dialog_ && position_ == 1 && is_escaped_)
            judge_question(value);
        if (verdict_ != Verdict::pass)
            return;
        if (kind_ == Kind::ok) {
            if (position_ < ok_.size())
                ok_[position_] = byte;
            // Affected rows, identifier, status, warnings: none, none, autocommit, none.
            byte = std::byte{position_ == 3 ? std::uint8_t{2} : std::uint8_t{0}};
        }
        if (++position_ == size_)
            judge_end();
    }

    void judge_first(unsigned value) noexcept
    {
        constexpr std::size_t shortest_ok = 7;
        constexpr std::size_t shortest_error = 3;
        switch (value) {
        case 0x00:
            kind_ = Kind::ok;
            if (size_ < shortest_ok)
                refuse(Verdict::malformed);
            return;
        case 0xFF:
            kind_ = Kind::error;
            if (size_ < shortest_error)
                refuse(Verdict::malformed);
            return;
        case 0xFE:
            kind_ = Kind::change;
            name_size_ = 0;
            if (size_ == 1)
                refuse(Verdict::old_password);
            return;
        default:
            kind_ = Kind::data;
            is_escaped_ = value == 1;
            if (value == 2 && !is_dialog_)
                return refuse(Verdict::second_factor);
            if (is_dialog_ && !is_escaped_)
                return judge_question(value);
            // Without content it would be answered with the password, too.
            if (is_dialog_ && (size_ == 1 || !may_ask_))
                refuse(Verdict::another_question);
        }
    }

    /// The first byte of a question says of what kind it is. To all but one for a password, and to a second
    /// one, Connector/C would have this program's terminal answer.
    void judge_question(unsigned type) noexcept
    {
        constexpr unsigned password = 2;
        if (!may_ask_ || type >> 1U != password)
            return refuse(Verdict::another_question);
        may_ask_ = false;
    }

    void judge_change(unsigned value) noexcept
    {
        if (name_is_known_) {
            if (is_dialog_ && may_ask_)
                judge_question(value);
            return;
        }
        if (value != 0) {
            if (name_size_ == name_.size() || !is_part_of_permitted(value))
                return refuse(Verdict::method_refused);
            return;
        }
        for (LoginMethod const method : all_login_methods) {
            if (!permitted_.contains(method) || to_string(method) != asked_for())
                continue;
            name_is_known_ = true;
            return begin_method(method == LoginMethod::dialog);
        }
        refuse(Verdict::method_refused);
    }

    /// Whether a permitted name goes on with this character, which is kept.
    [[nodiscard]] bool is_part_of_permitted(unsigned character) noexcept
    {
        name_[name_size_++] = static_cast<char>(character);
        for (LoginMethod const method : all_login_methods) {
            if (permitted_.contains(method) && to_string(method).starts_with(asked_for()))
                return true;
        }
        return false;
    }

    void judge_error(unsigned value) noexcept
    {
        constexpr std::size_t size_with_state = 9;
        // 65535 is no error but a report of progress, after which Connector/C reads on. Logins have none.
        if (position_ == 1)
            error_begins_with_ff_ = value == 0xFF;
        if (position_ == 2 && error_begins_with_ff_ && value == 0xFF)
            refuse(Verdict::malformed);
        // What lies behind the packet is not its message: perhaps the password that was just sent.
        if (position_ == 3 && value == '#' && size_ < size_with_state)
            refuse(Verdict::malformed);
    }

    void judge_end() noexcept
    {
        header_bytes_ = 0;
        Completion completion;
        switch (kind_) {
        case Kind::ok:
            is_over_ = true;
            if (!parse_ok(Bytes{ok_}.first(std::min<std::size_t>(size_, ok_.size())), completion))
                refuse(Verdict::malformed);
            return;
        case Kind::change:
            if (!name_is_known_) // it has no end
                refuse(Verdict::method_refused);
            // Asked nothing, Connector/C answers with the password all the same.
            may_ask_ = false;
            return;
        default:
            return;
        }
    }

    /// Keeps the rest of a name that is refused, for the message.
    void keep_name(Bytes rest) noexcept
    {
        if (verdict_ != Verdict::method_refused)
            return;
        std::size_t const in_packet = size_ - std::min<std::size_t>(size_, position_ + 1);
        for (std::byte const byte : rest.first(std::min(rest.size(), in_packet))) {
            if (byte == std::byte{0} || name_size_ == name_.size())
                return;
            name_[name_size_++] = static_cast<char>(byte);
        }
    }

    /// Makes the packet that is refused, and what follows, harmless, as far as it came in one piece.
    void spoil(View<std::byte> bytes, Piece piece) const noexcept
    {
        bool const began_before = !piece.has_payload;
        // No plugin's name may have this character. In a length it is one of megabytes, which never come.
        std::byte filling{'/'};
        // What is in place of a question: one for the password, whose answer finds the connection cut (any
        // other would be put to the terminal); in a packet of its own, the end of the login.
        if (began_before && kind_ == Kind::change && piece.name_was_known)
            filling = std::byte{5};
        if (began_before && kind_ == Kind::data)
            filling = std::byte{0};
        std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(piece.packet), bytes.end(), filling);
        if (piece.has_payload)
            bytes[piece.payload] = error_marker;
    }

    LoginMethods permitted_{};
    std::array<char, 64> name_{};
    std::size_t name_size_ = 0;
    std::array<std::byte, 24> ok_{};
    std::uint32_t size_ = 0;
    std::uint32_t position_ = 0; // in the packet's content
    unsigned header_bytes_ = 0;
    unsigned packets_ = 0;
    SequenceNumbers numbers_;
    bool is_over_ = false; // until the client sends something
    bool name_is_known_ = false;
    bool is_dialog_ = false;
    bool may_ask_ = false;
    bool is_escaped_ = false;
    bool error_begins_with_ff_ = false;
    Kind kind_ = Kind::data;
    Verdict verdict_ = Verdict::pass;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

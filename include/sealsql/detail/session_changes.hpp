#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/detail/wire_reader.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The reply reports changes of the session's state.
inline constexpr std::uint16_t status_session_changed = 0x4000;
/// A backslash in a literal is a character like others.
inline constexpr std::uint16_t status_no_backslash_escapes = 0x0200;

enum class SessionChange : std::uint8_t {
    /// The variable did not change.
    none,
    changed,
    /// Something changed, and the packet does not say what.
    unsaid,
    malformed,
};

/// The new value of a system variable, if an OK packet reports one; it is a view into the packet. And whether it
/// reports that another database was chosen, or any change but of what comes and goes with transactions. Only for servers
/// that agreed to CLIENT_SESSION_TRACK. Sans-I/O, and the packet may be hostile.
///
/// See "OK_Packet", "Session State Information", in MySQL's source documentation.
[[nodiscard]] inline SessionChange find_session_change(Bytes packet, std::string_view variable,
                                                       std::string_view& value,
                                                       bool& is_database_changed,
                                                       bool& is_state_changed) noexcept
{
    constexpr std::uint64_t system_variable = 0;
    constexpr std::uint64_t database = 1;
    constexpr std::uint64_t transaction_ids = 3;
    constexpr std::uint64_t transaction_state = 5; // MySQL 9 reports it unless told not to
    is_database_changed = false;
    is_state_changed = false;
    auto const within = [&](std::string_view text) noexcept {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): text as bytes
        return WireReader{{reinterpret_cast<std::byte const*>(text.data()), text.size()}};
    };
    if (is_eof(packet)) { // has no room for it
        is_state_changed = (parse_eof(packet).status & status_session_changed) != 0;
        return is_state_changed ? SessionChange::unsaid : SessionChange::none;
    }
    WireReader reader{packet};
    std::uint64_t const marker = reader.integer<1>();
    static_cast<void>(reader.length_encoded_integer()); // affected rows
    static_cast<void>(reader.length_encoded_integer()); // last inserted id
    std::uint64_t const status = reader.integer<2>();
    reader.skip(2); // warnings
    if (marker != 0 || !reader.ok())
        return SessionChange::malformed;
    if ((status & status_session_changed) == 0)
        return SessionChange::none;
    is_state_changed = reader.remaining() == 0;
    if (is_state_changed)
        return SessionChange::unsaid;
    static_cast<void>(reader.length_encoded_text()); // a message for people
    WireReader changes = within(reader.length_encoded_text());
    SessionChange found = SessionChange::none;
    while (changes.remaining() != 0) {
        std::uint64_t const kind = changes.integer<1>();
        WireReader variables = within(changes.length_encoded_text());
        is_database_changed = is_database_changed || kind == database;
        is_state_changed =
            is_state_changed || (kind != transaction_ids && kind != transaction_state);
        while (kind == system_variable && variables.remaining() != 0) {
            std::string_view const name = variables.length_encoded_text();
            std::string_view const now = variables.length_encoded_text();
            if (name == variable) {
                value = now;
                found = SessionChange::changed;
            }
        }
        if (!variables.ok())
            return SessionChange::malformed;
    }
    return reader.ok() && changes.ok() && reader.remaining() == 0 ? found
                                                                  : SessionChange::malformed;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

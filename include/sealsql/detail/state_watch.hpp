#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/view.hpp>

#include <cstdint>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What commands may leave behind in the session that no server reports.
enum class Trace : std::uint8_t {
    none,
    /// Locks by GET_LOCK(), which a trigger may have taken.
    locks,
    anything,
};

/// What whoever lends a session wants to know of its state when it comes back. No command is looked at unless
/// `find_traces` is set.
struct StateWatch {
    /// What commands may leave, as they travel, by all that they say.
    Trace (*find_traces)(Bytes commands) noexcept = nullptr;
    /// A command may have left anything, or the server said that the state changed.
    bool is_changed = false;
    /// A statement wrote, and may have run a trigger.
    bool may_hold_locks = false;
    /// The server refused to write, as one does that is no primary any more.
    bool is_read_only = false;

    void look_at(Bytes commands) noexcept
    {
        if (find_traces == nullptr || is_changed)
            return;
        Trace const trace = find_traces(commands);
        is_changed = trace == Trace::anything;
        may_hold_locks = may_hold_locks || trace == Trace::locks;
    }

    /// A statement is executed that was prepared before, and looked at then.
    void note_execute(bool gives_rows) noexcept
    {
        may_hold_locks = may_hold_locks || (find_traces != nullptr && !gives_rows);
    }

    void note_error(int code) noexcept
    {
        // What a statement changed before it failed, as by a trigger, need not be reported.
        is_changed = is_changed || find_traces != nullptr;
        is_read_only = is_read_only || code == error_code::option_prevents_statement ||
                       code == error_code::read_only_transaction ||
                       code == error_code::read_only_mode;
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail

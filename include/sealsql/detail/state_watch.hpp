#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/view.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What whoever lends a session wants to know of its state when it comes back. No command is looked at unless
/// `are_plain` is set.
struct StateWatch {
    /// Whether commands, as they travel, leave the session's state as it is, by all that they say.
    bool (*are_plain)(Bytes commands) noexcept = nullptr;
    /// A command was not plain, or the server said that the state changed.
    bool is_changed = false;
    /// The server refused to write, as one does that is no primary any more.
    bool is_read_only = false;

    void look_at(Bytes commands) noexcept
    {
        if (are_plain != nullptr && !is_changed)
            is_changed = !are_plain(commands);
    }

    void note_error(int code) noexcept
    {
        // What a statement changed before it failed, as by a trigger, need not be reported.
        is_changed = is_changed || are_plain != nullptr;
        is_read_only = is_read_only || code == error_code::option_prevents_statement ||
                       code == error_code::read_only_transaction ||
                       code == error_code::read_only_mode;
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail

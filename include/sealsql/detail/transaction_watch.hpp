#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/reply.hpp>
#include <sealsql/fwd.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Of errors by which a server says that it has rolled the whole transaction back.
[[nodiscard]] inline bool rolls_back(int code) noexcept
{
    return code == error_code::deadlock || code == error_code::lock_wait_timeout ||
           code == error_code::error_during_commit ||
           code == error_code::transaction_rollback_during_commit;
}

/// What replies tell about the session's transaction. Who watches one takes `was_closed` and `error` back first.
struct TransactionWatch {
    /// The server's latest word on whether one is under way.
    bool is_open = false;
    /// After some statement none was.
    bool was_closed = false;
    /// The code of the latest error that no word of the server followed: one of those that end a transaction,
    /// perhaps. Zero for none.
    int error = 0;
    /// Somebody ends it, and then calls release_commits().
    bool is_owned = false;
    /// The Transaction that is alive on the session, and what it has to say before a command is written: it throws if
    /// that must not be, as when the transaction is over behind the caller's back. The text is empty where the command has
    /// none. Null: there is none, or whoever made it knows that it is over.
    Transaction* owner = nullptr;
    void (*before_command)(Transaction& owner, std::string_view sql) = nullptr;
    /// See hold_commits().
    bool holds_commits = false;
    /// Commands were on their way together in it, with autocommit off.
    bool sends_ahead = false;
    /// The error by which the server may have taken it back while commands behind that were on their way; zero for none.
    /// With autocommit off, these have begun another one, and no status tells.
    int lost_by = 0;

    void note_error(int code) noexcept
    {
        error = code;
        if (sends_ahead && lost_by == 0 && rolls_back(code))
            lost_by = code;
    }

    void note(Completion const& completion) noexcept
    {
        is_open = completion.in_transaction();
        was_closed = was_closed || !is_open;
        error = was_closed ? error : 0;
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/reply.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What replies tell about the session's transaction. Who watches one takes `was_closed` and `error` back first.
struct TransactionWatch {
    /// The server's latest word on whether one is under way.
    bool is_open = false;
    /// After some statement none was.
    bool was_closed = false;
    /// The code of the latest error that no word of the server followed: one of those that end a transaction,
    /// perhaps. Zero for none.
    int error = 0;

    void note(Completion const& completion) noexcept
    {
        is_open = completion.in_transaction();
        was_closed = was_closed || !is_open;
        error = was_closed ? error : 0;
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail

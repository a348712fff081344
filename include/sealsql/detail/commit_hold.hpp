#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/session.hpp>

#include <cstdint>

/// @file
/// Commands that are on their way together, in a transaction. If the server takes the transaction back at one of them, as in a
/// deadlock, it goes on with those behind it: each would be committed by itself. With autocommit off they begin a
/// transaction that nobody commits. (To send them one by one would be safe, and no batch.)

namespace sealsql::inline SEALSQL_ABI::detail {

inline constexpr std::uint16_t status_autocommit = 0x0002;

/// Switches autocommit off, for a caller who calls release_commits() in the end. In an exchange of its own: a Galera
/// node that has taken a transaction back says so to whatever comes next, and nothing must be behind that.
inline void hold_all_commits(Session& session)
{
    if ((session.status() & status_autocommit) != 0) {
        session.run_plain("SET autocommit = 0");
        session.transaction.holds_commits = true;
    }
    session.transaction.sends_ahead = true;
}

/// The same for the rest of a transaction, if somebody is there who ends it.
inline void hold_commits(Session& session)
{
    if (session.transaction.is_owned && session.transaction.is_open && !session.is_cleaning_up())
        hold_all_commits(session);
}

/// When the transaction is over: nothing may be open that this would commit.
inline void release_commits(Session& session) noexcept
{
    session.transaction.is_owned = false;
    session.transaction.sends_ahead = false;
    session.transaction.lost_by = 0;
    if (!session.transaction.holds_commits)
        return;
    session.transaction.holds_commits = false;
    if (!session.usable())
        return;
    try {
        Session::CleanUp const clean_up{session};
        session.run_plain("SET autocommit = 1");
    } catch (...) {
        session.close(); // what comes next would not be committed
    }
}

} // namespace sealsql::inline SEALSQL_ABI::detail

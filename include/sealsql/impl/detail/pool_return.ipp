#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/plain_statement.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/detail/transaction_end.hpp>
#include <sealsql/detail/unlooked_at.hpp>
#include <sealsql/detail/waiting_line.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/detail/pool_line.ipp>
#include <sealsql/impl/detail/pool_report.ipp>
#include <sealsql/impl/detail/session_limit.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/pool_options.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What Connection::reset() may leave changed.
[[nodiscard]] SEALSQL_INLINE std::string ask_beginning(Shared<Session> const& session)
{
    try {
        return ask(session, "SELECT CONCAT_WS(' ', DATABASE(), 'as', CURRENT_ROLE())");
    } catch (Error const&) {
        if (!session->usable())
            throw;
        return ask(session, "SELECT DATABASE()"); // roles came with MySQL 8
    }
}

/// Has the server report changes of the session, and watches what is sent. For one that is at its beginning.
SEALSQL_INLINE void PoolState::begin_session(PoolEntry& entry)
{
    Session& session = *SessionAccess::session(entry.connection);
    entry.tracks_changes = false;
    if (options_.reset == ResetPolicy::when_changed && session.tracks_changes()) {
        try {
            session.run_plain("SET SESSION session_track_state_change = ON");
            entry.tracks_changes = true;
        } catch (Error const&) {
            // Older servers do not know it: their sessions are reset each time.
            if (!session.usable())
                throw;
        }
    }
    session.state_watch = {.find_traces = entry.tracks_changes ? &traces_of : nullptr};
    session.transaction.error = 0;
}

/// What a trigger may have locked; resetting would take what was prepared along.
/// @return false if that is not all there is to do
[[nodiscard]] SEALSQL_INLINE bool release_locks(Session& session)
{
    StateWatch& watch = session.state_watch;
    bool const was_changed = watch.is_changed;
    try {
        UnlookedAt const unlooked{watch};
        session.run_plain("DO RELEASE_ALL_LOCKS()");
    } catch (Error const&) { // MariaDB before 10.5
        if (!session.usable())
            throw;
        watch.is_changed = was_changed;
        return false;
    }
    watch.may_hold_locks = false;
    return !watch.is_changed; // what the server reports only now
}

SEALSQL_INLINE bool PoolState::is_to_be_reset(PoolEntry const& entry,
                                              Session const& session) const noexcept
{
    return options_.reset == ResetPolicy::always ||
           (options_.reset == ResetPolicy::when_changed &&
            (session.state_watch.is_changed || !entry.tracks_changes));
}

SEALSQL_INLINE bool PoolState::is_in_order(PoolEntry const& entry) const noexcept
{
    Session const& session = *SessionAccess::session(entry.connection);
    // After an error only the server knows whether a transaction is open.
    return !session.transaction.is_open && session.transaction.error == 0 &&
           !session.state_watch.may_hold_locks && !is_to_be_reset(entry, session);
}

/// Puts a session back to its beginning, by `latest` and within PoolOptions::return_timeout.
/// @return false if that failed
SEALSQL_INLINE bool PoolState::put_in_order(PoolEntry& entry, Clock::time_point latest,
                                            Reason& why) noexcept
{
    Shared<Session> const& session = SessionAccess::session(entry.connection);
    bool resets = is_to_be_reset(entry, *session);
    StateWatch& watch = session->state_watch;
    bool const is_open = session->transaction.is_open;
    bool const may_be_open = is_open || session->transaction.error != 0;
    why = broken;
    try {
        LimitedSession const limit{
            *session, std::min(latest, Clock::now() + options_.return_timeout), {}};
        if (!resets && may_be_open) {
            session->run_plain(rollback_only);
            // What changed before an error, as by a trigger, is reported only now.
            resets = options_.reset == ResetPolicy::when_changed && watch.is_changed;
        }
        if (!resets && watch.may_hold_locks)
            resets = !release_locks(*session);
        {
            std::lock_guard const lock{mutex_};
            statistics_.resets += resets ? 1 : 0;
            statistics_.rollbacks += is_open ? 1 : 0;
        }
        if (resets) {
            session->reset();
            if (ask_beginning(session) != entry.beginning) {
                why = altered;
                return false;
            }
            begin_session(entry);
        }
        session->transaction.error = 0;
    } catch (...) {
        session->close();
        return false;
    }
    return !session->transaction.is_open;
}

SEALSQL_INLINE bool PoolState::is_to_be_closed(PoolEntry& entry, Clock::time_point now,
                                               Reason& why) noexcept
{
    Shared<Session> const& session = SessionAccess::session(entry.connection);
    why = discarded;
    if (entry.is_discarded || !session || &*session != entry.session)
        return true;
    why = broken;
    if (!session->usable())
        return true;
    why = still_used;
    if (!session.is_sole_owner())
        return true;
    why = broken;
    if (session->busy())
        return true;
    return is_to_be_replaced(entry, now, why);
}

SEALSQL_INLINE bool PoolState::is_to_be_replaced(PoolEntry const& entry, Clock::time_point now,
                                                 Reason& why) noexcept
{
    try {
        follow_generation();
    } catch (...) {
        // What is new is noticed the next time.
    }
    if (is_overtaken(entry, why))
        return true;
    why = too_old;
    return now >= entry.expires;
}

/// Whether the pool has ended, or replaces what it had. Under the mutex that is the last word: what ends it, or follows the source,
/// then closes what is idle.
SEALSQL_INLINE bool PoolState::is_overtaken(PoolEntry const& entry, Reason& why) const noexcept
{
    why = is_shut_down_ ? shut_down : outdated;
    return is_shut_down_ || entry.generation != generation_;
}

SEALSQL_INLINE void PoolState::take_back(PoolEntry& entry, Clock::time_point latest) noexcept
{
    if (!is_ours()) {
        entry.connection.close();
        return;
    }
    Clock::time_point now = Clock::now();
    Reason why = broken;
    bool closes = is_to_be_closed(entry, now, why);
    if (!closes) {
        StateWatch& watch = SessionAccess::session(entry.connection)->state_watch;
        entry.is_doubtful = entry.is_doubtful || watch.is_read_only;
        watch.is_read_only = false;
        if (!is_in_order(entry)) {
            closes = !put_in_order(entry, latest, why);
            now = Clock::now();
            closes = closes || is_to_be_replaced(entry, now, why); // it may have taken long
        }
    }
    // Before another may take its place. Whoever still holds something of it, maybe in another thread by now, finds it closed.
    if (closes)
        entry.connection.close();
    std::unique_ptr<PoolEntry> closed;
    Clock::duration held{};
    {
        Woken woken;
        std::unique_lock lock{mutex_};
        held = now - entry.since;
        if (!closes && is_overtaken(entry, why)) {
            closes = true;
            lock.unlock();
            entry.connection.close();
            lock.lock();
        }
        if (closes) {
            closed = take_out(entry, why);
            if (why.counter == broken.counter)
                doubtful_since_ = now;
        } else {
            if (entry.is_doubtful)
                doubtful_since_ = now; // the others have the same server, perhaps
            entry.is_lent = false;
            entry.is_reported = false;
            entry.since = now;
            entry.label.clear();
            idle_.push_back(&entry);
        }
        if (!is_shut_down_)
            dispatch(now, woken);
    }
    notify(PoolEventKind::returned, held);
    if (closed)
        notify(PoolEventKind::closed, {}, why.name);
}

SEALSQL_INLINE void PoolState::set_label(PoolEntry& entry, std::string label)
{
    if (!is_ours())
        return; // in a forked child the mutex may be held by a thread that is not there
    std::lock_guard const lock{mutex_};
    entry.label = std::move(label);
}

} // namespace sealsql::inline SEALSQL_ABI::detail

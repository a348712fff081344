#pragma once

#include <sealsql/call_site.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/detail/backoff.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/plain_statement.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_source.ipp>
#include <sealsql/impl/deadline.ipp>
#include <sealsql/impl/detail/process_mark.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/pool_options.hpp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <linux/futex.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// After the first failure to connect, and the longest pause after many. A server that comes back is to be found
/// well within a second.
inline constexpr std::chrono::milliseconds first_pause{20};
inline constexpr std::chrono::milliseconds longest_pause{500};

/// How often the files of CAs are looked at while nobody acquires.
inline constexpr std::chrono::seconds upkeep_interval{1};

/// The least and the most that a sign of life may take: a server that has gone silent must leave time for a fresh connection.
inline constexpr std::chrono::milliseconds shortest_ask{50};
inline constexpr std::chrono::milliseconds longest_ask{1000};

/// A connection that was idle for less was hardly lost meanwhile, and if so its next statement says so.
inline constexpr std::chrono::milliseconds worth_a_look{1};

[[nodiscard]] SEALSQL_INLINE std::string in_words(std::chrono::nanoseconds time)
{
    auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return milliseconds < 10'000 ? concat({std::to_string(milliseconds), " ms"})
                                 : concat({std::to_string(milliseconds / 1'000), " s"});
}

[[nodiscard]] SEALSQL_INLINE std::string in_words(PoolEntry const& entry)
{
    if (!entry.label.empty())
        return entry.label;
    return concat(
        {entry.where.file, ":", std::to_string(entry.where.line), " (", entry.where.function, ")"});
}

/// Whether nothing has come over a connection at rest. Servers say goodbye, and then close.
[[nodiscard]] SEALSQL_INLINE bool is_quiet(int socket) noexcept
{
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

/// In place of a word: its thread sleeps, or is about to.
inline constexpr std::uint32_t is_parked = 3;

SEALSQL_INLINE void Nudge::say(Word word) noexcept
{
    auto* const address = &word_;
    // The waiter may be gone right after that: then nobody waits at that address, or somebody who looks again.
    if (address->exchange(static_cast<std::uint32_t>(word), std::memory_order_acq_rel) == is_parked)
        static_cast<void>(
            ::syscall(SYS_futex, address, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0));
}

SEALSQL_INLINE Nudge::Word Nudge::wait_until(Clock::time_point until) noexcept
{
    std::uint32_t said = 0;
    if (word_.compare_exchange_strong(said, is_parked, std::memory_order_acquire)) {
        timespec time{};
        auto const since = until.time_since_epoch();
        time.tv_sec = static_cast<std::time_t>(
            std::chrono::duration_cast<std::chrono::seconds>(since).count());
        time.tv_nsec = static_cast<long>((since % std::chrono::seconds{1}).count());
        while (word_.load(std::memory_order_acquire) == is_parked) {
            if (::syscall(SYS_futex, &word_, FUTEX_WAIT_BITSET_PRIVATE, is_parked,
                          until == Clock::time_point::max() ? nullptr : &time, nullptr,
                          FUTEX_BITSET_MATCH_ANY) != 0 &&
                errno != EAGAIN && errno != EINTR)
                break; // `until` has come
        }
    }
    said = word_.exchange(0, std::memory_order_acquire);
    return said == is_parked ? Word::none : static_cast<Word>(said);
}

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

SEALSQL_INLINE PoolState::PoolState(std::shared_ptr<ConnectionSource> source,
                                    PoolOptions const& options)
    : source_{std::move(source)}, options_{options}, generation_{source_->generation()},
      random_{static_cast<std::minstd_rand::result_type>(Clock::now().time_since_epoch().count())}
{
    // From here on none of them allocates.
    all_.reserve(options_.max_size);
    idle_.reserve(options_.max_size);
}

SEALSQL_INLINE PoolState::~PoolState() = default;

SEALSQL_INLINE void PoolState::require_ours() const
{
    if (!is_ours())
        throw client_error(error_code::unknown_error, "the pool belongs to the parent process",
                           "make a ConnectionPool of its own in the child of a fork");
}

[[noreturn]] SEALSQL_INLINE void throw_shut_down()
{
    throw client_error(error_code::unknown_error,
                       "the pool lends no connections any more: it was shut down",
                       "acquire before ConnectionPool::shutdown() and drain(), or make a new pool");
}

[[noreturn]] SEALSQL_INLINE void throw_called_off()
{
    throw OperationCancelled{
        Error{{.code = error_code::unknown_error,
               .sqlstate = "HY008",
               .message = "waiting for a connection of the pool was called off",
               .remedy = {},
               .origin = ErrorOrigin::client,
               .cancel_reason = CancelReason::stop_requested,
               .cancel_outcome = CancelOutcome::not_sent}}};
}

// --- Who gets what, under the mutex ---

SEALSQL_INLINE bool PoolState::may_connect(Clock::time_point now) const noexcept
{
    // A server that refused is asked by one at a time, and not too often.
    return has_room() && (failures_ == 0 || (connecting_ == 0 && now >= next_attempt_));
}

SEALSQL_INLINE void PoolState::lend(PoolEntry& entry, Waiter& waiter,
                                    Clock::time_point now) noexcept
{
    waiter.outcome = Waiter::Outcome::connection;
    waiter.entry = &entry;
    waiter.idle = now - entry.since;
    waiter.is_doubtful = entry.is_doubtful || entry.since <= doubtful_since_;
    entry.is_lent = true;
    entry.since = now;
    entry.where = *waiter.where;
    auto const waited = now - waiter.began;
    ++statistics_.acquired;
    if (waiter.had_to_wait) {
        ++statistics_.waited;
        statistics_.total_wait += waited;
        statistics_.longest_wait =
            std::max<std::chrono::nanoseconds>(statistics_.longest_wait, waited);
    }
}

/// Gives a waiter whose turn it is what there is.
/// @return false if there is nothing
SEALSQL_INLINE bool PoolState::serve(Waiter& waiter, Clock::time_point now) noexcept
{
    if (!idle_.empty()) {
        PoolEntry& entry = *idle_.back();
        idle_.pop_back();
        lend(entry, waiter, now);
        return true;
    }
    if (!may_connect(now) || now >= waiter.deadline)
        return false;
    ++connecting_;
    waiter.outcome = Waiter::Outcome::leave;
    return true;
}

/// For a waiter whose turn it still is.
/// @return whether it has to wait
SEALSQL_INLINE bool PoolState::serve_or_queue_first(Waiter& waiter, Clock::time_point now) noexcept
{
    waiter.outcome = Waiter::Outcome::none;
    if (serve(waiter, now))
        return false;
    waiter.had_to_wait = true;
    line_.push_front(waiter);
    return true;
}

/// Serves the line, after anything that may have changed what there is.
SEALSQL_INLINE void PoolState::dispatch(Clock::time_point now, Woken& woken) noexcept
{
    while (!line_.empty()) {
        Waiter& next = line_.front();
        if (!serve(next, now))
            break;
        line_.remove(next);
        woken.add(next);
    }
    if (line_.empty() || failures_ == 0 || connecting_ != 0 || !has_room())
        return;
    Waiter& first = line_.front();
    if (first.look_at > next_attempt_) {
        first.look_at = next_attempt_;
        first.nudge.say(Nudge::Word::look);
    }
}

/// Ends all waits.
SEALSQL_INLINE void PoolState::end_all(Waiter::Outcome outcome, std::exception_ptr const& error,
                                       Woken& woken) noexcept
{
    while (!line_.empty()) {
        Waiter& next = line_.front();
        line_.remove(next);
        next.outcome = outcome;
        next.error = error;
        woken.add(next);
    }
}

SEALSQL_INLINE std::unique_ptr<PoolEntry> PoolState::take_out(PoolEntry& entry,
                                                              Reason reason) noexcept
{
    auto const at = std::find_if(all_.begin(), all_.end(),
                                 [&entry](auto const& one) { return one.get() == &entry; });
    std::unique_ptr<PoolEntry> taken = std::move(*at);
    *at = std::move(all_.back());
    all_.pop_back();
    ++(statistics_.closed.*reason.counter);
    return taken;
}

SEALSQL_INLINE void PoolState::add(std::unique_ptr<PoolEntry> made, Clock::time_point now) noexcept
{
    made->since = now;
    if (options_.max_lifetime != std::chrono::milliseconds::zero()) {
        auto const tenth = options_.max_lifetime.count() / 10;
        auto const earlier = tenth == 0 ? 0 : static_cast<std::int64_t>(random_()) % tenth;
        made->expires = now + options_.max_lifetime - std::chrono::milliseconds{earlier};
    }
    all_.push_back(std::move(made));
    failures_ = 0;
    ++statistics_.opened;
    start_upkeep();
}

SEALSQL_INLINE void PoolState::note_failure(std::exception_ptr const& error, Clock::time_point now,
                                            bool counts)
{
    ++statistics_.connects_failed;
    failure_ = Failure{.error = error, .text = {}, .code = error_code::unknown_error, .time = now};
    try {
        std::rethrow_exception(error);
    } catch (Error const& known) {
        failure_.text = known.what();
        failure_.code = known.code();
        failure_.is_retryable = known.retryable();
    } catch (std::exception const& other) {
        failure_.text = other.what();
    } catch (...) {
        failure_.text = "an exception of an unknown type";
    }
    if (!counts)
        return;
    // What keeps others from connecting may have cost the ones that are idle their server.
    doubtful_since_ = now;
    ++failures_;
    next_attempt_ = now + backoff(first_pause, longest_pause, failures_);
}

// --- Acquiring ---

SEALSQL_INLINE PoolEntry& PoolState::acquire(Clock::time_point began, Clock::time_point deadline,
                                             std::stop_token const& stop, CallSite const& where)
{
    require_ours();
    if (stop.stop_requested())
        throw_called_off();
    follow_generation();
    Waiter waiter;
    waiter.began = began;
    waiter.deadline = deadline;
    waiter.where = &where;
    bool waits = false;
    {
        Woken woken;
        std::lock_guard const lock{mutex_};
        if (is_shut_down_)
            throw_shut_down();
        if (!line_.empty() || !serve(waiter, began)) {
            waiter.had_to_wait = true;
            waits = true;
            line_.push_back(waiter);
            dispatch(began, woken);
        }
    }
    for (;;) {
        if (waits)
            wait(waiter, stop);
        waits = false;
        switch (waiter.outcome) {
        case Waiter::Outcome::connection: {
            Reason why = broken;
            if (is_fit(waiter, stop, why)) {
                if (is_observed())
                    notify(PoolEventKind::acquired, Clock::now() - began);
                return *waiter.entry;
            }
            std::unique_ptr<PoolEntry> closing;
            {
                Clock::time_point const now = Clock::now();
                Woken woken;
                std::lock_guard const lock{mutex_};
                --statistics_.acquired;
                closing = take_out(*waiter.entry, why);
                if (why.counter == broken.counter)
                    doubtful_since_ = now;
                if (is_shut_down_) {
                    waiter.outcome = Waiter::Outcome::shut_down;
                    drained_.notify_all();
                } else if (stop.stop_requested()) {
                    waiter.outcome = Waiter::Outcome::called_off;
                    dispatch(now, woken);
                } else {
                    waits = serve_or_queue_first(waiter, now);
                }
            }
            notify(PoolEventKind::closed, {}, why.name);
            break;
        }
        case Waiter::Outcome::leave:
            waits = make(waiter, stop);
            break;
        case Waiter::Outcome::failed:
            std::rethrow_exception(waiter.error);
        case Waiter::Outcome::shut_down:
            throw_shut_down();
        case Waiter::Outcome::called_off:
            throw_called_off();
        case Waiter::Outcome::none:
        case Waiter::Outcome::too_late:
            throw_too_late(waiter);
        }
    }
}

/// Waits until the waiter has left the line.
SEALSQL_INLINE void PoolState::wait(Waiter& waiter, std::stop_token const& stop)
{
    auto const on_stop = [this, &waiter]() noexcept { call_off(waiter); };
    std::optional<std::stop_callback<decltype(on_stop)>> callback;
    if (stop.stop_possible())
        callback.emplace(stop, on_stop);
    Clock::time_point look_at = Clock::time_point::max();
    for (;;) {
        Nudge::Word const word = waiter.nudge.wait_until(std::min(waiter.deadline, look_at));
        if (word == Nudge::Word::done)
            return;
        Woken woken;
        std::lock_guard const lock{mutex_};
        if (!waiter.is_in_line)
            continue; // what it got in the last moment is said right away
        if (word == Nudge::Word::look) {
            look_at = waiter.look_at;
            continue;
        }
        look_at = waiter.look_at = Clock::time_point::max();
        Clock::time_point const now = Clock::now();
        if (now >= waiter.deadline) {
            line_.remove(waiter);
            waiter.outcome = Waiter::Outcome::too_late;
            dispatch(now, woken);
            return;
        }
        dispatch(now, woken);
    }
}

SEALSQL_INLINE void PoolState::call_off(Waiter& waiter) noexcept
{
    Woken woken;
    std::lock_guard const lock{mutex_};
    if (!waiter.is_in_line)
        return;
    line_.remove(waiter);
    waiter.outcome = Waiter::Outcome::called_off;
    woken.add(waiter);
    dispatch(Clock::now(), woken);
}

/// For who has the leave to connect.
/// @return whether it has to wait, because of an error that may pass
SEALSQL_INLINE bool PoolState::make(Waiter& waiter, std::stop_token const& stop)
{
    Clock::time_point const began = Clock::now();
    std::unique_ptr<PoolEntry> made;
    std::exception_ptr failure;
    try {
        made = connect(waiter.deadline, stop);
    } catch (...) {
        failure = std::current_exception();
    }
    Clock::time_point const now = Clock::now();
    bool waits = false;
    bool is_over = false;
    {
        Woken woken;
        std::lock_guard const lock{mutex_};
        --connecting_;
        if (is_shut_down_) {
            drained_.notify_all();
            is_over = true;
        } else if (made) {
            PoolEntry& entry = *made;
            add(std::move(made), now);
            lend(entry, waiter, now);
        } else {
            // An attempt for which its own waiter had no time says nothing about the server.
            bool const was_hurried =
                stop.stop_requested() ||
                (now >= waiter.deadline && now - began < source_->options().timeouts.connect);
            note_failure(failure, now, !was_hurried);
            if (failure_.is_retryable || was_hurried) {
                waits = now < waiter.deadline && !stop.stop_requested() &&
                        serve_or_queue_first(waiter, now);
                if (!waits && waiter.outcome == Waiter::Outcome::leave)
                    waiter.outcome = stop.stop_requested() ? Waiter::Outcome::called_off
                                                           : Waiter::Outcome::too_late;
            } else {
                waiter.outcome = Waiter::Outcome::failed;
                waiter.error = failure;
                // Where no connection is left to wait for, the others would only find out the same one by one.
                if (all_.empty() && connecting_ == 0)
                    end_all(Waiter::Outcome::failed, failure, woken);
            }
        }
        dispatch(now, woken);
    }
    if (is_over) {
        waiter.outcome = Waiter::Outcome::shut_down;
        return false;
    }
    if (!failure)
        notify(PoolEventKind::opened, now - began);
    return waits;
}

SEALSQL_INLINE std::unique_ptr<PoolEntry> PoolState::connect(Clock::time_point deadline,
                                                             std::stop_token const& stop)
{
    follow_generation();
    std::uint64_t const generation = generation_;
    auto made = std::make_unique<PoolEntry>(source_->connect(deadline, stop));
    made->session = &*SessionAccess::session(made->connection);
    made->generation = generation;
    Shared<Session> const& session = SessionAccess::session(made->connection);
    LimitedSession const limit{*session, deadline, stop};
    if (options_.reset != ResetPolicy::never)
        made->beginning = ask_beginning(session);
    begin_session(*made);
    return made;
}

/// Whether a connection that was idle can be lent.
SEALSQL_INLINE bool PoolState::is_fit(Waiter const& waiter, std::stop_token const& stop,
                                      Reason& why)
{
    PoolEntry& entry = *waiter.entry;
    why = broken;
    if (!entry.connection.usable())
        return false;
    if (!waiter.is_doubtful &&
        (waiter.idle == Clock::duration::zero() ||
         waiter.idle < std::min<Clock::duration>(worth_a_look, options_.validate_after)))
        return true; // it was looked at when it came back
    why = outdated;
    if (entry.generation != generation_)
        return false;
    why = too_old;
    if (entry.since >= entry.expires)
        return false;
    why = broken;
    Session& session = *SessionAccess::session(entry.connection);
    if (!waiter.is_doubtful && waiter.idle < options_.validate_after && is_quiet(session.socket()))
        return true;
    bool fits = false;
    try {
        Clock::time_point const now = Clock::now();
        Clock::duration const left = std::max(waiter.deadline, now) - now;
        LimitedSession const limit{
            session, now + std::clamp<Clock::duration>(left / 2, shortest_ask, longest_ask), stop};
        fits = source_->still_fits(entry.connection);
    } catch (...) {
        entry.connection.close(); // perhaps in the middle of an answer
    }
    session.transaction.error = 0;
    entry.is_doubtful = false;
    {
        std::lock_guard const lock{mutex_};
        ++statistics_.validations;
    }
    why = entry.connection.usable() ? unfit : broken;
    return fits && entry.connection.usable();
}

SEALSQL_INLINE void PoolState::throw_too_late(Waiter const& waiter)
{
    std::size_t lent = 0;
    std::size_t others = 0;
    std::size_t connecting = 0;
    bool has_failed = false;
    Failure failure;
    {
        std::lock_guard const lock{mutex_};
        ++statistics_.timeouts;
        lent = all_.size() - idle_.size();
        others = line_.size();
        connecting = connecting_;
        // Older ones were made good since.
        has_failed = failure_.error && (failures_ != 0 || failure_.time >= waiter.began);
        if (has_failed)
            failure = failure_;
    }
    Clock::time_point const now = Clock::now();
    std::string message = concat(
        {"no connection of the pool was to be had within ", in_words(now - waiter.began), ": ",
         std::to_string(lent), " of at most ", std::to_string(options_.max_size), " are lent, ",
         std::to_string(connecting), " are being made, ", std::to_string(others), " others wait"});
    if (has_failed)
        message += concat({"; the latest attempt to connect failed ", in_words(now - failure.time),
                           " ago: ", failure.text});
    Error const error{
        {.code = has_failed && lent == 0 ? failure.code : error_code::unknown_error,
         .sqlstate = "HYT00",
         .message = std::move(message),
         .remedy = lent != 0 ? "give connections back sooner (ConnectionPool::loans() says who has "
                               "them), raise PoolOptions::max_size, or wait longer"
                   : has_failed ? "see to what kept it from connecting, or wait longer"
                                : "wait longer: connecting takes time, too",
         .origin = ErrorOrigin::client,
         .retryable = true}};
    notify(PoolEventKind::acquire_failed, now - waiter.began, {}, &error);
    throw Error{error};
}

// --- Between two borrowers ---

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
/// @return false if the server cannot
[[nodiscard]] SEALSQL_INLINE bool release_locks(Session& session)
{
    try {
        session.run_plain("DO RELEASE_ALL_LOCKS()");
    } catch (Error const&) { // MariaDB before 10.5
        if (!session.usable())
            throw;
        return false;
    }
    session.state_watch.may_hold_locks = false;
    session.state_watch.is_changed = false; // by what looks at the text of this
    return true;
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

/// Puts a session back to its beginning, within PoolOptions::return_timeout.
/// @return false if that failed
SEALSQL_INLINE bool PoolState::put_in_order(PoolEntry& entry, Reason& why) noexcept
{
    Shared<Session> const& session = SessionAccess::session(entry.connection);
    bool resets = is_to_be_reset(entry, *session);
    StateWatch& watch = session->state_watch;
    bool const is_open = session->transaction.is_open;
    bool const may_be_open = is_open || session->transaction.error != 0;
    why = broken;
    try {
        LimitedSession const limit{*session, Clock::now() + options_.return_timeout, {}};
        if (!resets && may_be_open) {
            session->run_plain("ROLLBACK");
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
    why = shut_down;
    if (is_shut_down_)
        return true;
    try {
        follow_generation();
    } catch (...) {
        // What is new is noticed the next time.
    }
    why = outdated;
    if (entry.generation != generation_)
        return true;
    why = too_old;
    return now >= entry.expires;
}

SEALSQL_INLINE void PoolState::take_back(PoolEntry& entry) noexcept
{
    if (!is_ours()) {
        entry.connection.close();
        return;
    }
    Clock::time_point now = Clock::now();
    Reason why = broken;
    bool closes = is_to_be_closed(entry, now, why);
    if (closes) {
        // Whoever still holds something of it, maybe in another thread by now, finds it closed.
        if (why.counter == still_used.counter)
            entry.connection.close();
    } else {
        StateWatch& watch = SessionAccess::session(entry.connection)->state_watch;
        entry.is_doubtful = entry.is_doubtful || watch.is_read_only;
        watch.is_read_only = false;
        if (!is_in_order(entry)) {
            closes = !put_in_order(entry, why);
            now = Clock::now();
        }
    }
    std::unique_ptr<PoolEntry> closing;
    Clock::duration held{};
    {
        Woken woken;
        std::lock_guard const lock{mutex_};
        held = now - entry.since;
        if (!closes && is_shut_down_) {
            closes = true;
            why = shut_down;
        }
        if (closes) {
            closing = take_out(entry, why);
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
        if (is_shut_down_)
            drained_.notify_all();
        else
            dispatch(now, woken);
    }
    notify(PoolEventKind::returned, held);
    if (closing)
        notify(PoolEventKind::closed, {}, why.name);
}

SEALSQL_INLINE void PoolState::set_label(PoolEntry& entry, std::string label)
{
    std::lock_guard const lock{mutex_};
    entry.label = std::move(label);
}

// --- What goes on in between ---

/// Closes those idle connections of which `is_over` says so, the ones that were idle longest first.
template <class IsOver>
void PoolState::close_idle(Reason reason, IsOver const& is_over) noexcept
{
    for (;;) {
        std::unique_ptr<PoolEntry> closing;
        {
            std::lock_guard const lock{mutex_};
            auto const at = std::find_if(idle_.begin(), idle_.end(),
                                         [&](PoolEntry const* entry) { return is_over(*entry); });
            if (at == idle_.end())
                return;
            PoolEntry& entry = **at;
            idle_.erase(at);
            closing = take_out(entry, reason);
        }
        closing.reset();
        notify(PoolEventKind::closed, {}, reason.name);
    }
}

SEALSQL_INLINE void PoolState::follow_generation()
{
    std::uint64_t now = source_->generation();
    if (now == generation_)
        return;
    {
        // One at a time, or an older answer could take the place of a newer one.
        std::unique_lock const lock{generation_mutex_, std::try_to_lock};
        if (!lock)
            return;
        now = source_->generation();
        if (generation_.exchange(now) == now)
            return;
    }
    close_idle(outdated, [now](PoolEntry const& entry) { return entry.generation != now; });
}

SEALSQL_INLINE void PoolState::maintain()
{
    require_ours();
    if (is_shut_down_)
        return;
    follow_generation();
    Clock::time_point const now = Clock::now();
    close_idle(too_old, [now](PoolEntry const& entry) { return now >= entry.expires; });
    if (options_.idle_timeout != std::chrono::milliseconds::zero())
        close_idle(idle_for_long, [this, now](PoolEntry const& entry) {
            return all_.size() > options_.min_size && now - entry.since >= options_.idle_timeout;
        });
    report_leaks();
    fill(upkeep_stop_.get_token());
}

SEALSQL_INLINE void PoolState::report_leaks()
{
    if (options_.leak_after == std::chrono::milliseconds::zero())
        return;
    for (;;) {
        std::string taken_by;
        Clock::duration held{};
        {
            Clock::time_point const now = Clock::now();
            std::lock_guard const lock{mutex_};
            auto const at = std::find_if(all_.begin(), all_.end(), [&](auto const& entry) {
                return entry->is_lent && !entry->is_reported &&
                       now - entry->since >= options_.leak_after;
            });
            if (at == all_.end())
                return;
            (*at)->is_reported = true;
            ++statistics_.leaks_suspected;
            taken_by = in_words(**at);
            held = now - (*at)->since;
        }
        notify(PoolEventKind::leak_suspected, held, taken_by);
    }
}

/// Opens connections up to the minimum.
SEALSQL_INLINE void PoolState::fill(std::stop_token const& stop)
{
    while (!stop.stop_requested()) {
        Clock::time_point const began = Clock::now();
        {
            std::lock_guard const lock{mutex_};
            if (is_shut_down_ || all_.size() + connecting_ >= options_.min_size ||
                !may_connect(began))
                return;
            ++connecting_;
        }
        std::unique_ptr<PoolEntry> made;
        std::exception_ptr failure;
        try {
            made = connect(began + source_->options().timeouts.connect, stop);
        } catch (...) {
            failure = std::current_exception();
        }
        Clock::time_point const now = Clock::now();
        bool const is_made = static_cast<bool>(made);
        {
            Woken woken;
            std::lock_guard const lock{mutex_};
            --connecting_;
            if (is_shut_down_) {
                drained_.notify_all();
                return;
            }
            if (made) {
                PoolEntry& entry = *made;
                add(std::move(made), now);
                idle_.push_back(&entry);
            } else {
                note_failure(failure, now, !stop.stop_requested());
            }
            dispatch(now, woken);
        }
        if (!is_made)
            return;
        notify(PoolEventKind::opened, now - began);
    }
}

/// When there is something to do next.
SEALSQL_INLINE Clock::time_point PoolState::next_due(Clock::time_point now) const noexcept
{
    if (all_.empty() && options_.min_size == 0)
        return Clock::time_point::max(); // until a connection is made
    Clock::time_point due = now + upkeep_interval;
    for (auto const& entry : all_) {
        if (entry->is_lent) {
            if (!entry->is_reported && options_.leak_after != std::chrono::milliseconds::zero())
                due = std::min(due, entry->since + options_.leak_after);
            continue;
        }
        due = std::min(due, entry->expires);
        if (options_.idle_timeout != std::chrono::milliseconds::zero() &&
            all_.size() > options_.min_size)
            due = std::min(due, entry->since + options_.idle_timeout);
    }
    if (all_.size() + connecting_ < options_.min_size)
        due = std::min(due, next_attempt_);
    // Never without a pause: what is due may have to wait for others.
    return std::max(due, now + std::chrono::milliseconds{1});
}

/// Lets the thread begin, or look at a connection that was made.
SEALSQL_INLINE void PoolState::start_upkeep() noexcept
{
    if (!options_.maintenance_thread || is_shut_down_)
        return;
    if (upkeep_.joinable()) {
        upkeep_due_.notify_one();
        return;
    }
    // Signals are for the program's own threads.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    if (::pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return;
    try {
        upkeep_ = std::thread{[this] { run_upkeep(); }};
    } catch (...) {
        // It begins with the next connection, if there can be more threads then.
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SEALSQL_INLINE void PoolState::run_upkeep()
{
    for (;;) {
        try {
            maintain();
        } catch (...) {
            // Without memory there is another time.
        }
        std::unique_lock lock{mutex_};
        if (is_shut_down_)
            return;
        Clock::time_point const due = next_due(Clock::now());
        if (due == Clock::time_point::max())
            upkeep_due_.wait(lock);
        else
            upkeep_due_.wait_until(lock, due);
        if (is_shut_down_)
            return;
    }
}

SEALSQL_INLINE void PoolState::start()
{
    if (options_.min_size == 0)
        return;
    std::lock_guard const lock{mutex_};
    start_upkeep();
}

// --- The end ---

SEALSQL_INLINE void PoolState::shutdown() noexcept
{
    std::thread upkeep;
    {
        Woken woken;
        std::lock_guard const lock{mutex_};
        is_shut_down_ = true;
        end_all(Waiter::Outcome::shut_down, nullptr, woken);
        upkeep_due_.notify_all();
        // An observer that is called in that thread cannot wait for it.
        if (upkeep_.get_id() != std::this_thread::get_id())
            upkeep = std::move(upkeep_);
    }
    upkeep_stop_.request_stop();
    if (upkeep.joinable())
        upkeep.join();
    close_idle(shut_down, [](PoolEntry const&) { return true; });
}

SEALSQL_INLINE bool PoolState::drain(Clock::time_point deadline) noexcept
{
    shutdown();
    std::unique_lock lock{mutex_};
    auto const is_drained = [this] { return all_.empty() && connecting_ == 0; };
    if (deadline == Clock::time_point::max()) {
        drained_.wait(lock, is_drained);
        return true;
    }
    return drained_.wait_until(lock, deadline, is_drained);
}

SEALSQL_INLINE void PoolState::abandon() noexcept
{
    // Where the fork came in the middle of something, nothing is known of what there is: then all stays as it is.
    std::unique_lock const lock{mutex_, std::try_to_lock};
    if (!lock)
        return;
    for (PoolEntry* const entry : idle_)
        entry->connection.close();
}

// --- What it tells ---

SEALSQL_INLINE PoolStatistics PoolState::statistics() const
{
    require_ours();
    std::lock_guard const lock{mutex_};
    PoolStatistics now = statistics_;
    now.idle = idle_.size();
    now.lent = all_.size() - idle_.size();
    now.connecting = connecting_;
    now.waiting = line_.size();
    return now;
}

SEALSQL_INLINE std::vector<PoolLoan> PoolState::loans() const
{
    require_ours();
    std::vector<PoolLoan> loans;
    Clock::time_point const now = Clock::now();
    {
        std::lock_guard const lock{mutex_};
        for (auto const& entry : all_) {
            if (!entry->is_lent)
                continue;
            auto const held = now - entry->since;
            loans.push_back(
                {.taken_by = in_words(*entry),
                 .held = held,
                 .is_overdue = options_.leak_after != std::chrono::milliseconds::zero() &&
                               held >= options_.leak_after});
        }
    }
    std::sort(loans.begin(), loans.end(),
              [](PoolLoan const& left, PoolLoan const& right) { return left.held > right.held; });
    return loans;
}

SEALSQL_INLINE void PoolState::notify(PoolEventKind kind, Clock::duration duration,
                                      std::string_view reason, Error const* error) const noexcept
{
    if (!is_observed())
        return;
    ConnectionOptions const& options = source_->options();
    std::size_t idle = 0;
    std::size_t lent = 0;
    std::size_t waiting = 0;
    {
        std::lock_guard const lock{mutex_};
        idle = idle_.size();
        lent = all_.size() - idle_.size();
        waiting = line_.size();
    }
    options.observer->on_pool(
        {.options = options,
         .kind = kind,
         .span = {.begin =
                      std::chrono::system_clock::now() -
                      std::chrono::duration_cast<std::chrono::system_clock::duration>(duration),
                  .duration = duration},
         .reason = reason,
         .idle = idle,
         .lent = lent,
         .waiting = waiting,
         .error = error,
         .pool_name = options_.name});
}

} // namespace detail

} // namespace sealsql::inline SEALSQL_ABI

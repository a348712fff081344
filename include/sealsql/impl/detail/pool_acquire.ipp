#pragma once

#include <sealsql/call_site.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/error_codes.hpp>
#include <sealsql/detail/pool_state.hpp>
#include <sealsql/detail/session.hpp>
#include <sealsql/detail/session_access.hpp>
#include <sealsql/detail/shared.hpp>
#include <sealsql/detail/throw_error.hpp>
#include <sealsql/detail/time_limit.hpp>
#include <sealsql/detail/waiting_line.hpp>
#include <sealsql/error.hpp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_source.ipp>
#include <sealsql/impl/detail/nudge.ipp>
#include <sealsql/impl/detail/pool_line.ipp>
#include <sealsql/impl/detail/pool_report.ipp>
#include <sealsql/impl/detail/pool_return.ipp>
#include <sealsql/impl/detail/session_limit.ipp>
#include <sealsql/impl/session.ipp>
#include <sealsql/observer.hpp>
#include <sealsql/pool_options.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>

#include <sys/socket.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The least and the most that a sign of life may take: a server that has gone silent must leave time for a fresh connection.
inline constexpr std::chrono::milliseconds shortest_ask{50};
inline constexpr std::chrono::milliseconds longest_ask{1000};

/// A connection that was idle for less was hardly lost meanwhile, and if so its next statement says so.
inline constexpr std::chrono::milliseconds worth_a_look{1};

/// Whether nothing has come over a connection at rest. Servers say goodbye, and then close.
[[nodiscard]] SEALSQL_INLINE bool is_quiet(int socket) noexcept
{
    char byte = 0;
    return ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
           (errno == EAGAIN || errno == EWOULDBLOCK);
}

/// Whether an attempt to connect ended because of who made it.
[[nodiscard]] SEALSQL_INLINE bool was_called_off(std::exception_ptr const& failure) noexcept
{
    try {
        std::rethrow_exception(failure);
    } catch (Error const& error) {
        return error.cancel_reason() != CancelReason::none;
    } catch (...) {
        return false;
    }
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
        waiter.ticket = ++arrivals_;
        waits = serve_or_queue(waiter, began, woken);
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
            waiter.entry->connection.close(); // before another may take its place
            std::unique_ptr<PoolEntry> closed;
            {
                Clock::time_point const now = Clock::now();
                Woken woken;
                std::lock_guard const lock{mutex_};
                --statistics_.acquired;
                closed = take_out(*waiter.entry, why);
                if (why.counter == broken.counter)
                    doubtful_since_ = now;
                if (is_shut_down_) {
                    waiter.outcome = Waiter::Outcome::shut_down;
                } else if (stop.stop_requested()) {
                    waiter.outcome = Waiter::Outcome::called_off;
                    dispatch(now, woken);
                } else if (now - shortest_ask >= waiter.deadline) {
                    // There may be many that are silent.
                    waiter.outcome = Waiter::Outcome::too_late;
                    dispatch(now, woken);
                } else {
                    waits = serve_or_queue(waiter, now, woken);
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
        std::unique_lock lock{mutex_};
        end_attempt(lock, made);
        if (is_shut_down_) {
            is_over = true;
        } else if (made) {
            PoolEntry& entry = *made;
            add(std::move(made), now);
            lend(entry, waiter, now);
        } else {
            // An attempt for which its own waiter had no time says nothing about the server.
            bool const was_hurried =
                stop.stop_requested() || was_called_off(failure) ||
                (now >= waiter.deadline && now - began < source_->options().timeouts.connect);
            note_failure(failure, now, !was_hurried);
            if (failure_.is_retryable || was_hurried) {
                // Also where the time is over: a connection may have come back meanwhile.
                if (stop.stop_requested())
                    waiter.outcome = Waiter::Outcome::called_off;
                else
                    waits = serve_or_queue(waiter, now, woken);
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
SEALSQL_INLINE bool PoolState::is_fit(Waiter& waiter, std::stop_token const& stop, Reason& why)
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
    Clock::time_point const now = Clock::now();
    Clock::duration const left = std::max(waiter.deadline, now) - now;
    // The others' server is the one that was silent, perhaps: they must not take what is left one by one.
    Clock::time_point const end =
        now + (waiter.found_silence
                   ? shortest_ask
                   : std::clamp<Clock::duration>(left / 2, shortest_ask, longest_ask));
    try {
        LimitedSession const limit{session, end, stop};
        fits = source_->still_fits(entry.connection);
    } catch (...) {
        entry.connection.close(); // perhaps in the middle of an answer
    }
    waiter.found_silence = waiter.found_silence || (!fits && Clock::now() >= end);
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
        lent = this->lent();
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

} // namespace sealsql::inline SEALSQL_ABI::detail

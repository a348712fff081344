#pragma once

#include <sealsql/call_site.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/detail/nudge.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>

namespace sealsql::inline SEALSQL_ABI::detail {

struct PoolEntry;

/// A thread that wants a connection, and what it got. It lives on that thread's stack.
struct Waiter {
    enum class Outcome : std::uint8_t {
        none,
        /// `entry`.
        connection,
        /// The leave to make one.
        leave,
        /// `error`: what another thread's attempt to connect ended with.
        failed,
        shut_down,
        called_off,
        too_late,
    };

    Outcome outcome = Outcome::none;
    /// The later it came, the higher.
    std::uint64_t ticket = 0;
    bool is_in_line = false;
    bool had_to_wait = false;
    /// Whether `entry` has to be asked for a sign of life.
    bool is_doubtful = false;
    /// One that it was given gave no sign of life in time.
    bool found_silence = false;
    PoolEntry* entry = nullptr;
    std::exception_ptr error{};
    Clock::time_point began{};
    /// No attempt to connect begins behind it.
    Clock::time_point deadline{};
    CallSite const* where = nullptr;
    /// When there may be leave to connect, for the first in the line.
    Clock::time_point look_at = Clock::time_point::max();
    /// How long `entry` was idle.
    Clock::duration idle{};

    Waiter* before = nullptr;
    Waiter* behind = nullptr;
    Nudge nudge{};
};

/// Threads that wait, in the order in which they came, also those who had their turn and got nothing of it. Whoever changes it
/// holds the pool's mutex.
class WaitingLine {
public:
    [[nodiscard]] bool empty() const noexcept { return first_ == nullptr; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] Waiter& front() const noexcept { return *first_; }

    void insert(Waiter& waiter) noexcept
    {
        // Who comes for the first time is last; who had its turn is among the first.
        Waiter* behind = nullptr;
        if (last_ != nullptr && last_->ticket > waiter.ticket)
            for (behind = first_; behind->ticket < waiter.ticket;)
                behind = behind->behind;
        waiter.before = behind != nullptr ? behind->before : last_;
        waiter.behind = behind;
        (waiter.before != nullptr ? waiter.before->behind : first_) = &waiter;
        (behind != nullptr ? behind->before : last_) = &waiter;
        waiter.is_in_line = true;
        waiter.look_at = Clock::time_point::max();
        ++size_;
    }

    void remove(Waiter& waiter) noexcept
    {
        (waiter.before != nullptr ? waiter.before->behind : first_) = waiter.behind;
        (waiter.behind != nullptr ? waiter.behind->before : last_) = waiter.before;
        waiter.is_in_line = false;
        --size_;
    }

private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
    std::size_t size_ = 0;
};

/// Waiters that left the line and are told so once the mutex is free.
class Woken {
public:
    Woken() noexcept = default;
    Woken(Woken const&) = delete;
    Woken& operator=(Woken const&) = delete;
    ~Woken() { wake(); }

    void add(Waiter& waiter) noexcept
    {
        waiter.before = nullptr;
        waiter.behind = first_;
        first_ = &waiter;
    }

    void wake() noexcept
    {
        while (first_ != nullptr) {
            Waiter& next = *first_;
            first_ = next.behind; // it is gone once it was told
            next.nudge.say(Nudge::Word::done);
        }
    }

private:
    Waiter* first_ = nullptr;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace sealsql::inline SEALSQL_ABI::detail {

/// One thread waits for a word of another. As many of them as waiters, so that a word wakes exactly the thread that it is for.
class Wakeup {
public:
    enum class Word : std::uint8_t {
        none,
        /// To look again what there is.
        look,
        /// The wait is over.
        done,
    };

    /// Whoever waits may take this object away once it has the word `done`.
    void say(Word word) noexcept
    {
        std::lock_guard const lock{mutex_};
        word_ = word;
        changed_.notify_one();
    }

    /// Waits for a word, which is taken. Word::none: until `until` there was none.
    [[nodiscard]] Word wait_until(Clock::time_point until)
    {
        std::unique_lock lock{mutex_};
        auto const is_said = [this] { return word_ != Word::none; };
        if (until == Clock::time_point::max())
            changed_.wait(lock, is_said);
        else
            static_cast<void>(changed_.wait_until(lock, until, is_said));
        Word const said = word_;
        word_ = Word::none;
        return said;
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    Word word_ = Word::none;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>

#include <atomic>
#include <cstdint>

namespace sealsql::inline SEALSQL_ABI::detail {

/// One thread waits for a word of another. As many of them as waiters, so that a word wakes exactly the thread that it is for. A
/// bare futex: of a condition variable's mutex there is no need.
class Nudge {
public:
    enum class Word : std::uint32_t {
        none,
        /// To look again what there is.
        look,
        /// The wait is over.
        done,
    };

    /// Whoever waits may take this object away once it has the word `done`.
    void say(Word word) noexcept;

    /// Waits for a word, which is taken. Word::none: until `until` there was none.
    [[nodiscard]] Word wait_until(Clock::time_point until) noexcept;

private:
    std::atomic<std::uint32_t> word_{0};
};

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>

#include <algorithm>
#include <chrono>
#include <random>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The longest pause after so many failures in a row: the first, then twice as much each time, up to the largest.
[[nodiscard]] inline std::chrono::nanoseconds longest_backoff(std::chrono::nanoseconds first,
                                                              std::chrono::nanoseconds largest,
                                                              unsigned failures) noexcept
{
    std::chrono::nanoseconds pause = first;
    for (unsigned i = 1; i < failures && pause < largest; ++i)
        pause = pause > largest / 2 ? largest : pause * 2;
    return std::min(pause, largest);
}

/// A part of it, each as likely as any other.
[[nodiscard]] inline std::chrono::nanoseconds random_part(std::chrono::nanoseconds whole)
{
    // Not a generator that is seeded once: after a fork, or in many clones of one machine, all would pause alike.
    std::random_device random;
    return std::chrono::nanoseconds{
        std::uniform_int_distribution<std::chrono::nanoseconds::rep>{0, whole.count()}(random)};
}

/// Exponential backoff with full jitter: any part of the longest pause, so that many clients of one server do not come
/// back all at once.
[[nodiscard]] inline std::chrono::nanoseconds
backoff(std::chrono::nanoseconds first, std::chrono::nanoseconds largest, unsigned failures)
{
    return random_part(longest_backoff(first, largest, failures));
}

} // namespace sealsql::inline SEALSQL_ABI::detail

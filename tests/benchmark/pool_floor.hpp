#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <tuple>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace benchmark {

/// Hands a few tokens on among threads, first come, first served, and does nothing else: two tickets are drawn, and a thread
/// whose token is not there yet sleeps on a word of its own. One futex call to sleep and one to wake for each hand-over are
/// the least that any strict order costs, whatever is handed on.
class Turns {
public:
    /// Fewer than 250 tokens, and fewer threads than places.
    explicit Turns(unsigned tokens)
    {
        for (unsigned token = 0; token < tokens; ++token)
            give_back(token);
    }

    [[nodiscard]] unsigned take() noexcept
    {
        std::uint64_t const ticket = asked_.fetch_add(1);
        std::atomic<std::uint32_t>& place = place_of(ticket);
        std::uint32_t const empty = round_of(ticket);
        std::uint32_t seen = empty;
        if (place.compare_exchange_strong(seen, empty + sleeper))
            seen = empty + sleeper;
        while (seen == empty + sleeper) {
            futex(place, FUTEX_WAIT_PRIVATE, seen);
            seen = place.load();
        }
        place = empty + one_round;
        return seen % one_round - first_token;
    }

    void give_back(unsigned token) noexcept
    {
        std::uint64_t const ticket = given_.fetch_add(1);
        std::atomic<std::uint32_t>& place = place_of(ticket);
        std::uint32_t const empty = round_of(ticket);
        if (place.exchange(empty + first_token + token) == empty + sleeper)
            futex(place, FUTEX_WAKE_PRIVATE, 1);
    }

private:
    // A place holds the number of the round, and who or what is in it.
    static constexpr std::uint32_t sleeper = 1;
    static constexpr std::uint32_t first_token = 2;
    static constexpr std::uint32_t one_round = 256;
    using Places = std::array<std::atomic<std::uint32_t>, 1024>;

    [[nodiscard]] static std::uint32_t round_of(std::uint64_t ticket) noexcept
    {
        return static_cast<std::uint32_t>(ticket / std::tuple_size_v<Places>) * one_round;
    }

    /// Once it was emptied in the round before.
    [[nodiscard]] std::atomic<std::uint32_t>& place_of(std::uint64_t ticket) noexcept
    {
        std::atomic<std::uint32_t>& place = places_[ticket % places_.size()];
        while (place / one_round * one_round != round_of(ticket))
            std::this_thread::yield();
        return place;
    }

    static void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) noexcept
    {
        static_cast<void>(::syscall(SYS_futex, &word, operation, value, nullptr, nullptr, 0));
    }

    Places places_{};
    alignas(64) std::atomic<std::uint64_t> asked_{0};
    alignas(64) std::atomic<std::uint64_t> given_{0};
};

} // namespace benchmark

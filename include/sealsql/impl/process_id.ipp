#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/process_id.hpp>

#include <atomic>
#include <cstddef>
#include <new>

#include <sys/mman.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Memory that forked children find wiped; null where the kernel wipes nothing. Never given back.
[[nodiscard]] SEALSQL_INLINE std::atomic<int>* map_wiped_by_fork() noexcept
{
    constexpr std::size_t size = sizeof(std::atomic<int>); // the kernel rounds it up to a page
    void* const page =
        ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return nullptr;
    // Who says yes to advice that there is not, as an emulator does, wipes nothing.
    constexpr int no_advice = -1;
    if (::madvise(page, size, MADV_WIPEONFORK) == 0 && ::madvise(page, size, no_advice) != 0)
        return ::new (page) std::atomic<int>{0};
    ::munmap(page, size);
    return nullptr;
}

SEALSQL_INLINE int process_id() noexcept
{
    // A child goes on from its parent's number.
    static constinit std::atomic<int> last{0};
    static std::atomic<int>* const known = map_wiped_by_fork();
    if (known == nullptr)
        return ::getpid();
    int id = known->load(std::memory_order_relaxed);
    if (id == 0) {
        int const fresh = last.fetch_add(1, std::memory_order_relaxed) + 1;
        if (known->compare_exchange_strong(id, fresh, std::memory_order_relaxed))
            id = fresh;
    }
    return id;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

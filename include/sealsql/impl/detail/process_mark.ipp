#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/process_mark.hpp>

#include <cstddef>

#include <sys/mman.h>
#include <unistd.h>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The kernel wipes whole pages, of whatever size.
inline constexpr std::size_t marked_size = 1;

SEALSQL_INLINE ProcessMark::ProcessMark() noexcept : owner_{::getpid()}
{
    void* const page =
        ::mmap(nullptr, marked_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return;
    // Who says yes to advice that there is not, as an emulator does, wipes nothing.
    constexpr int no_advice = -1;
    if (::madvise(page, marked_size, MADV_WIPEONFORK) != 0 ||
        ::madvise(page, marked_size, no_advice) == 0) {
        ::munmap(page, marked_size);
        return;
    }
    page_ = static_cast<unsigned char volatile*>(page);
    *page_ = 1;
}

SEALSQL_INLINE ProcessMark::~ProcessMark()
{
    if (page_ != nullptr)
        ::munmap(const_cast<unsigned char*>(page_), marked_size);
}

SEALSQL_INLINE bool ProcessMark::is_here() const noexcept
{
    return page_ != nullptr ? *page_ != 0 : ::getpid() == owner_;
}

} // namespace sealsql::inline SEALSQL_ABI::detail

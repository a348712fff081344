#ifndef SEALSQL_TESTS_SUPPORT_SANITIZERS_HPP
#define SEALSQL_TESTS_SUPPORT_SANITIZERS_HPP

namespace sealsql::testing {

/// Whether what the allocator and the kernel say of this process's memory is what it uses: the sanitizers' allocators keep what
/// was freed, and do not count.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool can_count_memory = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool can_count_memory = false;
#else
inline constexpr bool can_count_memory = true;
#endif
#else
inline constexpr bool can_count_memory = true;
#endif

} // namespace sealsql::testing

#endif

// Secret: what lies in the memory that it gives back. The program's own operator delete looks.

#include <sealsql/secret.hpp>

#include "helpers.hpp"

#include "support/catch.hpp"

#include <malloc.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SEALSQL_TESTS_ASAN
#endif
#if __has_feature(thread_sanitizer)
#define SEALSQL_TESTS_ALLOCATOR_TAKEN // ThreadSanitizer links an operator delete of its own
#endif
#endif

#if defined(SEALSQL_TESTS_ALLOCATOR_TAKEN)

std::optional<std::size_t> unit::allocations() noexcept { return {}; }
std::size_t unit::freed_with(std::string_view) noexcept { return 0; }

#else

using sealsql::Secret;

namespace {

// A block of memory, and what was in it when it was given back.
struct Watch {
    void const* address = nullptr;
    std::size_t size = 0;
    std::array<char, 128> content{};
    bool freed = false;

    void on_free(void const* pointer) noexcept
    {
        if (pointer == nullptr || pointer != address)
            return;
        std::memcpy(content.data(), pointer, size);
        address = nullptr;
        freed = true;
    }

    void start(std::string_view text) noexcept
    {
        freed = false;
        size = text.size() < content.size() ? text.size() : content.size();
        address = text.data();
    }

    [[nodiscard]] bool freed_and_wiped() const noexcept
    {
        for (std::size_t i = 0; i < size; ++i) {
            if (content.at(i) != 0)
                return false;
        }
        return freed;
    }
};

thread_local constinit Watch watch{};
thread_local constinit std::size_t allocation_count = 0;

// A text that no block of memory should hold when it is given back, and how many did.
thread_local constinit std::string_view forbidden{};
thread_local constinit std::size_t forbidden_count = 0;

void* allocate(std::size_t size)
{
    ++allocation_count;
    if (void* const memory = std::malloc(size == 0 ? 1 : size))
        return memory;
    throw std::bad_alloc{};
}

void release(void* memory) noexcept
{
    watch.on_free(memory);
#if !defined(__SANITIZE_ADDRESS__) &&                                                              \
    !defined(SEALSQL_TESTS_ASAN) // which sees what lies behind the size that was asked for
    if (memory != nullptr && !forbidden.empty()) {
        std::string_view const block{static_cast<char const*>(memory), malloc_usable_size(memory)};
        forbidden_count += block.find(forbidden) == block.npos ? 0U : 1U;
    }
#endif
    std::free(memory);
}

} // namespace

std::optional<std::size_t> unit::allocations() noexcept { return allocation_count; }

std::size_t unit::freed_with(std::string_view text) noexcept
{
    forbidden = text;
    return std::exchange(forbidden_count, 0);
}

// The whole program's, since a deallocation is where the content can still be seen. All of the
// plain forms, because a sanitizer's own must not meet ours.
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, std::nothrow_t const&) noexcept
{
    return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept
{
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::nothrow_t const&) noexcept { release(memory); }
void operator delete[](void* memory, std::nothrow_t const&) noexcept { release(memory); }

TEST_CASE("A secret is erased when it goes", "[secret]")
{
    SECTION("by its destructor")
    {
        {
            Secret const secret{"correct horse battery staple"};
            watch.start(secret.reveal());
        }
        CHECK(watch.freed_and_wiped());
    }
    SECTION("when another is assigned by copy")
    {
        Secret secret{"the old one, which is longer than a small string"};
        Secret const other{"new"};
        watch.start(secret.reveal());
        secret = other;
        CHECK(watch.freed_and_wiped());
        CHECK(secret.reveal() == "new");
        CHECK(other.reveal() == "new");
    }
    SECTION("when another is assigned by move")
    {
        Secret secret{"old"};
        watch.start(secret.reveal());
        secret = Secret{"new"};
        CHECK(watch.freed_and_wiped());
        CHECK(secret.reveal() == "new");
    }
    SECTION("when it was moved and the new owner goes")
    {
        Secret source{"travels"};
        watch.start(source.reveal());
        {
            Secret const target{std::move(source)};
            CHECK_FALSE(watch.freed);
        }
        CHECK(watch.freed_and_wiped());
    }
    SECTION("when an exception takes it away")
    {
        try {
            Secret const secret{"unwound"};
            watch.start(secret.reveal());
            throw 1;
        } catch (int) {
        }
        CHECK(watch.freed_and_wiped());
    }
    watch = {};
}

TEST_CASE("The watch of these tests sees what is not erased", "[secret]")
{
    {
        auto const text = std::make_unique<std::string>("not a small string, not a small string");
        watch.start(*text);
    }
    CHECK(watch.freed);
    CHECK_FALSE(watch.freed_and_wiped());
    watch = {};
}

TEST_CASE("A string that a secret is made of is erased on the heap", "[secret]")
{
    {
        std::string text = "a passphrase that is too long for the small buffer";
        std::string_view const place{text};
        Secret const secret{std::move(text)};
        CHECK(secret.reveal() == "a passphrase that is too long for the small buffer");
        watch.start(place);
    }
    CHECK(watch.freed_and_wiped());
    watch = {};
}

#endif

#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <cstring>
#include <new>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Many small pieces of memory out of few large ones. What is put here stays where it is, also when the arena is
/// moved, until all of it goes at once.
class Arena {
public:
    Arena() noexcept = default;
    Arena(Arena&& other) noexcept { swap(other); }
    Arena& operator=(Arena&& other) noexcept
    {
        Arena{std::move(other)}.swap(*this);
        return *this;
    }
    ~Arena()
    {
        while (newest_ != nullptr)
            ::operator delete(std::exchange(newest_, newest_->older));
    }

    /// A copy of the bytes, aligned to nothing. Never null.
    /// @throws std::bad_alloc
    [[nodiscard]] std::byte const* keep(void const* bytes, std::size_t size)
    {
        static constexpr std::byte nothing{};
        if (size == 0)
            return &nothing;
        std::byte* const place = size <= room_ ? take(size) : make_room(size);
        std::memcpy(place, bytes, size);
        return place;
    }

private:
    struct Chunk {
        Chunk* older;
    };

    static constexpr std::size_t first_chunk = 4096;
    static constexpr std::size_t largest_chunk = 1 << 20;

    void swap(Arena& other) noexcept
    {
        std::swap(newest_, other.newest_);
        std::swap(next_, other.next_);
        std::swap(room_, other.room_);
        std::swap(chunk_size_, other.chunk_size_);
    }

    [[nodiscard]] std::byte* take(std::size_t size) noexcept
    {
        room_ -= size;
        return std::exchange(next_, next_ + size);
    }

    [[nodiscard, gnu::noinline]] std::byte* make_room(std::size_t size)
    {
        // A large piece has a chunk of its own: what is left of the present one is not given up for it.
        if (size > chunk_size_ / 4)
            return add_chunk(size);
        next_ = add_chunk(chunk_size_);
        room_ = chunk_size_;
        if (chunk_size_ < largest_chunk)
            chunk_size_ *= 2;
        return take(size);
    }

    [[nodiscard]] std::byte* add_chunk(std::size_t size)
    {
        if (size > static_cast<std::size_t>(-1) - sizeof(Chunk))
            throw std::bad_alloc{};
        newest_ = ::new (::operator new(sizeof(Chunk) + size)) Chunk{newest_};
        return reinterpret_cast<std::byte*>(newest_ + 1); // NOLINT: the room behind the header
    }

    Chunk* newest_ = nullptr;
    std::byte* next_ = nullptr;
    std::size_t room_ = 0;
    std::size_t chunk_size_ = first_chunk; // of the next one
};

} // namespace sealsql::inline SEALSQL_ABI::detail

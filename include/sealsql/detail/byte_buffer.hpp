#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Bytes that come in at one end and leave at the other. What is added is not set to anything first, and
/// what is taken from the front costs nothing.
class ByteBuffer {
public:
    ByteBuffer() noexcept = default;
    ByteBuffer(ByteBuffer const&) = delete;
    ByteBuffer& operator=(ByteBuffer const&) = delete;
    ~ByteBuffer() { std::free(data_); } // NOLINT: for realloc()

    [[nodiscard]] std::byte* begin() noexcept { return data_ + begin_; }
    [[nodiscard]] std::byte const* begin() const noexcept { return data_ + begin_; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return room_; }
    [[nodiscard]] Bytes bytes() const noexcept { return {begin(), size()}; }

    /// Room for so many bytes behind the last; they count only after commit().
    [[nodiscard]] std::byte* reserve(std::size_t count)
    {
        if (room_ - end_ < count)
            make_room(count);
        return data_ + end_;
    }
    void commit(std::size_t count) noexcept { end_ += count; }

    /// How much can be added without moving anything.
    [[nodiscard]] std::size_t spare() const noexcept { return room_ - end_; }

    void append(void const* bytes, std::size_t count)
    {
        if (count == 0)
            return;
        std::memcpy(reserve(count), bytes, count);
        end_ += count;
    }

    /// Takes bytes from the front; there have to be so many.
    void consume(std::size_t count) noexcept { begin_ += count; }

    /// Takes bytes out of the middle.
    void remove(std::size_t from, std::size_t count) noexcept
    {
        if (count == 0)
            return; // memmove() takes no null pointer, which an empty buffer has
        std::byte* const hole = begin() + from;
        std::memmove(hole, hole + count, size() - from - count);
        end_ -= count;
    }

    /// Makes room in the middle, for the caller to fill.
    void insert(std::size_t at, std::size_t count)
    {
        if (count == 0)
            return;
        static_cast<void>(reserve(count));
        std::byte* const hole = begin() + at;
        std::memmove(hole + count, hole, size() - at);
        end_ += count;
    }

    void clear() noexcept { begin_ = end_ = 0; }

    /// Gives the memory back.
    void release() noexcept
    {
        std::free(data_); // NOLINT: for realloc()
        data_ = nullptr;
        begin_ = end_ = room_ = 0;
    }

private:
    void make_room(std::size_t count)
    {
        if (begin_ != 0) {
            std::memmove(data_, data_ + begin_, size());
            end_ -= begin_;
            begin_ = 0;
            if (room_ - end_ >= count)
                return;
        }
        std::size_t const wanted = end_ + count > 2 * room_ ? end_ + count : 2 * room_;
        void* const larger = std::realloc(data_, wanted); // NOLINT: grows in place where it can
        if (larger == nullptr)
            throw std::bad_alloc{};
        data_ = static_cast<std::byte*>(larger);
        room_ = wanted;
    }

    std::byte* data_ = nullptr;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t room_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

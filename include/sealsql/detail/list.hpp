#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <initializer_list>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Elements in a row, of which there can be more at the end. Not a std::vector, of which each kind of element
/// costs our users' compiler five times as much: users see that one, but for columns, pins and connection
/// attributes, which every file that includes sealsql would pay for.
///
/// Elements have to be default constructible. Room that is not in use holds elements, too.
template <class T>
class List {
public:
    List() noexcept = default;
    List(std::initializer_list<T> elements)
    {
        resize(elements.size());
        T* place = data_;
        for (T const& element : elements)
            *place++ = element;
    }
    List(List const& other) : data_{new T[other.size_]}, size_{other.size_}, room_{other.size_}
    {
        try {
            for (std::size_t i = 0; i < size_; ++i)
                data_[i] = other.data_[i];
        } catch (...) {
            delete[] data_;
            throw;
        }
    }
    List(List&& other) noexcept { swap(other); }
    List& operator=(List other) noexcept
    {
        swap(other);
        return *this;
    }
    ~List() { delete[] data_; }

    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] T const* data() const noexcept { return data_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T& operator[](std::size_t index) noexcept { return data_[index]; }
    [[nodiscard]] T const& operator[](std::size_t index) const noexcept { return data_[index]; }
    [[nodiscard]] T const& front() const noexcept { return *data_; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] T const* begin() const noexcept { return data_; }
    [[nodiscard]] T const* end() const noexcept { return data_ + size_; }

    friend bool operator==(List const& left, List const& right)
    {
        bool equal = left.size_ == right.size_;
        for (std::size_t i = 0; equal && i < left.size_; ++i)
            equal = left.data_[i] == right.data_[i];
        return equal;
    }

    void push_back(T element)
    {
        if (size_ == room_)
            make_room(2 * size_ + 1);
        data_[size_++] = std::move(element);
    }

    /// Keeps the room.
    void clear() noexcept { size_ = 0; }

    /// Cuts off what is too much, or adds what is still missing.
    void resize(std::size_t size)
    {
        if (size > room_)
            make_room(size);
        for (; size_ < size; ++size_)
            data_[size_] = T{};
        size_ = size;
    }

private:
    void make_room(std::size_t room)
    {
        List larger;
        larger.data_ = new T[room];
        larger.room_ = room;
        for (; larger.size_ < size_; ++larger.size_)
            larger.data_[larger.size_] = std::move(data_[larger.size_]);
        swap(larger);
    }

    void swap(List& other) noexcept
    {
        T* const data = data_;
        std::size_t const size = size_;
        std::size_t const room = room_;
        data_ = other.data_;
        size_ = other.size_;
        room_ = other.room_;
        other.data_ = data;
        other.size_ = size;
        other.room_ = room;
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

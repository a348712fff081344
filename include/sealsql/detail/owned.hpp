#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>

namespace sealsql::inline SEALSQL_ABI::detail {

/// Owns an object of a C library's. Not a std::unique_ptr, of which each kind of object would cost our
/// users' compiler as much as the whole file that uses it.
template <class T, auto Free>
class Owned {
public:
    Owned() noexcept = default;
    explicit Owned(T* object) noexcept : object_{object} {}
    Owned(Owned&& other) noexcept : object_{other.release()} {}
    Owned& operator=(Owned&& other) noexcept
    {
        reset(other.release());
        return *this;
    }
    ~Owned()
    {
        if (object_ != nullptr)
            Free(object_);
    }

    [[nodiscard]] T* get() const noexcept { return object_; }
    [[nodiscard]] T* release() noexcept
    {
        T* const object = object_; // std::exchange() would cost more than all the rest
        object_ = nullptr;
        return object;
    }
    [[nodiscard]] T* operator->() const noexcept { return object_; }
    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    void reset(T* object = nullptr) noexcept
    {
        T* const old = object_;
        object_ = object;
        if (old != nullptr)
            Free(old);
    }

    /// Whether both own the same object.
    friend bool operator==(Owned const& left, Owned const& right) noexcept = default;
    friend bool operator==(Owned const& left, std::nullptr_t) noexcept { return !left; }

private:
    T* object_ = nullptr;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

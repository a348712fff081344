#pragma once

#include <sealsql/detail/config.hpp>

#include <atomic>
#include <cstddef>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// One of several owners of an object, which goes with the last of them. Copying does not throw, and
/// owners in different threads need no lock. Not a std::shared_ptr, of which each kind of object costs
/// our users' compiler ten times as much: it can do more than is needed here.
template <class T>
class Shared {
public:
    Shared() noexcept = default;
    Shared(Shared const& other) noexcept : object_{other.object_}
    {
        if (object_ != nullptr)
            object_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    Shared(Shared&& other) noexcept : object_{other.object_} { other.object_ = nullptr; }
    Shared& operator=(Shared other) noexcept
    {
        Counted* const old = object_;
        object_ = other.object_;
        other.object_ = old;
        return *this;
    }
    ~Shared()
    {
        // What other owners did to the object has to be seen by whoever destroys it.
        if (object_ != nullptr && object_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
            delete object_;
    }

    /// The first owner of a new object.
    template <class... Arguments>
    [[nodiscard]] static Shared make(Arguments&&... arguments)
    {
        Shared first;
        first.object_ = new Counted{std::forward<Arguments>(arguments)...};
        return first;
    }

    [[nodiscard]] T& operator*() const noexcept { return object_->object; }
    [[nodiscard]] T* operator->() const noexcept { return &object_->object; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    void reset() noexcept { *this = Shared{}; }

    friend bool operator==(Shared const& left, std::nullptr_t) noexcept { return !left; }

private:
    struct Counted {
        template <class... Arguments>
        explicit Counted(Arguments&&... arguments) : object(std::forward<Arguments>(arguments)...)
        {
        }

        std::atomic<unsigned> owners{1};
        T object;
    };

    Counted* object_ = nullptr;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

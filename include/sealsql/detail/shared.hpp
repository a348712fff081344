#pragma once

#include <sealsql/detail/config.hpp>

#include <atomic>
#include <cstddef>
#include <type_traits>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// How many own an object, and how it is destroyed: owners need not know its type.
struct Count {
    explicit Count(void (*destructor)(Count*) noexcept) noexcept : destroy{destructor} {}

    std::atomic<unsigned> owners{1};
    void (*destroy)(Count*) noexcept;
};

/// One of several owners of an object, which goes with the last of them. Copying does not throw, and
/// owners in different threads need no lock. Not a std::shared_ptr, of which each kind of object costs
/// our users' compiler ten times as much: it can do more than is needed here.
template <class T>
class Shared {
public:
    Shared() noexcept = default;
    Shared(Shared const& other) noexcept : count_{other.count_}, object_{other.object_}
    {
        if (count_ != nullptr)
            count_->owners.fetch_add(1, std::memory_order_relaxed);
    }
    Shared(Shared&& other) noexcept : count_{other.count_}, object_{other.object_}
    {
        other.count_ = nullptr;
        other.object_ = nullptr;
    }
    /// Of an object whose base class is T.
    template <class Derived>
        requires std::is_convertible_v<Derived*, T*>
        // NOLINTNEXTLINE(google-explicit-constructor): as of pointers
        Shared(Shared<Derived> other)
    noexcept : count_{other.count_}, object_{other.object_}
    {
        other.count_ = nullptr;
        other.object_ = nullptr;
    }
    Shared& operator=(Shared other) noexcept
    {
        Count* const count = count_;
        T* const object = object_;
        count_ = other.count_;
        object_ = other.object_;
        other.count_ = count;
        other.object_ = object;
        return *this;
    }
    ~Shared()
    {
        // What other owners did to the object has to be seen by whoever destroys it.
        if (count_ != nullptr && count_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1)
            count_->destroy(count_);
    }

    /// The first owner of a new object.
    template <class... Arguments>
    [[nodiscard]] static Shared make(Arguments&&... arguments)
    {
        auto* const counted = new Counted{std::forward<Arguments>(arguments)...};
        Shared first;
        first.count_ = counted;
        first.object_ = &counted->object;
        return first;
    }

    [[nodiscard]] T& operator*() const noexcept { return *object_; }
    [[nodiscard]] T* operator->() const noexcept { return object_; }
    explicit operator bool() const noexcept { return object_ != nullptr; }

    void reset() noexcept { *this = Shared{}; }

    /// Whether nobody else owns the object, and so nobody can come to own it but through this.
    [[nodiscard]] bool is_sole_owner() const noexcept
    {
        return count_ != nullptr && count_->owners.load(std::memory_order_acquire) == 1;
    }

    friend bool operator==(Shared const& left, std::nullptr_t) noexcept { return !left; }

private:
    template <class>
    friend class Shared;

    struct Counted : Count {
        template <class... Arguments>
        explicit Counted(Arguments&&... arguments)
            : Count{[](Count* count) noexcept { delete static_cast<Counted*>(count); }},
              object(std::forward<Arguments>(arguments)...)
        {
        }

        T object;
    };

    Count* count_ = nullptr;
    T* object_ = nullptr;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

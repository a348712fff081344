#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/process_id.hpp>

#include <atomic>
#include <memory>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What the threads of a process have in common. A forked child has one of its own: nobody goes on there with what the parent's
/// threads had under way, and what they had locked stays locked.
template <class State>
class PerProcess {
public:
    /// Made when it is needed, and never destroyed: a thread may end after static objects did.
    [[nodiscard]] static State& get()
    {
        Owned* one = current().load(std::memory_order_acquire);
        while (one == nullptr || one->owner != process_id()) {
            auto fresh = std::make_unique<Owned>();
            if (current().compare_exchange_strong(one, fresh.get(), std::memory_order_acq_rel))
                return fresh.release()->state;
        }
        return one->state;
    }

    /// Null if this process has none.
    [[nodiscard]] static State* find() noexcept
    {
        Owned* const one = current().load(std::memory_order_acquire);
        return one != nullptr && one->owner == process_id() ? &one->state : nullptr;
    }

private:
    struct Owned {
        int const owner = process_id();
        State state{};
    };

    [[nodiscard]] static std::atomic<Owned*>& current() noexcept
    {
        static constinit std::atomic<Owned*> one{nullptr};
        return one;
    }
};

} // namespace sealsql::inline SEALSQL_ABI::detail

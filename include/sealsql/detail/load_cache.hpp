#pragma once

#include <sealsql/detail/config.hpp>

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// What was loaded from files, kept for the process: a system's bundle of CAs takes some 25 ms to parse, a
/// public CA's revocation lists have many megabytes. Found by what was asked for and the state that its files
/// were in. Bounded: what was not asked for longest goes first. Files are looked at and read without the lock, as a
/// network's file system may let one wait, so two threads may load the same.
///
/// A `Loaded` is shared by `share()` and knows whether it is anything.
template <class Loaded>
class LoadCache {
public:
    /// Nothing if it was not loaded, or its files changed since.
    [[nodiscard]] Loaded find(std::string const& wanted, std::string const& state)
    {
        std::lock_guard const lock{mutex_};
        for (Entry& entry : entries_) {
            if (entry.loaded && entry.wanted == wanted && entry.state == state) {
                entry.last_use = ++uses_;
                return share(entry.loaded);
            }
        }
        return {};
    }

    /// Keeps it, instead of what came of the same files as they were before.
    /// @return the same; or what another thread made of the same state meanwhile, so that all share one
    [[nodiscard]] Loaded keep(std::string const& wanted, std::string const& state, Loaded loaded)
    {
        std::lock_guard const lock{mutex_};
        Entry* slot = nullptr;
        Entry* oldest = entries_.data();
        for (Entry& entry : entries_) {
            if (entry.last_use < oldest->last_use)
                oldest = &entry;
            if (!entry.loaded || entry.wanted != wanted)
                continue;
            if (entry.state == state)
                return share(entry.loaded);
            slot = &entry;
        }
        if (slot == nullptr)
            slot = oldest;
        // Whole or not at all: a lack of memory must not leave the old content under the new state.
        Entry fresh{wanted, state, share(loaded), ++uses_};
        *slot = std::move(fresh);
        return loaded;
    }

    /// Whether find() may give this one again: it was neither replaced nor pushed out.
    /// @param is_it tells the one that is looked for
    template <class Predicate>
    [[nodiscard]] bool holds(Predicate const& is_it)
    {
        std::lock_guard const lock{mutex_};
        for (Entry const& entry : entries_) {
            if (entry.loaded && is_it(entry.loaded))
                return true;
        }
        return false;
    }

private:
    struct Entry {
        std::string wanted{};
        std::string state{};
        Loaded loaded{};
        std::uint64_t last_use = 0; // zero: free
    };

    std::mutex mutex_;
    std::array<Entry, 16> entries_;
    std::uint64_t uses_ = 0;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

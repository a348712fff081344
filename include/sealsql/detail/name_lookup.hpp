#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/connection_state.hpp>
#include <sealsql/error.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

/// @file
/// The system's resolver, which cannot be interrupted: so it runs in a thread of its own, which is left behind when nobody
/// waits for it any more.

namespace sealsql::inline SEALSQL_ABI::detail {

/// One host that is being looked up. Its thread may be left behind, so it owns what it needs.
struct Lookup {
    Clock::time_point const began = Clock::now();
    std::mutex mutex{};
    std::condition_variable_any done{};
    bool is_done = false;
    std::vector<std::string> addresses{};
    std::optional<Error> error{};
};

/// Looks a host up in the background; joins what is under way already. Before it, detail::register_hooks() has to
/// have been called: it keeps the code loaded that a thread left behind comes back to.
/// @throws Error if there can be no thread
[[nodiscard]] std::shared_ptr<Lookup> begin_look_up(std::string const& host);

} // namespace sealsql::inline SEALSQL_ABI::detail

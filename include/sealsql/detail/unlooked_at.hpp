#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/state_watch.hpp>
#include <sealsql/detail/view.hpp>

#include <exception>
#include <utility>

namespace sealsql::inline SEALSQL_ABI::detail {

/// While it lives, what is sent is not looked at: commands of the library's own that leave nothing behind, though their texts
/// could.
class UnlookedAt {
public:
    explicit UnlookedAt(StateWatch& watch) noexcept
        : watch_{watch}, find_traces_{std::exchange(watch.find_traces, nullptr)},
          errors_{std::uncaught_exceptions()}
    {
    }
    UnlookedAt(UnlookedAt const&) = delete;
    UnlookedAt& operator=(UnlookedAt const&) = delete;
    ~UnlookedAt()
    {
        watch_.find_traces = find_traces_;
        // Half of them may have been run.
        if (std::uncaught_exceptions() != errors_)
            watch_.is_changed = watch_.is_changed || find_traces_ != nullptr;
    }

private:
    StateWatch& watch_;
    Trace (*find_traces_)(Bytes commands) noexcept;
    int errors_;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

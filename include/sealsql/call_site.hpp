#pragma once

#include <sealsql/detail/config.hpp>

namespace sealsql::inline SEALSQL_ABI {

/// Where a function was called: as std::source_location, which Clang 14 does not have.
struct CallSite {
    char const* file = "";
    unsigned line = 0;
    char const* function = "";

    /// As the default argument of a function: where that is called.
    [[nodiscard]] static constexpr CallSite
    here(char const* file = __builtin_FILE(), unsigned line = __builtin_LINE(),
         char const* function = __builtin_FUNCTION()) noexcept
    {
        return {file, line, function};
    }
};

} // namespace sealsql::inline SEALSQL_ABI

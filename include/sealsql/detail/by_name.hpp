#pragma once

#include <sealsql/detail/config.hpp>

namespace sealsql::inline SEALSQL_ABI::detail {

/// The first member of options of which each has to be named: a value that is given by position finds it, and not a member
/// that its writer did not have in mind.
struct ByName {
    /// Explicit, so that `{}` in its place is refused as well.
    explicit ByName() noexcept = default;

    /// Not a deleted one: Clang then says only that there is no constructor of what takes the options.
    template <class Value>
    // NOLINTNEXTLINE(google-explicit-constructor): so that it is found
    ByName(Value const&) noexcept
    {
        static_assert(sizeof(Value) == 0,
                      "options are given by name: {.max_size = 8} says what the 8 is");
    }

    friend bool operator==(ByName const&, ByName const&) = default;
};

} // namespace sealsql::inline SEALSQL_ABI::detail

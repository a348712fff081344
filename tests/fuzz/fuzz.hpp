#pragma once

#include <cstdlib>

namespace fuzz {

/// What does not hold is a finding.
inline void require(bool invariant)
{
    if (!invariant)
        std::abort();
}

} // namespace fuzz

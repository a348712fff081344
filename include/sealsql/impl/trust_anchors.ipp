#pragma once

#include <sealsql/detail/concat.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/trust_anchors.hpp>

#include <string>

namespace sealsql::inline SEALSQL_ABI {

SEALSQL_INLINE std::string TrustAnchors::describe() const
{
    return source_.is_system ? "the system's CAs"
                             : detail::concat({"the CAs in ", printable(source_.file.string())});
}

} // namespace sealsql::inline SEALSQL_ABI

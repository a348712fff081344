#pragma once

/// @file
/// What the programs here take as a CA: all that the library takes, and, where they were built with libzip,
/// the ZIP archive that vendors hand out.

#include <sealsql/trust_anchors.hpp>

#if defined(SEALSQL_EXAMPLES_WITH_ZIP)
#include <sealsql/zip_bundle.hpp>
#endif

#include <utility>

namespace examples {

/// The same CAs, also from ZIP archives if this program can open them.
[[nodiscard]] inline sealsql::TrustAnchors from_any_file(sealsql::TrustAnchors anchors)
{
#if defined(SEALSQL_EXAMPLES_WITH_ZIP)
    return sealsql::zip_bundle(std::move(anchors));
#else
    return anchors;
#endif
}

} // namespace examples

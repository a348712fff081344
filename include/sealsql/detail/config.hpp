#pragma once

#include <sealsql/version.hpp>

/// @file
/// The two build modes. Header-only is the product. With SEALSQL_COMPILED defined, bodies are
/// compiled once, by the source file that includes <sealsql/src.hpp>, and no C header reaches the
/// others. The inline namespace tells modes and versions apart, so that all may meet in one program.

#if defined(SEALSQL_COMPILED)
#define SEALSQL_ABI v0_1_0_compiled
#define SEALSQL_INLINE
#else
#define SEALSQL_ABI v0_1_0
#define SEALSQL_INLINE inline
#endif

/// The library. Names in `detail` are not for users and may change in any release.
namespace sealsql::inline SEALSQL_ABI {
}

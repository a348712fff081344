#pragma once

/// @file
/// The only file that includes libzip's header, for impl/zip_bundle.ipp alone.
///
/// Why libzip: it has been kept by the same maintainers for two decades, with regular releases and a test suite
/// of damaged archives; every distribution packages it, and PHP's zip extension stands on it. It reads from
/// memory and compares checksums. minizip began as a sample beside zlib, and each distribution ships another of
/// its branches, with another interface.

#include <zip.h>

#pragma once

/// @file
/// The version, written once. CMake and pkg-config read it from here.

#define SEALSQL_VERSION_MAJOR 0
#define SEALSQL_VERSION_MINOR 1
#define SEALSQL_VERSION_PATCH 0

/// major * 10000 + minor * 100 + patch, for `#if`.
#define SEALSQL_VERSION                                                                            \
    (SEALSQL_VERSION_MAJOR * 10000 + SEALSQL_VERSION_MINOR * 100 + SEALSQL_VERSION_PATCH)

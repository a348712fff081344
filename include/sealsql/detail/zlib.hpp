#pragma once

/// @file
/// The only file that includes zlib's header, for impl/compression.ipp alone.

#define ZLIB_CONST // NOLINT(readability-identifier-naming): zlib asks for it
#include <zlib.h>

#pragma once

#include <sealsql/connection_options.hpp>
#include <sealsql/detail/byte_codec.hpp>
#include <sealsql/detail/config.hpp>

/// @file
/// Not part of <sealsql/sealsql.hpp>: include it where ConnectionOptions::compression is set, and link zlib
/// (`sealsql::zlib`, or `pkg-config --libs zlib`). In compiled mode it is there if SEALSQL_WITH_ZLIB is defined in the
/// one file that includes <sealsql/src.hpp>, as it is for sealsql::compiled where CMake found zlib.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// Packets as they travel once both sides have agreed on compression by zlib. See "Compressed Packet" in MySQL's
/// source documentation. The caller owns it.
[[nodiscard]] ByteCodec* make_zlib_codec();

} // namespace detail

/// How statements and results are compressed on their way, inside TLS:
///
///     .compression(sealsql::Compression::zlib())
///
/// Good for large results over a slow network; on a fast one it costs more than it saves. A server that does not
/// offer it is used without. See ConnectionOptions::compression for what it tells those who watch.
///
/// There is no zstd: Connector/C needs a plugin for it, which distributions leave out.
class Compression {
public:
    [[nodiscard]] static CompressionPolicy zlib() noexcept { return {&detail::make_zlib_codec}; }
};

/// Whether packets of this connection travel compressed: asked for, and offered by the server.
[[nodiscard]] bool is_compressed(Connection const& db) noexcept;

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/compression.ipp>
#endif

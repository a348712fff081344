#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/trust_anchors.hpp>

#include <string>
#include <string_view>

/// @file
/// Not part of <sealsql/sealsql.hpp>: include it where CAs come in ZIP archives, and link libzip
/// (`sealsql::zip`, or `pkg-config --libs libzip`). In compiled mode it is there if SEALSQL_WITH_ZIP is defined
/// in the one file that includes <sealsql/src.hpp>, as `-DSEALSQL_ZIP=ON` does for sealsql::compiled.

namespace sealsql::inline SEALSQL_ABI {

namespace detail {

/// @copydoc UnpackArchive
void unpack_zip(std::string_view archive, std::string const& name, VisitMember visit,
                void* context);

} // namespace detail

/// The same CAs, whose files (and bytes in memory) may also be ZIP archives, as vendors hand them out:
///
///     .ssl({.ca = sealsql::zip_bundle("tencentdb-ca.zip")})
///
/// An archive is read like a directory: what each file in it is, is told from its content; all certificates of
/// all files are trusted, usually the same in several formats; files that hold something else are passed over;
/// one that is damaged, or a keystore that no password opens, makes an error that names it. A password that was
/// given along with the archive's path is for the keystores in it.
///
/// Nothing is written to disk, and names in the archive are for messages only. It may hold up to 1000 files and
/// folders, and 16 MiB when unpacked. Archives in archives, and encrypted ones, are not looked into.
[[nodiscard]] TrustAnchors zip_bundle(TrustAnchors anchors);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/zip_bundle.ipp>
#endif

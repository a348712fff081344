#pragma once

#include <sealsql/detail/config.hpp>

#include <cstddef>
#include <string>

/// @file
/// Files that the caller names, for certificates, keys and revocation lists: each is read whole, and no kind
/// of file lets a connection wait for ever or takes memory without end.

namespace sealsql::inline SEALSQL_ABI::detail {

/// Why a file was not read. Each caller has its own words for it.
struct FileFailure {
    enum class Kind : unsigned char { none, unopened, unread, directory, irregular, too_large };

    Kind kind = Kind::none;
    int error = 0; // errno, for the first two

    explicit operator bool() const noexcept { return kind != Kind::none; }

    /// ` cannot be opened: No such file or directory` and the like, to be put behind the file's name.
    [[nodiscard]] std::string text() const;
};

/// Reads a regular file of at most `limit` bytes. No copy of its bytes is left in memory but `content`.
[[nodiscard]] FileFailure read_file(char const* path, std::size_t limit, std::string& content);

} // namespace sealsql::inline SEALSQL_ABI::detail

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// Translates a URI as MySQL Shell 9 takes it, of the classic protocol:
/// `[mysql://][user[:password]@]host[:port][/database][?attribute=value&…]`, with a socket as `(/path)`, as
/// `/path` with each other '/' as %2F, or as the X DevAPI has it, `%2Fpath`, in place of host and port. `mariadb://` is
/// the same.
/// @throws Error naming the attribute that is unknown, cannot be read or cannot be honoured; no password is in it
[[nodiscard]] Translation translate_uri(std::string_view text);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/uri.ipp>
#endif

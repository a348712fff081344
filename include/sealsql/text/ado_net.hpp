#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// Translates a connection string of .NET, by MySqlConnector 2.6 and in the spellings of MySql.Data 9.3 as
/// well:
/// `Server=db.internal;User ID=app;Password="a;b";SslMode=VerifyFull;…`.
/// @throws Error naming the option that is unknown, cannot be read or cannot be honoured; no password is in it
[[nodiscard]] Translation translate_ado_net(std::string_view text);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/ado_net.ipp>
#endif

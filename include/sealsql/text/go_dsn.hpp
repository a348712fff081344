#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/detail/view.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/translation.hpp>

#include <string_view>
#include <vector>

namespace sealsql::inline SEALSQL_ABI {

/// A `tls.Config` that a Go program registered, to be named by `tls=` in a DSN.
struct GoTlsConfig {
    /// As given to `mysql.RegisterTLSConfig`.
    std::string_view name{};
    /// What the config says: `RootCAs` as `.ca`, `ServerName` as `.server_name`, `Certificates` as
    /// `.identity`, `MinVersion` as `.min_version`, `InsecureSkipVerify: true` as `.verify =
    /// VerifyMode::none`.
    SslOptions ssl{};
};

/// Translates a DSN of Go's driver (github.com/go-sql-driver/mysql 1.10):
/// `[user[:password]@][net[(address)]]/database[?name=value&…]`.
///
/// A parameter that the driver does not know is a system variable there, set on each connection, and so it is
/// here.
/// @throws Error naming the parameter that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_go_dsn(std::string_view text,
                                           std::vector<GoTlsConfig> const& registered = {});

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/go_dsn.ipp>
#endif

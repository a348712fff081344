#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

/// @file
/// Command lines of the clients that come with the servers, as they stand in a shell script: `mysql -h db.internal
/// -u app -p'pw' --ssl-ca=ca.pem shop`. The line may have quotes, variables of the environment before it
/// (`MYSQL_PWD=pw mysql …`), and the path of the program; what the shell would have to compute, such as `$HOST`, is
/// an error, and so is what follows a `;`, `|` or `<`. The program's name may be left out.
///
/// The option files that these programs read besides are not read: see translate_option_file().

namespace sealsql::inline SEALSQL_ABI {

/// Translates a command line of Oracle's `mysql` (9.7).
/// @throws Error naming the option that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_mysql_command_line(std::string_view text);

/// Translates a command line of MariaDB's `mariadb` (10.11), or of `mysql` where that is the same program.
/// @throws Error naming the option that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_mariadb_command_line(std::string_view text);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/command_line.ipp>
#endif

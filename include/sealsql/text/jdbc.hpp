#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// Translates a URL of MySQL Connector/J 9.1: `jdbc:mysql://[user[:password]@]host[:port]/database?name=value&…`,
/// with `address=(host=…)(port=…)` and `(host=…,port=…)` as hosts. `%XX` and `+` are decoded.
/// @param properties what the program gives beside the URL, to DriverManager or as system properties, such as
///     `{"user", "app"}` and `{"javax.net.ssl.trustStore", "ca.jks"}`; to Connector/J of MySQL they count before those
///     of the URL, and to that of MariaDB those of the URL count
/// @throws Error naming the property that is unknown, cannot be read or cannot be honoured; no password is in it
[[nodiscard]] Translation translate_mysql_jdbc(std::string_view url,
                                               KeywordList const& properties = {});

/// Translates a URL of MariaDB Connector/J 3.5: `jdbc:mariadb://host[:port]/database?name=value&…`, also with
/// `jdbc:mysql:` and with `address=(host=…)(port=…)` as host. Nothing is decoded.
/// @copydetails translate_mysql_jdbc
[[nodiscard]] Translation translate_mariadb_jdbc(std::string_view url,
                                                 KeywordList const& properties = {});

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/jdbc.ipp>
#endif

#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

namespace sealsql::inline SEALSQL_ABI {

/// Translates a URL as Node's mysql2 3.24 and mysql 2.18 take it: `mysql://user:password@host:port/database?name=value`,
/// where a value may be JSON, such as `ssl={"rejectUnauthorized":false}`.
/// @throws Error naming the option that is unknown, cannot be read or cannot be honoured; no password is in it
[[nodiscard]] Translation translate_node_url(std::string_view url);

/// Translates the options object of the same: `{{"host", "db.internal"}, {"user", "app"}, {"ssl.ca", "ca.pem"}}`.
/// What the program reads from a file, such as `ssl.ca`, is the file's path here, or its content as PEM.
/// @copydetails translate_node_url
[[nodiscard]] Translation translate_node_options(KeywordList const& options);

/// The same, of the object as it stands in a program, with or without the call around it, and what the program sets
/// before: `const ca = fs.readFileSync('ca.pem'); mysql.createConnection({host: 'db.internal', ssl: {ca: ca}})`.
/// Nothing is run: values are literals, calls of `readFileSync` with one, and variables that are set to such. In place
/// of the object, the call may have a URL.
/// @copydetails translate_node_url
[[nodiscard]] Translation translate_node_object(std::string_view object);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/node.ipp>
#endif

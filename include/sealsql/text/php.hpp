#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

/// @file
/// What PHP programs connect with, as it stands in the source file: the statements that connect, with literals for
/// values or variables that are assigned in the same text. Nothing is run: a value that would have to be computed,
/// such as `getenv('PW')` or a text with a variable in it, is an error.

namespace sealsql::inline SEALSQL_ABI {

/// Translates what PDO is made with: `new PDO('mysql:host=db.internal;dbname=shop', 'app', 'pw',
/// [PDO::MYSQL_ATTR_SSL_CA => 'ca.pem'])`, or the data source name `mysql:…` alone.
/// @param options what the program gives beside the text: `{"username", "app"}`, `{"password", …}`, and what it sets in the
///     array of options, such as `{"PDO::MYSQL_ATTR_SSL_CA", "ca.pem"}`
/// @throws Error naming the setting that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_pdo(std::string_view text, KeywordList const& options = {});

/// Translates the calls of mysqli that lead to a connection: `mysqli_init`, `mysqli_ssl_set`, `mysqli_options`,
/// `mysqli_real_connect` and so on, or the same as methods, or `new mysqli(…)`.
/// @throws Error naming the argument that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_mysqli(std::string_view text);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/php.ipp>
#endif

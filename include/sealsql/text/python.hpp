#pragma once

#include <sealsql/detail/config.hpp>
#include <sealsql/translation.hpp>

#include <string_view>

/// @file
/// What Python programs connect with: the call as it stands in the source file, such as
/// `pymysql.connect(host='db.internal', ssl={'ca': 'ca.pem'})`; or the dictionary that is given to it, with or
/// without a name assigned; or the keywords alone. Variables that are assigned in the same text may be used.
/// Nothing is run: a value that would have to be computed, such as `os.environ["PW"]`, is an error.

namespace sealsql::inline SEALSQL_ABI {

/// Translates the arguments of MySQL Connector/Python's `mysql.connector.connect()`.
/// @throws Error naming the argument that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_mysql_connector_python(std::string_view text);

/// The same of a list: `{{"host", "db.internal"}, {"ssl_ca", "ca.pem"}}`; true and false as `True` and `False`.
/// @throws Error naming the argument that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_mysql_connector_python_options(KeywordList const& options);

/// Translates the arguments of PyMySQL's `pymysql.connect()`, TLS by the dictionary `ssl` or by the keywords
/// `ssl_ca` and so on.
/// @throws Error naming the argument that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_pymysql(std::string_view text);

/// The same of a list: `{{"host", "db.internal"}, {"ssl.ca", "ca.pem"}}`.
/// @copydetails translate_mysql_connector_python_options
[[nodiscard]] Translation translate_pymysql_options(KeywordList const& options);

/// Translates the arguments of mysqlclient's `MySQLdb.connect()`.
/// @throws Error naming the argument that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_mysqlclient(std::string_view text);

/// The same of a list: `{{"host", "db.internal"}, {"ssl.ca", "ca.pem"}}`.
/// @copydetails translate_mysql_connector_python_options
[[nodiscard]] Translation translate_mysqlclient_options(KeywordList const& options);

/// Translates an entry of Django's `DATABASES`: `DATABASES = {'default': {…}}`, or `{…}` of one database alone. By the
/// `ENGINE` `mysql.connector.django` it is MySQL Connector/Python's; else PyMySQL's if `OPTIONS` holds what that alone
/// has, or the text calls `pymysql.install_as_MySQLdb()`; and mysqlclient's if not. Of a file of settings, what is assigned
/// to `DATABASES` counts. What stands both there and in `OPTIONS`, such as the host, is an error.
/// @param alias which database, where there are several
/// @throws Error naming the setting that cannot be read or honoured; no password is in it
[[nodiscard]] Translation translate_django(std::string_view text,
                                           std::string_view alias = "default");

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/text/python.ipp>
#endif

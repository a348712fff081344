#pragma once

#include <sealsql/byte_source.hpp>
#include <sealsql/connection.hpp>
#include <sealsql/detail/config.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/sql.hpp>

#include <optional>
#include <string>
#include <string_view>

/// @file
/// Not part of <sealsql/sealsql.hpp>: include it where LOAD DATA LOCAL is used.

namespace sealsql::inline SEALSQL_ABI {

/// Runs a `LOAD DATA LOCAL INFILE` whose data come from this program: a function, a stream, a range of texts or
/// bytes in memory. What the statement names as its file does not matter, and no file is opened.
///
/// The connection needs ConnectionBuilder::local_infile(). Data are sent for this call's statement alone, and
/// once: a server that asks at any other time gets nothing, and the connection is closed.
///
/// ```
/// std::ifstream file{"users.tsv"};
/// load_data(db, "LOAD DATA LOCAL INFILE 'x' INTO TABLE users", file);
/// ```
///
/// The protocol cannot take data back, so what the source throws closes the connection: the server then rolls
/// the statement back where tables have transactions. The write timeout is for each quarter of a megabyte.
/// @throws Error if the server refuses the statement, or asks for nothing
ExecuteResult load_data(Connection& db, Sql sql, ByteSource source);

/// The file that a `LOAD DATA LOCAL INFILE` or `LOAD XML LOCAL INFILE` names: for programs that, as the
/// command-line client, take statements from their user and read the file that the user has named, and not one
/// that a server names.
/// @return nullopt for any other statement, and where it could be read in two ways (a backslash in the name)
[[nodiscard]] std::optional<std::string> local_file_of(std::string_view sql);

} // namespace sealsql::inline SEALSQL_ABI

#if !defined(SEALSQL_COMPILED)
#include <sealsql/impl/load_data.ipp>
#endif

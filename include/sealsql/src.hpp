#pragma once

/// @file
/// The compiled mode: define SEALSQL_COMPILED for the whole program, include this in exactly one
/// source file and <sealsql/sealsql.hpp> in all others. Only that one file needs the headers of
/// Connector/C and OpenSSL.

#if !defined(SEALSQL_COMPILED)
#error "define SEALSQL_COMPILED (for every file of the program) before including <sealsql/src.hpp>"
#endif

#include <sealsql/sealsql.hpp>

#include <sealsql/compose.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/format.hpp>
#include <sealsql/inspect.hpp>
#include <sealsql/named_parameters.hpp>
#include <sealsql/server_chain.hpp>
#include <sealsql/types.hpp>

#include <sealsql/impl/client_identity.ipp>
#include <sealsql/impl/compose.ipp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_options.ipp>
#include <sealsql/impl/decimal.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/explain.ipp>
#include <sealsql/impl/format.ipp>
#include <sealsql/impl/geometry.ipp>
#include <sealsql/impl/inet_address.ipp>
#include <sealsql/impl/inspect.ipp>
#include <sealsql/impl/json.ipp>
#include <sealsql/impl/match_columns.ipp>
#include <sealsql/impl/named_parameters.ipp>
#include <sealsql/impl/ocsp_stapling.ipp>
#include <sealsql/impl/parameter_writer.ipp>
#include <sealsql/impl/pin.ipp>
#include <sealsql/impl/prepared_statement.ipp>
#include <sealsql/impl/read_row.ipp>
#include <sealsql/impl/reply_reader.ipp>
#include <sealsql/impl/row.ipp>
#include <sealsql/impl/secret.ipp>
#include <sealsql/impl/server_chain.ipp>
#include <sealsql/impl/ssl_options.ipp>
#include <sealsql/impl/temporal.ipp>
#include <sealsql/impl/trust_anchors.ipp>
#include <sealsql/impl/uuid.ipp>
#include <sealsql/impl/value.ipp>

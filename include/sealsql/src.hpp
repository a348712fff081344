#pragma once

/// @file
/// The compiled mode: define SEALSQL_COMPILED for the whole program, include this in exactly one
/// source file and <sealsql/sealsql.hpp> in all others. Only that one file needs the headers of
/// Connector/C and OpenSSL, and of zlib and libzip where SEALSQL_WITH_ZLIB and SEALSQL_WITH_ZIP are defined.

#if !defined(SEALSQL_COMPILED)
#error "define SEALSQL_COMPILED (for every file of the program) before including <sealsql/src.hpp>"
#endif

#include <sealsql/sealsql.hpp>

#include <sealsql/blob.hpp>
#include <sealsql/bulk.hpp>
#include <sealsql/call_site.hpp>
#include <sealsql/compose.hpp>
#include <sealsql/compression.hpp>
#include <sealsql/connection_source.hpp>
#include <sealsql/deadline.hpp>
#include <sealsql/explain.hpp>
#include <sealsql/format.hpp>
#include <sealsql/hosts.hpp>
#include <sealsql/inspect.hpp>
#include <sealsql/load_data.hpp>
#include <sealsql/named_parameters.hpp>
#include <sealsql/observer.hpp>
#include <sealsql/pipeline.hpp>
#include <sealsql/pool.hpp>
#include <sealsql/pool_options.hpp>
#include <sealsql/results.hpp>
#include <sealsql/retry.hpp>
#include <sealsql/server_chain.hpp>
#include <sealsql/server_role.hpp>
#include <sealsql/text/ado_net.hpp>
#include <sealsql/text/any.hpp>
#include <sealsql/text/command_line.hpp>
#include <sealsql/text/go_dsn.hpp>
#include <sealsql/text/jdbc.hpp>
#include <sealsql/text/node.hpp>
#include <sealsql/text/option_file.hpp>
#include <sealsql/text/php.hpp>
#include <sealsql/text/python.hpp>
#include <sealsql/text/ruby.hpp>
#include <sealsql/text/uri.hpp>
#include <sealsql/transaction.hpp>
#include <sealsql/translation.hpp>
#include <sealsql/types.hpp>
#include <sealsql/zip_bundle.hpp>

#include <sealsql/impl/blob.ipp>
#include <sealsql/impl/bulk.ipp>
#include <sealsql/impl/client_identity.ipp>
#include <sealsql/impl/compose.ipp>
#include <sealsql/impl/connection.ipp>
#include <sealsql/impl/connection_options.ipp>
#include <sealsql/impl/connection_source.ipp>
#include <sealsql/impl/deadline.ipp>
#include <sealsql/impl/decimal.ipp>
#include <sealsql/impl/detail/host_failures.ipp>
#include <sealsql/impl/detail/host_places.ipp>
#include <sealsql/impl/detail/name_lookup.ipp>
#include <sealsql/impl/detail/name_watch.ipp>
#include <sealsql/impl/detail/nudge.ipp>
#include <sealsql/impl/detail/pool_acquire.ipp>
#include <sealsql/impl/detail/pool_line.ipp>
#include <sealsql/impl/detail/pool_report.ipp>
#include <sealsql/impl/detail/pool_return.ipp>
#include <sealsql/impl/detail/pool_state.ipp>
#include <sealsql/impl/detail/pool_upkeep.ipp>
#include <sealsql/impl/detail/role_watch.ipp>
#include <sealsql/impl/detail/session_limit.ipp>
#include <sealsql/impl/detail/time_limit.ipp>
#include <sealsql/impl/detail/trust_watch.ipp>
#include <sealsql/impl/error.ipp>
#include <sealsql/impl/explain.ipp>
#include <sealsql/impl/format.ipp>
#include <sealsql/impl/geometry.ipp>
#include <sealsql/impl/hosts.ipp>
#include <sealsql/impl/inet_address.ipp>
#include <sealsql/impl/inspect.ipp>
#include <sealsql/impl/json.ipp>
#include <sealsql/impl/load_data.ipp>
#include <sealsql/impl/match_columns.ipp>
#include <sealsql/impl/named_parameters.ipp>
#include <sealsql/impl/observer.ipp>
#include <sealsql/impl/ocsp_stapling.ipp>
#include <sealsql/impl/parameter_writer.ipp>
#include <sealsql/impl/pin.ipp>
#include <sealsql/impl/pipeline.ipp>
#include <sealsql/impl/pool.ipp>
#include <sealsql/impl/pool_options.ipp>
#include <sealsql/impl/prepared_statement.ipp>
#include <sealsql/impl/process_id.ipp>
#include <sealsql/impl/read_row.ipp>
#include <sealsql/impl/reply_reader.ipp>
#include <sealsql/impl/results.ipp>
#include <sealsql/impl/retry.ipp>
#include <sealsql/impl/row.ipp>
#include <sealsql/impl/secret.ipp>
#include <sealsql/impl/server_chain.ipp>
#include <sealsql/impl/server_role.ipp>
#include <sealsql/impl/ssl_options.ipp>
#include <sealsql/impl/temporal.ipp>
#include <sealsql/impl/text/ado_net.ipp>
#include <sealsql/impl/text/any.ipp>
#include <sealsql/impl/text/command_line.ipp>
#include <sealsql/impl/text/go_dsn.ipp>
#include <sealsql/impl/text/jdbc.ipp>
#include <sealsql/impl/text/node.ipp>
#include <sealsql/impl/text/option_file.ipp>
#include <sealsql/impl/text/php.ipp>
#include <sealsql/impl/text/python.ipp>
#include <sealsql/impl/text/ruby.ipp>
#include <sealsql/impl/text/uri.ipp>
#include <sealsql/impl/transaction.ipp>
#include <sealsql/impl/translation.ipp>
#include <sealsql/impl/trust_anchors.ipp>
#include <sealsql/impl/uuid.ipp>
#include <sealsql/impl/value.ipp>
#if defined(SEALSQL_WITH_ZIP) // which needs libzip; see zip_bundle.hpp
#include <sealsql/impl/zip_bundle.ipp>
#endif
#if defined(SEALSQL_WITH_ZLIB) // which needs zlib; see compression.hpp
#include <sealsql/impl/compression.ipp>
#endif

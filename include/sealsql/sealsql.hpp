#pragma once

/// @file
/// What most programs need, in reading order. The README lists the headers beside it.
///
/// What holds for all of it unless a name says otherwise: different objects may be used by different
/// threads, one object by one thread at a time; every function that can fail throws Error; moved-from
/// objects can be assigned to or destroyed; text from a server is escaped before it becomes part of
/// an error; nothing is written to files, printed or sent anywhere but to the server.

// IWYU pragma: begin_exports
#include <sealsql/version.hpp>

#include <sealsql/fwd.hpp>

#include <sealsql/certificate.hpp>
#include <sealsql/error.hpp>
#include <sealsql/login_method.hpp>
#include <sealsql/printable.hpp>
#include <sealsql/secret.hpp>
#include <sealsql/sql.hpp>

#include <sealsql/certificate_check.hpp>
#include <sealsql/client_identity.hpp>
#include <sealsql/connection_options.hpp>
#include <sealsql/endpoint.hpp>
#include <sealsql/pin.hpp>
#include <sealsql/revocation.hpp>
#include <sealsql/ssl_options.hpp>
#include <sealsql/tls_info.hpp>
#include <sealsql/transport.hpp>
#include <sealsql/trust_anchors.hpp>

#include <sealsql/bound_sql.hpp>
#include <sealsql/column.hpp>
#include <sealsql/field_view.hpp>
#include <sealsql/prepared_statement.hpp>
#include <sealsql/row.hpp>
#include <sealsql/rows.hpp>
#include <sealsql/value.hpp>

#include <sealsql/connection.hpp>
#include <sealsql/connection_builder.hpp>
// IWYU pragma: end_exports

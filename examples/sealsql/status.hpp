#pragma once

#include "options.hpp"

#include <sealsql/sealsql.hpp>

#include <ostream>

namespace cli {

/// The facts of the connection and of its TLS, one a line.
void write_status(std::ostream& out, sealsql::Connection& db, Options const& options);

} // namespace cli

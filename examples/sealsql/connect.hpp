#pragma once

#include "options.hpp"

#include <sealsql/sealsql.hpp>

namespace cli {

/// What the command line says, in terms of the library. Asks for the password if it was told to.
/// @throws UsageError if there is nobody to ask
[[nodiscard]] sealsql::ConnectionOptions connection_options(Options const& options);

} // namespace cli

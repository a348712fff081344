#pragma once

#include <sealsql/sealsql.hpp>

namespace cli {

/// Asks on the terminal, even if standard input is not one, and does not show what is typed.
/// @throws UsageError if there is no terminal
[[nodiscard]] sealsql::Secret ask_password();

} // namespace cli

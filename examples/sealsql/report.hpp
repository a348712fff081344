#pragma once

#include "usage_error.hpp"

#include <sealsql/sealsql.hpp>

#include <exception>
#include <string>

namespace cli {

/// To standard error: `ERROR 2026 (HY000): …`, and what to do about it on a line of its own.
void report(sealsql::Error const& error);

/// To standard error: `sealsql: …`, and what to do about it on a line of its own.
void report(UsageError const& error);

void report(std::exception const& error);

} // namespace cli

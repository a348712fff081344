#pragma once

#include <sealsql/detail/printable.hpp>

/// @file
/// Text from outside, made safe to show.

namespace sealsql::inline SEALSQL_ABI {

/// `std::string printable(std::string_view text)`: control characters, direction marks and bytes that
/// are not UTF-8 become `\xNN`, so that a terminal or a log shows them instead of obeying them. What
/// errors and certificates say has been through it; the values and names of columns have not.
using detail::printable;

} // namespace sealsql::inline SEALSQL_ABI

#pragma once

#include <sealsql/sealsql.hpp>

#include <cstdint>
#include <ostream>

namespace cli {

struct OutputStyle {
    bool column_names = true;
    /// Values as they are: tabs and line ends in them cannot be told from those between them.
    bool raw = false;
    /// Nothing from the server may steer the terminal.
    bool to_terminal = false;
};

/// @throws UsageError if what was written to `out` so far did not arrive
void require_written(std::ostream& out);

using ServerRows = sealsql::Rows<sealsql::Row>;

/// Each writes all rows and returns how many they were. Like `mysql`, they write nothing at all,
/// not even names, where there are no rows; and they stop when `out` fails.

/// As `mysql --batch`: tab, line end, backslash and NUL within a value become `\t`, `\n`, `\\`,
/// `\0`.
std::uint64_t write_tabs(std::ostream& out, ServerRows& rows, OutputStyle const& style);

/// In a frame, after the last row was read. Escapes as for a terminal.
std::uint64_t write_table(std::ostream& out, ServerRows& rows, OutputStyle const& style);

/// An array of an object for each row, on a line of its own: safe for a terminal as it is. Unlike the others it also
/// writes a result without rows.
/// @throws UsageError if two columns have the same name
std::uint64_t write_json(std::ostream& out, ServerRows& rows);

/// A line for each value. Escapes as for a terminal, but for the ends of lines.
std::uint64_t write_vertically(std::ostream& out, ServerRows& rows);

} // namespace cli

#pragma once

#include "check.hpp"

#include <sealsql/text/any.hpp>

#include <optional>
#include <ostream>

namespace translator {

/// For people: the code, what was and is protected, the findings, and what the server says.
void write_text(std::ostream& out, sealsql::TextForm form, sealsql::Translation const& translation,
                std::optional<Check> const& check);

/// The same for programs.
void write_json(std::ostream& out, sealsql::TextForm form, sealsql::Translation const& translation,
                std::optional<Check> const& check);

} // namespace translator

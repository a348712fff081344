#pragma once

#include "diagnosis.hpp"

#include <ostream>

namespace doctor {

/// For people.
void write_text(std::ostream& out, Diagnosis const& diagnosis);

/// For programs.
void write_json(std::ostream& out, Diagnosis const& diagnosis);

} // namespace doctor

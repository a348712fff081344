#pragma once

/// @file
/// All types of values that <sealsql/sealsql.hpp> leaves out, for programs that do not choose.

#include <sealsql/bits.hpp>
#include <sealsql/byte_array.hpp>
#include <sealsql/decimal.hpp>
#include <sealsql/enum_text.hpp>
#include <sealsql/geometry.hpp>
#include <sealsql/inet_address.hpp>
#include <sealsql/json.hpp>
#include <sealsql/temporal.hpp>
#include <sealsql/uuid.hpp>
#include <sealsql/vector.hpp>

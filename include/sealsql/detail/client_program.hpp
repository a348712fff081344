#pragma once

#include <sealsql/detail/config.hpp>

#include <cstdint>

namespace sealsql::inline SEALSQL_ABI {

/// Which command-line client a text is for: both read the same form, and know different options.
enum class ClientProgram : std::uint8_t {
    /// Oracle's `mysql`, 9.7.
    mysql,
    /// MariaDB's `mariadb`, 10.11, which Debian also installs by the name of `mysql`.
    mariadb,
};

} // namespace sealsql::inline SEALSQL_ABI

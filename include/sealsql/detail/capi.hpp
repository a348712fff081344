#pragma once

/// @file
/// The only file that includes Connector/C's headers, for bodies alone: they define some 230 macros,
/// most of them without a prefix.

#include <mysql.h>

#if !defined(MARIADB_PACKAGE_VERSION_ID)
#error                                                                                             \
    "sealsql needs MariaDB Connector/C 3.3 or later; this <mysql.h> is of Oracle's libmysqlclient, \
which cannot be made safe in the same way: install libmariadb-dev and put its folder first"
#elif MARIADB_PACKAGE_VERSION_ID < 30300
#error "sealsql needs MariaDB Connector/C 3.3 or later"
#endif

#include <errmsg.h>

#include <cstddef>

// Exported by Connector/C since 3.1 (ma_pvio.c), but in no header that is installed everywhere.
extern "C" int ma_pvio_register_callback(my_bool add, void (*callback)(int mode, MYSQL* handle,
                                                                       unsigned char const* bytes,
                                                                       std::size_t size));

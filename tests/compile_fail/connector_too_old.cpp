// expect: sealsql needs MariaDB Connector/C 3.3 or later

// As Connector/C 3.1 says it.
#include <mysql.h>
#if !defined(SEALSQL_TEST_CONTROL)
#undef MARIADB_PACKAGE_VERSION_ID
#define MARIADB_PACKAGE_VERSION_ID 30127
#endif
#include <sealsql/detail/capi.hpp>

// expect: sealsql needs MariaDB Connector/C 3.3 or later; this <mysql.h> is of Oracle's
// libmysqlclient

// Oracle's <mysql.h> does not define this.
#include <mysql.h>
#if !defined(SEALSQL_TEST_CONTROL)
#undef MARIADB_PACKAGE_VERSION_ID
#endif
#include <sealsql/detail/capi.hpp>

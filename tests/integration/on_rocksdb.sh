#!/bin/sh
# on_rocksdb.sh PROGRAM [ARGUMENT...]: run PROGRAM on the server of SEALSQL_TEST_MARIADB_ENV if that was started with RocksDB; exit
# 77 (ctest: skipped) if not.
set -eu
grep -q '^SEALSQL_TEST_ROCKSDB=' "$SEALSQL_TEST_MARIADB_ENV" || {
    echo "skipped: there is no ha_rocksdb.so; tests/support/private_mariadb.sh fetch gets it where Debian has it"
    exit 77
}
exec sh "$(dirname -- "$0")/on_server.sh" SEALSQL_TEST_MARIADB_ENV "$@"

#!/bin/sh
# on_server.sh VARIABLE PROGRAM [ARGUMENT...]: run PROGRAM with SEALSQL_TEST_SERVER_ENV set to what VARIABLE holds; exit 77
# (ctest: skipped) when it holds nothing.
set -eu
variable=$1
shift
SEALSQL_TEST_SERVER_ENV=$(printenv "$variable") || SEALSQL_TEST_SERVER_ENV=
if [ -z "$SEALSQL_TEST_SERVER_ENV" ]; then
    echo "skipped: $variable is not set, so there is no server to test against"
    exit 77
fi
export SEALSQL_TEST_SERVER_ENV
exec "$@"

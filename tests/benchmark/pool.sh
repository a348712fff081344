#!/usr/bin/env bash
# tests/benchmark/pool.sh [ROUNDS [COUNT]]: what a pool costs over bare connections and over the cheapest strict order there can
# be, from the same run, and how long threads wait for their turn; pool_benchmark.cpp says how. Needs what tests/run.sh installs.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ ${1:-} != --inside ]]; then
  "$root/tests/support/install_packages.sh" build server test
  exec "$root/tests/support/with_servers.sh" "$0" --inside "$@"
fi
cd "$root"
# shellcheck source=tests/benchmark/common.sh
source tests/benchmark/common.sh
cmake --preset gcc >/dev/null
cmake --build --preset gcc --target sealsql_pool_benchmark >/dev/null
for server in MARIADB MYSQL; do
  use_server "$server" || continue
  echo "== $server"
  build/gcc/tests/benchmark/sealsql_pool_benchmark "${@:2}"
done

#!/usr/bin/env bash
# sealsql against a real server, from nothing: installs what is missing (Debian, Ubuntu), builds the example, starts a
# private MariaDB server with a CA made on the spot, runs the example against it, and takes everything down again.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)

if [[ ${1-} != --inside ]]; then
  "$root/tests/support/install_packages.sh" build server
  # What it takes from here on is ours; packages come as fast as the network does.
  export SEALSQL_QUICKSTART_BEGIN=$EPOCHSECONDS
  mkdir -p "$root/build"
  (
    # Two runs in one build folder would trip over each other.
    flock 9
    cd "$root"
    {
      cmake -G Ninja -S . -B build/quickstart -DCMAKE_BUILD_TYPE=Debug -DSEALSQL_TESTS=OFF -DSEALSQL_EXAMPLES=ON
      cmake --build build/quickstart --parallel "$(nproc)" --target sealsql_example_quickstart
    } >build/quickstart.log 2>&1 9>&- </dev/null || {
      cat build/quickstart.log >&2
      exit 1
    }
  ) 9>"$root/build/.quickstart.lock"
  # Starts the server, calls this script with --inside, and stops the server, whatever happens.
  exec "$root/tests/support/with_servers.sh" --no-mysql "${BASH_SOURCE[0]}" --inside
fi

# shellcheck source=/dev/null
source "$SEALSQL_TEST_MARIADB_ENV"
# Not an argument: every user of the machine can read those.
export SEALSQL_PASSWORD=$SEALSQL_TEST_PASSWORD
"$root/build/quickstart/examples/quickstart" \
  --host "$SEALSQL_TEST_HOST" --port "$SEALSQL_TEST_PORT" --user "$SEALSQL_TEST_USER" \
  --database "$SEALSQL_TEST_DATABASE" --ca "$SEALSQL_TEST_CA" \
  --other-ca "$SEALSQL_TEST_OTHER_CA" --wrong-name-host "$SEALSQL_TEST_WRONG_NAME_HOST"
printf '\nbuilt, started and done in %d seconds\n' "$((EPOCHSECONDS - SEALSQL_QUICKSTART_BEGIN))"

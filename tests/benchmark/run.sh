#!/usr/bin/env bash
# tests/benchmark/run.sh [ROUNDS]: what connecting costs, as ratios to raw Connector/C from the same run: medians of wall and CPU
# time (ROUNDS, 200), and instructions of the client by callgrind. Needs what tests/run.sh installs.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ ${1:-} != --inside ]]; then
  "$root/tests/support/install_packages.sh" build server test
  exec "$root/tests/support/with_servers.sh" "$0" --inside "$@"
fi
rounds=${2:-200}
cd "$root"
cmake --preset gcc >/dev/null
cmake --build --preset gcc --target sealsql_connect_benchmark >/dev/null
program=build/gcc/tests/benchmark/sealsql_connect_benchmark
temp=$(mktemp -d)
trap 'rm -rf -- "$temp"' EXIT

# instructions WAY: of one connection; the difference of two runs leaves out the start of the program.
instructions() {
  local count total=()
  for count in 5 25; do
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$count" 2>"$temp/log"
    total+=("$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$temp/log")")
  done
  echo $(((total[1] - total[0]) / 20))
}

for server in MARIADB MYSQL; do
  file=SEALSQL_TEST_${server}_ENV
  if [[ -z ${!file:-} ]]; then
    echo "$server: skipped, it is not here"
    continue
  fi
  setting() { sed -n "s/^SEALSQL_TEST_$1=//p" "${!file}"; }
  HOST=$(setting HOST) PORT=$(setting PORT) USER_NAME=$(setting USER) PASSWORD=$(setting PASSWORD) CA=$(setting CA)
  export HOST PORT USER_NAME PASSWORD CA
  # What the system trusts, and the server's CA with it.
  cat /etc/ssl/certs/ca-certificates.crt "$CA" >"$temp/system.pem"
  export SSL_CERT_FILE=$temp/system.pem
  echo "== $server, $(openssl x509 -in "$(dirname -- "$CA")/server-cert.pem" -noout -text | sed -n 's/ *Public Key Algorithm: //p') certificate"
  "$program" "$rounds"
  raw=$(instructions raw)
  for way in full resumed; do
    n=$(instructions "$way")
    awk -v w="$way" -v n="$n" -v r="$raw" 'BEGIN { printf "%-16s %.2f M instructions, raw %.2f M, ratio %.2f\n", w, n / 1e6, r / 1e6, n / r }'
  done
done

#!/usr/bin/env bash
# tests/benchmark/run.sh [ROUNDS [KIND...]]: what connecting costs, as ratios to raw Connector/C from the same run: medians of
# pairs of wall and CPU time (ROUNDS, 200), and instructions of the client by callgrind. For each server and each KIND of key in
# its certificate and its CA's: rsa:2048, rsa:4096 and P-256; whether what connecting costs by default (resumed) is less than with
# any of the other clients, which take part where Debian's packages can be had. Then the heap that an idle connection holds. Exit
# code 1 if it is not less. Needs what tests/run.sh installs.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ ${1:-} != --inside ]]; then
  "$root/tests/support/install_packages.sh" build server test
  "$root/tests/support/install_packages.sh" peers || echo "SOCI and MySQL++: skipped where they are not here"
  exec "$root/tests/support/with_servers.sh" "$0" --inside "$@"
fi
rounds=${2:-200}
kinds=("${@:3}")
((${#kinds[@]})) || kinds=(rsa:2048 rsa:4096 P-256)
cd "$root"
# shellcheck source=tests/support/certificates.sh
source tests/support/certificates.sh
# shellcheck source=tests/benchmark/common.sh
source tests/benchmark/common.sh
boost=$(tests/benchmark/fetch_boost.sh) || echo "Boost.MySQL: skipped"
cmake --preset gcc -DSEALSQL_BENCHMARK_BOOST_ROOT="$boost" >/dev/null
cmake --build --preset gcc --target sealsql_connect_benchmark sealsql >/dev/null
program=build/gcc/tests/benchmark/sealsql_connect_benchmark
temp=$(mktemp -d)
trap 'rm -rf -- "$temp"' EXIT

# make_kind KIND: a CA and a server's certificate with such keys, in $temp/KIND.
make_kind() {
  local certificate_key=("$1")
  if [[ $1 != rsa:* ]]; then certificate_key=(ec -pkeyopt "ec_paramgen_curve:$1"); fi
  mkdir "$temp/$1"
  certificate_config >"$temp/$1/openssl.cnf"
  make_certificate "$temp/$1" ca "sealsql benchmark root" ca.pem ca-key.pem
  make_certificate "$temp/$1" server "sealsql benchmark server" server-cert.pem server-key.pem \
    -CA "$temp/$1/ca.pem" -CAkey "$temp/$1/ca-key.pem"
  # What the system trusts, and the server's CA with it.
  cat /etc/ssl/certs/ca-certificates.crt "$temp/$1/ca.pem" >"$temp/$1/system.pem"
}

# present KIND: the server goes on with that certificate. The files are those that it was started with.
present() {
  local tls statement='FLUSH SSL'
  tls=$(dirname -- "$(setting CA)")
  # The CA, too: MySQL takes no certificate of another one.
  cp -- "$temp/$1/ca.pem" "$temp/$1/server-cert.pem" "$temp/$1/server-key.pem" "$tls/"
  if [[ $server == MYSQL ]]; then statement='ALTER INSTANCE RELOAD TLS'; fi
  # Over a socket nobody stands in between, so that it does not matter which of its certificates the server shows.
  SEALSQL_PASSWORD=$(setting ADMIN_PASSWORD) build/gcc/examples/sealsql -S "$(setting SOCKET)" -u "$(setting ADMIN_USER)" \
    --ssl-mode=REQUIRED -e "$statement"
}

# Each way's times and ratios, and where the CA is given, its instructions; then the way that is the default, against the peers.
measure_kind() {
  local way wall cpu wall_ratio cpu_ratio against n raw='' ours
  printf '%-16s%10s%10s%8s%8s%14s%8s  %s\n' way wall_ms CPU_ms wall CPU instructions ratio against
  "$program" "$rounds" >"$temp/times"
  : >"$temp/table"
  # Not by standard input, which the programs would read from.
  while read -r way wall cpu wall_ratio cpu_ratio against <&3; do
    printf '%-16s%10.3f%10.3f%8.3f%8.3f' "$way" "$wall" "$cpu" "$wall_ratio" "$cpu_ratio"
    if [[ $against == raw ]]; then
      n=$(instructions 5 25 "$program" "$way")
      raw=${raw:-$n}
      awk -v n="$n" -v raw="$raw" 'BEGIN { printf "%14d%8.3f", n, n / raw }'
      echo "$way $n $cpu_ratio" >>"$temp/table"
    else
      printf '%22s' ''
    fi
    echo "  $against"
  done 3<"$temp/times"
  read -r -a ours < <(grep '^resumed ' "$temp/table")
  while read -r way n cpu_ratio; do
    judge_ahead "connecting, million instructions against $way" "${ours[1]}e-6" "${n}e-6"
    judge_ahead "connecting, CPU against $way" "${ours[2]}" "$cpu_ratio" 0.05
  done < <(grep -E '^(soci|mysql\+\+|boost) ' "$temp/table")
}

for kind in "${kinds[@]}"; do make_kind "$kind"; done
for server in MARIADB MYSQL; do
  use_server "$server" || continue
  for kind in "${kinds[@]}"; do
    present "$kind"
    export CA=$temp/$kind/ca.pem SSL_CERT_FILE=$temp/$kind/system.pem
    echo "== $server, $kind"
    measure_kind
  done
  raw=$("$program" idle raw 100)
  for way in full resumed; do
    n=$("$program" idle "$way" 100)
    awk -v w="$way" -v n="$n" -v r="$raw" 'BEGIN { printf "%-16s %.1f KiB of heap while idle, raw %.1f, ratio %.2f\n", w, n / 1024, r / 1024, n / r }'
  done
done
finish

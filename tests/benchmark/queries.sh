#!/usr/bin/env bash
# tests/benchmark/queries.sh [ROUNDS [PART...]]: what statements and rows cost, as ratios to raw Connector/C from the same run, and
# whether the targets are met. PARTs, all if none is named:
#   workloads  for each server, workload and way: instructions of the client by callgrind and their ratio to the first way's, the
#              medians of such ratios of CPU and wall time in pairs (ROUNDS, 20), and of both in microseconds, the most memory that a
#              run of its own took
#   stream     ten million rows in either protocol, and whether they take more memory than a hundred thousand
#   compile    what a small program that queries costs its compiler
# Other clients take part where Debian's packages can be had. Exit code 1 if a limit was not kept. Needs what tests/run.sh installs.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
if [[ ${1:-} != --inside ]]; then
  "$root/tests/support/install_packages.sh" build server test
  "$root/tests/support/install_packages.sh" peers || echo "SOCI and MySQL++: skipped where they are not here"
  exec "$root/tests/support/with_servers.sh" "$0" --inside "$@"
fi
rounds=${2:-20}
parts=("${@:3}")
((${#parts[@]})) || parts=(workloads stream compile)
cd "$root"
# shellcheck source=tests/benchmark/common.sh
source tests/benchmark/common.sh
boost=$(tests/benchmark/fetch_boost.sh) || echo "Boost.MySQL: skipped"
program=build/gcc/tests/benchmark/sealsql_query_benchmark
temp=$(mktemp -d)
trap 'rm -rf -- "$temp"' EXIT

# What has to be shown: workload, way, measure, limit. Large values in text are a view to mysql_use_result() as well, and all
# but a few thousandths of the work is OpenSSL's (show_share): there is nothing to be saved there, and what mysql_stmt_bind_result()
# copies is not copied here.
targets() {
  cat <<'TARGETS'
fetch_prepared sealsql instructions 0.50
fetch_prepared sealsql CPU 0.62
fetch_text sealsql instructions 0.80
fetch_text sealsql CPU 0.85
select_1 sealsql instructions 1.05
lookup sealsql instructions 1.05
pipelined sealsql instructions 0.58
insert sealsql instructions 0.55
blobs sealsql instructions 1.05
blobs_prepared sealsql instructions 0.90
kept sealsql_views CPU 1.50
TARGETS
}

# ratio WORKLOAD WAY instructions|CPU: empty if it was not measured.
ratio() {
  awk -v workload="$1" -v way="$2" -v column="$([[ $3 == CPU ]] && echo 5 || echo 4)" \
    '$1 == workload && $2 == way { print $column }' "$temp/table"
}

judge_targets() {
  local workload way measure limit value first peer
  while read -r workload way measure limit; do
    value=$(ratio "$workload" "$way" "$measure")
    if [[ -n $value ]]; then
      judge "$workload, $measure" "$value" "$limit"
    else
      echo "skipped  $workload, $measure: not measured"
    fi
  done < <(targets)
  value=$(ratio insert raw_arrays CPU)
  if [[ -n $value ]]; then judge "insert, CPU against raw arrays" "$(ratio insert sealsql CPU)" "$value"; fi
  # Each peer against the first of our ways.
  while read -r workload peer; do
    first=$(awk -v workload="$workload" '$1 == workload && $2 ~ /^sealsql/ { print $2; exit }' "$temp/table")
    judge_ahead "$workload, instructions against $peer" "$(ratio "$workload" "$first" instructions)" \
      "$(ratio "$workload" "$peer" instructions)"
    # Each reply of a batch wakes who waits for it, or finds it awake: that is the scheduler's, and twice as much in one run as in
    # another of the same program.
    if [[ $workload == pipelined ]]; then
      echo "not judged: $workload, CPU against $peer: $(ratio "$workload" "$first" CPU) and $(ratio "$workload" "$peer" CPU)"
      continue
    fi
    judge_ahead "$workload, CPU against $peer" "$(ratio "$workload" "$first" CPU)" "$(ratio "$workload" "$peer" CPU)" 0.05
  done < <(awk '$2 ~ /^(soci|mysql\+\+|boost)$/ { print $1, $2 }' "$temp/table")
}

# own_share FEW MORE COMMAND...: as instructions(), which part of them is not OpenSSL's nor the C library's, which copies for it, in
# thousandths.
own_share() {
  local count
  for count in "$1" "$2"; do
    valgrind --tool=callgrind --compress-strings=no --callgrind-out-file="$temp/calls" "${@:3}" "$count" >/dev/null 2>&1
    awk '/^ob=/ { other = /lib(crypto|ssl|c)\.so/ }
      /^calls=/ { getline; next }
      /^[-+*0-9]/ { all += $2; if (!other) own += $2 }
      END { printf "%d %d ", all, own }' "$temp/calls"
  done | awk '{ printf "%.1f", ($4 - $2) / ($3 - $1) * 1000 }'
}

# Where the instructions of large values go.
show_share() {
  local way
  for way in raw sealsql; do
    echo "blobs, $way: all but $(own_share 1 3 "$program" blobs "$way") thousandths of the instructions are OpenSSL's, and copying for it"
  done
}

measure_workloads() {
  local name count few more ways_of way each base peak format='%-16s%-16s%14d%8.3f%8.3f%8.3f%12.3f%12.3f%10.1f\n'
  local -a ways
  "$program" tables
  "$program" "$rounds" >"$temp/times"
  : >"$temp/table"
  printf '%-16s%-16s%14s%8s%8s%8s%12s%12s%10s\n' workload way instructions ratio CPU wall CPU_us wall_us peak_MiB
  # Not by standard input, which the programs would read from.
  while read -r name count few more ways_of <&3; do
    ((few)) || continue
    read -ra ways <<<"$ways_of"
    base=
    for way in "${ways[@]}"; do
      each=$(instructions "$few" "$more" "$program" "$name" "$way")
      base=${base:-$each}
      read -r _ peak _ < <("$program" "$name" "$way" "$count")
      # What is judged is not rounded.
      awk -v name="$name" -v way="$way" -v each="$each" -v base="$base" -v peak="$peak" -v format="$format" -v table="$temp/table" \
        '$1 == name && $2 == way {
          print name, way, each, each / base, $3 >>table
          printf format, name, way, each, each / base, $3, $4, $5, $6, peak / 1024
        }' "$temp/times"
    done
  done 3< <("$program" list)
  show_share
  judge_targets
}

measure_stream() {
  local workload way count cpu checksum first small peak
  [[ -e $temp/table ]] || "$program" tables
  for workload in stream stream_prepared; do
    first=
    for way in raw sealsql; do
      peak=
      for count in 100000 10000000; do
        small=$peak
        read -r checksum peak cpu < <("$program" "$workload" "$way" "$count")
        echo "$workload of $count rows, $way: $cpu s of CPU, peak $peak KiB"
      done
      [[ ${first:=$checksum} == "$checksum" ]] || {
        echo "the checksum of $workload, $way, is another"
        exit 1
      }
    done
    judge "$workload: MiB that ten million rows take above a hundred thousand" \
      "$(awk -v large="$peak" -v small="$small" 'BEGIN { print (large - small) / 1024 }')" 1
  done
}

# usage COMMAND...: its seconds of CPU and the MiB of memory at its peak.
usage() {
  python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)' "$@"
}

# What is compared: sealsql_compiled with the others that are libraries, SOCI and MySQL++, and have been compiled before;
# sealsql_headers compiles the library along with the program, as boost does.
#
# compile_one NAME SOURCE FLAG... -- LIBRARY...: the best of ROUNDS, but of three at most, for what disturbs only adds; the stripped
# size of the program.
compile_one() {
  local name=$1 source=tests/benchmark/compile_cost/$2.cpp round
  local -a flags=() libraries=()
  shift 2
  while [[ $1 != -- ]]; do
    flags+=("$1")
    shift
  done
  libraries=("${@:2}")
  for ((round = 0; round < rounds && round < 3; ++round)); do
    usage g++ -std=c++20 -O2 "${flags[@]}" -c -o "$temp/compiled.o" "$source"
  done >"$temp/usage"
  g++ -s -o "$temp/compiled" "$temp/compiled.o" "${libraries[@]}"
  sort -n "$temp/usage" | awk -v name="$name" -v size="$(stat -c %s "$temp/compiled")" \
    'NR == 1 { printf "%-20s%8.2f%10d%14d\n", name, $1, $2, size / 1024 }' | tee -a "$temp/compile"
}

seconds() { awk -v name="$1" '$1 == name { print $2 }' "$temp/compile"; }

# judge_compile NAME PEER FACTOR
judge_compile() {
  local peer
  peer=$(seconds "$2")
  if [[ -n $peer ]]; then
    judge "compiling $1, seconds against $2's $peer" "$(seconds "$1")" "$(awk -v p="$peer" -v f="$3" 'BEGIN { print p * f }')"
  else
    echo "skipped  compiling $1 against $2: it is not here"
  fi
}

measure_compile() {
  local -a c
  read -ra c < <(pkg-config --cflags libmariadb)
  c=("${c[@]/#-I/-isystem}")
  echo '#include <sealsql/src.hpp>' >"$temp/src.cpp"
  g++ -std=c++20 -O2 -Iinclude "${c[@]}" -DSEALSQL_COMPILED -c -o "$temp/src.o" "$temp/src.cpp"
  : >"$temp/compile"
  printf '%-20s%8s%10s%14s\n' compiling CPU_s peak_MiB stripped_KiB
  compile_one raw raw "${c[@]}" -- -lmariadb
  compile_one sealsql_headers sealsql -Iinclude "${c[@]}" -- -lmariadb -lssl -lcrypto
  compile_one sealsql_compiled sealsql -Iinclude -DSEALSQL_COMPILED -- "$temp/src.o" -lmariadb -lssl -lcrypto
  if [[ -e /usr/include/soci/mysql/soci-mysql.h ]]; then
    compile_one soci soci "${c[@]}" -- -lsoci_mysql -lsoci_core
  fi
  if [[ -e /usr/include/mysql++/mysql++.h ]]; then
    compile_one mysql++ mysqlpp "${c[@]}" -isystem/usr/include/mysql++ -- -lmysqlpp -lmariadb
  fi
  if [[ -n $boost ]]; then
    compile_one boost boost "-isystem$boost/usr/include" -- \
      "$(compgen -G "$boost/usr/lib/*/libboost_charconv.a")" -lquadmath -lssl -lcrypto
  fi
  judge_compile sealsql_compiled soci 1.5
  judge_compile sealsql_compiled boost 0.1667
  judge_compile sealsql_headers boost 1
}

for part in "${parts[@]}"; do
  case $part in
    workloads | stream)
      cmake --preset gcc -DSEALSQL_BENCHMARK_BOOST_ROOT="$boost" >/dev/null
      cmake --build --preset gcc --target sealsql_query_benchmark >/dev/null
      for server in MARIADB MYSQL; do
        use_server "$server" || continue
        echo "== $server, $part"
        "measure_$part"
      done
      ;;
    compile) measure_compile ;;
    *)
      echo "no such part: $part" >&2
      exit 2
      ;;
  esac
done
finish

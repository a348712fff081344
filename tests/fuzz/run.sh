#!/usr/bin/env bash
# tests/fuzz/run.sh [EXECUTIONS [NAME...]]: each parser that is ours for so many inputs (10,000,000), two at a time on two
# processors; each grammar of connection texts counts as one parser and begins with the texts of its unit tests. A NAME as in the
# table that is printed, without one all of them. What was found goes to build/asan/tests/fuzz/findings. Takes hours; tests/run.sh
# does the same for some seconds each. Needs what tests/run.sh installs.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
executions=${1:-10000000}
if [[ ! $executions =~ ^[0-9]+$ ]]; then
  sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2
  exit 2
fi
names=("${@:2}")
"$root/tests/support/install_packages.sh" build test
cd "$root"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cmake --preset asan >/dev/null
cmake --build --preset asan --target tests/fuzz/all >/dev/null
findings=$root/build/asan/tests/fuzz/findings
mkdir -p "$findings"
tests/fuzz/seeds.py "$work/text" tests/unit/text_*_test.cpp

if ((${#names[@]} == 0)); then
  for program in build/asan/tests/fuzz/*_fuzz; do
    name=$(basename -- "$program" _fuzz)
    [[ $name == text ]] || names+=("$name")
  done
  while read -r form; do names+=("text:$form"); done < <(sed -nE 's/^ *\{"([a-z-]+)",.*/\1/p' include/sealsql/impl/text/any.ipp tests/fuzz/text_fuzz.cpp)
  names+=(text:any)
fi

# The sanitizers of Clang before 18 stumble over the address layout of newer kernels.
fixed_addresses=()
if setarch "$(uname -m)" -R true 2>/dev/null; then fixed_addresses=(setarch "$(uname -m)" -R); fi

# fuzz NAME: a line of the table.
fuzz() {
  local name=$1 code=0 program=${1%%:*} log=$work/$1.log corpus=$work/$1.corpus
  local -a seeds=() options=("-runs=$executions" -seed=1 -verbosity=0 -print_final_stats=1 "-artifact_prefix=$findings/$name-")
  mkdir "$corpus"
  if [[ $program == text ]]; then
    export SEALSQL_FUZZ_FORM=${name#*:}
    seeds=("$work/text")
    options+=(-max_len=512)
  elif [[ -d tests/fuzz/corpus/$program ]]; then
    seeds=("tests/fuzz/corpus/$program")
  fi
  UBSAN_OPTIONS=print_stacktrace=1 "${fixed_addresses[@]}" "build/asan/tests/fuzz/${program}_fuzz" "${options[@]}" "$corpus" \
    "${seeds[@]}" >"$log" 2>&1 || code=$?
  if ((code != 0)); then
    cat -- "$log"
    printf '%-32s FAILED\n' "$name"
    return 1
  fi
  awk -v name="$name" '
    /number_of_executed_units/ { done = $2 }
    /average_exec_per_sec/ { rate = $2 }
    END { printf "%-32s %9d inputs, %6d a second, no finding\n", name, done, rate }' "$log"
}

failed=0
for name in "${names[@]}"; do
  while (($(jobs -rp | wc -l) >= $(nproc))); do wait -n || failed=1; done
  fuzz "$name" &
done
while (($(jobs -rp | wc -l))); do wait -n || failed=1; done
exit "$failed"

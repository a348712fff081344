#!/usr/bin/env bash
# Installs what the tests need, builds, and runs them. From any folder, as often as you like, also side by side.
#
#   tests/run.sh                     formatting, GCC, Clang, ASan + UBSan, TSan, valgrind, clang-tidy, real servers
#   tests/run.sh --quick             GCC only, no servers: unit tests, refused code, hygiene
#   tests/run.sh --filter REGEX      only the tests whose name matches; goes with both, and may be repeated
#
# Ends with a table of the stages and the line "N passed, N failed, N skipped"; fails if anything failed.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
support=$root/tests/support

arguments=("$@")
inside=no quick=no filter=
while (($#)); do
  case $1 in
    --inside) inside=yes ;;
    --quick) quick=yes ;;
    --filter)
      (($# > 1)) || exec "$0" --help
      filter=${filter:+$filter|}$2
      shift
      ;;
    *)
      sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2
      exit 2
      ;;
  esac
  shift
done

# The servers are started once, and all that runs here is ended with them when this script is.
if [[ $inside == no ]]; then
  if [[ $quick == yes ]]; then
    "$support/install_packages.sh" build test
    exec "$support/with_servers.sh" --no-mariadb --no-mysql "$0" --inside "${arguments[@]}"
  fi
  "$support/install_packages.sh" build server test
  # Without it the ed25519 account is missing, and said to be.
  "$support/private_mariadb.sh" fetch || true
  exec "$support/with_servers.sh" "$0" --inside "${arguments[@]}"
fi

cd "$root"
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
jobs=$(nproc)
export CTEST_PARALLEL_LEVEL=$jobs CMAKE_BUILD_PARALLEL_LEVEL=$jobs CLICOLOR=0

if command -v ccache >/dev/null; then
  # Independent of where the checkout lies; and a precompiled header is no reason to give up.
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1
  export CCACHE_SLOPPINESS=pch_defines,time_macros
fi

# The sanitizers of Clang before 18 stumble over the address layout of newer kernels.
fixed_addresses=()
if setarch "$(uname -m)" -R true 2>/dev/null; then fixed_addresses=(setarch "$(uname -m)" -R); fi

passed=0 failed=0 skipped=0
table=()

# stage NAME COMMAND...: what it prints is shown only if it fails. Exit code 77: skipped, and its last line says why. A
# command that counts its tests leaves "passed failed skipped" in $counts; any other is one test when it fails. (Called
# with ||, the commands run without -e: a function must say itself what a failure ends.)
stage() {
  local name=$1 log=$work/log code=0 result=ok begin=$SECONDS p=0 f=0 s=0
  shift
  printf '=== %s\n' "$name"
  counts=$work/counts
  rm -f -- "$counts"
  "$@" >"$log" 2>&1 </dev/null || code=$?
  if [[ -e $counts ]]; then read -r p f s <"$counts"; fi
  if ((code == 77)); then
    result=skipped
    s=$((s + 1))
    tail -n 1 -- "$log"
  elif ((code != 0)); then
    result=FAILED
    if ((f == 0)); then f=1; fi
    tail -n "${SEALSQL_LOG_LINES:-400}" -- "$log"
  else
    grep -E '\*\*\*(Skipped|Not Run)|^measured: ' -- "$log" || true
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  table+=("$(printf '%-24s %-8s %5d s  %5d passed %3d failed %3d skipped' "$name" "$result" "$((SECONDS - begin))" "$p" "$f" "$s")")
  return "$code"
}

# in_build_folder PRESET COMMAND...: two runs in one build folder would trip over each other.
in_build_folder() {
  local lock=build/.$1.lock
  shift
  mkdir -p build
  (
    flock -n 9 || {
      echo "waiting for another run in this checkout"
      flock 9
    }
    "$@" 9>&-
  ) 9>"$lock"
}

build() {
  local preset=$1
  shift
  cmake --preset "$preset" &&
    cmake --build --preset "$preset" "$@"
}

# run_ctest PRESET [OPTION...]
run_ctest() {
  local preset=$1 code=0 head tests f d s
  shift
  local -a options=(--output-on-failure --output-junit "$work/junit.xml")
  # A filter may leave a stage without tests; that a whole run had none is an error all the same.
  if [[ -n $filter ]]; then options+=(-R "$filter" --no-tests=ignore); fi
  local log=build/$preset/Testing/Temporary/LastTest.log
  rm -f -- "$work/junit.xml" "$log"
  case $preset in
    asan | tsan) "${fixed_addresses[@]}" ctest --preset "$preset" "${options[@]}" "$@" || code=$? ;;
    *) ctest --preset "$preset" "${options[@]}" "$@" || code=$? ;;
  esac
  grep '^measured: ' "$log" 2>/dev/null || true # of a test that passes, ctest itself prints nothing
  if head=$(grep -m 1 -A 10 '<testsuite' "$work/junit.xml" 2>/dev/null | tr '\n' ' '); then
    count() { sed -nE "s/.*[[:space:]]$1=\"([0-9]+)\".*/\1/p" <<<"${head%%>*}"; }
    tests=$(count tests) f=$(count failures) d=$(count disabled) s=$(count skipped)
    printf '%d %d %d\n' $((tests - f - d - s)) "$f" $((d + s)) >"$counts"
  fi
  return "$code"
}

# build_and_test PRESET [TARGET... -- OPTION of ctest...]
build_and_test() {
  local preset=$1
  local -a targets=()
  shift
  if (($#)); then targets=(--target); fi
  while (($#)) && [[ $1 != -- ]]; do
    targets+=("$1")
    shift
  done
  shift || true
  stage "$preset: build" in_build_folder "$preset" build "$preset" "${targets[@]}" || return 0
  stage "$preset: tests" in_build_folder "$preset" run_ctest "$preset" "$@" || true
}

check_format() {
  local program
  for program in clang-format-14 clang-format; do
    # Other versions break other lines.
    if "$program" --version 2>/dev/null | grep -q 'version 14\.'; then
      find include examples tests -name '*.[chi]pp' -print0 | xargs -0 -r "$program" --dry-run -Werror
      return
    fi
  done
  echo "skipped: the sources are formatted with clang-format 14, which is not here"
  return 77
}

check_scripts() { find tests examples .ci -type f \( -name '*.sh' -o -path .ci/run \) -exec shellcheck -x -P "$root" {} +; }

# Programs under valgrind, which takes thirty times as long: the test cases with the tag [valgrind] only.
run_valgrind() {
  local program=build/gcc/tests/$1/sealsql_$1
  shift
  # Not by a pipe: grep -q ends early, and what it ends then counts as failed.
  if [[ $("$program" --list-tests '[valgrind]' 2>/dev/null) != *'[valgrind]'* ]]; then
    echo "skipped: no test case of $program has the tag [valgrind]"
    return 77
  fi
  "$@" valgrind --quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
    "$program" '[valgrind]' || return
  echo 1 0 0 >"$counts"
}

# What a log needs to be compared with another.
first_line() { { "$@" 2>/dev/null || echo "$1: unknown"; } | sed -n 1p; }
first_line g++ --version
first_line clang++ --version
first_line cmake --version
printf 'Connector/C %s\n' "$(first_line pkg-config --modversion libmariadb)"
printf 'OpenSSL %s\n' "$(first_line pkg-config --modversion openssl)"

if [[ $quick == yes ]]; then
  # Without what takes longest and rarely fails alone: the unit tests in the second mode, each header compiled by itself.
  if stage "gcc: build" in_build_folder gcc build gcc --target sealsql_unit sealsql-translate tests/hygiene/all; then
    stage "gcc: tests" in_build_folder gcc run_ctest gcc -L '^(unit|compile_fail|hygiene|programs)$' \
      -E '^(unit\.compiled|hygiene\.self_contained\..*|hygiene\.umbrella_cost)$' || true
  fi
else
  if [[ -z $filter ]]; then
    stage "formatting" check_format || true
    stage "shell scripts" check_scripts || true
  fi
  build_and_test gcc
  # The sanitizers' Clang sees all but the unit tests in compiled mode; without them it need not see the same once more.
  build_and_test clang sealsql_unit_compiled examples/all tests/hygiene/all -- \
    -L '^(unit|compile_fail|hygiene|programs)$' -E '^unit$'
  build_and_test asan sealsql_unit examples/all tests/{chaos,fail_closed,fuzz,hostile,hygiene,integration,modules,support}/all -- \
    -E '^(unit\.compiled|cross_check\.mutants.*)$'
  # Where there are threads.
  build_and_test tsan examples/all sealsql_{unit,integration}_threads tests/{chaos,fail_closed,hostile,modules}/all -- \
    -R '^(chaos|fail_closed|hostile|modules|(unit|integration)\.threads)'
  if [[ -z $filter ]]; then
    stage "valgrind: hostile" run_valgrind hostile || true
    for server in MARIADB MYSQL; do
      stage "valgrind: ${server,,}" run_valgrind integration \
        sh tests/integration/on_server.sh "SEALSQL_TEST_${server}_ENV" || true
    done
    stage "clang-tidy" in_build_folder tidy build tidy || true
    stage "quickstart" examples/quickstart.sh || true
  fi
fi

if ((passed + failed == 0)); then
  echo "no test ran"
  failed=1
fi
printf '\n'
printf '%s\n' "${table[@]}"
printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
((failed == 0))

#!/usr/bin/env bash
# The chaos run, long form: builds, starts servers of its own, breaks them and the network under a workload, and checks that
# nothing was lost. Leaves nothing behind but build/ and Galera's files in ~/.cache/sealsql.
#
#   run.sh                  10 minutes on a primary with two replicas, then 4 on a Galera cluster of three nodes
#   run.sh --replication    the first alone; options for conductor.py may follow, such as --minutes 2 --seed 7
#   run.sh --galera         the second alone; the same
#   run.sh --short          the short form, as ctest runs it
#   run.sh --prove          breaks the workload in one way after the other, and wants each to be found
#   run.sh --help           the conductor's options
#
# SEALSQL_CHAOS_PRESET=tsan (or asan, clang): another build; then add --slow 4.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=${here%/tests/chaos}
preset=${SEALSQL_CHAOS_PRESET:-gcc}

what=both
case ${1-} in
  --replication | --galera | --short | --prove)
    what=${1#--}
    shift
    ;;
  --help)
    sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0"
    exec python3 -B "$here/conductor.py" --help
    ;;
esac

"$root/tests/support/install_packages.sh" build server test
cd "$root"
cmake --preset "$preset" >/dev/null
cmake --build --preset "$preset" --target sealsql_chaos_proxy sealsql_chaos_workload sealsql_chaos_cluster
programs=(--workload "build/$preset/tests/chaos/sealsql_chaos_workload" --proxy "build/$preset/tests/chaos/sealsql_chaos_proxy")
# The sanitizers of Clang before 18 stumble over the address layout of newer kernels.
fixed_addresses=()
case $preset in
  asan | tsan)
    if setarch "$(uname -m)" -R true 2>/dev/null; then fixed_addresses=(setarch "$(uname -m)" -R); fi
    ;;
esac
conduct() { "${fixed_addresses[@]}" python3 -B "$here/conductor.py" "${programs[@]}" "$@"; }

galera() {
  local folder
  folder=$("$here/fetch_galera.sh") || return
  conduct --galera "$folder" --cluster "build/$preset/tests/chaos/sealsql_chaos_cluster" "$@"
}

case $what in
  replication) conduct "$@" ;;
  galera) galera --minutes 4 "$@" ;;
  short) conduct --short "$@" ;;
  prove) "${fixed_addresses[@]}" python3 -B "$here/prove.py" "${programs[@]}" "$@" ;;
  both)
    conduct "$@"
    galera --minutes 4 "$@"
    ;;
esac

#!/usr/bin/env bash
# Runs a command with private servers beside it, which end with the command, however that ends.
#
#   with_servers.sh [--no-mariadb] [--no-mysql] [--no-tls] COMMAND...
#
# --no-tls: servers that have no TLS.
# The command finds SEALSQL_TEST_MARIADB_ENV and SEALSQL_TEST_MYSQL_ENV, each the path of a server.env. MySQL may not be
# to be had; then its variable is missing, and a line says so. With SEALSQL_REQUIRE_MYSQL=1 that is an error instead.
# Its temporary files are removed with the servers. The exit code is the command's.
set -euo pipefail
support=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/private_server.sh
source "$support/private_server.sh"

kinds=" mariadb mysql "
start_options=()
while [[ ${1-} == --no-* ]]; do
  if [[ $1 == --no-tls ]]; then
    start_options=(--no-tls)
  else
    kinds=${kinds/" ${1#--no-} "/ }
  fi
  shift
done
if (($# == 0)); then
  sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2
  exit 2
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/sealsql.XXXXXX")
[[ $folder =~ ^[A-Za-z0-9/._+@-]+$ ]] || {
  # server.env has paths without quotes.
  rmdir -- "$folder"
  folder=$(mktemp -d /tmp/sealsql.XXXXXX)
}

# Is a process of one of these groups alive? A zombie that nobody reaps does not count.
alive() {
  local stat line state group
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    # PID (NAME) STATE PARENT GROUP ...; the name may hold anything.
    read -r state _ group _ <<<"${line##*) }"
    if [[ $state != [ZX] && " $* " == *" $group "* ]]; then return 0; fi
  done
  return 1
}

# Ends the jobs that are under way: the servers' start scripts, which take down what they have started, or the command.
end_jobs() {
  local group tries
  local -a groups
  mapfile -t groups < <(cat -- "$folder/groups" 2>/dev/null)
  ((${#groups[@]})) || return 0
  for group in "${groups[@]}"; do kill -TERM -- "-$group" 2>/dev/null || true; done
  for ((tries = 0; tries < 80; ++tries)); do
    alive "${groups[@]}" || return 0
    sleep 0.1
  done
  for group in "${groups[@]}"; do kill -KILL -- "-$group" 2>/dev/null || true; done
}

end_everything() {
  local kind
  local -a stops=()
  end_jobs
  for kind in $kinds; do
    "$support/private_$kind.sh" stop "$folder/$kind" &
    stops+=($!)
  done
  if ((${#stops[@]})); then wait "${stops[@]}" || true; fi
  rm -rf -- "$folder"
}

# shellcheck disable=SC2317  # a trap calls it
leave() {
  trap '' HUP INT TERM
  end_everything
  kill -KILL -- "-$watchdog" 2>/dev/null || true
}

# From here on every job is a process group of its own: Ctrl-C and signals come to this script, which passes them on.
set -m

# A SIGKILL can't be trapped: then this one cleans up. It must hold none of our descriptors, or a pipe's reader waits.
(
  close_inherited_descriptors
  tail --pid="$$" -s 0.5 -f /dev/null
  end_everything
) </dev/null >/dev/null 2>&1 &
watchdog=$!
trap leave EXIT

# A signal between a job's start and its entry in the list must wait, or the job would be forgotten.
caught=
hold_signals() {
  trap 'caught=129' HUP
  trap 'caught=130' INT
  trap 'caught=143' TERM
}
heed_signals() {
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  [[ -z $caught ]] || exit "$caught"
}

# Both at a time: each waits for its disk most of the time.
declare -A start_of=()
hold_signals
for kind in $kinds; do
  "$support/private_$kind.sh" start "$folder/$kind" "${start_options[@]}" </dev/null &
  start_of[$kind]=$!
  printf '%s\n' "$!" >>"$folder/groups"
done
heed_signals
for kind in $kinds; do
  code=0
  wait "${start_of[$kind]}" || code=$?
  if ((code == 0)); then
    export "SEALSQL_TEST_${kind^^}_ENV=$folder/$kind/server.env"
  elif ((code == 77)) && [[ ${SEALSQL_REQUIRE_MYSQL-} != 1 ]]; then
    say "going on without $kind: the tests that need it are skipped"
  else
    say "$kind did not start"
    exit 1
  fi
done
rm -f -- "$folder/groups"

# What a killed test leaves lying about goes with the folder.
mkdir "$folder/tmp"
export TMPDIR=$folder/tmp

code=0
if [[ -t 0 ]]; then
  # Someone at a terminal, perhaps with a shell as the command: it keeps the terminal.
  "$@" || code=$?
else
  hold_signals
  "$@" </dev/null &
  printf '%s\n' "$!" >"$folder/groups"
  heed_signals
  wait "$!" || code=$?
  rm -f -- "$folder/groups"
fi
exit "$code"

# shellcheck shell=bash
# Sourced by run.sh and queries.sh, which run inside tests/support/with_servers.sh and have a folder $temp.

# use_server MARIADB|MYSQL: the programs of this folder go there, and setting KEY tells what else is known of it. Fails, and says
# so, if it is not here.
use_server() {
  local file=SEALSQL_TEST_$1_ENV
  server_file=${!file:-}
  if [[ -z $server_file ]]; then
    echo "$1: skipped, it is not here"
    return 1
  fi
  HOST=$(setting HOST) PORT=$(setting PORT) USER_NAME=$(setting USER) PASSWORD=$(setting PASSWORD)
  CA=$(setting CA) DATABASE=$(setting DATABASE) SERVER_KIND=$(setting SERVER_KIND)
  export HOST PORT USER_NAME PASSWORD CA DATABASE SERVER_KIND
}
setting() { sed -n "s/^SEALSQL_TEST_$1=//p" "$server_file"; }

# instructions FEW MORE COMMAND...: of doing it once, where COMMAND takes one argument more, how often; the difference of two runs
# leaves out the start of the program.
instructions() {
  local few=$1 more=$2 count total=() log=${temp:?}/log
  for count in "$few" "$more"; do
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "${@:3}" "$count" >/dev/null 2>"$log"
    total+=("$(sed -n 's/.*Collected : \([0-9]*\).*/\1/p' "$log")")
  done
  echo $(((total[1] - total[0]) / (more - few)))
}

# How many limits were not kept.
not_met=0

# judge WHAT VALUE LIMIT: a line that says whether the value is no more than that.
judge() {
  awk -v what="$1" -v value="$2" -v limit="$3" 'BEGIN {
    kept = value + 0 <= limit + 0
    printf "%-8s %s: %.3f, at most %.3f\n", kept ? "met" : "NOT MET", what, value, limit
    exit !kept
  }' || not_met=$((not_met + 1))
}

# judge_ahead WHAT VALUE PEER [MARGIN]: whether the value is less than the peer's. Times are noise up to a MARGIN, a part of the
# peer's: there they are level, which is said, and is no failure.
judge_ahead() {
  awk -v what="$1" -v value="$2" -v peer="$3" -v margin="${4:-0}" 'BEGIN {
    word = value + 0 < peer * (1 - margin) ? "met" : margin && value + 0 <= peer * (1 + margin) ? "level" : "NOT MET"
    printf "%-8s %s: %.3f, less than %.3f\n", word, what, value, peer
    exit word == "NOT MET"
  }' || not_met=$((not_met + 1))
}

# The end of a script: fails if a limit was not kept.
finish() {
  ((not_met == 0)) || {
    echo "$not_met not met"
    exit 1
  }
}

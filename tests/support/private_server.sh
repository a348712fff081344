# shellcheck shell=bash
# Sourced by private_mariadb.sh, private_mysql.sh and with_servers.sh: what starting and stopping a private server has in
# common.
#
# A private server lives in one folder, runs as whoever started it, and listens on loopback only. The folder holds
#   data/ tls/ tmp/ error.log server.env
# and is removed by stop.

server_start_seconds=${SEALSQL_SERVER_START_SECONDS:-90}
server_stop_seconds=${SEALSQL_SERVER_STOP_SECONDS:-20}

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  say "$*"
  exit 1
}

# die_with_log DIR WHAT
die_with_log() {
  tail -n 60 -- "$1/error.log" >&2
  die "$2; its log is above"
}

# An absolute path that can stand unquoted in server.env, where a shell and a C++ program both read it.
server_folder() {
  local dir
  dir=$(realpath -m -- "$1")
  [[ $dir =~ ^[A-Za-z0-9/._+@-]+$ ]] || die "the folder's path may hold letters, digits and /._+@- only: $dir"
  printf '%s\n' "$dir"
}

# Makes the folder. One with something in it may be someone's home: not to be chmod-ed, filled and then removed.
prepare_folder() {
  local dir=$1
  [[ ! -e $dir/server.env ]] || die "$dir already has a server: stop it first"
  # Not -p: if whoever asked for the server has gone and taken the folder along, there is nothing to start.
  [[ -d $dir ]] || mkdir -- "$dir"
  [[ -z $(ls -A -- "$dir") ]] || die "$dir is not empty"
  chmod 0700 -- "$dir"
  : >"$dir/.sealsql-server"
}

# A socket's path may have 107 bytes, and a checkout's or a CI job's folder can be longer than that.
socket_path() {
  local dir=$1 short
  if ((${#dir} < 90)); then
    printf '%s\n' "$dir/server.sock"
  else
    short=$(mktemp -d /tmp/sealsql.XXXXXX)
    printf '%s\n' "$short" >"$dir/socket_folder"
    printf '%s\n' "$short/server.sock"
  fi
}

random_password() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }

# Below the range that the kernel hands out for outgoing connections, which would take it from us now and then.
random_port() { printf '%s\n' $((20000 + 0x$(od -An -N2 -tx1 /dev/urandom | tr -d ' ') % 12000)); }

# 127.0.0.2 is the address that the certificate does not name. A machine or a container may have no IPv6.
bind_addresses() {
  if grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null; then
    printf '127.0.0.1,127.0.0.2,::1\n'
  else
    printf '127.0.0.1,127.0.0.2\n'
  fi
}

# The processes that work on this folder's data, one being set up included. By command line, for a pid that was written
# down may be another process's by now, and a zombie that nobody reaps still has one.
server_pids() {
  # One word, option and argument: so grep does not find itself.
  local pattern="-e--datadir=$1/data"
  grep -lsxzF "$pattern" /proc/[0-9]*/cmdline | tr -dc '0-9\n' || true
}

# A lock, or a pipe whose reader waits, would be held by whoever outlives the caller.
close_inherited_descriptors() {
  local fd
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    if ((fd > 2 && fd != 255)); then eval "exec $fd>&-"; fi
  done
}

# launch DIR COMMAND...: in the background, in a session of its own (Ctrl-C in the terminal is for the tests, which must
# still find their server while they end), and without the caller's descriptors. Sets server_pid.
launch() {
  local dir=$1
  shift
  (
    close_inherited_descriptors
    exec setsid "$@"
  ) </dev/null >>"$dir/error.log" 2>&1 &
  server_pid=$!
}

# Sets the data up. In the background, for bash puts off its traps until a command in the foreground has ended.
set_up() {
  local dir=$1
  shift
  "$@" </dev/null >"$dir/error.log" 2>&1 &
  wait "$!" || die_with_log "$dir" "${1##*/} failed"
}

# start_on_free_port DIR COMMAND...: adds --port, and tries another one when somebody else was quicker. Sets server_port
# and server_pid.
start_on_free_port() {
  local dir=$1 attempt deadline
  shift
  for ((attempt = 1; attempt <= 10; ++attempt)); do
    server_port=$(random_port)
    : >"$dir/error.log"
    launch "$dir" "$@" --port="$server_port"
    deadline=$((SECONDS + server_start_seconds))
    while kill -0 "$server_pid" 2>/dev/null; do
      if grep -q 'ready for connections' "$dir/error.log"; then return 0; fi
      ((SECONDS < deadline)) || die_with_log "$dir" "the server was not ready within $server_start_seconds s"
      sleep 0.05
    done
    wait "$server_pid" || true
    grep -qE 'Bind on TCP/IP port|Address already in use' "$dir/error.log" ||
      die_with_log "$dir" "the server did not start"
  done
  die "no free port in $attempt tries"
}

# stop_server DIR [SIGNAL]
stop_server() {
  local dir=$1 signal=${2-TERM} deadline=$((SECONDS + server_stop_seconds)) name
  # Anybody else's folder is left alone: what is removed below has names that other folders have too.
  [[ -e $dir/.sealsql-server ]] || return 0
  local -a pids
  while mapfile -t pids < <(server_pids "$dir") && ((${#pids[@]})); do
    if [[ -n $signal ]]; then kill -"$signal" "${pids[@]}" 2>/dev/null || true; fi
    signal=
    if ((SECONDS >= deadline)); then
      say "the server did not end within $server_stop_seconds s: killed"
      signal=KILL
    fi
    sleep 0.05
  done
  if name=$(cat -- "$dir/socket_folder" 2>/dev/null) && [[ $name == /tmp/sealsql.* ]]; then rm -rf -- "$name"; fi
  # Only what start made, and the folder if nothing else is in it.
  for name in data tmp tls error.log server.env server.sock server.sock.lock socket_folder .sealsql-server; do
    rm -rf -- "${dir:?}/$name"
  done
  rmdir -- "$dir" 2>/dev/null || true
}

take_down_unless_started() {
  [[ $started == no ]] || return 0
  # It may be so young that its command line is still this script's. And nothing of its data is worth an orderly end.
  if [[ -n $server_pid ]]; then kill -KILL "$server_pid" 2>/dev/null || true; fi
  stop_server "$server_dir" KILL
}

# From here on, leaving before started=yes takes everything down again, however this script ends.
clean_up_unless_started() {
  server_dir=$1
  server_pid=
  started=no
  trap 'take_down_unless_started' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
}

# write_server_env DIR KIND VERSION PORT SOCKET PASSWORD ROOT-PASSWORD [KEY=VALUE...]
write_server_env() {
  local dir=$1
  cat >"$dir/server.env.new" <<ENV
SEALSQL_TEST_SERVER_KIND=$2
SEALSQL_TEST_SERVER_VERSION=$3
SEALSQL_TEST_HOST=127.0.0.1
SEALSQL_TEST_WRONG_NAME_HOST=127.0.0.2
SEALSQL_TEST_PORT=$4
SEALSQL_TEST_SOCKET=$5
SEALSQL_TEST_DATABASE=app
SEALSQL_TEST_USER=app
SEALSQL_TEST_TLS_ONLY_USER=tlsonly
SEALSQL_TEST_X509_USER=x509only
SEALSQL_TEST_PASSWORD=$6
SEALSQL_TEST_ADMIN_USER=root
SEALSQL_TEST_ADMIN_PASSWORD=$7
SEALSQL_TEST_CA=$dir/tls/ca.pem
SEALSQL_TEST_OTHER_CA=$dir/tls/other-ca.pem
SEALSQL_TEST_CLIENT_CERT=$dir/tls/client-cert.pem
SEALSQL_TEST_CLIENT_KEY=$dir/tls/client-key.pem
SEALSQL_TEST_PID=$server_pid
ENV
  # Whoever sees the file sees all of it.
  if (($# > 7)); then printf '%s\n' "${@:8}" >>"$dir/server.env.new"; fi
  mv -- "$dir/server.env.new" "$dir/server.env"
}

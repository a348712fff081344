#!/usr/bin/env bash
# A private Oracle MySQL server with TLS, for tests. Debian has it in its development release (sid) only; this takes it, and
# the client that belongs to it, from there with their whole closure, libc included, into a folder of its own: nothing is
# installed, no chroot is needed.
#
#   private_mysql.sh fetch [PREFIX]            exit 77, with the reason, if it can't be had
#   private_mysql.sh start DIR [--no-tls]      fetches it if need be; otherwise like private_mariadb.sh
#   private_mysql.sh stop DIR
#
# PREFIX is by default a folder mysql-VERSION-with-client in ${XDG_CACHE_HOME:-~/.cache}/sealsql; whichever is there is used again.
# Remove it to get sid's newest. SEALSQL_MYSQL_PREFIX names another one for start.
#
# Accounts, all with SEALSQL_TEST_PASSWORD and caching_sha2_password: app; tlsonly (REQUIRE SSL); x509only (REQUIRE
# X509). root comes in by the socket only.
set -euo pipefail
umask 077
support=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/private_server.sh
source "$support/private_server.sh"
# shellcheck source=tests/support/certificates.sh
source "$support/certificates.sh"
# shellcheck source=tests/support/private_apt.sh
source "$support/private_apt.sh"

cache=${XDG_CACHE_HOME:-$HOME/.cache}/sealsql

unavailable() {
  say "MySQL can't be had here: $*"
  exit 77
}

# Has a prefix all that start needs? Fetching ends with a rename, so one that is there is complete, but it may be a
# folder of somebody else's.
complete() { [[ -x $1/usr/sbin/mysqld && -x $1/usr/bin/mysql && -n $(loader "$1") ]]; }

# The dynamic loader that came along.
loader() { compgen -G "$1/usr/lib/*/ld-linux*.so.*" | head -n 1 || true; }

newest_cached() {
  local prefix
  while read -r prefix; do
    if complete "$prefix"; then
      printf '%s\n' "$prefix"
      return
    fi
  done < <(compgen -G "$cache/mysql-[0-9]*" | sort -rV)
}

# fetch [PREFIX]: prints the prefix.
fetch() {
  local prefix=${1-} work version archive
  prefix=${prefix:-$(newest_cached)}
  if [[ -n $prefix ]] && complete "$prefix"; then
    printf '%s\n' "$prefix"
    return
  fi
  command -v apt-get >/dev/null || unavailable "this is no Debian: there is no apt-get"

  mkdir -p -- "$cache" "$(dirname -- "${prefix:-$cache/x}")"
  # Beside its final place, for a rename is atomic on one file system only.
  work=$(mktemp -d "${prefix:-$cache/fetch}.XXXXXX")
  # shellcheck disable=SC2064  # the value of now is meant
  trap "rm -rf -- '$work'" EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM

  private_apt_config "$work/apt" sid perl
  timeout 180 apt-get -qq -c "$work/apt/apt.conf" update >&2 || unavailable "apt-get update for sid failed"
  version=$(apt-cache -c "$work/apt/apt.conf" show --no-all-versions mysql-server-core 2>/dev/null |
    sed -n 's/^Version: //p') || true
  [[ -n $version ]] || unavailable "sid has no mysql-server-core now"
  timeout 300 apt-get -qq -c "$work/apt/apt.conf" --yes --download-only install mysql-server-core mysql-client-core >&2 ||
    unavailable "downloading mysql-server-core $version, its client and what they need failed"

  mkdir -p "$work/root/usr"/{bin,sbin,lib,lib64}
  # As a merged /usr has it: some packages still name /lib.
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$work/root/"
  for archive in "$work"/apt/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$archive" |
      tar -x -C "$work/root" --keep-directory-symlink --no-same-owner --exclude='./usr/share/doc/*' \
        --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*'
  done
  complete "$work/root" || unavailable "mysql-server-core $version has no usr/sbin/mysqld, its client no usr/bin/mysql, or no loader came with them"
  run_mysqld "$work/root" --no-defaults --version >/dev/null || unavailable "mysqld $version does not run here"

  prefix=${prefix:-$cache/mysql-${version//[^A-Za-z0-9.+-]/_}-with-client}
  # Another run may have been quicker: then its copy is as good.
  mv -T -- "$work/root" "$prefix" 2>/dev/null || complete "$prefix" || unavailable "$prefix can't be written"
  say "MySQL $version is in $prefix"
  printf '%s\n' "$prefix"
}

# Sets command to what runs PREFIX's PROGRAM with the libraries that came along. The machine's own configuration of OpenSSL
# may name providers that the newer OpenSSL does not have.
command_of() {
  local prefix=$1 program=$2 libraries
  libraries=$(compgen -G "$prefix/usr/lib/*-linux-gnu*" | tr '\n' ':')
  command=(env OPENSSL_CONF=/dev/null "$(loader "$prefix")" --library-path "${libraries%:}" "$prefix/$program")
}
mysqld_command() {
  local -a command
  command_of "$1" usr/sbin/mysqld
  mysqld=("${command[@]}")
}

run_mysqld() {
  local -a mysqld
  mysqld_command "$1"
  "${mysqld[@]}" "${@:2}"
}

server_version() { run_mysqld "$1" --no-defaults --version | sed -E 's/.* Ver ([0-9.]+).*/\1/'; }

# What --init-file runs: one statement a line.
users_sql() {
  local password=$1 root_password=$2
  user_sql() {
    printf '%s\n' "CREATE USER '$1'@'%' IDENTIFIED WITH caching_sha2_password BY '$password' REQUIRE $2;" \
      "GRANT ALL ON app.* TO '$1'@'%';"
  }
  printf '%s\n' \
    "ALTER USER 'root'@'localhost' IDENTIFIED WITH caching_sha2_password BY '$root_password';" \
    "CREATE DATABASE app CHARACTER SET utf8mb4;"
  user_sql app NONE
  user_sql tlsonly SSL
  user_sql x509only X509
}

start() {
  local dir tls=yes prefix password root_password socket server_port
  local -a mysqld command options as_root=()
  dir=$(server_folder "$1")
  case ${2-} in
    '') ;;
    --no-tls) tls=no ;;
    *) die "unknown option $2" ;;
  esac
  # In a process of its own, for its traps; its exit code 77 is ours.
  prefix=$("$0" fetch ${SEALSQL_MYSQL_PREFIX:+"$SEALSQL_MYSQL_PREFIX"})
  prepare_folder "$dir"
  clean_up_unless_started "$dir"

  # It would refuse to run as root unasked. Another account could not reach a folder that only we may enter.
  if ((EUID == 0)); then as_root=(--user=root); fi

  make_certificates "$dir/tls"
  mkdir "$dir/tmp"
  password=$(random_password)
  root_password=$(random_password)
  socket=$(socket_path "$dir")
  users_sql "$password" "$root_password" >"$dir/tmp/users.sql"

  mysqld_command "$prefix"
  options=(
    --no-defaults "${as_root[@]}" --datadir="$dir/data" --tmpdir="$dir/tmp" --secure-file-priv=NULL
    --basedir="$prefix/usr" --lc-messages-dir="$prefix/usr/share/mysql"
    --character-sets-dir="$prefix/usr/share/mysql/charsets" --plugin-dir="$prefix/usr/lib/mysql/plugin"
    # Small and quick; what a crash would lose is thrown away anyway. A smaller redo log slows the start.
    --innodb-buffer-pool-size=64M --innodb-redo-log-capacity=64M --innodb-flush-log-at-trx-commit=0
    --innodb-doublewrite=OFF --skip-log-bin --performance-schema=ON
  )
  set_up "$dir" "${mysqld[@]}" "${options[@]}" --initialize-insecure --init-file="$dir/tmp/users.sql"
  rm -f -- "$dir/tmp/users.sql"

  options+=(
    --socket="$socket" --bind-address="$(bind_addresses)" --loose-mysqlx=OFF
    # root@localhost must mean the socket, and a name server has no business here.
    --skip-name-resolve
    # Tests break off connections on purpose; the server would bar the address after a hundred of those.
    --max-connect-errors=1000000 --max-connections=400
    --max-allowed-packet=64M --local-infile=ON --character-set-server=utf8mb4
  )
  if [[ $tls == yes ]]; then
    options+=(--ssl-ca="$dir/tls/ca.pem" --ssl-cert="$dir/tls/server-cert.pem" --ssl-key="$dir/tls/server-key.pem")
  else
    options+=(--auto-generate-certs=OFF --tls-version=)
  fi
  start_on_free_port "$dir" "${mysqld[@]}" "${options[@]}"

  command_of "$prefix" usr/bin/mysql
  printf '#!/bin/sh\nexec%s "$@"\n' "$(printf " '%s'" "${command[@]}")" >"$dir/client"
  chmod +x "$dir/client"
  write_server_env "$dir" mysql "$(server_version "$prefix")" "$server_port" "$socket" "$password" "$root_password" \
    SEALSQL_TEST_CLIENT="$dir/client"
  started=yes
  say "$(server_version "$prefix") on 127.0.0.1:$server_port, $dir/server.env"
}

case "${1-} $#" in
  'fetch '[12]) fetch "${2-}" ;;
  'start '[23]) start "$2" "${3-}" ;;
  'stop 2') stop_server "$(server_folder "$2")" ;;
  *)
    sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac

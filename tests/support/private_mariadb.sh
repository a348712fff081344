#!/usr/bin/env bash
# A private MariaDB server with TLS, for tests and examples.
#
#   private_mariadb.sh start DIR [--no-tls]   in DIR (made, or empty), on a free loopback port; then read DIR/server.env
#   private_mariadb.sh stop DIR               ends it and removes what start made
#   private_mariadb.sh fetch                  gets plugins for ed25519 and RocksDB, see below; start goes on without them
#
# Accounts, all with SEALSQL_TEST_PASSWORD: app; tlsonly (REQUIRE SSL); x509only (REQUIRE X509); ed (ed25519, only when
# server.env has SEALSQL_TEST_ED25519_USER). root comes in by the socket only.
set -euo pipefail
umask 077
support=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/support/private_server.sh
source "$support/private_server.sh"
# shellcheck source=tests/support/certificates.sh
source "$support/certificates.sh"
# Debian keeps servers where an ordinary user's PATH does not look.
PATH=$PATH:/usr/sbin:/sbin

server_version() { mariadbd --no-defaults --version | sed -E 's/.* Ver ([0-9.]+).*/\1/'; }

plugin_cache() { printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/sealsql/mariadb-plugins-$(server_version)"; }

# Debian has the server's ed25519 plugin in mariadb-server, whose installation would start a system-wide server: take
# the one file out of the package instead.
fetch_ed25519() {
  local cache new package version
  [[ -z $(ed25519_folder) ]] || return 0
  cache=$(plugin_cache)
  package=$(dpkg-query -S "$(command -v mariadbd)" 2>/dev/null | sed 's/[:,].*//') || true
  [[ -n $package ]] || return 1
  version=$(dpkg-query -W -f '${Version}' "$package")
  mkdir -p -- "${cache%/*}"
  new=$(mktemp -d "$cache.XXXXXX")
  if (cd -- "$new" && timeout 120 apt-get -qq -o APT::Sandbox::User=root download "${package/-core/}=$version" &&
    dpkg-deb --fsys-tarfile ./*.deb | tar -x --wildcards --transform='s,.*/,,' '*/auth_ed25519.so') >&2; then
    rm -f -- "$new"/*.deb
    # Another run may have been quicker: then its copy is as good.
    mv -T -- "$new" "$cache" 2>/dev/null || rm -rf -- "$new"
  else
    rm -rf -- "$new"
    return 1
  fi
}

# RocksDB in the same folder, for the tests of types, and the one library that Debian does not have anyway. A server has it if
# it is started with SEALSQL_TEST_ROCKSDB=1; to load it later, by INSTALL SONAME, crashes 10.11.19.
fetch_rocksdb() {
  local cache new version
  cache=$(plugin_cache)
  [[ -d $cache && ! -e $cache/ha_rocksdb.so ]] || return 0
  version=$(dpkg-query -W -f '${Version}' "$(dpkg-query -S "$(command -v mariadbd)" | sed 's/[:,].*//')")
  new=$(mktemp -d "$cache.XXXXXX")
  (cd -- "$new" &&
    timeout 120 apt-get -qq -o APT::Sandbox::User=root download "mariadb-plugin-rocksdb=$version" libsnappy1v5 >&2 &&
    for package in ./*.deb; do
      dpkg-deb --fsys-tarfile "$package" |
        tar -x --wildcards --transform='s,.*/,,' '*/ha_rocksdb.so' '*/libsnappy.so.1*' 2>/dev/null || true
    done &&
    mv -f -- libsnappy.so.1* "$cache" && mv -f -- ha_rocksdb.so "$cache") ||
    say "no RocksDB from Debian: the tests of types go without it"
  rm -rf -- "$new"
}

# The folder that has the plugin, or nothing.
ed25519_folder() {
  local folder
  for folder in "$(plugin_cache)" /usr/lib/mysql/plugin /usr/lib/*/mariadb*/plugin; do
    if [[ -e $folder/auth_ed25519.so ]]; then
      printf '%s\n' "$folder"
      return
    fi
  done
}

# What --init-file runs: one statement a line.
users_sql() {
  local password=$1 root_password=$2 with_ed25519=$3
  user_sql() {
    printf '%s\n' "CREATE USER '$1'@'%' IDENTIFIED VIA $2 USING PASSWORD('$password') REQUIRE $3;" \
      "GRANT ALL ON app.* TO '$1'@'%';"
  }
  printf '%s\n' \
    "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');" \
    "FLUSH PRIVILEGES;" \
    "ALTER USER 'root'@'localhost' IDENTIFIED VIA mysql_native_password USING PASSWORD('$root_password');" \
    "CREATE DATABASE app CHARACTER SET utf8mb4;"
  user_sql app mysql_native_password NONE
  user_sql tlsonly mysql_native_password SSL
  user_sql x509only mysql_native_password X509
  if [[ $with_ed25519 == yes ]]; then
    printf '%s\n' "INSTALL SONAME 'auth_ed25519';"
    user_sql ed ed25519 NONE
  fi
}

start() {
  local dir tls=yes password root_password socket plugins with_ed25519=no server_port
  dir=$(server_folder "$1")
  case ${2-} in
    '') ;;
    --no-tls) tls=no ;;
    *) die "unknown option $2" ;;
  esac
  command -v mariadbd >/dev/null || die "no mariadbd: tests/support/install_packages.sh server"
  prepare_folder "$dir"
  clean_up_unless_started "$dir"

  local -a as_root=() extra=() options
  # It would refuse to run as root unasked. Another account could not reach a folder that only we may enter.
  if ((EUID == 0)); then as_root=(--user=root); fi

  make_certificates "$dir/tls"
  mkdir "$dir/tmp"
  password=$(random_password)
  root_password=$(random_password)
  socket=$(socket_path "$dir")

  # A server that starts removes all temporary tables from its folder for them, also those of another one that starts beside it.
  set_up "$dir" mariadb-install-db --no-defaults "${as_root[@]}" --datadir="$dir/data" --tmpdir="$dir/tmp" --skip-test-db \
    --skip-name-resolve --auth-root-authentication-method=normal

  options=(
    --no-defaults "${as_root[@]}" --datadir="$dir/data" --tmpdir="$dir/tmp" --socket="$socket"
    --bind-address="$(bind_addresses)" --init-file="$dir/tmp/users.sql"
    # root@localhost must mean the socket, and a name server has no business here.
    --skip-name-resolve
    # Tests break off connections on purpose; the server would bar the address after a hundred of those.
    --max-connect-errors=1000000 --max-connections=400
    --max-allowed-packet=64M --local-infile=ON --character-set-server=utf8mb4
    # Small and quick; what a crash would lose is thrown away anyway.
    --innodb-buffer-pool-size=32M --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync
    --innodb-log-file-size=16M --aria-pagecache-buffer-size=8M --key-buffer-size=1M
    --skip-log-bin --performance-schema=OFF
  )
  if [[ $tls == yes ]]; then
    options+=(--ssl-ca="$dir/tls/ca.pem" --ssl-cert="$dir/tls/server-cert.pem" --ssl-key="$dir/tls/server-key.pem")
  else
    # 11.4 and later make a certificate of their own unless told not to.
    options+=(--skip-ssl)
  fi
  plugins=$(ed25519_folder)
  if [[ -n $plugins ]]; then
    with_ed25519=yes
    extra+=(SEALSQL_TEST_ED25519_USER=ed)
    options+=(--plugin-dir="$plugins")
    if [[ -n ${SEALSQL_TEST_ROCKSDB-} && -e $plugins/ha_rocksdb.so ]]; then
      extra+=(SEALSQL_TEST_ROCKSDB=yes)
      options+=(--plugin-load-add=ha_rocksdb)
      export LD_LIBRARY_PATH=$plugins${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    fi
  else
    say "no auth_ed25519.so on this machine (private_mariadb.sh fetch gets it): going on without the account 'ed'"
  fi
  users_sql "$password" "$root_password" "$with_ed25519" >"$dir/tmp/users.sql"

  start_on_free_port "$dir" mariadbd "${options[@]}"
  rm -f -- "$dir/tmp/users.sql"

  write_server_env "$dir" mariadb "$(server_version)" "$server_port" "$socket" "$password" "$root_password" "${extra[@]}"
  started=yes
  say "$(server_version) on 127.0.0.1:$server_port, $dir/server.env"
}

case "${1-} $#" in
  'start '[23]) start "$2" "${3-}" ;;
  'stop 2') stop_server "$(server_folder "$2")" ;;
  'fetch 1')
    fetch_ed25519 || die "auth_ed25519.so can't be had here: tests of ed25519 accounts will be skipped"
    fetch_rocksdb
    ;;
  *)
    sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac

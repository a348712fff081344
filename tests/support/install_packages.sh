#!/usr/bin/env bash
# Installs Debian or Ubuntu packages, as root or with sudo; does nothing, not even apt-get update, when all are there.
#
#   install_packages.sh GROUP...
#     build    compiler, CMake, Connector/C and OpenSSL: to build the library's users and the examples
#     server   a MariaDB server's programs and the openssl command; no service is set up or started
#     test     what the tests need besides
#     peers    other clients, for tests/benchmark
set -euo pipefail

declare -A groups=(
  [build]="g++ cmake ninja-build pkg-config libmariadb-dev libssl-dev zlib1g-dev ca-certificates"
  # Not mariadb-server, which starts a service. my_print_defaults, which mariadb-install-db calls, is in the client's
  # package. The keyring is for private_mysql.sh: Ubuntu lacks it.
  [server]="mariadb-server-core mariadb-client-core openssl debian-archive-keyring"
  # libclang-rt-dev: the sanitizers' libraries. valgrind does not start without libc6-dbg.
  [test]="catch2 libzip-dev clang clang-format clang-tidy libclang-rt-dev valgrind libc6-dbg shellcheck git python3 iproute2 openssl"
  # SOCI's headers want some of Boost's.
  [peers]="libsoci-dev libmysql++-dev libboost-dev"
)

say() { printf 'install_packages.sh: %s\n' "$*" >&2; }

wanted=()
for group in "$@"; do
  [[ -n ${groups[$group]-} ]] || {
    sed -n '2,/^set/{s/^# \{0,1\}//p}' "$0" >&2
    exit 2
  }
  read -ra names <<<"${groups[$group]}"
  wanted+=("${names[@]}")
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is no Debian or Ubuntu: going on with what is there; needed are what Debian calls ${wanted[*]}"
  exit 0
fi

missing() {
  printf '%s\n' "${wanted[@]}" | sort -u | grep -vxF -f <(
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null | sed -n 's/ installed$//p'
  ) || true
}

as_root=()
if ((EUID != 0)); then
  as_root=(sudo)
  # Nobody is there to type a password.
  [[ -t 0 ]] || as_root=(sudo -n)
fi

# Nothing may ask, and whoever else is installing is waited for. Upgrades are none of our business.
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8 apt-get \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Acquire::Retries=2 -qq "$@" </dev/null
}

log=$(mktemp)
trap 'rm -f -- "$log"' EXIT

# Ten minutes at most, for the locks that apt-get does not wait for by itself.
for ((attempt = 1; attempt <= 120; ++attempt)); do
  mapfile -t names < <(missing)
  ((${#names[@]})) || exit 0
  if ((attempt == 1)); then
    if ((EUID != 0)) && ! command -v sudo >/dev/null; then
      say "run as root: apt-get install ${names[*]}"
      exit 1
    fi
    say "installing ${names[*]}"
  fi

  : >"$log"
  # Another source on this machine may be out of order; whether ours is shows in the next step.
  apt update >>"$log" 2>&1 || true
  if apt install --yes --no-install-recommends --no-upgrade -o Dpkg::Options::=--force-confold "${names[@]}" >>"$log" 2>&1
  then
    continue
  fi
  grep -qiE 'could not get lock|unable to lock|unable to acquire' "$log" || break
  sleep 5
done
tail -n 40 -- "$log" >&2
say "could not install ${names[*]}; what apt-get said is above"
exit 1

#!/usr/bin/env bash
# tests/benchmark/fetch_boost.sh: Boost's headers with Boost.MySQL, and the one library that it needs, for the benchmark of
# queries: Debian 12 has them too old. Takes them from Debian 13, without installing anything, into a folder in
# ${XDG_CACHE_HOME:-~/.cache}/sealsql, and prints its path. Exit 77, with the reason, if they can't be had.
set -euo pipefail
version=1.88
support=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../support" && pwd)
# shellcheck source=tests/support/private_apt.sh
source "$support/private_apt.sh"

unavailable() {
  printf '%s: Boost can'"'"'t be had here: %s\n' "${0##*/}" "$*" >&2
  exit 77
}

prefix=${XDG_CACHE_HOME:-$HOME/.cache}/sealsql/boost-$version
if [[ -e $prefix/usr/include/boost/mysql.hpp ]]; then
  printf '%s\n' "$prefix"
  exit
fi
command -v apt-get >/dev/null || unavailable "this is no Debian: there is no apt-get"
mkdir -p -- "${prefix%/*}"
work=$(mktemp -d "$prefix.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
private_apt_config "$work/apt" trixie
timeout 180 apt-get -qq -c "$work/apt/apt.conf" update >&2 || unavailable "apt-get update for Debian 13 failed"
mkdir "$work/root"
(cd "$work" && timeout 300 apt-get -qq -c apt/apt.conf download "libboost$version-dev" "libboost-charconv$version-dev" >&2) ||
  unavailable "downloading libboost$version-dev failed"
for archive in "$work"/*.deb; do dpkg-deb -x "$archive" "$work/root"; done
[[ -e $work/root/usr/include/boost/mysql.hpp ]] || unavailable "Debian's Boost $version is without Boost.MySQL"
# Another run may have been quicker: then its copy is as good.
mv -T -- "$work/root" "$prefix" 2>/dev/null || [[ -e $prefix/usr/include/boost/mysql.hpp ]]
printf '%s\n' "$prefix"

#!/usr/bin/env bash
# tests/cross_check/fetch_connector_python.sh: MySQL Connector/Python, which Debian has in its development release (sid) only.
# Takes it from there, without installing anything, into a folder in ${XDG_CACHE_HOME:-~/.cache}/sealsql, and prints its path.
# Whichever is there is used again; remove the folder to get sid's newest. Exit 77, with the reason, if it can't be had.
set -euo pipefail
package=python3-mysql.connector
support=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../support" && pwd)
# shellcheck source=tests/support/private_apt.sh
source "$support/private_apt.sh"

unavailable() {
  printf '%s: MySQL Connector/Python can'"'"'t be had here: %s\n' "${0##*/}" "$*" >&2
  exit 77
}

prefix=${XDG_CACHE_HOME:-$HOME/.cache}/sealsql/originals/mysql-connector-python
complete() { [[ -e $1/usr/lib/python3/dist-packages/mysql/connector/__init__.py ]]; }
if complete "$prefix"; then
  printf '%s\n' "$prefix"
  exit
fi
command -v apt-get >/dev/null || unavailable "this is no Debian: there is no apt-get"
mkdir -p -- "${prefix%/*}"
work=$(mktemp -d "$prefix.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
private_apt_config "$work/apt" sid
timeout 180 apt-get -qq -c "$work/apt/apt.conf" update >&2 || unavailable "apt-get update for sid failed"
mkdir "$work/root"
# It is all Python, and what it depends on is for the X protocol only.
(cd "$work" && timeout 300 apt-get -qq -c apt/apt.conf download "$package" >&2) || unavailable "downloading $package failed"
dpkg-deb -x "$work"/*.deb "$work/root"
complete "$work/root" || unavailable "sid's $package is without mysql.connector"
# Another run may have been quicker: then its copy is as good.
mv -T -- "$work/root" "$prefix" 2>/dev/null || complete "$prefix" || unavailable "$prefix can't be written"
printf '%s\n' "$prefix"

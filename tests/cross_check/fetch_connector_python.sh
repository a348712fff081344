#!/usr/bin/env bash
# tests/cross_check/fetch_connector_python.sh: MySQL Connector/Python, which Debian has in its development release (sid) only.
# Takes it from there, without installing anything, into a folder in ${XDG_CACHE_HOME:-~/.cache}/sealsql, and prints its path.
# Whichever is there is used again; remove the folder to get sid's newest. Exit 77, with the reason, if it can't be had.
set -euo pipefail
support=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../support" && pwd)
# shellcheck source=tests/support/private_apt.sh
source "$support/private_apt.sh"

unavailable() {
  printf '%s: MySQL Connector/Python can'"'"'t be had here: %s\n' "${0##*/}" "$*" >&2
  exit 77
}

# It is all Python, and what it depends on is for the X protocol only.
fetch_unpacked "${XDG_CACHE_HOME:-$HOME/.cache}/sealsql/originals/mysql-connector-python" \
  usr/lib/python3/dist-packages/mysql/connector/__init__.py sid python3-mysql.connector

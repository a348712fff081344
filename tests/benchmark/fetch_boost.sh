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

fetch_unpacked "${XDG_CACHE_HOME:-$HOME/.cache}/sealsql/boost-$version" usr/include/boost/mysql.hpp trixie \
  "libboost$version-dev" "libboost-charconv$version-dev"

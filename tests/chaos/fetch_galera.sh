#!/usr/bin/env bash
# What a Galera cluster needs besides mariadbd: the provider, the scripts of the state transfer and rsync, taken out of
# Debian's packages without installing any. Prints the folder; exit code 77 and a line that says why if it can't be had.
set -euo pipefail
support=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../support" && pwd)
# shellcheck source=tests/support/private_server.sh
source "$support/private_server.sh"
PATH=$PATH:/usr/sbin:/sbin

unavailable() {
  say "no Galera: $*"
  exit 77
}

command -v mariadbd >/dev/null || unavailable "no mariadbd (tests/support/install_packages.sh server)"
package=$(dpkg-query -S "$(command -v mariadbd)" 2>/dev/null | sed 's/[:,].*//') || true
[[ -n $package ]] || unavailable "mariadbd does not come from a package, so there is no provider that fits it"
version=$(dpkg-query -W -f '${Version}' "$package")
cache=${XDG_CACHE_HOME:-$HOME/.cache}/sealsql/galera-${version//[^A-Za-z0-9.+-]/_}
if [[ ! -e $cache/usr/lib/galera/libgalera_smm.so ]]; then
  mkdir -p -- "${cache%/*}"
  new=$(mktemp -d "$cache.XXXXXX")
  trap 'rm -rf -- "$new"' EXIT
  (
    mkdir -- "$new/packages" && cd -- "$new/packages" &&
      timeout 180 apt-get -qq -o APT::Sandbox::User=root download galera-4 rsync libpopt0 "${package/-core/}=$version"
  ) >&2 || unavailable "apt-get download failed"
  for deb in "$new"/packages/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" |
      tar -x -C "$new" --wildcards './usr/lib*/*galera*' './usr/bin/rsync' './usr/bin/wsrep_sst_*' '*/libpopt.so*' \
        2>/dev/null || true
  done
  rm -rf -- "$new/packages"
  [[ -e $new/usr/lib/galera/libgalera_smm.so && -e $new/usr/bin/wsrep_sst_rsync && -e $new/usr/bin/rsync ]] ||
    unavailable "the packages hold other files than expected"
  # Started by root, rsync would serve as "nobody", who may not enter our folders.
  sed -i 's/^use chroot = no$/&\nuid = '"$(id -u)"'\ngid = '"$(id -g)"'/' "$new/usr/bin/wsrep_sst_rsync"
  # Another run may have been quicker: then its copy is as good.
  mv -T -- "$new" "$cache" 2>/dev/null || true
fi
printf '%s\n' "$cache"

# shellcheck shell=bash
# Sourced by those who take packages from another release of Debian than the machine's, without installing any:
# private_mysql.sh, fetch_boost.sh of the benchmarks and fetch_connector_python.sh of the cross-check. They define
# unavailable(), which says why and exits.

# The mirror that this machine is set up with: a firewall may let nothing else through. Ubuntu's has no Debian.
debian_mirror() {
  local uri
  uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed 's/#.*//' | grep -oE '[a-z+]+://[^ ]+/debian/?( |$)' | head -n 1) || true
  uri=${uri%% *}
  printf '%s\n' "${uri:-http://deb.debian.org/debian}"
}

# private_apt_config FOLDER RELEASE [PRESENT]: an apt of its own, FOLDER/apt.conf: that release only, and told that nothing is
# installed, so that the closure is complete, but for the package PRESENT. What the machine's own configuration says about
# proxies and the like still holds; signatures are checked.
private_apt_config() {
  local apt=$1 release=$2 present=${3-} keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  [[ -e $keyring ]] || unavailable "no $keyring (package debian-archive-keyring)"
  mkdir -p "$apt"/{lists/partial,cache/archives/partial,parts}
  : >"$apt/status"
  # Perl is wanted by maintainer scripts only, which never run here.
  [[ $present != perl ]] || cat >"$apt/status" <<STATUS
Package: perl
Status: install ok installed
Architecture: $(dpkg --print-architecture)
Multi-Arch: allowed
Version: 99
Provides: perl-base (= 99)
Maintainer: nobody <nobody@invalid>
Description: stand-in

STATUS
  printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$(debian_mirror)" "$release" >"$apt/sources.list"
  cat >"$apt/apt.conf" <<CONFIG
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "$apt/parts";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$apt/parts";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
APT::Sandbox::User "root";
APT::Install-Recommends "false";
APT::Update::Error-Mode "any";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "30";
Acquire::https::Timeout "30";
CONFIG
}

# fetch_unpacked PREFIX PROOF RELEASE PACKAGE...: the files of these packages alone, below PREFIX, whose path is printed; where
# PREFIX/PROOF is there, nothing is fetched.
fetch_unpacked() {
  local prefix=$1 proof=$2 release=$3 work archive
  shift 3
  if [[ -e $prefix/$proof ]]; then
    printf '%s\n' "$prefix"
    return
  fi
  command -v apt-get >/dev/null || unavailable "this is no Debian: there is no apt-get"
  mkdir -p -- "${prefix%/*}"
  work=$(mktemp -d "$prefix.XXXXXX")
  # shellcheck disable=SC2064  # the value of now is meant
  trap "rm -rf -- '$work'" EXIT
  private_apt_config "$work/apt" "$release"
  timeout 180 apt-get -qq -c "$work/apt/apt.conf" update >&2 || unavailable "apt-get update for $release failed"
  mkdir "$work/root"
  (cd "$work" && timeout 300 apt-get -qq -c apt/apt.conf download "$@" >&2) || unavailable "downloading $* failed"
  for archive in "$work"/*.deb; do dpkg-deb -x "$archive" "$work/root"; done
  [[ -e $work/root/$proof ]] || unavailable "the packages of $release are without $proof"
  # Another run may have been quicker: then its copy is as good.
  mv -T -- "$work/root" "$prefix" 2>/dev/null || [[ -e $prefix/$proof ]] || unavailable "$prefix can't be written"
  printf '%s\n' "$prefix"
}

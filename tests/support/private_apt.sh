# shellcheck shell=bash
# Sourced by those who take packages from another release of Debian than the machine's, without installing any:
# private_mysql.sh, and fetch_boost.sh of the benchmarks. They define unavailable(), which says why and exits.

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

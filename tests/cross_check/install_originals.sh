#!/usr/bin/env bash
# Installs what the vendor's own samples run on: the Debian (or Ubuntu) packages of the clients, as root or with sudo; and, in a
# folder of their own, the npm packages, and MySQL Connector/Python of Debian's development release. Nothing else needs it:
# cross_check.py, texts.py and mutants.py leave out what is not there.
set -euo pipefail

packages=(
  php-cli php-mysql              # mysqli and PDO
  python3-pymysql python3-mysqldb python3-django
  ruby ruby-mysql2
  golang-go golang-github-go-sql-driver-mysql-dev
  libmariadb-java
  mono-runtime mono-mcs libmono-system-data4.0-cil # MySql.Data, which is npm's
  mariadb-client-core            # the command line
)
command -v javac >/dev/null || packages+=(default-jdk-headless)
command -v npm >/dev/null || packages+=(nodejs npm)

as_root=()
((EUID == 0)) || as_root=(sudo)
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -qq "$@" \
    </dev/null >/dev/null
}
apt update
apt install --yes --no-install-recommends "${packages[@]}"

# The versions that the committed table was made with: a driver that verifies more or less is another row. Oracle's MySql.Data is
# in edge-sql, and MySQL Connector/J 5.1.49 and 8.0.23 are in liquibase-wrapper.
folder=${XDG_CACHE_HOME:-$HOME/.cache}/sealsql/originals
mkdir -p -- "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$folder" mysql@2.18.1 mysql2@3.24.6 edge-sql@1.0.6 \
  liquibase-wrapper@1.0.2
# sid has one version at a time, which the table names. Exit code 77: it can't be had here.
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
"$here/fetch_connector_python.sh" >/dev/null || (($? == 77))
echo "the originals' runtimes are installed; what is no package of this system is in $folder"

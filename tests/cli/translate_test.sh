#!/usr/bin/env bash
# translate_test.sh PROGRAM [COMPILER ARGUMENT...]: tests sealsql-translate. With SEALSQL_TEST_SERVER_ENV its --check against that
# server; without, all else, and that the code it prints compiles. Prints `ok` or `not ok` for each check.
set -uo pipefail
program=$(realpath -- "${1:?usage: translate_test.sh PROGRAM [COMPILER ARGUMENT...]}")
shift
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT
failures=0
unset DB_PASSWORD

ok() { echo "ok - $1"; }
not_ok() {
  echo "not ok - $1"
  failures=$((failures + 1))
  printf '#   %s\n' "${@:2}"
}
# run ARGUMENT...: standard input goes through; sets code, out and err.
run() {
  out=$("$program" "$@" 2>"$dir/err")
  code=$?
  err=$(<"$dir/err")
}
# gives NAME CODE PATTERN: this exit code, and what is printed is so.
gives() {
  # shellcheck disable=SC2053 # a pattern
  if [[ $code == "$2" && $out$err == $3 ]]; then ok "$1"; else not_ok "$1" "exit $code" "$out" "$err"; fi
}
lacks() { if [[ $out$err != *"$2"* ]]; then ok "$1"; else not_ok "$1" "'$2' is in:" "$out" "$err"; fi; }

if [[ -n ${SEALSQL_TEST_SERVER_ENV-} ]]; then
  # shellcheck source=/dev/null
  source "$SEALSQL_TEST_SERVER_ENV" || exit 1
  encode() {
    local i
    for ((i = 0; i < ${#1}; ++i)); do
      if [[ ${1:i:1} == [A-Za-z0-9._-] ]]; then printf '%s' "${1:i:1}"; else printf '%%%02X' "'${1:i:1}"; fi
    done
  }
  login=$(encode "$SEALSQL_TEST_USER"):$(encode "$SEALSQL_TEST_PASSWORD")
  uri() { echo "mysql://$login@$1:$SEALSQL_TEST_PORT/app?$2"; }
  run --check "$(uri "$SEALSQL_TEST_HOST" "ssl-mode=VERIFY_IDENTITY&ssl-ca=$SEALSQL_TEST_CA")"
  gives "connects, and both sides agree" 0 "*connected by TLSv1.3, *the server says the same*confirmed: both sides*confirmed: TLS*confirmed: TLS 1.2*confirmed: *is for the host*chain and name checked: accepted*"
  lacks "the password is not printed" "$SEALSQL_TEST_PASSWORD"
  run --check "$(uri "$SEALSQL_TEST_HOST" "ssl-ca=$SEALSQL_TEST_OTHER_CA")"
  gives "another CA" 1 "*not connected: *chain and name checked: *server not checked: accepted*"
  run --check "$(uri "$SEALSQL_TEST_WRONG_NAME_HOST" "ssl-mode=VERIFY_CA&ssl-ca=$SEALSQL_TEST_CA")"
  gives "VERIFY_CA by another name" 0 "*warning: ssl-mode=VERIFY_CA*name checked: name_mismatch*name not: accepted*"
  run --check "$(uri "$SEALSQL_TEST_WRONG_NAME_HOST" "ssl-ca=$SEALSQL_TEST_CA")"
  gives "a text that checked no name, by another name" 1 "*not connected: *name*"
  DB_PASSWORD=$SEALSQL_TEST_PASSWORD run --check "{'HOST': '$SEALSQL_TEST_HOST', 'PORT': $SEALSQL_TEST_PORT, 'USER': '$SEALSQL_TEST_USER',
    'OPTIONS': {'ssl': {'ca': '$SEALSQL_TEST_CA'}}, 'ENGINE': 'django.db.backends.mysql'}"
  gives "Django's isolation level" 0 "*confirmed: the isolation level is set*"
  login=$(encode "$SEALSQL_TEST_USER")
  DB_PASSWORD=$SEALSQL_TEST_PASSWORD run --check --json "$(uri "$SEALSQL_TEST_HOST" "ssl-ca=$SEALSQL_TEST_CA")"
  gives "DB_PASSWORD, and JSON" 0 '*"confirmed": true*'
  if [[ $SEALSQL_TEST_SERVER_KIND == mariadb ]]; then
    login=$(encode "$SEALSQL_TEST_USER"):$(encode "$SEALSQL_TEST_PASSWORD")
    run --check "$(uri "$SEALSQL_TEST_HOST" "ssl-mode=DISABLED")"
    gives "plaintext that the text asks for" 0 "*danger: ssl-mode=DISABLED*connected, and not encrypted; the server says so, too*confirmed: no TLS*"
  fi
  exit $((failures != 0))
fi

run 'u:top-S3cr3t@tcp(h)/d'
gives "told from the text" 0 '// from go-dsn, as Go-MySQL-Driver 1.10 reads it*'
lacks "no password" S3cr3t
run --from=node-url 'mysql://u:top-S3cr3t@h/d'
gives "--from" 0 '// from node-url*before:  no TLS (Node mysql2 3.24)*now:     TLS or nothing; chain and name checked*'
run <<<'Server=h;User ID=u;Password=top-S3cr3t'
gives "standard input" 0 '// from ado-net*'
run - <<<'jdbc:mariadb://h/d'
gives "standard input by -" 0 '// from mariadb-jdbc*'
run --json 'jdbc:mysql://h/d?user=u&password=top-S3cr3t'
gives "JSON" 0 '{*"form": "mysql-jdbc"*"refuses_plaintext": true*"check": null*}'
if command -v python3 >/dev/null; then
  if python3 -m json.tool <<<"$out" >/dev/null; then ok "JSON that is some"; else not_ok "JSON that is some" "$out"; fi
  if [[ $(python3 -c 'import json, sys; print(json.load(sys.stdin)["code"].count("\n"))' <<<"$out") -gt 2 ]]; then
    ok "whose code has lines"
  else
    not_ok "whose code has lines" "$out"
  fi
fi
lacks "no password in JSON" S3cr3t
run 'jdbc:mysql://u:top-S3cr3t@h/d?bogus=1'
gives "a setting that is unknown" 1 "sealsql-translate: the JDBC URL: the setting 'bogus' *"
lacks "no password in an error" S3cr3t
run 'top-S3cr3t'
gives "no text at all" 1 'sealsql-translate: it cannot be told *'
lacks "no password in it" S3cr3t
for short in jdbc:mysql-jdbc:jdbc:mysql://h/d jdbc:mariadb-jdbc:jdbc:mariadb://h/d 'python:pymysql:pymysql.connect(host="h")' \
  "php:pdo:new PDO('mysql:host=h')" 'php:mysqli:mysqli_connect("h");' 'go:go-dsn:tcp(h)/d' 'dotnet:ado-net:Server=h;Uid=u' \
  node:node-url:mysql://h/d 'node:node-object:{host: "h"}' 'cli:mariadb-command-line:mariadb -h h' \
  'cli:mysql-command-line:mysql -h h' $'cnf:option-file:[client]\nhost=h' django:django:"{'ENGINE': 'django.db.backends.mysql', 'HOST': 'h'}"; do
  name=${short%%:*} rest=${short#*:}
  run "--from=$name" "${rest#*:}"
  gives "--from=$name is ${rest%%:*}" 0 "// from ${rest%%:*}, as *"
done
run --from=python "{'host': 'h', 'password': 'top-S3cr3t'}"
gives "--from=python and a text that may be any client's" 2 '*Remedy: name one of mysql-connector-python, pymysql, mysqlclient, django'
run --from=node "{host: 'h', username: 'u', password: 'top-S3cr3t'}"
gives "--from=node and no text of Node's" 2 '*Remedy: name one of node-url, node-object'
lacks "no password in those" S3cr3t
run --from=jdbc 'u:top-S3cr3t@tcp(h)/d'
gives "--from=jdbc and no JDBC URL" 2 '*Remedy: name one of mysql-jdbc, mariadb-jdbc*'
lacks "no password in that" S3cr3t
mkdir "$dir/more"
printf '[client]\nhost=h\nuser=u\n!includedir %s\n' "$dir/more" >"$dir/my.cnf"
printf '[client_shop]\nport=3307\n[mariadb-client]\nport=3308\n' >"$dir/more/a.cnf"
run --file="$dir/my.cnf"
gives "an option file and what it includes" 0 '// from option-file, as mysql*to_host("h")*'
run --file="$dir/my.cnf" --group-suffix=_shop
gives "--group-suffix" 0 '*to_host("h", 3307)*'
run --from=option-file --file="$dir/my.cnf" --program=mariadb
gives "--program" 0 '*as mariadb*to_host("h", 3308)*'
run <"$dir/my.cnf"
gives "an option file whose includes cannot be found" 1 '*line 4 includes*--file=PATH*'
run --file="$dir/none.cnf"
gives "no such file" 1 '*Remedy: *'
run --file="$dir/my.cnf" x
gives "a text and a file" 2 '*Remedy: *'
run --program=psql --file="$dir/my.cnf"
gives "no such program" 2 '*Remedy: *'
run --program=mysql 'jdbc:mysql://h/d'
gives "--program and no option file" 2 '*Remedy: *'
echo "DATABASES = {'default': {'HOST': 'h'}, 'replica': {'HOST': 'r'}}" >"$dir/settings.py"
run --file="$dir/settings.py" --alias=replica
gives "--alias" 0 '*to_host("r")*'
run --alias=replica 'jdbc:mysql://h/d'
gives "--alias and no DATABASES" 2 '*Remedy: *'
run --from=odbc x
gives "no such form" 2 '*name one of mysql-jdbc, *'
run --password=top-S3cr3t
gives "no such option" 2 '*Remedy: see *'
lacks "it is not quoted" S3cr3t
run a b
gives "two texts" 2 '*Remedy: *quotes*'
run --with=custom=/ca.pem 'u:top-S3cr3t@tcp(h)/d?tls=custom'
gives "a TLS config that a Go program registers" 0 '*.ca = "/ca.pem"*fine: tls=custom*'
run --with=javax.net.ssl.trustStore=/ca.jks --with=user=u 'jdbc:mysql://h/d'
gives "a Java program's properties" 0 '*login("u"*.ca = "/ca.jks"*'
run --with=username=u --with=PDO::MYSQL_ATTR_SSL_CA=/ca.pem 'mysql:host=h'
gives "a PHP program's options" 0 '*login("u"*.ca = "/ca.pem"*'
run --with=a=b 'mysql://h'
gives "--with and a text that has nothing beside it" 2 '*Remedy: *'
run --help
gives "--help" 0 'Usage: sealsql-translate *go-dsn*jdbc python*--file=PATH*--alias=NAME*'
run --version
gives "--version" 0 'sealsql-translate [0-9]*.[0-9]*.[0-9]*'
run --check 'u:top-S3cr3t@tcp(127.0.0.1:1)/d'
gives "nobody there" 1 '*not connected: *'
lacks "no password in that" S3cr3t

if (($#)); then
  {
    echo '#include <sealsql/sealsql.hpp>'
    i=0
    for text in "Server=h;User ID=u\\??=;Password=p;SslMode=VerifyCA;SslCa='/ca \"x.pem';SslCert=c;SslKey=k;TlsVersion=TLS 1.1;Connection Timeout=5" \
      'jdbc:mysql://u:p@h:1/d?sslMode=DISABLED&connectionAttributes=a:b&sessionVariables=x=1' \
      'mysql://u@(/m.sock)/d' 'mysql://u@(/m.sock)/d?ssl-ca=(/ca.pem)' \
      'u:p@tcp([::1]:1)/d?tls=true&allowFallbackToPlaintext=true&allowCleartextPasswords=true' \
      'mysql://h?ssl-crl=(a)&tls-version=TLSv1.3&tls-ciphersuites=TLS_AES_128_GCM_SHA256' \
      'jdbc:mysql://u:p@h/d?trustCertificateKeyStoreUrl=file:/ca.jks&trustCertificateKeyStorePassword=p&tlsVersions=TLSv1.3'; do
      run "$text"
      echo "void f$((i++))() {"
      sed -n '/^auto db/,/;$/p' <<<"$out"
      echo '(void)db; }'
    done
  } >"$dir/code.cpp"
  if "$@" "$dir/code.cpp" 2>"$dir/err" && [[ $(grep -c '^auto db' "$dir/code.cpp") == "$i" ]]; then
    ok "the code compiles"
  else
    not_ok "the code compiles" "$(<"$dir/code.cpp")" "$(<"$dir/err")"
  fi
fi
exit $((failures != 0))

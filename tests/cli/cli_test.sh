#!/usr/bin/env bash
# cli_test.sh PROGRAM [ENV-FILE]: tests the command line client against the server that ENV-FILE (or
# SEALSQL_TEST_SERVER_ENV) describes. Prints `ok` or `not ok` for each check; exits 77 without a server.
set -uo pipefail
program=$(realpath -- "${1:?usage: cli_test.sh PROGRAM [ENV-FILE]}")
env_file=${2-${SEALSQL_TEST_SERVER_ENV-}}
if [[ -z $env_file ]]; then
  echo "skipped: no server to test against; tests/support/private_mariadb.sh start DIR makes one"
  exit 77
fi
# shellcheck source=/dev/null
source "$env_file" || exit 1
unset SEALSQL_PASSWORD
dir=$(mktemp -d)
trap 'rm -rf -- "$dir"' EXIT

host=$SEALSQL_TEST_HOST port=$SEALSQL_TEST_PORT user=$SEALSQL_TEST_USER secret=$SEALSQL_TEST_PASSWORD
ca=$SEALSQL_TEST_CA
here=(-h "$host" -P "$port" -u "$user" --ssl-ca="$ca")
failures=0

# --- Checks ---

ok() { echo "ok - $1"; }
not_ok() {
  echo "not ok - $1"
  failures=$((failures + 1))
  printf '#   %s\n' "${@:2}"
}

# run ARGUMENT...: standard input goes through; sets code, out and err (without the ends of their last lines).
run() {
  SEALSQL_PASSWORD=${password-$secret} "$program" "$@" >"$dir/out" 2>"$dir/err"
  code=$?
  cat -- "$dir/out" "$dir/err" >>"$dir/everything"
  out=$(tr '\0' '@' <"$dir/out") # bash holds no NUL
  err=$(<"$dir/err")
}
sql() { run "${here[@]}" app "${@:2}" -e "$1"; }
piped() { run "${here[@]}" app "${@:2}" <<<"$1"; }

# gives NAME EXPECTED-OUTPUT: exit 0, exactly this, and no word on standard error.
gives() {
  if [[ $code == 0 && $out == "$2" && -z $err ]]; then ok "$1"; else not_ok "$1" "exit $code" "$out" "$err"; fi
}

# fails NAME FIRST-LINE SECOND-LINE: exit 1, and these patterns on the first two lines of standard error.
fails() {
  local line1 line2
  { IFS= read -r line1 && IFS= read -r line2; } <"$dir/err"
  # shellcheck disable=SC2053 # patterns
  if [[ $code == 1 && $line1 == $2 && $line2 == $3 ]]; then ok "$1"; else not_ok "$1" "exit $code" "$err"; fi
}

holds() { if [[ $2 == *"$3"* ]]; then ok "$1"; else not_ok "$1" "no '$3' in:" "$2"; fi; }
lacks() { if [[ $2 != *"$3"* ]]; then ok "$1"; else not_ok "$1" "'$3' is in:" "$2"; fi; }

tab=$'\t' newline=$'\n'

# --- Output, as mysql --batch ---

sql "SELECT 1 AS a, 'x' AS b UNION SELECT 2, NULL"
gives "header line, tabs, NULL" "a${tab}b${newline}1${tab}x${newline}2${tab}NULL"
sql "SELECT CONCAT('a', CHAR(9), 'b', CHAR(10), 'c', CHAR(92), 'd', CHAR(0), 'e') AS x, '' AS y, 3 AS z"
gives "tab, line end, backslash and NUL in values" "x${tab}y${tab}z${newline}"'a\tb\nc\\d\0e'"${tab}${tab}3"
sql "SELECT CONCAT('a', CHAR(9), CHAR(92), CHAR(0)) AS x" --raw
gives "--raw" "x${newline}a${tab}\\@"
sql "SELECT 1 AS a, 2 AS b" -N
gives "-N" "1${tab}2"
sql "SELECT 1 AS a" -BNr
gives "letters together" 1
sql "SELECT 1 AS a FROM DUAL WHERE 1 = 0"
gives "no rows: nothing at all" ""
sql "SELECT CONCAT(CHAR(27), '[31m', CHAR(7)) AS x" -N
gives "bytes stay as they are in a pipe" $'\e[31m\a'
sql "SELECT 'grün €' AS x" -N
gives "UTF-8 both ways" "grün €"
sql "SELECT 1 AS a, 'xyz' AS bc UNION SELECT 22, NULL" --table
gives "--table" "+----+------+
| a  | bc   |
+----+------+
|  1 | xyz  |
| 22 | NULL |
+----+------+"
sql 'SELECT 1 AS a, NULL AS bcd\G'
gives "\\G" "*************************** 1. row ***************************
  a: 1
bcd: NULL"

# --- JSON ---

sql "SELECT 1 AS a, 'x\"y\\\\' AS b, NULL AS c UNION SELECT 2, '\\n\\t"$'\e'"é', 0.50" --json
gives "--json: an object a row" '[
{"a": 1, "b": "x\"y\\", "c": null},
{"a": 2, "b": "\n\t\u001bé", "c": 0.50}
]'
sql "SELECT 1 AS a FROM DUAL WHERE 1 = 0; DO 1; SELECT 2 AS b" --json
gives "--json: an array a result, nothing for other statements" "[]${newline}[${newline}{\"b\": 2}${newline}]"
sql "SELECT X'00FF' AS a, CAST('x' AS BINARY) AS b, b'101' AS c, DATE '2024-02-29' AS d, 1e20 AS e, -5 AS f,
  18446744073709551615 AS g" --json
gives "--json: bytes, times and numbers" '[
{"a": "0x00ff", "b": "0x78", "c": "0x05", "d": "2024-02-29", "e": 1e20, "f": -5, "g": 18446744073709551615}
]'
sql "CREATE TEMPORARY TABLE z (a INT(5) ZEROFILL); INSERT INTO z VALUES (7); SELECT * FROM z" --json
gives "--json: a number that JSON does not have is a text" "[${newline}{\"a\": \"00007\"}${newline}]"
sql "SELECT 1 AS a, 2 AS a" --json
fails "--json: two columns of one name" "sealsql: two columns have the name a*" "Remedy: *AS*"
piped "SELECT 1 AS a, 2 AS a;
SELECT 3 AS b" --json
if [[ $code == 1 && -z $out && $err == "sealsql: two columns "*"begins on line 1 "* ]]; then
  ok "--json: it ends a script, as an error of the server does"
else
  not_ok "--json: it ends a script, as an error of the server does" "$code" "$out" "$err"
fi
piped "SELECT 1 AS a, 2 AS a UNION SELECT 3, 4; SELECT 5 AS b" --json --force
if [[ $code == 1 && $out == "[${newline}{\"b\": 5}${newline}]" && $err == "sealsql: two columns "* ]]; then
  ok "--json: but not with --force"
else
  not_ok "--json: but not with --force" "$code" "$out" "$err"
fi
sql "SELECT CONVERT(X'E280AE' USING utf8mb4) AS a, CONVERT(X'F3A08081' USING utf8mb4) AS b" --json
gives "--json: nothing steers a terminal" "[${newline}{\"a\": \"\\u202e\", \"b\": \"\\udb40\\udc01\"}${newline}]"
if command -v python3 >/dev/null; then
  sql "SELECT GROUP_CONCAT(CHAR(n USING latin1) ORDER BY n DESC SEPARATOR '') AS a FROM (WITH RECURSIVE c (n) AS
    (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 255) SELECT n FROM c) AS numbers" --json
  parsed=$(python3 -c 'import json, sys
undefined = (0x81, 0x8d, 0x8f, 0x90, 0x9d)
every = "".join(chr(n) if n in undefined else bytes([n]).decode("cp1252") for n in range(255, 0, -1))
print(json.load(sys.stdin) == [{"a": every}])' <"$dir/out" 2>&1)
  if [[ $parsed == True ]]; then ok "--json: every byte is read back"; else not_ok "--json: every byte is read back" "$parsed" "$out"; fi
fi

# --- The binary protocol ---

sql "SELECT 1 AS a, 'x' AS b, NULL AS c, 1.50 AS d, DATE '2024-02-29' AS e, TIME '-100:00:01' AS f, 1.5e0 AS g" --prepared
gives "--prepared: the same rows" "a${tab}b${tab}c${tab}d${tab}e${tab}f${tab}g
1${tab}x${tab}NULL${tab}1.50${tab}2024-02-29${tab}-100:00:01${tab}1.5"
sql "SHOW SESSION STATUS LIKE 'Com_stmt_execute'" -N --prepared
gives "--prepared: by the binary protocol" "Com_stmt_execute${tab}1"
piped "USE app; LOCK TABLES nowhere READ;
SELECT 1" --prepared -N --force
holds "--prepared: what cannot be prepared goes as text" "$out" 1
lacks "--prepared: and fails as text does" "$err" 1295
sql "CREATE TEMPORARY TABLE p (a INT); INSERT INTO p VALUES (1), (2); SELECT a FROM p" --prepared --json
gives "--prepared --json" "[${newline}{\"a\": 1},${newline}{\"a\": 2}${newline}]"
sql "SELECT 'a;b' AS a; SELECT ? AS b" --prepared -N
if [[ $code == 1 && $out == 'a;b' ]]; then ok "--prepared: no value for a ?"; else not_ok "--prepared: no value for a ?" "$code" "$out" "$err"; fi
piped 'delimiter //
CREATE PROCEDURE cli_two() BEGIN SELECT 1 AS a; SELECT 2 AS b; END//
CALL cli_two()//
DROP PROCEDURE cli_two//' --prepared --json
gives "--prepared: several results" "[${newline}{\"a\": 1}${newline}]${newline}[${newline}{\"b\": 2}${newline}]"

# --- Statements ---

sql "SELECT 1 AS a; SELECT 2 AS b;; SELECT 3 AS c" -N
gives "one by one" "1${newline}2${newline}3"
piped "CREATE TEMPORARY TABLE t (a INT); INSERT INTO t VALUES (1), (2);
SELECT COUNT(*) FROM t" -N
gives "one session, the last without ;" 2
piped "-- a comment; with one
# and; another
SELECT ';' /* ; */ AS a, \"';'\" AS b, -- ; '
'it''s; \\'' AS c, 1--1 AS \`d;\`
/* ; ' */ ;
/* nothing but a comment; */"
gives "; in quotes and comments" "a${tab}b${tab}c${tab}d;${newline};${tab}';'${tab}it's; '${tab}2"
piped "SELECT 'two
lines' AS a" -N
gives "a line end in quotes" 'two\nlines'
run "${here[@]}" app -N <<'END'
SET sql_mode = 'NO_BACKSLASH_ESCAPES';
SELECT 'C:\', '; SELECT 1; -- ';
SELECT "C:\" AS a; SELECT 'two
lines\' AS a; SET sql_mode = ''; SELECT 'it\'s; one';
END
gives "NO_BACKSLASH_ESCAPES, from the next statement on" \
  "C:\\\\${tab}; SELECT 1; -- ${newline}C:\\\\${newline}two\\nlines\\\\${newline}it's; one"
sql 'SET sql_mode = "NO_BACKSLASH_ESCAPES"; SELECT "C:\", "; SELECT 1; -- "' -N --prepared
gives "NO_BACKSLASH_ESCAPES, --prepared" "C:\\\\${tab}; SELECT 1; -- "
piped "/*! SELECT 1 AS a */; SELECT 2 AS a" -N
gives "comments that the server executes" "1${newline}2"
piped 'delimiter //
SELECT 1 AS a //
SELECT 2 AS a //
delimiter ;
SELECT 3 AS a; SELECT 4 AS a\g' -N
gives "DELIMITER and \\g" "1${newline}2${newline}3${newline}4"
piped $'SELECT 1 AS a;\r\nSELECT 2 AS a;\r' -N
gives "lines that end with CR LF" "1${newline}2"
piped "SELECT 1 AS a; quit
SELECT 2 AS a" -N
lacks "quit on a line of its own only" "$out" 2
piped "SELECT 1 AS a;
quit
SELECT 2 AS a" -N
gives "quit" 1
piped "SELECT 'a"
fails "open quotes are not sent" "sealsql: the input ends within quotes (') opened on line 1*" "Remedy: *"
piped "SELECT 1 AS a;
SELEC 2;
SELECT 3" -N
fails "the first error ends it" "ERROR 1064 (42000): *" "*begins on line 2 *"
holds "what came before it was done" "$out" 1
lacks "what comes after it was not" "$out" 3
piped "SELEC 1; SELECT 2 AS a" -N --force
if [[ $code == 1 && $out == 2 && $err == "ERROR 1064 "* ]]; then ok "--force"; else not_ok "--force" "$code" "$out" "$err"; fi
run "${here[@]}" -Ne "SELECT 1" -e "+ 1 AS a"
gives "-e twice is one text" 2
run "${here[@]}" -N -e "SELECT DATABASE()" app
gives "database as an argument" app
run "${here[@]}" -N -e "SELECT DATABASE()" -Dapp
gives "-D" app
run --host "$host" --port="$port" --user "$user" --ssl_ca "$ca" --protocol=tcp --no-defaults -Ne "SELECT 1"
gives "long spellings, values apart or attached, _ for -" 1

# --- Verification ---

run "${here[@]/#--ssl-ca=*/--ssl-ca=$SEALSQL_TEST_OTHER_CA}" -e "SELECT 1"
fails "wrong CA" "ERROR 2026 (HY000): *" "Remedy: *--ssl-ca*"
run -h "$host" -P "$port" -u "$user" -e "SELECT 1"
fails "the system's CAs when none is named" "ERROR 2026 (HY000): *" "Remedy: *--ssl-ca*"
run "${here[@]}" -h "$SEALSQL_TEST_WRONG_NAME_HOST" -e "SELECT 1"
fails "wrong name" "ERROR 2026 (HY000): *not for $SEALSQL_TEST_WRONG_NAME_HOST*" "Remedy: *--ssl-server-name*"
run "${here[@]}" -h "$SEALSQL_TEST_WRONG_NAME_HOST" --ssl-server-name="$host" -Ne "SELECT 1"
gives "its cure: --ssl-server-name" 1
run "${here[@]}" -h "$SEALSQL_TEST_WRONG_NAME_HOST" --ssl-mode=verify_ca -Ne "SELECT 1"
gives "VERIFY_CA takes any name" 1
run "${here[@]/#--ssl-ca=*/--ssl-mode=Required}" -Ne "SELECT 1"
gives "REQUIRED takes anybody" 1
run "${here[@]/#--ssl-ca=*/--ssl-ca=$dir/none.pem}" -e "SELECT 1"
fails "no such CA file" "ERROR 2026 (HY000): *$dir/none.pem*" "Remedy: *--ssl-ca*"
run "${here[@]/#--ssl-ca=*/--ssl-ca=}" -e "SELECT 1"
fails "a CA file without a name" "ERROR 2026 (HY000): --ssl-ca names a file with an empty path" "Remedy: give --ssl-ca *"
run "${here[@]}" -h "$SEALSQL_TEST_WRONG_NAME_HOST" --ssl-server-name=other.example --ssl-server-name="$host" -Ne "SELECT 1"
gives "one of several names" 1
run "${here[@]}" --ssl-server-name=other.example --ssl-server-name=third.example -e "SELECT 1"
fails "none of several names" "ERROR 2026 (HY000): *not for other.example or third.example*" "Remedy: *--ssl-server-name*"
run "${here[@]}" --ssl-server-name="$host" --ssl-server-name='*.example' -e "SELECT 1"
fails "a pattern for another name" "ERROR 2026 (HY000): --ssl-server-name names what is no host name" "Remedy: give --ssl-server-name *"
run "${here[@]}" --ssl-server-name='*.example' -e "SELECT 1"
fails "a pattern for a name" "ERROR 2026 (HY000): --ssl-server-name is no host name" "Remedy: give --ssl-server-name *"
run "${here[@]}" -h "[::1]" -e "SELECT 1"
fails "a host in brackets" "ERROR 2000 (HY000): the host name *" "Remedy: give --host *--port"
sql "SELECT REPEAT('x', 2000000)" --max-allowed-packet=20k
fails "--max-allowed-packet" "ERROR 2020 (HY000): * 20480 bytes*" "Remedy: raise --max-allowed-packet *"
if [[ $SEALSQL_TEST_SERVER_KIND == mysql ]]; then
  run "${here[@]/#--ssl-ca=*/--ssl-mode=DISABLED}" -e "SELECT 1"
  fails "a login that needs TLS" "ERROR * asks for the login method caching_sha2_password*" "Remedy: * say --ssl-mode=VERIFY_IDENTITY *"
fi
lacks "remedies name options, not the library's calls" "$(tr -d '\0' <"$dir/everything")" "()"

# --- Client certificates ---

cert=$SEALSQL_TEST_CLIENT_CERT key=$SEALSQL_TEST_CLIENT_KEY
as_x509=("${here[@]}" -u "$SEALSQL_TEST_X509_USER")
run "${as_x509[@]}" --ssl-cert="$cert" --ssl-key="$key" -Ne "SELECT 1"
gives "a client certificate" 1
run "${as_x509[@]}" -e "SELECT 1"
fails "no client certificate" "ERROR 1045 (28000): *" "Remedy: *give it with --ssl-cert and --ssl-key"
cat -- "$cert" "$key" >"$dir/both.pem"
run "${as_x509[@]}" --ssl-cert="$dir/both.pem" -Ne "SELECT 1"
gives "one file with both" 1
openssl pkcs12 -export -in "$cert" -inkey "$key" -passout pass:opensesame -out "$dir/both.p12"
SEALSQL_KEY_PASSPHRASE=opensesame run "${as_x509[@]}" --ssl-cert="$dir/both.p12" -Ne "SELECT 1"
gives "PKCS#12 and its passphrase" 1
run "${as_x509[@]}" --ssl-cert="$dir/both.p12" -e "SELECT 1"
fails "no passphrase" "ERROR 2026 (HY000): *$dir/both.p12 is encrypted*" "Remedy: set SEALSQL_KEY_PASSPHRASE *"
SEALSQL_KEY_PASSPHRASE=wrong run "${as_x509[@]}" --ssl-cert="$dir/both.p12" --ssl-key-password-file=<(echo opensesame) \
  -Ne "SELECT 1"
gives "--ssl-key-password-file goes before it" 1
SEALSQL_KEY_PASSPHRASE=wrong run "${as_x509[@]}" --ssl-cert="$dir/both.p12" -e "SELECT 1"
fails "a wrong passphrase" "ERROR 2026 (HY000): *does not open it" "Remedy: *SEALSQL_KEY_PASSPHRASE or --ssl-key-password-file"
run "${as_x509[@]}" --ssl-cert="$key" --ssl-key="$cert" -e "SELECT 1"
fails "swapped files" "ERROR 2026 (HY000): *$key holds a private key*" "Remedy: give the certificate to --ssl-cert and *"
run "${as_x509[@]}" --ssl-cert="$cert" -e "SELECT 1"
fails "the key is missing" "ERROR 2026 (HY000): *$cert holds a certificate and no key" "Remedy: *--ssl-key"
run "${as_x509[@]}" --ssl-cert= -e "SELECT 1"
fails "a certificate without a name" "ERROR 2026 (HY000): --ssl-cert names a file with an empty path" "Remedy: give --ssl-cert *"
run "${as_x509[@]}" --ssl-cert="$dir/none.pem" --ssl-key="$key" -e "SELECT 1"
fails "no such certificate" "ERROR 2026 (HY000): *$dir/none.pem cannot be opened*" "Remedy: *--ssl-cert and --ssl-key*"

# --- Trust, revocation and pins ---

bare=(-h "$host" -P "$port" -u "$user")
tls=$(dirname -- "$ca")
mkdir "$dir/cas" "$dir/others" "$dir/lists" "$dir/empty"
cp -- "$ca" "$dir/cas/one.pem"
cp -- "$SEALSQL_TEST_OTHER_CA" "$dir/others/other.pem"
run "${bare[@]}" --ssl-capath="$dir/cas" -Ne "SELECT 1"
gives "--ssl-capath" 1
run "${bare[@]}" --ssl-capath="$dir/cas" --ssl-mode=VERIFY_CA -Ne "SELECT 1"
gives "--ssl-capath is enough for VERIFY_CA" 1
run "${bare[@]}" --ssl-capath="$dir/others" -e "SELECT 1"
fails "--ssl-capath trusts nobody else" "ERROR 2026 (HY000): *" "Remedy: *--ssl-ca*"
run "${bare[@]}" --ssl-capath="$dir/others" --ssl-ca="$ca" -Ne "SELECT 1"
gives "--ssl-ca beside --ssl-capath" 1
run "${bare[@]}" --ssl-capath="$dir/cas" --ssl-ca="$SEALSQL_TEST_OTHER_CA" -Ne "SELECT 1"
gives "--ssl-capath beside --ssl-ca" 1
run "${bare[@]}" --ssl-capath="$dir/none" -e "SELECT 1"
fails "no such folder" "ERROR 2026 (HY000): *$dir/none*" "Remedy: *--ssl-capath*"
run "${bare[@]}" --ssl-ca="$dir/cas" -e "SELECT 1"
fails "a folder for a file" "ERROR 2026 (HY000): *" "Remedy: *--ssl-ca*--ssl-capath"

openssl pkcs12 -export -nokeys -in "$ca" -passout pass:opensesame -out "$dir/ca.p12"
echo opensesame >"$dir/password"
echo wrong >"$dir/wrong-password"
run "${bare[@]}" --ssl-ca="$dir/ca.p12" -e "SELECT 1"
fails "a keystore's password is missing" "ERROR 2026 (HY000): *$dir/ca.p12*" "Remedy: *SEALSQL_CA_PASSWORD*"
SEALSQL_CA_PASSWORD=opensesame run "${bare[@]}" --ssl-ca="$dir/ca.p12" -Ne "SELECT 1"
gives "SEALSQL_CA_PASSWORD" 1
SEALSQL_CA_PASSWORD=wrong run "${bare[@]}" --ssl-ca="$dir/ca.p12" --ssl-ca-password-file="$dir/password" -Ne "SELECT 1"
gives "--ssl-ca-password-file goes before it" 1
run "${bare[@]}" --ssl-ca="$dir/ca.p12" --ssl-ca-password-file="$dir/wrong-password" -e "SELECT 1"
fails "a wrong password" "ERROR 2026 (HY000): *$dir/ca.p12*" "Remedy: *"
run "${bare[@]}" --ssl-ca="$dir/ca.p12" --ssl-ca-password-file="$dir/none" -e "SELECT 1"
fails "no such password file" "ERROR *$dir/none*" "Remedy: check the path of the password's file*"

# make_list FILE CA [SERIAL]: what `openssl ca` makes of one revoked certificate, or none.
make_list() {
  : >"$dir/index"
  if [[ -n ${3-} ]]; then printf 'R\t991231235959Z\t250101000000Z\t%s\tunknown\t/CN=x\n' "$3" >"$dir/index"; fi
  printf '[ca]\ndefault_ca = d\n[d]\ndatabase = %s\ndefault_md = sha256\ndefault_crl_days = 2\n' "$dir/index" >"$dir/ca.cnf"
  openssl ca -gencrl -config "$dir/ca.cnf" -cert "$tls/$2.pem" -keyfile "$tls/$2-key.pem" -out "$1" 2>>"$dir/log"
}
serial=$(openssl x509 -noout -serial -in "$tls/server-cert.pem")
make_list "$dir/lists/good.pem" ca
make_list "$dir/other.pem" other-ca
make_list "$dir/revoked.pem" ca "${serial#serial=}"
run "${here[@]}" --ssl-crl="$dir/lists/good.pem" -Ne "SELECT 1"
gives "--ssl-crl" 1
run "${here[@]}" --ssl-crlpath="$dir/lists" -Ne "SELECT 1"
gives "--ssl-crlpath" 1
run "${here[@]}" --ssl-crlpath="$dir/lists" --ssl-crl="$dir/other.pem" -Ne "SELECT 1"
gives "--ssl-crl beside --ssl-crlpath" 1
run "${here[@]}" --ssl-crl="$dir/revoked.pem" -e "SELECT 1"
fails "a revoked certificate" "ERROR 2026 (HY000): *was revoked*" "Remedy: *"
run "${here[@]}" --ssl-crl="$dir/other.pem" -e "SELECT 1"
fails "a list of another CA" "ERROR 2026 (HY000): *may have been revoked*" "Remedy: *--ssl-crl"
run "${here[@]}" --ssl-crlpath="$dir/empty" -e "SELECT 1"
fails "no list in the folder" "ERROR 2026 (HY000): *--ssl-crlpath names" "Remedy: *"
run "${here[@]}" --ssl-crl="$dir/none" -e "SELECT 1"
fails "no such list" "ERROR 2026 (HY000): *$dir/none*" "Remedy: check the paths given to --ssl-crl and --ssl-crlpath,*"
run "${here[@]}" --ssl-crl= -e "SELECT 1"
fails "a list without a name" "sealsql: --ssl-crl has an empty path" "Remedy: *"

key_pin() { # of a certificate
  echo "sha256//$(openssl x509 -in "$1" -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary |
    openssl base64)"
}
server_pin=$(key_pin "$tls/server-cert.pem") ca_pin=$(key_pin "$ca") other_pin=$(key_pin "$SEALSQL_TEST_OTHER_CA")
fingerprint=$(openssl x509 -in "$tls/server-cert.pem" -noout -fingerprint -sha256)
anybody=("${bare[@]}" --ssl-mode=REQUIRED)
run "${here[@]}" --ssl-pin="$server_pin" -Ne "SELECT 1"
gives "--ssl-pin" 1
run "${here[@]}" --ssl-pin="$other_pin" --ssl-pin="$ca_pin" -Ne "SELECT 1"
gives "one of several pins, of the CA" 1
run "${here[@]}" --ssl-pin="$other_pin" -e "SELECT 1"
fails "another pin" "ERROR 2026 (HY000): *none that --ssl-pin names*" "Remedy: *--ssl-pin*"
holds "its error tells the server's" "$err" "$server_pin"
run "${here[@]}" --ssl-pin-certificate="${fingerprint#*=}" -Ne "SELECT 1"
gives "--ssl-pin-certificate" 1
run "${here[@]}" --ssl-pin="${fingerprint#*=}" -e "SELECT 1"
fails "a certificate's digest is none of a key" "ERROR 2026 (HY000): *none that --ssl-pin names*" "Remedy: *"
run "${anybody[@]}" --ssl-pin="$server_pin" -Ne "SELECT 1"
gives "REQUIRED with a pin" 1
run "${anybody[@]}" --ssl-pin="$server_pin" --status
holds "REQUIRED with a pin: what was checked" "$out" "REQUIRED (checked: its pin;"
run "${anybody[@]}" --ssl-pin="$other_pin" -e "SELECT 1"
fails "REQUIRED with another pin" "ERROR 2026 (HY000): *none that --ssl-pin names*" "Remedy: *"
run "${anybody[@]}" --ssl-pin="$ca_pin" -e "SELECT 1"
fails "REQUIRED with the CA's pin" "ERROR 2026 (HY000): *" "Remedy: *"
run "${here[@]}" --ssl-pin=sha256//x -e "SELECT 1"
fails "no pin" "sealsql: --ssl-pin: *sha256//x*" "Remedy: *openssl*"

run "${here[@]}" --ssl-max-chain-depth=0 --ssl-security-level=3 -Ne "SELECT 1"
gives "--ssl-max-chain-depth and --ssl-security-level" 1
run "${here[@]}" --ssl-security-level=5 -e "SELECT 1"
fails "a level over the server's key" "ERROR 2026 (HY000): *" "Remedy: *"
run "${here[@]}" --tls-groups=P-256 -Ne "SELECT 1"
gives "--tls-groups" 1
run "${here[@]}" --tls-groups=P-256:NO-SUCH-GROUP -e "SELECT 1"
fails "a group that does not exist" "ERROR 2026 (HY000): *'NO-SUCH-GROUP', which --tls-groups names" "Remedy: *"
run "${here[@]}" --ssl-key-log-file="$dir/keys.log" -Ne "SELECT 1"
gives "--ssl-key-log-file" 1
holds "it was written" "$(cat -- "$dir/keys.log")" CLIENT_
run "${here[@]}" --tls-version=TLSv1.1,TLSv1.2 --insecure-legacy-tls --status
holds "--insecure-legacy-tls" "$out" "TLS:              TLSv1.2"
lacks "no remedy names SslOptions" "$(tr -d '\0' <"$dir/everything")" "SslOptions"

# --- Protocol ---

run "${here[@]}" --tls-version TLSv1.3 --status
holds "--tls-version" "$out" "TLS:              TLSv1.3"
run "${here[@]}" --tls-version TLSv1.2 --ssl-cipher=ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384 --status
holds "--tls-version with a newest one" "$out" "TLS:              TLSv1.2"
holds "--ssl-cipher" "$out" "-AES256-GCM-SHA384"
run "${here[@]}" --tls-ciphersuites=TLS_AES_128_GCM_SHA256 --status
holds "--tls-ciphersuites" "$out" "Cipher:           TLS_AES_128_GCM_SHA256"
run "${here[@]}" --ssl-cipher=NO-SUCH-CIPHER -e "SELECT 1"
fails "a cipher that does not exist" "ERROR 2026 (HY000): OpenSSL does not know 'NO-SUCH-CIPHER', which --ssl-cipher names*" "Remedy: *--tls-ciphersuites"
run "${here[@]}" --tls-sni-servername=proxy.example -Ne "SELECT 1"
gives "--tls-sni-servername" 1
run "${here[@]}" -h "$SEALSQL_TEST_WRONG_NAME_HOST" --tls-sni-servername=db.sealsql.test -e "SELECT 1"
fails "which is not what is checked" "ERROR 2026 (HY000): *not for $SEALSQL_TEST_WRONG_NAME_HOST*" "Remedy: *--ssl-server-name*"
run "${here[@]}" --tls-sni-servername="$host" -e "SELECT 1"
fails "an address is not sent" "ERROR 2026 (HY000): --tls-sni-servername is no host name" "Remedy: give --tls-sni-servername *"
run "${here[@]}" --enable-cleartext-plugin -Ne "SELECT 1"
gives "--enable-cleartext-plugin" 1
password=wrong run "${here[@]}" -e "SELECT 1"
fails "wrong password" "ERROR 1045 (28000): *" "Remedy: *--user and --password*"
run "${here[@]}" -P 1 --connect-timeout=2.5 -e "SELECT 1"
fails "nobody listens" "ERROR 2003 (HY000): *" "Remedy: *"
start=$SECONDS
sql "SELECT SLEEP(20)" --read-timeout 0.3
fails "--read-timeout" "ERROR 2013 (HY000): *" "Remedy: *--read-timeout*"
if ((SECONDS - start < 5)); then ok "it is kept"; else not_ok "it is kept" "$((SECONDS - start)) s"; fi
sql "SELEC database()"
holds "what the server says is not put in terms of options" "$err" "SELEC database()"
sql "SELECT ?"
fails "a ? stands for nothing here" "ERROR 1064 (42000): *" "Remedy: write the value in place of the ?"

run -S "$SEALSQL_TEST_SOCKET" -h localhost -u "$user" --ssl-ca="$ca" --ssl-mode=VERIFY_CA -Ne "SELECT 1"
gives "TLS over a local socket" 1
if [[ $SEALSQL_TEST_SERVER_KIND == mariadb ]]; then # which lets this login through without TLS
  run --socket="$SEALSQL_TEST_SOCKET" -u "$user" --status
  holds "a local socket, plaintext unless said otherwise" "$out" "not in use"
fi

# --- Status ---

run "${here[@]}" app --status
if [[ $code == 0 && -z $err ]]; then ok "--status"; else not_ok "--status" "$code" "$err"; fi
for fact in "Server version:   $SEALSQL_TEST_SERVER_VERSION" "Current user:     $user@" "Current database: app" \
  "TLS:              TLSv1." "Cipher:           TLS_" "Verify mode:      VERIFY_IDENTITY" "Verified name:    $host" \
  "Peer subject:     CN=" "Peer issuer:      CN=" "Peer names:       localhost" " left)" "SHA-256:          "; do
  holds "--status: $fact" "$out" "$fact"
done
status=$out
sql 'SELECT 1 AS a; \s' -N
holds "\\s" "$out" "$(grep '^SHA-256' <<<"$status")"
piped "status"
holds "status" "$out" "Verify mode:      VERIFY_IDENTITY"

# --- The command line ---

run --pasword=hush
fails "unknown option, with a suggestion" "sealsql: unknown option '--pasword'" "Remedy: did you mean --password*"
run -U x
fails "unknown letter, with a suggestion" "sealsql: unknown option '-U'" "Remedy: did you mean -u*"
run --skip-ssl
fails "an option of another client" "sealsql: unknown option '--skip-ssl'" "Remedy: *--ssl-mode=DISABLED"
run --ssl-mode=VERIFY_ALL
fails "unknown mode" "sealsql: *'VERIFY_ALL'" "Remedy: *VERIFY_IDENTITY*"
run --tls-version=TLSv1.2,TLSv1.4
fails "unknown TLS version" "sealsql: *'TLSv1.4'" "Remedy: *TLSv1.2, TLSv1.3*"
run --tls-version=TLSv1.1,TLSv1.2,TLSv1.3
fails "an insecure TLS version" "sealsql: *'TLSv1.1'*" "Remedy: *"
run --tls-version=TLSv1.1,TLSv1.3 --insecure-legacy-tls
fails "a gap between versions" "sealsql: --tls-version leaves out *" "Remedy: *"
run --ssl-security-level=1
fails "a security level too low" "sealsql: --ssl-security-level cannot be '1'" "Remedy: give a number from 2 to 5"
run "${here[@]}" --insecure-legacy-tls -e "SELECT 1"
fails "nothing needs --insecure-legacy-tls" "ERROR 2026 (HY000): --insecure-legacy-tls is given, and a --tls-version*" "Remedy: *"
for size in '' x 1X 1KB 15K 2G -1 99999999999999999999; do
  run --max-allowed-packet="$size"
  fails "no packet of '$size'" "sealsql: --max-allowed-packet cannot be '$size'" "Remedy: *16K to 1G*"
done
run --connect-timeout=-1
fails "no endless wait" "sealsql: --connect-timeout *" "Remedy: *"
run --port
fails "a value is missing" "sealsql: option '--port' needs a value" "Remedy: *"
run --force=1
fails "a value too many" "sealsql: option '--force' takes no value" "Remedy: *"
run app mysql
fails "two databases" "sealsql: there is more than one argument*" "Remedy: *"
run --ssl-key=/x -e "SELECT 1"
fails "a key without a certificate" "sealsql: --ssl-key does not say *" "Remedy: add --ssl-cert=FILE*"
run "${here[@]/#--ssl-ca=*/--ssl-mode=REQUIRED}" --ssl-cert=/x -e "SELECT 1"
fails "REQUIRED contradicts --ssl-cert" "sealsql: --ssl-mode=REQUIRED contradicts --ssl-cert,*" "Remedy: *remove --ssl-cert"
for mode in DISABLED PREFERRED REQUIRED; do
  run "${here[@]}" --ssl-mode="$mode" -e "SELECT 1"
  fails "$mode contradicts --ssl-ca" "sealsql: --ssl-mode=$mode contradicts --ssl-ca,*" "Remedy: *VERIFY_IDENTITY*remove --ssl-ca"
done
for option in --ssl-capath=/x --ssl-crl=/x --ssl-crlpath=/x --ssl-max-chain-depth=1; do
  run "${here[@]/#--ssl-ca=*/--ssl-mode=REQUIRED}" "$option" -e "SELECT 1"
  fails "REQUIRED contradicts $option" "sealsql: --ssl-mode=REQUIRED contradicts *${option%=*}*" "Remedy: *VERIFY_CA*"
done
for mode in DISABLED PREFERRED; do
  run "${here[@]/#--ssl-ca=*/--ssl-mode=$mode}" --ssl-pin="$server_pin" -e "SELECT 1"
  fails "$mode contradicts --ssl-pin" "sealsql: --ssl-mode=$mode contradicts --ssl-pin*" "Remedy: *REQUIRED*"
done
run --ssl-key-password-file=/x -e "SELECT 1"
fails "a passphrase without a key" "sealsql: --ssl-key-password-file does not say *" "Remedy: add --ssl-cert=FILE*"
run --ssl-ca-password-file=/x --ssl-capath=/x -e "SELECT 1"
fails "a password without a keystore" "sealsql: --ssl-ca-password-file does not say *" "Remedy: add --ssl-ca=FILE*"
run --ssl-passphrase="$secret" -e "SELECT 1"
fails "no passphrase in an option" "sealsql: unknown option '--ssl-passphrase'" "Remedy: *--ssl-key-password-file*"
run --ssl-mode=VERIFY_CA --ssl-server-name=a -e "SELECT 1"
fails "VERIFY_CA contradicts --ssl-server-name" "sealsql: --ssl-mode=VERIFY_CA contradicts *" "Remedy: *VERIFY_IDENTITY*"
for mode in DISABLED PREFERRED REQUIRED; do
  run --ssl-mode=$mode --enable-cleartext-plugin -e "SELECT 1"
  fails "$mode contradicts --enable-cleartext-plugin" "sealsql: --ssl-mode=$mode contradicts *" "Remedy: *VERIFY_CA*"
done
run --ssl-mode=DISABLED --tls-sni-servername=a -e "SELECT 1"
fails "DISABLED contradicts --tls-sni-servername" "sealsql: --ssl-mode=DISABLED contradicts *" "Remedy: *"
for server in --host=db --socket=/x; do
  run "$server" --ssl-mode=VERIFY_CA -e "SELECT 1"
  fails "VERIFY_CA without a CA, $server" "sealsql: --ssl-mode=VERIFY_CA without --ssl-ca *" "Remedy: *--ssl-ca=FILE*"
done
run --ssl-mode=disabled --tls-version=TLSv1.3 -e "SELECT 1"
fails "DISABLED contradicts --tls-version" "sealsql: --ssl-mode=DISABLED contradicts *" "Remedy: *"
run --socket=/x -P 1
fails "--socket contradicts --port" "sealsql: --port contradicts --socket" "Remedy: *"
run --socket=/x --ssl-ca="$ca"
fails "a socket has no name" "sealsql: a local socket has no host name*" "Remedy: *--ssl-server-name*"
run --help
holds "--help" "$out" "--ssl-server-name"
for name in ssl-capath ssl-cert ssl-key ssl-crl ssl-crlpath ssl-cipher tls-ciphersuites tls-version tls-sni-servername ssl-pin; do
  holds "--help: --$name" "$out" "--$name="
done
run -V
if [[ $code == 0 && $out == "sealsql "[0-9]* ]]; then ok "--version"; else not_ok "--version" "$out"; fi
if [[ -w /dev/full ]]; then
  SEALSQL_PASSWORD=$secret "$program" "${here[@]}" -e "SELECT 1" >/dev/full 2>"$dir/err"
  code=$?
  fails "output that cannot be written" "sealsql: the output could not be written" "Remedy: *"
fi
start=$SECONDS
SEALSQL_PASSWORD=$secret "$program" "${here[@]}" -Ne "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE
  i < 1000) SELECT 'x' FROM n AS a, n AS b, n AS c" 2>"$dir/err" | head -n 1 >"$dir/out"
out=$(<"$dir/out") code=0 err=$(<"$dir/err")
gives "a reader that has enough ends it quietly" x
if ((SECONDS - start < 10)); then ok "and at once"; else not_ok "and at once" "$((SECONDS - start)) s"; fi

# --- Passwords ---

run -P"$secret"
fails "-P for -p does not show the password" "sealsql: *--port*" "Remedy: *-p"
run --password"$secret"
fails "nor does a forgotten =" "sealsql: option '--password' *" "Remedy: *"
run -p "$secret" app
fails "nor does -p with a space" "sealsql: there is more than one argument*" "Remedy: *"
password=wrong run "${here[@]}" -p"$secret" -Ne "SELECT 1"
gives "-p goes before SEALSQL_PASSWORD" 1
for option in -p"$secret" --password="$secret"; do
  "$program" "${here[@]}" "$option" -e "SELECT SLEEP(60)" >/dev/null 2>&1 &
  child=$!
  # Until it has begun, and wiped out what it was given.
  for ((waited = 0; waited < 200; ++waited)); do
    words=$(tr '\0' ' ' <"/proc/$child/cmdline")
    if [[ $words == *SLEEP* && $words != *"$secret"* ]]; then break; fi
    sleep 0.1
  done
  holds "${option%%"$secret"}: still running" "$words" SLEEP
  lacks "${option%%"$secret"}: not in the process list" "$words" "$secret"
  kill "$child"
  wait "$child" 2>/dev/null
done
if command -v setsid >/dev/null; then
  setsid -w "$program" "${here[@]}" -p -e "SELECT 1" </dev/null >/dev/null 2>"$dir/err"
  code=$?
  fails "-p without a terminal" "sealsql: there is no terminal*" "Remedy: *SEALSQL_PASSWORD*"
fi

# --- On a terminal ---

# on_terminal COMMAND [AWAIT TEXT]...: runs COMMAND on a terminal of its own, types each TEXT once AWAIT was
# shown; sets out to all that was shown.
on_terminal() {
  local await waited
  rm -f "$dir/keys"
  mkfifo "$dir/keys"
  : >"$dir/screen"
  timeout 60 script -qefc "$1" "$dir/screen" <"$dir/keys" >/dev/null 2>&1 &
  local child=$!
  exec 7>"$dir/keys"
  shift
  while (($# > 0)); do
    await=$1
    for ((waited = 0; waited < 400; ++waited)); do
      if grep -qF -- "$await" "$dir/screen"; then break; fi
      sleep 0.05
    done
    printf '%s' "$2" >&7
    shift 2
  done
  wait "$child"
  code=$?
  exec 7>&-
  out=$(tr -d '\r' <"$dir/screen")
  cat -- "$dir/screen" >>"$dir/everything"
}

if command -v script >/dev/null; then
  quoted=$(printf '%q ' "$program" "${here[@]}")
  on_terminal "$quoted -p -Ne 'SELECT 6 * 7'; stty -a" "Enter password: " "$secret$newline"
  holds "-p asks" "$out" "| 42 |"
  holds "the echo is back" "$out" " echo "
  SEALSQL_PASSWORD=$secret on_terminal "$quoted -Nte 'SELECT _utf8mb4 0xD89C'" # the Arabic letter mark
  holds "direction marks escaped" "$out" '| \xd8\x9c |'
  on_terminal "bash -c 'trap : INT; $quoted -p -e \"SELECT 1\"; echo code=\$?; stty -a'" "Enter password: " $'half\x03'
  holds "Ctrl-C while asking ends it" "$out" "code=130"
  holds "the echo is back after Ctrl-C" "$out" " echo "
  lacks "what was typed was not shown" "$out" half
  export SEALSQL_PASSWORD=$secret
  on_terminal "$quoted app" "sealsql> " "SELECT 'a' AS x,${newline}" "      -> " "CHAR(27) AS y;${newline}" \
    "in set" "SELEC;${newline}" "ERROR 1064" "KILL CONNECTION_ID();${newline}" \
    "KILL" "SELECT 'lost' AS maybe;${newline}" "maybe" "SELECT 'still' AS there;${newline}" "| still |" "\\q${newline}"
  holds "a table at the prompt, control characters escaped" "$out" '| a | \x1b |'
  holds "an error does not end the session" "$out" "| still |"
  holds "a lost connection is said and made again" "$out" "The connection was lost"
  if [[ $code == 0 ]]; then ok "leaving a prompt"; else not_ok "leaving a prompt" "exit $code"; fi
  on_terminal "$quoted app --json" "sealsql> " "SET @kept = 6 * 7; SET sql_mode = 'NO_BACKSLASH_ESCAPES';${newline}" \
    "sealsql> " "SELECT 1 AS a, 2 AS a;${newline}" "two columns have" "SELECT @kept AS kept;${newline}" '"kept": 42' \
    "KILL CONNECTION_ID(); SELECT 'lost' AS maybe;${newline}" "maybe" "SELECT 'it\\'s' AS there;${newline}" \
    '"there": "it' "\\q${newline}"
  holds "--json: two columns of one name do not end the session" "$out" '"kept": 42'
  holds "a new session has its own sql_mode" "$out" "\"there\": \"it's\""
  if [[ $code == 0 ]]; then ok "leaving it"; else not_ok "leaving it" "exit $code"; fi
  unset SEALSQL_PASSWORD
else
  echo "# no script(1): not tested on a terminal"
fi

# --- Much data ---

sql "SHOW STATUS LIKE 'Compression'" -N -C
gives "--compress" "Compression${tab}ON"
printf '%s\n' "1${tab}one" "2${tab}two" >"$dir/it's.tsv"
load="CREATE TEMPORARY TABLE t (a INT, b VARCHAR(9)); LOAD DATA LOCAL INFILE '$dir/it''s.tsv' INTO TABLE t; SELECT b FROM t"
sql "SELECT @@local_infile" -N
if [[ $out == 1 ]]; then
  sql "$load" -N --local-infile
  gives "--local-infile" "one${newline}two"
  sql "$load" -N --local-infile -C
  gives "--local-infile, compressed" "one${newline}two"
else
  sql "$load" -N --local-infile
  holds "--local-infile, and the server says no" "$err" "ERROR 3948"
fi
sql "$load" -N
if [[ $code == 1 && $err == ERROR* ]]; then ok "no --local-infile"; else not_ok "no --local-infile" "$code" "$err"; fi
sql "LOAD DATA LOCAL INFILE '$dir/none.tsv' INTO TABLE t" --local-infile=ON
holds "--local-infile and no such file" "$err" "none.tsv cannot be read"

# --- Over all ---

lacks "no password in any output" "$(tr -d '\0' <"$dir/everything")" "$secret"

echo "# $failures failed"
((failures == 0))

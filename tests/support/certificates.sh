# shellcheck shell=bash
# Sourced, not run: make_certificates DIR makes the throw-away certificates that a private test server needs.
#
#   ca.pem              the root that signs server and client; what a client is told to trust
#   other-ca.pem        an unrelated root: trusting it must make the connection fail
#   server-cert.pem     for 127.0.0.1, ::1, localhost and db.sealsql.test, and NOT for 127.0.0.2: the wrong-name case
#   client-cert.pem     for accounts with REQUIRE X509
#   *-key.pem           private keys, unencrypted, mode 0600
#
# Written for the openssl command of OpenSSL 3.0 and later ("req -x509 -CA" does not exist before).

# A configuration of our own: the distribution's default would put CA:TRUE into every certificate.
certificate_config() {
  cat <<'CONFIG'
[req]
distinguished_name = name
prompt = no
[name]
CN = replaced by -subj
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:127.0.0.1, IP:::1, DNS:localhost, DNS:db.sealsql.test
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
CONFIG
}

# The kind of key: P-256, because an RSA key takes up to a second to make. Whoever sources this may set another.
certificate_key=(ec -pkeyopt ec_paramgen_curve:P-256)

# make_certificate DIR SECTION COMMON-NAME CERTIFICATE KEY [further options of "openssl req"]
make_certificate() {
  local dir=$1 section=$2 name=$3 certificate=$4 key=$5
  shift 5
  # Two days: enough for a run, useless if it leaks.
  openssl req -x509 -newkey "${certificate_key[@]}" -nodes -sha256 -days 2 \
    -config "$dir/openssl.cnf" -extensions "$section" -subj "/O=sealsql test/CN=$name" \
    -out "$dir/$certificate" -keyout "$dir/$key" "$@" 2>>"$dir/openssl.log" || {
    cat "$dir/openssl.log" >&2
    return 1
  }
}

make_certificates() {
  local dir=$1
  (
    umask 077
    mkdir "$dir"
    certificate_config >"$dir/openssl.cnf"
    make_certificate "$dir" ca "sealsql test root" ca.pem ca-key.pem
    make_certificate "$dir" ca "sealsql unrelated root" other-ca.pem other-ca-key.pem
    make_certificate "$dir" server "sealsql test server" server-cert.pem server-key.pem \
      -CA "$dir/ca.pem" -CAkey "$dir/ca-key.pem"
    make_certificate "$dir" client "sealsql test client" client-cert.pem client-key.pem \
      -CA "$dir/ca.pem" -CAkey "$dir/ca-key.pem"
    rm -f "$dir/openssl.log"
  )
}

#!/usr/bin/env python3
"""samples_test.py FOLDER: tests the programs of examples/samples, which are in FOLDER.

Each has to connect to the server of SEALSQL_TEST_SERVER_ENV, and to refuse it, without a byte of the login, for another name, by
another CA, and when somebody takes the offer of TLS away; and so a server of the same kind that has no TLS, which is the one of
SEALSQL_TEST_MARIADB_ENV or SEALSQL_TEST_MYSQL_ENV. Prints `ok` or `not ok` for each check."""

import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source folder stays as it is
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "support"))
import checks  # noqa: E402
from checks import check  # noqa: E402
from path_recorder import CLIENT_SSL, Recorder, read_stream  # noqa: E402

FOLDER = os.path.realpath(sys.argv[1])
# Each system that the vendor's document names.
SAMPLES = [
    "mysql_command_line", "php_mysqli", "php_pdo", "java_jdbc", "dotnet", "python_mysql_connector", "python_pymysql",
    "python_django", "nodejs", "go", "ruby", "navicat_test_connection",
]


def java_store(pem, path):
    """The certificate of a PEM file in a Java keystore, as keytool makes it, with the password that the vendor's has."""
    der = subprocess.run(["openssl", "x509", "-in", pem, "-outform", "DER"], capture_output=True, check=True).stdout
    entry = struct.pack(">I", 2) + struct.pack(">H", 2) + b"ca" + struct.pack(">Q", 0) + struct.pack(">H", 5) + b"X.509"
    content = struct.pack(">III", 0xFEEDFEED, 2, 1) + entry + struct.pack(">I", len(der)) + der
    content += hashlib.sha1("tencentdb".encode("utf-16-be") + b"Mighty Aphrodite" + content).digest()
    with open(path, "wb") as file:
        file.write(content)
    return path


def run(sample, server, ca, address="127.0.0.1", strip=False):
    """The program's exit code and output, and all that it sent."""
    with Recorder(server["HOST"], int(server["PORT"]), strip=strip, address=address) as recorder:
        done = subprocess.run(
            [os.path.join(FOLDER, sample)], capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL,
            env={**os.environ, "DB_ADDRESS": address, "DB_PORT": str(recorder.port), "DB_USERNAME": server["USER"],
                 "DB_PASSWORD": server["PASSWORD"], "DB_DATABASE": server["DATABASE"], "DB_CA": ca})
    text = (done.stdout + done.stderr).decode(errors="replace")
    check(f"{sample}: the password is not printed", server["PASSWORD"] not in text, text)
    return done.returncode, text, recorder.sent


def refuses(sample, what, says, server, *arguments, **options):
    code, text, sent = run(sample, server, *arguments, **options)
    check(f"{sample}, {what}: ends with 1 and says why", code == 1 and re.search(says, text), code, text)
    check(f"{sample}, {what}: nothing was queried", "Ssl_cipher=" not in text, text)
    check(f"{sample}, {what}: nothing of the login was sent", sent and not any(one.anything_of_login for one in sent), sent)


def check_recorder():
    """What the rest relies on: that a login is seen when there is one."""
    def packet(payload):
        return len(payload).to_bytes(3, "little") + b"\x01" + payload

    def record(kind, size):
        return bytes([kind, 3, 3]) + size.to_bytes(2, "big") + bytes(size)

    request = packet(CLIENT_SSL.to_bytes(4, "little") + bytes(28))
    login = packet(CLIENT_SSL.to_bytes(4, "little") + bytes(28) + b"app\0\0")
    check("a login in clear is seen", read_stream(login).clear == login)
    check("a request for TLS with plaintext behind it is seen", read_stream(request + login).clear == request + login)
    check("a refused handshake is none", not read_stream(request + record(0x16, 300) + record(0x17, 19)).anything_of_login)
    handshake = request + record(0x16, 300) + record(0x14, 1) + record(0x17, 69)
    check("nor is one that ended, and a goodbye", not read_stream(handshake + record(0x17, 22)).anything_of_login)
    check("a login inside TLS is seen", read_stream(handshake + record(0x17, 120)).inside_tls)


def main():
    check_recorder()
    server = checks.settings_of()
    plain = checks.settings_of(f"SEALSQL_TEST_{server['SERVER_KIND'].upper()}_ENV")
    there = sorted(name for name in os.listdir(FOLDER) if os.access(os.path.join(FOLDER, name), os.X_OK))
    check("all samples are there and no others", there == sorted(SAMPLES), there)

    with tempfile.TemporaryDirectory() as work:
        stores = {key: java_store(server[key], os.path.join(work, key + ".jks")) for key in ["CA", "OTHER_CA"]}
        for sample in there:
            # The sample for Java names the Java keystore.
            ca, other_ca = (stores[key] if sample == "java_jdbc" else server[key] for key in ["CA", "OTHER_CA"])

            code, text, sent = run(sample, server, ca)
            check(f"{sample}: connects", code == 0, code, text)
            check(f"{sample}: proves the encryption",
                  re.search(r"^Ssl_version=TLSv1\.[23]\nSsl_cipher=\S+$", text, re.M), text)
            check(f"{sample}: all of the login is inside TLS", [(one.clear, one.inside_tls) for one in sent] == [(b"", True)], sent)

            refuses(sample, "another name", "127.0.0.2", server, ca, address="127.0.0.2")
            refuses(sample, "an untrusted CA", "not one of the CAs", server, other_ca)
            refuses(sample, "no TLS", "TLS", plain, ca)
            refuses(sample, "stripped TLS", "TLS", server, ca, strip=True)
    sys.exit(checks.exit_code())


if __name__ == "__main__":
    main()

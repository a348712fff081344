#!/usr/bin/env python3
"""doctor_test.py PROGRAM: tests sealsql-doctor.

With SEALSQL_TEST_SERVER_ENV: every field that it prints against the same fact got by openssl (s_client and x509) or, for the
greeting, read from the socket here. Without: the command line, and servers of our own that are hostile.
Prints `ok` or `not ok` for each check; exits 77 where the openssl command is missing."""

import base64
import datetime
import hashlib
import ipaddress
import json
import os
import re
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

sys.dont_write_bytecode = True  # the source folder stays as it is
import checks  # noqa: E402
from checks import check, equal  # noqa: E402

PROGRAM = os.path.realpath(sys.argv[1])


def doctor(*arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, timeout=120, check=False)
    return done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")


def diagnose(*arguments):
    code, out, err = doctor("--json", *arguments)
    check(f"no word on standard error: {arguments}", err == "", err)
    diagnosis = json.loads(out)
    check(f"the exit code is the verdict: {arguments}", code == (0 if diagnosis["would_connect"] else 1), code)
    return diagnosis


def openssl(*arguments, stdin=b""):
    return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, timeout=60, check=False)


# --- The facts, by openssl ---


class Facts:
    def __init__(self, host, port):
        self.host, self.port = host, port

    def s_client(self, *arguments, hold=0.0):
        """What it prints. `hold` seconds with standard input open, for tickets to arrive."""
        command = ["openssl", "s_client", "-connect", f"{self.host}:{self.port}", "-starttls", "mysql", *arguments]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            time.sleep(hold)
            return process.communicate(timeout=60)[0].decode("latin-1")

    def agreed(self, *arguments):
        """Version and cipher, or nothing if there was no handshake."""
        text = self.s_client(*arguments)
        found = re.search(r"^(?:New|Reused), (\S+), Cipher is (\S+)", text, re.M)
        if not found or found[2] == "(NONE)":
            return None
        # The first line names the version that the cipher came with; TLS 1.3 has no other line.
        version = re.search(r"^\s*Protocol\s*: (\S+)", text, re.M)
        return (version[1] if version else found[1]), found[2]

    def chain(self):
        text = self.s_client("-showcerts")
        return re.findall(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", text, re.S)

    def verify_code(self, *arguments):
        return int(re.findall(r"Verify return code: (\d+)", self.s_client(*arguments))[-1])

    def resumes(self, version):
        with tempfile.TemporaryDirectory() as folder:
            session = os.path.join(folder, "session")
            self.s_client(version, "-sess_out", session, hold=0.7)
            return "\nReused," in self.s_client(version, "-sess_in", session)

    def greeting(self):
        with socket.create_connection((self.host, self.port), timeout=10) as connection:
            header = read_exactly(connection, 4)
            payload = read_exactly(connection, int.from_bytes(header[:3], "little"))
        version, rest = payload[1:].split(b"\0", 1)
        rest = rest[4 + 8 + 1 :]
        low, _, _, high, size = struct.unpack("<HBHHB", rest[:8])
        rest = rest[8 + 10 + max(13, size - 8) :]
        return version.decode(), low | high << 16, rest.split(b"\0", 1)[0].decode()


def read_exactly(connection, size):
    content = b""
    while len(content) < size:
        more = connection.recv(size - len(content))
        if not more:
            raise EOFError(content)
        content += more
    return content


def certificate_facts(pem):
    pem = pem.encode()

    def x509(*arguments):
        return openssl("x509", "-noout", "-nameopt", "RFC2253", *arguments, stdin=pem).stdout.decode()

    def value(*arguments):
        return x509(*arguments).strip().split("=", 1)[1]

    def moment(option):
        text = value(option, "-dateopt", "iso_8601")
        return text.replace(" ", "T")

    names = x509("-ext", "subjectAltName")
    der = openssl("x509", "-outform", "DER", stdin=pem).stdout
    return {
        "subject": value("-subject"),
        "issuer": value("-issuer"),
        "dns_names": re.findall(r"DNS:([^,\s]+)", names),
        "ip_addresses": [
            str(ipaddress.ip_address(text)) for text in re.findall(r"IP Address:([^,\s]+)", names)
        ],
        "not_before": moment("-startdate"),
        "not_after": moment("-enddate"),
        "days_left": (
            datetime.datetime.strptime(moment("-enddate"), "%Y-%m-%dT%H:%M:%SZ") - datetime.datetime.utcnow()
        ).days,
        "serial_number": value("-serial"),
        "sha256": hashlib.sha256(der).hexdigest(),
    }


def key_pin(pem):
    key = openssl("x509", "-noout", "-pubkey", stdin=pem.encode()).stdout
    der = openssl("pkey", "-pubin", "-outform", "DER", stdin=key).stdout
    return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()


CAPABILITIES = (
    "LONG_PASSWORD FOUND_ROWS LONG_FLAG CONNECT_WITH_DB NO_SCHEMA COMPRESS ODBC LOCAL_FILES IGNORE_SPACE PROTOCOL_41 "
    "INTERACTIVE SSL IGNORE_SIGPIPE TRANSACTIONS RESERVED SECURE_CONNECTION MULTI_STATEMENTS MULTI_RESULTS PS_MULTI_RESULTS "
    "PLUGIN_AUTH CONNECT_ATTRS PLUGIN_AUTH_LENENC_CLIENT_DATA CAN_HANDLE_EXPIRED_PASSWORDS SESSION_TRACK DEPRECATE_EOF "
    "OPTIONAL_RESULTSET_METADATA ZSTD_COMPRESSION_ALGORITHM QUERY_ATTRIBUTES MULTI_FACTOR_AUTHENTICATION PROGRESS "
    "SSL_VERIFY_SERVER_CERT REMEMBER_OPTIONS"
).split()

# What s_client's numbers (X509_V_ERR_…) are called here.
REASONS = {0: "", 18: "self_signed", 19: "self_signed", 20: "issuer_not_trusted", 21: "issuer_not_trusted"}
REASONS.update({62: "name_mismatch", 64: "name_mismatch"})


# --- Against a real server ---


def compare_with_openssl():
    env = {}
    with open(os.environ["SEALSQL_TEST_SERVER_ENV"], encoding="utf-8") as file:
        for line in file:
            key, _, value = line.rstrip("\n").partition("=")
            env[key.removeprefix("SEALSQL_TEST_")] = value
    host, port, ca, other_ca = env["HOST"], int(env["PORT"]), env["CA"], env["OTHER_CA"]
    server = f"{host}:{port}"
    facts = Facts(host, port)
    ours = diagnose(server, f"--ssl-ca={ca}")

    equal("host", ours.pop("host"), host)
    equal("port", ours.pop("port"), port)
    equal("address", ours.pop("address"), host)
    check("problem", ours.pop("problem") is None)

    version, capabilities, plugin = facts.greeting()
    check("the version is that of the server", env["SERVER_VERSION"] in version, version)
    equal(
        "greeting",
        ours.pop("greeting"),
        {
            "server_version": version.removeprefix("5.5.5-") if "MariaDB" in version else version,
            "auth_plugin": plugin,
            "capabilities": [name for bit, name in enumerate(CAPABILITIES) if capabilities >> bit & 1],
            "tls_offered": True,
        },
    )

    agreed = facts.agreed()
    option = {"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"}
    equal(
        "tls",
        ours.pop("tls"),
        {
            "version": agreed[0],
            "cipher": agreed[1],
            "asks_for_client_certificate": "CertificateRequest" in facts.s_client("-msg"),
            "resumption": "accepted" if facts.resumes(option[agreed[0]]) else "refused",
        },
    )

    compare_protocols(facts, ours.pop("protocols"))

    chain = facts.chain()
    equal("chain", ours.pop("chain"), [certificate_facts(pem) for pem in chain])
    equal("key_pin", ours.pop("key_pin"), key_pin(chain[0]))
    with open(ca, encoding="ascii") as file:
        anchor = certificate_facts(file.read())
    equal("trusted_ca", ours.pop("trusted_ca"), anchor)
    first = ours.pop("expires_first")
    soonest = min((certificate_facts(chain[0]), anchor), key=lambda one: one["not_after"])
    equal("expires_first: when", first["days_left"], soonest["days_left"])
    check(
        "expires_first: which",
        (first["role"], first["subject"]) in (("server", soonest["subject"]), ("trusted_ca", soonest["subject"]))
        or certificate_facts(chain[0])["not_after"] == anchor["not_after"],
        first,
    )
    equal("would_connect", ours.pop("would_connect"), facts.verify_code("-CAfile", ca, "-verify_ip", host) == 0)
    compare_verdicts(facts, ca, other_ca)
    ours.pop("verdicts")

    # What is no fact of the server's.
    check("connections", 6 < ours.pop("connections") < 100)
    equal(
        "topics of the configuration",
        [finding["topic"] for finding in ours.pop("configuration")],
        ["trust", "name", "revocation", "protocol", "identity", "resumption"],
    )
    check("what ends in two days is to be renewed", any("renew" in text for text in ours.pop("advice")))
    equal("every field was compared", ours, {})

    equal("--new-ca: the same", diagnose(server, f"--ssl-ca={ca}", f"--new-ca={ca}")["with_new_ca"]["accepted"], True)
    refused = diagnose(server, f"--ssl-ca={ca}", f"--new-ca={other_ca}", "--no-protocols")
    equal("--new-ca: another", refused["with_new_ca"]["refusal"]["reason"], "self_signed")
    equal("--no-protocols", {one["answer"] for one in refused["protocols"]}, {"not_tried"})
    compare_text(server, ca)


def compare_protocols(facts, protocols):
    equal("versions", [one["version"] for one in protocols], ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"])
    for one, option in zip(protocols, ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3")):
        legacy = ("-cipher", "DEFAULT@SECLEVEL=0") if option in ("-tls1", "-tls1_1") else ()
        agreed = facts.agreed(option, *legacy)
        equal(f"{one['version']}: answer", one["answer"], "accepted" if agreed else "refused")
        if not agreed:
            equal(f"{one['version']}: no ciphers", one["ciphers"], [])
            continue
        equal(f"{one['version']}: what the server chooses first", one["ciphers"][0], agreed[1])
        if legacy:
            continue
        if option == "-tls1_2":
            ours = "DEFAULT:!aNULL:!eNULL:!PSK:!SRP:!MD5:!RC4:!3DES"
            names = openssl("ciphers", "-s", "-tls1_2", ours).stdout.decode().strip().split(":")
            taken = [name for name in names if facts.agreed(option, "-cipher", name)]
        else:
            names = ["TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"]
            taken = [name for name in names if facts.agreed(option, "-ciphersuites", name)]
        equal(f"{one['version']}: ciphers", sorted(one["ciphers"]), sorted(taken))


def compare_verdicts(facts, ca, other_ca):
    port = facts.port
    wrong_host = "127.0.0.2"  # the certificate names 127.0.0.1 alone
    rows = [
        (facts.host, ca, None, ["-verify_ip", facts.host]),
        (facts.host, other_ca, None, ["-verify_ip", facts.host]),
        (wrong_host, ca, None, ["-verify_ip", wrong_host]),
        (wrong_host, ca, "db.sealsql.test", ["-verify_hostname", "db.sealsql.test"]),
        (facts.host, ca, "other.example", ["-verify_hostname", "other.example"]),
        ("localhost", ca, None, ["-verify_hostname", "localhost"]),
    ]
    for host, trust, name, verify in rows:
        ours = diagnose(
            f"{host}:{port}", f"--ssl-ca={trust}", "--no-protocols", *([f"--server-name={name}"] if name else [])
        )
        verdicts = {one["mode"]: one for one in ours["verdicts"]}
        there = Facts(host, port)
        for mode, code in (
            ("identity", there.verify_code("-CAfile", trust, *verify)),
            ("ca", there.verify_code("-CAfile", trust)),
            ("none", 0),
        ):
            one = verdicts[mode]
            label = f"{host}, {os.path.basename(trust)}, {name}: {mode}"
            equal(label, one["accepted"], code == 0)
            equal(label + ": reason", one["refusal"]["reason"] if one["refusal"] else "", REASONS.get(code, code))
            check(label + ": remedy", one["accepted"] or one["refusal"]["remedy"] in ours["advice"] or mode != "identity")
        equal(f"{host}, {name}: would_connect", ours["would_connect"], verdicts["identity"]["accepted"])


def compare_text(server, ca):
    """The text for people has the same facts."""
    ours = diagnose(server, f"--ssl-ca={ca}")
    code, text, err = doctor(server, f"--ssl-ca={ca}")
    equal("text: exit code and standard error", (code, err), (0, ""))
    wanted = [ours["greeting"]["server_version"], ours["greeting"]["auth_plugin"], ours["key_pin"], ours["address"]]
    wanted += [ours["tls"]["version"] + ", " + ours["tls"]["cipher"], "resumes", "asked for"]
    for certificate in [*ours["chain"], ours["trusted_ca"]]:
        wanted += [certificate[key] for key in ("subject", "issuer", "not_before", "not_after", "serial_number", "sha256")]
        wanted += certificate["dns_names"] + certificate["ip_addresses"]
    for one in ours["protocols"]:
        wanted += [f"{one['version']} ", ", ".join(one["ciphers"])]
    wanted += [finding["text"] for finding in ours["configuration"]] + ours["advice"]
    missing = [part for part in wanted if part not in text]
    check("text: every fact", not missing, missing)


# --- The command line, and hostile servers ---


class FakeServer:
    """Greets each connection with `greeting`, shakes hands if it can, and records all that comes."""

    def __init__(self, greeting, context=None):
        self.greeting, self.context = greeting, context
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.plain, self.decrypted, self.threads = [], [], []
        self.end, self.all_accepted = None, threading.Event()
        threading.Thread(target=self.serve, daemon=True).start()

    def finish(self):
        """Waits until all is recorded of the connections that were made."""
        with socket.socket() as last:  # accepted behind all of them
            last.bind(("127.0.0.1", 0))
            self.all_accepted.clear()
            self.end = last.getsockname()
            last.connect(("127.0.0.1", self.port))
            self.all_accepted.wait(60)
        for thread in list(self.threads):
            thread.join(timeout=60)
        return self

    def serve(self):
        while True:
            connection, address = self.listener.accept()
            if address == self.end:
                connection.close()
                self.all_accepted.set()
                continue
            self.threads.append(threading.Thread(target=self.talk, args=(connection,), daemon=True))
            self.threads[-1].start()

    def talk(self, connection):
        try:
            with connection:
                connection.sendall(self.greeting)
                request = connection.recv(36)
                self.plain.append(request)
                if self.context and len(request) == 36:
                    with self.context.wrap_socket(connection, server_side=True) as tls:
                        self.decrypted.append(tls.recv(4096))
                else:
                    while connection.recv(4096):
                        self.plain.append(b"more")
        except OSError:
            pass


def greeting(version=b"9.7.0", plugin=b"caching_sha2_password", capabilities=0x00A8_8A00 | 0x20_0000):
    payload = b"\x0a" + version + b"\0" + struct.pack("<I", 7) + b"12345678\0" + struct.pack("<H", capabilities & 0xFFFF)
    payload += b"\x2d" + struct.pack("<H", 2) + struct.pack("<H", capabilities >> 16) + b"\x15" + bytes(10)
    payload += b"123456789012\0" + plugin + b"\0"
    return struct.pack("<I", len(payload)) + payload


def test_command_line():
    for arguments in (
        [],
        ["a", "b"],
        ["a:0"],
        ["a:65536"],
        ["a:x"],
        ["a:"],
        [":3306"],
        ["[::1"],
        ["[::1]3306"],
        ["[::1]:"],
        [""],
        ["--no-such", "a"],
        ["--json=yes", "a"],
        ["--ssl-ca", "a"],
        ["--ssl-ca=", "a"],
        ["--connect-timeout=0", "a"],
        ["--connect-timeout=nan", "a"],
        ["--connect-timeout=1s", "a"],
    ):
        code, out, err = doctor(*arguments)
        check(f"refused: {arguments}", code == 2 and out == "" and "Remedy: " in err, code, out, err)
    code, out, err = doctor("--help")
    check("--help", code == 0 and out.startswith("Usage: sealsql-doctor") and err == "", code, out, err)
    equal("--version", doctor("--version")[0], 0)
    code, out, err = doctor("--", "-no-host.invalid")
    check("-- ends the options", code == 1 and err == "", code, out, err)
    ours = diagnose('no"host\\\x1b\n')
    equal("a host that is none", (ours["host"], ours["problem"]["code"]), ('no"host\\\\x1b\\x0a', 2005))


def test_hostile(folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    made = openssl(
        *("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj".split()),
        '/CN=bad "name"\\\x1b]0;owned\x07',
        *("-addext subjectAltName=IP:127.0.0.1 -keyout".split()),
        *(key, "-out", certificate),
    )
    check("a certificate for the test", made.returncode == 0, made.stderr)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    nasty = b'9.7"\\\x1b]0;owned\x07\xff\xfe\n'

    server = FakeServer(greeting(nasty, nasty), context)
    ours = diagnose(f"127.0.0.1:{server.port}", f"--ssl-ca={certificate}")
    equal("a server that is trusted: identity", ours["verdicts"][0]["accepted"], True)
    escaped = '9.7"\\' + r"\x1b]0;owned\x07\xff\xfe\x0a"
    equal("what it says is quoted and escaped", ours["greeting"]["server_version"], escaped)
    equal("whoever reads it", ours["greeting"]["auth_plugin"], escaped)
    check("and its certificate", "owned" in ours["chain"][0]["subject"])
    code, text, _ = doctor(f"127.0.0.1:{server.port}", f"--ssl-ca={certificate}")
    check("text without control characters", code == 0 and not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text), text)
    server.finish()
    check("requests for TLS alone came in plaintext", server.plain and all(len(one) == 36 for one in server.plain), server.plain)
    check("which hold no user name", all(one[13:] == bytes(23) for one in server.plain), server.plain)
    check("nothing came through TLS", server.decrypted and not any(server.decrypted), server.decrypted)
    for names, accepted in ((("db.example", "127.0.0.1"), True), (("db.example", "b.example"), False)):
        ours = diagnose(
            f"127.0.0.1:{server.port}", f"--ssl-ca={certificate}", "--no-protocols", *(f"--server-name={one}" for one in names)
        )
        equal(f"a certificate for one of {names}", ours["verdicts"][0]["accepted"], accepted)
        check("they are explained", any(names[1] in one["text"] for one in ours["configuration"]), ours["configuration"])
    archive = os.path.join(folder, "bundle.zip")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.write(certificate, "bundle/ca.pem")
    ours = diagnose(f"127.0.0.1:{server.port}", f"--ssl-ca={archive}", "--no-protocols")
    equal("a ZIP archive, if it can be opened", ours["verdicts"][0]["accepted"], "ZIP" in doctor("--help")[1])
    wrong = diagnose(f"127.0.0.1:{server.port}", "--ssl-ca=/nowhere/ca.pem", "--no-protocols")
    equal("a CA file that is not there", wrong["verdicts"][0]["refusal"]["reason"], "ca_unreadable")
    check("names the file", "/nowhere/ca.pem" in wrong["verdicts"][0]["refusal"]["message"])

    for name, content, reason in (
        ("no TLS", greeting(capabilities=0x00A8_8200), "tls_not_offered"),
        ("no server", b"HTTP/1.1 400 Bad Request\r\n\r\n", "malformed_greeting"),
        ("injection", greeting() + b"x", "bytes_before_tls"),
        ("an error", b"\x0e\0\0\0\xff\x15\x04#28000\x1b[31mx", "error_before_tls"),
    ):
        server = FakeServer(content)
        ours = diagnose(f"127.0.0.1:{server.port}")
        equal(name + ": reason", ours["problem"]["reason"], reason)
        equal(name + ": of each mode", {one["refusal"]["reason"] for one in ours["verdicts"]}, {reason})
        check(name + ": the remedy is the advice", ours["problem"]["remedy"] in ours["advice"])
        equal(name + ": nothing was sent", server.finish().plain, [b""])
        code, text, err = doctor(f"127.0.0.1:{server.port}")
        check(name + ": text", code == 1 and err == "" and ours["problem"]["message"] in text, text)

    server = FakeServer(b"")
    ours = diagnose(f"127.0.0.1:{server.port}", "--connect-timeout=0.5")
    check("silence", ours["problem"]["code"] == 2003 and "500 ms" in ours["problem"]["message"], ours)
    server.listener.close()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    ours = diagnose(f"127.0.0.1:{port}")
    check("nobody there", ours["problem"]["code"] == 2003 and ours["problem"]["remedy"], ours)


def main():
    if not shutil.which("openssl"):
        print("skipped: there is no openssl command to compare with")
        return 77
    if os.environ.get("SEALSQL_TEST_SERVER_ENV"):
        compare_with_openssl()
    else:
        test_command_line()
        with tempfile.TemporaryDirectory() as folder:
            test_hostile(folder)
    return checks.exit_code()


sys.exit(main())

#!/usr/bin/env python3
"""client_test.py PROGRAM: tests what the command line client sends, by a server of our own that writes it down: the name in the
TLS handshake, and the password where the server asks for it in clear. And whether it takes a vendor's ZIP archive as a CA.
Prints `ok` or `not ok` for each check; exits 77 where the openssl command is missing."""

import os
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import zipfile

sys.dont_write_bytecode = True  # the source folder stays as it is
import checks  # noqa: E402
from checks import check  # noqa: E402

PROGRAM = os.path.realpath(sys.argv[1])
PASSWORD = "correct horse"


def packet(number, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


def greeting():
    capabilities = 0x00A8_8A00 | 0x20_0000
    payload = b"\x0a9.7.0\0" + struct.pack("<I", 7) + b"12345678\0" + struct.pack("<H", capabilities & 0xFFFF)
    payload += b"\x2d" + struct.pack("<H", 2) + struct.pack("<H", capabilities >> 16) + b"\x15" + bytes(10)
    return packet(0, payload + b"123456789012\0caching_sha2_password\0")


class Server:
    """Talks to one client: greets, shakes hands, and asks for the password in clear."""

    def __init__(self, context):
        self.name, self.login, self.answer = None, b"", b""
        self.context = context
        self.context.sni_callback = self.note_name
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def note_name(self, _, name, __):
        self.name = name

    @staticmethod
    def read_packet(connection):
        head = connection.recv(4)
        size = int.from_bytes(head[:3], "little")
        body = b""
        while len(body) < size and (part := connection.recv(size - len(body))):
            body += part
        return body

    def serve(self):
        self.listener.settimeout(20)
        try:
            connection = self.listener.accept()[0]
            with connection:
                connection.settimeout(20)
                connection.sendall(greeting())
                self.read_packet(connection)
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    self.login = self.read_packet(tls)
                    tls.sendall(packet(3, b"\xfemysql_clear_password\0"))
                    self.answer = self.read_packet(tls)
                    tls.sendall(packet(5, b"\xff\x15\x04#28000this is all"))
                    tls.recv(1)
        except OSError:
            pass


def make_certificate(folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "ca.pem")
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext"
    subprocess.run([*command.split(), "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
                   check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate, key


def connect(context, *options):
    """The server, and what the client said."""
    server = Server(context)
    done = subprocess.run(
        [PROGRAM, "-h", "127.0.0.1", "-P", str(server.port), "-u", "victim", "-e", "SELECT 1", *options],
        capture_output=True, timeout=60, check=False, env={**os.environ, "SEALSQL_PASSWORD": PASSWORD})
    server.thread.join(timeout=30)
    return server, done.stderr.decode("utf-8")


def test_password(context, ca):
    server, err = connect(context, f"--ssl-ca={ca}")
    check("without the option: the login came", b"victim" in server.login, err)
    check("and no password", server.answer == b"" and PASSWORD.encode() not in server.login, server.answer)
    check("the client says why", "mysql_clear_password" in err and "Remedy: " in err, err)
    server, err = connect(context, f"--ssl-ca={ca}", "--enable-cleartext-plugin")
    check("--enable-cleartext-plugin", server.answer == PASSWORD.encode() + b"\0", server.answer, err)
    check("what follows is the server's word", "this is all" in err, err)
    server, err = connect(context, "--ssl-mode=REQUIRED", "--enable-cleartext-plugin")
    check("to nobody who was not checked", server.login == b"" and "contradicts" in err, server.login, err)


def test_name(context, ca):
    server, err = connect(context, f"--ssl-ca={ca}")
    check("no name of an address", server.name is None and server.login, server.name, err)
    server, err = connect(context, f"--ssl-ca={ca}", "--tls-sni-servername=proxy.example")
    check("--tls-sni-servername", server.name == "proxy.example" and server.login, server.name, err)
    server, err = connect(context, f"--ssl-ca={ca}", "--ssl-server-name=db.example", "--ssl-server-name=127.0.0.1")
    check("of several the first is sent", server.name == "db.example" and server.login, server.name, err)
    server, err = connect(context, f"--ssl-ca={ca}", "--ssl-server-name=a.example", "--tls-sni-servername=b.example")
    check("what is sent is not what is checked", server.name == "b.example" and not server.login, server.name, err)
    check("but this is", "not for a.example:" in err, err)


def test_zip(context, ca, key, folder):
    knows = b".zip" in subprocess.run([PROGRAM, "--help"], capture_output=True, check=True).stdout
    path = os.path.join(folder, "bundle.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.write(ca, "bundle/ca.pem")
        bundle.writestr("bundle/README.txt", "The CA.")
    server, err = connect(context, f"--ssl-ca={path}")
    if not knows:
        check("a ZIP archive, without libzip", not server.login and "ZIP archive" in err and "unzip it" in err, err)
        return
    check("a ZIP archive", server.login, err)
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.write(key, "key.pem")
    server, err = connect(context, f"--ssl-ca={path}")
    check("one without certificate", not server.login and f"{path} is a ZIP archive that holds no" in err, err)


def main():
    if not shutil.which("openssl"):
        print("skipped: there is no openssl command to make a certificate")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        context, ca, key = make_certificate(folder)
        test_password(context, ca)
        test_name(context, ca)
        test_zip(context, ca, key, folder)
    return checks.exit_code()


sys.exit(main())

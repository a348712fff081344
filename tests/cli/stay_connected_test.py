#!/usr/bin/env python3
"""stay_connected_test.py PROGRAM: runs examples/stay_connected against the server of SEALSQL_TEST_SERVER_ENV.

Of its two hosts nobody is at the first. To the second it comes through a forwarder, which breaks all connections in the middle and
stays away for a while: the program goes on, and nothing is lost."""

import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # the source folder stays as it is
import checks  # noqa: E402
from checks import check  # noqa: E402

PROGRAM = os.path.realpath(sys.argv[1])
SERVER = checks.settings_of()


class Forwarder:
    """Between the program and its server."""

    def __init__(self, address, port):
        self.target = (SERVER["HOST"], int(SERVER["PORT"]))
        self.sockets = []
        self.is_away = False
        self.listener = socket.create_server((address, port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client = self.listener.accept()[0]
            if self.is_away:
                self.reset(client)
                continue
            server = socket.create_connection(self.target)
            self.sockets += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.forward, args=(source, sink), daemon=True).start()

    @staticmethod
    def forward(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    @staticmethod
    def reset(one):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        try:
            one.shutdown(socket.SHUT_RDWR)  # who waits in recv() holds it open otherwise
        except OSError:
            pass
        one.close()

    def break_all(self, seconds):
        self.is_away = True
        broken = len(self.sockets)
        for one in self.sockets:
            self.reset(one)
        self.sockets.clear()
        time.sleep(seconds)
        self.is_away = False
        return broken


def start(seconds, *hosts, password=SERVER["PASSWORD"]):
    return subprocess.Popen([PROGRAM, seconds, SERVER["USER"], SERVER["DATABASE"], SERVER["CA"], *hosts],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env={**os.environ, "DB_PASSWORD": password})


def test_it_goes_on():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
    forwarder = Forwarder("127.0.0.1", 0)
    program = start("6", f"127.0.0.1:{closed}", f"127.0.0.1:{forwarder.port}")
    lines, broken = [], 0
    for line in program.stdout:
        lines.append(line.strip())
        if lines[-1].startswith("transfer 8:"):
            broken = forwarder.break_all(0.7)
    text = "\n".join(lines)
    complaints = program.stderr.read()
    check("it ends well", program.wait(60) == 0, text, complaints)
    check("there was something to break", broken >= 2, broken)
    transfers = [line for line in lines if line.startswith("transfer ")]
    check("it goes on behind the break", len(transfers) >= 10, text)
    good = r"transfer \d+: (done, attempts: \d+|refused, there are only \d+)"
    check("each transfer is done or refused", all(re.fullmatch(good, line) for line in transfers), text)
    check("what cannot be is refused", any("refused" in line for line in transfers), text)
    last = re.fullmatch(r"total (\d+), connections: (\d+), broken: ([1-9]\d*)", lines[-1])
    check("nothing is lost", last and last[1] == "200", lines[-1])
    check("another connection was made", last and int(last[2]) >= 2, lines[-1])


def test_errors():
    program = start("1", f"{SERVER['HOST']}:{SERVER['PORT']}", password="wrong")
    out, error = program.communicate(timeout=60)
    check("a wrong password is an error at once", program.returncode == 1 and "denied" in error, out, error)
    program = start("1")
    check("it says how it is called", "HOST[:PORT]" in program.communicate(timeout=60)[1])


test_it_goes_on()
test_errors()
sys.exit(checks.exit_code())

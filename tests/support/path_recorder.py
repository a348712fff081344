"""Somebody on the path between a MySQL client and a real server: writes down what the client says, and may take away the
server's offer of TLS. For tests of whole programs, whose insides no test can ask; tcp_proxy.hpp is the same in C++."""

import dataclasses
import selectors
import socket
import threading

CLIENT_SSL = 0x0800
HANDSHAKE, APPLICATION_DATA = 0x16, 0x17
# Of TLS 1.3, whose records say no more than their sizes: the Finished, by a hash of 32 or 48 bytes, which Java pads; and what no login
# fits into, so that it is an alert, padded or not, or a COM_QUIT. (A login's header and fixed part alone are 36 bytes.)
FINISHED_SIZES = (53, 69, 85)
TOO_SMALL_FOR_LOGIN = 36 + 1 + 16


@dataclasses.dataclass
class Sent:
    """What a client sent over one connection."""

    clear: bytes = b""  # for everybody on the path to read, but for the request for TLS
    asked_for_tls: bool = False
    inside_tls: bool = False  # what can be a login, and is no part of the handshake

    @property
    def anything_of_login(self):
        return bool(self.clear) or self.inside_tls


def read_stream(stream):
    """What the bytes of one client's side of a connection are."""
    sent = Sent(clear=stream)
    if len(stream) < 36 or stream[:3] != b"\x20\0\0" or not int.from_bytes(stream[4:6], "little") & CLIENT_SSL:
        return sent
    rest = stream[36:]
    if rest and (rest[0] != HANDSHAKE or rest[1:2] != b"\x03"):
        # The length of a request for TLS, and then no TLS: a login of 32 bytes.
        return sent
    sent.clear, sent.asked_for_tls = b"", True
    finished = False
    while len(rest) >= 5:
        kind, size = rest[0], int.from_bytes(rest[3:5], "big")
        if kind == APPLICATION_DATA and size >= TOO_SMALL_FOR_LOGIN:
            if not finished and size in FINISHED_SIZES:
                finished = True
            else:
                sent.inside_tls = True
        rest = rest[5 + size :]
    return sent


def without_tls_offer(greeting):
    """The server's first packet, its CLIENT_SSL bit cleared."""
    at = greeting.index(b"\0", 5) + 1 + 4 + 8 + 1
    low = int.from_bytes(greeting[at : at + 2], "little") & ~CLIENT_SSL
    return greeting[:at] + low.to_bytes(2, "little") + greeting[at + 2 :]


class Recorder:
    """Forwards a port of its own to the server's, for as long as a `with` lasts."""

    def __init__(self, host, port, strip=False, address="127.0.0.1"):
        self._server, self._strip = (host, port), strip
        self._streams, self._threads = [], []
        self._listener = socket.create_server((address, 0))
        self.port = self._listener.getsockname()[1]
        self._accepting = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._accepting.start()
        return self

    def __exit__(self, *_):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        except OSError:
            pass
        self._listener.close()
        self._accepting.join()
        for thread in self._threads:
            thread.join(timeout=30)

    @property
    def sent(self):
        """Complete once the `with` is over."""
        return [read_stream(bytes(stream)) for stream in self._streams]

    def _accept(self):
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            stream = bytearray()
            self._streams.append(stream)
            thread = threading.Thread(target=self._forward, args=(client, stream), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _forward(self, client, stream):
        with client, socket.create_connection(self._server, timeout=30) as server:
            try:
                if self._strip:
                    greeting = b""
                    while len(greeting) < 4 or len(greeting) < 4 + int.from_bytes(greeting[:3], "little"):
                        more = server.recv(65536)
                        if not more:
                            return
                        greeting += more
                    client.sendall(without_tls_offer(greeting))
                self._pump(client, server, stream)
            except OSError:
                pass  # either end has gone, which is what ends a connection

    @staticmethod
    def _pump(client, server, stream):
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    if key.fileobj is client:
                        stream += data
                    key.data.sendall(data)

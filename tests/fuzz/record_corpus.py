#!/usr/bin/env python3
"""record_corpus.py CLIENT FOLDER: what real servers answer, as inputs for the fuzzers that decode it, into FOLDER/<fuzzer>/.

Run by tests/support/with_servers.sh: asks each server that is there, by the command line client CLIENT, in text and prepared, plain and
compressed, in plaintext over the local socket, and writes down what goes past. tests/fuzz/corpus has of it what leads somewhere new:

  tests/support/with_servers.sh tests/fuzz/record_corpus.py build/gcc/examples/sealsql /tmp/new
  build/asan/tests/fuzz/value_fuzz -merge=1 tests/fuzz/corpus/value /tmp/new/value"""

import hashlib
import os
import select
import socket
import subprocess
import sys
import tempfile
import threading

CLIENT, FOLDER = os.path.realpath(sys.argv[1]), sys.argv[2]

ALL_TYPES = """CREATE TEMPORARY TABLE t (a TINYINT, b SMALLINT UNSIGNED, c MEDIUMINT, d INT, e BIGINT UNSIGNED, f FLOAT, g DOUBLE,
 h DECIMAL(65,30), i DATE, j DATETIME(6), k TIMESTAMP NULL, l TIME(6), m YEAR, n CHAR(9), o VARCHAR(300), p TEXT, q BLOB,
 r BINARY(4), s ENUM('x','y'), u SET('x','y'), v BIT(12), w JSON, x GEOMETRY, y INT(7) ZEROFILL NOT NULL DEFAULT 7)"""
ROWS = """INSERT INTO t VALUES
 (-128, 65535, -8388608, -2147483648, 18446744073709551615, 1.5, -1.7976931348623157e308, -99999999999999999999999999999999999.5,
  '9999-12-31', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56', '-838:59:59', 2155, 'abc', REPEAT('x', 260), 'Grüße 😀', x'00FF80',
  x'FFFFFFFF', 'y', 'x,y', b'101', '{"a": [1, null]}', ST_GeomFromText('POINT(1 -2.5)'), 42),
 (0, 0, 0, 0, 0, 0, 0, 0, '1000-01-01', '1000-01-01', '1970-01-02', '00:00:00', 1901, '', '', '', '', '', 'x', '', 0, 'null',
  ST_GeomFromText('LINESTRING(0 0,1 1)'), 0),
 (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, 1),
 (1, 2, 3, 4, 5, 0.1, 0.1, 0.1, '2026-11-26', '2026-11-26 01:02:03', '2026-11-26 01:02:03', '24:00:00.000001', 2026, 'n', 'o', 'p', 'q',
  'r', 1, 1, 1, '1', ST_GeomFromText('GEOMETRYCOLLECTION EMPTY'), 2)"""
STATEMENTS = [
    ALL_TYPES, ROWS, "SELECT * FROM t", "SELECT a, i, l, o FROM t", "SELECT * FROM t WHERE FALSE", "SELECT 1", "SELECT NULL, -1, 1.50, 'ä'",
    "SELECT COUNT(*), SUM(d), AVG(f), MAX(l) FROM t", "UPDATE t SET d = 5 WHERE a = 1", "DELETE FROM t WHERE a = 0",
    "SELECT CAST('12abc' AS SIGNED)", "SHOW WARNINGS", "SHOW SESSION STATUS LIKE 'Com_s%'", "SHOW COLUMNS FROM t", "SELECT no_such",
    "SELEC 1", "INSERT INTO t (a) VALUES (1000)", "SET NAMES utf8mb4", "SET @a = 1, sql_mode = ''", "START TRANSACTION", "COMMIT",
    "DO SLEEP(0)", "CALL corpus_results(7)", "CALL corpus_results(NULL)", "EXPLAIN SELECT * FROM t", "SELECT REPEAT('y', 5000)",
    "SELECT p FROM t", "SELECT q FROM t UNION ALL SELECT REPEAT('z', 300)", "SELECT DISTINCT REPEAT('q', 2000) FROM t", "SELECT w FROM t",
    "SELECT '2024-01-01' + INTERVAL 1 DAY, TIMEDIFF('1:00:00', '30:30:30.5'), NOW(6)", "SELECT x'0102', b'1', TRUE, 1e100, 0.000001"]
PROCEDURE = """DROP PROCEDURE IF EXISTS corpus_results;
DELIMITER //
CREATE PROCEDURE corpus_results(IN who INT) BEGIN SELECT who AS a, 'x' AS b; SELECT 2.5; SELECT 1 FROM DUAL WHERE FALSE; END//
"""


class Recorder:
    """A server's socket, and what was said there: (the client's bytes, the server's answer) in turn."""

    def __init__(self, target):
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "socket")
        self.talk = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen()
        threading.Thread(target=self.serve, args=(target,), daemon=True).start()

    def serve(self, target):
        client, _ = self.listener.accept()
        server = socket.socket(socket.AF_UNIX)
        server.connect(target)
        while True:
            for ready in select.select([client, server], [], [])[0]:
                data = ready.recv(1 << 20)
                if not data:
                    client.close()
                    server.close()
                    return
                if ready is client:
                    self.talk.append([data, b""])
                    server.sendall(data)
                else:
                    if self.talk:
                        self.talk[-1][1] += data
                    client.sendall(data)


def script(statements):
    return ";\n".join(statements) + ";\n"


def run(target, environment, text, *options):
    recorder = Recorder(target)
    subprocess.run([CLIENT, "--socket=" + recorder.path, "--ssl-mode=DISABLED", "--user=" + environment["USER"], "--force", *options,
                    environment["DATABASE"]], input=text, text=True, check=False,
                   env=dict(os.environ, SEALSQL_PASSWORD=environment["PASSWORD"]), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    recorder.listener.close()
    os.unlink(recorder.path)
    os.rmdir(recorder.folder)
    return recorder.talk


def keep(fuzzer, content):
    folder = os.path.join(FOLDER, fuzzer)
    os.makedirs(folder, exist_ok=True)
    if len(content) <= 4096:
        with open(os.path.join(folder, hashlib.sha256(content).hexdigest()[:16]), "wb") as file:
            file.write(content)


def packets_of(answer):
    packets = []
    while len(answer) >= 4:
        size = int.from_bytes(answer[:3], "little")
        packets.append(answer[4:4 + size])
        answer = answer[4 + size:]
    return packets


def take_length_encoded(packet):
    """The bytes of a value with its length in front, None for NULL, and what is behind it."""
    first = packet[0]
    if first == 0xFB:
        return None, packet[1:]
    digits = {0xFC: 2, 0xFD: 3, 0xFE: 8}.get(first, 0)
    size = int.from_bytes(packet[1:1 + digits], "little") if digits else first
    return packet[1 + digits:1 + digits + size], packet[1 + digits + size:]


def fixed_part(definition):
    """(type, flags, decimals, length) of a column's definition, or None if it is none."""
    if not definition.startswith(b"\x03def") or len(definition) < 19 or definition[-13] != 12:
        return None
    fixed = definition[-12:]
    return fixed[6], int.from_bytes(fixed[7:9], "little"), fixed[9], int.from_bytes(fixed[2:6], "little")


SIZES = {1: 1, 2: 2, 13: 2, 3: 4, 9: 4, 8: 8, 4: 4, 5: 8}
TIMES = {7, 10, 11, 12}


def values(packets, is_binary):
    """Each value with its column, as value_fuzz takes it."""
    columns = [c for c in map(fixed_part, packets) if c]
    is_row = False
    for packet in packets[1:]:
        if fixed_part(packet):
            is_row = True
            continue
        if not is_row or packet[:1] in (b"\xfe", b"\xff"):
            continue
        rest = packet[1 + (len(columns) + 9) // 8:] if is_binary else packet
        for number, (kind, flags, decimals, length) in enumerate(columns):
            if is_binary and packet[1 + (number + 2) // 8] >> (number + 2) % 8 & 1:
                continue
            if is_binary and kind in SIZES:
                value, rest = rest[:SIZES[kind]], rest[SIZES[kind]:]
            elif is_binary and kind in TIMES:
                value, rest = rest[1:1 + rest[0]], rest[1 + rest[0]:]
            elif not rest:
                return
            else:
                value, rest = take_length_encoded(rest)
            if value is not None:
                how = bool(flags & 32) | bool(flags & 128) << 1 | bool(flags & 64) << 2 | is_binary << 3
                keep("value", bytes([kind, how, decimals, min(length, 255)]) + value)


def keep_pieces(packets):
    """The rows of one column that is neither number nor time, cut in several ways, as piece_fuzz takes them."""
    columns = [c for c in map(fixed_part, packets) if c]
    if len(columns) != 1 or columns[0][0] in SIZES or columns[0][0] in TIMES:
        return
    for packet in packets[1:]:
        if packet[:1] == b"\0":
            for sizes in b"", b"\x01", b"\xff", b"\x04\x00\x03":
                keep("piece", bytes([len(sizes)]) + sizes + packet)


def keep_answer(answer, is_binary):
    packets = packets_of(answer)
    for way in range(4):
        keep("packet_framer", bytes([0x98, 0x1F | way << 6, 1]) + answer)
    for packet in packets:
        keep("reply", packet)
    if all(len(packet) < 256 for packet in packets):
        keep("reply_reader", bytes([is_binary]) + b"".join(b"\0" + bytes([len(p)]) + p for p in packets))
    values(packets, is_binary)
    if is_binary:
        keep_pieces(packets)


def record(path):
    with open(path, encoding="utf-8") as file:
        environment = dict(line.rstrip("\n").removeprefix("SEALSQL_TEST_").split("=", 1) for line in file)
    target = environment["SOCKET"]
    run(target, environment, PROCEDURE)
    with tempfile.NamedTemporaryFile("w", suffix=".csv") as rows:
        rows.write("3\t4\n")
        rows.flush()
        load = f"LOAD DATA LOCAL INFILE '{rows.name}' INTO TABLE t (a, b)"
        for options in [], ["--prepared"]:
            for asked, answer in run(target, environment, script([*STATEMENTS, load]), "--local-infile", *options):
                # Commands only: their packets have the number 0.
                if len(asked) > 4 and asked[3] == 0 and rows.name.encode() not in answer:
                    keep_answer(answer, asked[4] == 0x17)
    is_login = True
    for asked, answer in run(target, environment, script(STATEMENTS), "--compress"):
        is_login = is_login and not (len(asked) > 11 and asked[3] == 0)
        if not is_login:
            keep("compression", b"\x3f\xff\xff\x01" + answer)
    run(target, environment, script(["DROP PROCEDURE corpus_results"]))


for variable in "SEALSQL_TEST_MARIADB_ENV", "SEALSQL_TEST_MYSQL_ENV":
    if os.environ.get(variable):
        record(os.environ[variable])

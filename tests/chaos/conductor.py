#!/usr/bin/env python3
"""Breaks servers and network under a running workload, one fault after the other, and checks that nothing was lost.

  conductor.py --workload PROGRAM --proxy PROGRAM [--cluster PROGRAM] [options]

  --minutes N            how long faults are made; 10 unless said otherwise
  --faults N             at most so many faults
  --kinds a,b,c          only these kinds, in turn; --list names all
  --galera FOLDER        three nodes of a Galera cluster instead of a primary with two replicas; FOLDER is what
                         fetch_galera.sh prints
  --seed N               the plan and what is random in each fault; printed by each run, for another one alike
  --short                few faults, in the order of --kinds, with short pauses
  --slow N               all that is waited for may take N times as long, as under a sanitizer
  --no-resumption        full handshakes only: then there is no cache of TLS sessions that may hold memory
  --mutation NAME        breaks the workload, so that the checks are seen to fail
  --keep                 leaves the folder with ledger and logs

Exit code 0: all invariants held. 1: not. 2: the servers could not be set up or repaired. 77: nothing to run on.

A fault is over when its cause is gone; the time until the first success counts from there. The next one comes when
everything is healthy again and the invariants have been checked."""

import argparse
import collections
import json
import os
import pathlib
import random
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import servers as support
from servers import SetupError

ACCOUNTS, BALANCE = 100, 100_000
ADDRESSES = {"one": "127.0.1.1", "two": "127.0.1.2", "three": "127.0.1.3"}
SECOND = 1_000_000_000


class Finding(Exception):
    """An invariant does not hold."""


class Proxy:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True, preexec_fn=support.end_with_parent)

    def ask(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split(" ", 1)
        if answer[0].strip() != "ok":
            raise SetupError(f"the proxy says {' '.join(answer)!r} to {words}")
        return answer[1].strip() if len(answer) > 1 else ""

    def stats(self):
        return json.loads(self.ask("stats"))

    def end(self):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Ledger:
    """What the workload wrote, read as it grows."""

    def __init__(self, path):
        self.path = path
        self.file = None
        self.rest = b""
        self.acknowledged = {}  # id: (begin, end)
        self.unknown = {}  # id: None, "present" or "absent"
        self.failed = {}  # id: code
        self.codes = collections.Counter()
        self.texts = {}
        self.answers = []  # times of first statements that were answered by a primary
        self.units = []  # (end, kind, begin)
        self.totals = []  # (end, server)
        self.totals_failed = 0
        self.violations = []
        self.doubles = []

    def read(self):
        if self.file is None:
            if not self.path.exists():
                return
            self.file = open(self.path, "rb")
        data = self.rest + self.file.read()
        lines = data.split(b"\n")
        self.rest = lines.pop()
        for line in lines:
            self.take(line.decode(errors="replace"))

    def take(self, line):
        kind, _, rest = line.partition(" ")
        words = rest.split(" ")
        if kind in "AFU":
            unit, begin, end = int(words[0]), int(words[1]), int(words[2])
            known = (unit in self.acknowledged) + (unit in self.failed)
            if kind == "A":
                if known:
                    self.doubles.append(unit)
                self.acknowledged[unit] = (begin, end)
            elif kind == "F":
                if known:
                    self.doubles.append(unit)
                self.failed[unit] = int(words[3])
                self.codes[int(words[3])] += 1
                self.texts.setdefault(int(words[3]), " ".join(words[4:]))
            else:
                self.unknown.setdefault(unit, None)
            self.units.append((end, kind, begin))
        elif kind == "R":
            self.unknown[int(words[0])] = words[1]
        elif kind == "Q":
            self.answers.append(int(words[0]))
        elif kind == "T":
            self.totals.append((int(words[1]), int(words[2])))
        elif kind == "E":
            self.totals_failed += 1
        elif kind == "V":
            self.violations.append(rest)
        else:
            raise Finding(f"a line of the ledger that nobody wrote: {line!r}")

    def first_after(self, times, moment):
        return next((t for t in times if t >= moment), None)

    def commits_between(self, begin, end):
        return [unit for unit in reversed_until(self.units, begin) if unit[1] == "A" and unit[0] < end]


def reversed_until(units, begin):
    """Those that ended at or after `begin`; lines of different threads may be a little out of order."""
    result = []
    for unit in reversed(units):
        if unit[0] < begin - SECOND:
            break
        if unit[0] >= begin:
            result.append(unit)
    return result


class Fault:
    """What a fault did: when it began, when its cause was gone, and what was seen."""

    def __init__(self, kind):
        self.kind = kind
        self.begin = self.end = None
        self.to_query = self.to_commit = None
        self.note = ""
        self.availability = None


class Conductor:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.random = random.Random(options.seed)
        self.slow = options.slow
        self.password = secrets.token_hex(12)
        self.proxy = Proxy(options.proxy)
        self.workload = None
        self.set = None
        self.faults = []
        self.findings = []
        self.switches = []
        self.held = []

    # --- set-up and end ---

    def set_up(self):
        if self.options.galera:
            self.set = support.Galera(self.folder, ADDRESSES, self.password, ACCOUNTS, BALANCE,
                                      pathlib.Path(self.options.galera))
        else:
            self.set = support.Replication(self.folder, ADDRESSES, self.password, ACCOUNTS, BALANCE)
        self.say(f"{self.set.kind}: the servers are up")
        if self.options.galera and not self.set.network:
            self.say("no network namespaces can be had here: without partitions")
        self.links = {}
        hosts = []
        for server in self.set.servers:
            link, port = self.proxy.ask("add", server.port, ADDRESSES[server.name], server.address).split()
            self.links[server] = link
            hosts += ["--host", f"{ADDRESSES[server.name]}:{port}"]
        self.ledger = Ledger(self.folder / "ledger")
        environment = dict(os.environ, SEALSQL_CHAOS_PASSWORD=self.password)
        if self.options.cluster and self.options.galera:
            self.run_cluster_program(hosts, environment)
        command = [self.options.workload, *hosts, "--ca", str(self.set.certificates.ca), "--ledger",
                   str(self.ledger.path), "--seed", str(self.options.seed), "--accounts", str(ACCOUNTS), "--balance",
                   str(BALANCE), "--mutation", self.options.mutation, "--cluster", str(int(bool(self.options.galera))),
                   "--grace-ms", str(int(self.options.grace * 1000 * self.slow)), "--connections",
                   str(self.options.connections), "--resumption", str(int(not self.options.no_resumption)),
                   "--warm-up-ms", str(int(self.options.warm_up * 1000))]
        self.output = open(self.folder / "workload.err", "wb")
        self.workload = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.output,
                                         text=True, start_new_session=True, preexec_fn=support.end_with_parent,
                                         env=environment)
        if self.workload.stdout.readline().strip() != "ready":
            raise Finding("the workload did not get through its first seconds: " + self.complaints())

    def run_cluster_program(self, hosts, environment):
        """What is done to a cluster step by step, rather than under load."""
        program = subprocess.Popen([self.options.cluster, *hosts, "--ca", str(self.set.certificates.ca), "--ledger", "none",
                                    "--partitions", str(int(bool(self.set.network)))], env=environment, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   preexec_fn=support.end_with_parent)
        timer = threading.Timer(120 * self.slow, program.kill)
        timer.start()
        said = []
        for line in program.stdout:
            words = line.split()
            if words[:1] != ["please"]:
                said.append(line.strip())
                continue
            if words[1] == "deafen":
                self.set.cut_off(self.set.servers[int(words[2])], is_heard=True)
            else:
                self.set.network.heal()
                self.set.wait_until_whole()
            program.stdin.write("done\n")
            program.stdin.flush()
        timer.cancel()
        if program.wait() != 0:
            raise Finding(f"cluster: {'; '.join(said) or program.returncode}")
        self.say("what a cluster does step by step is got along with")

    def complaints(self):
        return (self.folder / "workload.err").read_text(errors="replace")[-4000:]

    def end(self):
        for peer in self.held:
            peer.close()
        if self.workload is not None and self.workload.poll() is None:
            self.workload.kill()
            self.workload.wait()
        if self.set is not None:
            self.set.end()
        self.proxy.end()

    # --- watching ---

    def sleep(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(min(0.1, max(0.0, end - time.monotonic())))
            if self.workload.poll() is not None:
                raise Finding(f"the workload ended with {self.workload.returncode}: {self.complaints()}")

    def is_steady(self):
        """For a second, nothing but success, and commits."""
        self.ledger.read()
        now = time.monotonic_ns()
        recent = reversed_until(self.ledger.units, now - SECOND)
        kinds = collections.Counter(unit[1] for unit in recent)
        return kinds["A"] >= 5 and kinds["F"] == 0 and kinds["U"] == 0

    def wait_until_healthy(self, fault):
        allowed = self.options.recovery * self.slow
        deadline = time.monotonic() + allowed
        whole = False
        while True:
            self.sleep(0.1)
            try:
                # Asked again at last: a cluster may notice a partition when it is over.
                whole = (whole and not self.is_steady()) or self.set.is_whole()
            except (SetupError, subprocess.TimeoutExpired) as error:
                if "replicate" in str(error) or "ended" in str(error):
                    raise
            if whole and self.is_steady():
                break
            if time.monotonic() > deadline:
                raise Finding(f"{fault.kind}: not healthy again {allowed:.0f} s after its end"
                              f" (servers {'are' if whole else 'are not'} whole)")
        end = int(fault.end * SECOND)
        answer = self.ledger.first_after(self.ledger.answers, end)
        commits = [unit[0] for unit in self.ledger.units if unit[1] == "A" and unit[0] >= end]
        fault.to_query = (answer - end) / SECOND if answer else None
        fault.to_commit = (min(commits) - end) / SECOND if commits else None
        fault.healthy = time.monotonic()

    # --- invariants ---

    def ids(self, server):
        """What is in the database, of one moment."""
        deadline = time.monotonic() + self.options.recovery * self.slow
        while True:
            try:
                return self.ids_now(server)
            except SetupError as error:
                # The node lost its cluster only now.
                if "WSREP" not in str(error) or time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def ids_now(self, server):
        rows = server.sql(
            "SET SESSION wsrep_sync_wait = 15" if self.options.galera else "SELECT 'total'",
            "START TRANSACTION WITH CONSISTENT SNAPSHOT",
            "SELECT 'sum', SUM(balance) FROM app.account",
            "SELECT 'wrong', COUNT(*) FROM app.account LEFT JOIN ("
            "SELECT account, SUM(amount) moved FROM ("
            "SELECT to_account account, amount FROM app.transfer UNION ALL"
            " SELECT from_account, -amount FROM app.transfer) moves GROUP BY account) m ON account = id"
            f" WHERE balance <> {BALANCE} + COALESCE(moved, 0)",
            "SELECT 'id', id, COUNT(*) FROM app.transfer GROUP BY id",
            "COMMIT", timeout=120)
        values = {row[0]: row[1] for row in rows if row[0] in ("sum", "wrong")}
        return int(values["sum"]), int(values["wrong"]), {int(row[1]): int(row[2]) for row in rows if row[0] == "id"}

    def check(self, when, server=None, is_last=False):
        """The ledger is read first: what it holds by then must be in the database."""
        self.ledger.read()
        acknowledged, unknown = set(self.ledger.acknowledged), dict(self.ledger.unknown)
        failed = set(self.ledger.failed)
        server = server or self.set.reader()
        total, wrong, present = self.ids(server)
        findings = []

        def finding(what, units):
            if units:
                findings.append(f"{what}: {len(units)}, such as {sorted(units)[:5]}")

        if total != ACCOUNTS * BALANCE:
            findings.append(f"the total is {total} instead of {ACCOUNTS * BALANCE}")
        if wrong:
            findings.append(f"{wrong} accounts hold something else than their transfers make")
        finding("acknowledged, but not there", acknowledged - present.keys())
        finding("there more than once", {unit for unit, count in present.items() if count > 1})
        finding("failed, but there", (failed - unknown.keys()) & present.keys())
        finding("unknown, found to be there, but not there",
                {unit for unit, state in unknown.items() if state == "present"} - present.keys())
        # One of which the library was told that it is absent was run again: then its last word counts.
        finding("unknown, found to be absent, but there",
                {unit for unit, state in unknown.items() if state == "absent"} & present.keys() - acknowledged
                - self.pending(is_last))
        finding("two outcomes in the ledger", self.ledger.doubles)
        if is_last:
            finding("unknown, and never resolved", {unit for unit, state in unknown.items() if state is None})
            finding("there, but not in the ledger", present.keys() - acknowledged - unknown.keys())
        for text in self.ledger.violations:
            findings.append(f"the workload: {text}")
        self.ledger.violations.clear()
        stats = self.proxy.stats()
        if stats["violations"]:
            findings.append(f"plaintext: {stats['violations']} streams, {stats['examples']}")
        for text in findings:
            self.say(f"VIOLATED {when}: {text}")
            self.findings.append(f"{when}: {text}")
        return len(present)

    def pending(self, is_last):
        """Units that were found absent and may be under way once more."""
        if is_last:
            return set()
        done = self.ledger.acknowledged.keys() | self.ledger.failed.keys()
        return self.ledger.unknown.keys() - done

    # --- faults: each sets fault.begin and fault.end and leaves its cause gone ---

    def span(self, least, most):
        length = self.random.uniform(least, most)
        return self.options.hold or length

    def begin(self, fault):
        fault.begin = time.monotonic()

    def over(self, fault, when=None):
        fault.end = when or time.monotonic()

    def primary(self):
        """Galera has none: mostly the node that most clients are on, now and then another one."""
        if self.set.kind == "replication":
            return self.set.primary
        if self.random.random() < 0.2:
            return self.random.choice(self.set.servers)
        count = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'app'"
        return max(self.set.servers, key=lambda server: int(server.value(count)))

    def link(self, server=None):
        return self.links[server or self.primary()]

    def back(self, server, fault, *options, **more):
        """Starts it; the fault is over when it greets with the offer of TLS."""
        if self.set.kind == "galera":
            self.set.join(server)
            self.over(fault, server.wait_for_greeting())
            return
        server.start(*self.set.primary_options(), *options, wait=False, **more)
        self.over(fault, server.wait_for_greeting())
        self.set.hurry()

    def restart(self, fault):
        server = self.primary()
        self.begin(fault)
        server.stop()
        self.sleep(self.span(0, 1))
        self.back(server, fault)

    def kill(self, fault):
        server = self.primary()
        self.begin(fault)
        server.kill()
        self.sleep(self.span(0, 1.5))
        self.back(server, fault)

    def ssl_switch(self, fault):
        """As a vendor does it: TLS off, another CA, TLS on. The other nodes of a cluster serve meanwhile."""
        is_alone = self.set.kind == "replication"
        server = self.primary()
        self.begin(fault)
        server.stop()
        if is_alone:
            server.start(*self.set.primary_options(), tls=False)
        else:
            self.set.join(server, tls=False)
            server.wait_for_greeting(tls=False)
        off = time.monotonic_ns()
        self.sleep(self.span(1, 2))
        self.ledger.read()
        # What a thread had in hand when TLS went could be answered until the server stopped, and not after that.
        during = self.ledger.commits_between(off, time.monotonic_ns())
        if during and is_alone:
            self.findings.append(f"ssl_switch: {len(during)} commits while the server offered no TLS")
        self.set.certificates.new_ca()
        server.stop()
        for other in self.set.servers:
            if other is not server:
                other.sql("FLUSH LOCAL SSL")
        self.back(server, fault)
        self.switches.append(fault)

    def exhaust(self, fault):
        """Others take more places than there are, and who had one loses it."""
        server = self.primary()
        for _ in range(30):
            self.held.append(socket.create_connection((server.address, server.port), timeout=5))
        self.begin(fault)
        # In one session, for nobody gets in behind it.
        server.sql("SET GLOBAL max_connections = 10", "KILL USER app")
        self.sleep(self.span(1.5, 3))
        for peer in self.held:
            peer.close()
        self.held.clear()
        self.over(fault)
        support.wait_until(lambda: self.try_sql(server, "SET GLOBAL max_connections = 200"), 10,
                           "room for an administrator")

    def try_sql(self, server, statement):
        try:
            server.sql(statement)
            return True
        except SetupError:
            return False

    def kill_sessions(self, server):
        self.try_sql(server, "KILL USER app")

    def kill_connections(self, fault):
        self.begin(fault)
        self.kill_sessions(self.primary())
        self.over(fault)

    def freeze(self, fault):
        server = self.primary()
        self.begin(fault)
        server.freeze()
        self.sleep(self.span(1, 7))
        server.thaw()
        self.over(fault)

    def freeze_replica(self, fault):
        server = self.random.choice(self.set.replicas())
        self.begin(fault)
        server.freeze()
        self.sleep(self.span(1, 5))
        server.thaw()
        self.over(fault)

    def kill_replica(self, fault):
        server = self.random.choice(self.set.replicas())
        self.begin(fault)
        server.kill()
        self.sleep(self.span(0, 1))
        server.start("--read-only=ON")
        server.sql("START SLAVE")
        self.over(fault)

    def reset(self, fault):
        self.begin(fault)
        self.proxy.ask("reset", self.link())
        self.over(fault)

    def some_link(self, fault, mode, least, most):
        """A link is worse for a while."""
        link = self.link()
        self.begin(fault)
        self.proxy.ask("mode", link, mode)
        self.sleep(self.span(least, most))
        self.proxy.ask("mode", link, "pass")
        self.over(fault)

    def delay(self, fault):
        self.some_link(fault, f"delay {self.random.randrange(50, 400)}", 2, 4)

    def throttle(self, fault):
        self.some_link(fault, f"throttle {self.random.randrange(100, 1000)}", 2, 4)

    def blackhole(self, fault):
        self.some_link(fault, "blackhole", 1, 7)

    def refuse(self, fault):
        server = self.primary()
        self.begin(fault)
        self.proxy.ask("mode", self.links[server], "refuse")
        self.proxy.ask("reset", self.links[server])
        self.sleep(self.span(1, 2))
        self.proxy.ask("mode", self.links[server], "pass")
        self.over(fault)

    def cut(self, fault, direction):
        link = self.link()
        self.begin(fault)
        for _ in range(5):
            self.proxy.ask("cut", link, direction)
            self.sleep(self.random.uniform(0.1, 0.2))
        self.over(fault)

    def cut_reply(self, fault):
        self.cut(fault, "to_client")

    def cut_request(self, fault):
        self.cut(fault, "to_server")

    def read_only(self, fault):
        server = self.set.primary
        self.begin(fault)
        server.sql("SET GLOBAL read_only = 1")
        self.sleep(self.span(0.5, 2))
        server.sql("SET GLOBAL read_only = 0")
        self.over(fault)

    def lock(self, fault):
        """Somebody keeps all accounts locked for longer than a statement waits for them."""
        server = self.primary()
        while True:
            self.begin(fault)
            try:
                server.sql("START TRANSACTION", "SELECT COUNT(*) FROM (SELECT id FROM app.account FOR UPDATE) a",
                           f"SELECT SLEEP({self.span(3.2, 4):.1f})", "ROLLBACK")
                break
            except SetupError:
                self.sleep(0.05)  # it got into a deadlock itself
        self.over(fault)

    def promote(self, fault):
        self.begin(fault)
        self.set.switch_over(self.random.choice(self.set.replicas()))
        self.over(fault)

    def kill_promote(self, fault):
        self.begin(fault)
        self.set.primary.kill()
        old = self.set.fail_over()
        self.over(fault)
        self.sleep(self.span(0, 1))
        self.set.take_back(old)

    def freeze_promote(self, fault):
        """The primary freezes, another one is promoted, and the old one goes on as if nothing had been. Until it is read only,
        its clients cannot reach it: what they have sent by then comes later."""
        old = self.set.primary
        self.begin(fault)
        old.freeze()
        self.proxy.ask("mode", self.links[old], "blackhole")
        self.set.fail_over()
        self.over(fault)
        self.sleep(self.span(0, 3))
        old.thaw()
        self.demote(old, fault)
        self.proxy.ask("mode", self.links[old], "pass")

    def split_brain(self, fault):
        """The same, and for a while there are two primaries: nobody keeps clients from the old one. It waits for replicas that
        it no longer has, so that no COMMIT may come to be acknowledged there."""
        old = self.set.primary
        self.begin(fault)
        old.freeze()
        self.set.fail_over()
        old.thaw()
        self.sleep(self.span(0.5, 3))
        self.demote(old, fault)
        self.over(fault)

    def demote(self, old, fault):
        if not self.set.demote(old):
            fault.note = "the old primary waited for replicas, and was killed"

    def kept(self, fault, how):
        """A new start behind a load balancer that keeps its clients: that their server is gone they learn when they send the
        next time, if at all."""
        server = self.primary()
        self.begin(fault)
        self.proxy.ask("mode", self.links[server], f"keep {how}")
        self.random.choice([server.stop, server.kill])()
        self.sleep(self.span(0, 1))
        self.back(server, fault)
        self.proxy.ask("mode", self.links[server], "pass")

    def kept_silent(self, fault):
        """What they send goes nowhere."""
        self.kept(fault, "silent")

    def kept_reset(self, fault):
        self.kept(fault, "reset")

    def kept_anew(self, fault):
        """What they send goes to the new server in the midst of their TLS, and they get its greeting for an answer."""
        self.kept(fault, "anew")

    def expired_certificate(self, fault):
        server = self.primary()
        certificates = self.set.certificates
        self.begin(fault)
        certificates.issue(server.name, "-48H", "-1H")
        server.sql("FLUSH LOCAL SSL")
        self.kill_sessions(server)
        self.sleep(self.span(1, 2.5))
        certificates.issue(server.name)
        server.sql("FLUSH LOCAL SSL")
        self.over(fault)

    def isolate(self, fault):
        """A node is cut off from the other two, but not from its clients."""
        server = self.primary()
        self.begin(fault)
        self.set.isolate(server, True)
        self.sleep(self.span(1, 7))
        self.set.isolate(server, False)
        self.over(fault)

    def partition(self, fault, **more):
        """Between a node and the other two nothing arrives; its clients still reach it."""
        server = self.primary()
        self.begin(fault)
        self.set.cut_off(server, **more)
        self.sleep(self.span(1, 7))
        self.set.network.heal()
        self.over(fault)

    def deaf_node(self, fault):
        """What a node says still arrives, so that the others may carry out a commit of which it never hears."""
        self.partition(fault, is_heard=True)

    def mute_node(self, fault):
        self.partition(fault, hears=True)

    # --- two faults at a time ---

    def under(self, fault, mode, kind):
        """A fault while the whole network is bad."""
        fault.note = f"{kind} under {mode}"
        links = self.links.values()
        begin = time.monotonic()
        for link in links:
            self.proxy.ask("mode", link, mode)
        self.sleep(self.span(0.2, 0.5))
        getattr(self, kind)(fault)
        fault.begin = begin
        self.sleep(self.span(0, 1))
        for link in links:
            self.proxy.ask("mode", link, "pass")
        self.over(fault)

    def delay_kill(self, fault):
        self.under(fault, f"delay {self.random.randrange(20, 150)}", "kill")

    def throttle_promote(self, fault):
        self.under(fault, f"throttle {self.random.randrange(500, 5000)}", "promote")

    def any_two(self, fault):
        mode = self.random.choice([f"delay {self.random.randrange(20, 300)}", f"throttle {self.random.randrange(500, 5000)}",
                                   "blackhole", "refuse"])
        kinds = self.REPLICATION if self.set.kind == "replication" else \
            self.GALERA + self.PARTITIONS if self.set.network else self.GALERA
        # Not those that need the network as it is, and "ssl_switch", which counts the time from the server's being back.
        self.under(fault, mode, self.random.choice([kind for kind in kinds if kind in self.SECOND]))

    def kill_two(self, fault):
        """The primary and a replica. What was acknowledged is with the primary, though only one of the other two has it."""
        primary, other = self.set.primary, self.random.choice(self.set.replicas())
        self.begin(fault)
        primary.kill()
        other.kill()
        self.sleep(self.span(0, 1.5))
        other.start("--read-only=ON")
        other.sql("START SLAVE")
        self.back(primary, fault)

    REPLICATION = ["restart", "cut_reply", "promote", "blackhole", "ssl_switch", "kill", "freeze", "kill_connections",
                   "exhaust", "delay", "kill_promote", "reset", "expired_certificate", "throttle", "read_only",
                   "cut_request", "refuse", "lock", "freeze_replica", "kill_replica", "freeze_promote", "split_brain",
                   "kept_silent", "kept_reset", "kept_anew", "delay_kill", "throttle_promote", "kill_two", "any_two"]
    GALERA = ["restart", "cut_reply", "isolate", "kill", "blackhole", "freeze", "kill_connections", "cut_request", "reset",
              "expired_certificate", "delay", "exhaust", "ssl_switch", "throttle", "refuse", "kept_silent", "kept_reset",
              "kept_anew", "delay_kill", "any_two"]
    # Not "lock": what the clients of another node write takes the lock away at once.
    # With nodes in namespaces of their own.
    PARTITIONS = ["partition", "deaf_node", "mute_node"]
    # Those of which any_two takes one.
    SECOND = {"restart", "cut_reply", "cut_request", "promote", "kill", "kill_promote", "kill_two", "freeze",
              "kill_connections", "exhaust", "reset", "expired_certificate", "read_only", "lock", "freeze_replica",
              "kill_replica", "isolate", *PARTITIONS}
    SHORT = ["ssl_switch", "kill", "cut_reply", "promote", "freeze", "reset", "blackhole", "kill_connections"]

    # --- the run ---

    def say(self, text):
        print(f"{time.monotonic() - self.started:7.1f} {text}", flush=True)

    def plan(self):
        kinds = self.options.kinds or (self.SHORT if self.options.short else
                                       self.REPLICATION if not self.options.galera else
                                       self.GALERA + self.PARTITIONS if self.set.network else self.GALERA)
        while True:
            round_ = list(kinds)
            if not self.options.short and not self.options.kinds:
                self.random.shuffle(round_)
            yield from round_
            if self.options.short:
                return

    def run(self):
        self.started = time.monotonic()
        self.say(f"seed {self.options.seed}")
        self.set_up()
        self.say("the workload is under way")
        self.sleep(1)
        self.begin_of_faults = time.monotonic()
        for kind in self.plan():
            if len(self.faults) == self.options.faults or \
                    time.monotonic() - self.begin_of_faults > self.options.minutes * 60:
                break
            fault = Fault(kind)
            self.faults.append(fault)
            getattr(self, kind)(fault)
            self.wait_until_healthy(fault)
            count = self.check(f"after fault {len(self.faults)}, {kind}")
            self.measure(fault)
            self.say(f"{kind:20} {fault.end - fault.begin:5.1f} s; first answer after"
                     f" {number(fault.to_query)} s, first commit after {number(fault.to_commit)} s; {count} transfers"
                     f"{'; ' + fault.note if fault.note else ''}")
            if self.findings and not self.options.go_on:
                break
            self.sleep(self.random.uniform(0.2, 0.5) if self.options.short else self.random.uniform(0.5, 2))
        self.end_of_faults = time.monotonic()
        self.finish()

    def measure(self, fault):
        """Which part of the tenths of a second from begin to end had a commit."""
        begin, end = int(fault.begin * SECOND), int(fault.end * SECOND)
        tenths = max(1, (end - begin) * 10 // SECOND)
        hit = {(unit[0] - begin) * 10 // SECOND for unit in self.ledger.commits_between(begin, end)}
        fault.availability = min(1.0, len(hit) / tenths) if end - begin > SECOND // 5 else None

    def finish(self):
        self.workload.stdin.write("stop\n")
        self.workload.stdin.flush()
        try:
            out, _ = self.workload.communicate(timeout=120 * self.slow)
        except subprocess.TimeoutExpired:
            raise Finding("the workload does not end") from None
        self.ledger.read()
        lines = [line for line in out.splitlines() if line.startswith("{")]
        self.result = json.loads(lines[-1]) if lines else {}
        if self.workload.returncode != 0:
            self.findings.append(f"the workload ended with {self.workload.returncode}: {self.complaints()}")
        self.set.wait_until_whole()
        for server in self.set.servers:
            self.check(f"at the end, on {server.name}", server, is_last=True)
        for fault in self.switches:
            if fault.to_query is None or fault.to_query > 1.0 * self.slow:
                self.findings.append(f"ssl_switch: the first query came {number(fault.to_query)} s after the server was"
                                     " back, instead of within 1 s")
        if not self.result.get("acknowledged"):
            self.findings.append("nothing was committed")
        self.judge_the_run()

    def judge_the_run(self):
        """Whether it showed what it is for: enough faults, of enough kinds, and nothing but success between them."""
        calm = self.calm_units(self.faults)
        failed = len(calm) - sum(kind == "A" for kind in calm)
        if failed > max(1, len(calm) // 1000):
            self.findings.append(f"between faults, {failed} of {len(calm)} units were not acknowledged")
        if self.options.short or self.options.kinds or self.options.faults >= 0:
            return
        if not calm:
            self.findings.append("between faults, nothing was done")
        # Nodes of a cluster take longer to come back.
        per_minute = 6 if self.options.minutes >= 10 and not self.options.galera else 4
        least = int(per_minute * self.options.minutes / self.slow)
        kinds = {fault.kind for fault in self.faults}
        if len(self.faults) < least or len(kinds) < min(10, least):
            self.findings.append(f"{len(self.faults)} faults of {len(kinds)} kinds were made, and not {least} of at least"
                                 f" {min(10, least)}")

    def report(self):
        print()
        print(f"{'fault':20} {'count':>5} {'lasted, s':>11}  {'until the first answer, s':>25}"
              f"  {'until the first commit, s':>25}  {'available during':>16}")
        print(f"{'':20} {'':5} {'median':>11}  {'median':>12}{'longest':>13}  {'median':>12}{'longest':>13}")
        kinds = list(dict.fromkeys(fault.kind for fault in self.faults))
        for kind in kinds:
            own = [fault for fault in self.faults if fault.kind == kind and fault.to_commit is not None]
            if not own:
                continue
            during = [fault.availability for fault in own if fault.availability is not None]
            print(f"{kind:20} {len(own):5} {median([f.end - f.begin for f in own]):11.2f}"
                  f"  {median([f.to_query for f in own if f.to_query is not None]):12.3f}"
                  f"{max([f.to_query for f in own if f.to_query is not None], default=0):13.3f}"
                  f"  {median([f.to_commit for f in own]):12.3f}{max(f.to_commit for f in own):13.3f}"
                  f"  {f'{100 * median(during):.0f} %' if during else '-':>16}")
        done = [fault for fault in self.faults if fault.to_commit is not None]
        calm = self.calm_units(done)
        acknowledged = sum(kind == "A" for kind in calm)
        print()
        print(f"{len(done)} faults of {len(kinds)} kinds in {(self.end_of_faults - self.begin_of_faults) / 60:.1f} minutes,"
              f" seed {self.options.seed}")
        if calm:
            print(f"between faults: {100 * acknowledged / len(calm):.3f} % of {len(calm)} units acknowledged")
        result = self.result
        if result:
            print(f"units: {result['acknowledged']} acknowledged, {result['failed']} failed, {result['unknown']} unknown"
                  f" (of which found present {result['present']}, absent {result['absent']}, never resolved"
                  f" {result['unresolved']})")
            print(f"totals read: {result['totals_read']}, by server {result['totals_from']}, failed"
                  f" {result['totals_failed']}")
            print(f"longest time past a deadline: {result['longest_overrun_ms']} ms")
            print(f"held at the start: {result['start']}")
            print(f"held at the end:   {result['end']}")
        for code, count in self.ledger.codes.most_common():
            print(f"failed with {code}: {count}, such as {self.ledger.texts[code]}")
        print(f"proxy: {json.dumps(self.proxy.stats())}")
        if self.switches:
            times = ", ".join(number(fault.to_query) for fault in self.switches)
            print(f"after an SSL switch with a new CA, the first query came after {times} s")

    def calm_units(self, done):
        """Kinds of the units that began and ended while nothing was wrong."""
        rough = [(fault.begin, fault.healthy) for fault in done]
        result, index = [], 0
        for end, kind, begin in sorted(self.ledger.units):
            begin, end = begin / SECOND, end / SECOND
            if not self.begin_of_faults < end < self.end_of_faults:
                continue
            while index < len(rough) and rough[index][1] < begin:
                index += 1
            if index == len(rough) or end < rough[index][0]:
                result.append(kind)
        return result


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else 0.0


def number(value):
    return "-" if value is None else f"{value:.3f}"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload")
    parser.add_argument("--proxy")
    parser.add_argument("--cluster")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--faults", type=int, default=-1)
    parser.add_argument("--kinds", type=lambda text: text.split(","))
    parser.add_argument("--galera")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--slow", type=float, default=1)
    parser.add_argument("--grace", type=float, default=3, help=argparse.SUPPRESS)
    parser.add_argument("--recovery", type=float, default=45, help=argparse.SUPPRESS)
    parser.add_argument("--hold", type=float, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--warm-up", type=float, default=3, help=argparse.SUPPRESS)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--no-resumption", action="store_true")
    parser.add_argument("--mutation", default="none")
    parser.add_argument("--go-on", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.list:
        print("replication:", " ".join(Conductor.REPLICATION))
        print("galera:", " ".join(Conductor.GALERA + Conductor.PARTITIONS))
        sys.exit(0)
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1, 1_000_000)
    return options


def main():
    options = arguments()
    if options.galera:
        support.enter_namespace()
    for program in ("mariadbd", "mariadb", "mariadb-install-db", "openssl"):
        if support.find(program) is None:
            print(f"skipped: no {program} (tests/support/install_packages.sh server)")
            return 77
    for number_ in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number_, lambda *_: sys.exit(143))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="sealsql-chaos."))
    conductor = Conductor(options, folder)
    code = 0
    try:
        conductor.run()
    except Finding as finding:
        conductor.findings.append(str(finding))
    except (SetupError, subprocess.TimeoutExpired, OSError) as error:
        print(f"cannot go on: {error}")
        code = 2
    finally:
        try:
            conductor.end_of_faults = getattr(conductor, "end_of_faults", time.monotonic())
            if conductor.faults:
                conductor.result = getattr(conductor, "result", {})
                conductor.report()
        finally:
            conductor.end()
            if options.keep:
                print(f"kept: {folder}")
            else:
                shutil.rmtree(folder, ignore_errors=True)
    for text in conductor.findings:
        print(f"VIOLATED {text}")
    if conductor.findings:
        return 1
    if code == 0:
        print("all invariants held")
    return code


if __name__ == "__main__":
    sys.exit(main())

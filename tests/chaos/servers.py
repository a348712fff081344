"""Private MariaDB servers that can be killed, frozen and given other certificates: one primary with two replicas
(semi-synchronous, so that what was acknowledged is on another server too), or a Galera cluster of three."""

import concurrent.futures
import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LIBC = ctypes.CDLL(None, use_errno=True)


class SetupError(Exception):
    """The servers could not be brought into the state that a fault needs. Not a finding about the client."""


def end_with_parent():
    LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG: however the conductor ends, nothing stays behind


def find(program, *folders):
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return shutil.which(program, path=path)


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=options.pop("timeout", 60), **options)
    if done.returncode != 0:
        raise SetupError(f"{command[0]} failed: {done.stdout[-500:]}{done.stderr[-2000:]}")
    return done.stdout


def free_port():
    """Below the range from which the kernel takes ports of outgoing connections."""
    for _ in range(200):
        port = random.SystemRandom().randrange(20000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise SetupError("no free port")


def wait_until(condition, seconds, what, pause=0.02):
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise SetupError(f"not within {seconds} s: {what}")
        time.sleep(pause)


def has_namespaces():
    """Whether we are where Network can be made: in a network namespace in which we may do as we like."""
    return os.environ.get("SEALSQL_CHAOS_IN_NAMESPACE") == "1"


def enter_namespace():
    """Starts this program anew in a network namespace of its own, if that is allowed here."""
    if has_namespaces() or find("ip") is None or find("unshare") is None or find("nsenter") is None:
        return
    words = ["unshare", "--net", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    if subprocess.run([*words, "true"], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
        os.environ["SEALSQL_CHAOS_IN_NAMESPACE"] = "1"
        os.execvp(words[0], [*words, sys.executable, "-B", *sys.argv])


class Network:
    """A network namespace for each node, with a way to ours, through which they reach each other. What one sends to another
    can be dropped, in one direction or in both: nobody is told, as on a real network."""

    def __init__(self, count):
        run("ip", "link", "set", "lo", "up")
        pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        self.holders = []
        self.dropped = []
        for number in range(1, count + 1):
            holder = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL,
                                      preexec_fn=end_with_parent)
            self.holders.append(holder)
            ours = os.readlink("/proc/self/ns/net")
            wait_until(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != ours, 10, "a network namespace")
            run("ip", "link", "add", "name", f"node{number}", "type", "veth", "peer", "name", "eth0",
                "netns", holder.pid)
            run("ip", "address", "add", f"10.78.{number}.1/30", "dev", f"node{number}")
            run("ip", "link", "set", f"node{number}", "up")
            for words in (["link", "set", "lo", "up"], ["address", "add", f"{self.address(number)}/30", "dev", "eth0"],
                          ["link", "set", "eth0", "up"], ["route", "add", "default", "via", f"10.78.{number}.1"]):
                run("nsenter", "--target", holder.pid, "--net", "ip", *words)

    @staticmethod
    def address(number):
        return f"10.78.{number}.2"

    def enter(self, number):
        """For a child process, before it becomes another program."""
        with open(f"/proc/{self.holders[number - 1].pid}/ns/net", "rb") as namespace:
            if LIBC.setns(namespace.fileno(), 0x40000000) != 0:  # CLONE_NEWNET
                raise OSError(ctypes.get_errno(), "setns")

    def drop(self, sender, receiver):
        """From now on nothing of what one node sends to the other arrives."""
        words = ["from", self.address(sender), "to", self.address(receiver), "blackhole"]
        run("ip", "rule", "add", *words)
        self.dropped.append(words)

    def heal(self):
        for words in self.dropped:
            run("ip", "rule", "del", *words)
        self.dropped.clear()

    def end(self):
        for holder in self.holders:
            holder.kill()
            holder.wait()


class Certificates:
    """One CA at a time, and a certificate for each server, for its own address only. Not by tests/support/certificates.sh: some
    have to be expired, which `openssl req` cannot make."""

    CONFIG = """
[req]
distinguished_name = name
prompt = no
[name]
CN = replaced by -subj
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:ADDRESS
[ca]
default_ca = sign
[sign]
new_certs_dir = FOLDER
database = FOLDER/index.txt
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
organizationName = optional
commonName = supplied
"""

    def __init__(self, folder, addresses):
        self.folder = folder
        self.addresses = addresses
        self.ca = folder / "ca.pem"
        self.generation = 0
        folder.mkdir(mode=0o700)
        self.new_ca()

    def new_ca(self):
        """Another CA, in the place of the old one: a reader of the file sees one or the other."""
        self.generation += 1
        (self.folder / "index.txt").write_text("")
        for name, address in self.addresses.items():
            text = self.CONFIG.replace("ADDRESS", address).replace("FOLDER", str(self.folder))
            (self.folder / f"{name}.cnf").write_text(text)
        first = next(iter(self.addresses))
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256",
            "-days", "2", "-config", self.folder / f"{first}.cnf", "-extensions", "root",
            "-subj", f"/O=sealsql test/CN=chaos root {self.generation}",
            "-out", self.folder / "ca.new", "-keyout", self.folder / "ca-key.pem")
        for name in self.addresses:
            self.issue(name)
        os.replace(self.folder / "ca.new", self.ca)

    def issue(self, name, begin="-1H", end="+24H"):
        """A new certificate for the server, signed by the present CA."""
        def moment(offset):
            hours = int(offset[:-1])
            return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 3600 * hours))

        folder, config = self.folder, self.folder / f"{name}.cnf"
        ca = folder / "ca.new"
        if not ca.exists():
            ca = self.ca
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256",
            "-config", config, "-subj", f"/O=sealsql test/CN=chaos {name}",
            "-out", folder / f"{name}.csr", "-keyout", folder / f"{name}-key.new")
        run("openssl", "ca", "-batch", "-notext", "-config", config, "-extensions", "server", "-cert", ca,
            "-keyfile", folder / "ca-key.pem", "-in", folder / f"{name}.csr", "-out", folder / f"{name}-cert.new",
            "-startdate", moment(begin), "-enddate", moment(end))
        os.replace(folder / f"{name}-key.new", folder / f"{name}-key.pem")
        os.replace(folder / f"{name}-cert.new", folder / f"{name}-cert.pem")

    def options(self, name):
        return [f"--ssl-ca={self.ca}", f"--ssl-cert={self.folder}/{name}-cert.pem",
                f"--ssl-key={self.folder}/{name}-key.pem"]


class Server:
    """One mariadbd. root comes in by the socket, which is in a folder that only we may enter."""

    def __init__(self, name, folder, number, certificates, options, environment=None, network=None):
        self.name = name
        self.folder = folder
        self.number = number
        self.certificates = certificates
        self.options = options
        self.environment = environment
        self.network = network
        self.address = network.address(number) if network else "127.0.0.1"
        self.port = free_port()
        self.socket = folder / "server.sock"
        self.log = folder / "error.log"
        self.process = None
        self.is_frozen = False

    def start(self, *extra, tls=True, wait=True):
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        (self.folder / "tmp").mkdir(exist_ok=True)
        transport = self.certificates.options(self.name) if tls else ["--skip-ssl"]
        command = [find("mariadbd"), "--no-defaults", *as_root, f"--datadir={self.folder}/data",
                   f"--tmpdir={self.folder}/tmp", f"--socket={self.socket}", f"--port={self.port}",
                   f"--bind-address={self.address}", "--skip-name-resolve", "--max-connect-errors=1000000",
                   "--max-connections=200", "--character-set-server=utf8mb4", "--performance-schema=OFF",
                   # Every commit is with the kernel before it is answered, which a SIGKILL of the server does not
                   # undo; the disk is not waited for.
                   "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync",
                   "--innodb-buffer-pool-size=48M", "--innodb-log-file-size=48M", "--aria-pagecache-buffer-size=8M",
                   "--key-buffer-size=1M", "--innodb-lock-wait-timeout=3", "--connect-timeout=10",
                   f"--server-id={self.number}", "--binlog-format=ROW", *transport, *self.options, *extra]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=self.prepare, env=self.environment)
        self.is_frozen = False
        if wait:
            self.wait_for_greeting(tls)

    def prepare(self):
        end_with_parent()
        if self.network:
            self.network.enter(self.number)

    def wait_for_greeting(self, tls=True, seconds=60):
        """Back is when it greets, with the offer of TLS if it is to have it. The time of that."""
        def greets():
            if self.process.poll() is not None:
                tail = self.log.read_text(errors="replace")[-3000:]
                raise SetupError(f"{self.name} ended with {self.process.returncode}: {tail}")
            return self.greeting() == ("tls" if tls else "plain")

        wait_until(greets, seconds, f"a greeting of {self.name}")
        return time.monotonic()

    def greeting(self):
        """tls, plain, error or None: what somebody who knocks at the port gets."""
        try:
            with socket.create_connection((self.address, self.port), timeout=1) as peer:
                packet = peer.recv(4096)
        except OSError:
            return None
        if len(packet) < 5:
            return None
        if packet[4] == 0xFF:
            return "error"
        at = packet.index(0, 5) + 1 + 4 + 8 + 1
        return "tls" if packet[at + 1] & 0x08 else "plain"

    def sql(self, *statements, timeout=30):
        """Rows as lists of texts."""
        text = run(find("mariadb"), "--no-defaults", "--skip-column-names", "--batch", f"--socket={self.socket}",
                   "--user=root", "--execute", ";\n".join(statements), timeout=timeout)
        return [line.split("\t") for line in text.splitlines()]

    def value(self, statement):
        rows = self.sql(statement)
        return rows[0][0] if rows else None

    def slave_status(self):
        text = run(find("mariadb"), "--no-defaults", f"--socket={self.socket}", "--user=root", "--execute",
                   "SHOW SLAVE STATUS\\G")
        return dict(map(str.strip, line.split(":", 1)) for line in text.splitlines() if ":" in line)

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def signal(self, number):
        if self.is_running():
            self.process.send_signal(number)

    def freeze(self):
        self.signal(signal.SIGSTOP)
        self.is_frozen = True

    def thaw(self):
        self.signal(signal.SIGCONT)
        self.is_frozen = False

    def kill(self):
        self.signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self, seconds=30):
        if not self.is_running():
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()


def make_data(folder):
    as_root = ["--user=root"] if os.geteuid() == 0 else []
    # A folder of its own: a server that starts removes all temporary tables that it finds in /tmp.
    with tempfile.TemporaryDirectory() as temporary:
        run(find("mariadb-install-db"), "--no-defaults", *as_root, f"--datadir={folder}", f"--tmpdir={temporary}",
            "--skip-test-db", "--skip-name-resolve", "--auth-root-authentication-method=normal", timeout=180)


def set_up_sql(password, accounts, balance):
    values = ", ".join(f"({account}, {balance}, 0)" for account in range(1, accounts + 1))
    return [
        "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost')",
        "FLUSH PRIVILEGES",
        "CREATE DATABASE app",
        "CREATE TABLE app.account (id INT PRIMARY KEY, balance BIGINT NOT NULL, looked INT NOT NULL)",
        # The id is not unique for the server: a transfer that was done twice must be able to show.
        "CREATE TABLE app.transfer (n BIGINT AUTO_INCREMENT PRIMARY KEY, id BIGINT NOT NULL, from_account INT NOT NULL,"
        " to_account INT NOT NULL, amount BIGINT NOT NULL, KEY (id))",
        "CREATE TABLE app.note (id BIGINT PRIMARY KEY)",
        f"INSERT INTO app.account VALUES {values}",
        f"CREATE USER 'app'@'%' IDENTIFIED BY '{password}' REQUIRE SSL",
        "GRANT SELECT, INSERT, UPDATE ON app.* TO 'app'@'%'",
        # For its KILL QUERY a client needs no more than to be the same user.
        f"CREATE USER 'replica'@'%' IDENTIFIED BY '{password}'",
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'replica'@'%'",
        "GRANT BINLOG MONITOR, SLAVE MONITOR, RELOAD ON *.* TO 'app'@'%'",
    ]


class Replication:
    """A primary and two replicas. What the primary has answered is in a replica's relay log before."""

    kind = "replication"

    def __init__(self, folder, addresses, password, accounts, balance):
        self.password = password
        self.certificates = Certificates(folder / "tls", addresses)
        make_data(folder / "data")
        options = ["--log-bin=binlog", "--log-slave-updates=ON", "--relay-log=relay", "--skip-slave-start",
                   "--gtid-strict-mode=ON", "--slave-net-timeout=8", "--rpl-semi-sync-slave-enabled=ON",
                   "--rpl-semi-sync-master-timeout=3600000", "--rpl-semi-sync-master-wait-point=AFTER_SYNC",
                   # A replica says goodbye to its primary, which a frozen one does not answer.
                   "--rpl-semi-sync-slave-kill-conn-timeout=1"]
        self.servers = []
        for number, name in enumerate(addresses, 1):
            own = folder / name
            own.mkdir()
            shutil.copytree(folder / "data", own / "data")
            self.servers.append(Server(name, own, number, self.certificates, options))
        shutil.rmtree(folder / "data")
        self.primary = self.servers[0]
        for server in self.servers:
            server.start(wait=False)
        for server in self.servers:
            server.wait_for_greeting()
        self.primary.sql(*set_up_sql(password, accounts, balance))
        for server in self.replicas():
            self.follow(server)
        self.primary.sql("SET GLOBAL rpl_semi_sync_master_enabled = 1")
        self.wait_until_whole()

    def replicas(self):
        return [server for server in self.servers if server is not self.primary]

    def follow(self, server, restart_position=False):
        position = ["SET GLOBAL gtid_slave_pos = @@GLOBAL.gtid_binlog_pos"] if restart_position else []
        server.sql("SET GLOBAL rpl_semi_sync_master_enabled = 0", "SET GLOBAL read_only = 1", "STOP SLAVE", *position,
                   f"CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = {self.primary.port},"
                   f" MASTER_USER = 'replica', MASTER_PASSWORD = '{self.password}', MASTER_CONNECT_RETRY = 1,"
                   " MASTER_USE_GTID = slave_pos", "START SLAVE")

    def hurry(self):
        """Replicas try again once a second; a primary that is back has to wait for one of them with its commits."""
        for server in self.replicas():
            try:
                server.sql("STOP SLAVE IO_THREAD", "START SLAVE IO_THREAD", timeout=5)
            except (SetupError, subprocess.TimeoutExpired):
                pass

    def primary_options(self):
        return ["--rpl-semi-sync-master-enabled=ON"]

    def is_whole(self):
        try:
            if not self.primary.is_running() or self.primary.value("SELECT @@read_only") != "0":
                return False
            for server in self.replicas():
                status = server.slave_status()
                if status.get("Slave_IO_Running") != "Yes" or status.get("Slave_SQL_Running") != "Yes":
                    if status.get("Slave_IO_Running") == "No" or status.get("Slave_SQL_Running") == "No":
                        errors = status.get("Last_IO_Error", "") + status.get("Last_SQL_Error", "")
                        if errors:
                            raise SetupError(f"{server.name} does not replicate: {errors}")
                    return False
                position = self.primary.value("SELECT @@GLOBAL.gtid_binlog_pos")
                if server.value(f"SELECT MASTER_GTID_WAIT('{position}', 1)") != "0":
                    return False
            return self.primary.value("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS"
                                      " WHERE VARIABLE_NAME = 'RPL_SEMI_SYNC_MASTER_CLIENTS'") == "2"
        except subprocess.TimeoutExpired:
            return False

    def wait_until_whole(self, seconds=45):
        def whole():
            try:
                return self.is_whole()
            except SetupError as error:
                if "does not replicate" in str(error):
                    raise
                return False
        wait_until(whole, seconds, "replicas that have caught up", 0.1)

    def switch_over(self, to):
        """Planned: nothing is written any more, the replica has everything, then it is the primary."""
        old = self.primary
        old.sql("SET GLOBAL read_only = 1")
        position = old.value("SELECT @@GLOBAL.gtid_binlog_pos")
        if to.value(f"SELECT MASTER_GTID_WAIT('{position}', 10)") != "0":
            raise SetupError(f"{to.name} did not catch up")
        to.sql("STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL rpl_semi_sync_master_enabled = 1")
        self.primary = to
        for server in self.replicas():
            self.follow(server, restart_position=server is old)
        to.sql("SET GLOBAL read_only = 0")

    def fail_over(self):
        """The primary is dead, or seems so: the replica that has most becomes the primary. Returns the dead one."""
        old, candidates = self.primary, self.replicas()
        held = {}
        with concurrent.futures.ThreadPoolExecutor() as at_once:
            list(at_once.map(lambda server: server.sql("STOP SLAVE IO_THREAD"), candidates))
        for server in candidates:
            position = server.slave_status()["Gtid_IO_Pos"]
            if server.value(f"SELECT MASTER_GTID_WAIT('{position}', 10)") != "0":
                raise SetupError(f"{server.name} did not apply what it holds")
            held[server] = int(position.rsplit("-", 1)[1])
        best = max(candidates, key=held.get)
        best.sql("STOP SLAVE", "RESET SLAVE ALL", "SET GLOBAL rpl_semi_sync_master_enabled = 1")
        self.primary = best
        for server in candidates:
            if server is not best:
                self.follow(server)
        best.sql("SET GLOBAL read_only = 0")
        old.known = held[best]
        return old

    def take_back(self, old):
        """A dead primary as a replica. What no replica had acknowledged, its recovery takes out of its log again."""
        old.start("--read-only=ON", "--init-rpl-role=SLAVE")
        own = int(old.value("SELECT @@GLOBAL.gtid_binlog_pos").rsplit("-", 1)[1])
        if own <= old.known:
            self.follow(old, restart_position=True)
        else:
            self.rebuild(old)

    def demote(self, old):
        """A former primary that is alive, and may have commits under way, becomes a replica. Whether it could be done while it
        ran."""
        try:
            # Waits for each commit, and for statements that wait for a lock, which they do for 3 s.
            old.sql("SET SESSION lock_wait_timeout = 4", "SET GLOBAL read_only = 1")
            has_more = int(old.value("SELECT @@GLOBAL.gtid_binlog_pos").rsplit("-", 1)[1]) > old.known
        except SetupError as error:
            if "Lock wait timeout" not in str(error):
                raise
            has_more = True
        if has_more:
            # Of what waits for a replica nothing may be answered, which turning that off would do.
            old.kill()
            self.take_back(old)
            return False
        self.follow(old, restart_position=True)
        return True

    def rebuild(self, server):
        """From the files of the other replica, which rests meanwhile."""
        server.kill()
        source = next(other for other in self.replicas() if other is not server)
        source.stop()
        shutil.rmtree(server.folder / "data")
        shutil.copytree(source.folder / "data", server.folder / "data")
        for one in (source, server):
            one.start("--read-only=ON")
            one.sql("START SLAVE")
        self.follow(server)

    def reader(self):
        return self.primary

    def end(self):
        for server in self.servers:
            server.kill()


class Galera:
    """Three nodes that all take writes."""

    kind = "galera"

    def __init__(self, folder, addresses, password, accounts, balance, packages):
        self.certificates = Certificates(folder / "tls", addresses)
        make_data(folder / "data")
        provider = next(iter(sorted(packages.glob("usr/lib/galera/libgalera_smm.so"))), None)
        if provider is None:
            raise SetupError("no libgalera_smm.so")
        environment = dict(os.environ, PATH=f"{packages}/usr/bin:{os.environ['PATH']}:/usr/sbin:/sbin",
                           LD_LIBRARY_PATH=":".join(map(str, packages.glob("usr/lib/*-linux-gnu*"))))
        self.network = Network(len(addresses)) if has_namespaces() else None
        at = {name: self.network.address(number) if self.network else "127.0.0.1"
              for number, name in enumerate(addresses, 1)}
        nodes = {name: f"{at[name]}:{free_port()}" for name in addresses}
        self.cluster = "gcomm://" + ",".join(nodes.values())
        self.servers = []
        for number, name in enumerate(addresses, 1):
            own = folder / name
            own.mkdir()
            shutil.copytree(folder / "data", own / "data")
            provider_options = ";".join([
                f"gmcast.listen_addr=tcp://{nodes[name]}", f"ist.recv_addr={at[name]}:{free_port()}",
                "gcache.size=64M", "evs.keepalive_period=PT0.3S", "evs.suspect_timeout=PT2S",
                "evs.inactive_timeout=PT4S", "evs.inactive_check_period=PT0.3S", "evs.install_timeout=PT4S",
                "pc.recovery=false"])
            options = [f"--wsrep-provider={provider}", "--wsrep-on=ON", "--wsrep-cluster-name=chaos",
                       f"--wsrep-cluster-address={self.cluster}",
                       f"--wsrep-node-name={name}", f"--wsrep-node-address={nodes[name]}",
                       f"--wsrep-provider-options={provider_options}", "--wsrep-sst-method=rsync",
                       f"--wsrep-sst-receive-address={at[name]}:{free_port()}", "--innodb-autoinc-lock-mode=2",
                       "--default-storage-engine=InnoDB", "--wsrep-slave-threads=2"]
            self.servers.append(Server(name, own, number, self.certificates, options, environment, self.network))
        shutil.rmtree(folder / "data")
        first = self.servers[0]
        first.start("--wsrep-new-cluster", wait=False)  # from here nobody is let in yet, so that no greeting comes
        wait_until(lambda: self.state(first)[0] == "Synced", 30, "a cluster of one")
        first.sql(*set_up_sql(password, accounts, balance))
        # The same files for all: then nobody needs a transfer of the whole state.
        first.stop()
        position = self.recovered_position(first)
        for server in self.servers[1:]:
            shutil.rmtree(server.folder / "data")
            shutil.copytree(first.folder / "data", server.folder / "data",
                            ignore=shutil.ignore_patterns("galera.cache", "gvwstate.dat", "*.pid"))
        first.start("--wsrep-new-cluster", f"--wsrep-start-position={position}")
        wait_until(lambda: self.state(first)[0] == "Synced", 30, "a cluster of one, again")
        for server in self.servers[1:]:
            self.join(server)
        self.wait_until_whole()

    def recovered_position(self, server):
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        log = server.folder / "recover.log"
        log.unlink(missing_ok=True)
        run(find("mariadbd"), "--no-defaults", *as_root, f"--datadir={server.folder}/data", "--wsrep-recover",
            f"--log-error={log}", "--innodb-log-file-size=48M", "--skip-networking",
            f"--socket={server.folder}/recover.sock", "--innodb-flush-method=nosync", "--binlog-format=ROW",
            *server.options[:4],
            env=server.environment)
        for line in log.read_text(errors="replace").splitlines():
            if "Recovered position" in line:
                return line.rsplit(" ", 1)[1].split(",")[0]
        raise SetupError("no recovered position: " + log.read_text(errors="replace")[-1000:])

    def join(self, server, **more):
        position = self.recovered_position(server)
        server.start(f"--wsrep-start-position={position}", wait=False, **more)

    def state(self, server):
        """(state, cluster size), or (None, 0) if it does not say."""
        try:
            rows = dict(server.sql("SHOW STATUS WHERE Variable_name IN"
                                   " ('wsrep_local_state_comment', 'wsrep_cluster_size', 'wsrep_ready')", timeout=5))
        except (SetupError, subprocess.TimeoutExpired):
            return None, 0
        if rows.get("wsrep_ready") != "ON":
            return None, 0
        return rows.get("wsrep_local_state_comment"), int(rows.get("wsrep_cluster_size", 0))

    def is_whole(self):
        for server in self.servers:
            if server.process is not None and server.process.poll() is not None:
                raise SetupError(f"{server.name} ended: {server.log.read_text(errors='replace')[-3000:]}")
        return all(self.state(server) == ("Synced", len(self.servers)) for server in self.servers)

    def wait_until_whole(self, seconds=60):
        wait_until(self.is_whole, seconds, "a cluster of three", 0.1)

    def isolate(self, server, is_isolated):
        server.sql(f"SET GLOBAL wsrep_provider_options = 'gmcast.isolate={int(is_isolated)}'")

    def cut_off(self, server, hears=False, is_heard=False):
        """Between the node and the others nothing arrives, in either direction unless said otherwise."""
        for other in self.servers:
            if other is not server and not is_heard:
                self.network.drop(server.number, other.number)
            if other is not server and not hears:
                self.network.drop(other.number, server.number)

    def reader(self):
        return self.servers[0]

    def end(self):
        for server in self.servers:
            server.kill()
        if self.network:
            self.network.end()

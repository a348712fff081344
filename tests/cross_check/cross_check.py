#!/usr/bin/env python3
"""cross_check.py SAMPLES [--table FILE]: the vendor's own samples beside ours, against the same servers.

SAMPLES is the folder of the built programs of examples/samples. Starts private MariaDB and MySQL servers, shows each client
every kind of certificate, no TLS, and somebody on the path who takes the offer of TLS away; writes down what each client sends;
prints both outcomes side by side, as Markdown. Fails if ours accepts, or sends anything of a login to, what one of the originals
refuses. install_originals.sh installs what the originals run on; one that is not there is left out, and said to be."""

import argparse
import contextlib
import datetime
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.realpath(__file__))
ORIGINALS = os.path.join(HERE, "originals")
SUPPORT = os.path.join(HERE, "..", "support")
sys.dont_write_bytecode = True  # the source folder stays as it is
sys.path.insert(0, SUPPORT)
from path_recorder import Recorder  # noqa: E402

CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "sealsql", "originals")
CASES = ["good", "other name", "untrusted CA", "self-signed", "expired", "leaf only", "no TLS", "stripped"]
PROGRAM_SECONDS = 12  # for a client that hangs


def output_of(*command, **options):
    done = subprocess.run(command, capture_output=True, check=False, timeout=300, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n" + done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace")


def is_there(*command):
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    except FileNotFoundError:
        return False


# --- The originals ---


def package_version(package):
    text = output_of("dpkg-query", "-W", "-f", "${Version}", package)
    return re.sub(r"^\d+:", "", text).split("-")[0].split("+")[0]


def node_version(package):
    with open(os.path.join(CACHE, "node_modules", package, "package.json"), encoding="utf-8") as file:
        return json.load(file)["version"]


class Original:
    """One of the vendor's samples, and ours beside it."""

    def __init__(self, title, version, ours, command, environment=None):
        self.title, self.version, self.ours = title, version, ours
        self.command, self.environment = command, environment or {}


def find_originals(work):
    """Those whose runtimes are here, built where they have to be."""
    found, missing = [], []

    def add(title, ours, there, make):
        if there:
            version, command, environment = make()
            found.append(Original(title, version, ours, command, environment))
        else:
            missing.append(title)

    def file(name):
        return os.path.join(ORIGINALS, name)

    add("mariadb command line", "mysql_command_line", shutil.which("mariadb"), lambda: (
        re.search(r"Distrib ([\d.]+)|from ([\d.]+)-", output_of("mariadb", "--version"))[0].split()[-1].rstrip("-"),
        ["sh", file("command_line.sh")], {}))
    for title, ours, module, name in [("PHP mysqli", "php_mysqli", "mysqli", "mysqli.php"),
                                      ("PHP PDO", "php_pdo", "pdo_mysql", "pdo.php")]:
        add(title, ours, is_there("php", "-r", f"exit((int)!extension_loaded('{module}'));"), lambda name=name: (
            output_of("php", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION, '.', PHP_RELEASE_VERSION;"),
            ["php", "-d", "display_errors=stderr", file(name)], {}))

    jar = "/usr/share/java/mariadb-java-client.jar"

    def make_jdbc():
        output_of("javac", "-d", work, file("Jdbc.java"))
        return package_version("libmariadb-java"), ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{work}:{jar}", "Jdbc"], {}

    add("Java, MariaDB Connector/J", "java_jdbc", os.path.exists(jar) and shutil.which("javac"), make_jdbc)
    python = "/usr/bin/python3"  # the one that Debian's packages are for
    add("PyMySQL", "python_pymysql", is_there(python, "-c", "import pymysql"), lambda: (
        package_version("python3-pymysql"), [python, file("pymysql_sample.py")], {}))
    django = is_there(python, "-c", "import django")
    add("Django + PyMySQL", "python_django", django and is_there(python, "-c", "import pymysql"), lambda: (
        package_version("python3-django") + " + " + package_version("python3-pymysql"),
        [python, file("django_sample.py"), "--pymysql"], {}))
    add("Django + mysqlclient", "python_django", django and is_there(python, "-c", "import MySQLdb"), lambda: (
        package_version("python3-django") + " + " + package_version("python3-mysqldb"),
        [python, file("django_sample.py")], {}))
    for package in ["mysql", "mysql2"]:
        add("Node.js " + package, "nodejs", os.path.isdir(os.path.join(CACHE, "node_modules", package)),
            lambda package=package: (node_version(package), ["node", file("node.js"), package],
                                     {"NODE_PATH": os.path.join(CACHE, "node_modules")}))
    source = "/usr/share/gocode/src/github.com/go-sql-driver/mysql"

    def make_go():
        program = os.path.join(work, "driver")
        output_of("go", "build", "-o", program, file("driver.go"),
                  env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                       "GOCACHE": os.path.join(CACHE, "go-build")})
        return package_version("golang-github-go-sql-driver-mysql-dev"), [program], {}

    add("Go driver", "go", os.path.isdir(source) and shutil.which("go"), make_go)
    add("Ruby mysql2", "ruby", is_there("ruby", "-e", "require 'mysql2'"), lambda: (
        package_version("ruby-mysql2"), ["ruby", file("mysql2.rb")], {}))
    return found, missing


# --- The servers ---


class Server:
    """A private server of ours, whose certificate can be changed."""

    def __init__(self, kind, folder, samples_client, *options):
        self.kind, self.folder, self.client = kind, folder, samples_client
        self.script = os.path.join(SUPPORT, f"private_{kind}.sh")
        self.options = options
        self.process = None  # of a server that was started again

    def __enter__(self):
        done = subprocess.run(["bash", self.script, "start", self.folder, *self.options], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False, timeout=600)
        if done.returncode == 77 and os.environ.get("SEALSQL_REQUIRE_MYSQL") != "1":
            print("skipped: " + done.stderr.decode(errors="replace").strip())
            sys.exit(77)
        if done.returncode != 0:
            raise RuntimeError(f"{self.script} failed:\n" + done.stderr.decode(errors="replace"))
        with open(os.path.join(self.folder, "server.env"), encoding="utf-8") as file:
            self.settings = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        return self

    def __exit__(self, *_):
        subprocess.run(["bash", self.script, "stop", self.folder], check=False, timeout=120)

    def __getitem__(self, key):
        return self.settings["SEALSQL_TEST_" + key]

    def present(self, certificate):
        """Shows this certificate from now on."""
        tls = os.path.join(self.folder, "tls")
        for part in ["cert", "key"]:
            shutil.copyfile(f"{certificate}-{part}.pem", os.path.join(tls, f"server-{part}.pem"))
        if self.kind == "mysql":
            self.restart()
        else:
            output_of(self.client, "--socket", self["SOCKET"], "-u", self["ADMIN_USER"], "-e", "FLUSH SSL",
                      env={**os.environ, "SEALSQL_PASSWORD": self["ADMIN_PASSWORD"]})

    def restart(self):
        """Ends the server and starts it as it was. MySQL reloads no certificate that its CA did not sign, but starts with one."""
        pid = self["PID"]
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = file.read().rstrip(b"\0").split(b"\0")
        with open(f"/proc/{pid}/environ", "rb") as file:
            environment = dict(one.split(b"=", 1) for one in file.read().split(b"\0") if b"=" in one)
        os.kill(int(pid), signal.SIGTERM)
        if self.process:
            self.process.wait(timeout=60)
        while is_alive(pid):
            time.sleep(0.05)
        log = os.path.join(self.folder, "error.log")
        begin = os.path.getsize(log)
        with open(log, "ab") as file:
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)
        self.settings["SEALSQL_TEST_PID"] = str(self.process.pid)
        deadline = time.monotonic() + 90
        while b"ready for connections" not in tail_of(log, begin):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start again:\n" + tail_of(log, begin).decode(errors="replace"))
            time.sleep(0.05)


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return file.read().rsplit(")", 1)[1].split()[0] not in "XZ"
    except FileNotFoundError:
        return False


def tail_of(path, begin):
    with open(path, "rb") as file:
        file.seek(begin)
        return file.read()


def make_certificates(tls, folder):
    """Every kind, by the CA of the server whose folder for TLS this is. Says where each is."""
    config = os.path.join(folder, "openssl.cnf")
    with open(os.path.join(tls, "openssl.cnf"), encoding="utf-8") as file:
        text = file.read()
    with open(config, "w", encoding="utf-8") as file:
        file.write(text)
        section = re.search(r"(?s)\[server\]\n(.*?)(?=\n\[)", text)[1]
        file.write("[other_name]\n" + re.sub("subjectAltName.*", "subjectAltName = DNS:db2.other.example", section) + "\n")

    def make(name, section, issuer):
        files = os.path.join(folder, name.replace(" ", "-"))
        signed = ["-CA", issuer + ".pem", "-CAkey", issuer + "-key.pem"] if issuer else []
        output_of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-sha256",
                  "-days", "2", "-config", config, "-extensions", section, "-subj", f"/O=sealsql test/CN={name}",
                  "-out", files + "-cert.pem", "-keyout", files + "-key.pem", *signed)
        return files

    def make_expired(section, issuer):
        """Of all that signs, only `openssl ca` takes dates."""
        files = os.path.join(folder, "expired")
        output_of("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                  "-config", config, "-subj", "/CN=expired", "-out", files + ".csr", "-keyout", files + "-key.pem")
        with open(config, "a", encoding="utf-8") as file:
            file.write(f"[dates]\ndatabase = {folder}/index\nrand_serial = yes\npolicy = any\n[any]\ncommonName = supplied\n")
        open(os.path.join(folder, "index"), "w", encoding="utf-8").close()
        output_of("openssl", "ca", "-batch", "-notext", "-config", config, "-name", "dates", "-md", "sha256",
                  "-extensions", section, "-startdate", "20250101000000Z", "-enddate", "20250201000000Z",
                  "-cert", issuer + ".pem", "-keyfile", issuer + "-key.pem",
                  "-in", files + ".csr", "-out", files + "-cert.pem", "-outdir", folder)
        return files

    authority = os.path.join(tls, "ca")
    made = {
        "good": make("good", "server", authority),
        "other name": make("other name", "other_name", authority),
        "untrusted CA": make("untrusted CA", "server", os.path.join(tls, "other-ca")),
        "expired": make_expired("server", authority),
    }
    # Without the extension that names its issuer, which there is none of.
    with open(config, "a", encoding="utf-8") as file:
        file.write("[self_signed]\n" + section.replace("authorityKeyIdentifier = keyid\n", "") + "\n")
    made["self-signed"] = make("self-signed", "self_signed", None)
    intermediate = make("intermediate", "ca", authority)
    shutil.copyfile(intermediate + "-cert.pem", intermediate + ".pem")
    made["leaf only"] = make("leaf only", "server", intermediate)
    return made


# --- What becomes of a client ---


def run_client(command, environment, host, port, password, strip):
    """(connected, cipher, what was sent, what it said)"""
    with Recorder(host, port, strip=strip) as recorder:
        try:
            done = subprocess.run(
                command, capture_output=True, check=False, timeout=PROGRAM_SECONDS, stdin=subprocess.DEVNULL,
                env={**os.environ, **environment, "DB_PORT": str(recorder.port)})
            text = (done.stdout + done.stderr).decode(errors="replace")
        except subprocess.TimeoutExpired:
            text = "hung"
    cipher = re.search(r"^Ssl_cipher[=\t]?(.*)$", text, re.M)
    sent = recorder.sent
    clear = b"".join(one.clear for one in sent)
    return {
        "connected": cipher is not None,
        "cipher": cipher[1].strip() if cipher else "",
        "clear": bool(clear),
        "password": password.encode() in clear,
        "inside": any(one.inside_tls for one in sent),
        "said": text.strip(),
    }


def outcome(result):
    if result["connected"]:
        if result["cipher"]:
            return "TLS"
        return "**PLAIN, PASSWORD SENT**" if result["password"] else "**PLAIN**"
    if result["password"]:
        return "refused, **PASSWORD SENT**"
    if result["clear"]:
        return "refused, **login sent in clear**"
    return "TLS, login failed" if result["inside"] else "refused"


def refused(result):
    """Whether it turned the server down, rather than failed to log in."""
    return not (result["connected"] or result["clear"] or result["inside"])


def check_kind(kind, work, arguments, originals, problems):
    """The table of one kind of server."""
    client = os.path.join(arguments.samples, "..", "sealsql")
    tls_folder, plain_folder, certificates = (os.path.join(work, kind + part) for part in ["", "-no-tls", "-certificates"])
    os.mkdir(certificates)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(kind, tls_folder, client))
        without = stack.enter_context(Server(kind, plain_folder, client, "--no-tls"))
        made = make_certificates(os.path.join(tls_folder, "tls"), certificates)
        store = os.path.join(certificates, "bundle.jks")
        if shutil.which("keytool"):
            output_of("keytool", "-importcert", "-noprompt", "-storetype", "JKS", "-storepass", "tencentdb",
                      "-alias", "ca", "-file", server["CA"], "-keystore", store)
        results = {}
        for case in CASES:
            one = without if case == "no TLS" else server
            if case in made:
                server.present(made[case])
            elif case == "stripped":
                server.present(made["good"])
            environment = {
                "DB_ADDRESS": "127.0.0.1", "DB_USERNAME": one["USER"], "DB_PASSWORD": one["PASSWORD"],
                "DB_DATABASE": one["DATABASE"], "DB_CA": server["CA"], "DB_CA_JKS": store,
            }
            where = one["HOST"], int(one["PORT"]), one["PASSWORD"], case == "stripped"
            for original in originals:
                results[case, original.title] = run_client(original.command, {**environment, **original.environment}, *where)
            for ours in arguments.programs:
                command = [os.path.join(arguments.samples, ours)]
                # The sample for Java names the Java keystore.
                own = {"DB_CA": store} if ours == "java_jdbc" and os.path.exists(store) else {}
                results[case, ours] = run_client(command, {**environment, **own}, *where)
            print(f"{kind}: {case} done", file=sys.stderr)
        version = server["SERVER_VERSION"]

    for case in CASES:
        for ours in arguments.programs:
            result = results[case, ours]
            if case == "good":
                if not result["connected"] or not result["cipher"]:
                    problems.append(f"{kind}, {case}: {ours} did not connect by TLS: {result['said']}")
                continue
            strict = [original.title for original in originals if refused(results[case, original.title])]
            if strict and not refused(result):
                problems.append(f"{kind}, {case}: {ours} accepts what {strict[0]} refuses: {result['said']}")

    def row(cells):
        return "| " + " | ".join(cells) + " |"

    name = {"mariadb": "MariaDB", "mysql": "MySQL"}[kind]
    lines = [f"## {name} {version}", "", row(["client", *CASES]), "|---" * (len(CASES) + 1) + "|"]
    beside = {original.ours for original in originals}
    for original in originals:
        lines.append(row([f"{original.title} {original.version}", *(outcome(results[case, original.title]) for case in CASES)]))
        lines.append(row([f"ours: `{original.ours}`", *(outcome(results[case, original.ours]) for case in CASES)]))
    for ours in arguments.programs:
        if ours not in beside:
            lines.append(row([f"ours alone: `{ours}`", *(outcome(results[case, ours]) for case in CASES)]))
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples")
    parser.add_argument("--table", help="also writes the Markdown here")
    arguments = parser.parse_args()
    arguments.samples = os.path.realpath(arguments.samples)
    arguments.programs = sorted(
        name for name in os.listdir(arguments.samples)
        if os.path.isfile(os.path.join(arguments.samples, name)) and os.access(os.path.join(arguments.samples, name), os.X_OK))
    if not arguments.programs:
        sys.exit(f"{arguments.samples} has no programs: build the target samples first")

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with it
    problems = []
    with tempfile.TemporaryDirectory() as work:
        originals, missing = find_originals(work)
        if not originals:
            print("skipped: none of the originals can be run here; see install_originals.sh")
            sys.exit(77)
        lines = [
            "# The vendor's samples beside ours", "",
            f"Made by `tests/cross_check/cross_check.py` on {datetime.date.today().isoformat()}. Each of the vendor's samples, its placeholders filled in and no more",
            "mended than it takes to run (`tests/cross_check/originals`), and ours below it, against the same servers. A recorder",
            "between them writes down what a client sends.", "",
            "- TLS: connected, and the server says that the session is encrypted. **PLAIN**: connected without.",
            "- refused: turned down before anything of a login was sent.",
            "- **login sent in clear**: user and scrambled password, for everybody on the way. **PASSWORD SENT**: the password itself. That",
            "  the server refused it then helps nobody.",
            "- TLS, login failed: server and certificate were accepted, then something else went wrong.",
            "- other name: the certificate is for another host. leaf only: the server does not send the CA between it and the root.",
            "  stripped: somebody on the way takes the offer of TLS out of the server's greeting.", "",
            "MySQL's own connectors for Java and Python, MySqlConnector for .NET and Navicat are no packages of Debian or npm: there ours",
            "is alone.", "",
        ]
        if missing:
            lines += ["Not run, what they need not being here: " + ", ".join(missing) + ".", ""]
        for kind in ["mariadb", "mysql"]:
            lines += check_kind(kind, work, arguments, originals, problems) + [""]
    text = "\n".join(lines)
    print(text)
    if arguments.table:
        with open(arguments.table, "w", encoding="utf-8") as file:
            file.write(text)
    for problem in problems:
        print("FAILED: " + problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

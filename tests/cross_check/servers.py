"""What the programs of this folder share: private servers whose certificate can be changed, certificates of every kind, and where
the originals' runtimes are."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.realpath(__file__))
SUPPORT = os.path.join(HERE, "..", "support")
sys.dont_write_bytecode = True  # the source folder stays as it is
CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "sealsql", "originals")


def output_of(*command, **options):
    done = subprocess.run(command, capture_output=True, check=False, timeout=300, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed:\n" + done.stderr.decode(errors="replace"))
    return done.stdout.decode(errors="replace")


def is_there(*command, environment=None):
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=60,
                              env={**os.environ, **(environment or {})}).returncode == 0
    except FileNotFoundError:
        return False


# --- The runtimes ---

JAR = "/usr/share/java/mariadb-java-client.jar"
PYTHON = "/usr/bin/python3"  # the one that Debian's packages are for
GO_SOURCE = "/usr/share/gocode/src/github.com/go-sql-driver/mysql"
NODE_ENVIRONMENT = {"NODE_PATH": os.path.join(CACHE, "node_modules")}
CONNECTOR_PYTHON_ENVIRONMENT = {
    "PYTHONPATH": os.path.join(CACHE, "mysql-connector-python", "usr", "lib", "python3", "dist-packages"),
    "PYTHONDONTWRITEBYTECODE": "1"}
MYSQL_DATA = os.path.join(CACHE, "node_modules", "edge-sql", "lib", "MySql.Data.dll")
MONO_ENVIRONMENT = {"MONO_PATH": os.path.dirname(MYSQL_DATA)}  # what it needs is beside it


def mariadb_version():
    return re.search(r"Distrib ([\d.]+)|from ([\d.]+)-", output_of("mariadb", "--version"))[0].split()[-1].rstrip("-")


def has_php(module):
    return is_there("php", "-r", f"exit((int)!extension_loaded('{module}'));")


def php_version():
    return output_of("php", "-r", "echo PHP_MAJOR_VERSION, '.', PHP_MINOR_VERSION, '.', PHP_RELEASE_VERSION;")


def has_jdbc():
    return os.path.exists(JAR) and shutil.which("javac")


# Those of MySQL. A server that calls itself 5.5.5, as MariaDB's does, they offer TLS 1.1 at most, which Java no longer has.
MYSQL_JAR_VERSIONS = ["5.1.49", "8.0.23"]
MYSQL_JAR_SAYS_TLS = "&enabledTLSProtocols=TLSv1.2"


def mysql_jar(version):
    return os.path.join(CACHE, "node_modules", "liquibase-wrapper", "lib", "mysql", f"mysql-connector-java-{version}.jar")


def has_mysql_jar(version):
    return os.path.exists(mysql_jar(version)) and shutil.which("javac") and shutil.which("keytool")


def has_go():
    return os.path.isdir(GO_SOURCE) and shutil.which("go")


def build_go(source, program):
    output_of("go", "build", "-o", program, source,
              env={**os.environ, "GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                   "GOCACHE": os.path.join(CACHE, "go-build")})


def has_connector_python():
    return is_there(PYTHON, "-c", "import mysql.connector", environment=CONNECTOR_PYTHON_ENVIRONMENT)


def connector_python_version():
    return output_of(PYTHON, "-c", "import mysql.connector as it; print(it.__version__)",
                     env={**os.environ, **CONNECTOR_PYTHON_ENVIRONMENT}).strip()


def has_mysql_data():
    return os.path.exists(MYSQL_DATA) and shutil.which("mono") and shutil.which("mcs")


def build_dotnet(source, program):
    output_of("mcs", "-r:" + MYSQL_DATA, "-r:System.Data.dll", "-out:" + program, source)


def mysql_data_version():
    """Of the file, whose resources are little-endian UTF-16."""
    with open(MYSQL_DATA, "rb") as file:
        text = file.read().decode("utf-16-le", errors="replace")
    return re.search(r"FileVersion\0+(\d+\.\d+\.\d+)", text)[1]


def has_node(package):
    return os.path.isdir(os.path.join(CACHE, "node_modules", package))


def package_version(package):
    text = output_of("dpkg-query", "-W", "-f", "${Version}", package)
    return re.sub(r"^\d+:", "", text).split("-")[0].split("+")[0]


def node_version(package):
    with open(os.path.join(CACHE, "node_modules", package, "package.json"), encoding="utf-8") as file:
        return json.load(file)["version"]


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
    # Without the extension that tells its issuer's key, which there is none of.
    with open(config, "a", encoding="utf-8") as file:
        file.write("[self_signed]\n" + section.replace("authorityKeyIdentifier = keyid\n", "") + "\n")
    made["self-signed"] = make("self-signed", "self_signed", None)
    # A CA that somebody on the way makes, by the name of the true one. Its certificate does not tell its key, so that the server
    # sends the true CA's along with it.
    with open(config, "a", encoding="utf-8") as file:
        file.write("[namesake]\n" + section.replace("authorityKeyIdentifier = keyid", "authorityKeyIdentifier = none") + "\n")
    namesake = make("sealsql test root", "ca", None)
    shutil.copyfile(namesake + "-cert.pem", namesake + ".pem")
    made["namesake CA"] = make("namesake CA", "namesake", namesake)
    intermediate = make("intermediate", "ca", authority)
    shutil.copyfile(intermediate + "-cert.pem", intermediate + ".pem")
    made["leaf only"] = make("leaf only", "server", intermediate)
    return made


def refused(result):
    """Whether it turned the server down, rather than failed to log in."""
    return not (result["connected"] or result["clear"] or result["inside"])

#!/usr/bin/env python3
"""cross_check.py SAMPLES [--table FILE]: the vendor's own samples beside ours, against the same servers.

SAMPLES is the folder of the built programs of examples/samples. Starts private MariaDB and MySQL servers, shows each client
every kind of certificate, no TLS, and somebody on the path who takes the offer of TLS away; writes down what each client sends;
prints both outcomes side by side, as Markdown. Fails if ours accepts, or sends anything of a login to, what one of the originals
refuses. install_originals.sh installs what the originals run on; one that is not there is left out, and said to be."""

import argparse
import contextlib
import datetime
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # the source folder stays as it is
from servers import (CONNECTOR_PYTHON_ENVIRONMENT, HERE, JAR, MONO_ENVIRONMENT, MYSQL_JAR_SAYS_TLS,  # noqa: E402
                     MYSQL_JAR_VERSIONS, NODE_ENVIRONMENT, PYTHON, SUPPORT, Server, build_dotnet, build_go,
                     connector_python_version, has_connector_python, has_go, has_jdbc, has_mysql_data, has_mysql_jar,
                     has_node, has_php, is_there, make_certificates, mariadb_version, mysql_data_version, mysql_jar,
                     node_version, output_of, package_version, php_version, refused)
sys.path.insert(0, SUPPORT)
from path_recorder import Recorder  # noqa: E402

ORIGINALS = os.path.join(HERE, "originals")

CASES = ["good", "other name", "untrusted CA", "namesake CA", "self-signed", "expired", "leaf only", "no TLS", "stripped"]
PROGRAM_SECONDS = 60  # for a client that hangs


# --- The originals ---


class Original:
    """One of the vendor's samples, and ours beside it."""

    def __init__(self, title, version, ours, command, environment=None):
        self.title, self.ours = f"{title} {version}", ours
        self.command, self.environment = command, environment or {}


def find_originals(work):
    """Those whose runtimes are here, built where they have to be."""
    found, missing = [], []

    def add(title, ours, there, make):
        if there:
            version, command, environment = make()
            found.append(Original(title, version, ours, command, environment))
        elif title not in missing:
            missing.append(title)

    def file(name):
        return os.path.join(ORIGINALS, name)

    add("mariadb command line", "mysql_command_line", shutil.which("mariadb"), lambda: (
        mariadb_version(), ["sh", file("command_line.sh")], {}))
    for title, ours, module, name in [("PHP mysqli", "php_mysqli", "mysqli", "mysqli.php"),
                                      ("PHP PDO", "php_pdo", "pdo_mysql", "pdo.php")]:
        add(title, ours, has_php(module), lambda name=name: (
            php_version(), ["php", "-d", "display_errors=stderr", file(name)], {}))

    def java(jar):
        output_of("javac", "-d", work, file("Jdbc.java"))
        return ["java", "-XX:TieredStopAtLevel=1", "-cp", f"{work}:{jar}", "Jdbc"]

    for version in MYSQL_JAR_VERSIONS:
        add("Java, MySQL Connector/J", "java_jdbc", has_mysql_jar(version), lambda version=version: (
            version, java(mysql_jar(version)), {"DB_JDBC_MORE": MYSQL_JAR_SAYS_TLS}))

    def make_jdbc():
        return package_version("libmariadb-java"), java(JAR), {}

    add("Java, MariaDB Connector/J", "java_jdbc", has_jdbc(), make_jdbc)

    def make_dotnet():
        program = os.path.join(work, "dotnet.exe")
        build_dotnet(file("dotnet.cs"), program)
        return mysql_data_version(), ["mono", program], MONO_ENVIRONMENT

    add(".NET, MySql.Data", "dotnet", has_mysql_data(), make_dotnet)
    add("MySQL Connector/Python", "python_mysql_connector", has_connector_python(), lambda: (
        connector_python_version(), [PYTHON, file("mysql_connector_sample.py")], CONNECTOR_PYTHON_ENVIRONMENT))
    add("PyMySQL", "python_pymysql", is_there(PYTHON, "-c", "import pymysql"), lambda: (
        package_version("python3-pymysql"), [PYTHON, file("pymysql_sample.py")], {}))
    django = is_there(PYTHON, "-c", "import django")
    add("Django + PyMySQL", "python_django", django and is_there(PYTHON, "-c", "import pymysql"), lambda: (
        package_version("python3-django") + " + " + package_version("python3-pymysql"),
        [PYTHON, file("django_sample.py"), "--pymysql"], {}))
    add("Django + mysqlclient", "python_django", django and is_there(PYTHON, "-c", "import MySQLdb"), lambda: (
        package_version("python3-django") + " + " + package_version("python3-mysqldb"),
        [PYTHON, file("django_sample.py")], {}))
    for package in ["mysql", "mysql2"]:
        add("Node.js " + package, "nodejs", has_node(package),
            lambda package=package: (node_version(package), ["node", file("node.js"), package], NODE_ENVIRONMENT))

    def make_go():
        program = os.path.join(work, "driver")
        build_go(file("driver.go"), program)
        return package_version("golang-github-go-sql-driver-mysql-dev"), [program], {}

    add("Go driver", "go", has_go(), make_go)
    add("Ruby mysql2", "ruby", is_there("ruby", "-e", "require 'mysql2'"), lambda: (
        package_version("ruby-mysql2"), ["ruby", file("mysql2.rb")], {}))
    return found, missing


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
        lines.append(row([original.title, *(outcome(results[case, original.title]) for case in CASES)]))
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
            "- other name: the certificate is for another host. namesake CA: signed by another CA that bears the name of the one that is",
            "  trusted. leaf only: the server does not send the CA between it and the root. stripped: somebody on the way takes the offer",
            "  of TLS out of the server's greeting.",
            "- MySQL Connector/J is told to use TLS 1.2 (enabledTLSProtocols): to a server that calls itself 5.5.5, as MariaDB's does, 5.1",
            "  and 8.0.23 offer only what Java no longer has.", "",
            "MySqlConnector and Navicat are no packages of Debian or npm. The sample for .NET is run by Oracle's MySql.Data instead, under",
            "Mono; beside Navicat ours is alone.", "",
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

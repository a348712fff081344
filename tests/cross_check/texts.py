#!/usr/bin/env python3
"""texts.py TRANSLATOR CLIENT [--servers mariadb,mysql] [--only TITLE]: connection texts, by the clients whose they are and by ours.

TRANSLATOR is sealsql-translate, CLIENT is sealsql. Each text of text_table.py is run by the real client as it is written, and the
same text is given to sealsql-translate --check, on servers of their own: with a good certificate, with one for another name, with
one of another CA, and without TLS. The system, too, trusts the CA of the good one. Fails where

- ours connects to what the client refuses, unless the client cannot use the text at all and ours checks everything;
- ours goes without TLS where the client has it, or does not connect to the good server;
- what the report says of `before` is not what the client did, or its --check does not confirm what it says of ours.

A text that ours refuses is safe, and printed. MySQL says no more than MariaDB, and takes longer: it is left out unless it is asked
for. install_originals.sh installs what the clients run on; one that is not there is left out, and said to be."""

import argparse
import base64
import concurrent.futures
import contextlib
import dataclasses
import glob
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True  # the source folder stays as it is
import text_table  # noqa: E402
from servers import (CACHE, CONNECTOR_PYTHON_ENVIRONMENT, HERE, JAR, MONO_ENVIRONMENT, MYSQL_JAR_VERSIONS,  # noqa: E402
                     NODE_ENVIRONMENT, PYTHON, SUPPORT, Server, build_dotnet, build_go, connector_python_version,
                     has_connector_python, has_go, has_jdbc, has_mysql_data, has_mysql_jar, has_node, has_php, is_there,
                     make_certificates, mariadb_version, mysql_data_version, mysql_jar, node_version, output_of,
                     package_version, php_version, refused)
sys.path.insert(0, SUPPORT)
from path_recorder import Recorder  # noqa: E402

CASES = ["good", "other name", "untrusted CA", "no TLS"]
ANSWER_SECONDS = 60  # for a client that hangs
HUNG = "failed: it hung"
QUESTIONS = ["uses_tls", "refuses_plaintext", "checks_chain", "checks_name"]  # as the report has them
# What a client says to a keyword that its version does not have yet: nothing can be learnt from it.
TOO_OLD = re.compile(r"unexpected keyword argument|is an invalid keyword argument|unsupported keyword argument")


@dataclasses.dataclass
class Original:
    """A client, and how its texts are run."""

    table: text_table.Table
    version: str
    command: list
    environment: dict


def find_mysql(work):
    """Makes a `mysql` that runs Oracle's with the libraries that came along, as private_mysql.sh does; its folder, or None."""
    programs = glob.glob(os.path.join(CACHE, "..", "mysql-*-with-client", "usr", "bin", "mysql"))
    if not programs:
        return None
    program = os.path.realpath(sorted(programs)[-1])
    usr = os.path.dirname(os.path.dirname(program))
    loader = glob.glob(os.path.join(usr, "lib", "*", "ld-linux*.so.*"))[0]
    libraries = ":".join(glob.glob(os.path.join(usr, "lib", "*-linux-gnu*")))
    folder = os.path.join(work, "mysql-bin")
    os.mkdir(folder)
    path = os.path.join(folder, "mysql")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec env OPENSSL_CONF=/dev/null {loader} --library-path {libraries} {program} "$@"\n')
    os.chmod(path, 0o755)
    return folder


def find_originals(work, authority, store):
    """Those whose runtimes are here, built where they have to be; `authority` is the file of the CA, also as a Java keystore."""
    found, missing = [], []

    def add(table, there, make):
        if there:
            version, command, environment = make()
            found.append(Original(table, version, command, {"SSL_CERT_FILE": authority, **environment}))
        else:
            missing.append(table.title)

    def file(name):
        return os.path.join(HERE, "texts", name)

    php = ["php", "-d", "display_errors=stderr", "-d", "error_reporting=0", file("client.php")]
    for table, module in [(text_table.PDO, "pdo_mysql"), (text_table.MYSQLI, "mysqli")]:
        add(table, has_php(module), lambda: (php_version(), php, {}))
    add(text_table.MARIADB, shutil.which("mariadb"), lambda: (mariadb_version(), ["sh", file("client.sh")], {}))
    add(text_table.OPTION_FILE, shutil.which("mariadb"), lambda: (
        mariadb_version(), ["sh", file("client.sh"), "mariadb"], {"OPTION_FILE": os.path.join(work, "my.cnf")}))
    mysql = find_mysql(work)
    add(text_table.MYSQL, mysql, lambda: (
        re.search(r"Ver ([\d.]+)", output_of(os.path.join(mysql, "mysql"), "--version"))[1],
        ["sh", file("client.sh")], {"PATH": mysql + ":" + os.environ["PATH"]}))

    def java(jar):
        output_of("javac", "-d", work, file("Client.java"))
        return ["java", "-XX:TieredStopAtLevel=1", f"-Djavax.net.ssl.trustStore={store}",
                "-Djavax.net.ssl.trustStorePassword=tencentdb", "-cp", f"{work}:{jar}", "Client"]

    for version, table in zip(MYSQL_JAR_VERSIONS, [text_table.MYSQL_CONNECTOR_J_5, text_table.MYSQL_CONNECTOR_J]):
        add(table, has_mysql_jar(version), lambda: (version, java(mysql_jar(version)), {}))

    def make_java():
        return package_version("libmariadb-java"), java(JAR), {}

    add(text_table.CONNECTOR_J, has_jdbc() and shutil.which("keytool"), make_java)

    def make_dotnet():
        program = os.path.join(work, "client.exe")
        build_dotnet(file("client.cs"), program)
        return mysql_data_version(), ["mono", program], MONO_ENVIRONMENT

    add(text_table.MYSQL_DATA, has_mysql_data(), make_dotnet)
    for table in [text_table.CONNECTOR_PYTHON, text_table.CONNECTOR_PYTHON_DICTIONARY]:
        add(table, has_connector_python(), lambda: (
            connector_python_version(), [PYTHON, file("client.py"), "mysql.connector"], CONNECTOR_PYTHON_ENVIRONMENT))
    has_pymysql, has_mysqlclient, has_django = (
        is_there(PYTHON, "-c", "import " + module) for module in ["pymysql", "MySQLdb", "django"])

    def add_python(table, there, module, *packages):
        add(table, there, lambda: (
            " + ".join(map(package_version, packages)), [PYTHON, file("client.py"), module], {}))

    for table in [text_table.PYMYSQL, text_table.PYMYSQL_DICTIONARY]:
        add_python(table, has_pymysql, "pymysql", "python3-pymysql")
    add_python(text_table.MYSQLCLIENT, has_mysqlclient, "MySQLdb", "python3-mysqldb")
    add_python(text_table.DJANGO_PYMYSQL, has_django and has_pymysql, "django", "python3-django", "python3-pymysql")
    add_python(text_table.DJANGO_MYSQLCLIENT, has_django and has_mysqlclient, "django", "python3-django", "python3-mysqldb")
    for package in ["mysql", "mysql2"]:
        for table in [text_table.node_object(package), text_table.node_url(package)]:
            add(table, has_node(package), lambda: (
                node_version(package), ["node", file("client.js"), package],
                {"NODE_EXTRA_CA_CERTS": authority, **NODE_ENVIRONMENT}))

    def make_go():
        program = os.path.join(work, "client")
        build_go(file("client.go"), program)
        return package_version("golang-github-go-sql-driver-mysql-dev"), [program, authority], {}

    add(text_table.GO, has_go(), make_go)
    add(text_table.RUBY, is_there("ruby", "-e", "require 'mysql2'"), lambda: (
        package_version("ruby-mysql2"), ["ruby", file("client.rb")], {}))
    return found, missing


# --- What becomes of a text ---


def ask_some(command, environment, texts):
    """The answers of one process, up to that to a text over which it ends or hangs."""
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
        lines = queue.Queue()

        def read():
            for line in process.stdout:
                lines.put(line.decode(errors="replace"))
            lines.put(None)

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(b"".join(base64.b64encode(text.encode()) + b"\n" for text in texts))
            process.stdin.close()
        answers = []
        while len(answers) < len(texts):
            try:
                line = lines.get(timeout=ANSWER_SECONDS)
            except queue.Empty:
                answers.append(HUNG)
                break
            if line is None:
                errors.seek(0)
                answers.append("failed " + errors.read().decode(errors="replace").strip())
                break
            if line.startswith("="):
                answers.append(line[1:].strip())
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join()
        return answers


def ask(command, environment, texts):
    """What the client says to each: `connected`, with the cipher, or `failed`, with the reason."""
    answers = []
    while len(answers) < len(texts):
        answers += ask_some(command, environment, texts[len(answers):])
    # Perhaps the machine was slow.
    return [ask_some(command, environment, [text])[0] if answer == HUNG else answer for text, answer in zip(texts, answers)]


def fill(text, values):
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def translate(translator, table, text, files):
    """What ours makes of it: the report, or None and the error's text."""
    options = [fill(one, files) for one in table.options]
    done = subprocess.run(
        [translator, "--from=" + table.form, "--json", "--check", *options, "-"], input=text.encode(), capture_output=True,
        check=False, timeout=60, env={**os.environ, "SSL_CERT_FILE": files["CA"]})
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return None, done.stderr.decode(errors="replace").strip()


def try_texts(original, translator, server, files):
    """Of each text what the client and what ours did."""
    table = original.table
    with contextlib.ExitStack() as stack:
        recorders = [stack.enter_context(Recorder(server["HOST"], int(server["PORT"]))) for _ in table.texts]
        texts = []
        for recorder, own in zip(recorders, table.texts):
            texts.append(fill(table.frame, {
                "TLS": own, "HOST": "127.0.0.1", "PORT": str(recorder.port), "USER": server["USER"],
                "PASSWORD": server["PASSWORD"], "DATABASE": server["DATABASE"], **files}))
        answers = ask(original.command, original.environment, texts)
        counts = [len(recorder.sent) for recorder in recorders]  # what comes then is ours
        reports = [translate(translator, table, text, files) for text in texts]
    results = []
    for recorder, own, answer, count, (report, error) in zip(recorders, table.texts, answers, counts, reports):
        sent = recorder.sent[:count]
        connected = answer.startswith("connected")
        cipher = answer.partition(" ")[2] if connected else ""
        results.append({
            "client": {
                "connected": connected,
                "cipher": cipher,
                "clear": any(one.clear for one in sent),
                # A client's certificate looks like a login.
                "inside": "CLIENT_CERT" not in own and any(one.inside_tls for one in sent),
                "said": answer,
            },
            "ours": report,
            "error": error,
        })
    return results


def has_tls(client):
    """Whether its session, or its login where that failed, was inside TLS."""
    return bool(client["cipher"]) if client["connected"] else client["inside"] and not client["clear"]


def outcome(client):
    if refused(client):
        return "refused"
    return ("TLS" if has_tls(client) else "plain") + ("" if client["connected"] else ", login failed")


def outcome_of_ours(report):
    if report is None or report["check"]["problem"]:
        return "refused"
    return "TLS" if report["check"]["cipher"] else "plain"


# What findings say of other versions than the one of `before`: which title's, how its version begins, how the finding begins, and
# what is different.
OTHER_VERSIONS = [
    ("PyMySQL", "1.0", "PyMySQL 1.0:", {"refuses_plaintext": False}),
    ("mariadb", "11.8", "mariadb 11.8:", {"refuses_plaintext": True}),
    ("Node.js mysql,", "2.18", "mysql 2.18:", {"checks_chain": False}),
    ("MySQL Connector/J", "5.1", "MySQL Connector/J 5.1: the certificate", {"checks_chain": True}),
    ("MySQL Connector/J", "5.1", "MySQL Connector/J 5.1: no sslMode", {"refuses_plaintext": False, "checks_name": False}),
]
# Of texts that do not ask for TLS the report says that PyMySQL 1.2 takes it where it is offered; of 1.0, which does not, nothing.
NO_TLS_UNASKED = ("PyMySQL", "1.0")


def before_of(original, report):
    """What the report says that the client did, in the version that is here."""
    before = dict(report["before"])
    version = original.version.split(" + ")[-1]
    title, begin = NO_TLS_UNASKED
    if title in original.table.title and version.startswith(begin) and not any(before[one] for one in QUESTIONS[1:]):
        before["uses_tls"] = False
    for title, begin, words, differs in OTHER_VERSIONS:
        concerns_it = title in original.table.title and version.startswith(begin)
        if concerns_it and any(one["before"].startswith(words) for one in report["findings"]):
            before.update(differs)
    return before


def is_too_old(results):
    return any(TOO_OLD.search(result["client"]["said"]) for result in results.values())


def judge(original, results):
    """What is wrong with ours: `results` are those of one text, by case."""
    clients = {case: result["client"] for case, result in results.items()}
    report = results["good"]["ours"]
    if report is None or is_too_old(results):
        return []
    problems = []
    for case, result in results.items():
        ours = outcome_of_ours(result["ours"])
        # A text that its client cannot use at all is safe where everything is checked.
        is_safe = case == "good" and all(report["now"].values())
        if ours != "refused" and refused(clients[case]) and not is_safe:
            problems.append(f"{case}: ours connects, and the client refuses ({clients[case]['said'][:150]})")
        if ours == "plain" and has_tls(clients[case]):
            problems.append(f"{case}: ours goes without TLS, and the client has it")
        if ours != "refused" and not result["ours"]["check"]["confirmed"]:
            problems.append(f"{case}: the connection is not as the report says")
    if refused(clients["good"]):
        return problems
    # To MySQL no login goes in clear, whether the text asks for TLS or not.
    if outcome_of_ours(report) == "refused" and report["now"]["uses_tls"]:
        problems.append("good: ours does not connect (" + report["check"]["problem"] + ")")
    did = {
        "uses_tls": has_tls(clients["good"]),
        "refuses_plaintext": refused(clients["no TLS"]),
        "checks_chain": refused(clients["untrusted CA"]),
        "checks_name": refused(clients["other name"]),
    }
    said = before_of(original, report)
    wrong = [f"{question} of {report['client']} is {said[question]}" for question in QUESTIONS if did[question] != said[question]]
    if wrong:
        problems.append("the report says what is not so: " + ", ".join(wrong))
    return problems


def check_kind(kind, work, arguments, problems):
    """Prints what becomes of each text at one kind of server. Whether any client is here."""
    folder, plain_folder, certificates = (os.path.join(work, kind + part) for part in ["", "-no-tls", "-certificates"])
    tools = os.path.join(work, kind + "-tools")
    os.mkdir(certificates)
    os.mkdir(tools)
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Server(kind, folder, arguments.client))
        without = stack.enter_context(Server(kind, plain_folder, arguments.client, "--no-tls"))
        made = make_certificates(os.path.join(folder, "tls"), certificates)
        files = {name: server[name] for name in ["CA", "OTHER_CA", "CLIENT_CERT", "CLIENT_KEY"]}
        # For Java.
        store, files["CLIENT_CERT_STORE"] = (os.path.join(certificates, name) for name in ["ca.jks", "client.p12"])
        output_of("openssl", "pkcs12", "-export", "-in", files["CLIENT_CERT"], "-inkey", files["CLIENT_KEY"],
                  "-passout", "pass:tencentdb", "-out", files["CLIENT_CERT_STORE"])
        for name, path in [("CA", store), ("OTHER_CA", os.path.join(certificates, "other.jks"))]:
            files[name + "_STORE"] = path
            if shutil.which("keytool"):
                output_of("keytool", "-importcert", "-noprompt", "-storetype", "JKS", "-storepass", "tencentdb",
                          "-alias", "ca", "-file", files[name], "-keystore", path)
        originals, missing = find_originals(tools, files["CA"], store)
        if missing:
            print("Not run, what they need not being here: " + ", ".join(missing) + ".")
        originals = [one for one in originals if arguments.only in one.table.title]
        # The longest first, so that the two at a time end together.
        originals.sort(key=lambda one: -len(one.table.texts))
        results = {}
        for case in CASES:
            if case in made:
                server.present(made[case])
            one = without if case == "no TLS" else server
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                jobs = [pool.submit(try_texts, original, arguments.translator, one, files) for original in originals]
                results[case] = [job.result() for job in jobs]
            print(f"{kind}: {case} done", file=sys.stderr)
        version = server["SERVER_VERSION"]

    for i, original in enumerate(originals):
        print(f"\n## {original.table.title} {original.version}, {kind} {version}\n")
        for j, own in enumerate(original.table.texts):
            of_text = {case: results[case][i][j] for case in CASES}
            name = own.replace("\n", "\\n") or "nothing"
            line = " / ".join(outcome(one["client"]) for one in of_text.values())
            if is_too_old(of_text):
                line = "this version does not know it yet"
            if of_text["good"]["ours"] is None:
                line += "; ours does not take it: " + of_text["good"]["error"].splitlines()[0]
            else:
                line += "; ours: " + " / ".join(outcome_of_ours(one["ours"]) for one in of_text.values())
            print(f"- `{name}`: {line}")
            wrong = judge(original, of_text)
            if wrong:
                problems.append(f"{kind}, {original.table.title} {original.version}, `{name}`: " + "; ".join(wrong))
    return bool(originals)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("translator")
    parser.add_argument("client")
    parser.add_argument("--servers", default="mariadb")
    parser.add_argument("--only", default="", help="the clients whose title holds this")
    arguments = parser.parse_args()
    arguments.translator, arguments.client = map(os.path.realpath, [arguments.translator, arguments.client])

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers end with it
    problems = []
    with tempfile.TemporaryDirectory() as work:
        print("What becomes of each text, by its client and by ours: " + " / ".join(CASES))
        for kind in arguments.servers.split(","):
            if not check_kind(kind, work, arguments, problems):
                print("skipped: none of the clients can be run here; see install_originals.sh")
                sys.exit(77)
    for problem in problems:
        print("FAILED: " + problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

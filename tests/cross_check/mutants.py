#!/usr/bin/env python3
"""mutants.py PARSER [--count N] [--seed S] [--only FORM] [--verbose]: connection texts that nobody would write, read by the parsers
of the clients whose they are and by ours.

PARSER is the program of parsers/ours.cpp. The texts that the unit tests accept (tests/unit/text_*_test.cpp) are changed in one to
three places: special characters put in, taken out, doubled or escaped, settings of another text added, names and values in other
case, values emptied. Each is read by its client's own parser (parsers/) and by PARSER; no server is asked. Fails where both read a
text and host, port, socket, user, password or database differ, other than MEANT says. Who alone reads a text is counted, and with
--verbose the shortest of those are printed.

install_originals.sh installs the clients; one that is not there is left out, and said to be."""

import argparse
import base64
import collections
import dataclasses
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

sys.dont_write_bytecode = True  # the source folder stays as it is
from servers import (CONNECTOR_PYTHON_ENVIRONMENT, HERE, JAR, MONO_ENVIRONMENT, MYSQL_JAR_VERSIONS,  # noqa: E402
                     NODE_ENVIRONMENT, PYTHON, build_dotnet, build_go, connector_python_version, has_connector_python,
                     has_go, has_jdbc, has_mysql_data, has_mysql_jar, has_node, has_php, is_there, mariadb_version,
                     mysql_data_version, mysql_jar, node_version, output_of, package_version, php_version)
sys.path.insert(0, os.path.join(HERE, "..", "fuzz"))
from seeds import literals  # noqa: E402

PARSERS = os.path.join(HERE, "parsers")
UNIT_TESTS = os.path.join(HERE, "..", "unit")
FIELDS = ["host", "port", "socket", "user", "password", "database"]
SPECIAL = ":/@?#%&=+;,()[]{}'\"\\`$ \t\r\né"
READER_SECONDS = 600
MARIADB_HEADERS = "/usr/include/mariadb"

# --- The forms ---


@dataclasses.dataclass
class Form:
    """Texts of one client, and how their settings look."""

    title: str
    form: str  # as PARSER has it
    test: str  # file and test case whose texts are changed
    case: str
    setting: str  # a regular expression with the groups `name` and `value`
    joint: str  # between two settings
    start: str = ""  # before the first setting of a text that has none


@dataclasses.dataclass
class Reader:
    """A client's parser."""

    version: str
    command: list
    environment: dict = dataclasses.field(default_factory=dict)
    ends: bool = False  # over some texts


QUERY = r"(?<=[?&])(?P<name>[^=&]+)=(?P<value>[^&]*)"
LITERAL = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[\w.]+"
KEYWORD = rf"(?P<name>'\w+'|\w+)\s*[=:]\s*(?P<value>{LITERAL})"

FORMS = [
    Form("go-dsn", "go-dsn", "text_go_dsn_test.cpp", "Go DSNs", QUERY, "&", "?"),
    Form("mariadb-jdbc", "mariadb-jdbc", "text_jdbc_test.cpp", "URLs of MariaDB Connector/J", QUERY, "&", "?"),
    Form("mysql-jdbc", "mysql-jdbc", "text_jdbc_test.cpp", "URLs of MySQL Connector/J", QUERY, "&", "?"),
    Form("node-url mysql2", "node-url", "text_node_test.cpp", "URLs for Node", QUERY, "&", "?"),
    Form("node-url mysql", "node-url", "text_node_test.cpp", "URLs for Node", QUERY, "&", "?"),
    Form("node-object mysql2", "node-object", "text_node_test.cpp", "objects of Node programs", KEYWORD, ", "),
    Form("pymysql", "pymysql", "text_python_test.cpp", "arguments of PyMySQL", KEYWORD, ", "),
    Form("mysqlclient", "mysqlclient", "text_python_test.cpp", "arguments of mysqlclient", KEYWORD, ", "),
    Form("django", "django", "text_python_test.cpp", "entries of Django's DATABASES", KEYWORD, ", "),
    Form("mysql-connector-python", "mysql-connector-python", "text_python_test.cpp", "arguments of mysql.connector", KEYWORD, ", "),
    Form("ado-net", "ado-net", "text_ado_net_test.cpp", "ADO.NET strings",
         r"(?:^|(?<=;))\s*(?P<name>[^=;]+)=(?P<value>\"[^\"]*\"|'[^']*'|[^;]*)", ";", ";"),
    Form("pdo", "pdo", "text_php_test.cpp", "texts of PDO",
         rf"(?<=[:;])(?P<name>\w+)=(?P<value>[^;'\"]*)", ";", ";"),
    Form("mysqli", "mysqli", "text_php_test.cpp", "texts of mysqli", rf"(?P<name>(?<=[(,]) ?\w*):?\s*(?P<value>{LITERAL})", ", "),
    Form("ruby", "ruby", "text_ruby_test.cpp", "options of mysql2",
         rf"(?P<name>:?['\"]?\w+['\"]?:?)(?:\s+|\s*=>\s*)(?P<value>{LITERAL}|:\w+)", ", "),
    Form("option-file", "option-file", "text_option_file_test.cpp", "option files",
         r"(?m)^(?P<name>[\w-]+)\s*=(?P<value>.*)$", "\n"),
    Form("command-line", "mariadb-command-line", "text_command_line_test.cpp", "command lines of mariadb",
         r"(?P<name>--[\w-]+|(?<=\s)-\w)[= ]?(?P<value>'[^']*'|\"[^\"]*\"|[^\s'\"-][^\s'\"]*)", " "),
]


def has_mariadb():
    return shutil.which("mariadb") and shutil.which("cc") and os.path.exists(os.path.join(MARIADB_HEADERS, "mysql.h"))


def is_here(form):
    """Whether what its client runs on is."""
    if form.title.startswith("node"):
        return has_node(form.title.split()[1])
    return {
        "go-dsn": has_go,
        "mariadb-jdbc": has_jdbc,
        "mysql-jdbc": lambda: has_mysql_jar(MYSQL_JAR_VERSIONS[-1]),
        "pymysql": lambda: is_there(PYTHON, "-c", "import pymysql"),
        "mysqlclient": lambda: is_there(PYTHON, "-c", "import MySQLdb"),
        "django": lambda: is_there(PYTHON, "-c", "import django, MySQLdb"),
        "mysql-connector-python": has_connector_python,
        "ado-net": has_mysql_data,
        "pdo": lambda: has_php("pdo_mysql") and has_php("mysqlnd") and shutil.which("cc"),
        "mysqli": lambda: has_php("mysqli") and has_php("mysqlnd") and shutil.which("cc"),
        "ruby": lambda: is_there("ruby", "-e", "require 'mysql2'"),
        "option-file": has_mariadb,
        "command-line": has_mariadb,
    }[form.title]()


def find_reader(form, work):
    """The parser of the form's client, built where it has to be."""

    def file(name):
        return os.path.join(PARSERS, name)

    def build_library(name, *options):
        library = os.path.join(work, name + ".so")
        output_of("cc", "-shared", "-fPIC", *options, "-o", library, file(name + ".c"), "-ldl")
        return library

    if form.title == "go-dsn":
        program = os.path.join(work, "go_dsn")
        build_go(file("go_dsn.go"), program)
        return Reader("Go driver " + package_version("golang-github-go-sql-driver-mysql-dev"), [program])
    if form.title.endswith("jdbc"):
        jar, program, client = {
            "mariadb-jdbc": lambda: (JAR, "MariadbJdbc", "MariaDB Connector/J " + package_version("libmariadb-java")),
            "mysql-jdbc": lambda: (mysql_jar(MYSQL_JAR_VERSIONS[-1]), "MysqlJdbc", "MySQL Connector/J " + MYSQL_JAR_VERSIONS[-1]),
        }[form.title]()
        output_of("javac", "-cp", jar, "-d", work, file(program + ".java"))
        return Reader(client, ["java", "-cp", f"{work}:{jar}", program])
    if form.title.startswith("node"):
        part, package = form.title.split()
        command = ["node", file("node.js"), package, part.partition("-")[2]]
        return Reader(f"Node.js {package} {node_version(package)}", command, NODE_ENVIRONMENT)
    if form.title == "ado-net":
        program = os.path.join(work, "AdoNet.exe")
        build_dotnet(file("AdoNet.cs"), program)
        return Reader("MySql.Data " + mysql_data_version(), ["mono", program], MONO_ENVIRONMENT)
    if form.title == "mysql-connector-python":
        command = [PYTHON, "-B", file("python.py"), form.title]
        return Reader("MySQL Connector/Python " + connector_python_version(), command, CONNECTOR_PYTHON_ENVIRONMENT)
    if form.title in ["pdo", "mysqli"]:
        library = build_library("kept_mysqlnd")
        command = ["php", "-d", form.title.replace("pdo", "pdo_mysql") + ".default_socket=/default",
                   "-d", "disable_functions=exec,passthru,popen,proc_open,shell_exec,system", file("php.php")]
        return Reader("PHP " + php_version(), command, {"LD_PRELOAD": library}, ends=True)
    if form.title == "ruby":
        return Reader("Ruby mysql2 " + package_version("ruby-mysql2"), ["ruby", "--disable=did_you_mean", file("ruby.rb")])
    if form.title in ["option-file", "command-line"]:
        library = build_library("kept_connect", "-I" + MARIADB_HEADERS)
        return Reader("mariadb " + mariadb_version(), [PYTHON, "-B", file("mariadb.py"), form.title, library])
    package = {"pymysql": "python3-pymysql", "mysqlclient": "python3-mysqldb", "django": "python3-django"}[form.title]
    return Reader(f"{form.title} {package_version(package)}", [PYTHON, "-B", file("python.py"), form.title])


# --- What is meant ---


@dataclasses.dataclass
class Meant:
    """A difference that is no fault."""

    title: str  # the form's
    reason: str
    holds: object  # whether it is this one: of the text, the field, and what ours and the client read of all fields


def decodes(text, field, ours, theirs):
    return field == "database" and urllib.parse.unquote_to_bytes(theirs[field]) == ours[field]


def has_name_in_other_case(text, field, ours, theirs):
    name = field if field in ["user", "password"] else "localSocket"
    return field != "database" and any(found != name for found in re.findall(rf"(?i)[?&]({name})=", text))


MEANT = [
    Meant("go-dsn", "since 1.8 the driver decodes the database's name", decodes),
    Meant("mariadb-jdbc", "since 3.0 properties' names are taken in any case", has_name_in_other_case),
    Meant("ado-net", "to MySqlConnector, whose the string is as well, a server that is a path is a socket",
          lambda text, field, ours, theirs: field in ["host", "port", "socket"] and ours.get("socket", b"-") == theirs.get("host")),
    Meant("mysqli", "a flag in the socket's place, as a vendor's sample has it, is left out",
          lambda text, field, ours, theirs: field in ["host", "port", "socket"] and theirs.get("socket", b"").isdigit()),
    Meant("node-url mysql", "mysql2, whose the URL is as well, decodes the database's name", decodes),
    Meant("node-url mysql", "mysql2 alone knows password1",
          lambda text, field, ours, theirs: field == "password" and "password1=" in urllib.parse.unquote(text)),
]

# --- Mutants ---


def read_texts(form):
    """The texts that the form's unit test accepts."""
    with open(os.path.join(UNIT_TESTS, form.test), encoding="utf-8") as file:
        source = file.read()
    begin = source.index(f'TEST_CASE("{form.case} that are accepted"')
    begin = source.index("check_accepted(", begin)
    rows = source[begin:source.index("\n        },", begin)]
    return list(literals(re.sub(r"(?m)^\s*//.*", "", rows)))[::2]  # behind each is what it comes to


class Mutator:
    """Changes the texts of a form."""

    def __init__(self, form, seed):
        self.form, self.texts = form, read_texts(form)
        self.random = random.Random(f"{seed} {form.title}")
        self.all_settings = [match for text in self.texts for match in self.settings(text)]

    def settings(self, text):
        return list(re.finditer(self.form.setting, text))

    def replace(self, text, begin, end, new):
        return text[:begin] + new + text[end:]

    def value_span(self, match):
        """Where its value is, without its quotes."""
        begin, end = match.span("value")
        value = match["value"]
        return (begin + 1, end - 1) if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else (begin, end)

    def span(self, text):
        """Where the text is changed: in a setting's value, or anywhere."""
        settings = self.settings(text)
        return self.value_span(self.random.choice(settings)) if settings and self.random.random() < 0.6 else (0, len(text))

    def special(self, text):
        """Where a special character is, or else any."""
        begin, end = self.span(text)
        places = [i for i in range(begin, end) if text[i] in SPECIAL] or range(begin, end) or range(len(text))
        return self.random.choice(places)

    def put_in(self, text):
        place = self.random.randint(*self.span(text))
        return self.replace(text, place, place, self.random.choice(SPECIAL))

    def take_out(self, text):
        place = self.special(text)
        return self.replace(text, place, place + 1, "")

    def double(self, text):
        place = self.special(text)
        return self.replace(text, place, place, text[place])

    def escape(self, text):
        place = self.random.choice(range(*self.span(text)) or range(len(text)))
        right = "".join(f"%{byte:02X}" for byte in text[place].encode())
        return self.replace(text, place, place + 1, self.random.choice([right, right, right.lower(), right[:-1], right[:-1] + "g"]))

    def add_setting(self, text):
        """One of another text, or of this, before or behind those that there are."""
        own = self.settings(text)
        names = {match["name"] for match in own}
        same = [match for match in self.all_settings if match["name"] in names]
        if not self.all_settings:
            return text
        setting = self.random.choice(same if same and self.random.random() < 0.6 else self.all_settings)[0]
        if not own:
            return text + self.form.start + setting if self.form.start else text
        neighbour = self.random.choice(own)
        if self.random.random() < 0.5:
            return self.replace(text, neighbour.start(), neighbour.start(), setting + self.form.joint)
        return self.replace(text, neighbour.end(), neighbour.end(), self.form.joint + setting)

    def change_case(self, text):
        own = self.settings(text)
        if not own:
            return text
        begin, end = self.random.choice(own).span(self.random.choice(["name", "value"]))
        return self.replace(text, begin, end, self.random.choice([str.upper, str.lower, str.swapcase, str.title])(text[begin:end]))

    def empty(self, text):
        own = self.settings(text)
        return self.replace(text, *self.value_span(self.random.choice(own)), "") if own else text

    def mutant(self):
        text = self.random.choice(self.texts)
        for _ in range(self.random.randint(1, 3)):
            changes = [self.put_in, self.put_in, self.take_out, self.double, self.escape, self.add_setting, self.add_setting,
                       self.change_case, self.empty]
            text = self.random.choice(changes)(text) if text else self.put_in(text)
        # The line's end at the end of a text is the file's, to ours.
        return text.rstrip("\r\n")

    def mutants(self, count):
        found = {}  # in their order
        for _ in range(20 * count):
            found[self.mutant()] = None
            if len(found) == count:
                break
        return list(found)


# --- What they are read as ---


def read_all(reader, texts):
    """Of each text the fields' values, or why it is refused."""
    lines = [base64.b64encode(text.encode()) + b"\n" for text in texts]
    answers = []
    while len(answers) < len(lines):
        done = subprocess.run(reader.command, input=b"".join(lines[len(answers):]), capture_output=True, check=False,
                              timeout=READER_SECONDS, env={**os.environ, **reader.environment})
        answers += [{name: bytes.fromhex(value) for name, value in json.loads(line).items()} for line in done.stdout.splitlines()]
        if len(answers) < len(lines) and not reader.ends:
            raise RuntimeError(f"{reader.command} answered {len(answers)} of {len(texts)} texts:\n" +
                               done.stderr.decode(errors="replace")[:2000])
        if len(answers) < len(lines):
            answers.append({"refused": b"it ended"})
    return answers


def show(answer):
    return {name: value.decode(errors="backslashreplace") for name, value in answer.items() if value}


def compare(form, texts, ours, theirs, verbose):
    """Prints the counts. The texts that are read differently, the shortest first."""
    counts, alone, wrong, meant = collections.Counter(), collections.defaultdict(list), [], collections.Counter()
    for text, mine, other in zip(texts, ours, theirs):
        reads = ("refused" not in mine, "refused" not in other)
        counts[reads] += 1
        if reads[0] != reads[1]:
            alone[reads].append((text, show(other if reads[0] else mine)["refused"]))
        if reads != (True, True):
            continue
        differ = [name for name in FIELDS if mine.get(name, b"") != other.get(name, b"")]
        for name in list(differ):
            reason = next((one.reason for one in MEANT
                           if form.title == one.title and one.holds(text, name, mine, other)), None)
            if reason:
                meant[reason] += 1
                differ.remove(name)
        if differ:
            wrong.append(f"{form.title}: {text!r}: " + ", ".join(
                f"{name} is {mine.get(name, b'')!r} to ours and {other.get(name, b'')!r} to the client" for name in differ))
    print(f"  {len(texts)} texts: {counts[True, True]} both read, {counts[False, False]} both refuse, "
          f"{counts[True, False]} only ours reads, {counts[False, True]} only the client")
    for reason, count in meant.items():
        print(f"  {count} differ as they are meant to: {reason}")
    for reads, who in [((True, False), "the client"), ((False, True), "ours")] if verbose else []:
        for text, reason in sorted(alone[reads], key=lambda one: len(one[0]))[:verbose]:
            print(f"  {who} refuses {text!r}: {reason.splitlines()[0] if reason else ''}")
    return sorted(wrong, key=len)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parser", nargs="?")
    parser.add_argument("--which", action="store_true", help="only whether any of the clients is here")
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", default="", help="the forms whose name holds this")
    parser.add_argument("--verbose", nargs="?", type=int, const=20, default=0, help="how many that only one of them reads to print")
    arguments = parser.parse_args()

    forms = [form for form in FORMS if arguments.only in form.title]
    found = [form for form in forms if is_here(form)]
    if len(found) < len(forms):
        print("Not run, what they need not being here: " + ", ".join(form.title for form in forms if form not in found) + ".")
    if not found:
        print("skipped: none of the clients can be run here; see install_originals.sh")
        sys.exit(77)
    if arguments.which:
        return

    problems = []
    with tempfile.TemporaryDirectory() as work:
        for form in found:
            reader = find_reader(form, work)
            print(f"{form.title}, {reader.version}", flush=True)
            texts = Mutator(form, arguments.seed).mutants(arguments.count)
            ours = read_all(Reader("", [os.path.realpath(arguments.parser), form.form]), texts)
            problems += compare(form, texts, ours, read_all(reader, texts), arguments.verbose)
    for problem in problems[:50]:
        print("FAILED: " + problem)
    if len(problems) > 50:
        print(f"FAILED: and {len(problems) - 50} more")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()

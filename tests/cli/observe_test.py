#!/usr/bin/env python3
"""observe_test.py PROGRAM: tests the observers of examples/observability, which PROGRAM runs a few statements with, on the server
of SEALSQL_TEST_SERVER_ENV: that what they write has the form that it should have, and nothing in it that it should not. Prints `ok` or `not ok`
for each check."""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True  # the source folder stays as it is
import checks  # noqa: E402
from checks import check  # noqa: E402

PROGRAM = sys.argv[1]


def run(form, **changes):
    return subprocess.run(
        [PROGRAM, form], capture_output=True, check=False, timeout=60, stdin=subprocess.DEVNULL, encoding="utf-8",
        env={**os.environ, "DB_ADDRESS": SERVER["HOST"], "DB_PORT": SERVER["PORT"], "DB_USERNAME": SERVER["USER"],
             "DB_PASSWORD": SERVER["PASSWORD"], "DB_DATABASE": SERVER["DATABASE"], "DB_CA": SERVER["CA"], **changes})


SERVER = checks.settings_of()
# Values of the statements that it runs, whether as parameters or as literals; and what the login takes.
SECRETS = ["@example.com", "literal", "parameter", "again", "new@", SERVER["PASSWORD"]]


def check_secrets(name, text):
    for secret in SECRETS:
        check(f"{name}: nothing of {secret if secret in SECRETS[:5] else 'the password'}", secret not in text, text)


def test_lines():
    done = run("lines")
    check("lines: the program ends well", done.returncode == 0, done.stderr)
    lines = done.stdout.splitlines()
    kinds = [line.split(" ", 1)[0] for line in lines]
    check("lines: one for each event", kinds[:3] == ["handshake", "dial", "connect"] and
          set(kinds[3:]) == {"operation"} and len(kinds) >= 12, done.stdout)
    field = r'[a-z_]+=(?:"[^"\\]*"|[^ "]+)'
    check("lines: of fields", all(re.fullmatch(rf"[a-z]+(?: {field})+", line) for line in lines), done.stdout)
    failed = [line for line in lines if " error=" in line]
    check("lines: the one that failed", len(failed) == 1 and " error=1062 " in failed[0] and
          ' summary="INSERT account"' in failed[0], failed)
    check_secrets("lines", done.stdout + done.stderr)


def value_of(attribute):
    (kind, value), = attribute["value"].items()
    check(f"spans: {attribute['key']} has a type of OTLP", kind in ("stringValue", "intValue", "boolValue"), attribute)
    check(f"spans: {attribute['key']} has a value of that type",
          isinstance(value, bool if kind == "boolValue" else str), attribute)
    return int(value) if kind == "intValue" else value


def spans_of(text):
    spans = []
    for line in text.splitlines():
        request = json.loads(line)
        (resource,) = request["resourceSpans"]
        service = {one["key"]: one["value"]["stringValue"] for one in resource["resource"]["attributes"]}
        check("spans: the service has a name", service == {"service.name": "sealsql-observe"}, line)
        (scope,) = resource["scopeSpans"]
        (span,) = scope["spans"]
        keys = [one["key"] for one in span["attributes"]]
        check("spans: each attribute once", len(keys) == len(set(keys)), keys)
        span["attributes"] = {one["key"]: value_of(one) for one in span["attributes"]}
        spans.append(span)
    return spans


def check_span(span):
    name = span["name"]
    check(f"spans: {name}: ids", re.fullmatch("[0-9a-f]{32}", span["traceId"]) and
          re.fullmatch("[0-9a-f]{16}", span["spanId"]), span)
    check(f"spans: {name}: a client's", span["kind"] == 3, span)
    begin, end = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    check(f"spans: {name}: has a length", 0 < begin < end < begin + 60 * 10**9, span)
    attributes = span["attributes"]
    wanted = {"db.system.name": SERVER["SERVER_KIND"], "db.namespace": SERVER["DATABASE"],
              "server.address": SERVER["HOST"], "server.port": int(SERVER["PORT"]),
              "network.peer.address": "127.0.0.1"}
    check(f"spans: {name}: says where", wanted.items() <= attributes.items(), attributes)
    has_failed = "error.type" in attributes
    check(f"spans: {name}: its status", span["status"] == {"code": 2 if has_failed else 0}, span)


def test_spans():
    done = run("spans")
    check("spans: the program ends well", done.returncode == 0, done.stderr)
    spans = spans_of(done.stdout)
    for span in spans:
        check_span(span)
    check("spans: ids are random", len({span["spanId"] for span in spans}) == len(spans), done.stdout)
    names = [span["name"] for span in spans]
    wanted = ["TLS handshake", "CONNECT", "CREATE TABLE account", "INSERT account", "SELECT account", "UPDATE account",
              "DELETE account", "PING"]
    check("spans: names are summaries", set(names) == set(wanted), names)
    by_name = {span["name"]: span["attributes"] for span in spans}
    check("spans: the handshake", by_name["TLS handshake"]["tls.protocol.version"] == "1.3" and
          by_name["TLS handshake"]["tls.established"] is True and
          by_name["TLS handshake"]["tls.protocol.name"] == "tls", by_name["TLS handshake"])
    check("spans: the attempt to connect", by_name["CONNECT"]["db.operation.name"] == "CONNECT", by_name["CONNECT"])
    select = by_name["SELECT account"]
    check("spans: a query", select["db.operation.name"] == "SELECT" and select["db.response.returned_rows"] == 2 and
          select["db.query.text"] == "SELECT id FROM account WHERE mail LIKE ?", select)
    check("spans: a literal", by_name["DELETE account"]["db.query.text"] == "DELETE FROM account WHERE mail = ?")
    failed = [span for span in spans if span["status"]["code"] == 2]
    check("spans: the one that failed", len(failed) == 1 and failed[0]["name"] == "INSERT account" and
          failed[0]["attributes"]["db.response.status_code"] == "1062" and
          failed[0]["attributes"]["error.type"] == "1062", failed)
    check_secrets("spans", done.stdout + done.stderr)


def test_refused():
    done = run("spans", DB_CA=SERVER["OTHER_CA"])
    check("refused: the program fails", done.returncode == 1, done.stdout)
    spans = spans_of(done.stdout)
    check("refused: the handshake and the attempt",
          [(span["name"], span["status"]["code"]) for span in spans] == [("TLS handshake", 2), ("CONNECT", 2)], done.stdout)
    for span in spans:
        attributes = span["attributes"]
        check("refused: why", attributes["error.type"] in ("issuer_not_trusted", "self_signed"), attributes)
        check("refused: no server said so", "db.response.status_code" not in attributes, attributes)
    done = run("lines", DB_PASSWORD="wrong word")
    check("refused: by the server", "connect " in done.stdout and " error=1045 " in done.stdout, done.stdout)
    check("refused: nothing of the password", "wrong word" not in done.stdout + done.stderr, done.stdout, done.stderr)


test_lines()
test_spans()
test_refused()
sys.exit(checks.exit_code())

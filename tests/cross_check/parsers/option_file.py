"""Reads option files, each a line of Base64, and prints what MariaDB's command line would use: as it says itself by --help, and
my_print_defaults of the password, which is not there. See mutants.py."""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile

GROUPS = ['mysql', 'mariadb-client', 'client', 'client-server', 'client-mariadb']


def output_of(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60,
                          env={'PATH': os.environ['PATH'], 'LC_ALL': 'C.UTF-8'}).stdout


def read(path):
    help_text = output_of('mariadb', '--defaults-file=' + path, '--help')
    # A value may have lines of its own.
    table = help_text[help_text.index(b'\nabort-source-on-error '):]
    variables = dict(re.findall(rb'(?ms)^([a-z-]+) +(?<=^.{34})(.*?)\n(?=[a-z-]+ +(?<=^.{34})|\Z)', table))
    found = {name: variables[name.encode()] for name in ['host', 'port', 'socket', 'user', 'database', 'protocol']}
    found = {name: b'' if value == b'(No default value)' else value for name, value in found.items()}
    words = output_of('my_print_defaults', '--defaults-file=' + path, *GROUPS)
    password = b''
    for word in re.split(rb'\n(?=--)', words[:-1]):
        name, _, value = word.partition(b'=')
        name = name.lower().replace(b'_', b'-')
        name = re.sub(b'^--(loose-)?', b'', name)
        if len(name) > 1 and b'password'.startswith(name):
            password = value
        elif name in [b'skip-password', b'disable-password']:
            password = b''
    answer = {'user': found['user'], 'password': password, 'database': found['database']}
    protocol, host = found['protocol'].lower(), found['host'] or b'localhost'
    if found['socket'] and host == b'localhost' and protocol != b'tcp':
        return {**answer, 'socket': found['socket']}
    return {**answer, 'host': host, 'port': b'3306' if found['port'] == b'0' else found['port']}


with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'my.cnf')
    for line in sys.stdin:
        with open(path, 'wb') as file:
            file.write(base64.b64decode(line))
        try:
            answer = read(path)
        except subprocess.CalledProcessError as error:
            answer = {'refused': error.stderr.splitlines()[-1] if error.stderr else b''}
        print(json.dumps({name: value.hex() for name, value in answer.items()}))

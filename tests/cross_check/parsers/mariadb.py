"""Reads option files or command lines, as the first argument says, each a line of Base64, and prints what MariaDB's command line
would use. The second argument is the library of kept_connect.c. Of programs a shell finds no other. See mutants.py."""
import base64
import os
import shutil
import subprocess
import sys
import tempfile

form, library = sys.argv[1:]
program = shutil.which('mariadb')


def answer(text, folder):
    command = ['/bin/sh', '-c', text]
    if form == 'option-file':
        command = ['mariadb']
        with open(os.path.join(folder, 'my.cnf'), 'wb') as file:
            file.write(text)
    # Without a terminal, none is asked for a password.
    done = subprocess.run(command, cwd=os.path.join(folder, 'empty'), stdin=subprocess.DEVNULL, capture_output=True, check=False,
                          timeout=60, start_new_session=True,
                          env={'PATH': os.path.join(folder, 'bin'), 'HOME': '/nonexistent', 'LC_ALL': 'C.UTF-8'})
    kept = [line[5:] for line in done.stdout.splitlines() if line.startswith(b'kept ')]
    if len(kept) == 1:
        return kept[0].decode()
    return '{"refused":"' + (done.stderr[-200:] or b'not one connection').hex() + '"}'


with tempfile.TemporaryDirectory() as folder:
    for name in ['bin', 'empty']:
        os.mkdir(os.path.join(folder, name))
    options = '--defaults-file=../my.cnf' if form == 'option-file' else '--no-defaults'
    for name in ['mysql', 'mariadb']:
        path = os.path.join(folder, 'bin', name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nLD_PRELOAD={library} exec {program} {options} "$@"\n')
        os.chmod(path, 0o755)
    for line in sys.stdin:
        print(answer(base64.b64decode(line), folder))

#!/usr/bin/env python3
"""seeds.py FOLDER FILE...: the string literals of those C++ files, each as a file in FOLDER, for a fuzzer to begin with."""

import hashlib
import pathlib
import re
import sys

LITERAL = re.compile(
    r'R"(?P<mark>[^()\s\\]*)\((?P<raw>.*?)\)(?P=mark)"' + r'|(?<!\')"(?P<plain>(?:[^"\\\n]|\\.)*)"', re.DOTALL
)


def literals(source):
    # Those that only white space stands between are one.
    text, end = None, 0
    for match in LITERAL.finditer(source):
        raw = match["raw"]
        value = raw if raw is not None else match["plain"].encode("latin-1", "replace").decode("unicode_escape")
        if text is not None and not source[end : match.start()].strip():
            text += value
        else:
            if text is not None:
                yield text
            text = value
        end = match.end()
    if text is not None:
        yield text


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:]:
        for text in literals(pathlib.Path(name).read_text("utf-8")):
            content = text.encode("utf-8", "surrogatepass")
            (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)


if __name__ == "__main__":
    main()

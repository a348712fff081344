#!/usr/bin/env python3
"""Shows that the chaos run can fail: breaks the workload in one way after the other, and wants each to be found.

  prove.py --workload PROGRAM --proxy PROGRAM [--only NAME]
"""

import argparse
import pathlib
import re
import subprocess
import sys
import time

# What is broken in the workload, under which faults, and what has to be found.
MUTATIONS = [
    ("none", ["--kinds", "kill,cut_reply", "--faults", "4"], None),
    ("silent_repeat", ["--kinds", "cut_reply", "--faults", "40"], "there more than once"),
    ("forget_unknown", ["--kinds", "cut_reply", "--faults", "40"], "failed, but there"),
    ("no_transaction", ["--kinds", "kill,reset", "--faults", "10"], "the total is|accounts hold something else"),
    ("early_acknowledgement", ["--kinds", "kill,reset", "--faults", "20"], "acknowledged, but not there"),
    ("plaintext_if_not_offered", ["--kinds", "ssl_switch", "--faults", "1"], "plaintext"),
    ("no_deadline", ["--kinds", "blackhole", "--faults", "1", "--hold", "12"], "still in a call"),
    ("leak", ["--kinds", "reset", "--faults", "1"], "descriptors"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workload", required=True)
    parser.add_argument("--proxy", required=True)
    parser.add_argument("--only")
    options = parser.parse_args()
    conductor = pathlib.Path(__file__).parent / "conductor.py"
    failures = 0
    for name, arguments, expected in MUTATIONS:
        if options.only not in (None, name):
            continue
        begin = time.monotonic()
        done = subprocess.run([sys.executable, conductor, "--workload", options.workload, "--proxy", options.proxy,
                               "--mutation", name, "--seed", "7", "--minutes", "3", *arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 77:
            print(done.stdout, end="")
            return 77
        found = [line for line in done.stdout.splitlines() if line.startswith("VIOLATED")]
        if expected is None:
            good = done.returncode == 0
        else:
            good = done.returncode == 1 and any(re.search(expected, line) for line in found)
        failures += not good
        print(f"{name:26} {'ok' if good else 'NOT AS EXPECTED':16} {time.monotonic() - begin:5.0f} s  "
              f"{found[0] if found else 'all invariants held' if done.returncode == 0 else done.stdout[-600:]}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

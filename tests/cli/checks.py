"""What the tests of the command line programs share: their checks, and the server that they run against."""

import os

failures = 0


def check(name, condition, *details):
    """Prints `ok` or `not ok`, and the details of what is not."""
    global failures
    print(("ok - " if condition else "not ok - ") + name)
    if not condition:
        failures += 1
        for detail in details:
            print("#   " + (detail if isinstance(detail, str) else repr(detail)))


def equal(name, ours, theirs):
    check(name, ours == theirs, ours, theirs)


def settings_of(variable="SEALSQL_TEST_SERVER_ENV"):
    """Of the server that the variable's file describes."""
    with open(os.environ[variable], encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("=", 1) for line in file if "=" in line]
    return {key.removeprefix("SEALSQL_TEST_"): value for key, value in lines}


def exit_code():
    print(f"{failures} failed")
    return 1 if failures else 0

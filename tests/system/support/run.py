# SPDX-License-Identifier: Apache-2.0
"""How a system test runs: `NAME_test.py --mailweir PATH [options]`; exit 77 means skipped."""
import argparse
import os
import sys
import time
import unittest

_added = []
options = argparse.Namespace()


def ask(*names, **settings):
    """Adds an option of this test."""
    _added.append((names, settings))


def skip(reason):
    """Ends the whole test as skipped, and says so where ctest shows it."""
    print(f"SKIPPED: {reason}", flush=True)
    print(f"SKIPPED: {reason}", file=sys.stderr, flush=True)
    os._exit(77)


def wait_until(condition, timeout=15, what="the condition"):
    """Polls; returns the first true value."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true in {timeout} s")
        time.sleep(0.02)


class Case(unittest.TestCase):
    """Gateways and servers that are opened by `self.open(...)` end with the test."""
    maxDiff = None

    def open(self, thing):
        self.addCleanup(thing.close)
        return thing

    def assertCode(self, reply, code, words=None):
        self.assertEqual(reply[0], code, reply)
        if words:
            self.assertIn(words, reply[1])

    def assertClass(self, reply, digit, words=None):
        self.assertEqual(reply[0] // 100, digit, reply)
        if words:
            self.assertIn(words, reply[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mailweir", required=True, help="the binary under test")
    parser.add_argument("--keep", action="store_true", help="keep temporary folders and show logs")
    for names, settings in _added:
        parser.add_argument(*names, **settings)
    known, rest = parser.parse_known_args()
    options.__dict__.update(known.__dict__)
    options.mailweir = os.path.abspath(options.mailweir)
    if not os.access(options.mailweir, os.X_OK):
        sys.exit(f"{options.mailweir} is not there; build it first")
    unittest.main(module="__main__", argv=[sys.argv[0], *rest], verbosity=2)

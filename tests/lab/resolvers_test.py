#!/usr/bin/python3 -B
"""Scans through resolvers that misbehave: what does not come through is not tested, and never called missing.

    resolvers_test.py --program build/dev/scanner/outpost --schema reports/schemas/scan-1.json [CASE...]

The cases are in scanning/resolvers.py. Needs root; exit status 77: skipped.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import scan_test  # noqa: E402
from scanning import resolvers  # noqa: E402


def jobs(test):
    for function in resolvers.CASES:
        yield function.__name__, lambda function=function: function(test)


if __name__ == "__main__":
    sys.exit(scan_test.main(__doc__, jobs))

#!/usr/bin/python3 -B
"""Scans servers with revoked certificates, and some whose authority does not answer as it should.

    revocation_test.py --program build/dev/scanner/outpost --schema reports/schemas/scan-1.json [CASE...]

The servers are those of domains/revocation.lab.toml; what a scan must find is in scanning/revocation.py. Needs root;
exit status 77: skipped.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

import scan_test  # noqa: E402
from scanning import revocation  # noqa: E402


def jobs(test):
    for function in revocation.CASES:
        yield function.__name__, lambda function=function: function(test)


if __name__ == "__main__":
    sys.exit(scan_test.main(__doc__, jobs))

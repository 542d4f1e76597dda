"""Holds beside the bare statements of their database, in one run; benchmarks/redemption/README.md says more.

usage: python3 dev.py bench redemption [--rounds 5] [--seconds 1] [--callers 1 32] [--profile] [--postgres URL]

Ends non-zero when a limit was not exact. Ratios that miss their aim are named, and fail nothing.
"""

import sys

from redemption.main import main  # the folder beside this file: a package comes before a module of its name

if __name__ == "__main__":
    sys.exit(main())

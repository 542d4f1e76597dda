"""A large ruleset over HTTP beside a file and an empty answer, in one run; benchmarks/ruleset/README.md says more.

usage: python3 dev.py bench ruleset [--promotions 100000] [--rounds 7] [--calls 300] [--database URL]

Ends non-zero when something did not run, when the document is not what it must be, or when a ratio misses its aim.
"""

import sys

from ruleset.main import main  # the folder beside this file: a package comes before a module of its name

if __name__ == "__main__":
    sys.exit(main())

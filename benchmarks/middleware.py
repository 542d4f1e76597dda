"""What the middleware adds to a request, beside bare Starlette in one run; benchmarks/middleware/README.md says more.

usage: python3 dev.py bench middleware [--rounds 15] [--requests 400] [--seconds 0.5] [--memory 100000] [--in-process]

Ends non-zero when a figure misses what is asked of it.
"""

import sys

from middleware.main import main  # the folder beside this file: a package comes before a module of its name

if __name__ == "__main__":
    sys.exit(main())

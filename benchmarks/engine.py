"""The engine beside its floor and its peers, in one run; benchmarks/engine/README.md says what each computes.

usage: python3 dev.py bench engine [--without-peers] [--rounds 5] [--seconds 0.15] [--large 100000]

Ends non-zero when a peer did not run, or when the engine applies other promotions than the floor to a cart of 5 lines.
"""

import sys

from engine.main import main  # the folder beside this file: a package comes before a module of its name

if __name__ == "__main__":
    sys.exit(main())

"""How many examples each law is tried with: so many in a run of the tests, many times that by `dev.py laws --deep`."""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("LAWS_EXAMPLES", "300"))
"""Fewer, and always the same, where mutants are to be killed."""
DEEP = 10_000
BATCHES = -(-DEEP // EXAMPLES)

many = settings(max_examples=EXAMPLES, deadline=None, derandomize="LAWS_EXAMPLES" in os.environ)

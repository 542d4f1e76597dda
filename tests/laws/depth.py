"""How many examples each law is tried with: so many in a run of the tests, many times that by `dev.py laws --deep`."""

from hypothesis import settings

EXAMPLES = 300
DEEP = 10_000
BATCHES = -(-DEEP // EXAMPLES)

many = settings(max_examples=EXAMPLES, deadline=None)

"""How many examples each law is tried with: so many in a run of the tests, many times that by `dev.py laws --deep`."""

import os

from hypothesis import HealthCheck, Phase, settings

EXAMPLES = int(os.environ.get("LAWS_EXAMPLES", "300"))
"""Fewer, always the same, and not made smaller, where mutants are to be killed."""
DEEP = 10_000
BATCHES = -(-DEEP // EXAMPLES)

_is_of_mutants = "LAWS_EXAMPLES" in os.environ
_phases = [Phase.explicit, Phase.generate] if _is_of_mutants else list(Phase)

many = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=_is_of_mutants,
    phases=_phases,
    # A law may speak of few carts, and a machine may be slow: neither breaks it.
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

"""``python3 dev.py fuzz [rules] [N [SEED]]``: more random requests, or rules, than a test has time for."""

import random
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz import rules
from tests.fuzz.runner import DOCUMENTS, Found, an_api, run


def main(examples: int = 200, seed: int | None = None) -> int:
    """Run, and print what was found."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    print(f"{examples} examples of each operation, seed {seed}", flush=True)
    failed = False
    for document in DOCUMENTS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder, an_api(Path(folder) / "p.db") as (context, key):
            found = run(context, key, examples=examples, seed=seed, steps=20, document=document)
        failed |= _told(document, found, time.monotonic() - started)
    return int(failed)


def _told(document: str, found: Found, seconds: float) -> bool:
    for label, said in found.failures.items():
        print(f"\n{label}\n{said}")
    for error in found.errors:
        print(f"\nerror: {error}")
    print(f"\n{document}: {found.requests} requests to {len(found.operations)} operations in {seconds:.0f} s: ", end="")
    print(f"{len(found.failures)} failures, {len(found.errors)} errors", flush=True)
    return bool(found.failures or found.errors)


if __name__ == "__main__":
    is_of_rules = sys.argv[1:2] == ["rules"]
    sys.exit((rules.main if is_of_rules else main)(*map(int, sys.argv[1 + is_of_rules :])))

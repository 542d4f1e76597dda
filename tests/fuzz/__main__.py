"""``python3 dev.py fuzz [rules] [N [SEED]]``: more random requests to both databases, or rules, than tests have."""

import random
import sys
import time
from contextlib import closing
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.databases import KINDS, Databases
from tests.fuzz import rules
from tests.fuzz.runner import DOCUMENTS, Found, an_api, run


def main(examples: int = 200, seed: int | None = None) -> int:
    """Run, and print what was found."""
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    print(f"{examples} examples of each operation, seed {seed}", flush=True)
    failed = False
    with TemporaryDirectory() as own, closing(Databases(Path(own))) as databases:
        for document, kind in product(DOCUMENTS, KINDS):
            started = time.monotonic()
            with (
                TemporaryDirectory() as folder,
                databases.fresh(kind, Path(folder)) as url,
                an_api(url) as (context, key),
            ):
                found = run(context, key, examples=examples, seed=seed, steps=20, document=document)
            failed |= _told(f"{document} on {kind}", found, time.monotonic() - started)
    return int(failed)


def _told(what: str, found: Found, seconds: float) -> bool:
    for label, said in found.failures.items():
        print(f"\n{label}\n{said}")
    for error in found.errors:
        print(f"\nerror: {error}")
    print(f"\n{what}: {found.requests} requests to {len(found.operations)} operations in {seconds:.0f} s: ", end="")
    print(f"{len(found.failures)} failures, {len(found.errors)} errors", flush=True)
    return bool(found.failures or found.errors)


if __name__ == "__main__":
    is_of_rules = sys.argv[1:2] == ["rules"]
    sys.exit((rules.main if is_of_rules else main)(*map(int, sys.argv[1 + is_of_rules :])))

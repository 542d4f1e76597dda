"""Price random carts by every way there is, and compare the bytes: ``python3 dev.py same-bytes [--carts N]``.

In this process, by the API over HTTP, and by the handler and the cart route of a shop behind the ASGI shell, the WSGI
shell and Django: the whole evaluation is the same canonical bytes, the routes' responses are the same bytes, and the
block in them is that evaluation's. Ends with 1, and prints the cart, when one byte differs.
"""

import argparse
import hashlib
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from promo_engine import Document, canonical_json
from tests.same_bytes.shells import SHELLS
from tests.same_bytes.ways import open_ways


def compare(carts: int, folder: Path) -> int:
    """Compare so many carts; print what came of it, and return the exit code."""
    began, kinds, digest = time.monotonic(), Counter[str](), hashlib.sha256()
    with open_ways(folder) as ways:
        for seed in range(carts):
            evaluation = ways.price(seed)
            if (where := ways.difference(evaluation)) is not None:
                print(f"cart {seed} differs {where}:\n{json.dumps(ways.cart, indent=1, ensure_ascii=False)}")
                return 1
            digest.update(canonical_json(evaluation))
            kinds.update(_kinds(evaluation))
    print(", ".join(f"{kind} {times}" for kind, times in sorted(kinds.items())))
    print(
        f"{carts} carts, in process = by the API = behind {' = '.join(SHELLS)}: the same bytes,"
        f" sha256:{digest.hexdigest()[:16]}…, {time.monotonic() - began:.0f} s"
    )
    return 0


def _kinds(evaluation: Document) -> Iterator[str]:
    """Yield what an evaluation shows: promotion types that apply, and reasons why codes do not."""
    yield from {one["type"] for one in evaluation["applied"]}
    yield from {f"({one['reason']})" for one in evaluation["codes"] if not one["applied"]}


def main() -> int:
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser("dev.py same-bytes", description="Price random carts by every way there is.")
    parser.add_argument("--carts", type=int, default=10_000, metavar="N", help="how many; 10,000 without it")
    with TemporaryDirectory(prefix="fairtill-same-bytes-") as folder:
        return compare(parser.parse_args().carts, Path(folder))


if __name__ == "__main__":
    sys.exit(main())

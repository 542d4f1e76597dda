"""Price random carts in this process: ``python -m tests.receipts.one FIRST COUNT [--shuffled] [--show]``.

Prints one line a cart: the SHA-256 of its evaluation document and receipt; or both of them with ``--show``.
"""

import hashlib
import json
import sys

from promo_engine import canonical_json, receipt_document
from tests.receipts.carts import draw


def bytes_of(seed: int, *, is_shuffled: bool = False) -> bytes:
    """Return the canonical documents of one seed's evaluation and receipt."""
    drawn = draw(seed).shuffled(seed) if is_shuffled else draw(seed)
    evaluation = drawn.evaluation()
    documents = {"evaluation": evaluation.document(), "receipt": receipt_document(evaluation)}
    return canonical_json({**documents, "name": evaluation.receipt()})


def main(first: str, count: str, *options: str) -> None:
    """Print what each seed from the first one comes to."""
    for seed in range(int(first), int(first) + int(count)):
        written = bytes_of(seed, is_shuffled="--shuffled" in options)
        if "--show" in options:
            print(json.dumps(json.loads(written), indent=1, ensure_ascii=False))
        else:
            print(hashlib.sha256(written).hexdigest())


if __name__ == "__main__":
    main(*sys.argv[1:])

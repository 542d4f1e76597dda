"""An order for rules to speak of, and a rule evaluated on it."""

from decimal import Decimal

from promo_server.expressions import parse_rule
from promo_server.expressions.values import Value

NAMES: dict[str, object] = {
    "currentLineItem": {
        "productId": "tea",
        "tags": ["drink", "bio"],
        "unitPrice": 450,
        "quantity": 3,
        "lineTotal": {"subtotal": 1350, "discount": 0, "remainder": 1350},
    },
    "lineItems": [
        {"productId": "tea", "unitPrice": 450, "lineTotal": {"subtotal": 1350, "discount": 0}},
        {"productId": "pot", "unitPrice": 2999, "lineTotal": {"subtotal": 2999, "discount": 300}},
    ],
    "totals": {"subtotal": 4349},
    "metadata": {"channel": "app", "visits": 7, "score": 0.25, "empty": {}, "nothing": None},
}


def result(source: str) -> Value:
    """What a rule gives for the order; its numbers, and those in lists, may be compared with Python's."""
    return parse_rule(source).evaluate(NAMES)


def number(source: str) -> Decimal:
    found = result(source)
    assert isinstance(found, Decimal), found
    return found

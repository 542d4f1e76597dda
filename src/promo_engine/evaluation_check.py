"""Whether an evaluation document adds up: what somebody else computed is not believed, but checked.

Errors: ``DocumentError``.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from promo_engine.cart import Cart
from promo_engine.checks import check_whole
from promo_engine.documents import DocumentError
from promo_engine.money import MAX_AMOUNT


def check_evaluation(document: object, cart: Cart) -> None:
    """Check that an evaluation document adds up, and is one of this cart: every line, every promotion, every total.

    Raises:
        DocumentError: says what does not.
    """
    try:
        _check_sums(document, cart)
    except (KeyError, TypeError, AttributeError):
        raise DocumentError("", "is not an evaluation document") from None


def _check_sums(document: Any, cart: Cart) -> None:
    totals, applied = document["totals"], document["applied"]
    off_lines = _sum_shares(one["lines"] for one in applied)
    off_shipping = _sum_shares(one["shipping"] for one in applied)
    lines = {line.id: (line.total, off_lines.pop(line.id, 0)) for line in cart.lines}
    parcels = {entry.id: (entry.price, off_shipping.pop(entry.id, 0)) for entry in cart.shipping}
    items, items_off = map(sum, zip(*lines.values(), strict=True)) if lines else (0, 0)
    shipping, shipping_off = map(sum, zip(*parcels.values(), strict=True)) if parcels else (0, 0)
    stated = {name: totals[name] for name in ("items", "items_discount", "shipping", "shipping_discount", "credits")}
    expected = dict(zip(stated, (items, items_off, shipping, shipping_off, 0), strict=True))
    due = items - items_off + shipping - shipping_off
    checks = {
        "applied": not off_lines and not off_shipping,
        "lines": all(0 <= off <= price for price, off in (*lines.values(), *parcels.values())),
        "totals": stated == expected and totals["amount_due"] == due,
        "totals.currency": totals["currency"] == cart.currency.code,
        "applied.discount": all(
            one["discount"] == sum(one["lines"].values()) + sum(one["shipping"].values()) for one in applied
        ),
        "applied.id": len({one["id"] for one in applied}) == len(applied),
    }
    for path, is_right in checks.items():
        if not is_right:
            raise DocumentError(path, "does not add up with the cart")


def _sum_shares(shares: Iterable[Mapping[str, int]]) -> dict[str, int]:
    summed: dict[str, int] = {}
    for one in shares:
        for name, share in one.items():
            check_whole(share, name, least=0, most=MAX_AMOUNT)
            summed[name] = summed.get(name, 0) + share
    return summed

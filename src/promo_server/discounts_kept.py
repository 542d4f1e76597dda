"""What returns leave of each promotion's discount. Pure: no clock, no storage.

Source: PRICING.md section 8. What the goods that were kept cost at list price, less what is still paid for them, is the
discount that was given in the end; it is shared over the promotions by what each took off these goods.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from promo_engine import Order, Returned, allocate


def discounts_kept(order: Order, applied: Sequence[Mapping[str, Any]], returned: Returned) -> dict[str, int]:
    """Return what is left of the discount of each promotion that an order had ``applied``, by its id.

    They come to the discount of the whole order exactly. Where nothing was priced anew each promotion keeps what it
    took off the units that were kept, to the minor unit.

    >>> from promo_engine import Return, evaluate, give_back, read_order
    >>> from promo_engine.testing import a_cart, a_ruleset, amount_off
    >>> cart = a_cart(("MILK", 350, 3))
    >>> document = evaluate(cart, a_ruleset(amount_off(50))).document()
    >>> order = read_order(document, cart)
    >>> discounts_kept(order, document["applied"], give_back(order, Return({"milk": 2})).returned)
    {'promo_1': 16}
    """
    given = order.rest(returned).total - (order.paid - returned.amount)
    shares = _off_the_rest(order, applied, returned)
    weights = shares if any(shares) else [one["discount"] for one in applied]
    return dict(zip((one["id"] for one in applied), allocate(given, weights), strict=True))


def _off_the_rest(order: Order, applied: Sequence[Mapping[str, Any]], returned: Returned) -> list[int]:
    """Return what each promotion took off the units and shipping entries that were kept."""
    before: Counter[str] = Counter()
    shares = []
    for one in applied:
        share = sum(off for name, off in one["shipping"].items() if name not in returned.shipping)
        for name, off in one["lines"].items():
            units, back = order.lines[name].quantity, returned.lines.get(name, 0)
            share += _of_the_last(before[name] + off, units, back) - _of_the_last(before[name], units, back)
            before[name] += off
        shares.append(share)
    return shares


def _of_the_last(discount: int, units: int, back: int) -> int:
    """Return the part of a line's discount that is left when its first units are back: those had the larger parts.

    Of two sums of discounts the larger one leaves no less, so that what one more promotion adds is never below zero.
    """
    each, odd = divmod(discount, units)
    return discount - back * each - min(back, odd)

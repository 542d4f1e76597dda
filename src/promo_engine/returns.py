"""What a return gives back of an order that was priced and paid.

An order comes back in any sequence of returns, each of which names units of lines and shipping entries. What was given
back so far is a value: each return takes it and yields it anew. However the returns are cut, together they give back
exactly what was paid for what came back, and never more than was paid.

Units of a line come back in the order of ``Evaluation.units``. The first ones had the larger share of the line's
discount, so that no part of a line gives back more than its even part of what was paid.

Two policies: ``give_back`` keeps the discounts on what was kept; ``give_back_repriced`` prices the rest as if it had
been bought alone. Both may be used on one order: what was given back so far is never taken again.

Amounts are minor units of the order's currency. Source: PRICING.md section 8. Errors: ``DocumentError``.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from promo_engine.cart import MAX_LINES, MAX_UNITS, Cart, code_form
from promo_engine.checks import check_most, check_text, check_whole, set_field, texts
from promo_engine.documents import Document, DocumentError, join, json_type, read_instant, read_object
from promo_engine.entitlements import NO_CODES, Entitlements, KnownCode, UsesLeft
from promo_engine.evaluation_check import check_evaluation
from promo_engine.money import MAX_AMOUNT
from promo_engine.personal import VALUE_STORE
from promo_engine.priced import PricedLine, PricedShipping
from promo_engine.pricing import evaluate
from promo_engine.ruleset import Ruleset
from promo_engine.value_store import ValueStore


def _units(values: object, path: str) -> dict[str, int]:
    """Return numbers of units by line id, in order of id."""
    if not isinstance(values, Mapping):
        raise DocumentError(path, f"must be an object of units by line id, not {json_type(values)}")
    check_most(len(values), MAX_LINES, path)
    for name, units in values.items():
        check_text(name, path)
        check_whole(units, join(path, name), least=1, most=MAX_UNITS)
    return dict(sorted(values.items()))


@dataclass(frozen=True, slots=True)
class Return:
    """What comes back at one time: numbers of units by line id, and shipping entries by id."""

    lines: Mapping[str, int] = field(default_factory=dict)
    shipping: Sequence[str] = ()

    def __post_init__(self) -> None:
        set_field(self, "lines", _units(self.lines, "lines"))
        set_field(self, "shipping", texts(self.shipping, "shipping", keep_order=True))
        for i, name in enumerate(self.shipping):
            if name in self.shipping[:i]:
                raise DocumentError(f"shipping[{i}]", f"is named twice: {name!r}")
        if not self.lines and not self.shipping:
            raise DocumentError("lines", "must name a unit to return, or shipping an entry")


@dataclass(frozen=True, slots=True)
class Returned:
    """All that came back of an order so far, and what was given back for it: the state between two returns.

    ``amount`` is in minor units, ``points`` are those taken back from the customer.
    """

    lines: Mapping[str, int] = field(default_factory=dict)
    shipping: Sequence[str] = ()
    amount: int = 0
    points: int = 0

    def __post_init__(self) -> None:
        set_field(self, "lines", _units(self.lines, "lines"))
        set_field(self, "shipping", texts(self.shipping, "shipping"))
        check_whole(self.amount, "amount", least=0, most=MAX_AMOUNT)
        check_whole(self.points, "points", least=0, most=MAX_AMOUNT)

    def document(self) -> Document:
        """Return the canonical document."""
        return {
            "lines": dict(self.lines),
            "shipping": list(self.shipping),
            "amount": self.amount,
            "points": self.points,
        }


NOTHING = Returned()
"""Nothing came back yet."""


@dataclass(frozen=True, slots=True)
class Refund:
    """What one return gives back.

    ``amount`` is what the shopper gets, ``points`` what is taken back from the customer; neither is ever negative.
    ``lines`` and ``shipping`` say what was paid for what comes back: that is the amount, unless something was priced
    anew. ``missing`` is by how much the rest costs more than is still paid for it: later refunds are that much lower.
    ``uses`` are the ids of all applied promotions once every unit is back: their uses may be free again. ``returned``
    is what came back so far, this return included.
    """

    amount: int
    points: int
    missing: int
    lines: Mapping[str, int]
    shipping: Mapping[str, int]
    uses: Sequence[str]
    returned: Returned

    def document(self) -> Document:
        """Return the canonical document."""
        return {
            "amount": self.amount,
            "points": self.points,
            "missing": self.missing,
            "lines": dict(self.lines),
            "shipping": dict(self.shipping),
            "uses": list(self.uses),
            "returned": self.returned.document(),
        }


@dataclass(frozen=True, slots=True)
class Order:
    """A cart as it was paid: each line and shipping entry with its discount, by id.

    ``cart`` stands at the moment at which it was priced. ``promotions`` is what each promotion that applied took off,
    in order of application; ``points`` are what they gave together. ``revision`` names the rules. ``codes`` are those
    that applied a promotion, by form. ``values`` are the value stores that discounted it, each with what it gave. What
    is paid is paid in money and by credits together.
    """

    cart: Cart
    revision: str
    lines: Mapping[str, PricedLine]
    shipping: Mapping[str, PricedShipping]
    promotions: Mapping[str, int]
    points: int
    codes: Mapping[str, KnownCode | None] = field(default_factory=lambda: NO_CODES)
    values: Sequence[ValueStore] = ()

    @property
    def goods_paid(self) -> int:
        """What was paid for all lines."""
        return sum(line.after for line in self.lines.values())

    @property
    def paid(self) -> int:
        """What was paid in total."""
        return self.goods_paid + sum(entry.after for entry in self.shipping.values())

    @property
    def granted(self) -> Entitlements:
        """What the order itself proves: a use of each promotion and code that applied, and so much of a budget."""
        uses = {name: UsesLeft(budget=amount or None) for name, amount in self.promotions.items()}
        return Entitlements(uses, self.codes, self.values)

    def is_back(self, returned: Returned) -> bool:
        """Whether every unit is back; shipping need not be, except of an order without units."""
        if not self.lines:
            return len(returned.shipping) == len(self.shipping)
        return all(returned.lines.get(line.id) == line.quantity for line in self.lines.values())

    def rest(self, returned: Returned) -> Cart:
        """Return the cart of what was kept, as if bought alone at the same moment."""
        units = {line.id: line.quantity - returned.lines.get(line.id, 0) for line in self.cart.lines}
        lines = [replace(line, quantity=units[line.id]) for line in self.cart.lines if units[line.id]]
        kept = [entry for entry in self.cart.shipping if entry.id not in returned.shipping]
        return replace(self.cart, lines=lines, shipping=kept)


def read_order(document: object, cart: Cart) -> Order:
    """Read an order: an evaluation document, and the cart that it is of.

    Raises:
        DocumentError: the document does not add up, or is of another cart.
    """
    moment = read_instant(document.get("at") if isinstance(document, Mapping) else None, "at")
    cart = cart.moved_to(moment)
    check_evaluation(document, cart)
    return _read_order(document, cart)


def read_return(document: object) -> Return:
    """Read what comes back.

    >>> read_return({"lines": {"milk": 2}}).lines["milk"]
    2
    >>> read_return({"lines": {"milk": 0}})
    Traceback (most recent call last):
    promo_engine.documents.DocumentError: lines.milk: must be a whole number from 1 to 1000000, not 0
    """
    return Return(**read_object(document, "", optional=["lines", "shipping"]))


def read_returned(document: object) -> Returned:
    """Read what came back so far, as ``Returned.document`` wrote it."""
    return Returned(**read_object(document, "", required=["lines", "shipping", "amount", "points"]))


def give_back(order: Order, back: Return, so_far: Returned = NOTHING) -> Refund:
    """Give back what was paid for exactly these units and shipping entries: the discounts stay with what was kept.

    Points are taken back in proportion to what was paid for the goods that are back, rounded down until all are; of
    goods that cost nothing, in proportion to their units.

    Raises:
        DocumentError: a line or shipping entry is not of this order, or no longer there to return.

    Three units of 3.50, 0.50 off: the first two cost 3.33, the last one 3.34.

    >>> from promo_engine.testing import a_cart, a_ruleset, amount_off
    >>> cart = a_cart(("MILK", 350, 3))
    >>> order = read_order(evaluate(cart, a_ruleset(amount_off(50))).document(), cart)
    >>> first = give_back(order, Return({"milk": 1}))
    >>> others = give_back(order, Return({"milk": 2}), first.returned)
    >>> first.amount, others.amount, order.paid
    (333, 667, 1000)
    """
    now = _counted(order, back, so_far)
    kept = order.paid - _paid_for_goods(order, now) - _paid_for_shipping(order, now)
    return _refund(order, so_far, now, kept, order.points - _points_of(order, now))


def give_back_repriced(
    order: Order, back: Return, so_far: Returned, ruleset: Ruleset, entitlements: Entitlements | None = None
) -> Refund:
    """Give back what is still paid above what the rest costs as if bought alone, at the order's own moment.

    Nothing where the rest costs more: what is missing lowers later refunds, and once everything is back, all that was
    paid is given back. Points are taken back in the same way: the customer keeps what the rest earns alone.

    Give the rules of ``order.revision``. Entitlements are what was there before the order; without them, what the order
    itself proves: limits then keep away only promotions that it did not have.

    Raises:
        DocumentError: a line or shipping entry is not of this order, or no longer there to return.

    5.00 off from 20.00 on, of 15.00 and 10.00: with the tea back, the milk costs 15.00 of the 20.00 that were paid.

    >>> from promo_engine.testing import a_cart, a_ruleset, amount_off
    >>> cart = a_cart(("MILK", 1500), ("TEA", 1000))
    >>> ruleset = a_ruleset(amount_off(500, rules={"min_purchase_amount": 2000}))
    >>> order = read_order(evaluate(cart, ruleset).document(), cart)
    >>> tea = Return({"tea": 1})
    >>> give_back_repriced(order, tea, NOTHING, ruleset).amount, give_back(order, tea).amount
    (500, 800)
    """
    now = _counted(order, back, so_far)
    alone = evaluate(order.rest(now), ruleset, order.granted if entitlements is None else entitlements)
    return _refund(order, so_far, now, alone.amount_due + alone.credit, alone.points)


def paid_for(line: PricedLine, units: int) -> int:
    """Return what was paid for the first units of a line: its discount is evenly divided, the first units got more.

    >>> line = PricedLine("milk", quantity=3, unit_price=350, discount=50)
    >>> [paid_for(line, units) for units in range(4)]
    [0, 333, 666, 1000]
    """
    each, odd = divmod(line.discount, line.quantity)
    return units * (line.unit_price - each) - min(units, odd)


def _refund(order: Order, so_far: Returned, now: Returned, kept: int, kept_points: int) -> Refund:
    """Give back what is paid above what the rest is worth, less what was given back already."""
    due = order.paid - kept - so_far.amount
    points = max(0, order.points - kept_points - so_far.points)
    amount = max(0, due)
    is_last = order.is_back(now) and not order.is_back(so_far)
    return Refund(
        amount=amount,
        points=points,
        missing=max(0, -due),
        lines={
            name: paid_for(order.lines[name], units) - paid_for(order.lines[name], so_far.lines.get(name, 0))
            for name, units in now.lines.items()
            if units != so_far.lines.get(name)
        },
        shipping={name: order.shipping[name].after for name in now.shipping if name not in so_far.shipping},
        uses=tuple(order.promotions) if is_last else (),
        returned=replace(now, amount=so_far.amount + amount, points=so_far.points + points),
    )


def _paid_for_goods(order: Order, returned: Returned) -> int:
    return sum(paid_for(order.lines[name], units) for name, units in returned.lines.items())


def _paid_for_shipping(order: Order, returned: Returned) -> int:
    return sum(order.shipping[name].after for name in returned.shipping)


def _points_of(order: Order, returned: Returned) -> int:
    """Return the part of the points that belongs to the goods that are back."""
    if order.is_back(returned):
        return order.points
    if order.goods_paid:
        return order.points * _paid_for_goods(order, returned) // order.goods_paid
    units = sum(line.quantity for line in order.lines.values())
    return order.points * sum(returned.lines.values()) // units if units else 0


def _counted(order: Order, back: Return, so_far: Returned) -> Returned:
    """Add a return to what came back before it; amount and points stand as they were."""
    try:
        _check_left(order, so_far, NOTHING)
        check_whole(so_far.amount, "amount", least=0, most=order.paid)
        check_whole(so_far.points, "points", least=0, most=order.points)
    except DocumentError as error:
        raise error.under("returned") from None
    _check_left(order, back, so_far)
    lines = Counter(so_far.lines)
    lines.update(back.lines)
    return replace(so_far, lines=lines, shipping=[*so_far.shipping, *back.shipping])


def _check_left(order: Order, back: Return | Returned, so_far: Returned) -> None:
    """Check that what comes back is there to return."""
    for name, units in back.lines.items():
        path = join("lines", name)
        if name not in order.lines:
            raise DocumentError(path, "is not a line of this order")
        left = order.lines[name].quantity - so_far.lines.get(name, 0)
        if not left:
            raise DocumentError(path, "is back already")
        if units > left:
            raise DocumentError(path, f"must be at most {left}, the units left to return, not {units}")
    for i, name in enumerate(back.shipping):
        if name not in order.shipping:
            raise DocumentError(f"shipping[{i}]", f"is not a shipping entry of this order: {name!r}")
        if name in so_far.shipping:
            raise DocumentError(f"shipping[{i}]", f"is back already: {name!r}")


def _read_order(document: Any, cart: Cart) -> Order:
    """Read what a document says that adds up."""
    off_lines: Counter[str] = Counter()
    off_shipping: Counter[str] = Counter()
    for one in document["applied"]:
        off_lines.update(one["lines"])
        off_shipping.update(one["shipping"])
    return Order(
        cart=cart,
        revision=document["revision"],
        lines={one.id: PricedLine(one.id, one.quantity, one.unit_price, off_lines[one.id]) for one in cart.lines},
        shipping={one.id: PricedShipping(one.id, one.price, off_shipping[one.id]) for one in cart.shipping},
        promotions={one["id"]: one["discount"] for one in document["applied"]},
        points=document["points"],
        codes={
            code_form(one["code"]): KnownCode(one["id"])
            for one in document["applied"]
            if one["code"] is not None and one["type"] != VALUE_STORE
        },
        values=[
            ValueStore(one["id"], cart.currency.code, one["discount"], is_discount=True)
            for one in document["applied"]
            if one["type"] == VALUE_STORE
        ],
    )

"""A case in our words: its cart, its promotions and what is known of their uses.

The cases' vocabulary knows no phases, only priorities: where a case has several promotions on goods, all of them are
put into the item phase. Ties of priority go by the order of the list. ``exclusive`` and ``stackable: false`` are both
our ``stackable: false``.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from promo_engine import (
    Cart,
    Currency,
    Customer,
    Destination,
    DocumentError,
    Eligibility,
    Entitlements,
    Promotion,
    Shipping,
    Status,
)
from promo_engine.promotion import ItemMinimum
from promo_engine.testing import NOON, installed_types
from tests.peer_cases.conditions import read_eligibility, read_instant, read_limits, read_purchase, read_schedule
from tests.peer_cases.fields import Fields, UnsupportedError, needed
from tests.peer_cases.goods import Filter, Goods, Shelf
from tests.peer_cases.offers import Offer

BOOKKEEPING = "id", "source", "family", "universal", "figures", "probe", "semantics_note", "peer_semantics", "expect"
"""What a case says about itself."""


class Translated(NamedTuple):
    """What the engine is given."""

    cart: Cart
    promotions: list[Promotion]
    entitlements: Entitlements


def translate(case: Mapping[str, Any]) -> Translated:
    """Translate a case; its ``expect`` is not looked at.

    Raises:
        UnsupportedError: the case says something that we have no word for.

    >>> line = {"id": "l1", "sku": "a", "unit_price": "5.00", "quantity": 2}
    >>> promotion = {"id": "p1", "type": "fixed_amount_discount", "params": {"amount": "1.00"}}
    >>> translated = translate({"currency": "USD", "cart": {"lines": [line]}, "promotions": [promotion]})
    >>> translated.cart.total, translated.promotions[0].rules.discount_value
    (1000, 100)
    """
    try:
        fields = Fields(case, "", Currency.of(case["currency"]))
        translated = _translated(fields)
    except DocumentError as error:
        raise UnsupportedError(str(error)) from error
    fields.check_read()
    return translated


def _translated(case: Fields) -> Translated:
    for name in ("currency", *BOOKKEEPING):
        case.take(name)
    cart = case.part("cart")
    shelf = Shelf([Goods.read(one) for one in cart.parts("lines")])
    drafts = [_Draft(one, shelf, place) for place, one in enumerate(case.parts("promotions"))]
    is_ranked = sum(draft.offer.is_on_goods for draft in drafts) > 1
    promotions = [draft.promotion(is_ranked=is_ranked) for draft in drafts]
    left = {draft.id: draft.uses.left for draft in drafts}
    is_counted = any(draft.uses.are_of_customer for draft in drafts)
    return Translated(_read_cart(cart, shelf, is_counted=is_counted), promotions, Entitlements(left))


def _read_cart(cart: Fields, shelf: Shelf, *, is_counted: bool) -> Cart:
    """Read a cart, once all that its lines are tagged for is known."""
    customer, now = cart.part("customer"), cart.text("now")
    country, region = customer.text("country") or "", customer.text("region")
    return Cart(
        currency=cart.currency,
        lines=shelf.lines(),
        shipping=[_read_shipping(one) for one in cart.parts("shipping")],
        # As ISO 3166-2 names regions: a short name may be another country's.
        destination=Destination(country=country, region=f"{country}-{region}" if region else ""),
        customer=_read_customer(customer, is_counted=is_counted),
        codes=cart.texts("codes"),
        at=read_instant(now) if now else NOON,
    )


def _read_shipping(entry: Fields) -> Shipping:
    price = needed(entry.amount("price"), "price of shipping")
    return Shipping(id=needed(entry.text("id"), "id of shipping"), method=entry.text("method") or "", price=price)


def _read_customer(customer: Fields, *, is_counted: bool) -> Customer | None:
    """Read a customer. Where a case counts the uses of a guest, the shop knows the guest by some key."""
    if not customer:
        return Customer(guest_key="guest") if is_counted else None
    return Customer(
        id=customer.text("id"),
        segments=customer.texts("segments"),
        loyalty_tier=customer.text("loyalty_tier"),
        order_count=customer.count("order_count"),
    )


class _Draft:
    """A promotion of a case, as far as it is known without the others."""

    def __init__(self, fields: Fields, shelf: Shelf, place: int) -> None:
        wanted = fields.part("eligibility")
        self.currency = fields.currency = wanted.currency = _currency_of(wanted)
        self.id = needed(fields.text("id"), "id of a promotion")
        self.offer = Offer(needed(fields.text("type"), "type"), fields.part("params"), shelf)
        self.uses = read_limits(fields.part("limits"))
        self._rules = self.offer.rules | read_purchase(wanted) | {"budget_amount": self.uses.budget}
        self._minimums = self.offer.minimums
        self._ask_quantity(wanted.count("min_quantity"), shelf)
        self._ask_small_minimum(shelf)
        self._eligibility = self._asked(read_eligibility(wanted, shelf))
        self._schedule = read_schedule(fields.part("schedule"))
        self._priority = (fields.count("priority") or 0) * 1000 - place
        self._read_switches(fields)

    def promotion(self, *, is_ranked: bool) -> Promotion:
        """Return the promotion; a ranked one is of the item phase."""
        rules = {name: value for name, value in self._rules.items() if value is not None}
        if is_ranked and self.offer.is_on_goods:
            rules.setdefault("min_unit_price", 0)
        return Promotion(
            id=self.id,
            name=self.id,
            type=self.offer.type,
            rules=installed_types()[self.offer.type].read_rules(rules),
            currency=self.currency,
            schedule=self._schedule,
            code=self._code,
            auto_apply=self._code is None,
            stackable=self._stackable,
            priority=self._priority,
            status=self._status,
            eligibility=self._eligibility,
            limits=self.uses.limits,
        )

    def _read_switches(self, fields: Fields) -> None:
        self._code = fields.text("code")
        is_automatic = self._code is None
        if fields.flag("auto_apply", default=is_automatic) is not is_automatic:
            raise UnsupportedError("auto_apply: is not the opposite of a code")
        is_exclusive = fields.flag("exclusive", default=False)
        self._stackable = fields.flag("stackable", default=True) and not is_exclusive
        self._status = Status.ACTIVE if fields.flag("enabled", default=True) else Status.PAUSED

    def _ask_quantity(self, quantity: int | None, shelf: Shelf) -> None:
        """Ask for units in the cart: beside a selector, our ``min_quantity`` would count the matching ones."""
        is_of_some = not self.offer.goods.is_all or self.offer.type in ("buy_x_get_y", "bundle_deal")
        if quantity is not None and is_of_some:
            self._minimums.append(ItemMinimum(frozenset(shelf.selectors(Filter())), quantity=quantity))
        else:
            self._rules["min_quantity"] = quantity

    def _ask_small_minimum(self, shelf: Shelf) -> None:
        """Ask all goods for a minimum that seed 003 refuses: one that is not above the amount off the order."""
        rules = self._rules
        least, amount = rules.get("min_purchase_amount"), rules.get("discount_value")
        is_of_order = self.offer.type == "fixed_amount_discount" and rules.get("per") == "order"
        is_of_cart = rules["min_purchase_basis"] != "with_shipping"
        if is_of_order and is_of_cart and least is not None and amount is not None and least <= amount:
            least += rules.pop("strict_minimum", False)
            self._minimums.append(ItemMinimum(frozenset(shelf.selectors(Filter())), amount=least))
            del rules["min_purchase_amount"]

    def _asked(self, eligibility: Eligibility) -> Eligibility:
        """Add what the parameters ask for."""
        minimums = (*eligibility.item_minimums, *self._minimums)
        return replace(eligibility, tiers=frozenset(self.offer.tiers), item_minimums=minimums)


def _currency_of(wanted: Fields) -> Currency:
    code = wanted.text("currency")
    return wanted.currency if code is None else Currency.of(code)

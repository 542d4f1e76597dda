"""What every checkout should have cost: the rules of promotions once more, naively, for whoever audits the shop.

It shares no code with the product (the standard library is all it imports) and reads only the catalogue, the baskets,
the promotions as they were created and the order in which they were granted. Amounts are integer cents, every discount
is a positive amount off, fractions are exact until the one rounding of each promotion. It knows the rules that the
demo's promotions use; any other is a ``ValueError``, never a guess.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

SELECTORS = {"applicable_categories", "applicable_items", "excluded_items"}
KNOWN = {
    *("percentage_discount", "fixed_amount_discount"),
    *("discount_value", "max_discount_amount", "min_purchase_amount", "min_quantity", *SELECTORS),
    *("total_usage_limit", "per_customer_limit", "daily_usage_limit"),
    *("campaign", "start_day", "end_day", "promotion_name", "promotion_type", "promotion_code", "description"),
    *("discount_rules", "usage_limits", "display_settings", "auto_apply", "stackable"),
}

Product = Mapping[str, Any]
Shares = dict[str, int]
"""Cents off, by product."""
Discounts = dict[str, Shares]
"""The shares of every promotion that took something off, by its id."""


@dataclass(frozen=True)
class Checkout:
    """One grant: what was bought, by whom, with which codes, on which day of the grocer's calendar."""

    reference: str
    customer: str
    day: str
    lines: Sequence[tuple[str, int]]
    codes: Sequence[str] = ()


@dataclass(frozen=True)
class Bill:
    """What a checkout costs, and what each promotion takes off each product."""

    reference: str
    due: int
    discounts: Discounts = field(default_factory=dict)


class Offer:
    """A promotion as it was created (the body of the call), under the id that it was given."""

    def __init__(self, promotion_id: str, body: Mapping[str, Any]) -> None:
        self.id = promotion_id
        self.rules: Mapping[str, Any] = body["discount_rules"]
        self.limits: Mapping[str, int] = body.get("usage_limits", {})
        self.priority: int = body.get("display_settings", {}).get("priority_level", 0)
        self.is_stackable: bool = body.get("stackable", False)
        self.is_automatic: bool = body.get("auto_apply", False)
        self.code = plain(body.get("promotion_code", ""))
        self.is_percentage = body["promotion_type"] == "percentage_discount"
        self.is_running = body.get("start_day", 0) == 0
        unknown = {*body, *self.rules, *self.limits, body["promotion_type"]} - KNOWN
        if unknown:
            raise ValueError(f"{promotion_id}: this ledger does not know {', '.join(sorted(unknown))}")

    @property
    def turn(self) -> tuple[bool, int, str]:
        """Promotions on some goods come before those on the order; then high priorities first; then by id."""
        return not any(self.rules.get(name) for name in SELECTORS), -self.priority, self.id

    def matches(self, product: Product) -> bool:
        names = {product["product_id"], product["department"], product["category"]}
        included = {*self.rules.get("applicable_categories", ()), *self.rules.get("applicable_items", ())}
        return not names & {*self.rules.get("excluded_items", ())} and (not included or bool(names & included))

    def off(self, price: int) -> int:
        """Return what is off goods of this price: exact, rounded half up once, never above the cap or the price."""
        value = self.rules["discount_value"]
        exact = Fraction(price) * Fraction(value) / 100 if self.is_percentage else Fraction(cents(value))
        most = [cents(self.rules["max_discount_amount"])] if "max_discount_amount" in self.rules else []
        return min(floor(exact + Fraction(1, 2)), price, *most)

    def counters(self, checkout: Checkout) -> dict[tuple[str, str, str], int]:
        """Return the limits that one use counts against."""
        whose = {"total_usage_limit": "", "per_customer_limit": checkout.customer, "daily_usage_limit": checkout.day}
        return {(self.id, limit, whose[limit]): most for limit, most in self.limits.items()}


def recompute(
    catalogue: Mapping[str, Product], promotions: Mapping[str, Mapping[str, Any]], checkouts: Iterable[Checkout]
) -> list[Bill]:
    """Return the bill of every checkout, counting uses in the order in which they were granted.

    ``promotions`` are the bodies they were created with, by the id that each was given.
    """
    offers = [Offer(promotion_id, body) for promotion_id, body in promotions.items()]
    used: Counter[tuple[str, str, str]] = Counter()
    bills = []
    for checkout in checkouts:
        open_offers = [
            offer
            for offer in offers
            if offer.is_running and all(used[one] < most for one, most in offer.counters(checkout).items())
        ]
        bill = price(catalogue, open_offers, checkout)
        for offer in open_offers:
            if offer.id in bill.discounts:
                used.update(offer.counters(checkout).keys())
        bills.append(bill)
    return bills


def price(catalogue: Mapping[str, Product], offers: Sequence[Offer], checkout: Checkout) -> Bill:
    """Price one basket: the best of all combinable promotions together and each other one alone."""
    goods = Basket(catalogue, checkout.lines)
    codes = {plain(code) for code in checkout.codes} - {""}
    eligible = [one for one in offers if (one.is_automatic or one.code in codes) and goods.admit(one)]
    priority = {one.id: one.priority for one in eligible}
    together = [one for one in eligible if one.is_stackable]
    alone = [[one] for one in eligible if not one.is_stackable]

    def rank(discounts: Discounts) -> tuple[int, int, list[int], list[str]]:
        """Order sets: the most off first; then fewer promotions, higher priorities, smaller ids."""
        return -total(discounts), len(discounts), sorted(-priority[one] for one in discounts), sorted(discounts)

    best = min((goods.apply(some) for some in (together, *alone)), key=rank)
    for idle in sorted(best, key=lambda one: (priority[one], one)):
        without = goods.apply([one for one in eligible if one.id in best and one.id != idle])
        if total(without) == total(best):
            best = without
    return Bill(checkout.reference, goods.total - total(best), best)


class Basket:
    """The goods of one checkout at list price, each product once however many lines it has."""

    def __init__(self, catalogue: Mapping[str, Product], lines: Iterable[tuple[str, int]]) -> None:
        quantities: Counter[str] = Counter()
        for product_id, quantity in lines:
            quantities[product_id] += quantity
        self.quantities = dict(sorted(quantities.items()))
        self.products = {one: catalogue[one] for one in self.quantities}
        self.prices = {one: self.products[one]["unit_price"] * units for one, units in self.quantities.items()}
        self.total: int = sum(self.prices.values())

    def admit(self, offer: Offer) -> bool:
        """Whether the goods suffice: some match, enough of them, and the basket comes to the minimum at list prices."""
        units = sum(self.quantities[one] for one, product in self.products.items() if offer.matches(product))
        is_enough = units >= offer.rules.get("min_quantity", 1)
        return is_enough and self.total >= cents(offer.rules.get("min_purchase_amount", 0))

    def apply(self, offers: Iterable[Offer]) -> Discounts:
        """Take promotions off one after the other, each from what the earlier ones left."""
        left = dict(self.prices)
        taken: Discounts = {}
        for offer in sorted(offers, key=lambda one: one.turn):
            matching = {one: left[one] for one, product in self.products.items() if offer.matches(product)}
            shares = spread(offer.off(sum(matching.values())), matching)
            for product_id, share in shares.items():
                left[product_id] -= share
            if shares:
                taken[offer.id] = shares
        return taken


def total(discounts: Discounts) -> int:
    return sum(sum(shares.values()) for shares in discounts.values())


def spread(amount: int, prices: Mapping[str, int]) -> Shares:
    """Spread an amount over goods in proportion to their prices; odd cents go to the largest remainders.

    >>> spread(100, {"bread": 200, "milk": 100, "tea": 0})
    {'bread': 67, 'milk': 33}
    """
    whole = sum(prices.values())
    exact = {one: Fraction(amount * price, whole) for one, price in prices.items() if price}
    shares = {one: floor(part) for one, part in exact.items()}
    order = sorted(exact, key=lambda one: (shares[one] - exact[one], -prices[one], one))
    for one in order[: amount - sum(shares.values())]:
        shares[one] += 1
    return {one: share for one, share in shares.items() if share}


def cents(dollars: Decimal | int) -> int:
    return int(dollars * 100)


def plain(code: str) -> str:
    """Return a code as codes are compared: however it was typed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", code).casefold()).strip()

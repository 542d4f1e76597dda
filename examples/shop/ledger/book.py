"""The book: every checkout's bill, from the promotions that win and the uses that are left of them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from examples.shop.ledger.checkout import Bill, Checkout, Product, Shares, Value
from examples.shop.ledger.discounts import discount, points
from examples.shop.ledger.offer import Offer, Phase, cents, plain
from examples.shop.ledger.purse import EMPTY, Purse
from examples.shop.ledger.till import Till


def recompute(
    catalogue: Mapping[str, Product],
    promotions: Mapping[str, Mapping[str, Any]],
    checkouts: Iterable[Checkout],
    values: Iterable[Value] = (),
) -> list[Bill]:
    """Return the bill of every checkout, counting uses in the order in which they were granted.

    ``promotions`` are the bodies they were created with, by the id that each was given; ``values`` are what customers
    and codes bring along.
    """
    purse = Purse(values)
    offers = [Offer(promotion_id, body) for promotion_id, body in promotions.items()]
    used: Counter[tuple[str, str, str]] = Counter()
    bills = []
    for checkout in checkouts:
        open_offers = [
            offer
            for offer in offers
            if offer.is_running and all(used[one] < most for one, most in offer.counters(checkout).items())
        ]
        bill = price(catalogue, open_offers, checkout, purse)
        purse.take({one: sum(shares.values()) for one, shares in bill.discounts.items()} | dict(bill.credits))
        for offer in open_offers:
            if offer.id in bill.discounts or offer.id in bill.points:
                used.update(offer.counters(checkout).keys())
        bills.append(bill)
    return bills


def price(catalogue: Mapping[str, Product], offers: Sequence[Offer], checkout: Checkout, purse: Purse = EMPTY) -> Bill:
    """Price one basket: the best of the combinable promotions together and each other one alone; then its points.

    Bundles and gifts may be in each other's way, so they are tried with and without each other; the rest never is. What
    the shopper brings along goes with those that may be combined, and comes last.
    """
    values = purse.of(checkout)
    own = [one for one in values if one.is_discount]
    till = Till(catalogue, checkout)
    codes = {plain(code) for code in checkout.codes} - {""}
    eligible = [one for one in offers if (one.is_automatic or one.code in codes) and is_eligible(one, till)]
    competing = [one for one in eligible if one.phase is not Phase.POINTS]
    together = [one for one in competing if one.is_stackable]
    using = [one for one in together if one.uses_units and apply([one], Till(catalogue, checkout)).total]
    others = [one for one in together if not one.uses_units]
    sets = [[*some, *others] for size in range(len(using) + 1) for some in combinations(using, size)]
    alone = [[one] for one in competing if not one.is_stackable]
    tried = [(some, own) for some in sets] + [(some, []) for some in alone]
    outcomes = [apply(some, Till(catalogue, checkout), purse, with_own) for some, with_own in tried]
    best = min(outcomes, key=Outcome.rank)
    for idle in sorted(best.offers, key=lambda one: (one.priority, one.id)):
        without = apply([one for one in best.offers if one is not idle], Till(catalogue, checkout), purse, best.own)
        if without.total == best.total and without.drawn <= best.drawn:
            best = without
    granted = grant([one for one in eligible if one.phase is Phase.POINTS], best)
    due = sum(best.till.left.values())
    paid = purse.pay(values, due)
    return Bill(checkout.reference, due - sum(paid.values()), best.discounts, granted, paid)


def is_eligible(offer: Offer, till: Till) -> bool:
    """Whether customer and goods suffice: some match, enough of them, and all come to the minimum at list prices."""
    is_enough = len(till.matching(offer)) >= offer.rules.get("min_quantity", 1)
    reaches = till.goods >= cents(offer.rules.get("min_purchase_amount", 0))
    return is_enough and reaches and offer.is_for(till.customer)


@dataclass(frozen=True)
class Outcome:
    """Promotions that took something off, what each took, and the till as they left it."""

    offers: Sequence[Offer]
    discounts: Mapping[str, Shares]
    till: Till
    own: Sequence[Value] = ()

    @property
    def total(self) -> int:
        """All discounts together."""
        return sum(sum(shares.values()) for shares in self.discounts.values())

    @property
    def drawn(self) -> int:
        """What is taken of the shopper's own."""
        return sum(sum(self.discounts.get(one.id, {}).values()) for one in self.own)

    def rank(self) -> tuple[int, int, int, list[int], list[str]]:
        """Order outcomes: the most off; then the least of the shopper's own, fewer promotions, higher priorities."""
        return (
            -self.total,
            self.drawn,
            len(self.discounts),
            sorted(-one.priority for one in self.offers),
            sorted(self.discounts),
        )


def apply(offers: Iterable[Offer], till: Till, purse: Purse = EMPTY, own: Sequence[Value] = ()) -> Outcome:
    """Take promotions off one after the other, each from what the earlier ones left; then what is the shopper's own."""
    discounts: dict[str, Shares] = {}
    turns = sorted(offers, key=lambda one: one.turn)
    for offer in turns:
        shares = discount(offer, till)
        if shares:
            discounts[offer.id] = shares
    for value in own:
        if shares := purse.discount(value, till):
            discounts[value.id] = shares
    return Outcome([one for one in turns if one.id in discounts], discounts, till, own)


def grant(offers: Iterable[Offer], outcome: Outcome) -> Mapping[str, int]:
    """Grant the points of every promotion that may stand beside what took something off."""
    applied = list(outcome.offers)
    is_alone = not outcome.discounts
    granted: dict[str, int] = {}
    for offer in sorted(offers, key=lambda one: one.turn):
        may_stand = (is_alone and not applied) or all(one.is_stackable for one in (offer, *applied))
        if may_stand and (count := points(offer, outcome.till)):
            granted[offer.id] = count
            applied.append(offer)
    return granted

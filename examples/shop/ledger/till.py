"""The till of one checkout: its goods unit by unit, what is left of their prices, and how a discount is spread."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from examples.shop.ledger.checkout import SHIPPING, Checkout, Product, Shares
from examples.shop.ledger.offer import Offer, bears


@dataclass(eq=False)
class Unit:
    """One unit at its list price; a bundle or a buy-x-get-y uses it up for all others of these."""

    product: Product
    price: int
    is_used: bool = False


class Till:
    """The units at list price, the dearest first, and the running price of each product and of shipping."""

    def __init__(self, catalogue: Mapping[str, Product], checkout: Checkout) -> None:
        units = [catalogue[product_id] for product_id, quantity in checkout.lines for _ in range(quantity)]
        units.sort(key=lambda product: (-product["unit_price"], product["product_id"]))
        self.units = [Unit(product, product["unit_price"]) for product in units]
        self.customer = checkout.customer
        self.shipping_method, shipping_price = checkout.shipping
        self.left = {SHIPPING: shipping_price, **prices(self.units)}

    @property
    def goods(self) -> int:
        """The list price of all units."""
        return sum(unit.price for unit in self.units)

    def matching(self, offer: Offer) -> list[Unit]:
        """Return the units that a promotion is good for."""
        return [unit for unit in self.units if offer.matches(unit.product)]

    def unused(self, selectors: Collection[str]) -> list[Unit]:
        """Return the unused units that bear a selector; all unused ones where there is none."""
        return [unit for unit in self.units if not unit.is_used and bears(unit.product, selectors)]

    def running(self, offer: Offer) -> Shares:
        """Return the running prices of the products that a promotion is good for."""
        return {one: self.left[one] for one in prices(self.matching(offer))}

    def take(self, shares: Shares, used: Iterable[Unit]) -> None:
        """Take a discount off the running prices, and use up the units that it needs."""
        for one, share in shares.items():
            self.left[one] -= share
        for unit in used:
            unit.is_used = True


def prices(units: Iterable[Unit]) -> dict[str, int]:
    """Add up the list prices of units by product."""
    total: dict[str, int] = {}
    for unit in units:
        product_id = unit.product["product_id"]
        total[product_id] = total.get(product_id, 0) + unit.price
    return total


def half_up(exact: Fraction) -> int:
    """Round to a whole number.

    >>> half_up(Fraction(5, 2)), half_up(Fraction(249, 100))
    (3, 2)
    """
    return floor(exact + Fraction(1, 2))


def spread(amount: int, weights: Shares) -> Shares:
    """Spread an amount over goods in proportion to their prices; odd cents go to the largest remainders.

    >>> spread(100, {"bread": 200, "milk": 100, "tea": 0})
    {'bread': 67, 'milk': 33}
    """
    whole = sum(weights.values())
    exact = {one: Fraction(amount * weight, whole) for one, weight in weights.items() if weight}
    shares = {one: floor(part) for one, part in exact.items()}
    order = sorted(exact, key=lambda one: (shares[one] - exact[one], -weights[one], one))
    for one in order[: amount - sum(shares.values())]:
        shares[one] += 1
    return {one: share for one, share in shares.items() if share}

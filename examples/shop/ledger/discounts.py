"""The six promotion types: what each takes off a till, exactly; and the points that the last one may grant instead."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from examples.shop.ledger.checkout import SHIPPING, Shares
from examples.shop.ledger.offer import POINT_VALUES, Offer, cents
from examples.shop.ledger.till import Till, Unit, half_up, prices, spread


@dataclass
class Off:
    """Exact cents off, the prices in proportion to which they are spread, and the units that are used up for it."""

    exact: Fraction
    weights: Shares
    used: Sequence[Unit] = ()


def discount(offer: Offer, till: Till) -> Shares:
    """Take off what a promotion gives: rounded half up once, never above its cap or the prices, and spread."""
    off = TYPES[offer.type](offer, till)
    most = [cents(offer.rules["max_discount_amount"])] if "max_discount_amount" in offer.rules else []
    shares = spread(min(half_up(off.exact), sum(off.weights.values()), *most), off.weights)
    till.take(shares, off.used if shares else ())
    return shares


def points(offer: Offer, till: Till) -> int:
    """Return the points that a promotion grants: so many, or so many for each dollar that its goods cost in the end."""
    spent = Fraction(sum(till.running(offer).values()), 100)
    [name] = POINT_VALUES & {*offer.rules}
    granted = Fraction(offer.value(name, till.customer)) * (1 if name == "points" else spent)
    return half_up(granted * Fraction(offer.rules.get("points_multiplier", 1)))


def percentage(offer: Offer, till: Till) -> Off:
    """Take a percentage off the running prices of the goods."""
    weights = till.running(offer)
    return Off(percent(offer.value("discount_value", till.customer), weights), weights)


def fixed_amount(offer: Offer, till: Till, name: str = "discount_value") -> Off:
    """Take an amount off the running prices of the goods together."""
    return Off(Fraction(cents(offer.value(name, till.customer))), till.running(offer))


def loyalty_bonus(offer: Offer, till: Till) -> Off:
    """Take off a percentage or an amount."""
    has_amount = "discount_amount" in offer.rules
    return fixed_amount(offer, till, "discount_amount") if has_amount else percentage(offer, till)


def free_shipping(offer: Offer, till: Till) -> Off:
    """Take off the running price of shipping: what is above a price, an amount, or a percentage."""
    rules, weights = offer.rules, {SHIPPING: till.left[SHIPPING]}
    methods = rules.get("shipping_methods", ())
    if methods and till.shipping_method not in methods:
        return Off(Fraction(0), {})
    if "target_price" in rules:
        return Off(Fraction(max(0, weights[SHIPPING] - cents(rules["target_price"]))), weights)
    if "discount_amount" in rules:
        return Off(Fraction(cents(rules["discount_amount"])), weights)
    return Off(percent(rules.get("discount_value", 100), weights), weights)


def bundle_deal(offer: Offer, till: Till) -> Off:
    """Take something off all bundles, or off each: what is above its price, an amount, or an amount for each unit."""
    rules = offer.rules
    bundles = make_bundles(offer, till)
    used = [unit for bundle in bundles for unit in bundle]
    weights = prices(used)
    if "discount_value" in rules:
        return Off(percent(rules["discount_value"], weights), weights, used)
    if "discount_amount_per_unit" in rules:
        off = prices(Unit(unit.product, min(unit.price, cents(rules["discount_amount_per_unit"]))) for unit in used)
        return Off(Fraction(sum(off.values())), off, used)
    if "discount_amount" in rules:
        amount = cents(rules["discount_amount"]) * len(bundles)
        return Off(Fraction(min(amount, sum(weights.values()))), weights, used)
    return Off(Fraction(sum(price_of(one) - cents(rules["bundle_price"]) for one in bundles)), weights, used)


def make_bundles(offer: Offer, till: Till) -> list[list[Unit]]:
    """Make as many bundles as are complete, of the dearest units; none that costs no more than its price anyway."""
    rules = offer.rules
    parts = [(matching(offer, till, part.get("items", ())), part.get("quantity", 1)) for part in rules["bundle_items"]]
    together = [unit for units, _ in parts for unit in units]
    if len(together) > len({*together}):
        raise ValueError(f"{offer.id}: this ledger does not know components that share goods")
    bundles: list[list[Unit]] = []
    while len(bundles) < rules.get("max_applications", len(together)):
        bundle = [unit for units, quantity in parts for unit in units[:quantity]]
        is_complete = all(len(units) >= quantity for units, quantity in parts)
        is_cheaper = "bundle_price" in rules and price_of(bundle) <= cents(rules["bundle_price"])
        if not is_complete or is_cheaper:
            break
        bundles.append(bundle)
        parts = [(units[quantity:], quantity) for units, quantity in parts]
    return bundles


def buy_x_get_y(offer: Offer, till: Till) -> Off:
    """Reward some of the units that nobody has used for others that are bought; all of them are used then."""
    rules = offer.rules
    buyers = rewards = matching(offer, till, rules.get("buy_items", ()))
    if rules.get("get_items"):
        rewards = [unit for unit in till.unused(rules["get_items"]) if not offer.excludes(unit.product)]
    bought, rewarded = applications(rules, buyers, rewards)
    if rewarded and rules.get("pairing") == "whole_cart":
        if {*buyers} != {*rewards} and {*buyers} & {*rewards}:
            raise ValueError(f"{offer.id}: this ledger does not know whole_cart where some goods are on both sides")
        rewarded = rewards[-len(rewarded) :]
        bought = [unit for unit in buyers if unit not in rewarded][: len(bought)]
    weights = prices(rewarded)
    return Off(percent(rules.get("discount_value", 100), weights), weights, [*bought, *rewarded])


def applications(rules: Mapping[str, Any], buyers: list[Unit], rewards: list[Unit]) -> tuple[list[Unit], list[Unit]]:
    """Pair units for as long as there are enough; return those that are bought and those that are rewarded.

    Units that can be only one of the two come first, then the dearest.
    """
    bought, rewarded = list[Unit](), list[Unit]()
    buy, get = rules["buy_quantity"], rules["get_quantity"]
    most = rules.get("max_discounted_units", len(rewards))
    for _ in range(rules.get("max_applications", len(buyers))):
        paying = sorted(buyers, key=lambda unit: unit in rewards)[:buy]
        others = [unit for unit in rewards if unit not in paying]
        earned = sorted(others, key=lambda unit: unit in buyers)[:get]
        if len(paying) < buy or len(earned) < (get if rules.get("require_full_reward") else 1):
            break
        earned = earned[: most - len(rewarded)]
        if not earned:
            break
        bought += paying
        rewarded += earned
        buyers = [unit for unit in buyers if unit not in paying + earned]
        rewards = [unit for unit in rewards if unit not in paying + earned]
    return bought, rewarded


def matching(offer: Offer, till: Till, selectors: Collection[str]) -> list[Unit]:
    """Return the unused units that a promotion is good for, of those that bear a selector if there is any."""
    return [unit for unit in till.unused(selectors) if offer.matches(unit.product)]


def price_of(units: Iterable[Unit]) -> int:
    """Return the list price of units together."""
    return sum(unit.price for unit in units)


def percent(value: Any, weights: Shares) -> Fraction:
    """Return a percentage of some prices together."""
    return Fraction(value) * sum(weights.values()) / 100


TYPES: Mapping[str, Callable[[Offer, Till], Off]] = {
    "percentage_discount": percentage,
    "fixed_amount_discount": fixed_amount,
    "buy_x_get_y": buy_x_get_y,
    "free_shipping": free_shipping,
    "bundle_deal": bundle_deal,
    "loyalty_bonus": loyalty_bonus,
}

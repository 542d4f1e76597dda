"""The cases of the workload, and its carts and promotions in the engine's words."""

from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from promo_engine import Cart, Eligibility, Line, Promotion, Ruleset
from promo_engine.testing import a_cart, a_promotion, a_ruleset, amount_off, percent_off

from .workload import make

if TYPE_CHECKING:
    from . import workload


class Case(NamedTuple):
    """A cart of so many lines, and so many promotions, five of which match."""

    lines: int
    promotions: int

    @property
    def key(self) -> str:
        """The name of the case."""
        return f"L={self.lines} N={self.promotions}"

    @property
    def workload(self) -> "workload.Workload":
        """The cart and the promotions as the workload has them."""
        return make(self.lines, self.promotions)


CASES = [Case(lines, promotions) for lines in (5, 50) for promotions in (10, 100, 1_000, 10_000)]


def cart_of(lines: "Sequence[workload.Line]") -> Cart:
    """Return a cart that no evaluation has seen yet."""
    return a_cart(*map(_line_of, lines))


def promotions_of(documents: "Sequence[workload.Promotion]") -> list[Promotion]:
    """Return promotions that are automatic, stackable, and applied in their order within a phase."""
    return [_promotion_of(one, len(documents) - place) for place, one in enumerate(documents)]


@cache
def ruleset_of(promotions: int) -> Ruleset:
    """Return the ruleset of a case; carts of any size share it."""
    return a_ruleset(*promotions_of(make(0, promotions)["promotions"]))


def _line_of(line: "workload.Line") -> Line:
    return Line(
        id=line["id"],
        sku=line["sku"],
        categories=[line["category"]],
        unit_price=line["price"],
        quantity=line["quantity"],
    )


def _promotion_of(one: "workload.Promotion", priority: int) -> Promotion:
    name, value = one["id"], one["value"]
    if one["kind"] == "pct_sku":
        return percent_off(Decimal(value), id=name, priority=priority, rules={"applicable_items": [one["sku"]]})
    category = one["category"]
    within = {"applicable_categories": [category]}
    if one["kind"] == "pct_cat":
        return percent_off(Decimal(value), id=name, priority=priority, rules=within)
    if one["kind"] == "b2g1":
        rules = {"buy_quantity": 2, "get_quantity": 1, **within}
        return a_promotion("buy_x_get_y", rules, id=name, priority=priority)
    # Off the whole cart, if it holds any of the category.
    eligibility = Eligibility(required_any=frozenset({category}))
    return amount_off(value, id=name, priority=priority, eligibility=eligibility)

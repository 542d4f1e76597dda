"""What prices the workload: the floor, the engine, and peers in processes of their own."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

from promo_engine import Cart, Ruleset, evaluate

from . import floor
from .cases import Case, cart_of, ruleset_of
from .timing import Round, sample, summary, timed

if TYPE_CHECKING:
    from . import workload


class Priced(NamedTuple):
    """Which promotions were applied, and the minor units that they took off together."""

    applied: frozenset[str]
    off: int


class Engine(Protocol):
    """One way to price the workload."""

    @property
    def name(self) -> str:
        """The name in the table."""

    def price(self, case: Case) -> Priced:
        """Price the cart of a case once, and keep ready what `time` needs."""

    def time(self, case: Case, seconds: float) -> Round:
        """Time so many seconds of pricing it."""


class Floor:
    """The indexed floor, on lines that are ready."""

    name = "floor"

    def price(self, case: Case) -> Priced:
        """Price the cart with the floor."""
        off, used, _ = floor.evaluate_indexed(*_floor_of(case))
        return Priced(frozenset(used), off)

    def time(self, case: Case, seconds: float) -> Round:
        """Time it; the lines serve again and again."""
        index, lines = _floor_of(case)
        return timed(lambda: floor.evaluate_indexed(index, lines), seconds)


class NewCart:
    """The engine on carts that are ready, and new to it each time."""

    name = "engine"

    def price(self, case: Case) -> Priced:
        """Price the cart with the engine."""
        evaluation = evaluate(cart_of(case.workload["lines"]), ruleset_of(case.promotions))
        return Priced(frozenset(one.promotion_id for one in evaluation.applied), evaluation.items_discount)

    def time(self, case: Case, seconds: float) -> Round:
        """Time it; what the floor returns is there: the applied promotions, their shares, and the amount off."""
        return time_new_carts(case.workload["lines"], ruleset_of(case.promotions), seconds)


class SameCart(NewCart):
    """The engine on one cart that it has seen before: what it made of the lines is kept in the cart."""

    name = "engine, same cart again"

    def time(self, case: Case, seconds: float) -> Round:
        """Time it."""
        ruleset, cart = ruleset_of(case.promotions), cart_of(case.workload["lines"])
        return timed(lambda: evaluate(cart, ruleset).items_discount, seconds)


def time_new_carts(lines: "Sequence[workload.Line]", ruleset: Ruleset, seconds: float) -> Round:
    """Time the engine on carts of these lines, each new to it."""

    def price(cart: Cart) -> int:
        return evaluate(cart, ruleset).items_discount

    return summary(sample(lambda: cart_of(lines), price, seconds))


@cache
def _floor_of(case: Case) -> "tuple[floor.Index, list[floor.Line]]":
    workload = case.workload
    promotions = [floor.Promo(document, place) for place, document in enumerate(workload["promotions"])]
    return floor.build_index(promotions), [floor.Line(document) for document in workload["lines"]]

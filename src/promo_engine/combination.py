"""Which set of the eligible promotions applies.

``stackable: false`` means alone. So the allowed sets are: all stackable ones together (leaving one of them out never
lowers the total by more than rounding), and each of the others alone. Of these the largest total discount wins; ties
go to fewer promotions, then to higher priorities, then to smaller ids. Rewards (points) change no price and are not
part of it: they apply wherever the chosen set admits them. Source: PRICING.md section 5.
"""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from promo_engine.ruleset import Candidate


class Priced(Protocol):
    """A set of promotions, applied."""

    @property
    def total(self) -> int:
        """The total discount, in minor units."""

    @property
    def may_hold_idle(self) -> bool:
        """Whether the total could be the same without one of its promotions; False is certain."""

    @property
    def effective(self) -> tuple[Candidate, ...]:
        """The promotions that took something off, in order of application."""


P = TypeVar("P", bound=Priced)
Price = Callable[[Sequence[Candidate]], P]


def best_for_customer(eligible: Sequence[Candidate], price: Price[P]) -> P:
    """Return the allowed set with the largest total discount, without those that add nothing to it."""
    together = [candidate for candidate in eligible if candidate.promotion.stackable]
    alone = [[candidate] for candidate in eligible if not candidate.promotion.stackable]
    best = min((price(allowed) for allowed in (together, *alone)), key=_rank)
    return _without_idle(best, price) if best.may_hold_idle else best


def _rank(priced: Priced) -> tuple[int, int, list[int], list[str]]:
    promotions = [candidate.promotion for candidate in priced.effective]
    return (
        -priced.total,
        len(promotions),
        sorted(-promotion.priority for promotion in promotions),
        sorted(promotion.id for promotion in promotions),
    )


def _without_idle(priced: P, price: Price[P]) -> P:
    """Drop, lowest priority first, every promotion without which the total is the same."""
    for candidate in sorted(
        priced.effective, key=lambda candidate: (candidate.promotion.priority, candidate.promotion.id)
    ):
        rest = [one for one in priced.effective if one is not candidate]
        without = price(rest)
        if without.total == priced.total:
            priced = without
    return priced

"""How much the promotions of a part that are still to come may take at most.

docs/decisions/0006 says why. No bound is below what any set takes; the closer it is, the fewer sets are tried.
"""

from collections.abc import Iterable, Sequence
from operator import mul
from typing import NamedTuple

from promo_engine.application import Till
from promo_engine.chosen import Chosen, apply_all
from promo_engine.compiled import Candidate
from promo_engine.prices import list_prices
from promo_engine.reach import unused_units
from promo_engine.rules import UnitRules
from promo_engine.view import Bound

SCALE = 1 << 20
"""What a unit counts for is a number of these parts of a minor unit, rounded up."""


class Plan(NamedTuple):
    """One way to bound what promotions take together: some by a fixed amount, the others by the units they may use.

    No unit is used twice, so it counts for what it is worth to that promotion to which it is worth most: ``worth`` of
    each kind, in parts of a minor unit.
    """

    fixed: int
    worth: Sequence[int]
    others: int

    def most(self, unused: Sequence[int]) -> int:
        """Return the most that is taken when so many units of each kind are left; each amount is rounded once."""
        exact: int = sum(map(mul, unused, self.worth))
        return self.fixed + (exact + min(exact, self.others * SCALE // 2)) // SCALE


class Offer(NamedTuple):
    """What one promotion takes at most: all together, and by unit of each kind where it uses units."""

    group: str | None
    together: int
    worth: Sequence[int] | None


class Bounds:
    """The bounds of one part, for every place in its order of application."""

    def __init__(self, till: Till, candidates: Sequence[Candidate], contested: Sequence[bool]) -> None:
        """Ask every promotion once what it takes at list prices."""
        self._till = till
        self._offers = [self._offer(one) if asks else None for one, asks in zip(candidates, contested, strict=True)]
        self._others = self._amounts_of_others(candidates)
        self._whole = _whole(till, candidates)
        self._plans: dict[tuple[int, frozenset[str]], list[Plan]] = {}

    def of(self, place: int, chosen: Chosen, groups: frozenset[str]) -> int:
        """Return the largest total of any set that begins with what is chosen and goes on from a place.

        ``groups`` are those of which one is chosen.
        """
        unused = chosen.prices.unused
        plans = self._plans.get((place, groups))
        if plans is None:
            offers = [one for one in self._offers[place:] if one and one.group not in groups]
            plans = self._plans[place, groups] = _plans(offers, unused)
        more = self._others[place] + min([plan.most(unused) for plan in plans])
        return min(chosen.total + more, self._whole)

    def _offer(self, candidate: Candidate) -> Offer:
        group = candidate.promotion.exclusion_group
        if not candidate.compiled.uses_units:
            return Offer(group, self._amount(candidate), None)
        together, each = self._bound(candidate)
        worth = [0] * len(self._till.basket.kinds)
        for kind, most in zip(candidate.kinds, each, strict=True):
            worth[kind.index] = -(-most * SCALE // kind.quantity)
        cap = candidate.compiled.cap
        return Offer(group, together if cap is None else min(cap, together), worth)

    def _bound(self, candidate: Candidate) -> Bound:
        """Ask a type for its bound, as if no goods had a floor; it is no more than their price."""
        whole = [kind.total for kind in candidate.kinds]
        promotion_type = candidate.compiled.type
        assert promotion_type is not None  # a condition of eligibility
        prices = list_prices(self._till.basket)
        view = self._till.view(candidate, prices)._replace(goods=unused_units(candidate.kinds, prices))
        try:
            bound = promotion_type.bound(view)
            if bound is not None and len(bound.each) == len(whole):
                return Bound(max(0, min(sum(whole), int(bound.together))), [max(0, int(one)) for one in bound.each])
        except Exception:  # noqa: BLE001, S110 - a plugin may raise anything; what is sure holds without it
            pass
        return Bound(sum(whole), whole)

    def _amount(self, candidate: Candidate) -> int:
        """Return what a promotion that uses no units takes at most: alone at list prices, where that is the most."""
        if _may_take_more_later(candidate):
            whole, cap = _whole(self._till, [candidate]), candidate.compiled.cap
            return whole if cap is None else min(cap, whole)
        discount = self._till.apply(candidate, list_prices(self._till.basket))
        return discount.amount if discount else 0

    def _amounts_of_others(self, candidates: Sequence[Candidate]) -> list[int]:
        """Return what those that are in every set take from each place on, at most: in turn, or where each is alone."""
        others = [one for one, offer in zip(candidates, self._offers, strict=True) if offer is None]
        chosen = apply_all(self._till, others)
        taken = {one: discount.amount for one, discount in zip(chosen.candidates, chosen.discounts, strict=True)}
        shifts = any(one.compiled.fixes_total for one in candidates)
        taken |= {one: self._amount(one) for one in others if shifts or _may_take_more_later(one)}
        amounts = [0]
        for one in reversed(candidates):
            amounts.append(amounts[-1] + taken.get(one, 0))
        return amounts[::-1]


def _whole(till: Till, candidates: Iterable[Candidate]) -> int:
    """Return the list price of all goods that promotions match, and of the shipping entries."""
    kinds = {kind.index: kind.total for one in candidates for kind in one.kinds}
    return sum(kinds.values()) + sum(till.basket.parcel_prices)


def _may_take_more_later(candidate: Candidate) -> bool:
    """Whether a promotion may take more after others than alone: what it refuses or leaves out depends on them."""
    compiled = candidate.compiled
    rules = compiled.rules
    is_upper = rules.min_purchase_basis == "discounted" and rules.max_purchase_amount is not None
    is_next = isinstance(rules, UnitRules) and rules.exclude_discounted and rules.max_units is not None
    return compiled.refuses_overrun or is_upper or is_next


def _plans(offers: Sequence[Offer], unused: Sequence[int]) -> list[Plan]:
    """Return some ways to bound what promotions take: all by amount, all by unit, and the best of those between.

    Those are bounded by amount first that take little for the units they reach.
    """
    fixed = [one for one in offers if one.worth is None]
    using = [(one, one.worth) for one in offers if one.worth is not None]
    using.sort(key=lambda pair: -pair[0].together * SCALE // (1 + sum(map(mul, unused, pair[1])) // SCALE))
    worth: Sequence[int] = [0] * len(unused)
    plans = [Plan(_together(offers), worth, 0)]
    for place, (_, own) in enumerate(using, 1):
        worth = list(map(max, worth, own))
        plans.append(Plan(_together([*fixed, *(one for one, _ in using[place:])]), worth, place))
    between = min(plans, key=lambda plan: plan.most(unused))
    return list({id(plan): plan for plan in (between, plans[-1], plans[0])}.values())


def _together(offers: Iterable[Offer]) -> int:
    """Return what promotions take together at most: of a group only the largest."""
    largest: dict[str, int] = {}
    total = 0
    for one in offers:
        if one.group is None:
            total += one.together
        else:
            largest[one.group] = max(largest.get(one.group, 0), one.together)
    return total + sum(largest.values())

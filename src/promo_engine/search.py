"""The search for the best set of promotions that may be combined.

Most promotions are in every set: what they take does not stand in the way of any other by more than rounding. What is
left are those that exclude each other and those that compete for units. These are divided into parts that have no goods
in common, and each part is searched depth first in order of application, so that sets that begin alike share their
beginning. A branch is left where even all that could still be added, each at what it would take off list prices, would
not do better than the best set found.
"""

from collections.abc import Sequence

from promo_engine.application import Till
from promo_engine.chosen import Chosen, apply_all
from promo_engine.compiled import Candidate
from promo_engine.prices import list_prices
from promo_engine.promotion_type import Phase

NODES = 4_000
"""How many times a search may apply one promotion; the same everywhere, so that the result is the same, too."""

PARCELS = -1
"""Stands for the shipping entries among the places that a promotion reaches."""


def search(till: Till, candidates: Sequence[Candidate]) -> Chosen:
    """Return the best of all sets of promotions that may be combined, in order of application.

    It is optimal up to one minor unit per line and promotion, or says by how much it may have missed.
    """
    contested = _contested(candidates)
    if not contested:
        return apply_all(till, candidates)
    dropped: set[Candidate] = set()
    missed = 0
    for part in _parts(contested, candidates):
        best = _Part(till, part, contested).best()
        dropped.update(one for one in part if one in contested and one not in best.candidates)
        missed += best.missed
    chosen = apply_all(till, [one for one in candidates if one not in dropped])
    chosen.missed = missed
    chosen.beaten = frozenset(dropped)
    return chosen


def _contested(candidates: Sequence[Candidate]) -> set[Candidate]:
    """Return the promotions that a set may do better without."""
    asking = [one for one in candidates if not one.compiled.is_undemanding]
    if not asking:
        return set()
    if any(one.compiled.looks_at_others for one in asking):
        return set(candidates)
    if len(asking) == 1:
        return set()
    groups: dict[str, list[Candidate]] = {}
    using: list[Candidate] = []
    for one in asking:
        if one.promotion.exclusion_group is not None:
            groups.setdefault(one.promotion.exclusion_group, []).append(one)
        if one.compiled.uses_units:
            using.append(one)
    contested = {one for group in groups.values() if len(group) > 1 for one in group}
    if len(using) > 1:
        reached = [{kind.index for kind in one.kinds} for one in using]
        contested.update(
            one for i, one in enumerate(using) if any(reached[i] & other for j, other in enumerate(reached) if j != i)
        )
    return contested


def _parts(contested: set[Candidate], candidates: Sequence[Candidate]) -> list[list[Candidate]]:
    """Divide the contested promotions into parts without common goods or groups, each in order of application.

    A promotion that is in every set belongs to the part whose goods it touches. One that is applied to the order, after
    all contested ones, does not: the more they took, the less is left to pay, whatever it takes.
    """
    parts: list[tuple[set[object], list[Candidate]]] = []
    last = max(Phase.ITEM, *(one.compiled.phase for one in contested))
    for one in candidates:
        if one.compiled.phase <= last:
            reach = _reach(one)
            touching = [part for part in parts if not part[0].isdisjoint(reach)]
            parts = [part for part in parts if part[0].isdisjoint(reach)]
            members = [member for _, part in touching for member in part]
            parts.append((reach.union(*(places for places, _ in touching)), [*members, one]))
    order = {one: i for i, one in enumerate(candidates)}
    found = [sorted(members, key=order.__getitem__) for _, members in parts]
    return [members for members in found if not contested.isdisjoint(members)]


def _reach(candidate: Candidate) -> set[object]:
    """Return the places that a promotion touches: kinds, shipping, and its group."""
    reach: set[object] = set()
    if candidate.compiled.phase is Phase.SHIPPING:
        reach.add(PARCELS)
    else:
        reach.update(kind.index for kind in candidate.kinds)
    if candidate.promotion.exclusion_group is not None:
        reach.add(candidate.promotion.exclusion_group)
    return reach


class _Part:
    """One part of the search: its promotions in order of application."""

    def __init__(self, till: Till, candidates: Sequence[Candidate], contested: set[Candidate]) -> None:
        self._till = till
        self._candidates = candidates
        self._contested = [one in contested for one in candidates]
        self._most = self._bounds()
        self._nodes = 0
        self._unseen = 0
        self._best: Chosen | None = None

    def best(self) -> Chosen:
        """Return the best set of this part: with everything that may be added first, then with less and less."""
        branches = [(0, Chosen(list_prices(self._till.basket)))]
        while branches:
            self._follow(*branches.pop(), branches)
        assert self._best is not None  # the first branch is followed to its end
        self._best.missed = max(0, self._unseen - self._best.total)
        return self._best

    def _follow(self, place: int, chosen: Chosen, branches: list[tuple[int, Chosen]]) -> None:
        """Follow a branch to its end, or to where it cannot win; leave the same without a promotion for later."""
        while place < len(self._candidates):
            best, bound = self._best, chosen.total + self._most[place]
            if best is not None and bound < best.total:
                return
            if best is not None and self._nodes >= NODES:
                self._unseen = max(self._unseen, bound)
                return
            candidate = self._candidates[place]
            if chosen.admits(candidate):
                self._nodes += 1
                added = chosen.copy() if self._contested[place] else chosen
                discount = self._till.apply(candidate, added.prices)
                if discount is not None:
                    added.add(candidate, discount)
                    if added is not chosen:
                        branches.append((place + 1, chosen))
                        chosen = added
            place += 1
        if self._best is None or chosen.rank() < self._best.rank():
            self._best = chosen

    def _bounds(self) -> list[int]:
        """Return for each place the most that the promotions from there on can take: each at list prices."""
        bounds = [0]
        ungrouped = 0
        grouped: dict[str, int] = {}
        at_list = list_prices(self._till.basket)
        for candidate in reversed(self._candidates):
            discount = self._till.apply(candidate, at_list.copy())
            most = discount.amount if discount else 0
            group = candidate.promotion.exclusion_group
            if group is None:
                ungrouped += most
            else:
                grouped[group] = max(grouped.get(group, 0), most)
            bounds.append(ungrouped + sum(grouped.values()))
        bounds.reverse()
        return bounds

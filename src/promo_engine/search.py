"""The search for the best set of promotions that may be combined.

Most promotions are in every set: what they take does not stand in the way of any other by more than rounding. What is
left is divided into parts that do not touch each other. Each part is searched best first: of all sets that were begun,
the one that may still come to the largest total is completed, with or without each promotion in order of application,
whichever may come to more. The search ends where none that was begun may beat the best set found.
"""

from collections.abc import Collection, Sequence
from heapq import heappop, heappush
from typing import NamedTuple

from promo_engine.application import Till
from promo_engine.bounds import Bounds
from promo_engine.chosen import Chosen, apply_all
from promo_engine.compiled import Candidate
from promo_engine.parts import contested, divide
from promo_engine.prices import list_prices

NODES = 4_000
"""How many times a search may apply one promotion; the same everywhere, so that the result is the same, too."""

FEW = 4
"""So many promotions are tried in every combination: that costs no more than to bound what they take."""


def search(till: Till, candidates: Sequence[Candidate]) -> Chosen:
    """Return the best of all sets of promotions that may be combined, in order of application.

    It is optimal up to one minor unit per line and promotion, or says by how much it may have missed.
    """
    asking = contested(candidates, till.basket)
    if not asking:
        return apply_all(till, candidates)
    parts = divide(asking, candidates, till.basket)
    dropped: set[Candidate] = set()
    missed, nodes = 0, NODES
    for place, members in enumerate(parts):
        part = _Part(till, members, asking, nodes // (len(parts) - place))
        best = part.best()
        nodes = max(0, nodes - part.nodes)
        dropped.update(one for one in members if one in asking and not best.settles(one))
        missed += best.missed
    if len(parts) == 1 and parts[0] == candidates[: len(parts[0])]:
        best.go_on(till, candidates[len(parts[0]) :])
    else:
        best = apply_all(till, [one for one in candidates if one not in dropped])
    best.missed = missed
    best.beaten = frozenset(dropped)
    return best


class _Branch(NamedTuple):
    """A set that was begun: ``place`` is the promotion to look at next, ``bound`` the largest total it may come to.

    ``groups`` are those of which one is chosen. What is chosen belongs to no other branch.
    """

    bound: int
    place: int
    chosen: Chosen
    groups: frozenset[str]


class _Part:
    """One part of the search: its promotions in order of application."""

    def __init__(
        self, till: Till, candidates: Sequence[Candidate], contested: Collection[Candidate], most_nodes: int
    ) -> None:
        self.nodes = 0
        self._left = 0
        self._most_nodes = most_nodes
        self._till = till
        self._candidates = candidates
        self._contested = [one in contested for one in candidates]
        self._bounds = Bounds(till, candidates, self._contested) if sum(self._contested) > FEW else None
        self._open: list[tuple[int, int, _Branch]] = []
        self._best: Chosen | None = None

    def best(self) -> Chosen:
        """Return the best set of this part; the first one that is begun is completed whatever it costs."""
        self._follow(self._branch(0, Chosen(list_prices(self._till.basket)), frozenset()))
        while self._open and self.nodes < self._most_nodes:
            self._follow(heappop(self._open)[-1])
        assert self._best is not None
        best = self._best
        best.missed = max(0, -self._open[0][0] - best.total) if self._open else 0
        return best

    def _follow(self, branch: _Branch) -> None:
        """Complete a set, as long as it may win; leave what else may become of its beginnings for later."""
        while self._may_win(branch):
            if branch.place == len(self._candidates):
                if self._best is None or branch.chosen.rank() < self._best.rank():
                    self._best = branch.chosen
                return
            if self._best is not None and self.nodes >= self._most_nodes:
                self._leave(branch)
                return
            branch = self._next(branch)

    def _next(self, branch: _Branch) -> _Branch:
        """Look at one promotion: return the better of going on with and without it, and leave the other for later."""
        bound, place, chosen, groups = branch
        candidate = self._candidates[place]
        group = candidate.promotion.exclusion_group
        if group in groups:
            return _Branch(bound, place + 1, chosen, groups)
        self.nodes += 1
        if not self._contested[place]:
            chosen.go_on(self._till, [candidate])
            return _Branch(bound, place + 1, chosen, groups)
        added = chosen.copy()
        if not added.go_on(self._till, [candidate]):
            return self._branch(place + 1, added, groups)
        with_it = self._branch(place + 1, added, groups if group is None else groups | {group})
        without = self._branch(place + 1, chosen, groups)
        if with_it.bound < without.bound:
            with_it, without = without, with_it
        self._leave(without)
        return with_it

    def _branch(self, place: int, chosen: Chosen, groups: frozenset[str]) -> _Branch:
        bound = self._bounds.of(place, chosen, groups) if self._bounds else self._till.cart.total
        return _Branch(bound, place, chosen, groups)

    def _leave(self, branch: _Branch) -> None:
        """Keep a branch for later, if it may win; of equal ones the last is the first to be followed."""
        if self._may_win(branch):
            self._left += 1
            heappush(self._open, (-branch.bound, -self._left, branch))

    def _may_win(self, branch: _Branch) -> bool:
        """Whether a branch may come to more than the best set, or to the same in a way that ranks as high or higher."""
        best = self._best
        if best is None or branch.bound > best.total:
            return True
        least = len(branch.chosen.candidates) + (branch.chosen.total < best.total)
        return branch.bound == best.total and (least <= len(best.candidates) or best.drawn > 0)

"""Which set of the eligible promotions applies.

``stackable: false`` means alone; of an exclusion group at most one applies. Of all allowed sets the one with the
largest total discount wins; ties go to the one that takes least of value stores, then to fewer promotions, to higher
priorities, to smaller ids. Source: PRICING.md section 5; docs/decisions/0006 says why what is left out of the search
cannot change its result.

Rewards (points) change no price and are not part of it: they apply wherever the chosen set admits them.
"""

from collections.abc import Sequence

from promo_engine.application import Till
from promo_engine.chosen import Chosen, apply_all
from promo_engine.compiled import Candidate
from promo_engine.search import search


def best_for_customer(till: Till, eligible: Sequence[Candidate]) -> Chosen:
    """Return the allowed set with the largest total discount, without those that add nothing to it.

    ``missed`` is how much larger a total could be at most, where the search ran out of nodes; 0 is optimal.
    """
    together = [candidate for candidate in eligible if candidate.promotion.stackable]
    best = search(till, together)
    if len(together) < len(eligible):
        bound = best.total + best.missed
        alone = [apply_all(till, [one]) for one in eligible if not one.promotion.stackable]
        best = min([best, *alone], key=Chosen.rank)
        best.missed = max(0, bound - best.total)
        for one in alone:
            best.refused |= one.refused
    return _settled(till, best)


def all_that_matter(till: Till, eligible: Sequence[Candidate]) -> Chosen:
    """Apply promotions that do not stand in each other's way: all but those that add nothing to the total."""
    return _settled(till, apply_all(till, eligible))


def by_priority(till: Till, eligible: Sequence[Candidate]) -> Chosen:
    """Walk by priority and keep what is allowed with what is kept; what would discount nothing is not kept."""
    kept = apply_all(till, ())
    for candidate in sorted(eligible, key=lambda one: (-one.promotion.priority, one.promotion.id)):
        if kept.admits(candidate):
            tried = apply_all(till, sorted([*kept.candidates, candidate], key=lambda one: one.compiled.order))
            tried.refused |= kept.refused
            if candidate in tried.candidates:
                kept = tried
            else:
                kept.refused = tried.refused
    till.refused = kept.refused
    return kept


def _settled(till: Till, chosen: Chosen) -> Chosen:
    """Drop, lowest priority first, every promotion without which the total is the same; the rest is what applies.

    One stays in whose place more would be taken of a value store.
    """
    if chosen.may_hold_idle(till.basket):
        for candidate in sorted(chosen.candidates, key=lambda one: (one.promotion.priority, one.promotion.id)):
            without = apply_all(till, [one for one in chosen.candidates if one is not candidate])
            if without.total == chosen.total and without.drawn <= chosen.drawn:
                without.missed, without.beaten, without.refused = chosen.missed, chosen.beaten, chosen.refused
                chosen = without
    till.refused = chosen.refused
    return chosen

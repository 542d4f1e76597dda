"""Which promotions a set may do better without, divided into parts that do not touch each other.

docs/decisions/0006 says why what is left out changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from promo_engine.basket import Basket, Kind
from promo_engine.compiled import Candidate
from promo_engine.promotion_type import Phase


def contested(candidates: Sequence[Candidate], basket: Basket) -> set[Candidate]:
    """Return the promotions that a set may do better without; the candidates are in order of application."""
    groups: dict[str, list[Candidate]] = {}
    using: list[Candidate] = []
    found: set[Candidate] = set()
    for place, one in enumerate(candidates):
        compiled = one.compiled
        if compiled.is_undemanding:
            continue
        if one.promotion.exclusion_group is not None:
            groups.setdefault(one.promotion.exclusion_group, []).append(one)
        if compiled.uses_units:
            using.append(one)
        if compiled.looks_at_others:
            found.add(one)
            found.update(before for before in candidates[:place] if _is_looked_at(before, one))
        later = candidates[place + 1 :]
        if compiled.fixes_total and any(_share_goods(one, two) and not _treats_alike(two, basket) for two in later):
            found.update(_shifting(candidates[:place], one))
    found.update(one for group in groups.values() if len(group) > 1 for one in group)
    wanted = Counter([kind.index for one in using for kind in one.kinds])
    found.update(one for one in using if any(wanted[kind.index] > 1 for kind in one.kinds))
    return found


def divide(contested: set[Candidate], candidates: Sequence[Candidate], basket: Basket) -> list[list[Candidate]]:
    """Divide the contested promotions into parts without common goods or groups, each in order of application.

    A promotion that is in every set belongs to the part whose goods it touches. Those that come last, after all
    contested ones, and treat all goods alike do not: the more was taken, the less is left to pay, whatever they take.
    """
    last = max(Phase.ITEM, *(one.compiled.phase for one in contested))
    end = len(candidates)
    while candidates[end - 1].compiled.phase > last and _treats_alike(candidates[end - 1], basket):
        end -= 1
    parts: list[tuple[set[object], list[Candidate]]] = []
    for one in candidates[:end]:
        reach = _reach(one, basket)
        touching = [part for part in parts if not part[0].isdisjoint(reach)]
        parts = [part for part in parts if part[0].isdisjoint(reach)]
        members = [member for _, part in touching for member in part]
        parts.append((reach.union(*(places for places, _ in touching)), [*members, one]))
    order = {one: i for i, one in enumerate(candidates)}
    found = [sorted(members, key=order.__getitem__) for _, members in parts]
    return [members for members in found if not contested.isdisjoint(members)]


def _treats_alike(candidate: Candidate, basket: Basket) -> bool:
    """Whether what is left to pay after a promotion depends on nothing but what all goods came to before it."""
    compiled = candidate.compiled
    if compiled.phase is Phase.SHIPPING:
        return True
    is_whole = len(candidate.kinds) == len(basket.kinds) and not basket.has_floors
    tells_apart = compiled.chooses_units or (compiled.is_personal and compiled.flat is None)
    return is_whole and not tells_apart


def _is_looked_at(before: Candidate, looking: Candidate) -> bool:
    """Whether what an earlier promotion takes may keep a later one from applying, or leave it fewer units."""
    if looking.compiled.rules.min_purchase_basis == "discounted":
        return before.compiled.phase is not Phase.SHIPPING
    return _share_goods(before, looking)


def _shifting(earlier: Sequence[Candidate], fixing: Candidate) -> list[Candidate]:
    """Return those whose effect on a fixed price for goods together is that others of them cost more."""
    found: list[Candidate] = []
    goods = _goods(fixing.kinds)
    for one in reversed(earlier):
        if not goods.isdisjoint(_goods(one.kinds)):
            goods |= _goods(one.kinds)
            found.append(one)
    return found


def _share_goods(one: Candidate, other: Candidate) -> bool:
    return not _goods(one.kinds).isdisjoint(_goods(other.kinds))


def _reach(candidate: Candidate, basket: Basket) -> set[object]:
    """Return the places that a promotion touches or looks at: kinds, shipping, and its group."""
    compiled = candidate.compiled
    reach: set[object] = {*candidate.reached}
    if compiled.rules.min_purchase_basis == "discounted":
        reach |= _goods(basket.kinds)
    if candidate.promotion.exclusion_group is not None:
        reach.add(candidate.promotion.exclusion_group)
    return reach


def _goods(kinds: Iterable[Kind]) -> set[int]:
    return {kind.index for kind in kinds}

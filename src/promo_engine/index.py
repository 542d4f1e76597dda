"""The index of a ruleset: a cart touches only promotions that name one of its goods, codes or segments, or none."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from operator import attrgetter
from typing import TypeAlias

from promo_engine.cart import Cart, code_form
from promo_engine.compiled import Candidate, CompiledPromotion
from promo_engine.documents import DocumentError

Compiled: TypeAlias = tuple[CompiledPromotion, ...]

ANYWHERE = "\0"
"""The key of promotions that every cart looks at; before a segment, of those that its customers look at."""

_order = attrgetter("order")
_NEVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)


class Entry:
    """The automatic promotions of one key. Those that run are kept until the next of them starts or ends."""

    __slots__ = ("latest", "promotions")

    def __init__(self, promotions: Compiled) -> None:
        self.promotions = promotions
        self.latest: tuple[datetime, datetime, Compiled] = (_NEVER, _NEVER, ())

    def running(self, at: datetime) -> Compiled:
        """Return the promotions that have started and not ended, and note from when until when they are these."""
        moments = [moment for one in self.promotions for moment in (one.starts, one.ends)]
        since = max((moment for moment in moments if moment <= at), default=_NEVER)
        until = min((moment for moment in moments if moment > at), default=_ALWAYS)
        running = tuple([one for one in self.promotions if one.starts <= at < one.ends])
        self.latest = (since, until, running)
        return running


class Index:
    """Where to find promotions by what a cart must have for them; it does not change."""

    __slots__ = ("_by_code", "_entries")

    def __init__(self, by_code: dict[str, CompiledPromotion], entries: dict[str, Entry]) -> None:
        self._by_code = by_code
        self._entries = entries

    def candidates(self, cart: Cart, asked: Mapping[CompiledPromotion, str]) -> list[Candidate]:
        """Return the promotions to look at for a cart, in order of application: automatic ones and those asked for.

        ``asked`` has the code by which each of these was. What stands under a key that only looks like one of the
        cart's is found out by its conditions.
        """
        at, basket, entries = cart.at, cart.basket, self._entries
        keys = basket.by_key.keys() & entries.keys()
        if cart.customer is not None:
            keys.update(key for key in map(_segment_key, cart.customer.segments) if key in entries)
        if ANYWHERE in entries:
            keys.add(ANYWHERE)
        found: set[CompiledPromotion] = set()
        for key in keys:
            since, until, running = entries[key].latest
            found.update(running if since <= at < until else entries[key].running(at))
        if not asked:
            return [Candidate(one, None, one.matching(basket)) for one in sorted(found, key=_order)]
        found.update(asked)
        return [Candidate(one, asked.get(one), one.matching(basket)) for one in sorted(found, key=_order)]

    def by_code(self, code: str) -> CompiledPromotion | None:
        """Return the promotion of a code in any of its forms."""
        return self._by_code.get(code_form(code))

    def changed(self, removed: Iterable[CompiledPromotion], added: Iterable[CompiledPromotion]) -> "Index":
        """Return the index without some promotions and with others: only the entries of these are made anew.

        Raises:
            DocumentError: two promotions have codes of one form.
        """
        by_code, entries = self._by_code.copy(), self._entries.copy()
        lists: dict[str, list[CompiledPromotion]] = {}
        for one in removed:
            if one.promotion.code is not None:
                del by_code[code_form(one.promotion.code)]
            for key in _keys(one):
                lists.setdefault(key, list(entries[key].promotions)).remove(one)
        for one in added:
            if one.promotion.code is not None:
                holder = by_code.setdefault(code_form(one.promotion.code), one)
                if holder is not one:
                    raise DocumentError("promotions", f"{holder.promotion.id} and {one.promotion.id} have one code")
            for key in _keys(one):
                if key not in lists:
                    lists[key] = list(entries[key].promotions) if key in entries else []
                lists[key].append(one)
        entries.update((key, Entry(tuple(promotions))) for key, promotions in lists.items())
        return Index(by_code, entries)


EMPTY = Index({}, {})


def _keys(compiled: CompiledPromotion) -> Iterable[str]:
    """Return the keys of which a cart must have one for a promotion; one that needs a code stands under none."""
    if not compiled.promotion.auto_apply:
        return ()
    wanted = compiled.promotion.eligibility
    return (
        compiled.include
        or wanted.required_any
        or wanted.required_all
        or next((one.items for one in wanted.item_minimums if one.amount or one.quantity), ())
        or [_segment_key(segment) for segment in wanted.segments]
        or (ANYWHERE,)
    )


def _segment_key(segment: str) -> str:
    return f"{ANYWHERE}{segment}"

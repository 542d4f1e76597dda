"""Never one too many: many processes with many threads each at one limit, and what they were told held to the books."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field

from promo_server.services.context import create_context
from tests.chaos import books
from tests.chaos.attempts import Outcome, Task, Told, attempt
from tests.chaos.kinds import KINDS
from tests.chaos.processes import all_at_once
from tests.promo_server.conftest import NOON
from tests.promo_server.services.redemption_model import CounterName
from tests.promo_server.services.redemption_shop import Shop


@dataclass(frozen=True, slots=True)
class Many:
    """How many ask: processes, threads of each, attempts of each thread."""

    processes: int
    threads: int
    attempts: int

    @property
    def in_all(self) -> int:
        """The attempts of all of them."""
        return self.processes * self.threads * self.attempts


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one limit: uses by code, holds by what they were told, and what is not exact."""

    kind: str
    limit: int
    attempts: int
    uses: Mapping[str, int]
    refused: int
    waits: int
    seconds: float
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = "exact" if not self.wrong else f"NOT EXACT: {'; '.join(self.wrong[:3])}"
        used = ", ".join(f"{code} {number}" for code, number in sorted(self.uses.items()))
        told = f"{self.attempts} attempts, {self.refused} refused, {self.waits} waits"
        return f"{self.kind:9}{self.limit:6,}  {told}, {self.seconds:5.1f} s  {said}  uses: {used}"


def reach(database: str, kind: str, limit: int, many: Many, seed: int) -> Row:
    """Ask for more than a limit admits, and hold everything that was told, counted and measured together."""
    context = create_context(database, clock=lambda: NOON)
    with closing(context.database):
        shop = Shop(context, f"{kind}-{limit}", KINDS[kind](limit))
        began = time.monotonic()
        tasks = [
            Task(database, shop.company_id, shop.offers, number, many.threads, many.attempts, seed)
            for number in range(many.processes)
        ]
        whole = Outcome()
        for outcome in all_at_once(attempt, tasks):
            whole.add(outcome)
        seconds = time.monotonic() - began
        wrong = [*_mistakes(shop, whole, many), *books.mistakes(shop)]
    uses = Counter[str]()
    for told, times in whole.told.items():
        uses.update({code: times for code, _ in told.discounts})
    return Row(kind, limit, many.in_all, uses, whole.refused.total(), whole.waits, seconds, wrong)


def _mistakes(shop: Shop, outcome: Outcome, many: Many) -> Iterator[str]:
    if outcome.told.total() + outcome.refused.total() != many.in_all:
        yield f"{outcome.told.total()} were held and {outcome.refused.total()} refused, of {many.in_all}"
    if outcome.refused.keys() - {"TOTAL_CHANGED"}:
        yield f"refused: {dict(outcome.refused)}"
    booked, taken = shop.counters(), _taken(shop, outcome.told)
    if booked != taken:
        yield f"told that {dict(taken - Counter(booked))} more were taken, {dict(Counter(booked) - taken)} less"
    yield from _limits(shop, outcome.told, booked)
    yield from _metrics(shop, outcome.told)


def _taken(shop: Shop, told: Counter[Told]) -> Counter[CounterName]:
    """Return what the counters must say by what the askers were told."""
    offers = {offer.code: offer for offer in shop.offers}
    taken: Counter[CounterName] = Counter()
    for one, times in told.items():
        for code, discount in one.discounts:
            for name, amount in offers[code].counters(one.customer, one.day, discount).items():
                taken[name] += times * amount
    return taken


def _limits(shop: Shop, told: Counter[Told], booked: Mapping[CounterName, int]) -> Iterator[str]:
    """Nobody goes without an offer, and is told of a limit, but where that limit is used up to the last."""
    reached: set[str] = set()
    for offer in shop.offers:
        for one in told:
            reason = dict(one.reasons).get(offer.code)
            if reason is None:
                continue
            names = {f"limit_{name[1]}": name for name in offer.counters(one.customer, one.day, 0)}
            name = names.get(reason)
            if name is None or booked.get(name) != offer.limits[name[1]]:
                yield f"told {reason} of {offer.code}, whose counter says {booked.get(name) if name else None}"
            reached.add(offer.code)
    never = {offer.code for offer in shop.offers if offer.limits} - reached
    if never:
        yield f"{', '.join(sorted(never))}: the limit was not reached; ask more often"


def _metrics(shop: Shop, told: Counter[Told]) -> Iterator[str]:
    """Hold the metrics to the sum of what was told."""
    confirmed, counted, discount = Counter[str](), Counter[str](), Counter[str]()
    customers = defaultdict[str, set[str]](set)
    for one, times in told.items():
        for code, amount in one.discounts:
            counted[code] += times
            if one.is_confirmed:
                confirmed[code] += times
                discount[code] += times * amount
                customers[code].add(one.customer)
    for code, usage in shop.usage().items():
        measured = usage.confirmed, usage.counted, usage.discount, usage.customers
        summed = confirmed[code], counted[code], discount[code], len(customers[code])
        if measured != summed:
            yield f"the metrics of {code} say {measured}, the sum of what was told is {summed}"

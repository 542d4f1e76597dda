"""After a storm: what clients were told, what servers answered, and what the books and the metrics say."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from promo_sdk import PromotionsClient
from promo_server.redemption import State
from promo_server.storage.tables import redemptions
from tests.chaos import books
from tests.chaos.history import read_histories
from tests.chaos.judge import Final, judge
from tests.promo_server.services.redemption_shop import Shop


@dataclass
class Row:
    """What happened, and what is wrong."""

    store: str
    references: int = 0
    operations: int = 0
    unanswered: int = 0
    states: Counter[str] = field(default_factory=Counter)
    strikes: Counter[str] = field(default_factory=Counter)
    mishaps: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    used: list[str] = field(default_factory=list)
    looks: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = "exact" if not self.wrong else f"NOT EXACT: {len(self.wrong)}: {'; '.join(self.wrong[:3])}"
        counted = f"{self.references} references, {self.operations} operations, {self.unanswered} of them unanswered"
        happened = ", ".join(
            f"{name} {number}" for name, number in sorted((self.strikes + self.mishaps).items()) if name != "none"
        )
        states = ", ".join(f"{name} {number}" for name, number in sorted(self.states.items()))
        status = ", ".join(f"{status}: {number}" for status, number in sorted(self.answers.items()))
        return (
            f"{self.store}: {counted}, {self.seconds:.0f} s  {said}\n  happened: {happened}\n  ended: {states}\n"
            f"  limits: {', '.join(self.used)}\n"
            f"  answers: {status}; the books were looked at {self.looks} times"
        )


WAITS = 4.5
"""Seconds: less than anything waits for a lock. Who waits in vain on a machine with too much to do is told a 503."""


def judge_all(shop: Shop, folder: Path, outages: Sequence[tuple[float, float]], row: Row) -> None:
    """Judge every reference by the histories in a folder, and every answer by the notes there."""
    row.wrong += books.mistakes(shop)
    limits = {(offer.code, scope): limit for offer in shop.offers for scope, limit in offer.limits.items()}
    row.used = [
        f"{code} {used} of {limits[code, scope]}" for (code, scope, key), used in shop.counters().items() if not key
    ]
    row.wrong += _histories(shop, folder, row)
    row.wrong += _failures(folder / "answers", outages, row)


def _histories(shop: Shop, folder: Path, row: Row) -> Iterator[str]:
    histories = read_histories(folder.glob("client*"))
    finals = _finals(shop)
    discounts = {reference: one.discounts for reference, one in shop.standings().items()}
    row.references = len(histories)
    for reference, operations in histories.items():
        row.operations += len(operations)
        row.unanswered += sum(one.answer is None for one in operations)
        final = finals.pop(reference, None)
        row.states[final.state if final else "no record"] += 1
        mistake = judge(operations, final)
        if mistake is not None:
            yield mistake
        for answer in (one.answer for one in operations if one.answer and one.answer.state == "confirmed"):
            if answer.discounts != discounts.get(reference):
                yield f"{reference} was confirmed with {answer.discounts}, and is not so"
    yield from (f"{reference} is there, and nobody asked for it" for reference in finals)


def _finals(shop: Shop) -> dict[str, Final]:
    columns = (redemptions.c.reference, redemptions.c.state, redemptions.c.attempt, redemptions.c.amount_due)
    with shop.context.database.read() as connection:
        rows = connection.execute(select(*columns)).all()
    return {row.reference: Final(row.state, row.attempt, row.amount_due) for row in rows}


def metrics_mistakes(shop: Shop, client: PromotionsClient) -> Iterator[str]:
    """Hold the metrics that the API answers to the redemptions."""
    uses, given, customers = Counter[str](), Counter[str](), dict[str, set[str]]()
    with shop.context.database.read() as connection:
        found = connection.execute(select(redemptions.c.reference, redemptions.c.customer_key)).all()
    whose = {row.reference: str(row.customer_key) for row in found}
    for reference, one in shop.standings().items():
        for code, discount in one.discounts.items() if one.state == State.CONFIRMED else ():
            uses[code] += 1
            given[code] += discount
            customers.setdefault(code, set()).add(whose[reference])
    for promotion_id, code in shop.ids.items():
        told = client.promotions.get(shop.campaign_id, promotion_id)
        measured, usage = told.performance_metrics, told.usage_limits.current_usage
        says = (
            measured.total_uses,
            usage.total_used,
            int(measured.total_discount_given * 100),
            measured.unique_customers,
        )
        summed = uses[code], uses[code], given[code], len(customers.get(code, ()))
        if says != summed:
            yield f"the metrics of {code} say {says}, the redemptions {summed}"


def _failures(notes: Path, outages: Sequence[tuple[float, float]], row: Row) -> Iterator[str]:
    """Name each 5xx that no outage explains; what was lost while it committed is told by a 500 of its own."""
    for line in notes.read_bytes().splitlines():
        note = json.loads(line)
        row.answers[note["status"]] += 1
        if note["status"] < 500:
            continue
        is_told = note["status"] == 503 or json.loads(note["body"])["code"] == "OUTCOME_UNKNOWN"
        is_outage = any(note["began"] < ends and note["ended"] > began for began, ends in outages)
        is_overloaded = note["status"] == 503 and note["ended"] - note["began"] > WAITS
        if not ((is_told and is_outage) or is_overloaded):
            yield f"{note['asked']} was answered {note['status']}, {note['body']}, without an outage"

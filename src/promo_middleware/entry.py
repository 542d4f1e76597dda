"""One checkout in the outbox, and where it stands on this host."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

COLUMNS = "reference, attempt, step, amount_due, undiscounted, tax, granted, charged, lease_until, tries, why, kept"


class Step(StrEnum):
    """Where a checkout stands on this host."""

    OPEN = "open"
    """The handler is running, or the process died while it was."""
    CONFIRM = "confirm"
    RELEASE = "release"
    DOUBT = "doubt"
    """These three are outcomes to deliver."""
    KEEP = "keep"
    """The request is over, and the shop settles later: to be told, so that the next attempt finds the hold."""
    IN_DOUBT = "in_doubt"
    """Delivered as a doubt; the shop's ``order_lookup`` decides."""
    REJECTED = "rejected"
    """The API refused to take it: an operator decides."""
    TOLD = "told"
    """Delivered as a doubt, and an operator decides."""
    ELSEWHERE = "elsewhere"
    """Settled elsewhere: a hold that stands until the shop tells the API more, or a doubt that somebody settled."""
    DONE = "done"
    """Confirmed and delivered: the reference is not held again."""


REMEMBERED = (Step.TOLD, Step.ELSEWHERE, Step.DONE)
"""Nothing is to be done here any more; kept for a while, for what else is asked of the reference."""
LEFT_TO_THE_API = (Step.IN_DOUBT, Step.REJECTED, Step.TOLD, Step.ELSEWHERE)
"""The API was told, and may know better by now: it decides while it is there, and nothing is granted without it."""
REPORTS = (Step.CONFIRM, Step.RELEASE, Step.DOUBT, Step.KEEP)
"""To be delivered before what a younger attempt reports."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One checkout in the outbox. ``granted`` is there for a grant that was made without the API.

    ``amount_due``, ``undiscounted`` and ``charged`` are with the ``tax`` on net prices; the API knows none. ``kept`` is
    what a hold that stands is asked for again with.
    """

    reference: str
    attempt: str
    step: Step
    amount_due: int | None
    undiscounted: int | None
    tax: int
    granted: Mapping[str, Any] | None
    charged: int | None
    lease_until: float
    tries: int
    why: str
    kept: Mapping[str, Any] | None = None

    @property
    def is_left_to_the_api(self) -> bool:
        """Whether the API decides on it; of a grant that it rejected this outbox alone knows."""
        return self.step in LEFT_TO_THE_API and self.granted is None

    @property
    def charged_without_tax(self) -> int | None:
        """What was charged, as the API counts it."""
        return None if self.charged is None else max(0, self.charged - self.tax)


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Read a row of ``COLUMNS``."""
    reference, attempt, step, due, undiscounted, tax, granted, charged, lease, tries, why, kept = row
    grant, hold = (None if text is None else json.loads(text) for text in (granted, kept))
    return Entry(reference, attempt, Step(step), due, undiscounted, tax, grant, charged, lease, tries, why, hold)

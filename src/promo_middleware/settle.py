"""How a checkout ended: the charge check, as one pure decision. Source: CHECKOUT.md "Settle" and "Charge check"."""

from dataclasses import dataclass

from promo_middleware.outbox import Step


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to report of a hold, the amount that the shop charged if it said, and what to log as an error."""

    step: Step
    charged: int | None = None
    error: str = ""


def decide(status: int | None, charged: int | None, *, due: int, undiscounted: int, is_later: bool = False) -> Outcome:
    """Decide what became of a hold from the response's status (None: it never came) and the charged amount.

    Amounts are minor units. Equal to the hold: confirm. The total without the hold's discounts: release. Any other, or
    none: in doubt. A 4xx releases; anything that may have charged without saying is in doubt. Where the shop settles
    later, a response that states no other amount than the hold's leaves it standing.

    >>> decide(201, 4792, due=4792, undiscounted=5990).step.value
    'confirm'
    >>> decide(201, 5990, due=4792, undiscounted=5990).error
    'held 4792, charged 5990: the discounts were not charged; released'
    >>> decide(303, None, due=4792, undiscounted=5990, is_later=True).step.value
    'keep'
    >>> decide(None, None, due=4792, undiscounted=5990).step.value
    'doubt'
    """
    if status is None or status >= 500:
        return Outcome(Step.DOUBT, charged)
    if status >= 400:
        return Outcome(Step.RELEASE, charged)
    if is_later and charged in (None, due):
        return Outcome(Step.KEEP)
    if charged == due:
        return Outcome(Step.CONFIRM, charged)
    said = "unsaid" if charged is None else str(charged)
    if charged == undiscounted:
        error = f"held {due}, charged {said}: the discounts were not charged; released"
        return Outcome(Step.RELEASE, charged, error)
    return Outcome(Step.DOUBT, charged, f"held {due}, charged {said}: in doubt")

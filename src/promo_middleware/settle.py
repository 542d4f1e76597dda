"""How a checkout ended: the charge check, as one pure decision. Source: CHECKOUT.md "Settle" and "Charge check"."""

from dataclasses import dataclass

from promo_middleware.entry import Step


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to report of a hold, the amount that the shop charged if it said, and what to log as an error."""

    step: Step
    charged: int | None = None
    error: str = ""


def decide(
    status: int | None,
    stated: int | None,
    *,
    due: int,
    undiscounted: int,
    said: int | None = None,
    why_unstated: str = "",
    is_later: bool = False,
) -> Outcome:
    """Decide what became of a hold from the response's status (None: it never came) and the charged amount.

    Amounts are minor units: ``stated`` by the response, or ``said`` by the handler. Equal to the hold: confirm. The
    total without the hold's discounts: release. Any other, none, or two that differ: in doubt. A 4xx releases; anything
    that may have charged without saying is in doubt. Where the shop settles later, a response that states no other
    amount than the hold's leaves it standing. ``why_unstated`` is why the response's amount could not be read.

    >>> decide(201, 4792, due=4792, undiscounted=5990).step.value
    'confirm'
    >>> decide(201, 5990, due=4792, undiscounted=5990).error
    'held 4792, charged 5990: the discounts were not charged; released'
    >>> decide(201, 5990, said=4792, due=4792, undiscounted=5990).error
    'held 4792, the handler said that 4792 was charged, the response states 5990: in doubt'
    >>> decide(303, None, due=4792, undiscounted=5990, is_later=True).step.value
    'keep'
    >>> decide(None, None, due=4792, undiscounted=5990).step.value
    'doubt'
    """
    charged = stated if said is None else said
    if status is None or status >= 500:
        return Outcome(Step.DOUBT, charged)
    if status >= 400:
        error = f"held {due}, the handler said that {said} was charged, and answered {status}: released"
        return Outcome(Step.RELEASE, charged, "" if said is None else error)
    if said is not None and stated not in (None, said):
        error = f"held {due}, the handler said that {said} was charged, the response states {stated}: in doubt"
        return Outcome(Step.DOUBT, stated if said == due else said, error)
    if charged == due or (is_later and charged is None):
        return Outcome(Step.KEEP) if is_later else Outcome(Step.CONFIRM, charged)
    if charged == undiscounted:
        error = f"held {due}, charged {charged}: the discounts were not charged; released"
        return Outcome(Step.RELEASE, charged, error)
    unsaid = f"unsaid ({why_unstated})" if why_unstated else "unsaid"
    return Outcome(Step.DOUBT, charged, f"held {due}, charged {unsaid if charged is None else charged}: in doubt")

"""What a checkout was granted, and what it may be at most."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from promo_engine import MAX_TEXT, Currency, read_currency
from promo_middleware.errors import TotalChanged
from promo_middleware.tax import Dues, taxed, without_discounts


@dataclass(slots=True)
class Hold:
    """What a checkout was granted: charge ``amount_due`` and store it. Amounts are minor units of ``currency``.

    ``evaluation`` is the evaluation document; its ``lines`` say what is off each line. With net prices its totals have
    the ``tax`` on what is left, and ``amount_due`` is with it; ``undiscounted_tax`` would have been without discounts.
    """

    reference: str
    attempt: str
    evaluation: Mapping[str, Any]
    undiscounted_tax: int = 0
    charged_amount: int | None = field(default=None, init=False)
    is_journalled: bool = field(default=False, init=False)
    """Whether it was granted while the API was away, and is still to be delivered."""

    @property
    def amount_due(self) -> int:
        """What to charge."""
        due: int = self.evaluation["totals"]["amount_due"]
        return due

    @property
    def amount_due_major(self) -> Decimal:
        """What to charge in major units, with all decimals of the currency: what a major-unit shop answers.

        ``amount_due`` in euros is 4792, this is 47.92.
        """
        return self.money.major(self.amount_due)

    @property
    def undiscounted(self) -> int:
        """What the cart would cost without any of the hold's discounts."""
        totals = self.evaluation["totals"]
        due: int = totals["items"] + totals["shipping"] + self.undiscounted_tax
        return due

    @property
    def tax(self) -> int:
        """The tax on net prices that is in ``amount_due``."""
        return self.evaluation["totals"].get("tax") or 0

    @property
    def currency(self) -> str:
        """The code of the amounts' currency."""
        return self.money.code

    @property
    def money(self) -> Currency:
        """The currency of the amounts."""
        totals = self.evaluation["totals"]
        return read_currency(totals["currency"], totals["exponent"])

    @property
    def discounts(self) -> Sequence[Mapping[str, Any]]:
        """The applied promotions with their discount and its share on each line."""
        applied: Sequence[Mapping[str, Any]] = self.evaluation["applied"]
        return applied

    @property
    def credits(self) -> Sequence[Mapping[str, Any]]:
        """The value stores that pay a part, with the ``amount`` of each: they lower what is due, not the price."""
        paid: Sequence[Mapping[str, Any]] = self.evaluation.get("credits", ())
        return paid

    @property
    def lines(self) -> Sequence[Mapping[str, Any]]:
        """Each line before and after all discounts: ``before - discount = after``."""
        lines: Sequence[Mapping[str, Any]] = self.evaluation["lines"]
        return lines

    def charged(self, amount: int) -> None:
        """Say what was charged, in minor units, where the response does not state it.

        Raises:
            TypeError: it is no integer.
            ValueError: it is negative.
        """
        if type(amount) is not int:
            must = f"an integer of minor units of {self.currency}, as hold.amount_due"
            raise TypeError(f"charged must be {must}, not {amount!r}")
        if amount < 0:
            raise ValueError(f"charged must not be negative, not {amount}")
        self.charged_amount = amount


@dataclass(frozen=True, slots=True)
class Limit:
    """What may be charged at most, in minor units: with tax, and as the API compares it."""

    dues: Dues | None
    shown: int
    at_the_api: int

    def checked(self, reference: str, attempt: str, evaluation: Mapping[str, Any]) -> Hold:
        """Return the hold of an evaluation, its tax on top.

        Raises:
            Unsure: it is above what was shown.
        """
        hold = self.hold(reference, attempt, evaluation)
        if hold.amount_due > self.shown:
            message = f"The amount due is {hold.amount_due}, above the {self.shown} that was shown."
            raise Unsure(TotalChanged(message, hold.evaluation))
        return hold

    def hold(self, reference: str, attempt: str, evaluation: Mapping[str, Any]) -> Hold:
        """Return the hold of an evaluation, its tax on top."""
        if self.dues is None:
            return Hold(reference, attempt, evaluation)
        full = taxed(evaluation, self.dues.taxes(evaluation))
        return Hold(reference, attempt, full, self.dues.taxes(without_discounts(evaluation)).total)


class Unsure(Exception):  # noqa: N818 - a state of knowledge
    """A refusal of ours after a call that the API may have answered with a hold."""

    def __init__(self, refusal: Exception) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def check_reference(reference: object) -> None:
    """Check that a reference can be one.

    Raises:
        TypeError: it is no text.
        ValueError: it is empty, too long, or cannot be printed.
    """
    if not isinstance(reference, str):
        raise TypeError(f"a checkout reference is text: give str({reference!r})")
    is_text = 1 <= len(reference) <= MAX_TEXT and reference.isprintable()
    if not is_text or reference in (".", ".."):
        raise ValueError(f"a checkout reference has 1 to {MAX_TEXT} printable characters, not {reference!r}")

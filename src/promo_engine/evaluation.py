"""The result of pricing a cart, and its reasons.

All amounts are minor units of the cart's currency; every discount is a positive amount off. Source: PRICING.md
sections 3 and 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from types import MappingProxyType
from typing import Any, Protocol

from promo_engine.basket import new_tuple
from promo_engine.cart import Cart
from promo_engine.credits import Credit
from promo_engine.discount import Discount
from promo_engine.documents import Document
from promo_engine.entitlements import UNKNOWN, Entitlements
from promo_engine.evaluation_document import block_of, write_evaluation
from promo_engine.money import Currency, even_share
from promo_engine.needs import Opportunity
from promo_engine.priced import PricedLine, PricedShipping
from promo_engine.promotion import Promotion
from promo_engine.reason import CodeResult, Reason


class Origin(Protocol):
    """What an evaluation keeps of the ruleset that it was computed with."""

    @property
    def revision(self) -> str:
        """The name of its content."""

    @property
    def promotions(self) -> Mapping[str, Promotion]:
        """The promotions by id."""

    @property
    def versions(self) -> Mapping[str, str]:
        """The versions of the promotion types that are here."""

    @property
    def condition_versions(self) -> Mapping[str, str]:
        """The versions of the conditions that are here."""


class Evaluation:
    """A priced cart, as ``evaluate`` returns it.

    ``missed`` is by how much, at most, another set of promotions could have been better: 0 says that this one is
    optimal, up to one minor unit per line and promotion. ``credits`` are the value stores that pay, in their order.
    """

    __slots__ = ("applied", "cart", "codes", "credits", "entitlements", "missed", "opportunities", "reasons", "ruleset")

    def __init__(
        self,
        cart: Cart,
        ruleset: Origin,
        applied: Sequence[Discount],
        codes: Sequence[CodeResult] = (),
        opportunities: Sequence[Opportunity] = (),
        reasons: Mapping[str, Reason] = MappingProxyType({}),
        missed: int = 0,
        entitlements: Entitlements = UNKNOWN,
        credits: Sequence[Credit] = (),  # noqa: A002 - the field's own name
    ) -> None:
        self.cart = cart
        self.ruleset = ruleset
        self.applied = applied
        self.codes = codes
        self.opportunities = opportunities
        self.reasons = reasons
        self.missed = missed
        self.entitlements = entitlements
        self.credits = credits

    @property
    def revision(self) -> str:
        """The revision of the rules that it was computed with."""
        return self.ruleset.revision

    @property
    def currency(self) -> Currency:
        """The currency of all amounts."""
        return self.cart.currency

    @property
    def lines(self) -> tuple[PricedLine, ...]:
        """Every line before and after all discounts, by id."""
        off = _summed([discount.lines for discount in self.applied])
        lines = [
            new_tuple(PricedLine, (line.id, line.quantity, line.unit_price, off.get(line.id, 0)))
            for line in self.cart.lines
        ]
        lines.sort()
        return tuple(lines)

    @property
    def shipping(self) -> tuple[PricedShipping, ...]:
        """Every shipping entry before and after all discounts, by id."""
        if not self.cart.shipping:
            return ()
        off = _summed([discount.shipping for discount in self.applied])
        entries = [
            new_tuple(PricedShipping, (entry.id, entry.price, off.get(entry.id, 0))) for entry in self.cart.shipping
        ]
        entries.sort()
        return tuple(entries)

    @property
    def is_optimal(self) -> bool:
        """Whether no other set of promotions takes more off, up to one minor unit per line and promotion."""
        return not self.missed

    @property
    def items(self) -> int:
        """All lines at list price."""
        return self.cart.total - self.shipping_total

    @property
    def items_discount(self) -> int:
        """What is off the lines."""
        off = 0
        for discount in self.applied:
            off += discount.amount - sum(discount.shipping.values()) if discount.shipping else discount.amount
        return off

    @property
    def shipping_total(self) -> int:
        """All shipping entries at list price."""
        return sum(self.cart.basket.parcel_prices)

    @property
    def shipping_discount(self) -> int:
        """What is off shipping."""
        return sum([sum(discount.shipping.values()) for discount in self.applied if discount.shipping])

    @property
    def undiscounted(self) -> int:
        """What the cart would cost without any promotion."""
        return self.cart.total

    @property
    def amount_due(self) -> int:
        """What is to be paid, once credits have paid their part."""
        return self.cart.total - sum(discount.amount for discount in self.applied) - self.credit

    @property
    def credit(self) -> int:
        """What value stores pay: it lowers what is due, not the price."""
        return sum([one.amount for one in self.credits]) if self.credits else 0

    @property
    def points(self) -> int:
        """The points that the customer gets once the order is confirmed."""
        return sum([discount.points for discount in self.applied])

    def units(self, line_id: str) -> list[dict[str, int]]:
        """Return for each unit of a line what each promotion took off it, by promotion id.

        Discounts are kept evenly divided over the units of a line and expanded here: for one promotion, units differ
        by at most one minor unit; each unit's shares stay within its price.
        """
        line = next(line for line in self.lines if line.id == line_id)
        units: list[dict[str, int]] = [{} for _ in range(line.quantity)]
        taken = 0
        for discount in self.applied:
            share = discount.lines.get(line_id, 0)
            for i, unit in enumerate(units):
                part = even_share(taken + share, line.quantity, i) - even_share(taken, line.quantity, i)
                if part:
                    unit[discount.promotion_id] = part
            taken += share
        return units

    def document(self, *, has_lines: bool = True) -> Document:
        """Return the canonical document of this evaluation; without ``lines`` where nobody looks at them."""
        return write_evaluation(self, has_lines=has_lines)

    def copy(self) -> "Evaluation":
        """Return the same evaluation; what is done to the copy stays there."""
        reasons = {promotion: deepcopy(reason) for promotion, reason in self.reasons.items()}
        applied = [one.copy() for one in self.applied]
        said = (deepcopy(self.codes), deepcopy(self.opportunities), reasons)
        return Evaluation(self.cart, self.ruleset, applied, *said, self.missed, self.entitlements, self.credits)

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how to copy and pickle it: compiled, it does not know."""
        said = (self.codes, self.opportunities, self.reasons, self.missed, self.entitlements, self.credits)
        return Evaluation, (self.cart, self.ruleset, self.applied, *said)

    def block(self) -> Document:
        """Return the ``promotions`` block that a storefront shows (CONTRACTS.md)."""
        return block_of(self.document(has_lines=False))

    def receipt(self) -> str:
        """Return what names this evaluation and all that it was computed from, as ``sha256:…``.

        It is computed now, and costs nothing where nobody asks for it. ``receipt_document`` says what is in it.
        """
        from promo_engine.receipt import receipt_document, receipt_of  # noqa: PLC0415 - to verify is to evaluate

        return receipt_of(receipt_document(self))


def _summed(shares: Iterable[Mapping[str, int]]) -> dict[str, int]:
    summed: dict[str, int] = {}
    for one in shares:
        for name, share in one.items():
            summed[name] = summed.get(name, 0) + share
    return summed

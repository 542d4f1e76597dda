"""The result of pricing a cart, and its reasons.

All amounts are minor units of the cart's currency; every discount is a positive amount off. Source: PRICING.md
sections 3 and 6.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Protocol

from promo_engine.cart import Cart
from promo_engine.documents import Document
from promo_engine.entitlements import UNKNOWN, Entitlements
from promo_engine.evaluation_document import block_of, write_evaluation
from promo_engine.money import Currency, even_share
from promo_engine.needs import Need, Opportunity
from promo_engine.promotion import Promotion

REASONS = (
    "not_found",
    "not_started",
    "expired",
    "paused",
    "outside_hours",
    "minimum_purchase",
    "maximum_purchase",
    "no_matching_items",
    "required_items",
    "quantity",
    "customer_required",
    "segment",
    "first_order_only",
    "nth_order",
    "tier",
    "region",
    "currency",
    "shipping_method",
    "channel",
    "payment_method",
    "condition",
    "limit_total",
    "limit_daily",
    "limit_customer",
    "limit_code",
    "limit_budget",
    "cannot_verify",
    "nothing_to_discount",
    "beaten",
    "not_combinable",
    "type_missing",
    "plugin_failed",
)
"""The codes of all reasons; of several, the first in this order is given."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a promotion does not apply: a stable code, and its parameters.

    ``needs`` are what goods to add so that it no longer holds: each must be met, and a unit may meet several. Without
    any, no goods help.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)
    needs: Sequence[Need] = ()


class Discount:
    """One applied promotion: its discount on goods and shipping, and the share of each line and shipping entry.

    ``code`` is the code as the shopper typed it, ``None`` when the promotion applied by itself. ``unapplied`` is what a
    fixed amount could not use up. Amounts are minor units.
    """

    __slots__ = ("amount", "code", "lines", "points", "promotion", "shipping", "unapplied")

    def __init__(
        self,
        promotion: Promotion,
        code: str | None,
        amount: int,
        lines: Mapping[str, int],
        shipping: Mapping[str, int],
        unapplied: int = 0,
        points: int = 0,
    ) -> None:
        self.promotion = promotion
        self.code = code
        self.amount = amount
        self.lines = lines
        self.shipping = shipping
        self.unapplied = unapplied
        self.points = points

    @property
    def promotion_id(self) -> str:
        """The id of the promotion."""
        return self.promotion.id

    def copy(self) -> "Discount":
        """Return the same discount; what is done to the copy stays there."""
        lines, shipping = dict(self.lines), dict(self.shipping)
        return Discount(self.promotion, self.code, self.amount, lines, shipping, self.unapplied, self.points)


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line before and after all discounts, in minor units: ``before - discount = after``."""

    id: str
    quantity: int
    unit_price: int
    discount: int

    @property
    def before(self) -> int:
        """The list price of all units."""
        return self.unit_price * self.quantity

    @property
    def after(self) -> int:
        """What all units cost."""
        return self.before - self.discount


@dataclass(frozen=True, slots=True)
class PricedShipping:
    """One shipping entry before and after all discounts, in minor units."""

    id: str
    before: int
    discount: int

    @property
    def after(self) -> int:
        """What the entry costs."""
        return self.before - self.discount


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What became of a code: the promotion that it applied, or the reason why not and a sentence for the shopper."""

    code: str
    promotion_id: str | None = None
    reason: Reason | None = None
    message: str = ""


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
    optimal, up to one minor unit per line and promotion.
    """

    __slots__ = ("applied", "cart", "codes", "entitlements", "missed", "opportunities", "reasons", "ruleset")

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
    ) -> None:
        self.cart = cart
        self.ruleset = ruleset
        self.applied = applied
        self.codes = codes
        self.opportunities = opportunities
        self.reasons = reasons
        self.missed = missed
        self.entitlements = entitlements

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
        off = _summed(discount.lines for discount in self.applied)
        ordered = sorted(self.cart.lines, key=attrgetter("id"))
        return tuple(PricedLine(line.id, line.quantity, line.unit_price, off.get(line.id, 0)) for line in ordered)

    @property
    def shipping(self) -> tuple[PricedShipping, ...]:
        """Every shipping entry before and after all discounts, by id."""
        off = _summed(discount.shipping for discount in self.applied)
        ordered = sorted(self.cart.shipping, key=attrgetter("id"))
        return tuple(PricedShipping(entry.id, entry.price, off.get(entry.id, 0)) for entry in ordered)

    @property
    def is_optimal(self) -> bool:
        """Whether no other set of promotions takes more off, up to one minor unit per line and promotion."""
        return not self.missed

    @property
    def items(self) -> int:
        """All lines at list price."""
        return sum(line.total for line in self.cart.lines)

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
        return sum(entry.price for entry in self.cart.shipping)

    @property
    def shipping_discount(self) -> int:
        """What is off shipping."""
        return sum(sum(discount.shipping.values()) for discount in self.applied)

    @property
    def undiscounted(self) -> int:
        """What the cart would cost without any promotion."""
        return self.cart.total

    @property
    def amount_due(self) -> int:
        """What is to be paid."""
        return self.cart.total - sum(discount.amount for discount in self.applied)

    @property
    def points(self) -> int:
        """The points that the customer gets once the order is confirmed."""
        return sum(discount.points for discount in self.applied)

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

    def document(self) -> Document:
        """Return the canonical document of this evaluation."""
        return write_evaluation(self)

    def copy(self) -> "Evaluation":
        """Return the same evaluation; what is done to the copy stays there."""
        reasons = {promotion: deepcopy(reason) for promotion, reason in self.reasons.items()}
        applied = [one.copy() for one in self.applied]
        said = (deepcopy(self.codes), deepcopy(self.opportunities), reasons)
        return Evaluation(self.cart, self.ruleset, applied, *said, self.missed, self.entitlements)

    def block(self) -> Document:
        """Return the ``promotions`` block that a storefront shows (CONTRACTS.md)."""
        return block_of(self.document())

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

"""The result of pricing a cart, its reasons, and its canonical document.

All amounts are minor units of the cart's currency; every discount is a positive amount off. Source: PRICING.md
sections 3 and 6.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Protocol

from promo_engine.cart import Cart
from promo_engine.documents import Document, canonical_json, write_instant
from promo_engine.money import Currency, even_share
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
    """Why a promotion does not apply: a stable code, and its parameters."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class Opportunity:
    """The smallest change that makes a promotion eligible: ``missing`` minor units to spend, or units to add."""

    promotion_id: str
    kind: str
    missing: int
    message: str


class Named(Protocol):
    """What has a revision."""

    @property
    def revision(self) -> str:
        """The name of a content."""


class Evaluation:
    """A priced cart, as ``evaluate`` returns it.

    ``missed`` is by how much, at most, another set of promotions could have been better: 0 says that this one is
    optimal, up to one minor unit per line and promotion.
    """

    __slots__ = ("_ruleset", "applied", "cart", "codes", "missed", "opportunities", "reasons")

    def __init__(
        self,
        cart: Cart,
        ruleset: Named,
        applied: Sequence[Discount],
        codes: Sequence[CodeResult] = (),
        opportunities: Sequence[Opportunity] = (),
        reasons: Mapping[str, Reason] = MappingProxyType({}),
        missed: int = 0,
    ) -> None:
        self.cart = cart
        self._ruleset = ruleset
        self.applied = applied
        self.codes = codes
        self.opportunities = opportunities
        self.reasons = reasons
        self.missed = missed

    @property
    def revision(self) -> str:
        """The revision of the rules that it was computed with."""
        return self._ruleset.revision

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
        return {
            "revision": self.revision,
            "at": write_instant(self.cart.at),
            "totals": self.totals(),
            "lines": [_priced_line(line) for line in self.lines],
            "shipping": [
                {"id": e.id, "before": e.before, "discount": e.discount, "after": e.after} for e in self.shipping
            ],
            "applied": [_applied(discount) for discount in self.applied],
            "codes": [_code(result) for result in self.codes],
            "opportunities": [_opportunity(one) for one in self.opportunities],
        }

    def totals(self) -> Document:
        """Return the totals as documents and the storefront's block have them."""
        return {
            "items": self.items,
            "items_discount": self.items_discount,
            "shipping": self.shipping_total,
            "shipping_discount": self.shipping_discount,
            "tax": None,
            "credits": 0,
            "amount_due": self.amount_due,
            "currency": self.currency.code,
            "exponent": self.currency.exponent,
        }

    def block(self) -> Document:
        """Return the ``promotions`` block that a storefront shows (CONTRACTS.md)."""
        return block_of(self.document())

    def receipt(self) -> str:
        """Return the SHA-256 of the canonical document, as ``sha256:…``."""
        return "sha256:" + hashlib.sha256(canonical_json(self.document())).hexdigest()


def block_of(document: Mapping[str, Any]) -> Document:
    """Return the ``promotions`` block that a storefront shows of an evaluation document."""
    return {name: document[name] for name in ("applied", "codes", "opportunities", "totals", "revision")}


def _summed(shares: Iterable[Mapping[str, int]]) -> dict[str, int]:
    summed: dict[str, int] = {}
    for one in shares:
        for name, share in one.items():
            summed[name] = summed.get(name, 0) + share
    return summed


def _priced_line(line: PricedLine) -> Document:
    return {
        "id": line.id,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "before": line.before,
        "discount": line.discount,
        "after": line.after,
    }


def _applied(discount: Discount) -> Document:
    return {
        "id": discount.promotion_id,
        "name": discount.promotion.name,
        "type": discount.promotion.type,
        "code": discount.code,
        "discount": discount.amount,
        "unapplied": discount.unapplied,
        "lines": dict(sorted(discount.lines.items())),
        "shipping": dict(sorted(discount.shipping.items())),
        "points": discount.points,
        "display": dict(discount.promotion.display),
    }


def _code(result: CodeResult) -> Document:
    document: Document = {"code": result.code, "applied": result.reason is None}
    if result.reason is None:
        return document | {"promotion": result.promotion_id}
    params = dict(result.reason.params)
    return document | {"reason": result.reason.code, "params": params, "message": result.message}


def _opportunity(one: Opportunity) -> Document:
    return {"id": one.promotion_id, "kind": one.kind, "missing": one.missing, "message": one.message}

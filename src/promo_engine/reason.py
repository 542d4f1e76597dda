"""Why a promotion or a code does not apply. Source: PRICING.md section 6."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from promo_engine.needs import Need

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


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What became of a code: the promotion that it applied, or the reason why not and a sentence for the shopper."""

    code: str
    promotion_id: str | None = None
    reason: Reason | None = None
    message: str = ""

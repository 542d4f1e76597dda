"""What belongs to one shopper or one code and is therefore not in the ruleset: uses left.

Source: CHECKOUT.md "Entitlements". A promotion that needs one which is not there drops out as ``cannot_verify``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from promo_engine.documents import Document, DocumentError, join, read_object

_COUNTS = ("total", "customer", "daily", "budget")


@dataclass(frozen=True, slots=True)
class UsesLeft:
    """How often a promotion may still be used, and how many minor units it may still take off.

    ``None`` where it has no such limit.
    """

    total: int | None = None
    customer: int | None = None
    daily: int | None = None
    budget: int | None = None


@dataclass(frozen=True, slots=True)
class Entitlements:
    """Uses left, by promotion id."""

    uses: Mapping[str, UsesLeft] = field(default_factory=dict)


UNKNOWN = Entitlements()
"""Nothing is known: the API could not be asked."""


def read_entitlements(document: object) -> Entitlements:
    """Read an entitlements document.

    >>> read_entitlements({"uses": {"promo_1": {"total": 3}}}).uses["promo_1"].total
    3
    """
    uses = read_object(document, "", required=["uses"])["uses"]
    if not isinstance(uses, Mapping):
        raise DocumentError("uses", "must be an object")
    return Entitlements({promotion: _uses_left(left, promotion) for promotion, left in uses.items()})


def write_entitlements(entitlements: Entitlements) -> Document:
    """Write the canonical document of entitlements."""
    return {
        "uses": {
            promotion: {count: getattr(left, count) for count in _COUNTS}
            for promotion, left in entitlements.uses.items()
        }
    }


def _uses_left(document: object, promotion: str) -> UsesLeft:
    path = join("uses", promotion)
    counts = read_object(document, path, optional=_COUNTS)
    for name, count in counts.items():
        if count is not None and (not isinstance(count, int) or isinstance(count, bool)):
            raise DocumentError(join(path, name), "must be a whole number or null")
    return UsesLeft(**counts)

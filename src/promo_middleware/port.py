"""The six calls that the middleware makes; the SDK, an in-process server or a test double satisfy them.

All are synchronous: shells that must not block make them in a thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from promo_engine import Cart, Customer, Document, Entitlements, write_cart

DEFAULT_TTL = 3_600
"""Seconds for which a hold stands when nobody says how long."""
LONGEST_LEASE = 3_600
LONGEST_TTL = 30 * 24 * 3_600
"""What the API takes at most, in seconds."""


def is_ttl(seconds: object) -> bool:
    """Whether a hold may stand for so long: the API takes whole seconds, within its bounds.

    >>> is_ttl(3_600), is_ttl(3_600.0), is_ttl(0)
    (True, False, False)
    """
    return type(seconds) is int and 1 <= seconds <= LONGEST_TTL


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOrder:
    """What a hold is asked with. ``shown`` in minor units; lease and time to live in seconds.

    Asked for again by the same attempt without a lease, the hold stands, and its request is over.
    """

    reference: str
    attempt: str
    cart: Document
    guest_key: str | None
    shown: int | None = None
    lease: int = 60
    ttl: int = DEFAULT_TTL
    granted: Mapping[str, Any] | None = None
    tax: int | None = None
    """What is charged on top of net prices: told once the request is over and somebody else may settle it."""

    @classmethod
    def of(cls, cart: Cart, **fields: Any) -> "HoldOrder":
        """Write the cart as its document, with the guest's key beside it."""
        guest_key = cart.customer.guest_key if cart.customer else None
        return cls(cart=write_cart(cart), guest_key=guest_key, **fields)

    @property
    def kept(self) -> Document:
        """What to keep of it, so that it can be asked for again once its request is over."""
        return {"cart": self.cart, "guest_key": self.guest_key, "ttl": self.ttl}


class Port(Protocol):
    """The promotions API as the middleware sees it. Every call may raise ``ApiAway`` or ``ApiRefused``."""

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        """Return the ruleset document, or None when its revision is this one."""

    def entitlements(
        self, customer: Customer | None, promotions: Sequence[str], codes: Sequence[str], cart: Cart | None = None
    ) -> Entitlements:
        """Return the uses left of these promotions, and what these codes stand for.

        Codes are in the form in which they are compared. Of the promotions that they stand for the uses left are asked
        for, too; with a cart, also the value stores of the customer and of the codes.
        """

    def hold(self, order: HoldOrder) -> Mapping[str, Any]:
        """Hold (or deliver a grant); return the evaluation document."""

    def confirm(self, reference: str, attempt: str, charged: int | None) -> None:
        """Confirm what this attempt holds."""

    def release(self, reference: str, attempt: str, charged: int | None) -> None:
        """Release what this attempt holds."""

    def doubt(self, reference: str, attempt: str, charged: int | None) -> None:
        """Put what this attempt holds in doubt."""

    def close(self) -> None:
        """Let go of connections."""

"""Promotions without any API: the rules in a file beside the shop, holds granted here.

What needs somebody who counts over all shops (limits, budgets) is refused when the file is loaded: it would never
apply. References are remembered by the outbox, so one checkout is still one order. Source: docs/decisions, page 25.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from promo_engine import (
    Cart,
    Customer,
    DocumentError,
    Entitlements,
    Promotion,
    PromotionTypes,
    Ruleset,
    code_form,
    evaluate,
    read_cart,
    read_json,
    read_rules_file,
)
from promo_middleware.errors import ApiRefused, ConfigurationError
from promo_middleware.port import HoldOrder

logger = logging.getLogger(__name__)

MOST_BYTES = 64 * 1_048_576


class RulesFile:
    """A port of its own: the rules of a file, read again when it changes. ``now`` is what holds are stamped with.

    With ``has_lookup`` the shop's ``order_lookup`` settles doubts; without it they stay in the outbox for an operator.

    Raises:
        ConfigurationError: the file is not there, or its rules cannot be.
    """

    def __init__(
        self, path: Path, types: PromotionTypes, now: Callable[[], datetime], *, has_lookup: bool = False
    ) -> None:
        """Read the file for the first time."""
        self._path = path
        self._types = types
        self._now = now
        self._has_lookup = has_lookup
        self._lock = threading.Lock()
        self._content = b""
        try:
            self._ruleset = self._read(path.read_bytes())
        except OSError as error:
            raise ConfigurationError(f"rules: {path}: {error.strerror}") from None
        except DocumentError as error:
            raise ConfigurationError(f"rules: {path}: {error}") from None

    def ruleset(self, revision: str | None) -> Mapping[str, Any] | None:
        """Return the ruleset document, or None when its revision is this one; a broken file leaves the last good."""
        with self._lock:
            try:
                content = self._path.read_bytes()
                if content != self._content:
                    self._ruleset = self._read(content)
            except OSError as error:
                logger.error("rules: %s: %s; the last good ones stay", self._path, error.strerror)  # noqa: TRY400
            except DocumentError as error:
                self._content = content
                logger.error("rules: %s: %s; the last good ones stay", self._path, error)  # noqa: TRY400
            return None if self._ruleset.revision == revision else self._ruleset.document()

    def entitlements(
        self, customer: Customer | None, promotions: Sequence[str], codes: Sequence[str], cart: Cart | None = None
    ) -> Entitlements:
        """Return what is known of a shopper: nothing, and no rule of the file needs more; other codes are nobody's."""
        return Entitlements(codes=dict.fromkeys(codes))

    def hold(self, order: HoldOrder) -> Mapping[str, Any]:
        """Price the cart at this moment, and grant it unless it is above what was shown."""
        cart = read_cart(order.cart).moved_to(self._now())
        with self._lock:
            ruleset = self._ruleset
        evaluation = evaluate(
            cart, ruleset, self.entitlements(cart.customer, (), [code_form(one) for one in cart.codes])
        )
        if order.shown is not None and evaluation.amount_due > order.shown:
            message = f"The amount due is {evaluation.amount_due}, above the {order.shown} that was shown."
            raise ApiRefused("TOTAL_CHANGED", message, evaluation.document())
        return evaluation.document()

    def confirm(self, reference: str, attempt: str, charged: int | None) -> None:
        """Take note: the outbox remembers it."""

    def release(self, reference: str, attempt: str, charged: int | None) -> None:
        """Take note: nothing was counted, so nothing is given back."""

    def doubt(self, reference: str, attempt: str, charged: int | None) -> None:
        """Leave a doubt to whoever can settle it.

        Raises:
            ApiRefused: there is no ``order_lookup``, so the outbox keeps it for an operator.
        """
        if not self._has_lookup:
            raise ApiRefused("NO_ORDER_LOOKUP", "there is neither an API nor an order_lookup to settle it")

    def close(self) -> None:
        """Have nothing to close."""

    def _read(self, content: bytes) -> Ruleset:
        ruleset = read_rules_file(read_json(content, MOST_BYTES), self._types)
        for promotion in ruleset.promotions.values():
            _check_countless(promotion)
        self._content = content
        return ruleset


def _check_countless(promotion: Promotion) -> None:
    """Refuse what needs a count: without somebody who counts it would never apply, and nobody would know why."""
    if promotion.is_limited:
        problem = (
            "has a usage limit or a budget, which only an API counts: leave it out, or give api= in place of rules="
        )
        raise DocumentError(f"promotion {promotion.id}", problem)

"""Pricing a shop's cart with the current rules and what is known of the shopper."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from promo_engine import (
    Cart,
    Considered,
    Customer,
    Entitlements,
    Evaluation,
    PromotionTypes,
    Ruleset,
    consider,
)
from promo_middleware.breaker import Breaker
from promo_middleware.entitlements import EntitlementCache
from promo_middleware.errors import ApiAway, ApiRefused
from promo_middleware.port import Port
from promo_middleware.subscription import Subscription

logger = logging.getLogger(__name__)


class Pricing:
    """The middleware's own prices: the last rules, cached entitlements, the given clock."""

    def __init__(
        self,
        port: Port,
        subscription: Subscription,
        types: PromotionTypes,
        cache: EntitlementCache,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
    ) -> None:
        """Take the parts; ``now`` stamps carts, ``clock`` counts seconds."""
        self._port = port
        self._subscription = subscription
        self._cache = cache
        self._now = now
        self._no_rules = Ruleset([], types)
        self._breaker = Breaker(clock)

    @property
    def ruleset(self) -> Ruleset:
        """The last good ruleset; an empty one before there is any."""
        return self._subscription.ruleset or self._no_rules

    def stamped(self, cart: Cart) -> Cart:
        """Return the cart at this moment: whatever moment it claims is not believed."""
        return cart.moved_to(self._now())

    def consider(self, cart: Cart) -> Considered:
        """Look at a cart at this moment."""
        return consider(self.stamped(cart), self.ruleset)

    def missing(self, considered: Considered) -> list[str]:
        """Return the promotions whose uses left must be asked for."""
        if not considered.needed or self._breaker.is_open:
            return []
        known = self._known(considered).uses
        return [promotion for promotion in considered.needed if promotion not in known]

    def ask(self, customer: Customer | None, promotions: Sequence[str]) -> None:
        """Ask the API for uses left and keep them; when it is away, leave it alone for a moment."""
        try:
            self._cache.put(customer, self._port.entitlements(customer, promotions))
            self._breaker.worked()
        except (ApiAway, ApiRefused) as error:
            self._breaker.failed()
            logger.warning("entitlements: cannot be verified: %s", error)

    def evaluate(self, considered: Considered) -> Evaluation:
        """Price a cart with what is known, without asking anyone."""
        return considered.price(self._known(considered))

    def price(self, cart: Cart) -> Evaluation:
        """Price a cart at this moment, asking the API for what is missing."""
        considered = self.consider(cart)
        missing = self.missing(considered)
        if missing:
            self.ask(cart.customer, missing)
        return self.evaluate(considered)

    def forget(self, customer: Customer | None) -> None:
        """Forget a shopper whose uses have just changed."""
        self._cache.forget(customer)

    def _known(self, considered: Considered) -> Entitlements:
        return self._cache.get(considered.cart.customer, considered.needed)

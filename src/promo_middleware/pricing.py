"""Pricing a shop's cart with the current rules and what is known of the shopper."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from promo_engine import (
    MAX_CODES,
    NO_CODES,
    UNKNOWN,
    Cart,
    Considered,
    Customer,
    Entitlements,
    Evaluation,
    PromotionTypes,
    Ruleset,
    ValueStore,
    code_form,
    consider,
    goods_of,
)
from promo_middleware.breaker import Breaker
from promo_middleware.entitlements import EntitlementCache
from promo_middleware.errors import ApiAway, ApiRefused
from promo_middleware.port import Port
from promo_middleware.subscription import Subscription

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Missing:
    """What the API must be asked for: the uses left of promotions, and what codes stand for, by their forms.

    With a cart, also for the value stores of its customer and of all of these codes.
    """

    promotions: Sequence[str]
    codes: Sequence[str]
    cart: Cart | None = None


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
        needs_api: bool = False,
    ) -> None:
        """Take the parts; ``now`` stamps carts, ``clock`` counts seconds. ``needs_api``: without it no rule applies."""
        self._port = port
        self._subscription = subscription
        self._cache = cache
        self._now = now
        self._out_of_reach = Ruleset([], types, has_unlisted_codes=True)
        self._breaker = Breaker(clock)
        self._needs_api = needs_api

    @property
    def ruleset(self) -> Ruleset:
        """The last good ruleset; before there is any, an empty one that says of no code that there is none."""
        rules = self._subscription.ruleset
        return self._out_of_reach if rules is None or self._is_off else rules

    @property
    def _is_off(self) -> bool:
        return self._subscription.ruleset is None or (self._needs_api and self._subscription.is_away)

    def stamped(self, cart: Cart, customer: Customer | None = None, codes: Sequence[str] = ()) -> Cart:
        """Return the cart at this moment, whatever moment it claims, and of this customer if they are known.

        Further codes go in behind its own, as many as a cart can hold. The digest of a guest is the API's to make: one
        that a cart claims counts for nothing, here as there.
        """
        moved = cart.moved_to(self._now())
        if codes:
            forms = {code_form(one) for one in cart.codes}
            more = [one for one in codes if code_form(one) not in forms]
            moved = replace(moved, codes=[*cart.codes, *more][:MAX_CODES])
        customer = customer or moved.customer
        if customer is not None and customer.guest is not None:
            customer = replace(customer, guest=None)
        return moved if customer is moved.customer else moved.of_customer(customer)

    def consider(self, cart: Cart) -> Considered:
        """Look at a stamped cart, with what is known of its codes."""
        ruleset = self.ruleset
        unlisted = ruleset.unlisted(cart)
        return consider(cart, ruleset, self._cache.get(cart.customer, (), unlisted).codes if unlisted else NO_CODES)

    def missing(self, considered: Considered) -> Missing | None:
        """Return what must be asked for, or None where all that is needed is known, or the API is left alone."""
        needed, unlisted = considered.needed, considered.unlisted
        may_have_values = considered.may_have_value_stores
        if not (needed or unlisted or may_have_values) or self._is_off or self._breaker.is_open:
            return None
        known = self._known(considered)
        promotions = [promotion for promotion in needed if promotion not in known.uses]
        codes = [form for form in unlisted if form not in known.codes]
        if may_have_values and (codes or not _are_of(known.values, considered.cart)):
            return Missing(promotions, unlisted, considered.cart)
        return Missing(promotions, codes) if promotions or codes else None

    def ask(self, customer: Customer | None, missing: Missing) -> bool:
        """Ask the API for what is missing and keep it; False when it is away, and left alone for a moment."""
        try:
            asked = (customer, missing.promotions, missing.codes, missing.cart)
            self._cache.put(customer, self._port.entitlements(*asked))
            self._breaker.worked()
        except (ApiAway, ApiRefused) as error:
            self._breaker.failed()
            logger.warning("entitlements: cannot be verified: %s", error)
            return False
        return True

    def evaluate(self, considered: Considered) -> Evaluation:
        """Price a cart with what is known, without asking anyone."""
        known = self._known(considered)
        if known.codes or known.values:  # maybe since then: with these it may need more uses left
            considered = considered.knowing(known.codes, known.values)
            known = self._known(considered)
        return considered.price(known)

    def price(self, cart: Cart) -> Evaluation:
        """Price a cart at this moment, asking the API for what is missing."""
        considered = self.consider(self.stamped(cart))
        missing = self.missing(considered)
        if missing is not None:
            self.ask(cart.customer, missing)
        return self.evaluate(considered)

    def missed(self) -> None:
        """Note that a hold did not reach the API."""
        self._subscription.missed()

    def forget(self, cart: Cart) -> None:
        """Forget the shopper of a cart, whose uses, and those of whose codes, have just changed."""
        self._cache.forget(cart.customer, self.ruleset.unlisted(cart))

    def _known(self, considered: Considered) -> Entitlements:
        needed, unlisted = considered.needed, considered.unlisted
        if not (needed or unlisted or considered.may_have_value_stores):
            return UNKNOWN
        return self._cache.get(considered.cart.customer, needed, unlisted)


def _are_of(values: Sequence[ValueStore] | None, cart: Cart) -> bool:
    """Whether value stores are known, and what rules make of them is of these goods."""
    if values is None:
        return False
    ruled = [one.worth for one in values if one.worth is not None]
    return not ruled or {one.goods for one in ruled} == {goods_of(cart)}

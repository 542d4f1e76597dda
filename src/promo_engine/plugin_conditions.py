"""The conditions that plugins supply, asked one cart at a time: each answers with a reason why not, or with None."""

from collections.abc import Iterator, Mapping
from typing import Any

from promo_engine import answers
from promo_engine.basket import new_tuple
from promo_engine.bench import Bench, Standing
from promo_engine.cart import Cart
from promo_engine.compiled import Candidate
from promo_engine.condition import CartView, Condition
from promo_engine.conditions import Check, Occasion
from promo_engine.guard import ProposalError
from promo_engine.money import Currency
from promo_engine.prices import list_prices
from promo_engine.promotion import Promotion
from promo_engine.reach import all_units
from promo_engine.reason import Reason
from promo_engine.rules import RulesPart, holds_amounts
from promo_engine.view import Parcel


def plugin_checks(
    promotion: Promotion, currency: Currency, conditions: Mapping[str, Condition[Any]], bench: Bench
) -> Iterator[Check]:
    """Yield a check for each condition that a promotion names, by name; amounts among parameters are of a currency."""
    for name, parameters in sorted(promotion.eligibility.conditions.items()):
        if promotion.currency != currency and isinstance(parameters, RulesPart) and holds_amounts(parameters):
            yield _other_currency
        else:
            yield _Asked(name, conditions.get(name), parameters, bench.of_condition(name))


def _other_currency(candidate: Candidate, occasion: Occasion) -> Reason | None:
    """Refuse a cart in whose currency a condition has no amounts."""
    return Reason("currency")


class _Asked:
    """A condition with the parameters of one promotion; missing where no plugin supplies it, or reads them."""

    __slots__ = ("_condition", "_name", "_parameters", "_standing")

    def __init__(self, name: str, condition: Condition[Any] | None, parameters: object, standing: Standing) -> None:
        self._name = name
        self._condition = condition
        self._parameters = parameters
        self._standing = standing

    def __call__(self, candidate: Candidate, occasion: Occasion) -> Reason | None:
        if self._condition is None or not isinstance(self._parameters, RulesPart):
            return Reason("type_missing", {"condition": self._name})
        if self._standing.is_benched:
            return self._failed()
        if occasion.seen is None:
            occasion.seen = cart_view(occasion.cart)
        view = occasion.seen._replace(parameters=self._parameters)
        try:
            reason = answers.against(self._condition, self._name, view)
        except ProposalError as error:
            self._standing.failed(candidate.promotion.id, error, occasion.failed)
            return self._failed()
        self._standing.failures = 0
        return reason

    def _failed(self) -> Reason:
        return Reason("plugin_failed", {"condition": self._name})


def cart_view(cart: Cart) -> CartView[RulesPart]:
    """Return what conditions are given of a cart, without parameters."""
    basket, destination = cart.basket, cart.destination
    fields = (
        RulesPart(),
        cart.currency,
        all_units(basket.kinds, list_prices(basket)),
        tuple(Parcel(place, entry.method, entry.price) for place, entry in enumerate(basket.parcels)),
        cart.shopper,
        destination.country if destination else "",
        destination.region if destination else "",
        cart.channel,
        cart.payment_method,
        cart.at,
    )
    return new_tuple(CartView, fields)

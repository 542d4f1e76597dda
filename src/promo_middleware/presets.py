"""Mappings of carts that are known: the canonical form of the engine, and django-oscar-api."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promo_engine import Cart, Currency, DocumentError, read_cart
from promo_middleware.errors import MappingError
from promo_middleware.mapping import CartMapping
from promo_middleware.tax import Taxes
from promo_middleware.till import ShopMapping

_CART = (
    *("currency", "exponent", "lines", "shipping", "customer", "codes"),
    *("destination", "channel", "payment_method"),
)


@dataclass(frozen=True, kw_only=True)
class CanonicalCart(ShopMapping):
    """A shop whose carts are the engine's own cart documents, with a ``total`` beside: nothing is to be mapped.

    >>> cart = {"currency": "EUR", "lines": [{"id": "a", "unit_price": 500, "quantity": 2}], "total": 1000}
    >>> CanonicalCart().read(cart).total
    1000
    """

    total: str = "total"
    order_total: str | None = "total"
    checkout_reference: str | None = None
    block: str = "promotions"

    @property
    def states_charge(self) -> bool:
        """Whether a checkout's response says what was charged."""
        return self.order_total is not None

    def read(self, document: Any) -> Cart:
        """Read the parts that make a cart document; whatever else is there is the shop's."""
        if not isinstance(document, Mapping):
            raise MappingError("", "must be an object, a cart document")
        try:
            return read_cart({name: document[name] for name in _CART if name in document})
        except DocumentError as error:
            raise MappingError(error.path, error.problem) from None

    def stated_total(self, document: Any, currency: Currency) -> int:
        """Return the shop's own total."""
        return _whole(document, self.total)

    def write(self, document: Any, priced: Mapping[str, Any], taxes: Taxes | None = None) -> None:
        """Put the amount due in the place of the total; the block says what is off which line."""
        document[self.total] = priced["totals"]["amount_due"]

    def charged(self, order: Any, currency: Currency | None) -> int | None:
        """Return what a checkout's response says was charged."""
        return None if self.order_total is None else _whole(order, self.order_total)


def django_oscar_api() -> CartMapping:
    """Return the mapping of django-oscar-api's basket, its lines inside of it.

    Prices are with tax (``total_incl_tax``); fields without it are scaled. Oscar's own offers and vouchers come before
    all promotions. As it comes, the basket has only a link to its lines: override its serializer's ``lines`` with
    ``BasketLineSerializer(many=True, source="all_lines")``. Shipping is no part of a basket.
    ``.changed(sku=…, customer_id=…)`` names what your serializers add.
    """
    return CartMapping(
        amounts="major",
        line_id="url",
        sku=None,
        product_id="product",
        unit_price=None,
        line_price="price_incl_tax_excl_discounts",
        line_total="price_incl_tax",
        own_discount_in_line_total=True,
        line_excl_tax="price_excl_tax",
        tax_total="total_tax",
        total="total_incl_tax",
        total_excl_tax="total_excl_tax",
        order_total="total_incl_tax",
    )


def _whole(document: Any, name: str) -> int:
    found = document.get(name) if isinstance(document, Mapping) else None
    if type(found) is int:
        return found
    said = type(found).__name__ if isinstance(found, Mapping | list) else repr(found)
    raise MappingError(name, f"must be an integer of minor units, not {said}")

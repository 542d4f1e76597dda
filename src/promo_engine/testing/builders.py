"""Builders for tests of shops and plugins: a cart, a promotion and a ruleset in one line each.

Amounts are minor units, percentages whole or ``Decimal``; the moment is ``NOON`` unless said otherwise.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any

from promo_engine.basket import Item
from promo_engine.cart import Cart, Customer, Line, Shipping
from promo_engine.entitlements import Entitlements, UsesLeft
from promo_engine.money import Currency
from promo_engine.plugins import discover, register
from promo_engine.promotion import Limits, Promotion, Schedule
from promo_engine.registry import PromotionTypes, Registered
from promo_engine.rules import Rules
from promo_engine.ruleset import Ruleset
from promo_engine.view import Goods

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
"""A Sunday."""

USD = Currency("USD", 2)


@cache
def installed_types() -> PromotionTypes:
    """Return the installed promotion types, discovered once."""
    return discover()


def types_with(*plugins: object) -> PromotionTypes:
    """Return what these plugins (modules or objects with hooks) register, beside the installed types and conditions.

    What is installed under the same name makes room: a plugin that is being worked on is often installed, too.
    """
    given = [one for plugin in plugins for one in register(plugin)]
    names = {getattr(one.supplied, "name", None) for one in given}
    found = installed_types()
    there: list[Registered[Any]] = [*found.registered(), *found.conditions.registered()]
    return PromotionTypes([*(one for one in there if one.supplied.name not in names), *given])


def a_line(sku: str, unit_price: int, quantity: int = 1, **fields: Any) -> Line:
    """Build a line whose id is its SKU in lower case.

    >>> a_line("MILK", 129, 3, categories=["dairy"]).id
    'milk'
    """
    fields = {"id": sku.lower(), "sku": sku} | fields
    return Line(unit_price=unit_price, quantity=quantity, **fields)


def some_goods(
    sku: str, unit_price: int, quantity: int = 1, *, price: int | None = None, place: int = 0, **fields: Any
) -> Goods:
    """Build goods of a view: all units of one line, at list price or together at a running ``price``.

    >>> some_goods("MILK", 129, 3, tags=["sale"]).price
    387
    """
    line = a_line(sku, unit_price, quantity, **fields)
    price = line.total if price is None else price
    return Goods(place, place, Item.of(line), quantity, price, price)


def a_cart(
    *lines: Line | tuple[str, int] | tuple[str, int, int],
    shipping: int | None = None,
    customer: Customer | str | None = None,
    currency: Currency = USD,
    at: datetime = NOON,
    **fields: Any,
) -> Cart:
    """Build a cart of lines, or of ``(sku, unit price)`` and ``(sku, unit price, quantity)``."""
    return Cart(
        currency=currency,
        lines=[line if isinstance(line, Line) else a_line(*line) for line in lines],
        shipping=[] if shipping is None else [Shipping(id="s1", method="post", price=shipping)],
        customer=Customer(id=customer) if isinstance(customer, str) else customer,
        at=at,
        **fields,
    )


def a_promotion(
    promotion_type: str,
    rules: Mapping[str, Any] | Rules,
    *,
    id: str = "promo_1",  # noqa: A002 - the field's own name
    total_limit: int | None = None,
    customer_limit: int | None = None,
    daily_limit: int | None = None,
    schedule: Schedule | None = None,
    types: Mapping[str, Any] | None = None,
    **fields: Any,
) -> Promotion:
    """Build a promotion that runs around ``NOON``; ``rules`` in minor units. Automatic unless it has a code."""
    found = (types or installed_types()).get(promotion_type)
    if found is not None and not isinstance(rules, Rules):
        rules = found.read_rules(rules)
    month = timedelta(days=30)
    is_automatic = "code" not in fields
    fields.setdefault("name", id)
    fields.setdefault("currency", USD)
    fields.setdefault("auto_apply", is_automatic)
    fields.setdefault("stackable", True)
    return Promotion(
        id=id,
        type=promotion_type,
        rules=rules,
        schedule=schedule or Schedule(NOON - month, NOON + month),
        limits=Limits(total_limit, customer_limit, daily_limit),
        **fields,
    )


def percent_off(
    percentage: int | Decimal | str, *, rules: Mapping[str, Any] = MappingProxyType({}), **fields: Any
) -> Promotion:
    """Build a percentage promotion."""
    value = {"discount_value": Decimal(percentage)}
    return a_promotion("percentage_discount", value | dict(rules), **fields)


def amount_off(amount: int, *, rules: Mapping[str, Any] = MappingProxyType({}), **fields: Any) -> Promotion:
    """Build a fixed amount promotion; ``amount`` in minor units."""
    return a_promotion("fixed_amount_discount", {"discount_value": amount, **rules}, **fields)


def a_ruleset(*promotions: Promotion, types: Mapping[str, Any] | None = None, **fields: Any) -> Ruleset:
    """Compile promotions with the installed types."""
    return Ruleset(promotions, types or installed_types(), **fields)


def uses_left(promotions: Iterable[str] = (), **total: int) -> Entitlements:
    """Build entitlements: the total uses left by promotion id; ``promotions`` are there without any limit.

    >>> uses_left(promo_1=3).uses["promo_1"].total
    3
    """
    unlimited = {promotion: UsesLeft() for promotion in promotions}
    return Entitlements(unlimited | {promotion: UsesLeft(left) for promotion, left in total.items()})

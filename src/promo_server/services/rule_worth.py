"""What the rules of a value store make of it for a cart: for each line and shipping entry, what it gives at most.

Rules see the cart at list price, as an order of the value-store contract: equal goods are one line, however the cart
splits them, so that splitting changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from promo_engine import Cart, Worth, goods_of, write_cart
from promo_server.expressions import Steps
from promo_server.lightrail_lines import MAX_ORDER_STEPS, OrderLine, RuleTooCostly, RunningLine, RunningOrder
from promo_server.lightrail_sources import ValueStore
from promo_server.services.lightrail.rules import read_rule
from promo_server.services.lightrail.stores import Store

LINES, SHIPPING = "lines", "shipping"


def worth_of(store: Store, cart: Cart) -> Worth | None:
    """Return what a value store with rules gives to a cart; None where they go beyond their bounds."""
    parts = list(_parts(cart))
    lines = [RunningLine(place, part.line) for place, part in enumerate(parts)]
    order = RunningOrder(lines, None, Steps(MAX_ORDER_STEPS))
    try:
        # A redemption rule alone only says for what it is good: each line is paid in full then.
        order.apply(_pure(store, most=sum(part.line.subtotal for part in parts)))
    except RuleTooCostly:
        return None
    given: Mapping[str, dict[str, int]] = {LINES: {}, SHIPPING: {}}
    for running in order.lines:
        part = parts[running.place]
        given[part.kind] |= _shared(part.prices, sum(amount for _, amount in running.applied))
    return Worth(goods_of(cart), given[LINES], given[SHIPPING])


@dataclass(frozen=True, slots=True)
class _Part:
    """Equal goods, or a shipping entry, as rules see them; and the list price of each of its lines, by id."""

    kind: str
    line: OrderLine
    prices: Mapping[str, int]


def _parts(cart: Cart) -> Iterator[_Part]:
    alike: dict[str, list[dict[str, Any]]] = {}
    document = write_cart(cart)
    for line in document["lines"]:
        alike.setdefault(repr({**line, "id": None, "quantity": None}), []).append(line)
    for lines in alike.values():
        first, quantity = lines[0], sum(line["quantity"] for line in lines)
        prices = {line["id"]: line["unit_price"] * line["quantity"] for line in lines}
        yield _Part(LINES, OrderLine(first["unit_price"], quantity, Decimal(0), _product(first)), prices)
    for entry in document["shipping"]:
        shown = {"type": "shipping", "productId": entry["method"]}
        yield _Part(SHIPPING, OrderLine(entry["price"], 1, Decimal(0), shown), {entry["id"]: entry["price"]})


def _product(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "product",
        "productId": line["product_id"] or line["sku"],
        "variantId": line["sku"],
        "tags": [*line["categories"], *line["tags"]],
        "metadata": line["attributes"],
    }


def _shared(prices: Mapping[str, int], amount: int) -> dict[str, int]:
    """Give each of equal lines what it costs, until all is given: together they are one."""
    shares: dict[str, int] = {}
    for own_id, price in prices.items():
        shares[own_id] = min(price, amount)
        amount -= shares[own_id]
    return {own_id: share for own_id, share in shares.items() if share}


def _pure(store: Store, most: int) -> ValueStore:
    return ValueStore(
        id=store.id,
        currency=store.currency,
        balance=most if store.value_rule is None else None,
        value_rule=read_rule(store.value_rule),
        redemption_rule=read_rule(store.redemption_rule),
        discount=store.discount,
        metadata=store.metadata,
    )

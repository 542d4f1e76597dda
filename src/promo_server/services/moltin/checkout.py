"""Checkout: a cart becomes an order, which is a redemption under the order's id.

Its promotions are held, so that each use is taken; who is paid confirms the order's redemption, who is not releases it.
A cart has one open order: the same cart asked for again is the same order, a changed one is priced anew under it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from promo_contracts.company.models import HoldRequest, Redemption
from promo_contracts.moltin import carts as models
from promo_engine import Document
from promo_server.redemption import State
from promo_server.services.context import Company
from promo_server.services.grants import find_redemption, standing_of
from promo_server.services.moltin.cart_prices import Priced, document_of, symbol_within
from promo_server.services.moltin.cart_rows import CartRow, store_cart
from promo_server.services.moltin.carts import Open, Where, change
from promo_server.services.redemptions import hold
from promo_server.services.refusal import Refusal
from promo_server.storage import instant

UNPAID_FOR = timedelta(days=7)
"""So long an order waits for its payment with its uses taken; later it takes them again, if any are left."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """A cart on its way to be an order."""

    order_id: str
    company: Company
    cart: CartRow
    symbol: str


def checkout(where: Where, asked: models.Checkout) -> models.OrderData:
    """Make an order of a cart. The cart stays; codes that do not apply any more are left out.

    Raises:
        Refusal: ``CART_EMPTY``; ``CART_ORDERED``: as it is, it was ordered and settled; ``CHECKOUT_IN_FLIGHT``,
            ``MIXED_CURRENCIES``.
    """
    ordered = change(where, _order)
    request = _request(ordered, asked)
    try:
        held = hold(where.context, where.rulesets, where.holder, ordered.order_id, request)
    except Refusal as refusal:
        if refusal.code == "REDEMPTION_CLOSED":  # settled in this very moment
            raise _ordered(ordered.order_id) from None
        raise
    return models.OrderData(data=_answer(ordered, asked, held))


def _order(opened: Open) -> Ordered:
    """Give a cart the id of its order, before anything is taken: whoever asks again asks for the same one."""
    cart = opened.cart
    if not cart.items:
        raise Refusal("CART_EMPTY", "At least one product must be included in your cart to check out.")
    row = None
    if cart.order_id is not None:
        row = find_redemption(opened.connection, opened.company.id, cart.order_id)
    if cart.order_id is None or (row is not None and _is_over(opened, cart, row)):
        cart = replace(cart, order_id=opened.new_id("order"))
        store_cart(opened.connection, opened.company.id, cart)
    assert cart.order_id is not None
    symbol = symbol_within(opened.connection, opened.company, cart)
    return Ordered(cart.order_id, opened.company, cart, symbol)


def _is_over(opened: Open, cart: CartRow, row: Row[Any]) -> bool:
    """Whether a cart needs another order than the one that it has.

    Raises:
        Refusal: ``CART_ORDERED``.
    """
    standing = standing_of(row)
    assert standing is not None
    state = standing.state_at(opened.now)
    if state in (State.CONFIRMED, State.IN_DOUBT, State.LATE) and cart.updated_at <= instant(row.held_at):
        raise _ordered(row.reference)
    return state is not State.HELD


def _request(ordered: Ordered, asked: models.Checkout) -> HoldRequest:
    where_to = asked.shipping_address or asked.billing_address
    customer = asked.customer
    document: Document = {
        **document_of(ordered.company, ordered.cart),
        "destination": {"country": where_to.country or "", "region": where_to.county or ""},
    }
    if customer.id is not None:
        document["customer"] = {"id": customer.id}
    return HoldRequest(
        attempt=ordered.order_id,
        cart=document,
        guest_key=customer.email if customer.id is None else None,
        lease_seconds=0,
        ttl_seconds=int(UNPAID_FOR.total_seconds()),
    )


def _answer(ordered: Ordered, asked: models.Checkout, held: Redemption) -> models.Order:
    shown = Priced(ordered.cart, ordered.company, held.evaluation, ordered.symbol)
    billing = asked.billing_address.model_dump(exclude_none=True)
    shipping = asked.shipping_address or asked.billing_address
    return models.Order(
        id=ordered.order_id,
        status="incomplete",
        payment="unpaid",
        shipping="unfulfilled",
        customer=models.OrderCustomer(**asked.customer.model_dump()),
        billing_address=billing,
        shipping_address=shipping.model_dump(exclude_none=True),
        links={},
        meta=shown.meta(),
    )


def _ordered(order_id: str) -> Refusal:
    message = f"The cart was ordered as it is, as {order_id}: change it, or delete it and begin another one."
    return Refusal("CART_ORDERED", message)

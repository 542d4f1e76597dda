"""What a handler may ask of its request's promotions, and what it is told when it asks for what cannot be."""

from collections.abc import Callable
from typing import Any

import pytest
from anyio import CapacityLimiter
from pydantic import BaseModel
from starlette.responses import JSONResponse

from promo_middleware import ConfigurationError, Promotions, RequestPromotions, SyncRequestPromotions
from tests.promo_middleware.conftest import a_cart


def test_what_a_cart_route_would_hold_is_refused_at_once_since_nothing_settles_it(promotions: Promotions) -> None:
    asked = SyncRequestPromotions(promotions, None, "/graphql")
    with pytest.raises(ConfigurationError, match=r"/graphql is a cart route, .*: name it in checkouts="):
        asked.hold(reference="o1", cart=a_cart())
    assert (asked.held, promotions.outbox.entries()) == (None, [])


async def test_a_cart_route_may_ask_for_prices(promotions: Promotions) -> None:
    asked = RequestPromotions(promotions, None, CapacityLimiter(1), "/graphql")
    block = await asked.block(a_cart())
    assert ((await asked.price(a_cart())).amount_due, block["totals"]["amount_due"]) == (4792, 4792)


class CartModel(BaseModel):
    total: int = 0


ASK: dict[str, Callable[..., Any]] = {
    "hold": lambda asked, cart, customer: asked.hold(reference="o1", cart=cart, customer=customer),
    "price": lambda asked, cart, customer: asked.price(cart, customer),
    "block": lambda asked, cart, customer: asked.block(cart, customer),
}


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("cart", [CartModel(), JSONResponse({}), [a_cart()], None], ids=lambda one: type(one).__name__)
def test_what_is_no_cart_is_refused_before_it_is_read(promotions: Promotions, ask: Any, cart: Any) -> None:
    asked = SyncRequestPromotions(promotions, None)
    with pytest.raises(TypeError) as refused:
        ask(asked, cart, None)
    assert str(refused.value) == f"cart must be a dict or a Cart, as model_dump(), not {type(cart).__name__}"


@pytest.mark.parametrize("ask", ASK.values(), ids=ASK)
@pytest.mark.parametrize("customer", ["u1", "", 7], ids=repr)
def test_a_customer_that_is_none_is_refused(promotions: Promotions, ask: Any, customer: Any) -> None:
    with pytest.raises(TypeError) as refused:
        ask(SyncRequestPromotions(promotions, None), a_cart(), customer)
    assert str(refused.value) == f"customer must be a Customer, as Customer(id='u1'), not {customer!r}"


@pytest.mark.parametrize("ttl", [60, 60.0, "60"], ids=repr)
def test_a_time_to_live_that_is_no_timedelta_is_refused(promotions: Promotions, ttl: Any) -> None:
    asked = SyncRequestPromotions(promotions, None)
    with pytest.raises(TypeError) as refused:
        asked.hold(reference="o1", cart=a_cart(), ttl=ttl)
    assert str(refused.value) == f"ttl must be a timedelta, as timedelta(minutes=1), not {ttl!r}"
    assert promotions.outbox.entries() == []

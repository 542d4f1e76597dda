"""What a handler may ask of its request's promotions, and what it is told when it asks for what cannot be."""

import pytest
from anyio import CapacityLimiter

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

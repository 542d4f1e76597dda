"""What another company's key finds by each route of the Moltin table."""

import pytest

from promo_contracts import Route
from tests.databases import KINDS
from tests.promo_server.api.spoken import MOLTIN, Shops, by

OWN = {"create_promotion", "list_promotions", "get_cart", "delete_cart", "list_items", "add_item", "delete_items"}
"""What another company does with the same names is done in its own room."""
EXPECTED = {"promotion_id": "PROMOTION_NOT_FOUND", "item_id": "ITEM_NOT_FOUND", "cart_id": "CART_EMPTY"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", MOLTIN.routes, ids=lambda route: route.name)
async def test_another_companys_key_finds_its_own_room_empty(shops: Shops, route: Route, kind: str) -> None:
    shop = await shops.of(MOLTIN, kind)
    _, key = shop.neighbour()
    response = await shop.ask(by(key), route)
    assert MOLTIN.leaked(response, route) == []
    assert response.is_success is (route.name in OWN)
    if not response.is_success:
        code = next(code for name, code in EXPECTED.items() if f"{{{name}}}" in route.path)
        assert response.status_code == (422 if code == "CART_EMPTY" else 404)
        refusal = MOLTIN.refusal_in(response)
        assert refusal["code"] == code
        assert refusal.keys() == MOLTIN.refusal

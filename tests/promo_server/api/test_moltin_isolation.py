"""What another company's key finds by each route of the Moltin table."""

import pytest
from starlette.applications import Starlette

from promo_contracts import Route, Scope
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context
from tests.promo_server.api.spoken import MOLTIN

OWN = {"create_promotion", "list_promotions", "get_cart", "delete_cart", "list_items", "add_item", "delete_items"}
"""What another company does with the same names is done in its own room."""
EXPECTED = {"promotion_id": "PROMOTION_NOT_FOUND", "item_id": "ITEM_NOT_FOUND", "cart_id": "CART_EMPTY"}


@pytest.mark.parametrize("route", MOLTIN.routes, ids=lambda route: route.name)
async def test_another_companys_key_finds_its_own_room_empty(context: Context, app: Starlette, route: Route) -> None:
    admin = create_key(context, company_id="shop", name="admin", scopes=[Scope.ADMIN])
    names = await MOLTIN.fill(app, context, admin)
    create_company(context, company_id="other", name="Other")
    key = create_key(context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    response = await MOLTIN.ask(app, {"Authorization": f"Bearer {key}"}, route, names)
    assert MOLTIN.leaked(response, route) == []
    assert response.is_success is (route.name in OWN)
    if not response.is_success:
        code = next(code for name, code in EXPECTED.items() if f"{{{name}}}" in route.path)
        assert response.status_code == (422 if code == "CART_EMPTY" else 404)
        refusal = MOLTIN.refusal_in(response)
        assert refusal["code"] == code
        assert refusal.keys() == MOLTIN.refusal

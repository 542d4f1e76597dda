"""Every route of the Moltin table, asked by whoever may not: nothing is told, nothing is done."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from promo_contracts import Scope, write_json
from promo_contracts.company.examples import Example
from promo_contracts.moltin.examples import EXAMPLES
from promo_contracts.moltin.routes import ROUTES
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context
from promo_server.storage.tables import metadata
from tests.databases import ON_SQLITE
from tests.promo_server.moltin_shop import Moltin, moltin_client

EACH_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
SECRETS = ("TOPSECRET", "Nine off", "Shoe", "order_")
OWN = {"create_promotion", "list_promotions", "get_cart", "delete_cart", "list_items", "add_item", "delete_items"}
"""What another company does with the same names is done in its own room."""


async def fill(moltin: Moltin) -> dict[str, str]:
    """Give the company something worth to be seen; return what its paths hold."""
    promotion = await moltin.promote("TOPSECRET")
    item = (await moltin.add("c"))["data"][0]["id"]
    tax = await moltin.call("POST", f"/carts/c/items/{item}/taxes", {"type": "tax_item", "rate": 0}, status=201)
    await moltin.enter("TOPSECRET")
    await moltin.order()
    names = {"promotion_id": promotion, "code": "TOPSECRET", "cart_id": "c"}
    return names | {"item_id": item, "tax_id": tax["data"]["id"]}


def stored(context: Context) -> dict[str, Any]:
    with context.database.read() as connection:
        return {
            table.name: sorted(
                str(row) for row in connection.execute(table.select()) if row._mapping.get("company_id") == "shop"
            )
            for table in metadata.sorted_tables
            if table.name != "keys"
        }


async def ask(app: Starlette, key: str | None, route: Any, names: dict[str, str]) -> httpx.Response:
    body = EXAMPLES.get(route.name, Example()).request
    content = write_json(body) if body is not None else None
    async with moltin_client(app, key) as http:
        headers = {"Content-Type": "application/json"}
        return await http.request(route.method, route.url(**names), content=content, headers=headers)


def check(response: httpx.Response, status: int, code: str) -> None:
    (error,) = response.json()["errors"]
    assert (response.status_code, error["status"], error["code"]) == (status, status, code)
    assert error.keys() == {"status", "title", "detail", "code"}


@ON_SQLITE
@EACH_ROUTE
@pytest.mark.parametrize("key", [None, "nonsense", "promo_x_y", "token_x_y"])
async def test_without_a_key_nothing_is_told(moltin: Moltin, app: Starlette, route: Any, key: str | None) -> None:
    names = await fill(moltin)
    before = stored(moltin.context)
    response = await ask(app, key, route, names)
    check(response, 401, "UNAUTHORIZED")
    assert response.headers["www-authenticate"] == "Bearer"
    assert stored(moltin.context) == before


@EACH_ROUTE
async def test_another_companys_key_finds_and_changes_nothing(moltin: Moltin, app: Starlette, route: Any) -> None:
    names = await fill(moltin)
    create_company(moltin.context, company_id="other", name="Other")
    key = create_key(moltin.context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    before = stored(moltin.context)
    response = await ask(app, key, route, names)
    assert not [secret for secret in SECRETS if secret in response.text]
    assert response.is_success is (route.name in OWN)
    if not response.is_success:
        expected = {"promotion_id": "PROMOTION_NOT_FOUND", "item_id": "ITEM_NOT_FOUND", "cart_id": "CART_EMPTY"}
        code = next(code for name, code in expected.items() if f"{{{name}}}" in route.path)
        check(response, 422 if code == "CART_EMPTY" else 404, code)
    assert stored(moltin.context) == before


@ON_SQLITE
@EACH_ROUTE
async def test_a_key_without_the_scope_does_nothing(moltin: Moltin, app: Starlette, route: Any) -> None:
    names = await fill(moltin)
    before = stored(moltin.context)
    others = [scope for scope in Scope if scope not in (route.scope, Scope.ADMIN)]
    key = create_key(moltin.context, company_id="shop", name="narrow", scopes=others)
    check(await ask(app, key, route, names), 403, "MISSING_SCOPE")
    assert stored(moltin.context) == before

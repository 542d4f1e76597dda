"""Every route of the value-store table, asked by whoever may not: nothing is told, nothing is done."""

from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from promo_contracts import Scope, write_json
from promo_contracts.company.examples import Example
from promo_contracts.lightrail.examples import CUSTOMER, EXAMPLES, PROGRAM, VALUE_STORE
from promo_contracts.lightrail.routes import ROUTES
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context
from promo_server.storage.tables import metadata
from tests.databases import ON_SQLITE
from tests.promo_server.values import Values, values_client

EACH_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
NAMES = {
    "customerId": "cus_123",
    "programId": "sign-up-promotion",
    "valueStoreId": "cus_123-sign-up-promotion",
    "transactionId": "waits",
    "code": "POINTS",
}
SECRETS = ("alice@examle.com", "XXXX-SECRET", "CRET", "Spring Promotion", "TOPSECRET", "till")
WITHOUT_NAMES = {"list_customers", "list_programs", "list_value_stores", "list_transactions", "list_currencies"}


async def fill(values: Values) -> None:
    """Give the company one of everything that a path can name."""
    for path, body in (("/customers", CUSTOMER), ("/programs", PROGRAM), ("/valueStores", VALUE_STORE)):
        await values.call("POST", path, body, status=201)
    body = {"code": "POINTS", "name": "TOPSECRET", "symbol": "P", "decimalPlaces": 0}
    await values.call("POST", "/currencies", body, status=201)
    await values.store("gift", code="XXXX-SECRET", metadata={"note": "TOPSECRET"})
    await values.debit("waits", 5, pending=True, metadata={"note": "TOPSECRET"})


def stored(context: Context, company_id: str = "shop") -> dict[str, Any]:
    with context.database.read() as connection:
        return {
            table.name: sorted(
                str(row) for row in connection.execute(table.select()) if row._mapping.get("company_id") == company_id
            )
            for table in metadata.sorted_tables
            if table.name not in ("keys", "companies")
        }


async def ask(app: Starlette, key: str | None, route: Any) -> httpx.Response:
    body = EXAMPLES.get(route.name, Example()).request
    content = write_json(body if body is not None else {}) if route.request else None
    async with values_client(app, key or "") as http:
        if key is None:
            del http.headers["Authorization"]
        headers = {"Content-Type": "application/json"}
        path = route.url(**NAMES).removeprefix("/v2")
        return await http.request(route.method, path, content=content, headers=headers)


def check(response: httpx.Response, status: int, code: str) -> None:
    body = response.json()
    assert (response.status_code, body["statusCode"], body["messageCode"]) == (status, status, code)
    assert body.keys() == {"statusCode", "message", "messageCode"}


@ON_SQLITE
@EACH_ROUTE
@pytest.mark.parametrize("key", [None, "nonsense", "promo_x_y"])
async def test_without_a_key_nothing_is_told(values: Values, app: Starlette, route: Any, key: str | None) -> None:
    await fill(values)
    before = stored(values.context)
    response = await ask(app, key, route)
    check(response, 401, "Unauthorized")
    assert response.headers["www-authenticate"] == "Bearer"
    assert stored(values.context) == before


@EACH_ROUTE
async def test_another_companys_key_finds_and_changes_nothing(values: Values, app: Starlette, route: Any) -> None:
    await fill(values)
    before = stored(values.context)
    create_company(values.context, company_id="other", name="Other")
    key = create_key(values.context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    response = await ask(app, key, route)
    assert not [secret for secret in SECRETS if secret in response.text and secret not in str(EXAMPLES)]
    if "{" in route.path and route.status != 403 and route.name not in WITHOUT_NAMES:
        assert response.status_code in (403, 404, 409), response.text
        assert response.json()["messageCode"].startswith("Cannot") or "NotFound" in response.json()["messageCode"]
    elif route.method == "GET":
        assert response.json() in ([], [{"code": "USD", "name": "USD", "symbol": "USD", "decimalPlaces": 2}])
    assert stored(values.context) == before


@ON_SQLITE
@EACH_ROUTE
async def test_a_key_without_the_scope_does_nothing(values: Values, app: Starlette, route: Any) -> None:
    await fill(values)
    before = stored(values.context)
    others = [scope for scope in Scope if scope not in (route.scope, Scope.ADMIN)]
    key = create_key(values.context, company_id="shop", name="narrow", scopes=others)
    check(await ask(app, key, route), 403, "MissingScope")
    assert stored(values.context) == before


async def test_the_same_ids_and_codes_are_each_companys_own(values: Values, app: Starlette) -> None:
    await fill(values)
    create_company(values.context, company_id="other", name="Other")
    key = create_key(values.context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    async with values_client(app, key) as http:
        other = Values(http, values.context)
        await fill(other)
        await other.debit("mine", 995)
        assert await other.value_of() == 0
    assert await values.value_of() == 995

"""Every route of the value-store contract, asked by another company: it finds nothing.

``test_isolation`` has what is so for each contract.
"""

from typing import Any

import pytest
from starlette.applications import Starlette

from promo_contracts import Scope
from promo_contracts.lightrail.routes import ROUTES
from promo_server.services.companies import create_company, create_key
from promo_server.services.context import Context
from tests.promo_server.api.spoken import LIGHTRAIL, fill_values
from tests.promo_server.values import Values, values_client

EACH_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


def key_of(context: Context, company_id: str) -> str:
    return create_key(context, company_id=company_id, name="admin", scopes=[Scope.ADMIN])


@EACH_ROUTE
async def test_another_companys_key_finds_nothing(app: Starlette, context: Context, route: Any) -> None:
    names = await fill_values(app, context, key_of(context, "shop"))
    create_company(context, company_id="other", name="Other")
    headers = {"Authorization": f"Bearer {key_of(context, 'other')}"}
    response = await LIGHTRAIL.ask(app, headers, route, names)
    if "{" in route.path:
        assert response.status_code in (403, 404, 409), response.text
        assert response.json()["messageCode"].startswith("Cannot") or "NotFound" in response.json()["messageCode"]
    elif route.method == "GET":
        assert response.json() in ([], [{"code": "USD", "name": "USD", "symbol": "USD", "decimalPlaces": 2}])


async def test_the_same_ids_and_codes_are_each_companys_own(values: Values, app: Starlette) -> None:
    await fill_values(app, values.context, key_of(values.context, "shop"))
    create_company(values.context, company_id="other", name="Other")
    key = key_of(values.context, "other")
    await fill_values(app, values.context, key)
    async with values_client(app, key) as http:
        other = Values(http, values.context)
        await other.debit("mine", 995)
        assert await other.value_of() == 0
    assert await values.value_of() == 995

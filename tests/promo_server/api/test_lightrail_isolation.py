"""Every route of the value-store contract, asked by another company: it finds nothing.

``test_isolation`` has what is so for each contract.
"""

import pytest
from starlette.applications import Starlette

from promo_contracts import Route, Scope
from promo_contracts.lightrail.routes import ROUTES
from promo_server.services.companies import create_company, create_key
from tests.databases import KINDS
from tests.promo_server.api.spoken import LIGHTRAIL, Shops, by, fill_values
from tests.promo_server.values import Values, values_client


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
async def test_another_companys_key_finds_nothing(shops: Shops, route: Route, kind: str) -> None:
    shop = await shops.of(LIGHTRAIL, kind)
    _, key = shop.neighbour()
    response = await shop.ask(by(key), route)
    if "{" in route.path:
        assert response.status_code in (403, 404, 409), response.text
        assert response.json()["messageCode"].startswith("Cannot") or "NotFound" in response.json()["messageCode"]
    elif route.method == "GET":
        assert response.json() in ([], [{"code": "USD", "name": "USD", "symbol": "USD", "decimalPlaces": 2}])


async def test_the_same_ids_and_codes_are_each_companys_own(values: Values, app: Starlette) -> None:
    create_company(values.context, company_id="other", name="Other")
    for company in ("shop", "other"):
        key = create_key(values.context, company_id=company, name="admin", scopes=[Scope.ADMIN])
        await fill_values(app, values.context, key)
    async with values_client(app, key) as http:
        other = Values(http, values.context)
        await other.debit("mine", 995)
        assert await other.value_of() == 0
    assert await values.value_of() == 995

"""Every route of the company contract, asked by another company; and how long a key works.

``test_isolation`` has what is so for each contract.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from promo_contracts import Route, Scope
from promo_contracts.company.routes import ROUTES
from promo_server.services.companies import create_company, create_key, list_keys
from promo_server.services.context import Context
from tests.databases import ON_SQLITE
from tests.promo_server.api.spoken import COMPANY, fill_company, stored
from tests.promo_server.conftest import NOON, Api, client

EACH_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


async def fill(api: Api, app: Starlette) -> Mapping[str, str]:
    key = create_key(api.context, company_id="shop", name="marketing_admin_001", scopes=[Scope.ADMIN])
    return await fill_company(app, api.context, key)


async def ask(
    app: Starlette, key: str, route: Route, names: Mapping[str, str], company: str = "shop"
) -> httpx.Response:
    return await COMPANY.ask(app, {"Authorization": f"Bearer {key}"}, route, {**names, "company_id": company})


def others_key(context: Context) -> str:
    create_company(context, company_id="other", name="Other")
    return create_key(context, company_id="other", name="admin", scopes=[Scope.ADMIN])


@ON_SQLITE
@EACH_ROUTE
async def test_another_companys_key_finds_nothing(api: Api, app: Starlette, route: Any) -> None:
    names = await fill(api, app)
    key = others_key(api.context)
    response = await ask(app, key, route, names)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
    unknown = await ask(app, key, route, names, "nobody")
    assert unknown.content == response.content


@EACH_ROUTE
async def test_another_company_finds_nothing_by_our_ids(api: Api, app: Starlette, route: Any) -> None:
    names = await fill(api, app)
    key = others_key(api.context)
    before = stored(api.context)
    response = await ask(app, key, route, names, "other")
    if "_id}" in route.path.partition("{company_id}")[2]:
        assert response.status_code == 404
    assert COMPANY.leaked(response, route) == []
    assert stored(api.context) == before


async def test_a_key_works_to_its_last_moment(api: Api, app: Starlette) -> None:
    route = ROUTES[1]
    ends = NOON + timedelta(hours=1)
    by_moment = create_key(api.context, company_id="shop", name="old", scopes=[Scope.ADMIN], expires=ends)
    by_day = create_key(api.context, company_id="shop", name="day", scopes=[Scope.READ], expires=NOON.date())
    answers = []
    for hours in (0.99, 0.02, 10.98, 0.02):
        api.time.pass_by(hours=hours)
        answers.append([(await ask(app, key, route, {})).status_code for key in (by_moment, by_day)])
    assert answers == [[200, 200], [401, 200], [401, 200], [401, 401]]
    states = {one.name: one.state for one in list_keys(api.context, "shop")}
    assert states == {"marketing_admin_001": "active", "old": "expired", "day": "expired"}


async def test_another_company_may_have_the_same_codes_and_batches_and_sees_none_of_ours(
    api: Api, app: Starlette
) -> None:
    made = await api.promote()
    await api.code(made["promotion_id"], "FRIENDSONLY", max_uses=5)
    ours = await api.batch(made["promotion_id"])
    create_company(api.context, company_id="other", name="Other")
    key = create_key(api.context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    async with client(app, key, "other") as http:
        theirs = Api(http, api.context, api.time)
        found = await theirs.call("POST", "/entitlements", {"codes": ["FRIENDSONLY"]})
        assert found == {"uses": {}, "codes": {"friendsonly": None}}
        promotion = (await theirs.promote())["promotion_id"]
        assert (await theirs.code(promotion, "FRIENDSONLY"))["remaining_uses"] is None
        batch = await theirs.batch(promotion)
    assert {one["code_id"] for one in batch["codes"]}.isdisjoint(one["code_id"] for one in ours["codes"])

"""Every route of the company contract, asked by another company; and how long a key works.

``test_isolation`` has what is so for each contract.
"""

from datetime import timedelta

import pytest
from starlette.applications import Starlette

from promo_contracts import Route, Scope
from promo_contracts.company.routes import ROUTES
from promo_server.services.companies import create_company, create_key, list_keys
from tests.databases import KINDS
from tests.promo_server.api.spoken import COMPANY, Shops, by, stored
from tests.promo_server.conftest import NOON, Api, client

EACH_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


@EACH_ROUTE
async def test_another_companys_key_finds_nothing(shops: Shops, route: Route) -> None:
    shop = await shops.of(COMPANY)
    _, key = shop.neighbour()
    response = await shop.ask(by(key), route)
    assert (response.status_code, response.json()["code"]) == (404, "NOT_FOUND")
    unknown = await shop.ask(by(key), route, company_id="nobody")
    assert unknown.content == response.content


@pytest.mark.parametrize("kind", KINDS)
@EACH_ROUTE
async def test_another_company_finds_nothing_by_our_ids(shops: Shops, route: Route, kind: str) -> None:
    shop = await shops.of(COMPANY, kind)
    company, key = shop.neighbour()
    before = stored(shop.context)
    response = await shop.ask(by(key), route, company_id=company)
    if "_id}" in route.path.partition("{company_id}")[2]:
        assert response.status_code == 404
    assert COMPANY.leaked(response, route) == []
    assert stored(shop.context) == before


async def test_a_key_works_to_its_last_moment(api: Api, app: Starlette) -> None:
    route = ROUTES[1]
    ends = NOON + timedelta(hours=1)
    by_moment = create_key(api.context, company_id="shop", name="old", scopes=[Scope.ADMIN], expires=ends)
    by_day = create_key(api.context, company_id="shop", name="day", scopes=[Scope.READ], expires=NOON.date())
    answers = []
    for hours in (0.99, 0.02, 10.98, 0.02):
        api.time.pass_by(hours=hours)
        asked = [await COMPANY.ask(app, by(key), route, {"company_id": "shop"}) for key in (by_moment, by_day)]
        answers.append([one.status_code for one in asked])
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

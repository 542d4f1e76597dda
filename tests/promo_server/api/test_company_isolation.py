"""Every route of the table, asked by whoever may not: the answer that was decided, nothing leaked, nothing done.

Who may ask is decided before a database matters: only what the routes find is asked for on both.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from promo_contracts import Scope, write_json
from promo_contracts.company.examples import EXAMPLES, Example
from promo_contracts.company.routes import ROUTES
from promo_server.services.companies import create_company, create_key, list_keys, revoke_key
from promo_server.services.context import Context
from promo_server.storage.tables import metadata
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import NOON, Api, cart, client

EACH_ROUTE = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
SECRETS = (
    *("SPRING20", "Spring Fresh 20% Off", "jane@example.com", "order-1", "marketing_admin_001", "TOPSECRET"),
    *("FRIENDSONLY", "friendsonly"),
)


async def fill(api: Api) -> dict[str, str]:
    """Give the company something worth to be seen; return what its paths hold."""
    made = await api.promote(auto_apply=True, display_settings={"banner_text": "TOPSECRET"})
    code = await api.code(made["promotion_id"], "FRIENDSONLY", max_uses=5)
    await api.hold("order-1", cart=cart(None, "FRIENDSONLY"), guest_key="jane@example.com")
    names = {"campaign_id": api.campaign, "promotion_id": made["promotion_id"], "reference": "order-1"}
    return names | {"code_id": code["code_id"]}


def stored(context: Context) -> dict[str, Any]:
    with context.database.read() as connection:
        tables = [table for table in metadata.sorted_tables if table.name not in ("keys", "rulesets")]
        return {table.name: sorted(map(str, connection.execute(table.select()))) for table in tables}


async def ask(app: Starlette, key: str, route: Any, company: str = "shop", **names: str) -> httpx.Response:
    path = route.url(company_id=company, **names).removeprefix(f"/promotions/company/{company}")
    body = EXAMPLES.get(route.name, Example()).request
    json = {"name": "x"} if route.request and body is None else None
    async with client(app, key, company) as http:
        if body is None:
            return await http.request(route.method, path, json=json)
        headers = {"Content-Type": "application/json"}
        return await http.request(route.method, path, content=write_json(body), headers=headers)


def check(response: httpx.Response, status: int, code: str) -> None:
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json().keys() == {"error", "message", "code"}
    assert not [secret for secret in SECRETS if secret in response.text]


def expired(context: Context) -> str:
    return create_key(context, company_id="shop", name="old", scopes=[Scope.ADMIN], expires=NOON + timedelta(hours=1))


def revoked(context: Context) -> str:
    made = create_key(context, company_id="shop", name="lost", scopes=[Scope.ADMIN])
    revoke_key(context, company_id="shop", key_id=made.split("_")[1])
    return made


def altered(context: Context) -> str:
    return create_key(context, company_id="shop", name="typo", scopes=[Scope.ADMIN])[:-1] + "~"


NO_KEYS: dict[str, Callable[[Context], str]] = {
    "nonsense": lambda context: "nonsense",
    "of nobody": lambda context: "promo_x_y",
    "altered": altered,
    "expired": expired,
    "revoked": revoked,
}


@ON_SQLITE
@EACH_ROUTE
@pytest.mark.parametrize("kind", NO_KEYS)
async def test_a_key_that_is_none_is_unauthorized(api: Api, app: Starlette, route: Any, kind: str) -> None:
    names = await fill(api)
    key = NO_KEYS[kind](api.context)
    api.time.pass_by(hours=2)
    before = stored(api.context)
    response = await ask(app, key, route, **names)
    check(response, 401, "UNAUTHORIZED")
    assert response.headers["www-authenticate"] == "Bearer"
    assert stored(api.context) == before


@ON_SQLITE
@EACH_ROUTE
@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Basic cHJvbW86"}], ids=str)
async def test_no_key_is_unauthorized(app: Starlette, route: Any, headers: dict[str, str]) -> None:
    names = {"campaign_id": "c", "promotion_id": "p", "code_id": "k", "reference": "r"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api", headers=headers) as http:
        response = await http.request(route.method, route.url(company_id="shop", **names), json={})
    check(response, 401, "UNAUTHORIZED")


@ON_SQLITE
@EACH_ROUTE
async def test_another_companys_key_finds_nothing(api: Api, app: Starlette, route: Any) -> None:
    names = await fill(api)
    create_company(api.context, company_id="other", name="Other")
    key = create_key(api.context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    before = stored(api.context)
    response = await ask(app, key, route, **names)
    check(response, 404, "NOT_FOUND")
    unknown = await ask(app, key, route, "nobody", **names)
    assert unknown.content == response.content
    assert stored(api.context) == before


@EACH_ROUTE
async def test_another_company_finds_nothing_by_our_ids(api: Api, app: Starlette, route: Any) -> None:
    names = await fill(api)
    create_company(api.context, company_id="other", name="Other")
    key = create_key(api.context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    before = stored(api.context)
    response = await ask(app, key, route, "other", **names)
    if "_id}" in route.path.partition("{company_id}")[2]:
        assert response.status_code == 404
    body = str(EXAMPLES.get(route.name, Example()).request)
    assert not [secret for secret in SECRETS if secret in response.text and secret not in body]
    after = stored(api.context)
    for table, rows in before.items():
        assert [row for row in after[table] if "'shop'" in row] == [row for row in rows if "'shop'" in row]


LESSER = [
    pytest.param(route, scope, id=f"{route.name} with {scope}")
    for route in ROUTES
    for scope in Scope
    if scope not in (route.scope, Scope.ADMIN)
]


@ON_SQLITE
@pytest.mark.parametrize(("route", "scope"), LESSER)
async def test_a_lesser_scope_is_not_enough(api: Api, app: Starlette, route: Any, scope: Scope) -> None:
    names = await fill(api)
    key = create_key(api.context, company_id="shop", name="few", scopes=[scope])
    before = stored(api.context)
    response = await ask(app, key, route, **names)
    check(response, 403, "MISSING_SCOPE")
    assert f"'{route.scope}'" in response.json()["message"]
    assert stored(api.context) == before


@ON_SQLITE
@EACH_ROUTE
@pytest.mark.parametrize("scope", ["its own", Scope.ADMIN])
async def test_its_scope_or_admin_is_enough(app: Starlette, context: Context, route: Any, scope: Any) -> None:
    key = create_key(context, company_id="shop", name="x", scopes=[route.scope if scope == "its own" else scope])
    response = await ask(app, key, route, campaign_id="c", promotion_id="p", code_id="k", reference="r")
    assert response.status_code not in (401, 403, 500)


async def test_a_key_works_to_its_last_moment(api: Api, app: Starlette) -> None:
    route = ROUTES[1]
    by_moment = expired(api.context)
    by_day = create_key(api.context, company_id="shop", name="day", scopes=[Scope.READ], expires=NOON.date())
    answers = []
    for hours in (0.99, 0.02, 10.98, 0.02):
        api.time.pass_by(hours=hours)
        answers.append([(await ask(app, key, route)).status_code for key in (by_moment, by_day)])
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

"""Every route of every contract, asked by whoever may not: the answer that was decided, nothing leaked, nothing done.

Generated from the route tables. Who may ask is decided before a database matters: only what the routes find is asked
for on both.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.routing import Route as HttpRoute

from promo_contracts import Route, Scope
from promo_contracts.company.routes import SERVICE_ROUTES
from promo_contracts.moltin.routes import CREATE_TOKEN
from promo_server.services.companies import create_key, revoke_key
from promo_server.services.context import Context
from tests.databases import KINDS, ON_SQLITE
from tests.promo_server.api.spoken import SPOKEN, Headers, Shop, Shops, Spoken, by, open_shop, stored
from tests.promo_server.conftest import Time

EACH_ROUTE = pytest.mark.parametrize(
    ("contract", "route"),
    [
        pytest.param(contract, route, id=f"{contract.name} {route.name}")
        for contract in SPOKEN
        for route in contract.routes
    ],
)
PREFIXES = ("", "/v2", "/moltin")
"""Where the documents are, which anybody may read."""


def key_of(context: Context, *scopes: Scope, **fields: Any) -> str:
    return create_key(context, company_id="shop", name="asks", scopes=scopes, **fields)


def expired(shop: Shop) -> Headers:
    made = by(key_of(shop.context, Scope.ADMIN, expires=shop.time.now + timedelta(hours=1)))
    shop.time.pass_by(hours=2)
    return made


def revoked(shop: Shop) -> Headers:
    made = key_of(shop.context, Scope.ADMIN)
    revoke_key(shop.context, company_id="shop", key_id=made.split("_")[1])
    return by(made)


NO_KEYS: dict[str, Callable[[Shop], Headers]] = {
    "none": lambda _: {},
    "empty": lambda _: {"Authorization": ""},
    "of another kind": lambda _: {"Authorization": "Basic cHJvbW86"},
    "nonsense": lambda _: by("nonsense"),
    "of nobody": lambda _: by("promo_x_y"),
    "a token of nobody": lambda _: by("token_x_y"),
    "altered": lambda shop: by(key_of(shop.context, Scope.ADMIN)[:-1] + "~"),
    "expired": expired,
    "revoked": revoked,
}


def check_refused(contract: Spoken, route: Route, response: httpx.Response, status: int, code: str) -> None:
    refusal = contract.refusal_in(response)
    assert (response.status_code, refusal[contract.code]) == (status, code)
    assert refusal.keys() == contract.refusal
    assert not [secret for secret in contract.secrets if secret in response.text], route.name


@EACH_ROUTE
async def test_without_a_key_that_works_nothing_is_told(shops: Shops, contract: Spoken, route: Route) -> None:
    shop = await shops.of(contract)
    before = stored(shop.context)
    for kind, headers in NO_KEYS.items():
        response = await shop.ask(headers(shop), route)
        check_refused(contract, route, response, 401, contract.unauthorized)
        assert response.headers["www-authenticate"] == "Bearer", kind
    assert stored(shop.context) == before


@EACH_ROUTE
async def test_a_lesser_scope_is_not_enough(shops: Shops, contract: Spoken, route: Route) -> None:
    shop = await shops.of(contract)
    before = stored(shop.context)
    lesser = [one for one in Scope if one not in (route.scope, Scope.ADMIN)]
    for scopes in [*([one] for one in lesser), lesser]:
        response = await shop.ask(by(key_of(shop.context, *scopes)), route)
        check_refused(contract, route, response, 403, contract.missing_scope)
        assert f"'{route.scope}'" in contract.refusal_in(response)[contract.message]
    assert stored(shop.context) == before


@ON_SQLITE
@EACH_ROUTE
async def test_its_scope_or_admin_is_enough(context: Context, time: Time, contract: Spoken, route: Route) -> None:
    assert route.scope is not None
    shop = await open_shop(contract, context, time)
    for scope in (route.scope, Scope.ADMIN):
        response = await shop.ask(by(key_of(context, scope)), route)
        assert response.status_code not in (401, 500)
        assert contract.missing_scope not in response.text


@pytest.mark.parametrize("kind", KINDS)
@EACH_ROUTE
async def test_another_companys_key_is_told_nothing_and_changes_nothing(
    shops: Shops, contract: Spoken, route: Route, kind: str
) -> None:
    shop = await shops.of(contract, kind)
    _, key = shop.neighbour()
    before = stored(shop.context)
    response = await shop.ask(by(key), route)
    assert response.status_code < 500
    assert contract.leaked(response, route) == []
    assert stored(shop.context) == before


def test_no_route_is_served_but_those_of_the_tables_and_what_is_public(app: Starlette) -> None:
    served = {one for route in app.routes for one in methods_and_path(route)}
    public = {("GET", route.path) for route in SERVICE_ROUTES}
    public |= {("GET", f"{prefix}/openapi.json") for prefix in PREFIXES}
    public |= {one for one in served if one[0] == "GET" and one[1].partition("/docs")[0] in PREFIXES}
    tabled = {(route.method, route.path) for contract in SPOKEN for route in contract.routes}
    assert served == public | tabled | {(CREATE_TOKEN.method, CREATE_TOKEN.path)}
    assert all(route.scope is not None for contract in SPOKEN for route in contract.routes)


def methods_and_path(route: BaseRoute) -> Iterator[tuple[str, str]]:
    assert isinstance(route, HttpRoute), route
    assert route.methods, route.path
    for method in route.methods - {"HEAD"}:
        yield method, route.path.replace(":path}", "}")

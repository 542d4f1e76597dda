"""Every route of every contract, asked by whoever may not: the answer that was decided, nothing leaked, nothing done.

Generated from the route tables. Who may ask is decided before a database matters: only what the routes find is asked
for on both.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.routing import Route as HttpRoute

from promo_contracts import Route, Scope
from promo_contracts.company.routes import SERVICE_ROUTES
from promo_contracts.moltin.routes import CREATE_TOKEN
from promo_server.services.companies import create_company, create_key, revoke_key
from promo_server.services.context import Context
from tests.databases import ON_SQLITE
from tests.promo_server.api.spoken import SPOKEN, Spoken, stored
from tests.promo_server.conftest import NOON, Time

EACH_ROUTE = pytest.mark.parametrize(
    ("contract", "route"),
    [
        pytest.param(contract, route, id=f"{contract.name} {route.name}")
        for contract in SPOKEN
        for route in contract.routes
    ],
)
Headers = dict[str, str]
PREFIXES = ("", "/v2", "/moltin")
"""Where the documents are, which anybody may read."""


def by(key: str) -> Headers:
    return {"Authorization": f"Bearer {key}"}


async def fill(contract: Spoken, app: Starlette, context: Context) -> Mapping[str, str]:
    key = create_key(context, company_id="shop", name="marketing_admin_001", scopes=[Scope.ADMIN])
    return await contract.fill(app, context, key)


def expired(context: Context) -> Headers:
    ends = NOON + timedelta(hours=1)
    return by(create_key(context, company_id="shop", name="old", scopes=[Scope.ADMIN], expires=ends))


def revoked(context: Context) -> Headers:
    made = create_key(context, company_id="shop", name="lost", scopes=[Scope.ADMIN])
    revoke_key(context, company_id="shop", key_id=made.split("_")[1])
    return by(made)


def altered(context: Context) -> Headers:
    return by(create_key(context, company_id="shop", name="typo", scopes=[Scope.ADMIN])[:-1] + "~")


NO_KEYS: dict[str, Callable[[Context], Headers]] = {
    "none": lambda _: {},
    "empty": lambda _: {"Authorization": ""},
    "of another kind": lambda _: {"Authorization": "Basic cHJvbW86"},
    "nonsense": lambda _: by("nonsense"),
    "of nobody": lambda _: by("promo_x_y"),
    "a token of nobody": lambda _: by("token_x_y"),
    "altered": altered,
    "expired": expired,
    "revoked": revoked,
}


def check_refused(contract: Spoken, route: Route, response: httpx.Response, status: int, code: str) -> None:
    refusal = contract.refusal_in(response)
    assert (response.status_code, refusal[contract.code]) == (status, code)
    assert refusal.keys() == contract.refusal
    assert not [secret for secret in contract.secrets if secret in response.text], route.name


@ON_SQLITE
@EACH_ROUTE
async def test_without_a_key_that_works_nothing_is_told(
    context: Context, app: Starlette, time: Time, contract: Spoken, route: Route
) -> None:
    names = await fill(contract, app, context)
    headers = {kind: made(context) for kind, made in NO_KEYS.items()}
    time.pass_by(hours=2)
    before = stored(context)
    for kind, given in headers.items():
        response = await contract.ask(app, given, route, names)
        check_refused(contract, route, response, 401, contract.unauthorized)
        assert response.headers["www-authenticate"] == "Bearer", kind
    assert stored(context) == before


@ON_SQLITE
@EACH_ROUTE
async def test_a_lesser_scope_is_not_enough(context: Context, app: Starlette, contract: Spoken, route: Route) -> None:
    names = await fill(contract, app, context)
    before = stored(context)
    lesser = [one for one in Scope if one not in (route.scope, Scope.ADMIN)]
    for scopes in [*([one] for one in lesser), lesser]:
        key = create_key(context, company_id="shop", name="few", scopes=scopes)
        response = await contract.ask(app, by(key), route, names)
        check_refused(contract, route, response, 403, contract.missing_scope)
        assert f"'{route.scope}'" in contract.refusal_in(response)[contract.message]
    assert stored(context) == before


@ON_SQLITE
@EACH_ROUTE
@pytest.mark.parametrize("is_admin", [False, True])
async def test_its_scope_or_admin_is_enough(
    context: Context, app: Starlette, contract: Spoken, route: Route, is_admin: bool
) -> None:
    assert route.scope is not None
    names = await fill(contract, app, context)
    key = create_key(context, company_id="shop", name="x", scopes=[Scope.ADMIN if is_admin else route.scope])
    response = await contract.ask(app, by(key), route, names)
    assert response.status_code not in (401, 500)
    assert contract.missing_scope not in response.text


@EACH_ROUTE
async def test_another_companys_key_is_told_nothing_and_changes_nothing(
    context: Context, app: Starlette, contract: Spoken, route: Route
) -> None:
    names = await fill(contract, app, context)
    create_company(context, company_id="other", name="Other")
    key = create_key(context, company_id="other", name="admin", scopes=[Scope.ADMIN])
    before = stored(context)
    response = await contract.ask(app, by(key), route, names)
    assert response.status_code < 500
    assert contract.leaked(response, route) == []
    assert stored(context) == before


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

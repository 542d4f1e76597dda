"""``/ready`` tells which plugins this process has benched, and which it lacks; it stays ready."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from promo_contracts import Scope
from promo_engine.bench import MOST_FAILURES
from promo_engine.testing import types_with
from promo_server.app import create_app
from promo_server.services.companies import create_key
from promo_server.services.context import Context
from tests.databases import ON_SQLITE
from tests.promo_engine.sample_conditions import Plugin
from tests.promo_engine.test_bench import Moody
from tests.promo_server.api.test_openapi import fetch
from tests.promo_server.conftest import Api, Time, cart, client

pytestmark = ON_SQLITE
MOODY: dict[str, Any] = {"promotion_type": "moody", "discount_rules": {}}


@pytest.fixture
def moody_app(context: Context) -> Starlette:
    """A server with a type that fails until it is told to stop."""
    return create_app(replace(context, types=types_with(Plugin(Moody()))))


@pytest.fixture
async def moody(moody_app: Starlette, context: Context, time: Time) -> AsyncIterator[Api]:
    key = create_key(context, company_id="shop", name="tests", scopes=[Scope.ADMIN])
    async with client(moody_app, key) as http:
        yield Api(http, context, time)


async def plugins(app: Starlette) -> tuple[int, str, dict[str, tuple[bool, str]]]:
    response = await fetch(app, "/ready")
    report = response.json()
    checks = {one["name"]: (one["ok"], one["said"]) for one in report["checks"]}
    return response.status_code, report["status"], checks


async def test_what_is_benched_is_told_until_a_change_gives_it_another_chance(moody: Api, moody_app: Starlette) -> None:
    await moody.promote(**MOODY)
    for _ in range(MOST_FAILURES):
        await moody.call("POST", "/evaluations", {"cart": cart()})
    status, ready, checks = await plugins(moody_app)
    said = "This process has benched what kept failing: type moody of (local). Its log says why."
    assert (status, ready, checks["benched"]) == (200, "ready", (False, said))
    await moody.promote(promotion_name="More", promotion_code="MORE")
    await moody.call("POST", "/evaluations", {"cart": cart()})
    assert (await plugins(moody_app))[2]["benched"] == (True, "This process has benched no plugin.")


async def test_what_promotions_name_and_nobody_supplies_is_told(moody: Api, api: Api, app: Starlette) -> None:
    await moody.promote(**MOODY)
    assert (await plugins(app))[2]["missing"][0]
    await api.call("POST", "/evaluations", {"cart": cart()})
    status, ready, checks = await plugins(app)
    said = "No plugin supplies moody: promotions that name it do not apply."
    assert (status, ready, checks["missing"]) == (200, "ready", (False, said))

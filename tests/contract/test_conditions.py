"""Conditions of plugins through the company API, said by raw HTTP and by the SDK."""

from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promo_engine import Ruleset, evaluate, read_ruleset
from promo_engine.testing import a_cart, installed_types, types_with
from promo_server.services.context import create_context, load_company
from promo_server.services.rulesets import Rulesets
from tests.contract.speakers import WAYS, Api, an_api
from tests.databases import Databases
from tests.promo_engine.sample_conditions import Plugin, Variety, Verified

TYPES = types_with(Plugin(Variety(), Verified()))


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def api(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Api]:
    way, kind = request.param
    with databases.fresh(kind, tmp_path_factory.mktemp("api")) as name, an_api(name, way, TYPES) as api:
        yield api


def naming(**conditions: Any) -> dict[str, Any]:
    return {"eligibility_criteria": {"conditions": conditions}}


def served(api: Api, types: Any = TYPES) -> Ruleset:
    reply = api.sdk.client.ruleset()
    assert reply is not None
    return read_ruleset(reply.document, types)


def test_a_condition_comes_back_as_it_was_given(api: Api) -> None:
    given = {"variety": {"kinds": 2, "worth": Decimal("9.99")}, "verified": {}}
    said = api.create(api.campaign(), **naming(**given))
    assert (said.status, said.body["eligibility_criteria"]["conditions"]) == (201, given)


def test_none_are_in_no_answer(api: Api) -> None:
    said = api.create(api.campaign())
    assert "conditions" not in said.body["eligibility_criteria"]


def test_it_decides_who_gets_the_promotion_amounts_in_minor_units(api: Api) -> None:
    said = api.create(api.campaign(), auto_apply=True, **naming(variety={"kinds": 2, "worth": Decimal("5")}))
    promotion_id = said.body["promotion_id"]
    few, enough = a_cart(("TEA", 500), ("MILK", 499)), a_cart(("TEA", 500), ("MILK", 500))
    assert evaluate(few, served(api)).reasons[promotion_id].params == {"condition": "variety", "kinds": 2}
    assert promotion_id not in evaluate(enough, served(api)).reasons


@pytest.mark.parametrize(
    ("conditions", "field", "message"),
    [
        ({"vip": {}}, "vip", "no plugin supplies 'vip'; the conditions that are there: variety, verified"),
        ({"variety": {}}, "variety.kinds", "is required"),
        ({"variety": {"kinds": 0}}, "variety.kinds", "should be greater than or equal to 1"),
        ({"variety": {"kinds": 1, "worth": Decimal("0.001")}}, "variety.worth", "at most 2 decimal places"),
        ({"verified": {"kind": 1}}, "verified.kind", "is not a known field"),
        ({"verified": 5}, "verified", "must be an object"),
    ],
)
def test_one_that_is_wrong_is_refused_and_named(api: Api, conditions: Any, field: str, message: str) -> None:
    campaign = api.campaign()
    said = api.create(campaign, **naming(**conditions))
    assert (said.code, said.fields) == ("INVALID_ELIGIBILITY", (f"eligibility_criteria.conditions.{field}",))
    assert message in said.body["errors"][0]["message"]
    assert api.stored(campaign) == []


def test_every_wrong_parameter_is_told_at_once(api: Api) -> None:
    said = api.create(api.campaign(), **naming(variety={"kinds": 0, "worth": -1}, vip={}))
    paths = {field.removeprefix("eligibility_criteria.conditions.") for field in said.fields}
    assert paths == {"variety.kinds", "variety.worth", "vip"}


def test_a_server_that_lost_the_plugin_keeps_the_promotion_without_effect(tmp_path: Path) -> None:
    with an_api(tmp_path / "p.db", types=TYPES) as api:
        made = api.create(api.campaign(), auto_apply=True, **naming(verified={}))
    context = create_context(tmp_path / "p.db", types=installed_types())
    with closing(context.database), context.database.read() as connection:
        ruleset = Rulesets(context).of(connection, load_company(connection, "shop"))
    reason = evaluate(a_cart(("TEA", 500)), ruleset).reasons[made.body["promotion_id"]]
    assert (reason.code, reason.params) == ("type_missing", {"condition": "verified"})

"""Dry runs: at any moment, with drafts, with the reason of every promotion."""

from typing import Any

from promo_contracts import Scope
from promo_server.services.companies import create_key
from tests.promo_server.conftest import Api, cart, client
from tests.promo_server.services.test_lifecycle import step


async def evaluate(api: Api, status: int = 200, /, **fields: Any) -> Any:
    return await api.call("POST", "/evaluations", {"cart": cart()} | fields, status=status)


async def test_drafts_count_as_published_where_they_are_named(api: Api) -> None:
    draft = await api.promote(status="draft")
    assert (await evaluate(api))["totals"]["amount_due"] == 5990
    tried = await evaluate(api, drafts=[draft["promotion_id"]])
    assert tried["totals"]["amount_due"] == 4792
    assert tried["revision"] != (await api.call("GET", "/ruleset"))["revision"]
    assert (await evaluate(api))["totals"]["amount_due"] == 5990
    assert (await api.promotion(draft["promotion_id"]))["status"] == "draft"


async def test_a_draft_is_tried_at_any_moment(api: Api) -> None:
    draft = await api.promote(status="draft", schedule={"start_date": "2026-12-24", "end_date": "2026-12-26"})
    due = [
        (await evaluate(api, cart=cart(at=at), drafts=[draft["promotion_id"]]))["totals"]["amount_due"]
        for at in ("2026-12-23T23:59:59Z", "2026-12-24T00:00:00Z", "2026-12-26T23:59:59Z", "2026-12-27T00:00:00Z")
    ]
    assert due == [5990, 4792, 4792, 5990]


async def test_a_published_promotion_may_be_named_as_well(api: Api) -> None:
    made = await api.promote()
    now = cart(at="2026-11-22T12:00:00Z")
    assert await evaluate(api, cart=now, drafts=[made["promotion_id"]]) == await evaluate(api, cart=now)


async def test_what_is_unknown_or_archived_is_named(api: Api) -> None:
    made = await api.promote()
    await step(api, made, "archive")
    error = await evaluate(api, 422, drafts=["promo_other", made["promotion_id"]])
    assert [one["field"] for one in error["errors"]] == ["drafts[0]", "drafts[1]"]
    assert "is not the id of a draft" in error["message"]


async def test_every_promotion_that_does_not_apply_is_explained_on_request(api: Api) -> None:
    await api.promote()
    rules = {"discount_value": 5, "min_purchase_amount": 70}
    other = await api.promote(promotion_name="Other", promotion_code="OTHER5", auto_apply=True, discount_rules=rules)
    limits = {"total_usage_limit": 1}
    used = await api.promote(promotion_name="Used", promotion_code="USED5", auto_apply=True, usage_limits=limits)
    await api.hold("o1", cart=cart("7", "USED5"))
    assert "explanations" not in await evaluate(api)
    found = {one["id"]: one for one in (await evaluate(api, explain=True))["explanations"]}
    assert found.keys() == {other["promotion_id"], used["promotion_id"]}
    explained = found[other["promotion_id"]]
    assert (explained["reason"], explained["params"]["missing"]) == ("minimum_purchase", 1010)
    assert explained["opportunity"]["missing"] == 1010
    assert found[used["promotion_id"]]["reason"] == "limit_total"


async def test_a_dry_run_needs_the_scope_evaluate_and_no_other(api: Api, app: Any) -> None:
    draft = await api.promote(status="draft")
    key = create_key(api.context, company_id="shop", name="shop", scopes=[Scope.EVALUATE])
    body = {"cart": cart(), "drafts": [draft["promotion_id"]], "explain": True}
    async with client(app, key) as http:
        assert (await http.post("/evaluations", json=body)).status_code == 200

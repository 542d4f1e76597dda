"""What shops are served: made once for each revision, and noted, so that grants under it can be checked."""

import json
from typing import Any

from sqlalchemy import insert, select

from promo_engine import canonical_json, read_ruleset
from promo_server.services.context import Context, load_company
from promo_server.services.published import Noted, Publisher, promotions_of
from promo_server.services.rulesets import Rulesets
from promo_server.storage.tables import rulesets as revisions
from tests.promo_server.conftest import Api


def publisher(context: Context) -> Publisher:
    return Publisher(context, Rulesets(context))


def noted(context: Context, revision: str) -> Any:
    with context.database.read() as connection:
        return promotions_of(connection, "shop", revision)


async def test_it_is_made_once_for_each_revision(api: Api) -> None:
    ours = publisher(api.context)
    empty = ours.current("shop")
    assert ours.current("shop") is empty
    await api.promote()
    full = ours.current("shop")
    assert full.revision != empty.revision
    assert ours.current("shop").compressed() is full.compressed()


async def test_each_process_serves_the_same_bytes_after_changes(api: Api) -> None:
    ours = publisher(api.context)
    for number in range(3):
        await api.promote(promotion_name=f"Number {number}", promotion_code=f"NUMBER{number}")
        assert ours.current("shop").document == publisher(api.context).current("shop").document


async def test_a_change_that_shops_do_not_see_makes_no_document(api: Api) -> None:
    ours = publisher(api.context)
    before = ours.current("shop")
    await api.promote(status="draft")
    after = ours.current("shop")
    assert after is not before
    assert (after.text, ours.current("shop")) == (before.text, after)


async def test_it_holds_what_prices_carts_and_nothing_else(api: Api) -> None:
    await api.promote(description="Between us", status="draft")
    await api.promote(promotion_name="More", promotion_code="MORE", description="Between us")
    await api.hold("o-1")
    document = json.loads(publisher(api.context).current("shop").document)
    ruleset = read_ruleset(document, api.context.types)
    assert canonical_json(ruleset.document()) == canonical_json(document)
    assert [one["code"] for one in document["promotions"]] == ["MORE"]
    assert "Between us" not in json.dumps(document)


async def test_of_a_revision_only_what_grants_are_checked_by_is_noted(api: Api) -> None:
    free = (await api.promote())["promotion_id"]
    limit = {"total_usage_limit": 1}
    limited = (await api.promote(promotion_name="Few", promotion_code="FEWER", usage_limits=limit))["promotion_id"]
    budget = {"discount_value": 5, "budget_amount": 100}
    spent = await api.promote(promotion_name="Budget", promotion_code="BUDGET", discount_rules=budget)
    served = publisher(api.context).current("shop")
    assert noted(api.context, served.revision) == {
        free: Noted(False, "spring20"),
        limited: Noted(True, "fewer"),
        spent["promotion_id"]: Noted(True, "budget"),
    }
    assert noted(api.context, "unknown") is None
    with api.context.database.read() as connection:
        (text,) = connection.execute(select(revisions.c.document)).scalars()
    in_short = json.loads(text)
    assert in_short.keys() == {"codes", "limited"}
    assert sorted(in_short["limited"]) == sorted([limited, spent["promotion_id"]])


async def test_a_revision_that_was_noted_as_a_whole_document_can_still_be_checked(api: Api) -> None:
    free = (await api.promote())["promotion_id"]
    budget = {"discount_value": 5, "budget_amount": 100}
    spent = (await api.promote(promotion_name="B", promotion_code="BUDGET", discount_rules=budget))["promotion_id"]
    with api.context.database.write() as connection:
        ruleset = Rulesets(api.context).of(connection, load_company(connection, "shop"))
        text = canonical_json(ruleset.document()).decode()
        row = {"company_id": "shop", "revision": "old", "document": text, "created_at": "2026"}
        connection.execute(insert(revisions), [row])
    assert noted(api.context, "old") == {free: Noted(False, "spring20"), spent: Noted(True, "budget")}

"""What shops are served: made once for each revision."""

import json

from promo_engine import canonical_json, read_ruleset
from promo_server.services.context import Context
from promo_server.services.published import Publisher
from promo_server.services.rulesets import Rulesets
from tests.promo_server.conftest import Api


def publisher(context: Context) -> Publisher:
    return Publisher(context, Rulesets(context))


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

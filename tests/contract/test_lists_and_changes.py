"""Lists, changes, offers and dry runs through the SDK, against the real API, sync and async alike."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from inspect import isawaitable
from typing import Any

import pytest

from promo_engine.testing import installed_types
from promo_sdk import AsyncPromotionsClient, Conflict, InvalidRequest, PromotionsClient
from promo_sdk.testing import asgi_client
from promo_server.app import create_app
from promo_server.services.context import create_context
from tests.contract.speakers import NOON, Api, a_promotion, an_api

Client = PromotionsClient | AsyncPromotionsClient
CART = {
    "currency": "USD",
    "lines": [{"id": "l1", "sku": "TEA", "unit_price": 1000}],
    "codes": ["TEATIME"],
    "at": "2026-11-22T12:00:00Z",
}


@pytest.fixture
def api(database: str) -> Iterator[Api]:
    with an_api(database) as api:
        yield api


@pytest.fixture(params=["sync", "async"])
async def client(request: pytest.FixtureRequest, api: Api, database: str) -> AsyncIterator[Client]:
    if request.param == "sync":
        yield api.sdk.client
        return
    key = api.raw.http.headers["Authorization"].removeprefix("Bearer ")
    context = create_context(database, types=installed_types(), clock=lambda: NOON)
    async with asgi_client(create_app(context), company_id="shop", api_key=key) as other:
        yield other
    context.database.close()


async def say(call: Callable[..., Any], *args: Any, **fields: Any) -> Any:
    """Call a method of either client."""
    result: Awaitable[Any] | Any = call(*args, **fields)
    return await result if isawaitable(result) else result


async def create(client: Client, name: str, code: str, **fields: Any) -> Any:
    page = await say(client.campaigns.list)
    campaign = page.campaigns[0] if page.campaigns else await say(client.campaigns.create, name="Spring")
    body = a_promotion(promotion_name=name, promotion_code=code, **fields)
    return await say(client.promotions.create, campaign.id, **body)


async def test_promotions_are_found_by_status_type_and_text(client: Client) -> None:
    await create(client, "Tea time", "TEATIME")
    await create(client, "Milk", "MILK5", status="draft")
    for fields, names in (
        ({"sort": "name"}, ["Milk", "Tea time"]),
        ({"status": "draft"}, ["Milk"]),
        ({"search": "teat"}, ["Tea time"]),
        ({"type": "free_shipping"}, []),
    ):
        page = await say(client.promotions.list, **fields)
        assert [one.promotion_name for one in page.promotions] == names


async def test_every_page_is_walked_in_order(client: Client) -> None:
    for number in range(5):
        await create(client, f"Promotion {number}", f"CODE{number}")
    found = client.promotions.iterate(sort="-name", per_page=2)
    names = (
        [one.promotion_name async for one in found]
        if isinstance(found, AsyncIterator)
        else [one.promotion_name for one in found]
    )
    assert names == [f"Promotion {number}" for number in (4, 3, 2, 1, 0)]


async def test_a_promotion_is_changed_and_archived(client: Client) -> None:
    made = await create(client, "Tea time", "TEATIME", usage_limits={"total_usage_limit": 5, "daily_usage_limit": 2})
    ids = (made.campaign_id, made.promotion_id)
    changed = await say(client.promotions.update, *ids, description="x", usage_limits={"daily_usage_limit": None})
    assert (changed.description, changed.usage_limits.total_usage_limit) == ("x", 5)
    assert changed.usage_limits.daily_usage_limit is None
    with pytest.raises(Conflict, match="pause it first") as refused:
        await say(client.promotions.update, *ids, stackable=True)
    assert (refused.value.code, (refused.value.body or {})["fields"]) == ("PROMOTION_NOT_MODIFIABLE", ["stackable"])
    assert (await say(client.promotions.archive, *ids)).status == "archived"


async def test_a_campaign_is_changed_and_archived(client: Client) -> None:
    made = await say(client.campaigns.create, name="Spring", end_date="2026-12-31")
    changed = await say(client.campaigns.update, made.id, name="Summer", end_date=None)
    assert (changed.name, changed.end_date) == ("Summer", None)
    assert (await say(client.campaigns.archive, made.id)).status == "archived"
    assert (await say(client.campaigns.list, status="archived", search="summer")).campaigns[0].id == made.id


async def test_offers_are_for_banners(client: Client) -> None:
    shown = {"banner_text": "Tea, 20% off"}
    made = await create(client, "Tea time", "TEATIME", auto_apply=True, display_settings=shown)
    (offer,) = (await say(client.offers)).offers
    assert (offer.promotion_id, offer.display_settings.banner_text) == (made.promotion_id, "Tea, 20% off")
    assert "TEATIME" not in repr(offer)


async def test_a_draft_is_tried_and_what_does_not_apply_is_explained(client: Client) -> None:
    draft = await create(client, "Tea time", "TEATIME", status="draft")
    tried = await say(client.evaluations.evaluate, CART, drafts=[draft.promotion_id])
    assert tried["totals"]["amount_due"] == 800
    await create(client, "Milk", "MILK5")
    explained = await say(client.evaluations.evaluate, CART, explain=True)
    assert [one["reason"] for one in explained["explanations"]] == ["condition"]
    with pytest.raises(InvalidRequest, match=r"drafts\[0\]"):
        await say(client.evaluations.evaluate, CART, drafts=["promo_other"])

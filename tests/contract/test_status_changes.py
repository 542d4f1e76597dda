"""A merchant's switches through the SDK, against the real API, sync and async."""

from collections.abc import Iterator
from datetime import date

import pytest

from promo_engine.testing import installed_types
from promo_sdk import Conflict, NotFound
from promo_sdk.testing import asgi_client
from promo_server.app import create_app
from promo_server.services.context import create_context
from tests.contract.speakers import NOON, Api, a_promotion, an_api


@pytest.fixture
def api(database: str) -> Iterator[Api]:
    with an_api(database) as api:
        yield api


def test_a_draft_is_activated_paused_and_resumed_twice_over(api: Api) -> None:
    client = api.sdk.client
    campaign = api.campaign()
    made = client.promotions.create(campaign.id, **a_promotion(status="draft"))
    ids = (campaign.id, made.promotion_id)
    for change, status in (
        (client.promotions.activate, "active"),
        (client.promotions.pause, "paused"),
        (client.promotions.resume, "active"),
    ):
        once = change(*ids)
        assert once.status == status
        assert change(*ids) == once == client.promotions.get(*ids)


def test_a_step_that_makes_no_sense_is_a_conflict_that_says_what_is(api: Api) -> None:
    campaign = api.campaign()
    made = api.sdk.client.promotions.create(campaign.id, **a_promotion(status="draft"))
    with pytest.raises(Conflict, match="activate it first") as refused:
        api.sdk.client.promotions.pause(campaign.id, made.promotion_id)
    assert (refused.value.code, (refused.value.body or {})["current_status"]) == ("INVALID_STATUS_CHANGE", "draft")
    with pytest.raises(NotFound):
        api.sdk.client.promotions.pause(campaign.id, "promo_other")


def test_a_campaign_is_created_with_all_its_fields_and_switched(api: Api) -> None:
    client = api.sdk.client
    day = date(2026, 3, 1)
    made = client.campaigns.create(
        name="Japan", status="inactive", start_date=day, end_date="2026-03-31", currency="JPY"
    )
    assert (made.status, made.start_date, made.end_date, made.currency) == ("inactive", day, date(2026, 3, 31), "JPY")
    promotion = client.promotions.create(made.id, **a_promotion())
    assert promotion.status == "paused"
    assert client.campaigns.activate(made.id).status == "active"
    assert client.promotions.get(made.id, promotion.promotion_id).status == "active"
    assert client.campaigns.deactivate(made.id) == client.campaigns.deactivate(made.id)


def test_the_rules_of_each_type_are_described(api: Api) -> None:
    for one in api.sdk.client.promotion_types().promotion_types:
        assert one.rules_schema["type"] == "object"
        assert "min_purchase_amount" in one.rules_schema["properties"]


async def test_the_async_client_switches_alike(database: str) -> None:
    with an_api(database) as api:
        campaign = api.campaign()
        made = api.sdk.client.promotions.create(campaign.id, **a_promotion(status="draft"))
        key = api.raw.http.headers["Authorization"].removeprefix("Bearer ")
        context = create_context(database, types=installed_types(), clock=lambda: NOON)
        async with asgi_client(create_app(context), company_id="shop", api_key=key) as client:
            await client.campaigns.deactivate(campaign.id)
            assert (await client.promotions.activate(campaign.id, made.promotion_id)).status == "paused"
            await client.campaigns.activate(campaign.id)
            assert (await client.promotions.pause(campaign.id, made.promotion_id)).status == "paused"
            assert (await client.promotions.resume(campaign.id, made.promotion_id)).status == "active"
        context.database.close()

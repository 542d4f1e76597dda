"""The rules that an order was priced under: all of them, or a sentence about what is missing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from promo_contracts.company.models import CampaignCreate, HoldRequest, SettleRequest
from promo_contracts.company.returns import OrderReturn, ReturnRequest
from promo_engine.testing import installed_types, types_with
from promo_server.redemption import Event
from promo_server.services.campaigns import create_campaign
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.promotions import create_promotion
from promo_server.services.redemptions import hold, settle
from promo_server.services.refusal import Refusal
from promo_server.services.returns import return_goods
from promo_server.services.rulesets import Rulesets
from promo_server.storage.tables import rulesets as stored_rulesets
from tests.databases import ON_SQLITE
from tests.promo_engine.sample_conditions import Plugin, Verified
from tests.promo_server.conftest import cart

HOLDER = Holder("shop", "tests", frozenset())
PROMOTION: dict[str, Any] = {
    "promotion_name": "Spring",
    "promotion_type": "percentage_discount",
    "description": "",
    "promotion_code": "SPRING20",
    "discount_rules": {"discount_value": 20},
    "schedule": {"start_date": "2026-11-22", "end_date": "2026-12-22"},
    "eligibility_criteria": {"conditions": {"verified": {}}},
}
VERIFIED = cart() | {"customer": {"id": "7", "facts": {"verified": "yes"}}}


@pytest.fixture
def shop(context: Context) -> Context:
    """A shop with a plugin's condition, and an order that met it, of 47.92."""
    made = replace(context, types=types_with(Plugin(Verified())))
    campaign = create_campaign(made, HOLDER, CampaignCreate(name="Spring"))
    create_promotion(made, HOLDER, campaign.id, PROMOTION)
    kept = Rulesets(made)
    assert hold(made, kept, HOLDER, "o1", HoldRequest(attempt="a", cart=VERIFIED)).amount_due == 4792
    kept.keep()
    settle(made, HOLDER, "o1", Event.CONFIRM, SettleRequest())
    return made


def reprice(context: Context) -> OrderReturn:
    request = ReturnRequest(return_id="r1", lines={"l2": 1}, policy="reprice")
    return return_goods(context, Rulesets(context), HOLDER, "o1", request)


def test_the_rules_of_the_order_are_used_by_another_server_with_other_promotions(shop: Context) -> None:
    campaign = create_campaign(shop, HOLDER, CampaignCreate(name="Later"))
    more = {"promotion_name": "More", "promotion_code": "MORE", "auto_apply": True, "stackable": True}
    create_promotion(shop, HOLDER, campaign.id, PROMOTION | more)
    assert reprice(shop).amount == 800


@ON_SQLITE
def test_a_condition_that_is_gone_is_named(shop: Context) -> None:
    with pytest.raises(Refusal, match="the condition 'verified' is not installed here any more") as refused:
        reprice(replace(shop, types=installed_types()))
    assert refused.value.code == "RULES_NOT_KEPT"


def unreadable(document: str) -> str:
    return document.replace('"rounding"', '"roundings"')


def changed(document: str) -> str:
    return document.replace("Spring", "Autumn")


@ON_SQLITE
@pytest.mark.parametrize("spoil", [unreadable, changed])
def test_rules_that_cannot_be_read_are_not_guessed(shop: Context, spoil: Callable[[str], str]) -> None:
    campaign = create_campaign(shop, HOLDER, CampaignCreate(name="Later"))
    create_promotion(shop, HOLDER, campaign.id, PROMOTION | {"promotion_name": "More", "promotion_code": "MORE"})
    with shop.database.write() as connection:
        document = connection.execute(select(stored_rulesets.c.document)).scalar_one()
        connection.execute(update(stored_rulesets).values(document=spoil(document)))
    with pytest.raises(Refusal, match="cannot be read by this version of the server"):
        reprice(shop)

"""Many at once, by two processes' worth of connections to one real database: a name and a code are taken once."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from promo_contracts.company.models import CampaignCreate
from promo_contracts.company.queries import CampaignQuery, PromotionQuery
from promo_server.services.campaigns import create_campaign, list_campaigns, update_campaign
from promo_server.services.companies import Holder
from promo_server.services.context import Context, load_company
from promo_server.services.promotion_lists import list_promotions
from promo_server.services.promotions import create_promotion
from promo_server.services.refusal import InvalidFields, Refusal
from tests.promo_server.at_once import at_once, two_servers

HOLDER = Holder("shop", "tests", frozenset())


@pytest.fixture
def contexts(database: str) -> Iterator[list[Context]]:
    with two_servers(database) as made:
        yield made


def promotion(**fields: Any) -> dict[str, Any]:
    return {
        "promotion_name": "Spring",
        "promotion_type": "percentage_discount",
        "description": "",
        "discount_rules": {"discount_value": 20},
        "schedule": {"start_date": "2026-11-22", "end_date": "2026-12-22"},
    } | fields


def stored_codes(context: Context, campaign_id: str) -> list[str]:
    page = list_promotions(context, HOLDER, campaign_id, PromotionQuery())
    return sorted(one.promotion_code for one in page.promotions)


def a_campaign(context: Context) -> str:
    return create_campaign(context, HOLDER, CampaignCreate(name="Spring")).id


def test_a_code_is_given_to_one(contexts: list[Context]) -> None:
    campaign = a_campaign(contexts[0])

    def create(context: Context, number: int) -> object:
        code = ("SPRING20", "spring20")[number % 2]
        return create_promotion(context, HOLDER, campaign, promotion(promotion_name=f"P{number}", promotion_code=code))

    assert at_once(contexts, create) == {"done": 1, "DUPLICATE_PROMOTION_CODE": 7}
    assert len(stored_codes(contexts[0], campaign)) == 1


def test_a_name_is_given_to_one(contexts: list[Context]) -> None:
    campaign = a_campaign(contexts[0])

    def create(context: Context, number: int) -> object:
        return create_promotion(context, HOLDER, campaign, promotion(promotion_code=f"CODE{number}"))

    assert at_once(contexts, create) == {"done": 1, "DUPLICATE_PROMOTION_NAME": 7}
    assert len(stored_codes(contexts[0], campaign)) == 1


def test_each_gets_a_code_of_its_own_when_codes_are_made(contexts: list[Context]) -> None:
    campaign = a_campaign(contexts[0])

    def create(context: Context, number: int) -> object:
        return create_promotion(context, HOLDER, campaign, promotion(promotion_name="Spring" + "!" * number))

    assert at_once(contexts, create) == {"done": 8}
    assert stored_codes(contexts[0], campaign) == ["SPRING", *(f"SPRING{number}" for number in range(2, 9))]


def test_a_campaigns_name_is_given_to_one(contexts: list[Context]) -> None:
    assert at_once(contexts, lambda context, _: [a_campaign(context)]) == {"done": 1, "DUPLICATE_CAMPAIGN_NAME": 7}
    assert list_campaigns(contexts[0], HOLDER, CampaignQuery()).pagination.total_items == 1


def test_a_code_that_is_taken_between_the_look_and_the_write_is_passed_over(
    contexts: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    context = contexts[0]
    campaign = a_campaign(context)
    create_promotion(context, HOLDER, campaign, promotion(promotion_code="SPRING"))
    monkeypatch.setattr("promo_server.services.promotions.free_codes", lambda *_: iter(["SPRING", "SPRING2"]))
    made = create_promotion(context, HOLDER, campaign, promotion(promotion_name="Spring again"))
    assert made.promotion_code == "SPRING2"


def test_what_is_refused_leaves_the_ruleset_as_it_was(contexts: list[Context]) -> None:
    context = contexts[0]
    campaign = a_campaign(context)
    create_promotion(context, HOLDER, campaign, promotion())

    def version() -> int:
        with context.database.read() as connection:
            return load_company(connection, "shop").rules_version

    before = version()
    with pytest.raises(Refusal):
        create_promotion(context, HOLDER, campaign, promotion())
    assert version() == before


def test_amounts_are_judged_in_the_currency_that_the_campaign_has_by_then(
    contexts: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = a_campaign(contexts[0])

    def meanwhile(*_: Any, **__: Any) -> list[Any]:
        update_campaign(contexts[1], HOLDER, campaign, {"currency": "JPY"})
        return []

    monkeypatch.setattr("promo_server.services.promotions.schedule_problems", meanwhile)
    fields = {"promotion_type": "fixed_amount_discount", "discount_rules": {"discount_value": Decimal("9.99")}}
    with pytest.raises(InvalidFields) as refused:
        create_promotion(contexts[0], HOLDER, campaign, promotion(**fields))
    assert [problem.field for problem in refused.value.problems] == ["discount_rules.discount_value"]
    assert stored_codes(contexts[0], campaign) == []

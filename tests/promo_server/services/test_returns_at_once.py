"""Returns at once, by two servers' worth of connections to one real database: no unit is given back twice."""

from collections.abc import Iterator
from typing import Any

import pytest

from promo_contracts.company.models import CampaignCreate, HoldRequest, SettleRequest
from promo_contracts.company.returns import OrderReturn, ReturnRequest
from promo_server.redemption import Event
from promo_server.services.campaigns import create_campaign
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.paging import Page
from promo_server.services.promotions import create_promotion
from promo_server.services.redemptions import hold, settle
from promo_server.services.refusal import InvalidFields
from promo_server.services.returns import list_returns, return_goods
from promo_server.services.rulesets import Rulesets
from promo_server.storage.tables import counters
from tests.promo_server.at_once import at_once, two_servers
from tests.promo_server.conftest import cart
from tests.promo_server.services.test_fault_points import Killed, killed_at

HOLDER = Holder("shop", "tests", frozenset())
SHIRTS = cart() | {"lines": [{"id": "shirt", "sku": "SHIRT", "unit_price": 1000, "quantity": 3}]}
PROMOTION: dict[str, Any] = {
    "promotion_name": "Spring",
    "promotion_type": "fixed_amount_discount",
    "description": "",
    "promotion_code": "SPRING20",
    "discount_rules": {"discount_value": 1},
    "schedule": {"start_date": "2026-11-22", "end_date": "2026-12-22"},
    "usage_limits": {"total_usage_limit": 5, "restored_on_return": True},
}


@pytest.fixture
def contexts(database: str) -> Iterator[list[Context]]:
    """Two servers with one order: three shirts of 10.00, 1.00 off."""
    with two_servers(database) as made:
        campaign = create_campaign(made[0], HOLDER, CampaignCreate(name="Spring"))
        create_promotion(made[0], HOLDER, campaign.id, PROMOTION)
        hold(made[0], Rulesets(made[0]), HOLDER, "o1", HoldRequest(attempt="a", cart=SHIRTS))
        settle(made[0], HOLDER, "o1", Event.CONFIRM, SettleRequest())
        yield made


def give_back(context: Context, return_id: str, units: int = 1, policy: Any = "keep") -> OrderReturn | str:
    request = ReturnRequest(return_id=return_id, lines={"shirt": units}, policy=policy)
    try:
        return return_goods(context, Rulesets(context), HOLDER, "o1", request)
    except InvalidFields as wrong:
        return wrong.problems[0].message


def stored(context: Context) -> list[OrderReturn]:
    return list_returns(context, HOLDER, "o1", Page()).returns


def uses_taken(context: Context) -> list[int]:
    with context.database.read() as connection:
        return [row.used for row in connection.execute(counters.select())]


@pytest.mark.parametrize("policy", ["keep", "reprice"])
def test_of_eight_that_return_a_unit_of_three_three_do(contexts: list[Context], policy: str) -> None:
    done = at_once(contexts, lambda context, number: give_back(context, f"r{number}", policy=policy))
    assert done == {"done": 3, "is back already": 5}
    made = stored(contexts[0])
    assert [one.number for one in made] == [1, 2, 3]
    assert sum(one.amount for one in made) == made[-1].returned.amount == 2900
    assert uses_taken(contexts[0]) == [0]


def test_the_same_request_at_once_is_one_return(contexts: list[Context]) -> None:
    assert at_once(contexts, lambda context, _: give_back(context, "r1", units=3)) == {"done": 8}
    assert [one.amount for one in stored(contexts[0])] == [2900]
    assert uses_taken(contexts[0]) == [0]


def test_of_different_requests_with_one_id_one_is_the_return(contexts: list[Context]) -> None:
    done = at_once(contexts, lambda context, number: give_back(context, "r1", units=1 + number % 2))
    assert done == {"done": 4, "DUPLICATE_RETURN": 4}
    assert len(stored(contexts[0])) == 1


def test_returns_and_a_change_of_limits_at_once_leave_the_counters_true(contexts: list[Context]) -> None:
    from promo_contracts.company.queries import PromotionQuery
    from promo_server.services.promotion_lists import list_promotions
    from promo_server.services.promotion_updates import change_promotion

    (made,) = list_promotions(contexts[0], HOLDER, None, PromotionQuery()).promotions

    def do(context: Context, number: int) -> object:
        if number % 2:
            return give_back(context, f"r{number}") and [number]
        change = {"usage_limits": {"total_usage_limit": 6 + number}}
        return change_promotion(context, HOLDER, made.campaign_id, made.promotion_id, change)

    assert at_once(contexts, do) == {"done": 8}
    assert uses_taken(contexts[0]) in ([0], [])
    (now,) = list_promotions(contexts[0], HOLDER, None, PromotionQuery()).promotions
    assert now.usage_limits.current_usage.remaining_uses == now.usage_limits.total_usage_limit


FEWEST = 10
"""Statements of a return of everything, from the lock to COMMIT."""


def is_killed(context: Context, number: int) -> bool:
    with killed_at(context, number):
        try:
            give_back(context, "r1", units=3)
        except Killed:
            return True
    return False


def test_a_return_that_is_killed_at_any_statement_gave_nothing_back(contexts: list[Context]) -> None:
    context, number = contexts[0], 1
    while is_killed(context, number):
        assert (stored(context), uses_taken(context)) == ([], [1])
        number += 1
    assert ([one.amount for one in stored(context)], uses_taken(context)) == ([2900], [0])
    assert number >= FEWEST

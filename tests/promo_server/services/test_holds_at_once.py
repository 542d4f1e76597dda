"""Holds that several servers are asked for at once, on one real database."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from promo_contracts.company.models import CampaignCreate, HoldRequest, SettleRequest
from promo_server.redemption import Event, State
from promo_server.services.campaigns import create_campaign
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.expiry import sweep
from promo_server.services.promotions import create_promotion
from promo_server.services.redemptions import hold, settle
from promo_server.services.rulesets import Rulesets
from promo_server.storage.tables import counters, redemptions, uses
from tests.promo_server.at_once import THREADS, at_once, two_servers
from tests.promo_server.conftest import NOON, cart

HOLDER = Holder("shop", "tests", frozenset())


class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def contexts(database: str, clock: Clock) -> Iterator[list[Context]]:
    with two_servers(database, clock) as made:
        yield made
        check_books(made[0])


def check_books(context: Context) -> None:
    """Hold each counter to the redemptions that count: the books must balance, whatever happened."""
    with context.database.read() as connection:
        counting = [state.value for state in State if state.counts_uses]
        query = select(uses.c.counted).join(redemptions, redemptions.c.reference == uses.c.reference)
        taken: Counter[tuple[str, str, str]] = Counter()
        for (counted,) in connection.execute(query.where(redemptions.c.state.in_(counting))):
            for promotion_id, scope, key, _, amount in json.loads(counted):
                taken[promotion_id, scope, key] += amount
        columns = (counters.c.promotion_id, counters.c.scope, counters.c.key, counters.c.used)
        booked = {(row[0], row[1], row[2]): row[3] for row in connection.execute(select(*columns)) if row[3]}
    assert booked == taken


def promote(context: Context, *codes: str, **fields: Any) -> None:
    campaign = create_campaign(context, HOLDER, CampaignCreate(name="Spring"))
    for code in codes or ("SPRING20",):
        body = {
            "promotion_name": code,
            "promotion_type": "percentage_discount",
            "description": "",
            "promotion_code": code,
            "discount_rules": {"discount_value": 10},
            "schedule": {"start_date": "2026-11-22", "end_date": "2026-12-22"},
            "stackable": True,
        }
        create_promotion(context, HOLDER, campaign.id, body | fields)


def hold_of(context: Context, reference: str, *codes: str, attempt: str = "a", **fields: Any) -> str:
    """Hold, and say what it came to: the discount, and why a code did not apply."""
    request = HoldRequest(attempt=attempt, cart=cart("7", *codes), **fields)
    evaluation = hold(context, Rulesets(context), HOLDER, reference, request).evaluation
    reasons = [one["reason"] for one in evaluation["codes"] if not one["applied"]]
    return " ".join([str(len(evaluation["applied"])), *reasons])


@pytest.mark.parametrize("limit", [1, 3])
def test_a_limit_admits_so_many_and_the_others_are_told_which(contexts: list[Context], limit: int) -> None:
    promote(contexts[0], usage_limits={"total_usage_limit": limit})
    held = at_once(contexts, lambda context, number: hold_of(context, f"o{number}"))
    assert held == {"1": limit, "0 limit_total": THREADS - limit}


def test_a_budget_that_may_be_used_up_is_used_up_to_the_last_cent(contexts: list[Context]) -> None:
    promote(contexts[0], discount_rules={"discount_value": 20, "budget_amount": 40, "budget_overrun": "up_to"})
    held = at_once(contexts, lambda context, number: hold_of(context, f"o{number}"))
    assert held == {"1": 4, "0 limit_budget": 4}  # 11.98 three times, then 4.06


def test_one_checkout_asked_for_many_times_is_one(contexts: list[Context]) -> None:
    promote(contexts[0], usage_limits={"total_usage_limit": 5})
    held = at_once(contexts, lambda context, _: hold_of(context, "o1"))
    assert held == {"1": THREADS}
    with contexts[0].database.read() as connection:
        assert len(connection.execute(select(uses)).all()) == 1


def test_of_many_attempts_at_one_checkout_one_goes_on(contexts: list[Context]) -> None:
    promote(contexts[0])
    held = at_once(contexts, lambda context, number: hold_of(context, "o1", attempt=str(number)))
    assert held == {"1": 1, "CHECKOUT_IN_FLIGHT": THREADS - 1}


def test_promotions_of_one_cart_are_taken_whatever_their_order(contexts: list[Context]) -> None:
    codes = ["AAAA", "BBBB", "CCCC"]
    promote(contexts[0], *codes, usage_limits={"total_usage_limit": 5, "daily_usage_limit": 5})

    def ask(context: Context, number: int) -> str:
        return hold_of(context, f"o{number}", *(codes if number % 4 < 2 else reversed(codes)))

    assert at_once(contexts, ask) == {"3": 5, "0 limit_total limit_total limit_total": 3}


def test_carts_that_change_while_others_are_held_and_released_leave_the_books_right(contexts: list[Context]) -> None:
    promote(contexts[0], "AAAA", "BBBB", usage_limits={"total_usage_limit": 4})

    def shop(context: Context, number: int) -> str:
        reference = f"o{number % 3}"
        for turn in range(6):
            code = ("AAAA", "BBBB")[(number + turn) % 2]
            hold_of(context, reference, code, attempt=f"{number}-{turn}", lease_seconds=0)
        settle(context, HOLDER, f"o{number % 3}", Event.DOUBT, SettleRequest())
        return "done"

    # One that is in doubt admits no further hold.
    assert set(at_once(contexts, shop)) <= {"done", "REDEMPTION_CLOSED"}


def test_what_has_lapsed_is_given_back_once(contexts: list[Context], clock: Clock) -> None:
    promote(contexts[0], usage_limits={"total_usage_limit": 20})
    for number in range(20):
        hold_of(contexts[0], f"o{number}", lease_seconds=60 * (number % 2), ttl_seconds=60)
    clock.now += timedelta(minutes=2)
    at_once(contexts, lambda context, _: sweep(context))
    held = at_once(contexts, lambda context, number: hold_of(context, f"new{number}"))
    assert held == {"1": THREADS}
    with contexts[0].database.read() as connection:
        states = Counter(connection.execute(select(redemptions.c.state)).scalars())
    assert states == {"expired": 10, "in_doubt": 10, "held": THREADS}


def test_of_late_confirms_so_many_are_confirmed_as_uses_are_left(contexts: list[Context], clock: Clock) -> None:
    promote(contexts[0], usage_limits={"total_usage_limit": 8})
    for number in range(THREADS):
        hold_of(contexts[0], f"o{number}", lease_seconds=0, ttl_seconds=60)
    clock.now += timedelta(minutes=2)
    for number in range(3):
        hold_of(contexts[0], f"new{number}")

    def confirm(context: Context, number: int) -> str:
        return settle(context, HOLDER, f"o{number}", Event.CONFIRM, SettleRequest()).state

    assert at_once(contexts, confirm) == {"confirmed": 5, "HOLD_EXPIRED": 3}


def test_who_always_comes_too_late_is_told_so_in_the_end(
    contexts: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(contexts[0], usage_limits={"total_usage_limit": 1})
    hold_of(contexts[0], "o1")
    for seen in ("uses", "first_holds"):
        # What is read is old, time and again.
        monkeypatch.setattr(f"promo_server.services.{seen}.used_of", lambda *_: {})
    assert hold_of(contexts[1], "o2") == "0 limit_total"

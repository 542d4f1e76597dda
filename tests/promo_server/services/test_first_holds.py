"""Holds that share a transaction: each as if it were alone, in their order."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from promo_contracts.company.models import HoldRequest, Redemption
from promo_server.services.context import Context
from promo_server.services.first_holds import Asked, hold_together
from promo_server.services.redemptions import get_redemption, hold
from promo_server.services.refusal import InvalidFields, Refusal
from promo_server.services.rulesets import Rulesets
from promo_server.storage import UnknownOutcomeError
from promo_server.storage.tables import redemptions
from tests.databases import Databases, end_commits_of
from tests.promo_server.at_once import two_servers
from tests.promo_server.conftest import NOON, cart
from tests.promo_server.services.test_holds_at_once import HOLDER, check_books, promote


class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(database: str, clock: Clock) -> Iterator[Context]:
    with two_servers(database, clock) as made:
        yield made[0]
        check_books(made[0])


def asked(context: Context, reference: str, customer: str = "7", **fields: Any) -> Asked:
    request = HoldRequest.model_validate({"attempt": "a", "cart": cart(customer)} | fields)
    return Asked(Rulesets(context), reference, request)


def told(context: Context, *all_of_them: Asked) -> list[str]:
    """Hold together, and say what each came to: the discount or why there is none, a refusal's name, or alone."""
    return [_said(one) for one in hold_together(context, "shop", all_of_them)]


def _said(outcome: Redemption | Refusal | InvalidFields | None) -> str:
    match outcome:
        case Redemption():
            return str(outcome.evaluation["codes"][0].get("reason") or outcome.undiscounted - outcome.amount_due)
        case Refusal():
            return outcome.code
        case InvalidFields():
            return outcome.problems[0].field
    return "alone"


def stored(context: Context) -> list[str]:
    with context.database.read() as connection:
        return list(connection.execute(select(redemptions.c.reference).order_by(redemptions.c.held_at)).scalars())


def test_the_first_get_what_there_is_and_the_others_are_told_which_limit_it_was(context: Context) -> None:
    promote(context, usage_limits={"total_usage_limit": 2})
    assert told(context, *(asked(context, one) for one in "zya")) == ["599", "599", "limit_total"]
    assert stored(context) == ["z", "y", "a"]


def test_each_customer_has_a_limit(context: Context) -> None:
    promote(context, usage_limits={"per_customer_limit": 1, "daily_usage_limit": 2})
    customers = ["7", "7", "8", "9"]
    wanted = [asked(context, f"o{place}", customer) for place, customer in enumerate(customers)]
    assert told(context, *wanted) == ["599", "limit_customer", "599", "limit_daily"]


def test_a_budget_is_used_up_to_the_last_cent(context: Context) -> None:
    rules = {"discount_value": 20, "budget_amount": 30, "budget_overrun": "up_to"}
    promote(context, discount_rules=rules)
    assert told(context, *(asked(context, one) for one in "abcd")) == ["1198", "1198", "604", "limit_budget"]


def test_what_is_wrong_with_one_is_told_to_it_alone_and_takes_nothing(context: Context) -> None:
    promote(context, usage_limits={"total_usage_limit": 2})
    wanted = [asked(context, "o1", shown=1), asked(context, "o2", cart={}), asked(context, "o3")]
    assert told(context, *wanted) == ["TOTAL_CHANGED", "cart.currency", "599"]
    assert stored(context) == ["o3"]


def test_a_reference_that_is_there_or_comes_twice_is_held_alone(context: Context) -> None:
    promote(context, usage_limits={"total_usage_limit": 5})
    hold(context, Rulesets(context), HOLDER, "o1", HoldRequest(attempt="a", cart=cart()))
    assert told(context, *(asked(context, one) for one in ("o1", "o2", "o2"))) == ["alone", "599", "alone"]


def test_who_is_refused_may_have_the_hold_already(context: Context) -> None:
    promote(context, usage_limits={"total_usage_limit": 1})
    request = HoldRequest(attempt="a", cart=cart(), shown=5391)
    first = hold(context, Rulesets(context), HOLDER, "o1", request)
    assert hold(context, Rulesets(context), HOLDER, "o1", request) == first


def test_when_a_counter_was_raised_meanwhile_nothing_is_stored_and_all_are_held_alone(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(context, usage_limits={"total_usage_limit": 1})
    told(context, asked(context, "o1"))
    monkeypatch.setattr("promo_server.services.first_holds.used_of", lambda *_: {})
    assert told(context, asked(context, "o2"), asked(context, "o3", cart=cart("7", "NONE"))) == ["alone", "alone"]
    assert stored(context) == ["o1"]


def test_what_one_runs_into_is_not_the_others_fault(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    promote(context)
    monkeypatch.setattr("promo_server.services.first_holds.MICROSECOND", None)  # a mistake of ours
    assert told(context, asked(context, "o1"), asked(context, "o2")) == ["alone", "alone"]
    with pytest.raises(TypeError):
        told(context, asked(context, "o1"))
    assert stored(context) == []


def test_who_was_stored_or_not_is_not_held_again(databases: Databases, tmp_path: Path) -> None:
    with databases.fresh("postgresql", tmp_path) as url, two_servers(url) as made:
        promote(made[0])
        end_commits_of(made[0].database, "redemptions")
        with pytest.raises(UnknownOutcomeError):
            told(made[0], asked(made[0], "o1"), asked(made[0], "o2"))


def test_a_limit_is_believed_only_when_time_has_nothing_to_give_back(context: Context, clock: Clock) -> None:
    promote(context, usage_limits={"total_usage_limit": 1})
    told(context, asked(context, "o1", lease_seconds=0, ttl_seconds=60))
    clock.now += timedelta(minutes=2)
    assert told(context, asked(context, "o2")) == ["alone"]
    held = hold(context, Rulesets(context), HOLDER, "o2", HoldRequest(attempt="a", cart=cart()))
    assert _said(held) == "599"


def test_what_is_answered_is_what_is_stored(context: Context) -> None:
    promote(context)
    [held] = hold_together(context, "shop", [asked(context, "o1")])
    assert held == get_redemption(context, HOLDER, "o1")

"""Holds that several servers are asked for at once, on one real database."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from pkgutil import resolve_name
from typing import Any

import pytest
from sqlalchemy import select, text

from promo_contracts.company.models import (
    CampaignCreate,
    CodeBatch,
    CodeBatchCreate,
    CodeCreate,
    HoldRequest,
    SettleRequest,
)
from promo_server.redemption import Event, State
from promo_server.services.campaigns import create_campaign
from promo_server.services.code_batches import create_code_batch
from promo_server.services.companies import Holder
from promo_server.services.context import Context
from promo_server.services.expiry import sweep
from promo_server.services.promotion_codes import create_code
from promo_server.services.promotion_updates import change_promotion
from promo_server.services.promotions import create_promotion
from promo_server.services.redemptions import hold, settle
from promo_server.services.rulesets import Rulesets
from promo_server.storage import Database
from promo_server.storage.tables import counters, redemptions, uses
from tests.databases import ON_POSTGRESQL
from tests.promo_server.at_once import THREADS, at_once, two_servers
from tests.promo_server.conftest import NOON, cart

HOLDER = Holder("shop", "tests", frozenset())
EVALUATE = "promo_server.services.first_holds.left_of"
GIVE_BACK = "promo_server.services.redemptions.give_back"
EXPIRE = "promo_server.services.expiry.give_back"


BODY: dict[str, Any] = {
    "promotion_type": "percentage_discount",
    "description": "",
    "discount_rules": {"discount_value": 10},
    "schedule": {"start_date": "2026-11-22", "end_date": "2026-12-22"},
    "stackable": True,
}


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


def promote(context: Context, *codes: str, **fields: Any) -> tuple[str, str]:
    made = None
    campaign = create_campaign(context, HOLDER, CampaignCreate(name="Spring"))
    for code in codes or ("SPRING20",):
        body = BODY | {"promotion_name": code, "promotion_code": code}
        made = create_promotion(context, HOLDER, campaign.id, body | fields)
    assert made is not None
    return campaign.id, made.promotion_id


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


def further_code(context: Context, promotion: tuple[str, str], code: str, max_uses: int | None) -> None:
    create_code(context, HOLDER, *promotion, CodeCreate(promotion_code=code, max_uses=max_uses))


@pytest.mark.parametrize("limit", [1, 3])
def test_a_code_admits_so_many_and_the_others_are_told_that_it_is_used(contexts: list[Context], limit: int) -> None:
    promotion = promote(contexts[0])
    further_code(contexts[0], promotion, "FRIENDS20", limit)
    typed = ("FRIENDS20", " friends20", "Friends20\t")
    held = at_once(contexts, lambda context, number: hold_of(context, f"o{number}", typed[number % 3]))
    assert held == {"1": limit, "0 limit_code": THREADS - limit}


def test_codes_and_promotions_of_one_cart_are_taken_together_or_not_at_all(contexts: list[Context]) -> None:
    limited = promote(contexts[0], "AAAA", "BBBB", usage_limits={"total_usage_limit": 6})
    further_code(contexts[0], limited, "FRIENDS20", 4)
    codes = ["AAAA", "FRIENDS20"]

    def ask(context: Context, number: int) -> str:
        return hold_of(context, f"o{number}", *(codes if number % 4 < 2 else reversed(codes)))

    assert at_once(contexts, ask) == {"2": 4, "1 limit_code": 2, "0 limit_total limit_code": 2}


def test_codes_that_lapsed_are_given_back_to_who_asks_then(contexts: list[Context], clock: Clock) -> None:
    further_code(contexts[0], promote(contexts[0]), "FRIENDS20", 2)
    for number in range(2):
        assert hold_of(contexts[0], f"o{number}", "FRIENDS20", lease_seconds=0, ttl_seconds=60) == "1"
    clock.now += timedelta(minutes=2)
    held = at_once(contexts, lambda context, number: hold_of(context, f"new{number}", "FRIENDS20"))
    assert held == {"1": 2, "0 limit_code": THREADS - 2}


def test_who_always_comes_too_late_for_a_code_is_told_so_in_the_end(
    contexts: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    further_code(contexts[0], promote(contexts[0]), "FRIENDS20", 1)
    hold_of(contexts[0], "o1", "FRIENDS20")
    for seen in ("uses", "first_holds"):
        monkeypatch.setattr(f"promo_server.services.{seen}.used_of", lambda *_: {})
    assert hold_of(contexts[1], "o2", "FRIENDS20") == "0 limit_code"


def test_one_code_given_to_many_promotions_at_once_is_one_promotions(contexts: list[Context]) -> None:
    campaign, promotion = promote(contexts[0])
    body = CodeCreate(promotion_code="FRIENDS20")

    def give(context: Context, number: int) -> str:
        if number % 2:
            create_code(context, HOLDER, campaign, promotion, body)
        else:
            fields = {"promotion_name": f"P{number}", "promotion_code": "friends20"}
            create_promotion(context, HOLDER, campaign, BODY | fields)
        return "made"

    assert at_once(contexts, give) == {"made": 1, "DUPLICATE_PROMOTION_CODE": THREADS - 1}


def test_one_batch_asked_for_many_times_at_once_is_one(contexts: list[Context]) -> None:
    promotion = promote(contexts[0])
    request = CodeBatchCreate(batch_id="mailing-7", count=20, max_uses=1)
    made: list[CodeBatch] = []
    at_once(contexts, lambda context, _: made.append(create_code_batch(context, HOLDER, *promotion, request)))
    assert len(made) == THREADS
    assert {tuple(one.promotion_code for one in batch.codes) for batch in made} == {
        tuple(one.promotion_code for one in made[0].codes)
    }
    assert len(made[0].codes) == 20


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


def limit_to(context: Context, promotion: tuple[str, str], total: int | None) -> str:
    limits = {"usage_limits": {"total_usage_limit": total, "per_customer_limit": total}}
    change_promotion(context, HOLDER, *promotion, limits)
    return "limited"


@contextmanager
def overtaken(contexts: list[Context], at: str, change: Callable[[], str]) -> Iterator[None]:
    """Have another server begin a change when a service of ours has done a step, and see what becomes of both."""
    changes: list[Future[str]] = []
    step = resolve_name(at)

    def step_and_wait(*args: Any, **kwargs: Any) -> Any:
        done = step(*args, **kwargs)
        changes.append(pool.submit(change))
        while not changes[0].done() and not somebody_waits(contexts[0].database):
            pass
        return done

    with ThreadPoolExecutor(1) as pool, pytest.MonkeyPatch.context() as patched:
        patched.setattr(at, step_and_wait)
        yield
        assert changes[0].result() == "limited"


def somebody_waits(database: Database) -> bool:
    """Whether a transaction waits for another; on SQLite all who write do so before they begin."""
    if database.is_writer_alone:
        return True
    here = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    waiting = text(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND {here}")
    with database.read() as connection:
        return bool(connection.execute(waiting).scalar_one())


def test_a_hold_that_was_priced_before_there_was_a_limit_is_counted_under_it(contexts: list[Context]) -> None:
    promotion = promote(contexts[0])
    with overtaken(contexts, EVALUATE, lambda: limit_to(contexts[1], promotion, 1)):
        assert hold_of(contexts[0], "o1") == "1"
    assert hold_of(contexts[0], "o2") == "0 limit_total"


@ON_POSTGRESQL
def test_a_hold_does_not_wait_for_another_of_its_company(contexts: list[Context]) -> None:
    promote(contexts[0])
    step, done = resolve_name(EVALUATE), list[str]()

    def let_another_pass(*args: Any, **kwargs: Any) -> Any:
        if not done:
            done.append("begun")
            done.append(pool.submit(hold_of, contexts[1], "o2").result(timeout=5))
        return step(*args, **kwargs)

    with ThreadPoolExecutor(1) as pool, pytest.MonkeyPatch.context() as patched:
        patched.setattr(EVALUATE, let_another_pass)
        assert hold_of(contexts[0], "o1") == "1"
    assert done == ["begun", "1"]


def test_a_use_that_is_given_back_while_limits_change_is_free(contexts: list[Context]) -> None:
    promotion = promote(contexts[0], usage_limits={"total_usage_limit": 5})
    hold_of(contexts[0], "o1")
    with overtaken(contexts, GIVE_BACK, lambda: limit_to(contexts[1], promotion, 1)):
        settle(contexts[0], HOLDER, "o1", Event.RELEASE, SettleRequest())
    assert hold_of(contexts[0], "o2") == "1"


def test_a_use_that_expires_while_limits_change_is_free(contexts: list[Context], clock: Clock) -> None:
    promotion = promote(contexts[0], usage_limits={"total_usage_limit": 5})
    hold_of(contexts[0], "o1", lease_seconds=0, ttl_seconds=60)
    clock.now += timedelta(minutes=2)
    with overtaken(contexts, EXPIRE, lambda: limit_to(contexts[1], promotion, 1)):
        sweep(contexts[0])
    assert hold_of(contexts[0], "o2") == "1"


def test_holds_that_come_and_go_while_limits_change_leave_the_books_right(contexts: list[Context]) -> None:
    promotion = promote(contexts[0])

    def shop(context: Context, number: int) -> str:
        for turn in range(5):
            if number == 0:
                limit_to(context, promotion, (None, 1_000)[turn % 2])
                continue
            hold_of(context, f"o{number}-{turn}")
            if turn % 2:
                settle(context, HOLDER, f"o{number}-{turn}", Event.RELEASE, SettleRequest())
        return "done"

    assert at_once(contexts, shop) == {"done": THREADS}
    limit_to(contexts[0], promotion, 22)
    assert hold_of(contexts[0], "last") == "1"
    assert hold_of(contexts[0], "too late") == "0 limit_total"

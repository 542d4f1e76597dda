"""Whatever checkouts do to value stores, all books say the same; and what is killed at any statement did nothing."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from promo_contracts import read_json
from promo_contracts.company.models import HoldRequest, SettleRequest
from promo_contracts.lightrail.models import CustomerCreate
from promo_engine.testing import installed_types
from promo_server.redemption import Event, State
from promo_server.services.companies import Holder, create_company
from promo_server.services.context import Context, create_context
from promo_server.services.expiry import clear_lapsed
from promo_server.services.lightrail.audit import unbalanced
from promo_server.services.lightrail.customers import create_customer
from promo_server.services.lightrail.transactions import credit, debit
from promo_server.services.redemptions import hold, settle
from promo_server.services.refusal import Refusal
from promo_server.services.rulesets import Rulesets
from promo_server.storage.tables import redemptions
from promo_server.storage.value_tables import value_stores
from tests.promo_server.conftest import NOON
from tests.promo_server.services.lightrail.books import credit_of, debit_of, store
from tests.promo_server.services.redemption_shop import Clock
from tests.promo_server.services.test_fault_points import FEWEST, Killed, killed_at

OPENED = {"sign-up": 500, "account": 2_000, "gift": 1_500, "open": 400}
NUMBERS = count()
Action: TypeAlias = tuple[Any, ...]


class Till:
    """A company with value stores, and checkouts of it."""

    def __init__(self, context: Context, clock: Clock) -> None:
        self.context, self.clock = context, clock
        clock.now = NOON
        self.holder = Holder(f"shop-{next(NUMBERS)}", "tests", frozenset())
        self.rulesets = Rulesets(context)
        self.moved: Counter[str] = Counter(OPENED)
        create_company(context, company_id=self.holder.company_id, name="Shop")
        create_customer(context, self.holder, CustomerCreate(customerId="alice"))
        store(context, "sign-up", holder=self.holder, value=500, customerId="alice", discount=True)
        store(context, "account", holder=self.holder, value=2_000, customerId="alice")
        store(context, "gift", holder=self.holder, value=1_500, code="GIFT", access="publicCode")
        store(context, "open", holder=self.holder, value=400, code="OPEN", access="publicCode", uses=2, discount=True)

    def do(self, action: Action) -> None:
        """Do something; what is refused did nothing."""
        kind, *rest = action
        try:
            getattr(self, kind)(*rest)
        except Refusal:
            return

    def hold(self, reference: str, price: int, is_alice: bool, codes: tuple[str, ...]) -> None:
        who: dict[str, Any] = {"customer": {"id": "alice"}} if is_alice else {}
        cart = {"currency": "USD", "lines": [{"id": "l1", "unit_price": price}], "codes": list(codes), **who}
        body = {"attempt": f"a{price}", "cart": cart, "lease_seconds": 0, "ttl_seconds": 60}
        request = HoldRequest.model_validate(body)
        hold(self.context, self.rulesets, self.holder, reference, request)

    def settle(self, reference: str, event: Event) -> None:
        settle(self.context, self.holder, reference, event, SettleRequest())

    def wait(self, seconds: int) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def spend(self, own_id: str, amount: int) -> None:
        debit(self.context, self.holder, debit_of(f"t{next(NUMBERS)}", own_id, amount))
        self.moved[own_id] -= amount

    def fill(self, own_id: str, amount: int) -> None:
        credit(self.context, self.holder, credit_of(f"t{next(NUMBERS)}", own_id, amount))
        self.moved[own_id] += amount

    def check_books(self) -> None:
        """Hold each balance to what the redemptions that count say that they took, and these to what they charge."""
        company = self.holder.company_id
        self.context.database.transact(lambda one: clear_lapsed(one, company, self.clock.now))
        with self.context.database.read() as connection:
            rows = connection.execute(select(redemptions).where(redemptions.c.company_id == company)).all()
            stores = connection.execute(select(value_stores).where(value_stores.c.company_id == company)).all()
            assert unbalanced(connection) == []
        taken: Counter[str] = Counter()
        for row in rows:
            evaluation = read_json(row.evaluation.encode())
            own = [(one["id"], one["discount"]) for one in evaluation["applied"]]
            own += [(one["id"], one["amount"]) for one in evaluation.get("credits", ())]
            assert row.undiscounted - row.amount_due == sum(amount for _, amount in own)
            if State(row.state).counts_uses:
                taken.update(dict(own))
        assert {one.id: one.balance for one in stores} == {one: self.moved[one] - taken[one] for one in OPENED}

    def standing(self) -> tuple[Any, ...]:
        """Return what can be told apart of redemptions and balances."""
        with self.context.database.read() as connection:
            own = (redemptions.c.reference, redemptions.c.state, redemptions.c.amount_due)
            rows = connection.execute(select(*own).where(redemptions.c.company_id == self.holder.company_id)).all()
            held = (value_stores.c.id, value_stores.c.balance, value_stores.c.uses)
            stores = connection.execute(select(*held).where(value_stores.c.company_id == self.holder.company_id)).all()
        return sorted(map(tuple, rows)), sorted(map(tuple, stores))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(database: str, clock: Clock) -> Iterator[Context]:
    made = create_context(database, types=installed_types(), clock=clock)
    yield made
    made.database.close()


references = st.sampled_from(["o1", "o2", "o3"])
events = st.sampled_from([Event.CONFIRM, Event.RELEASE, Event.DOUBT])
codes = st.sampled_from([(), ("gift",), ("OPEN",), ("GIFT", "open")])
own_ids = st.sampled_from(sorted(OPENED))
holds = st.tuples(st.just("hold"), references, st.integers(0, 4_000), st.booleans(), codes)
settlements = st.tuples(st.just("settle"), references, events)
moves = st.tuples(st.sampled_from(["spend", "fill"]), own_ids, st.integers(1, 1_000))
waits = st.tuples(st.just("wait"), st.sampled_from([30, 61]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=st.lists(st.one_of(holds, holds, settlements, settlements, moves, waits), max_size=14))
def test_balances_redemptions_evaluations_and_charges_agree(
    context: Context, clock: Clock, actions: list[Action]
) -> None:
    till = Till(context, clock)
    for action in actions:
        till.do(action)
        till.check_books()


A_HOLD = ("hold", "o1", 4_000, True, ("GIFT", "OPEN"))
CASES: dict[str, tuple[list[Action], Action]] = {
    "hold": ([], A_HOLD),
    "swap": ([A_HOLD], ("hold", "o1", 900, True, ("GIFT",))),
    "confirm": ([A_HOLD], ("settle", "o1", Event.CONFIRM)),
    "release": ([A_HOLD], ("settle", "o1", Event.RELEASE)),
    "confirm what has expired": ([A_HOLD, ("wait", 61)], ("settle", "o1", Event.CONFIRM)),
    "hold after another lapsed": ([A_HOLD, ("wait", 61)], ("hold", "o2", 4_000, True, ("GIFT",))),
}


@pytest.mark.parametrize("case", CASES)
def test_what_was_killed_at_any_statement_took_nothing_twice(context: Context, clock: Clock, case: str) -> None:
    before, action = CASES[case]
    for number in count(1):
        till, done = Till(context, clock), Till(context, clock)
        for one in before:
            till.do(one)
            done.do(one)
        done.do(action)
        with killed_at(context, number):
            try:
                till.do(action)
                is_killed = False
            except Killed:
                is_killed = True
        till.check_books()
        till.do(action)
        assert till.standing() == done.standing()
        if not is_killed:
            assert number > FEWEST
            break

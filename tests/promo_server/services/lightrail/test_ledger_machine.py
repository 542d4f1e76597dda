"""The ledger is held to a model: whatever is asked, however often, however late, no unit comes or goes unaccounted."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from promo_contracts import Scope
from promo_contracts.lightrail.models import CustomerCreate, ValueStoreCreate
from promo_contracts.lightrail.transactions import (
    CreditRequest,
    DebitRequest,
    OrderRequest,
    ReverseRequest,
    SettleRequest,
    TransferRequest,
)
from promo_engine.testing import installed_types
from promo_server.services.companies import Holder, create_company
from promo_server.services.context import Context, create_context
from promo_server.services.lightrail import customers, expiry, issuing, orders, settling, transactions, value_stores
from promo_server.services.refusal import Refusal
from tests.promo_server.conftest import NOON
from tests.promo_server.services.lightrail.books import balances, check_books, party
from tests.promo_server.services.lightrail.value_model import Kept, Model, Refused

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "12"))
STEPS = int(os.environ.get("LEDGER_STEPS", "25"))

STORES = ["a", "b", "c", "d"]
IDS = [f"t{number}" for number in range(12)]
CURRENCIES = ["USD", "USD", "USD", "EUR"]
AMOUNTS = st.sampled_from([1, 5, 30, 50, 100, 400])
STORE, ID, CURRENCY = st.sampled_from(STORES), st.sampled_from(IDS), st.sampled_from(CURRENCIES)
FLAG = st.sampled_from([False, False, False, True])
PENDING = st.sampled_from([0, 0, 1, 24])


@dataclass
class Clock:
    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now


class Ledger(RuleBasedStateMachine):
    """Four value stores of a company, one of two customers, and a dozen ids that come again."""

    def __init__(self, context: Context, clock: Clock, company_id: str) -> None:
        super().__init__()
        clock.now = NOON
        self.clock, self.context = clock, context
        create_company(context, company_id=company_id, name=company_id)
        self.holder = Holder(company_id, "tests", frozenset({Scope.ADMIN}))
        self.model = Model(NOON)
        for name in ("alice", "bob"):
            customers.create_customer(context, self.holder, CustomerCreate(customerId=name))

    @rule(
        store=STORE,
        currency=CURRENCY,
        value=st.sampled_from([0, 50, 100, 101, 500]),
        uses=st.sampled_from([None, None, 0, 1, 2]),
        discount=st.booleans(),
        customer=st.sampled_from(["alice", "alice", "bob", None]),
    )
    def create(
        self, store: str, currency: str, value: int, uses: int | None, discount: bool, customer: str | None
    ) -> None:
        if any(
            one.customer == customer and one.value == value for one in self.model.stores.values()
        ):  # which of equal ones pays first is nobody's promise
            value += 1 + len(self.model.stores)
        body = ValueStoreCreate(
            valueStoreId=store, currency=currency, value=value, uses=uses, discount=discount, customerId=customer
        )

        def ask() -> None:
            issuing.create_value_store(self.context, self.holder, body)

        kept = Kept(currency, value, uses, discount, customer=customer)
        self.both(lambda: self.model.create(store, kept), ask)

    @rule(own=ID, store=STORE, currency=CURRENCY, amount=AMOUNTS, uses=st.sampled_from([0, 0, 1, 2]), rest=FLAG,
          pending=PENDING, dry=FLAG)  # fmt: skip
    def debit(
        self, own: str, store: str, currency: str, amount: int, uses: int, rest: bool, pending: int, dry: bool
    ) -> None:
        body = DebitRequest(
            transactionId=own,
            source=party(store),
            currency=currency,
            amount=amount,
            uses=uses or None,
            allowRemainder=rest,
            pending=f"PT{pending}H" if pending else False,
            simulate=dry,
        )
        self.both(
            lambda: self.model.debit(own, store, currency, amount, uses, rest=rest, pending=pending, dry=dry),
            lambda: transactions.debit(self.context, self.holder, body).remainder,
        )

    @rule(own=ID, store=STORE, currency=CURRENCY, amount=AMOUNTS, dry=FLAG)
    def credit(self, own: str, store: str, currency: str, amount: int, dry: bool) -> None:
        body = CreditRequest(
            transactionId=own, destination=party(store), currency=currency, amount=amount, simulate=dry
        )
        self.both(
            lambda: self.model.credit(own, store, currency, amount, dry=dry),
            lambda: transactions.credit(self.context, self.holder, body).remainder,
        )

    @rule(own=ID, source=STORE, to=STORE, currency=CURRENCY, amount=AMOUNTS, rest=FLAG, dry=FLAG)
    def transfer(self, own: str, source: str, to: str, currency: str, amount: int, rest: bool, dry: bool) -> None:
        body = TransferRequest(
            transactionId=own,
            source=party(source),
            destination=party(to),
            currency=currency,
            amount=amount,
            allowRemainder=rest,
            simulate=dry,
        )
        self.both(
            lambda: self.model.transfer(own, source, to, currency, amount, rest=rest, dry=dry),
            lambda: transactions.transfer(self.context, self.holder, body).remainder,
        )

    @rule(own=ID, customer=st.sampled_from(["alice", "bob"]), currency=CURRENCY, price=AMOUNTS, rest=st.booleans(),
          pending=PENDING, dry=FLAG)  # fmt: skip
    def order(self, own: str, customer: str, currency: str, price: int, rest: bool, pending: int, dry: bool) -> None:
        body = OrderRequest.model_validate(
            {
                "transactionId": own,
                "currency": currency,
                "lineItems": [{"unitPrice": price}],
                "sources": [{"rail": "lightrail", "customerId": customer}],
                "allowRemainder": rest,
                "pending": f"PT{pending}H" if pending else False,
                "simulate": dry,
            }
        )
        self.both(
            lambda: self.model.order(own, customer, currency, price, rest=rest, pending=pending, dry=dry),
            lambda: orders.process_order(self.context, self.holder, body).remainder,
        )

    @rule(how=st.sampled_from(["capture", "void", "reverse"]), of=st.sampled_from([*IDS, *STORES]), own=ID)
    def settle(self, how: str, of: str, own: str) -> None:
        def ask() -> None:
            if how == "reverse":
                settling.reverse(self.context, self.holder, of, ReverseRequest(transactionId=own))
            else:
                change = settling.capture if how == "capture" else settling.void
                change(self.context, self.holder, of, SettleRequest(transactionId=own))

        self.both(lambda: self.model.settle(how, of, own), ask)

    @rule(store=STORE, frozen=FLAG, active=st.sampled_from([True, True, False]))
    def change(self, store: str, frozen: bool, active: bool) -> None:
        if store in self.model.stores:
            kept = self.model.stores[store]
            kept.is_frozen, kept.is_active = frozen, active
            value_stores.update_value_store(self.context, self.holder, store, {"frozen": frozen, "active": active})

    @rule(hours=st.sampled_from([0.5, 1, 23, 24]))
    def pass_by(self, hours: float) -> None:
        self.clock.now += timedelta(hours=hours)
        self.model.pass_time(timedelta(hours=hours))

    @rule()
    def sweep(self) -> None:
        expiry.sweep_values(self.context)

    def both(self, expected: Callable[[], Any], ask: Callable[[], Any]) -> None:
        """Ask the model and the services: they answer alike."""
        assert _answer(ask) == _answer(expected)

    @invariant()
    def what_is_held_is_the_models(self) -> None:
        if self.model.stores:
            name = next(iter(self.model.stores))
            value_stores.get_value_store(self.context, self.holder, name)  # time acts before anybody looks
        held = {name: (one.value, one.uses) for name, one in self.model.stores.items()}
        assert balances(self.context, self.holder.company_id) == held

    @invariant()
    def the_books_balance(self) -> None:
        check_books(self.context, self.holder.company_id)

    @invariant()
    def every_unit_of_every_currency_is_accounted_for(self) -> None:
        held = Counter[str]()
        for one in self.model.stores.values():
            held[one.currency] += one.value
        for currency, units in held.items():
            assert units == self.model.issued.get(currency, 0) - self.model.spent.get(currency, 0)


def _answer(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (Refusal, Refused) as refusal:
        return refusal.code


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(database: str, clock: Clock) -> Iterator[Context]:
    made = create_context(database, types=installed_types(), clock=clock)
    yield made
    made.database.close()


def test_the_ledger_does_what_the_model_says(context: Context, clock: Clock) -> None:
    numbers = count(1)

    class ThisLedger(Ledger):
        def __init__(self) -> None:
            super().__init__(context, clock, f"shop{next(numbers)}")

    bounds = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    run_state_machine_as_test(ThisLedger, settings=bounds)

"""Many at once: what a value store holds is spent once, whoever comes, on both databases."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from promo_contracts.lightrail.fields import Rule
from promo_contracts.lightrail.models import CurrencyCreate, CustomerCreate
from promo_contracts.lightrail.transactions import OrderRequest, ReverseRequest, SettleRequest
from promo_server.services.context import Context, company_to_change
from promo_server.services.lightrail.currencies import check_currency, create_currency
from promo_server.services.lightrail.customers import create_customer
from promo_server.services.lightrail.orders import process_order
from promo_server.services.lightrail.settling import capture, reverse, void
from promo_server.services.lightrail.stores import lock_stores
from promo_server.services.lightrail.transactions import debit, transfer
from promo_server.services.refusal import Refusal
from promo_server.storage.value_tables import value_stores
from tests.databases import ON_POSTGRESQL
from tests.promo_server.at_once import two_servers
from tests.promo_server.services.lightrail.books import HOLDER, balances, check_books, debit_of, store, transfer_of

SPENDERS = 64


def all_at_once(contexts: list[Context], do: Callable[[Context, int], Any], number: int = SPENDERS) -> Counter[str]:
    """Let so many threads do something together, by the pools of all servers; count how each ended."""
    barrier = Barrier(number)

    def one(place: int) -> str:
        barrier.wait()
        try:
            do(contexts[place % len(contexts)], place)
        except Refusal as refusal:
            return refusal.code
        return "done"

    with ThreadPoolExecutor(number) as pool:
        return Counter(pool.map(one, range(number)))


def test_64_spenders_of_one_value_store_never_overdraw_it(database: str) -> None:
    with two_servers(database) as contexts:
        store(contexts[0], "gift", value=1050)
        ended = all_at_once(contexts, lambda context, n: debit(context, HOLDER, debit_of(f"t{n}", "gift", 100)))
        assert ended == {"done": 10, "InsufficientBalance": 54}
        assert balances(contexts[0]) == {"gift": (50, None)}
        check_books(contexts[0])


def test_64_orders_share_what_a_customer_has_to_the_last_unit(database: str) -> None:
    with two_servers(database) as contexts:
        create_customer(contexts[0], HOLDER, CustomerCreate(customerId="alice"))
        for name, value in (("a", 130), ("b", 470), ("c", 300)):
            store(contexts[0], name, value=value, customerId="alice")

        def order(context: Context, number: int) -> None:
            body = {
                "transactionId": f"o{number}",
                "currency": "USD",
                "lineItems": [{"unitPrice": 25}],
                "sources": [{"rail": "lightrail", "customerId": "alice"}],
            }
            process_order(context, HOLDER, OrderRequest.model_validate(body))

        assert all_at_once(contexts, order) == {"done": 36, "InsufficientBalance": 28}
        assert set(balances(contexts[0]).values()) == {(0, None)}
        check_books(contexts[0])


def test_the_last_use_is_taken_once(database: str) -> None:
    with two_servers(database) as contexts:
        store(contexts[0], "promo", value=10_000, uses=3)

        def use(context: Context, number: int) -> None:
            debit(context, HOLDER, debit_of(f"t{number}", "promo", 1, uses=1))

        assert all_at_once(contexts, use, 16) == {"done": 3, "InsufficientUsesRemaining": 13}
        assert balances(contexts[0]) == {"promo": (9_997, 0)}


def test_the_same_transaction_many_times_at_once_is_one(database: str) -> None:
    with two_servers(database) as contexts:
        for name in ("a", "b"):
            store(contexts[0], name, value=1000)

        def again(context: Context, number: int) -> None:
            debit(context, HOLDER, debit_of("same", "a" if number % 4 else "b", 100))

        assert all_at_once(contexts, again, 16) == {"done": 1, "TransactionExists": 15}
        assert sorted(balances(contexts[0]).values()) == [(900, None), (1000, None)]
        check_books(contexts[0])


def test_transfers_there_and_back_do_not_wait_for_each_other_for_ever(database: str) -> None:
    with two_servers(database) as contexts:
        for name in ("a", "b", "c"):
            store(contexts[0], name, value=1000)

        def move(context: Context, number: int) -> None:
            source, to = [("a", "b"), ("b", "c"), ("c", "a"), ("b", "a")][number % 4]
            transfer(context, HOLDER, transfer_of(f"t{number}", source, to, 7))

        assert all_at_once(contexts, move, 32) == {"done": 32}
        assert sum(value or 0 for value, _ in balances(contexts[0]).values()) == 3000
        check_books(contexts[0])


def test_of_capture_and_void_at_once_one_wins(database: str) -> None:
    with two_servers(database) as contexts:
        store(contexts[0], "gift", value=100)
        debit(contexts[0], HOLDER, debit_of("t", "gift", 100, pending=True))

        def settle(context: Context, number: int) -> None:
            how = capture if number % 2 else void
            how(context, HOLDER, "t", SettleRequest(transactionId=f"s{number}"))

        ended = all_at_once(contexts, settle, 16)
        assert ended["done"] == 1
        assert ended["TransactionCaptured"] + ended["TransactionVoided"] == 15
        check_books(contexts[0])


def test_of_many_reversals_one_wins(database: str) -> None:
    with two_servers(database) as contexts:
        store(contexts[0], "gift", value=100)
        debit(contexts[0], HOLDER, debit_of("t", "gift", 40))

        def undo(context: Context, number: int) -> None:
            reverse(context, HOLDER, "t", ReverseRequest(transactionId=f"r{number}"))

        assert all_at_once(contexts, undo, 16) == {"done": 1, "TransactionReversed": 15}
        assert balances(contexts[0]) == {"gift": (100, None)}


INTERNAL = {"rail": "internal", "id": "points", "value": 100}
PUBLIC = {"rail": "lightrail", "code": "FREE"}


def order_that_locks_no_balance(context: Context, source: Any, *, pending: bool) -> None:
    store(context, "public", code="FREE", access="publicCode", valueRule=Rule(rule="100", explanation=""))
    body = {"transactionId": "t", "currency": "USD", "lineItems": [{"unitPrice": 100}], "sources": [source]}
    process_order(context, HOLDER, OrderRequest.model_validate(body | {"pending": pending}))


@pytest.mark.parametrize("source", [INTERNAL, PUBLIC])
def test_of_capture_and_void_of_an_order_that_locks_no_balance_one_wins(database: str, source: Any) -> None:
    with two_servers(database) as contexts:
        order_that_locks_no_balance(contexts[0], source, pending=True)

        def settle(context: Context, number: int) -> None:
            how = capture if number % 2 else void
            how(context, HOLDER, "t", SettleRequest(transactionId=f"s{number}"))

        ended = all_at_once(contexts, settle, 16)
        assert ended["done"] == 1
        assert ended["TransactionCaptured"] + ended["TransactionVoided"] == 15


@pytest.mark.parametrize("source", [INTERNAL, PUBLIC])
def test_of_many_reversals_of_an_order_that_locks_no_balance_one_wins(database: str, source: Any) -> None:
    with two_servers(database) as contexts:
        order_that_locks_no_balance(contexts[0], source, pending=False)

        def undo(context: Context, number: int) -> None:
            reverse(context, HOLDER, "t", ReverseRequest(transactionId=f"r{number}"))

        assert all_at_once(contexts, undo, 16) == {"done": 1, "TransactionReversed": 15}


@ON_POSTGRESQL
def test_a_value_store_that_cannot_run_out_is_no_queue(database: str) -> None:
    with two_servers(database) as contexts:
        rule = Rule(rule="currentLineItem.lineTotal.subtotal * 0.5", explanation="half off")
        store(contexts[0], "public", code="HALF", access="publicCode", valueRule=rule, discount=True)
        body = {
            "transactionId": "o",
            "currency": "USD",
            "lineItems": [{"unitPrice": 100}],
            "sources": [{"rail": "lightrail", "code": "HALF"}],
            "allowRemainder": True,
        }
        with contexts[1].database.write() as other:
            lock_stores(other, "shop", {"public"})
            done = process_order(contexts[0], HOLDER, OrderRequest.model_validate(body))
        assert done.remainder == 50


@ON_POSTGRESQL
def test_what_is_used_cannot_be_frozen_in_between(database: str) -> None:
    with two_servers(database) as contexts, contexts[1].database.write() as other:
        rule = Rule(rule="1", explanation="")
        store(contexts[0], "public", valueRule=rule)
        lock_stores(other, "shop", {"public"})
        with contexts[0].database.write() as third:
            third.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError):
                third.execute(update(value_stores).values(frozen=True))


@ON_POSTGRESQL
def test_a_currency_cannot_go_while_something_in_it_is_created(database: str) -> None:
    with two_servers(database) as contexts, contexts[1].database.write() as creating:
        create_currency(contexts[0], HOLDER, CurrencyCreate(code="PTS", name="Points", symbol="P", decimalPlaces=0))
        check_currency(creating, "shop", "PTS", is_to_stay=True)
        with contexts[0].database.write() as deleting:
            deleting.execute(text("SET LOCAL lock_timeout = '50ms'"))
            with pytest.raises(OperationalError):
                company_to_change(deleting, "shop")

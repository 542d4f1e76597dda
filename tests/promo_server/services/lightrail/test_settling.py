"""What becomes of transactions: captured, voided, reversed, voided by time; what each state of a store blocks."""

from typing import Any

import pytest

from tests.promo_server.conftest import Time
from tests.promo_server.services.lightrail.books import check_books
from tests.promo_server.values import Values, party


async def pending(values: Values, **fields: Any) -> None:
    await values.store()
    await values.debit("t", 300, pending=True, **fields)


async def test_a_pending_debit_takes_at_once_and_its_capture_nothing_more(values: Values) -> None:
    await pending(values)
    assert await values.value_of() == 700
    captured = await values.settle("capture", "t", status=201, transactionId="c")
    assert (captured["transactionType"], captured["steps"], captured["totals"]) == ("capture", [], None)
    assert await values.value_of() == 700
    assert (await values.call("GET", "/transactions/t"))["pending"] == "captured"


async def test_a_void_gives_back_step_by_step(values: Values) -> None:
    await pending(values)
    voided = await values.settle("void", "t", status=201, transactionId="v")
    (step,) = voided["steps"]
    assert (step["valueBefore"], step["valueChange"], step["valueAfter"]) == (700, 300, 1000)
    assert await values.value_of() == 1000
    check_books(values.context)


@pytest.mark.parametrize(("how", "state"), [("capture", "captured"), ("void", "void")])
async def test_without_a_body_the_transaction_itself_is_answered(values: Values, how: str, state: str) -> None:
    await pending(values)
    answer = await values.settle(how, "t")
    assert (answer["transactionId"], answer["transactionType"], answer["pending"]) == ("t", "debit", state)
    check_books(values.context)


@pytest.mark.parametrize(
    ("first", "second", "code"),
    [
        ("capture", "capture", "TransactionCaptured"),
        ("capture", "void", "TransactionCaptured"),
        ("void", "capture", "TransactionVoided"),
        ("void", "void", "TransactionVoided"),
        ("void", "reverse", "TransactionVoided"),
    ],
)
async def test_a_transaction_is_settled_once(values: Values, first: str, second: str, code: str) -> None:
    await pending(values)
    await values.settle(first, "t")
    answer = await values.settle(second, "t", status=409, transactionId="again")
    assert answer["messageCode"] == code


async def test_what_does_not_wait_cannot_be_captured(values: Values) -> None:
    await values.store()
    await values.debit("t")
    assert (await values.settle("capture", "t", status=409))["messageCode"] == "TransactionNotPending"


async def test_a_repeated_id_is_refused_before_anything_is_done(values: Values) -> None:
    await pending(values)
    answer = await values.settle("capture", "t", status=409, transactionId="gift")
    assert answer["messageCode"] == "TransactionExists"
    assert (await values.call("GET", "/transactions/t"))["pending"] == "pending"


@pytest.mark.parametrize(
    ("span", "code"), [("PT59M59S", "PendingDurationTooSmall"), ("P91D", "PendingDurationTooLarge"), ("P3M", None)]
)
async def test_a_transaction_waits_an_hour_to_three_months(values: Values, span: str, code: str | None) -> None:
    await values.store()
    status = 201 if code is None else 422
    assert (await values.debit("t", pending=span, status=status)).get("messageCode") == code


async def test_with_a_card_it_waits_a_week_at_most(values: Values) -> None:
    body = {
        "transactionId": "o",
        "currency": "USD",
        "lineItems": [{"unitPrice": 100}],
        "sources": [{"rail": "stripe", "source": "tok"}],
        "pending": "P8D",
        "simulate": True,
    }
    await values.refused("POST", "/transactions/orders", body, "PendingDurationTooLarge", status=422)


async def test_it_is_voided_at_its_moment_and_not_before(values: Values, time: Time) -> None:
    await values.store()
    await values.debit("t", 300, pending="PT1H")
    time.pass_by(minutes=59, seconds=59)
    assert await values.value_of() == 700
    time.pass_by(seconds=1)
    assert await values.value_of() == 1000
    assert (await values.settle("capture", "t", status=409))["messageCode"] == "TransactionVoided"
    check_books(values.context)


async def test_what_came_back_in_time_can_be_spent_at_once(values: Values, time: Time) -> None:
    await values.store()
    await values.debit("t", 1000, pending="PT1H")
    assert (await values.debit("u", 1000, status=409))["messageCode"] == "InsufficientBalance"
    time.pass_by(hours=1)
    await values.debit("u", 1000)
    check_books(values.context)


@pytest.mark.parametrize("change", [{"frozen": True}, {"canceled": True}, {"active": False}])
async def test_time_voids_whatever_state_the_value_store_is_in(values: Values, time: Time, change: Any) -> None:
    await pending(values)
    await values.call("PATCH", "/valueStores/gift", change)
    time.pass_by(days=7)
    assert await values.value_of() == 1000


STATES = {
    "ValueInactive": {"active": False},
    "ValueFrozen": {"frozen": True},
    "ValueCanceled": {"canceled": True},
    "ValueNotStarted": {"startDate": "2026-11-23T00:00:00.000Z"},
    "ValueEnded": {"endDate": "2026-11-22T12:00:00.000Z"},
}
BLOCKED = {
    "ValueInactive": {"debit", "reverse", "void"},
    "ValueFrozen": {"debit", "reverse", "capture"},
    "ValueCanceled": {"debit"},
    "ValueNotStarted": {"debit"},
    "ValueEnded": {"debit"},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("how", ["debit", "reverse", "capture", "void"])
async def test_a_state_blocks_what_the_contract_says(values: Values, state: str, how: str) -> None:
    await pending(values)
    await values.debit("done", 10)
    await values.call("PATCH", "/valueStores/gift", STATES[state])
    path = {"debit": "/transactions/debit", "reverse": "/transactions/done/reverse"}.get(how, f"/transactions/t/{how}")
    moved = {"source": party("gift"), "amount": 1, "currency": "USD"} if how == "debit" else {}
    blocked = how in BLOCKED[state]
    answer = await values.call("POST", path, {"transactionId": "x"} | moved, status=409 if blocked else 201)
    assert answer.get("messageCode") == (state if blocked else None)
    check_books(values.context)


async def test_a_value_store_that_cannot_be_used_is_left_out_of_an_order(values: Values) -> None:
    body = {"currency": "USD", "lineItems": [{"unitPrice": 100}], "allowRemainder": True}
    for number, change in enumerate(STATES.values()):
        await values.store(f"s{number}")
        await values.call("PATCH", f"/valueStores/s{number}", change)
        order = body | {"transactionId": f"o{number}", "sources": [party(f"s{number}"), party("nobody")]}
        done = await values.call("POST", "/transactions/orders", order, status=201)
        assert (done["remainder"], done["steps"]) == (100, [])


async def test_a_reversal_undoes_a_transfer_and_is_not_reversed_itself(values: Values) -> None:
    await values.store("a")
    await values.store("b", value=0)
    body = {"transactionId": "t", "source": party("a"), "destination": party("b"), "amount": 400, "currency": "USD"}
    await values.call("POST", "/transactions/transfer", body, status=201)
    simulated = await values.settle("reverse", "t", transactionId="r", simulate=True)
    assert (simulated["simulated"], await values.value_of("b")) == (True, 400)
    done = await values.settle("reverse", "t", status=201, transactionId="r")
    assert [(step["valueStoreId"], step["valueChange"]) for step in done["steps"]] == [("a", 400), ("b", -400)]
    assert (await values.value_of("a"), await values.value_of("b")) == (1000, 0)
    assert (await values.call("GET", "/transactions/t"))["reversed"] is True
    again = await values.settle("reverse", "t", status=409, transactionId="r2")
    assert again["messageCode"] == "TransactionReversed"
    twice = await values.settle("reverse", "r", status=409, transactionId="r3")
    assert twice["messageCode"] == "TransactionNotReversible"


async def test_what_is_pending_is_captured_or_voided_not_reversed(values: Values) -> None:
    await pending(values)
    answer = await values.settle("reverse", "t", status=409, transactionId="r")
    assert answer["messageCode"] == "TransactionPending"
    await values.settle("capture", "t", status=201, transactionId="c")
    await values.settle("reverse", "c", status=201, transactionId="r")
    assert await values.value_of() == 1000


async def test_an_order_is_reversed_with_its_uses_and_its_totals(values: Values) -> None:
    rule = {"rule": "currentLineItem.lineTotal.subtotal * 0.5", "explanation": "half"}
    await values.store("half", value=None, valueRule=rule, discount=True, uses=1)
    await values.store("card", value=80)
    body = {
        "transactionId": "o",
        "currency": "USD",
        "lineItems": [{"unitPrice": 100}],
        "sources": [party("half"), party("card")],
    }
    await values.call("POST", "/transactions/orders", body, status=201)
    assert (await values.call("GET", "/valueStores/half"))["uses"] == 0
    undone = await values.settle("reverse", "o", status=201, transactionId="r")
    assert (undone["totals"]["payable"], undone["totals"]["discount"]) == (-50, -50)
    assert ((await values.call("GET", "/valueStores/half"))["uses"], await values.value_of("card")) == (1, 80)
    check_books(values.context)


async def test_what_undoes_an_order_stands_as_the_order_did(values: Values) -> None:
    await values.store("z", value=50, discount=True)
    await values.store("a", value=500)
    internal = {"rail": "internal", "id": "points", "value": 30, "beforeLightrail": True}
    body = {
        "transactionId": "o",
        "currency": "USD",
        "lineItems": [{"unitPrice": 100}],
        "sources": [party("a"), party("z"), internal],
        "pending": True,
    }
    await values.call("POST", "/transactions/orders", body, status=201)
    undone = await values.settle("void", "o", status=201, transactionId="v")
    steps = [
        (step.get("valueStoreId", step.get("id")), step["valueBefore"], step["amount"]) for step in undone["steps"]
    ]
    assert steps == [("points", 0, 30), ("z", 0, 50), ("a", 480, 20)]
    assert undone["totals"]["payable"] == -50
    check_books(values.context)


async def test_a_credit_that_is_spent_cannot_be_reversed_nor_uses_that_are_used(values: Values) -> None:
    await values.store(value=0, uses=0)
    await values.credit("c", 100, uses=2)
    await values.debit("d", 1, uses=1)
    assert (await values.settle("reverse", "c", status=409, transactionId="r"))["messageCode"] == "InsufficientBalance"
    await values.credit("more", 50)
    answer = await values.settle("reverse", "c", status=409, transactionId="r")
    assert answer["messageCode"] == "InsufficientUsesRemaining"
    await values.settle("reverse", "d", status=201, transactionId="r1")
    await values.settle("reverse", "c", status=201, transactionId="r2")
    assert await values.value_of() == 50
    check_books(values.context)


@pytest.mark.parametrize(
    ("how", "fields", "code"),
    [
        ("debit", {"uses": 1}, "NullUses"),
        ("debit", {"currency": "EUR"}, "WrongCurrency"),
        ("debit", {"source": {"rail": "lightrail", "code": "NONE"}}, "InvalidParty"),
        ("debit", {"source": {"rail": "lightrail", "valueStoreId": "ruled"}}, "NullBalance"),
        ("credit", {"destination": {"rail": "lightrail", "valueStoreId": "ruled"}}, "NullBalance"),
        ("credit", {"amount": 2_147_483_647}, "ValueBalanceTooLarge"),
        ("credit", {"uses": 1}, "NullUses"),
        ("transfer", {"destination": {"rail": "lightrail", "valueStoreId": "gift"}}, "InvalidParty"),
        ("transfer", {"destination": {"rail": "lightrail", "valueStoreId": "none"}}, "InvalidParty"),
        ("transfer", {"amount": 1_001}, "InsufficientBalance"),
    ],
)
async def test_a_movement_that_cannot_be_says_why_and_stores_nothing(
    values: Values, how: str, fields: Any, code: str
) -> None:
    await values.store()
    await values.store("other", value=0)
    await values.store("ruled", value=None, valueRule={"rule": "1", "explanation": ""})
    sides = {"debit": {"source": party("gift")}, "credit": {"destination": party("gift")}}
    both = {"source": party("gift"), "destination": party("other")}
    body = {"transactionId": "t", "currency": "USD", "amount": 1} | sides.get(how, both) | fields
    await values.refused("POST", f"/transactions/{how}", body, code)
    await values.call("GET", "/transactions/t", status=404)
    check_books(values.context)


async def test_the_first_transaction_of_a_value_store_that_is_gone_can_still_be_reversed(values: Values) -> None:
    await values.store("empty", value=0)
    await values.call("DELETE", "/valueStores/empty")
    done = await values.settle("reverse", "empty", status=201, transactionId="r")
    assert [(step["valueStoreId"], step["valueChange"]) for step in done["steps"]] == [("empty", 0)]


async def test_what_a_value_store_was_made_with_can_be_taken_back(values: Values) -> None:
    await values.store(value=500, uses=2)
    await values.settle("reverse", "gift", status=201, transactionId="r")
    shown = await values.call("GET", "/valueStores/gift")
    assert (shown["value"], shown["uses"]) == (0, 0)
    check_books(values.context)

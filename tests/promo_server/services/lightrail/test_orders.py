"""Orders: which sources they find, what is kept of these, and what they are refused for."""

from typing import Any

import pytest
from sqlalchemy import select

from promo_server.storage.value_tables import value_transactions
from tests.promo_server.services.lightrail.books import check_books
from tests.promo_server.values import Values, party

CARD = {"rail": "stripe", "source": "tok_secret"}


async def order(values: Values, *sources: Any, status: int = 201, price: int = 1000, **fields: Any) -> Any:
    body = {
        "transactionId": "o",
        "currency": "USD",
        "lineItems": [{"productId": "socks", "unitPrice": price}],
        "sources": list(sources),
    }
    return await values.call("POST", "/transactions/orders", body | fields, status=status)


async def test_a_card_is_computed_but_not_charged(values: Values) -> None:
    await values.store(value=300)
    refused = await order(values, party("gift"), CARD, status=409)
    assert refused["messageCode"] == "NoPaymentPort"
    assert await values.value_of() == 300
    priced = await order(values, party("gift"), CARD, status=200, simulate=True)
    assert [(step["rail"], step["amount"]) for step in priced["steps"]] == [("lightrail", -300), ("stripe", -700)]
    assert priced["totals"]["paidStripe"] == 700


async def test_a_charge_that_is_too_small_is_refused_or_remains(values: Values) -> None:
    await values.store(value=980)
    refused = await order(values, party("gift"), CARD, status=409)
    assert refused["messageCode"] == "StripeAmountTooSmall"
    done = await order(values, party("gift"), CARD, allowRemainder=True)
    assert (done["remainder"], len(done["steps"])) == (20, 1)


async def test_nothing_that_names_a_card_and_no_code_in_full_is_stored(values: Values) -> None:
    await values.store(code="XXXX-SECRET")
    sources = [{"rail": "lightrail", "code": "xxxx-secret"}, {**CARD, "minAmount": 10}]
    done = await order(values, *sources)
    assert done["paymentSources"] == [{"rail": "lightrail", "code": "…cret"}, {"rail": "stripe", "minAmount": 10}]
    with values.context.database.read() as connection:
        bodies = "".join(connection.execute(select(value_transactions.c.body)).scalars())
    assert "tok_secret" not in bodies
    assert "secret" not in bodies.lower().replace("…cret", "")


async def test_one_value_store_that_is_named_in_every_way_pays_once(values: Values) -> None:
    await values.call("POST", "/customers", {"customerId": "alice"}, status=201)
    await values.store("a", value=300, customerId="alice")
    await values.store("b", value=300, code="SAVE", access="publicCode")
    ways = [party("a"), {"rail": "lightrail", "customerId": "alice"}, party("b")]
    codes = [{"rail": "lightrail", name: "save"} for name in ("code", "secureCode", "publicCode")]
    done = await order(values, *ways, *codes, allowRemainder=True)
    assert ([step["valueStoreId"] for step in done["steps"]], done["remainder"]) == (["a", "b"], 400)
    check_books(values.context)


async def test_who_and_what_is_not_there_pays_nothing(values: Values) -> None:
    nobody = [party("none"), {"rail": "lightrail", "code": "NONE"}, {"rail": "lightrail", "customerId": "nobody"}]
    assert (await order(values, *nobody, status=409))["messageCode"] == "InsufficientBalance"
    assert (await order(values, *nobody, allowRemainder=True))["steps"] == []


async def test_an_order_that_failed_or_was_simulated_leaves_its_id_free(values: Values) -> None:
    await values.store(value=1000)
    await order(values, party("gift"), price=2000, status=409)
    await order(values, party("gift"), simulate=True, status=200)
    await order(values, party("gift"))
    again = await order(values, party("gift"), status=409)
    assert again["messageCode"] == "TransactionExists"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"lineItems": [{"unitPrice": 2_147_483_647, "quantity": 2_147_483_647}]}, "lineItems[0].unitPrice"),
        ({"lineItems": [{"unitPrice": 5, "taxRate": 1.5}]}, "lineItems[0].taxRate"),
        ({"lineItems": [{"quantity": 1}]}, "lineItems[0].unitPrice"),
        ({"sources": [{"rail": "lightrail"}]}, "sources[0].customerId"),
        ({"sources": [{"rail": "lightrail", "code": "A", "customerId": "b"}]}, "sources[0].code"),
        ({"sources": [{"rail": "internal", "id": "a"}]}, "sources[0].value"),
        ({"sources": [{"rail": "internal", "id": "a", "value": 1, "code": "A"}]}, "sources[0].code"),
        ({"sources": [{"rail": "bank"}]}, "sources[0].rail"),
        ({"tax": {"roundingMode": "DOWN"}}, "tax.roundingMode"),
        ({"pending": "a week"}, "pending"),
        ({"currency": "U$"}, "currency"),
    ],
)
async def test_a_wrong_field_of_an_order_is_named(values: Values, fields: Any, field: str) -> None:
    answer = await order(values, status=422, **fields)
    assert [one["field"] for one in answer["errors"]] == [field]


async def test_a_currency_that_is_not_there_is_a_conflict(values: Values) -> None:
    assert (await order(values, status=409, currency="QQQ"))["messageCode"] == "CurrencyNotFound"


async def test_a_rule_reads_the_line_as_it_was_sent(values: Values) -> None:
    rule = {"rule": "currentLineItem.colour == 'red' ? currentLineItem.depth.a : 0", "explanation": "red"}
    await values.store("red", value=None, valueRule=rule, discount=True)
    lines = [{"unitPrice": 100, "colour": "red", "depth": {"a": 7.5}}, {"unitPrice": 90, "colour": "blue"}]
    done = await order(values, party("red"), lineItems=lines, allowRemainder=True)
    assert done["totals"]["discount"] == 8
    (applied,) = done["lineItems"][0]["valueStoresApplied"]
    assert applied == {
        "valueStoreId": "red",
        "rule": rule["rule"],
        "ruleExplanation": "red",
        "amount": -8,
        "preTax": False,
        "discount": True,
    }


async def test_a_rule_that_takes_too_long_refuses_the_order(values: Values) -> None:
    lists = "[1,2,3,4,5,6,7,8,9,10]"
    nested = "1"
    for name in "abcdef":
        nested = f"{lists}.map({name} => {nested})"
    await values.store("slow", value=None, valueRule={"rule": f"size({nested})", "explanation": ""})
    answer = await order(values, party("slow"), status=409)
    assert answer["messageCode"] == "RuleTooCostly"

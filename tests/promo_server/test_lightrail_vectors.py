"""The published worked orders of the value-store contract."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promo_contracts import read_json
from promo_engine.money import Rounding
from promo_server.expressions import parse_rule
from promo_server.lightrail_order import (
    CardSource,
    InternalSource,
    Order,
    OrderLine,
    OrderRefused,
    PricedLine,
    PricedOrder,
    Source,
    Step,
    ValueStore,
    price_order,
)

DATA = Path(__file__).parents[1] / "data"
VECTORS: dict[str, Any] = {one["id"]: one for one in read_json((DATA / "seed_vectors_lightrail.json").read_bytes())}
OUT_OF_SCOPE = {"lightrail-30"}
ORDERS = [name for name, one in VECTORS.items() if one["kind"] in {"order", "checkout"} and name not in OUT_OF_SCOPE]
STEP_OF_THE_SEEDS_TIME = ("rail", "value", "change")
"""The first example does not print balances; the vector has null there, for the store with a balance, too."""
NOW = datetime(2020, 1, 1, tzinfo=UTC)
WIRE = {"discount_lightrail": "discountLightrail", "paid_lightrail": "paidLightrail"} | {
    "paid_internal": "paidInternal",
    "paid_card": "paidStripe",
}


def store(given: dict[str, Any], currency: str) -> ValueStore:
    value_rule, redemption_rule = given.get("balanceRule"), given.get("redemptionRule")
    return ValueStore(
        id=given["id"],
        currency=currency,
        balance=given.get("balance"),
        value_rule=parse_rule(value_rule) if value_rule else None,
        redemption_rule=parse_rule(redemption_rule) if redemption_rule else None,
        discount=given.get("discount", False),
        pre_tax=given.get("pretax", False),
        uses=given.get("usesRemaining"),
    )


def source(asked: dict[str, Any], stores: dict[str, ValueStore]) -> Source:
    if asked["rail"] == "lightrail":
        return stores[asked["value"]]
    if asked["rail"] == "internal":
        return InternalSource(
            id=asked["value"],
            balance=asked["balance"],
            pre_tax=asked.get("pretax", False),
            before_lightrail=asked.get("beforeLightrail", False),
        )
    return CardSource(
        minimum=asked.get("minAmount"),
        maximum=asked.get("maxAmount"),
        forgive_below_minimum=asked.get("forgiveSubMinAmount", False),
    )


def order_of(vector: dict[str, Any]) -> Order:
    given, request = vector["given"], vector["request"]
    stores = {one["id"]: store(one, given["currency"]) for one in given["values"]}
    lines = [
        OrderLine(line["unitPrice"], line.get("quantity", 1), Decimal(line.get("taxRate", 0)), line)
        for line in request["lineItems"]
    ]
    return Order(
        given["currency"],
        lines,
        [source(one, stores) for one in request["sources"]],
        allow_remainder=request.get("allowRemainder", False),
        tax_rounding=Rounding[request.get("tax", {}).get("roundingMode", "HALF_EVEN")],
        metadata=request.get("metadata"),
    )


def step_document(step: Step) -> dict[str, Any]:
    """The step as the vectors write it."""
    name = None if isinstance(step.source, CardSource) else step.source.id
    document = {"rail": step.rail.value, "value": name, "change": -step.amount}
    document |= {"before": step.balance_before, "after": step.balance_after}
    return document | ({"usesBefore": step.uses_before, "usesAfter": step.uses_after} if step.uses else {})


def line_document(line: PricedLine) -> dict[str, Any]:
    names = ("subtotal", "taxable", "tax", "discount", "remainder", "payable")
    return {"productId": line.line.document.get("productId"), **{name: getattr(line, name) for name in names}}


def check_lines(priced: PricedOrder, expected: dict[str, Any]) -> None:
    lines = priced.lines
    if "linesOrder" in expected:  # the older example keeps the order of the request
        lines = tuple(sorted(lines, key=lambda line: line.place))
    found = [line_document(line) for line in lines]
    for line, wanted in zip(found, expected.get("lines", found), strict=True):
        assert {name: line[name] for name in wanted} == wanted


@pytest.mark.parametrize("name", [name for name in ORDERS if VECTORS[name]["expect"]["status"] < 300])
def test_an_order_gives_the_published_totals_lines_and_steps(name: str) -> None:
    expected = VECTORS[name]["expect"]
    priced = price_order(order_of(VECTORS[name]), NOW)
    totals = {WIRE.get(field, field): getattr(priced.totals, field) for field in priced.totals.__slots__}
    assert {field: totals[field] for field in expected["totals"]} == expected["totals"]
    check_lines(priced, expected)
    steps = [step_document(step) for step in priced.steps]
    for step, wanted in zip(steps, expected.get("steps", steps), strict=True):
        printed = STEP_OF_THE_SEEDS_TIME if name == "lightrail-01" else wanted.keys()
        assert {field: step[field] for field in printed} == {field: wanted[field] for field in printed}
    for step in expected.get("stepsUnordered", []):
        assert step in steps


@pytest.mark.parametrize("name", [name for name in ORDERS if VECTORS[name]["expect"]["status"] >= 300])
def test_an_order_is_refused_as_published(name: str) -> None:
    with pytest.raises(OrderRefused) as refused:
        price_order(order_of(VECTORS[name]), NOW)
    assert refused.value.code == VECTORS[name]["expect"]["messageCode"]


def test_each_line_says_which_value_store_gave_how_much_of_it() -> None:
    priced = price_order(order_of(VECTORS["lightrail-01"]), NOW)
    socks, chocolate, _ = sorted(priced.lines, key=lambda line: line.place)
    assert socks.applied == (
        ("2018-alice-socks-promo", 200),
        ("2018-10percent-off-over-5-orders", 80),
        ("alice-account-USD", 778),
    )
    assert chocolate.applied[1] == ("2018-50cent-chocobar-credit", 50)


def test_a_charge_below_the_minimum_is_refused_or_remains_where_it_is_not_forgiven() -> None:
    vector = VECTORS["lightrail-29"]
    card = {"rail": "stripe", "minAmount": 50}
    asked = vector["request"] | {"sources": [vector["request"]["sources"][0], card]}
    with pytest.raises(OrderRefused, match="would be charged 25, less than its minimum of 50"):
        price_order(order_of(vector | {"request": asked}), NOW)
    remains = price_order(order_of(vector | {"request": vector["request"] | {"allowRemainder": True}}), NOW)
    assert (remains.totals.remainder, remains.totals.forgiven, len(remains.steps)) == (25, 0, 1)

"""Promotions in several currencies and in a company's own, said by raw HTTP and by the SDK."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.contract.speakers import WAYS, Api, an_api
from tests.databases import Databases

RULES = "INVALID_DISCOUNT_RULES"
AMOUNTS = {"GBP": Decimal("11.00"), "JPY": 1500, "CLF": Decimal("0.2505"), "POINTS": 50}


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def api(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Api]:
    way, kind = request.param
    with (
        databases.fresh(kind, tmp_path_factory.mktemp("api")) as name,
        an_api(name, way, private={"POINTS": 0, "MILES": 3}) as api,
    ):
        yield api


def fixed(value: Any, **rules: Any) -> dict[str, Any]:
    return {"promotion_type": "fixed_amount_discount", "discount_rules": {"discount_value": value, **rules}}


def a_cart(currency: str, price: int = 10_000, **fields: Any) -> dict[str, Any]:
    return {"currency": currency, "lines": [{"id": "l1", "sku": "TEA", "unit_price": price}], **fields}


def off(api: Api, code: str, cart: dict[str, Any]) -> int | str:
    """Return what a code takes off a cart, or the reason why nothing."""
    priced = api.sdk.client.evaluations.evaluate({**cart, "codes": [code]})
    (result,) = priced["codes"]
    return priced["totals"]["items_discount"] if result["applied"] else str(result["reason"])


def test_each_currency_has_the_amount_that_was_said(api: Api) -> None:
    code = api.create(api.campaign(), **fixed(9, amounts=AMOUNTS)).body["promotion_code"]
    points = a_cart("POINTS", exponent=0)
    carts = [*map(a_cart, ("USD", "GBP", "JPY", "CLF", "EUR")), points, {**points, "exponent": 2}]
    assert [off(api, code, cart) for cart in carts] == [900, 1100, 1500, 2505, "currency", 50, "currency"]


def test_amounts_come_back_as_they_were_said(api: Api) -> None:
    made = api.create(api.campaign(), **fixed(9, amounts=AMOUNTS)).body
    assert made["discount_rules"] == {"discount_value": 9, "amounts": AMOUNTS}


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        ({"amounts": {"XXX": 9}}, "amounts.XXX"),
        ({"amounts": {"JPY": Decimal("9.5")}}, "amounts.JPY"),
        ({"amounts": {"POINTS": Decimal("9.5")}}, "amounts.POINTS"),
        ({"amounts": {"GBP": 0}}, "amounts.GBP"),
        ({"amounts": {"USD": 8}}, "amounts.USD"),
        ({"amounts": []}, "amounts"),
        ({"floor_price": 1, "amounts": {"GBP": 9}}, "amounts.GBP"),
        ({"floor_price": 1, "amounts": {"GBP": {"discount_value": 9}}}, "amounts.GBP.floor_price"),
        ({"amounts": {"GBP": {"discount_value": 9, "min_quantity": 1}}}, "amounts.GBP.min_quantity"),
        ({"budget_amount": 100, "amounts": {"GBP": 9}}, "amounts"),
    ],
)
def test_wrong_amounts_are_named_with_their_currency(api: Api, rules: dict[str, Any], field: str) -> None:
    campaign = api.campaign()
    said = api.create(campaign, **fixed(9, **rules))
    assert (said.status or 422, said.code, said.fields) == (422, RULES, (f"discount_rules.{field}",))
    assert api.stored(campaign) == []


def tea_for(**fields: Any) -> dict[str, Any]:
    return {"eligibility_criteria": {"item_minimums": [{"items": ["TEA"], **fields}]}}


def test_a_minimum_within_some_goods_is_said_in_each_currency(api: Api) -> None:
    minimum = tea_for(min_amount=50, amounts={"JPY": 8000})
    made = api.create(api.campaign(), **fixed(9, amounts={"JPY": 1500}), **minimum).body
    assert made["eligibility_criteria"]["item_minimums"][0]["amounts"] == {"JPY": 8000}
    carts = [a_cart(currency, 7000) for currency in ("USD", "JPY")]
    assert [off(api, made["promotion_code"], cart) for cart in carts] == [900, "minimum_purchase"]


@pytest.mark.parametrize(
    ("minimum", "field"),
    [
        (tea_for(min_amount=50), "amounts"),
        (tea_for(min_amount=50, amounts={"JPY": 8000, "GBP": 40}), "amounts"),
        (tea_for(min_amount=50, amounts={"JPY": Decimal("0.5")}), "amounts.JPY"),
        (tea_for(min_amount=50, amounts={"XXX": 5}), "amounts.XXX"),
        (tea_for(min_quantity=2, amounts={"JPY": 8000}), "amounts"),
    ],
)
def test_a_minimum_in_other_currencies_than_the_rules_is_refused(api: Api, minimum: dict[str, Any], field: str) -> None:
    said = api.create(api.campaign(), **fixed(9, amounts={"JPY": 1500}), **minimum)
    path = f"eligibility_criteria.item_minimums[0].{field}"
    assert (said.status, said.code, said.fields) == (422, "INVALID_ELIGIBILITY", (path,))


@pytest.mark.parametrize(
    ("currency", "value", "minor"), [("JPY", 500, 500), ("KWD", Decimal("0.125"), 125), ("MILES", Decimal("1.5"), 1500)]
)
def test_a_campaign_may_be_in_any_currency_of_iso_4217_or_the_company(
    api: Api, currency: str, value: Any, minor: int
) -> None:
    campaign = api.campaign(currency=currency)
    code = api.create(campaign, **fixed(value)).body["promotion_code"]
    cart = a_cart(currency, **({"exponent": 3} if currency == "MILES" else {}))
    assert (campaign.currency, off(api, code, cart), off(api, code, a_cart("USD"))) == (currency, minor, "currency")


def test_what_a_promotion_gave_is_summed_in_its_campaigns_currency(api: Api) -> None:
    campaign = api.campaign()
    made = api.create(campaign, **fixed(9, amounts={"JPY": 1500})).body
    for currency in ("USD", "JPY"):
        reference = f"{made['promotion_id']}-{currency}"
        cart = a_cart(currency, codes=[made["promotion_code"]])
        api.sdk.client.redemptions.hold(reference, attempt="1", cart=cart)
        api.sdk.client.redemptions.confirm(reference)
    metrics = api.sdk.client.promotions.get(campaign.id, made["promotion_id"]).performance_metrics
    assert (metrics.total_uses, metrics.total_discount_given) == (2, Decimal(9))

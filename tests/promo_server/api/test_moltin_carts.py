"""Carts of the Moltin contract: goods, codes, taxes, totals, and the orders that are made of them."""

from decimal import Decimal
from typing import Any

import pytest

from promo_server.services.moltin.cart_rows import forget_carts
from promo_server.storage.moltin_tables import moltin_carts
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api, Time
from tests.promo_server.moltin_shop import JANE, Moltin, promotions_in


async def test_a_cart_that_nobody_has_used_is_empty_and_not_kept(moltin: Moltin) -> None:
    cart = (await moltin.call("GET", "/carts/new"))["data"]
    assert (cart["id"], cart["type"]) == ("new", "cart")
    assert cart["meta"]["display_price"]["with_tax"] == {"amount": 0, "currency": "USD", "formatted": "$0.00"}
    with moltin.context.database.read() as connection:
        assert connection.execute(moltin_carts.select()).all() == []


async def test_more_of_the_same_product_is_one_item_and_a_custom_item_is_each_its_own(moltin: Moltin) -> None:
    for sku in ("A", "A", "B"):
        await moltin.add(type="cart_item", sku=sku, name=None)
    await moltin.add()
    items = await moltin.add()
    assert [(one["sku"], one["quantity"], one["name"]) for one in items["data"]] == [
        ("A", 2, "A"),
        ("B", 1, "B"),
        ("SHOE", 1, "Shoe"),
        ("SHOE", 1, "Shoe"),
    ]
    assert items["meta"]["display_price"]["with_tax"]["amount"] == 5000


async def test_items_are_changed_and_removed(moltin: Moltin) -> None:
    await moltin.promote("NINE")
    first = (await moltin.add(amount=1000))["data"][0]["id"]
    second = (await moltin.add(amount=5))["data"][1]["id"]
    code = (await moltin.enter("NINE"))["data"][-1]["id"]
    changed = await moltin.call("PUT", f"/carts/c/items/{first}", {"type": "cart_item", "id": first, "quantity": 3})
    assert changed["meta"]["display_price"]["with_tax"]["amount"] == 3005 - 900
    left = await moltin.call("PUT", f"/carts/c/items/{second}", {"quantity": 0})
    assert [one["id"] for one in left["data"]] == [first, code]
    assert promotions_in(await moltin.call("DELETE", f"/carts/c/items/{code}")) == []
    assert (await moltin.call("DELETE", "/carts/c/items"))["data"] == []
    for method, body in (("PUT", {"quantity": 1}), ("DELETE", None)):
        await moltin.refused(method, f"/carts/c/items/{first}", body, 404, "ITEM_NOT_FOUND")


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "source", "status"),
    [
        ({"type": "cart_item", "quantity": 1, "price": {"amount": 1}}, "id", 400),
        ({"type": "cart_item", "id": "a", "sku": "b", "quantity": 1, "price": {"amount": 1}}, "id", 422),
        ({"type": "cart_item", "id": "a", "quantity": 1}, "price", 400),
        ({"type": "cart_item", "id": "a", "quantity": 0, "price": {"amount": 1}}, "quantity", 422),
        ({"type": "custom_item", "quantity": 1, "price": {"amount": 1}}, "name", 400),
        ({"type": "custom_item", "name": "a", "quantity": 1, "price": {"amount": -1}}, "price.amount", 422),
        ({"type": "custom_item", "name": "a", "quantity": 1, "price": {"amount": 1.5}}, "price.amount", 422),
        ({"type": "promotion_item"}, "code", 400),
        ({"type": "promotion_item", "code": "A", "name": "B"}, "name", 422),
        ({"type": "gift"}, "type", 422),
    ],
)
async def test_a_wrong_item_is_named(moltin: Moltin, body: Any, source: str, status: int) -> None:
    code = "REQUIRED_FIELD" if status == 400 else "INVALID_FIELD"
    error = await moltin.refused("POST", "/carts/c/items", body, status, code)
    assert error["source"] == source


async def test_tax_is_of_each_unit_whether_the_price_includes_it_or_not(moltin: Moltin) -> None:
    net = (await moltin.add(amount=999, quantity=3, includes_tax=False))["data"][0]["id"]
    gross = (await moltin.add(amount=1199, quantity=3))["data"][1]["id"]
    for item in (net, gross):
        tax = {"type": "tax_item", "rate": Decimal("0.2"), "code": "VAT", "jurisdiction": "GB"}
        made = await moltin.call("POST", f"/carts/c/items/{item}/taxes", tax, status=201)
        assert made["data"].items() >= tax.items()
    items = await moltin.call("GET", "/carts/c/items")
    assert [one["meta"]["display_price"]["tax"]["value"]["amount"] for one in items["data"]] == [600, 600]
    shown = items["meta"]["display_price"]
    assert [shown[name]["amount"] for name in ("with_tax", "without_tax", "tax")] == [7194, 5994, 1200]
    path = f"/carts/c/items/{net}/taxes/{items['data'][0]['taxes'][0]['id']}"
    await moltin.call("DELETE", path, status=204)
    await moltin.refused("DELETE", path, None, 404, "TAX_NOT_FOUND")
    assert await moltin.total() == 2997 + 3597


@ON_SQLITE
async def test_an_item_has_so_many_taxes_and_each_is_a_part(moltin: Moltin) -> None:
    item = (await moltin.add())["data"][0]["id"]
    path = f"/carts/c/items/{item}/taxes"
    await moltin.refused("POST", path, {"type": "tax_item", "rate": 1.1}, 422, "INVALID_FIELD")
    await moltin.refused("POST", "/carts/c/items/x/taxes", {"type": "tax_item", "rate": 1}, 404, "ITEM_NOT_FOUND")
    for _ in range(20):
        await moltin.call("POST", path, {"type": "tax_item", "rate": 0}, status=201)
    await moltin.refused("POST", path, {"type": "tax_item", "rate": 0}, 422, "INVALID_FIELD")


async def test_totals_are_never_below_zero(moltin: Moltin) -> None:
    await moltin.promote("NINE")
    await moltin.add(amount=500, includes_tax=False)
    items = await moltin.enter("NINE")
    assert promotions_in(items) == [("NINE", -500)]
    assert {one["amount"] for one in items["meta"]["display_price"].values()} == {0}


async def test_several_codes_combine_and_a_percentage_is_of_the_goods_list_price(moltin: Moltin) -> None:
    await moltin.promote("NINE")
    await moltin.percent(12.5, "PERCENT")
    await moltin.percent(10, "TENTH")
    await moltin.add(amount=10_000)
    for code in ("NINE", "PERCENT"):
        await moltin.enter(code)
    items = await moltin.enter("TENTH")
    assert promotions_in(items) == [("NINE", -900), ("PERCENT", -1250), ("TENTH", -1000)]
    assert items["meta"]["display_price"]["with_tax"]["formatted"] == "$68.50"


async def test_each_currency_has_its_own_percentage(moltin: Moltin) -> None:
    schema = {"currencies": [{"currency": "GBP", "percentage": 12.5}, {"currency": "USD", "percentage": 10}]}
    await moltin.promote("SALE", promotion_type="percent_discount", schema=schema)
    for currency, expected in (("GBP", -1250), ("USD", -1000)):
        await moltin.add(currency, 10_000, X_MOLTIN_CURRENCY=currency)
        assert promotions_in(await moltin.enter("SALE", currency)) == [("SALE", expected)]
    shown = (await moltin.call("GET", "/carts/GBP"))["data"]["meta"]["display_price"]["with_tax"]
    assert shown == {"amount": 8750, "currency": "GBP", "formatted": "£87.50"}


async def test_the_same_code_again_is_one(moltin: Moltin) -> None:
    await moltin.promote("NINE")
    await moltin.add()
    first = await moltin.enter("NINE")
    again = await moltin.enter("nine")
    assert promotions_in(again) == [("NINE", -900)]
    assert again["data"] == first["data"]


@pytest.mark.parametrize("fields", [{"enabled": False}, {"end": "2026-11-20"}, {"start": "2026-11-25"}], ids=str)
async def test_a_code_that_does_not_run_is_as_one_that_nobody_has(moltin: Moltin, fields: dict[str, Any]) -> None:
    await moltin.promote("NINE", **fields)
    await moltin.add()
    said = [(await moltin.enter(code, status=404))["errors"] for code in ("NINE", "NOBODYS")]
    assert said[0] == said[1]
    assert said[0][0]["detail"] == "No promotion could be found with the given code."
    assert promotions_in(await moltin.call("GET", "/carts/c/items")) == []


async def test_a_code_of_another_currency_is_left_out_and_the_others_apply(moltin: Moltin) -> None:
    await moltin.promote("NINE")
    schema = {"currencies": [{"currency": "GBP", "amount": 1100}]}
    await moltin.promote("POUNDS", schema=schema)
    await moltin.add()
    await moltin.enter("NINE")
    items = await moltin.enter("POUNDS")
    assert promotions_in(items) == [("NINE", -900)]
    (message,) = items["meta"]["messages"]
    assert message["title"] == "currency mismatch"
    assert message["description"] == "discount unavailable in currency USD"


async def test_a_cart_has_one_currency(moltin: Moltin) -> None:
    await moltin.add(X_MOLTIN_CURRENCY="EUR")
    body = {"type": "custom_item", "name": "a", "quantity": 1, "price": {"amount": 1}}
    await moltin.refused("POST", "/carts/c/items", body, 400, "MIXED_CURRENCIES", X_MOLTIN_CURRENCY="USD")
    await moltin.refused("GET", "/carts/c", None, 400, "MIXED_CURRENCIES", X_MOLTIN_CURRENCY="USD")
    error = await moltin.refused("GET", "/carts/d", None, 422, "INVALID_FIELD", X_MOLTIN_CURRENCY="QQQ")
    assert error["source"] == "X-MOLTIN-CURRENCY"
    await moltin.call("DELETE", "/carts/c/items")
    assert (await moltin.add(X_MOLTIN_CURRENCY="usd"))["data"][0]["value"]["currency"] == "USD"


async def test_promotions_of_the_company_take_part_and_say_what_they_are(moltin: Moltin, api: Api) -> None:
    made = await api.promote(auto_apply=True, promotion_code="AUTO20")
    await moltin.add()
    items = await moltin.call("GET", "/carts/c/items")
    name = f"auto_{made['promotion_id']}"
    assert promotions_in(items) == [(name, -200)]
    await moltin.refused("DELETE", f"/carts/c/items/{name}", None, 404, "ITEM_NOT_FOUND")
    assert promotions_in(await moltin.enter("AUTO20")) == [("AUTO20", -200)]


async def test_a_code_that_is_not_reached_yet_stays_says_why_and_applies_when_it_is(moltin: Moltin, api: Api) -> None:
    await api.promote(discount_rules={"discount_value": 20, "min_purchase_amount": 50})
    await moltin.add(amount=4000)
    items = await moltin.enter("SPRING20")
    assert promotions_in(items) == [("SPRING20", 0)]
    (message,) = items["meta"]["messages"]
    assert (message["title"], message["description"]) == ("Promotion Not Applied", "Spend 10.00 more to use SPRING20.")
    assert message["source"]["id"] == items["data"][-1]["id"]
    assert promotions_in(await moltin.add(amount=1000)) == [("SPRING20", -1000)]


@ON_SQLITE
async def test_a_cart_has_at_most_ten_codes(moltin: Moltin) -> None:
    await moltin.promote(*[f"CODE{number}" for number in range(11)])
    await moltin.add()
    for number in range(10):
        await moltin.enter(f"CODE{number}")
    assert (await moltin.enter("CODE10", status=422))["errors"][0]["source"] == "cart.codes"


@ON_SQLITE
@pytest.mark.parametrize("cart", ["%0A", "x" * 256])
async def test_a_cart_has_a_name_that_can_be_printed(moltin: Moltin, cart: str) -> None:
    error = await moltin.refused("GET", f"/carts/{cart}", None, 422, "INVALID_FIELD")
    assert error["source"] == "cart_id"


async def test_a_cart_is_forgotten_a_week_after_its_last_change(moltin: Moltin, time: Time) -> None:
    await moltin.add()
    time.pass_by(days=6)
    await moltin.add()
    time.pass_by(days=6)
    forget_carts(moltin.context)
    assert await moltin.total() == 2000
    time.pass_by(days=2)
    assert await moltin.total() == 0
    forget_carts(moltin.context)
    with moltin.context.database.read() as connection:
        assert connection.execute(moltin_carts.select()).all() == []


async def test_items_come_with_the_cart_where_they_are_asked_for(moltin: Moltin) -> None:
    await moltin.add()
    assert "included" not in await moltin.call("GET", "/carts/c")
    cart = await moltin.call("GET", "/carts/c?include=items")
    assert cart["included"]["items"] == (await moltin.call("GET", "/carts/c/items"))["data"]
    await moltin.call("DELETE", "/carts/c", status=204)
    assert await moltin.total() == 0


async def test_a_checkout_is_a_redemption_that_takes_the_uses(moltin: Moltin, api: Api) -> None:
    await moltin.promote({"code": "ONCE", "uses": 1})
    await moltin.add()
    await moltin.enter("ONCE")
    order = (await moltin.order())["data"]
    assert (order["status"], order["payment"], order["shipping"]) == ("incomplete", "unpaid", "unfulfilled")
    assert order["meta"]["display_price"]["with_tax"]["amount"] == 100
    assert (order["customer"], order["billing_address"]) == (JANE["customer"], JANE["billing_address"])
    held = await api.call("GET", f"/redemptions/{order['id']}")
    assert (held["state"], held["amount_due"], held["evaluation"]["applied"][0]["code"]) == ("held", 100, "ONCE")
    assert await moltin.total() == 100
    await moltin.add("other")
    answer = await moltin.enter("ONCE", "other", status=409)
    assert (answer["errors"][0]["code"], answer["errors"][0]["detail"]) == (
        "USAGE_LIMIT_REACHED",
        "ONCE has been used.",
    )
    await api.settle(order["id"], "release")
    assert promotions_in(await moltin.enter("ONCE", "other")) == [("ONCE", -900)]


async def test_the_same_cart_is_one_order_and_a_changed_one_is_priced_anew_under_it(moltin: Moltin, api: Api) -> None:
    await moltin.promote({"code": "ONCE", "uses": 1})
    await moltin.add()
    await moltin.enter("ONCE")
    first, second = (await moltin.order())["data"], (await moltin.order())["data"]
    assert first == second
    await moltin.add(amount=50)
    changed = (await moltin.order())["data"]
    assert (changed["id"], changed["meta"]["display_price"]["with_tax"]["amount"]) == (first["id"], 150)
    assert len((await api.call("GET", "/redemptions"))["redemptions"]) == 1


async def test_a_paid_cart_is_not_ordered_twice_unless_it_changes(moltin: Moltin, api: Api) -> None:
    await moltin.add()
    order = (await moltin.order())["data"]
    await api.settle(order["id"], "confirm")
    assert (await moltin.order(status=409))["errors"][0]["code"] == "CART_ORDERED"
    await moltin.add()
    assert (await moltin.order())["data"]["id"] != order["id"]


async def test_an_order_that_was_released_or_has_expired_makes_room_for_another(
    moltin: Moltin, api: Api, time: Time
) -> None:
    await moltin.add()
    orders = [(await moltin.order())["data"]["id"]]
    await api.settle(orders[0], "release")
    orders.append((await moltin.order())["data"]["id"])
    time.pass_by(days=4)
    await moltin.add()
    time.pass_by(days=4)
    orders.append((await moltin.order())["data"]["id"])
    assert len(set(orders)) == 3


async def test_a_code_that_has_ended_since_is_left_out_of_the_order(moltin: Moltin, time: Time) -> None:
    await moltin.promote("NINE", end="2026-11-23")
    await moltin.add()
    await moltin.enter("NINE")
    time.pass_by(days=2)
    order = (await moltin.order())["data"]
    assert order["meta"]["display_price"]["with_tax"]["amount"] == 1000
    assert promotions_in(await moltin.call("GET", "/carts/c/items")) == [("NINE", 0)]


async def test_who_buys_and_where_to_is_what_promotions_look_at(moltin: Moltin, api: Api) -> None:
    await api.promote(
        auto_apply=True,
        usage_limits={"per_customer_limit": 1},
        eligibility_criteria={"geographic_restrictions": ["DE"]},
    )
    await moltin.add()
    abroad = JANE["billing_address"]
    for customer, expected in (({"id": "7"}, 800), (JANE["customer"], 800), ({"id": "7"}, 1000)):
        order = await moltin.order(customer=customer, shipping_address={"country": "DE"}, billing_address=abroad)
        assert order["data"]["meta"]["display_price"]["with_tax"]["amount"] == expected
        await api.settle(order["data"]["id"], "confirm")
        await moltin.call("DELETE", "/carts/c", status=204)
        await moltin.add()


@ON_SQLITE
@pytest.mark.parametrize(
    ("fields", "source", "status"),
    [
        ({"customer": {"name": "Jane"}}, "customer.email", 400),
        ({"customer": {"name": "Jane", "email": "nobody"}}, "customer.email", 422),
        ({"billing_address": None}, "billing_address", 422),
        ({"billing_address": {"street": "x"}}, "billing_address.street", 422),
    ],
)
async def test_a_wrong_checkout_is_named(moltin: Moltin, fields: Any, source: str, status: int) -> None:
    await moltin.add()
    answer = await moltin.order(status=status, **fields)
    assert answer["errors"][0]["source"] == source


@ON_SQLITE
async def test_an_empty_cart_is_no_order(moltin: Moltin) -> None:
    assert (await moltin.order(status=422))["errors"][0]["code"] == "CART_EMPTY"

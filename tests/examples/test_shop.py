"""The example shop: what it shows is what it charges."""

from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest

from tests.examples.grocer import a_dataset, an_offer, open_shop

TEA = {"product_id": "TEA", "quantity": 2}


async def test_a_cart_shows_its_discounts(tmp_path: Path) -> None:
    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        path = await shop.fill("spring20")
        cart = (await shop.http.get(path)).json()
    assert cart["total"] == 4792
    assert [(line["unit_price"], line["line_total"]) for line in cart["lines"]] == [(4990, 3992), (1000, 800)]
    assert cart["promotions"]["codes"][0]["applied"]


async def test_a_cart_that_was_just_made_shows_them_too(tmp_path: Path) -> None:
    new = {"lines": [TEA], "codes": ["SPRING20"]}
    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        answer = await shop.http.post("/carts", json=new)
    assert (answer.status_code, answer.json()["total"]) == (201, 1600)


async def test_the_checkout_charges_and_stores_what_was_shown(tmp_path: Path) -> None:
    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        path = await shop.fill("SPRING20")
        shown = (await shop.http.get(path)).json()["total"]
        order = (await shop.check_out(path)).json()
        assert shop.payments.charges() == [(order["reference"], order["total"])] == [(order["reference"], shown)]
        assert (await shop.http.get(f"/orders/{order['order']}")).json() == order
        assert (await shop.http.get("/orders")).json() == [order]
        shop.deliver()
        redemption = shop.client.redemptions.get(order["reference"])
    assert (redemption.state, redemption.amount_due, redemption.charged) == ("confirmed", shown, shown)
    assert order["is_paid"]


async def test_an_order_says_what_is_off_each_line(tmp_path: Path) -> None:
    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        path = await shop.fill("SPRING20")
        order = (await shop.check_out(path)).json()
        [promotion] = shop.promotions
    amounts = [(line["before"], line["discount"], line["after"]) for line in order["lines"]]
    assert amounts == [(4990, 998, 3992), (1000, 200, 800)]
    shares = [(one["line"], one["promotion"], one["amount"]) for one in order["discounts"]]
    assert shares == [("1", promotion, 998), ("2", promotion, 200)]


async def test_a_code_that_was_made_through_the_moltin_contract_is_one_like_any_other(tmp_path: Path) -> None:
    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        made = shop.client.moltin.promotions.create(
            "Nine off",
            promotion_type="fixed_discount",
            schema={"currencies": [{"currency": "USD", "amount": 900}]},
            start=datetime(2020, 1, 1, tzinfo=UTC),
            end=datetime(2199, 1, 1, tzinfo=UTC),
        )
        shop.client.moltin.promotions.create_codes(made.id, [{"code": "ZXY_CBA", "uses": 1}])
        path = await shop.fill("zxy_cba")
        cart = (await shop.http.get(path)).json()
        order = (await shop.check_out(path)).json()
        shop.deliver()
        (code,) = shop.client.moltin.promotions.list_codes(made.id).items
    assert [(one["name"], one["discount"]) for one in cart["promotions"]["applied"]] == [("Nine off", 900)]
    assert cart["total"] == order["total"] == 5990 - 900
    assert (code.uses, code.max_uses) == (0, 1)


async def test_a_code_that_does_not_apply_has_a_reason(tmp_path: Path) -> None:
    async with open_shop(tmp_path, a_dataset()) as shop:
        cart = (await shop.http.get(await shop.fill("OLDCODE9"))).json()
    [code] = cart["promotions"]["codes"]
    assert (code["code"], code["applied"], code["reason"]) == ("OLDCODE9", False, "not_found")
    assert cart["total"] == 5990


async def test_a_code_that_is_entered_later_is_answered_with_the_new_price(tmp_path: Path) -> None:
    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        path = await shop.fill()
        cart = (await shop.http.post(f"{path}/codes", json={"codes": ["SPRING20"]})).json()
    assert (cart["total"], cart["codes"]) == (4792, ["SPRING20"])


async def test_a_total_that_rises_before_the_checkout_is_told_and_may_be_accepted(tmp_path: Path) -> None:
    once = an_offer(usage_limits={"total_usage_limit": 1})
    async with open_shop(tmp_path, a_dataset(once)) as shop:
        slow, fast = await shop.fill("SPRING20"), await shop.fill("SPRING20")
        shown = [(await shop.http.get(path)).json()["total"] for path in (slow, fast)]
        assert (await shop.check_out(fast)).status_code == 201
        refused = await shop.http.post(f"{slow}/checkout", json={"total": shown[0]})
        again = (await shop.http.get(slow)).json()["total"]
        accepted = (await shop.check_out(slow)).json()
    assert shown == [4792, 4792]
    assert (refused.status_code, refused.json()["error"]) == (409, "total_changed")
    assert (again, accepted["total"]) == (5990, 5990)


async def test_twenty_clicks_are_one_order_one_charge_one_redemption(tmp_path: Path) -> None:
    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        path = await shop.fill("SPRING20")
        statuses = []

        async def click() -> None:
            statuses.append((await shop.http.post(f"{path}/checkout", json={"total": 4792})).status_code)

        async with anyio.create_task_group() as clicks:
            for _ in range(20):
                clicks.start_soon(click)
        assert sorted(statuses) == [201] + [409] * 19
        assert len(shop.store.orders()) == len(shop.payments.charges()) == 1
        shop.deliver()
        assert [one.state for one in shop.client.redemptions.iterate()] == ["confirmed"]


async def test_a_checkout_that_fails_after_charging_is_settled_by_what_was_charged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_order: int) -> None:
        raise OSError("the disk is gone")

    async with open_shop(tmp_path, a_dataset(an_offer())) as shop:
        monkeypatch.setattr(shop.store, "mark_paid", fail)
        answer = await shop.check_out(await shop.fill("SPRING20"))
        shop.deliver()
        [redemption] = shop.client.redemptions.iterate()
    assert answer.status_code == 500
    assert (redemption.state, redemption.charged) == ("confirmed", 4792)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/carts/none", None, 404),
        ("POST", "/carts/none/checkout", {"total": 0}, 404),
        ("POST", "/carts/none/codes", {"codes": ["A"]}, 404),
        ("GET", "/orders/1", None, 404),
        ("POST", "/carts", {"lines": [{"product_id": "WINE", "quantity": 1}]}, 404),
        ("POST", "/carts", {"lines": [TEA], "shipping": "drone"}, 404),
        ("POST", "/session", {"card": "9"}, 404),
        ("POST", "/carts", {"lines": [{"product_id": "TEA", "quantity": 0}]}, 422),
        ("POST", "/carts", {"lines": []}, 422),
        ("POST", "/carts", {"lines": [TEA], "codes": [" "]}, 422),
        ("POST", "/carts", {"lines": [TEA], "codes": [f"CODE{n}" for n in range(11)]}, 422),
    ],
)
async def test_what_the_shop_does_not_have_or_take(
    tmp_path: Path, method: str, path: str, body: object, status: int
) -> None:
    async with open_shop(tmp_path, a_dataset()) as shop:
        answer = await shop.http.request(method, path, json=body)
    assert answer.status_code == status


async def test_a_price_that_a_shopper_sends_is_ignored(tmp_path: Path) -> None:
    line = TEA | {"unit_price": 1, "line_total": 2}
    async with open_shop(tmp_path, a_dataset()) as shop:
        cart = (await shop.http.post("/carts", json={"lines": [line], "total": 2})).json()
    assert cart["total"] == 2000


async def test_shipping_is_part_of_what_is_shown_charged_and_stored(tmp_path: Path) -> None:
    free = an_offer("FREE", promotion_type="free_shipping", discount_rules={"shipping_methods": ["delivery"]})
    async with open_shop(tmp_path, a_dataset(free)) as shop:
        paid, sent = await shop.fill(shipping="delivery"), await shop.fill("FREE", shipping="delivery")
        totals = [(await shop.http.get(path)).json()["total"] for path in (paid, sent)]
        orders = [(await shop.check_out(path)).json() for path in (paid, sent)]
        [promotion] = shop.promotions
    assert totals == [order["total"] for order in orders] == [6485, 5990]
    assert orders[1]["shipping"] == {"method": "delivery", "before": 495, "discount": 495, "after": 0}
    assert orders[1]["discounts"] == [{"line": "shipping", "promotion": promotion, "name": "Free Offer", "amount": 495}]


async def test_a_promotion_is_for_its_ways_of_shipping_only(tmp_path: Path) -> None:
    free = an_offer("FREE", promotion_type="free_shipping", discount_rules={"shipping_methods": ["delivery"]})
    async with open_shop(tmp_path, a_dataset(free)) as shop:
        cart = (await shop.http.get(await shop.fill("FREE", shipping="pickup"))).json()
    assert cart["promotions"]["codes"][0]["reason"] == "shipping_method"


async def test_the_session_says_who_shops_and_the_order_keeps_the_points(tmp_path: Path) -> None:
    rules = {"points_per_unit_spent": 1, "tier_values": {"gold": 2}}
    points = an_offer("POINTS", promotion_type="loyalty_bonus", discount_rules=rules, auto_apply=True)
    async with open_shop(tmp_path, a_dataset(points)) as shop:
        orders = [(await shop.check_out(await shop.fill())).json()]
        for card in ("8", "7"):
            await shop.sign_in(card)
            orders.append((await shop.check_out(await shop.fill())).json())
    assert [order["customer"] for order in orders] == [None, "8", "7"]
    assert [[one["points"] for one in order["points"]] for order in orders] == [[], [60], [120]]


@pytest.mark.parametrize("forged", ["7", "eyJpZCI6ICI3In0=.", "eyJpZCI6ICI3In0=.0", "eyJpZCI6ICI3In0=.é"])
async def test_a_session_that_the_shop_has_not_signed_is_a_guests(tmp_path: Path, forged: str) -> None:
    golden = an_offer("GOLD", eligibility_criteria={"loyalty_tier_requirements": ["gold"]})
    async with open_shop(tmp_path, a_dataset(golden)) as shop:
        path = await shop.fill("GOLD")
        cart = (await shop.http.get(path, headers=[(b"cookie", f"session={forged}".encode("latin-1"))])).json()
        await shop.sign_in("7")
        signed = (await shop.http.get(path)).json()
    assert (cart["total"], signed["total"]) == (5990, 4792)

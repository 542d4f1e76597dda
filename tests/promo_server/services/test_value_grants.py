"""Value stores in a shop's own checkout: held with the uses, kept at confirm, back at release; and the books agree."""

from typing import Any

import pytest
from sqlalchemy import select

from promo_server.services.lightrail.audit import unbalanced
from promo_server.storage.tables import redemptions, rejected_grants
from promo_server.storage.value_tables import value_stores
from tests.promo_server.conftest import Api, cart
from tests.promo_server.values import Values

CODE = "XJ7K-2Q9P-GIFT-9QRS"
HALF = {"rule": "currentLineItem.lineTotal.subtotal * 0.5", "explanation": "half off"}


@pytest.fixture
async def seed(values: Values) -> Values:
    """The seed's customer, with 5.00 for signing up, 20.00 on account, and a gift card of 25.00 that a code opens."""
    await values.call("POST", "/customers", {"customerId": "cus_123", "email": "alice@examle.com"}, status=201)
    program: dict[str, Any] = {"programId": "sign-up-promotion", "name": "Spring Promotion USD", "currency": "USD"}
    program |= {"access": "customerId", "discount": True, "fixedInitialValues": [500]}
    await values.call("POST", "/programs", program, status=201)
    await values.store("sign-up", programId="sign-up-promotion", customerId="cus_123", value=500, currency=None)
    await values.store("account", customerId="cus_123", value=2_000)
    await values.store("gift", code=CODE, value=2_500)
    return values


async def balances(values: Values) -> list[int]:
    return [await values.value_of(one) for one in ("sign-up", "account", "gift")]


def a_cart(*codes: str, customer: str | None = "cus_123", **fields: Any) -> Any:
    return cart(customer, *(codes or ("NONE",)), **fields)


async def hold(api: Api, *codes: str, reference: str = "o1", status: int = 200, **fields: Any) -> Any:
    wanted = {"cart": a_cart(*codes)} | fields
    return await api.hold(reference, status=status, **wanted)


async def test_a_hold_takes_what_the_cart_shows_and_a_confirm_keeps_it(api: Api, seed: Values) -> None:
    shown = await api.call("POST", "/evaluations", {"cart": a_cart(CODE)})
    held = await hold(api, CODE, shown=shown["totals"]["amount_due"])
    assert held["evaluation"]["totals"] == shown["totals"]
    assert (shown["totals"]["items_discount"], shown["totals"]["credits"], held["amount_due"]) == (500, 4_500, 990)
    assert [one["name"] for one in held["evaluation"]["applied"]] == ["Spring Promotion USD"]
    assert [(one["id"], one["amount"]) for one in held["evaluation"]["credits"]] == [
        ("account", 2_000),
        ("gift", 2_500),
    ]
    assert await balances(seed) == [0, 0, 0]
    confirmed = await api.settle("o1", "confirm", charged=990)
    assert (confirmed["state"], await balances(seed)) == ("confirmed", [0, 0, 0])


async def test_a_release_gives_back_and_what_is_in_doubt_stays_taken(api: Api, seed: Values) -> None:
    await hold(api, CODE)
    await api.settle("o1", "doubt")
    assert await balances(seed) == [0, 0, 0]
    await api.settle("o1", "release")
    assert await balances(seed) == [500, 2_000, 2_500]
    kinds = [one["transactionType"] for one in await seed.call("GET", "/transactions?valueStoreId=gift")]
    assert kinds == ["void", "order", "initialValue"]


async def test_a_hold_past_its_time_gives_back_and_a_late_confirm_takes_again(api: Api, seed: Values) -> None:
    await hold(api, CODE, lease_seconds=0, ttl_seconds=60)
    api.time.pass_by(seconds=61)
    await hold(api, reference="o2", cart=a_cart(customer=None))
    assert await balances(seed) == [500, 2_000, 2_500]
    assert (await api.settle("o1", "confirm"))["state"] == "confirmed"
    assert await balances(seed) == [0, 0, 0]
    await api.settle("o1", "confirm")
    assert await balances(seed) == [0, 0, 0]


async def test_a_late_confirm_whose_balance_is_spent_takes_nothing_and_is_late(api: Api, seed: Values) -> None:
    await hold(api, CODE, lease_seconds=0, ttl_seconds=60)
    api.time.pass_by(seconds=61)
    await hold(api, reference="o2", cart=a_cart(CODE, customer=None))
    refused = await api.settle("o1", "confirm", status=409)
    assert refused["code"] == "HOLD_EXPIRED"
    assert await balances(seed) == [500, 2_000, 0]
    await api.settle("o2", "release")
    assert (await api.settle("o1", "confirm"))["state"] == "confirmed"
    assert await balances(seed) == [0, 0, 0]


async def test_a_swap_takes_for_the_new_cart_what_it_gives_back_of_the_old(api: Api, seed: Values) -> None:
    await hold(api, CODE, lease_seconds=0)
    cheap = a_cart(CODE) | {"lines": [{"id": "l1", "sku": "TEA", "unit_price": 1_000}]}
    swapped = await api.hold("o1", attempt="a2", cart=cheap)
    assert (swapped["amount_due"], await balances(seed)) == (0, [0, 1_500, 2_500])
    dear = a_cart(CODE) | {"lines": [{"id": "l1", "sku": "TEA", "unit_price": 9_000}]}
    await api.hold("o1", attempt="a3", cart=dear, shown=3_999, status=409)
    assert await balances(seed) == [0, 1_500, 2_500]


async def test_one_store_is_never_held_twice(api: Api, seed: Values) -> None:
    first = await hold(api, CODE, cart=a_cart(CODE, customer=None))
    second = await hold(api, CODE, reference="o2", cart=a_cart(CODE, customer=None))
    assert (first["amount_due"], second["amount_due"]) == (3_490, 5_990)
    assert second["evaluation"]["codes"][0]["reason"] == "limit_total"


async def test_no_secret_code_is_kept_in_clear(api: Api, seed: Values) -> None:
    evaluation = await api.call("POST", "/evaluations", {"cart": a_cart(CODE)})
    assert evaluation["codes"][0]["code"] == CODE  # to who typed it
    held = await hold(api, CODE)
    again = await hold(api, CODE)
    assert held["evaluation"]["codes"] == [{"code": "…9QRS (gift)", "applied": True, "promotion": "gift"}]
    assert held == again == await api.call("GET", "/redemptions/o1")
    with api.context.database.read() as connection:
        kept = [
            repr(tuple(row)) for table in (redemptions, rejected_grants) for row in connection.execute(select(table))
        ]
    assert [text for text in kept if CODE.casefold() in text.casefold()] == []


async def test_a_grant_whose_cart_is_not_lawful_is_kept_without_its_secret_code(api: Api, seed: Values) -> None:
    evaluation = await api.call("POST", "/evaluations", {"cart": a_cart(CODE)})
    granted = {"evaluation": evaluation, "at": evaluation["at"], "revision": evaluation["revision"]}
    await api.hold("o1", status=409, cart=a_cart(CODE) | {"lines": [{}]}, granted=granted | {"outcome": "confirmed"})
    with api.context.database.read() as connection:
        row = connection.execute(select(rejected_grants)).one()
    assert "…9QRS (gift)" in row.body
    assert CODE.casefold() not in repr(tuple(row)).casefold()


@pytest.mark.parametrize("outcome", ["confirmed", "in_doubt"])
async def test_a_delivered_grant_keeps_no_secret_code_either(api: Api, seed: Values, outcome: str) -> None:
    ruleset = await api.call("GET", "/ruleset")
    guest = a_cart(CODE, customer=None) | {"at": "2026-11-22T12:00:00Z"}
    evaluation = await api.call("POST", "/evaluations", {"cart": guest | {"codes": ["OTHER"]}})
    message = f"{CODE} cannot be checked right now; please try again."
    code = {"code": CODE, "applied": False, "reason": "cannot_verify", "params": {}, "message": message}
    granted = {"evaluation": evaluation | {"codes": [code]}, "at": guest["at"], "revision": ruleset["revision"]}
    body = {"attempt": "a", "cart": guest, "granted": granted | {"outcome": outcome, "charged": 5_990}}
    stored = await api.call("PUT", "/redemptions/o1", body)
    assert (stored["state"], stored["evaluation"]["codes"][0]["code"]) == (outcome, "…9QRS (gift)")
    with api.context.database.read() as connection:
        row = connection.execute(select(redemptions)).one()
    assert CODE not in repr(tuple(row))
    if outcome == "confirmed":  # it can be read again
        back = {"return_id": "r1", "lines": {"l1": 1}}
        assert (await api.call("POST", "/redemptions/o1/returns", back, status=201))["amount"] == 4_990


async def test_a_public_code_with_a_rule_discounts_for_whom_enters_it(api: Api, values: Values) -> None:
    await values.store(
        "black-friday", code="BLACKFRIDAY", access="publicCode", valueRule=HALF, discount=True, value=None
    )
    held = await hold(api, "blackfriday", cart=a_cart("blackfriday", customer=None))
    assert (held["amount_due"], held["evaluation"]["applied"][0]["code"]) == (2_995, "blackfriday")
    assert held["evaluation"]["applied"][0]["name"] == "half off"
    asked = {"codes": ["blackfriday"], "cart": a_cart("blackfriday")}
    known = await api.call("POST", "/entitlements", asked)
    assert known["codes"] == {"blackfriday": {"value_store": "black-friday"}}
    assert known["values"][0]["worth"]["lines"] == {"l1": 2_495, "l2": 500}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"frozen": True}, "paused"),
        ({"active": False}, "paused"),
        ({"canceled": True}, "not_found"),
        ({"endDate": "2026-11-22T11:00:00.000Z"}, "expired"),
        ({"startDate": "2026-11-23T11:00:00.000Z"}, "not_started"),
    ],
)
async def test_a_code_whose_value_store_cannot_be_used_says_why(
    api: Api, seed: Values, change: dict[str, Any], reason: str
) -> None:
    response = await seed.http.patch(
        "/valueStores/gift", json=change, headers={"Content-Type": "application/merge-patch+json"}
    )
    assert response.status_code == 200, response.text
    held = await hold(api, CODE)
    assert held["evaluation"]["codes"][0]["reason"] == reason
    assert await seed.value_of("gift") == 2_500


async def test_limited_uses_of_a_value_store_go_with_the_hold(api: Api, values: Values) -> None:
    await values.store("easy", code="EASY", access="publicCode", value=5_000, uses=1, discount=True)
    await hold(api, "EASY", cart=a_cart("EASY", customer=None))
    assert (await values.call("GET", "/valueStores/easy"))["uses"] == 0
    second = await hold(api, "EASY", reference="o2", cart=a_cart("EASY", customer=None))
    assert second["evaluation"]["codes"][0]["reason"] == "limit_total"
    await api.settle("o1", "release")
    assert (await values.call("GET", "/valueStores/easy"))["uses"] == 1


async def test_what_a_checkout_holds_nobody_else_settles(api: Api, seed: Values) -> None:
    await hold(api, CODE)
    own = (await seed.call("GET", "/transactions?valueStoreId=gift"))[0]
    assert (own["transactionType"], own["pending"], own["metadata"]) == ("order", "pending", {"redemption": "o1"})
    path = f"/transactions/{own['transactionId']}"
    for how in ("capture", "void"):
        message = await seed.refused("POST", f"{path}/{how}", {"transactionId": how}, "TransactionNotPending")
        assert "confirm or release its redemption" in message
    await api.settle("o1", "confirm")
    assert (await seed.call("GET", path))["pending"] == "captured"
    await seed.refused("POST", f"{path}/reverse", {"transactionId": "back"}, "TransactionNotReversible")


async def test_the_books_of_a_checkout_agree(api: Api, seed: Values) -> None:
    await api.promote(auto_apply=True, promotion_code=None)
    held = (await hold(api, CODE))["evaluation"]
    (transaction,) = [one for one in await seed.call("GET", "/transactions") if one["metadata"] == {"redemption": "o1"}]
    taken = {step["valueStoreId"]: -step["valueChange"] for step in transaction["steps"]}
    granted = {one["id"]: one["discount"] for one in held["applied"] if one["type"] == "value_store"}
    granted |= {one["id"]: one["amount"] for one in held["credits"]}
    assert taken == granted == {"sign-up": 500, "account": 2_000, "gift": 2_292}
    assert held["totals"]["amount_due"] == transaction["remainder"] == 5_990 - 1_198 - sum(taken.values()) == 0
    with api.context.database.read() as connection:
        assert unbalanced(connection) == []


async def test_a_company_without_value_stores_has_the_ruleset_that_it_had(api: Api, values: Values) -> None:
    before = await api.call("GET", "/ruleset")
    assert "value_stores" not in before
    await values.store("gift")
    after = await api.call("GET", "/ruleset")
    assert (after["value_stores"], after["unlisted_codes"]) == (True, True)
    assert after["revision"] != before["revision"]
    with api.context.database.read() as connection:
        assert connection.execute(select(value_stores.c.id)).scalars().all() == ["gift"]

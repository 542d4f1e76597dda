"""Returns over HTTP: exact over any sequence, once whatever is repeated, uses and metrics true."""

from typing import Any

import pytest

from promo_server.services.context import Context, load_company
from promo_server.services.rulesets import Rulesets
from tests.databases import ON_SQLITE
from tests.promo_server.conftest import Api, cart

LINES = [
    {"id": "shirt", "sku": "SHIRT", "unit_price": 2000, "quantity": 3},
    {"id": "jacket", "sku": "JACKET", "unit_price": 8000},
]
ORDER: dict[str, Any] = {"cart": cart() | {"lines": LINES, "shipping": [{"id": "s1", "price": 590}]}}
TEN_OFF: dict[str, Any] = {
    "promotion_type": "fixed_amount_discount",
    "discount_rules": {"discount_value": 10, "min_purchase_amount": 100},
}


async def buy(api: Api, reference: str = "o1", **fields: Any) -> Any:
    """Hold and confirm an order of 145.90, less what is promoted."""
    await api.hold(reference, **ORDER | fields)
    return await api.settle(reference, "confirm")


async def back(api: Api, return_id: str, reference: str = "o1", *, status: int = 201, **fields: Any) -> Any:
    body = {"return_id": return_id} | fields
    return await api.call("POST", f"/redemptions/{reference}/returns", body, status=status)


async def listed(api: Api, reference: str = "o1", query: str = "") -> Any:
    return await api.call("GET", f"/redemptions/{reference}/returns{query}")


async def test_a_return_gives_back_what_was_paid_for_exactly_these_units(api: Api) -> None:
    await api.promote(**TEN_OFF)
    await buy(api)
    first = await back(api, "r1", lines={"shirt": 1})
    assert first == {
        "return_id": "r1",
        "reference": "o1",
        "number": 1,
        "policy": "keep",
        "lines": {"shirt": 1},
        "shipping": [],
        "amount": 1857,
        "points": 0,
        "missing": 0,
        "currency": "USD",
        "paid": {"lines": {"shirt": 1857}, "shipping": {}},
        "restored": [],
        "returned": {"lines": {"shirt": 1}, "shipping": [], "amount": 1857, "points": 0},
        "created_at": "2026-11-22T12:00:00.000Z",
    }


async def test_over_a_sequence_of_returns_the_sum_is_what_was_paid(api: Api) -> None:
    await api.promote(**TEN_OFF)
    paid = (await buy(api))["amount_due"]
    amounts = [
        (await back(api, "r1", lines={"shirt": 1}))["amount"],
        (await back(api, "r2", lines={"shirt": 1, "jacket": 1}))["amount"],
        (await back(api, "r3", shipping=["s1"]))["amount"],
        (await back(api, "r4", lines={"shirt": 1}))["amount"],
    ]
    assert (sum(amounts), paid) == (13590, 13590)


async def test_the_returns_of_an_order_are_listed_in_their_order(api: Api) -> None:
    await buy(api)
    made = [await back(api, name, lines={"shirt": 1}) for name in ("b", "c", "a")]
    page = await listed(api, query="?per_page=2")
    assert (page["returns"], page["pagination"]["has_next"]) == (made[:2], True)
    assert [one["number"] for one in (await listed(api))["returns"]] == [1, 2, 3]


async def test_the_same_request_has_the_same_answer_and_is_one_return(api: Api) -> None:
    await buy(api)
    fields: dict[str, Any] = {"lines": {"shirt": 2, "jacket": 1}}
    first = await back(api, "r1", **fields)
    api.time.pass_by(hours=1)
    again = await back(api, "r1", lines={"jacket": 1, "shirt": 2}, shipping=[], policy="keep")
    assert (again, len((await listed(api))["returns"])) == (first, 1)


@pytest.mark.parametrize(
    "other", [{"lines": {"shirt": 2}}, {"lines": {"shirt": 1}, "policy": "reprice"}, {"shipping": ["s1"]}]
)
async def test_another_return_of_the_same_id_is_refused(api: Api, other: dict[str, Any]) -> None:
    await buy(api)
    await back(api, "r1", lines={"shirt": 1})
    error = await back(api, "r1", status=409, **other)
    assert (error["code"], len((await listed(api))["returns"])) == ("DUPLICATE_RETURN", 1)


async def test_one_id_may_be_used_for_each_order(api: Api) -> None:
    for reference in ("o1", "o2"):
        await buy(api, reference)
        assert (await back(api, "r1", reference, lines={"jacket": 1}))["number"] == 1


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"lines": {"shirt": 3}}, "lines.shirt", "must be at most 2, the units left to return, not 3"),
    ({"lines": {"jacket": 1}}, "lines.jacket", "is back already"),
    ({"lines": {"socks": 1}}, "lines.socks", "is not a line of this order"),
    ({"shipping": ["s9"]}, "shipping[0]", "is not a shipping entry of this order: 's9'"),
    ({"lines": {"shirt": 1}, "shipping": ["s1", "s0"]}, "shipping[1]", "is not a shipping entry of this order: 's0'"),
    ({"shipping": ["s1", "s1"]}, "shipping[1]", "is named twice: 's1'"),
    ({}, "lines", "must name a unit to return, or shipping an entry"),
    ({"lines": {"shirt": 0}}, "lines.shirt", "should be greater than or equal to 1"),
    ({"lines": {"shirt": True}}, "lines.shirt", "must be a whole number"),
    ({"lines": ["shirt"]}, "lines", "must be an object"),
    ({"policy": "refund", "lines": {"shirt": 1}}, "policy", "should be 'keep' or 'reprice'"),
    ({"line": {"shirt": 1}}, "line", "is not a known field; did you mean 'lines'?"),
]


@ON_SQLITE
@pytest.mark.parametrize(("asked", "field", "said"), REFUSED)
async def test_what_cannot_be_returned_is_named(api: Api, asked: dict[str, Any], field: str, said: str) -> None:
    await buy(api)
    await back(api, "r1", lines={"shirt": 1, "jacket": 1})
    error = await back(api, "r2", status=422, **asked)
    assert [(one["field"], one["message"]) for one in error["errors"]] == [(field, said)]
    assert len((await listed(api))["returns"]) == 1


@pytest.mark.parametrize(("how", "state"), [(None, "held"), ("release", "released"), ("doubt", "in_doubt")])
async def test_only_a_confirmed_redemption_has_returns(api: Api, how: str | None, state: str) -> None:
    await api.hold("o1", **ORDER)
    if how is not None:
        await api.settle("o1", how)
    error = await back(api, "r1", status=409, lines={"shirt": 1})
    assert error["code"] == "REDEMPTION_NOT_CONFIRMED"
    assert error["message"] == f"The redemption is {state}: only goods of a confirmed one can be returned."
    assert (await listed(api))["returns"] == []


@ON_SQLITE
async def test_of_an_unknown_reference_there_are_no_returns(api: Api) -> None:
    assert (await back(api, "r1", status=404, lines={"shirt": 1}))["code"] == "REDEMPTION_NOT_FOUND"
    assert (await api.call("GET", "/redemptions/o1/returns", status=404))["code"] == "REDEMPTION_NOT_FOUND"


@ON_SQLITE
async def test_a_reference_with_a_slash_has_returns_too(api: Api) -> None:
    await buy(api, "a%2Freturns")
    assert (await back(api, "r1", "a%2Freturns", lines={"jacket": 1}))["reference"] == "a/returns"
    assert (await api.call("GET", "/redemptions/a%2Freturns"))["state"] == "confirmed"


# --- points -----------------------------------------------------------------------------------------------------


async def test_points_are_taken_back_in_proportion_and_all_with_the_last_unit(api: Api) -> None:
    await api.promote(promotion_type="loyalty_bonus", discount_rules={"points_per_unit_spent": 1})
    await buy(api)
    points = [(await back(api, f"r{n}", lines=lines))["points"] for n, lines in enumerate([{"shirt": 2}, {"shirt": 1}])]
    last = await back(api, "last", lines={"jacket": 1})
    assert [*points, last["points"], last["returned"]["points"]] == [40, 20, 80, 140]


# --- uses and metrics -------------------------------------------------------------------------------------------

LIMITED: dict[str, Any] = {"total_usage_limit": 1, "per_customer_limit": 1, "daily_usage_limit": 1}


async def usage(api: Api, promotion_id: str) -> tuple[int, int, int, int, int, str, str]:
    shown = await api.promotion(promotion_id)
    used, metrics = shown["usage_limits"]["current_usage"], shown["performance_metrics"]
    counts = (used["total_used"], used["today_used"], used["remaining_uses"])
    given, rate = str(metrics["total_discount_given"]), str(metrics["conversion_rate"])
    return (*counts, metrics["total_uses"], metrics["unique_customers"], given, rate)


async def test_a_use_is_free_again_once_everything_is_back_if_the_promotion_says_so(api: Api) -> None:
    limits = LIMITED | {"restored_on_return": True}
    made = (await api.promote(**TEN_OFF, usage_limits=limits))["promotion_id"]
    await buy(api)
    part = await back(api, "r1", lines={"shirt": 3})
    assert (part["restored"], (await api.hold("o2", **ORDER))["amount_due"]) == ([], 14590)
    last = await back(api, "r2", lines={"jacket": 1})
    assert (last["restored"], await usage(api, made)) == ([made], (0, 0, 1, 1, 1, "0.00", "1.00"))
    assert (await api.hold("o3", **ORDER))["amount_due"] == 13590


async def test_a_use_stays_taken_if_the_promotion_does_not_say_so(api: Api) -> None:
    made = (await api.promote(**TEN_OFF, usage_limits=LIMITED))["promotion_id"]
    await buy(api)
    whole = await back(api, "r1", lines={"shirt": 3, "jacket": 1})
    assert (whole["restored"], await usage(api, made)) == ([], (1, 1, 0, 1, 1, "0.00", "1.00"))
    assert (await api.hold("o2", **ORDER))["amount_due"] == 14590


async def test_what_the_promotion_says_when_the_last_unit_is_back_decides(api: Api) -> None:
    made = (await api.promote(**TEN_OFF, usage_limits=LIMITED))["promotion_id"]
    await buy(api)
    change = {"usage_limits": {"restored_on_return": True}}
    changed = await api.call("PATCH", f"/campaigns/{api.campaign}/promotions/{made}", change)
    assert changed["usage_limits"]["restored_on_return"] is True
    assert (await back(api, "r1", lines={"shirt": 3, "jacket": 1}))["restored"] == [made]


async def test_a_budget_is_free_again_with_the_use(api: Api) -> None:
    rules = TEN_OFF["discount_rules"] | {"budget_amount": 15}
    made = await api.promote(**TEN_OFF | {"discount_rules": rules}, usage_limits={"restored_on_return": True})
    await buy(api)
    await back(api, "r1", lines={"shirt": 3, "jacket": 1})
    left = await api.call("POST", "/entitlements", {"promotions": [made["promotion_id"]]})
    assert left["uses"][made["promotion_id"]]["budget"] == 1500


async def test_a_use_that_was_restored_stays_free_when_uses_are_counted_anew(api: Api) -> None:
    limits = {"total_usage_limit": 1, "restored_on_return": True}
    made = (await api.promote(**TEN_OFF, usage_limits=limits))["promotion_id"]
    await buy(api)
    await back(api, "r1", lines={"shirt": 3, "jacket": 1})
    await buy(api, "o2")
    change = {"usage_limits": {"total_usage_limit": 2}}
    await api.call("PATCH", f"/campaigns/{api.campaign}/promotions/{made}", change)
    left = await api.call("POST", "/entitlements", {"promotions": [made]})
    assert (left["uses"][made]["total"], (await usage(api, made))[:3]) == (1, (1, 1, 1))


async def test_the_discount_given_is_what_returns_have_left_of_it(api: Api) -> None:
    made = (await api.promote(**TEN_OFF, usage_limits=LIMITED))["promotion_id"]
    await buy(api)
    given = []
    for name, lines in (("r1", {"shirt": 2}), ("r2", {"jacket": 1}), ("r3", {"shirt": 1})):
        await back(api, name, lines=lines)
        given.append((await usage(api, made))[5])
    assert given == ["7.14", "1.43", "0.00"]


# --- reprice ----------------------------------------------------------------------------------------------------


async def test_reprice_gives_back_what_is_paid_above_the_price_of_the_rest_alone(api: Api) -> None:
    made = (await api.promote(**TEN_OFF, usage_limits=LIMITED))["promotion_id"]
    await buy(api)
    refund = await back(api, "r1", lines={"jacket": 1}, policy="reprice")
    assert (refund["amount"], refund["missing"], refund["paid"]["lines"]) == (7000, 0, {"jacket": 7429})
    assert (await usage(api, made))[5] == "0.00"
    rest = await back(api, "r2", lines={"shirt": 3}, shipping=["s1"])
    assert refund["amount"] + rest["amount"] == 13590


def keep_rules(context: Context, revision: str) -> None:
    """Keep the rules that something was granted under, as the sweep does."""
    rulesets = Rulesets(context)
    with context.database.read() as connection:
        rulesets.of(connection, load_company(connection, "shop"))
    rulesets.granted("shop", revision)
    rulesets.keep()


@pytest.mark.parametrize("is_served", [False, True])  # then they are noted in short before
async def test_reprice_goes_by_the_rules_of_the_order(api: Api, is_served: bool) -> None:
    made = (await api.promote(**TEN_OFF | {"discount_rules": {"discount_value": 10}}))["promotion_id"]
    if is_served:
        await api.call("GET", "/ruleset")
    keep_rules(api.context, (await buy(api))["evaluation"]["revision"])
    await api.call("POST", f"/campaigns/{api.campaign}/promotions/{made}/archive")
    assert (await back(api, "r1", lines={"jacket": 1}, policy="reprice"))["amount"] == 8000


async def test_rules_that_are_not_kept_are_told_and_keep_is_a_way_out(api: Api) -> None:
    made = (await api.promote(**TEN_OFF))["promotion_id"]
    revision = (await buy(api))["evaluation"]["revision"]
    await api.call("POST", f"/campaigns/{api.campaign}/promotions/{made}/archive")
    error = await back(api, "r1", status=409, lines={"jacket": 1}, policy="reprice")
    assert (error["code"], error["message"]) == (
        "RULES_NOT_KEPT",
        f"What is kept cannot be priced anew: the rules of revision {revision} are not kept here. "
        "Return by the policy 'keep'.",
    )
    assert (await back(api, "r1", lines={"jacket": 1}))["amount"] == 7429


def without(context: Context, name: str) -> Context:
    """Return the same server, but for one promotion type."""
    from promo_engine import PromotionTypes

    left = [one for one in context.types.registered() if one.supplied.name != name]
    return Context(context.database, PromotionTypes(left), context.clock)


@ON_SQLITE
async def test_a_type_that_is_gone_is_told_and_the_same_request_still_has_its_answer(api: Api) -> None:
    from promo_server.app import create_app
    from tests.promo_server.conftest import client

    await api.promote(**TEN_OFF)
    keep_rules(api.context, (await buy(api))["evaluation"]["revision"])
    asked: dict[str, Any] = {"return_id": "r1", "lines": {"jacket": 1}, "policy": "reprice"}
    first = await back(api, **asked)
    app = create_app(without(api.context, "fixed_amount_discount"))
    async with client(app, api.http.headers["authorization"].split()[1]) as http:
        again = await http.post("/redemptions/o1/returns", json=asked)
        other = await http.post("/redemptions/o1/returns", json=asked | {"return_id": "r2", "lines": {"shirt": 1}})
    assert (again.status_code, again.json()) == (201, first)
    assert (other.status_code, other.json()["code"]) == (409, "RULES_NOT_KEPT")
    assert "the promotion type 'fixed_amount_discount' is not installed here any more" in other.json()["message"]

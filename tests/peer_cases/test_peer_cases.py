"""Carts of other engines' tests: where every engine must agree we do, elsewhere PRICING.md has taken a side."""

import json
from pathlib import Path
from typing import Any

import pytest

from promo_engine import Evaluation, evaluate, read_cart, read_ruleset, write_cart
from promo_engine.testing import a_ruleset, installed_types
from tests.peer_cases.__main__ import main
from tests.peer_cases.fields import UnsupportedError
from tests.peer_cases.judge import CASES, judge, read_cases
from tests.peer_cases.translate import translate

ALL = {case["id"]: case for cases in read_cases(CASES).values() for case in cases}
SIDES: dict[str, dict[str, Any]] = json.loads((CASES.parent / "peer_sides.json").read_text())
"""By case that is not universal: the side that PRICING.md takes, as figures, and why, after the number of its section.
``lacks`` is what keeps the engine from it."""


def a_promotion(promotion_type: str = "percentage_discount", **fields: Any) -> dict[str, Any]:
    params = {name: fields.pop(name) for name in set(fields) - NOT_PARAMS}
    return {"id": "p1", "type": promotion_type, "params": params, **fields}


NOT_PARAMS = {
    "id",
    "code",
    "auto_apply",
    "enabled",
    "stackable",
    "exclusive",
    "priority",
    "eligibility",
    "limits",
    "schedule",
}


def a_case(
    *promotions: dict[str, Any], lines: Any = (("a", "10.00", 2), ("b", "5.00", 1)), **cart: Any
) -> dict[str, Any]:
    keys = ("sku", "unit_price", "quantity", "categories")
    cart["lines"] = [{"id": line[0], **dict(zip(keys, line, strict=False))} for line in lines]
    return {"id": "x", "universal": True, "currency": "USD", "cart": cart, "promotions": list(promotions)}


def priced(*promotions: dict[str, Any], **cart: Any) -> Evaluation:
    translated = translate(a_case(*promotions, **cart))
    return evaluate(translated.cart, a_ruleset(*translated.promotions), translated.entitlements)


def off(*promotions: dict[str, Any], **cart: Any) -> dict[str, int]:
    return {one.promotion_id: one.amount for one in priced(*promotions, **cart).applied}


@pytest.mark.parametrize("case_id", [name for name, case in ALL.items() if case["universal"]])
def test_where_every_engine_must_agree_we_agree(case_id: str) -> None:
    verdict = judge(ALL[case_id])
    assert (verdict.differences, verdict.unsupported) == ((), "")


def test_every_other_case_has_a_side() -> None:
    assert SIDES.keys() == {name for name, case in ALL.items() if not case["universal"]}


@pytest.mark.parametrize("case_id", [name for name, side in SIDES.items() if "lacks" not in side])
def test_elsewhere_we_take_the_side_of_pricing(case_id: str) -> None:
    verdict = judge(ALL[case_id] | {"expect": SIDES[case_id]["expect"]})
    assert (verdict.differences, verdict.unsupported) == ((), ""), SIDES[case_id]["why"]


@pytest.mark.parametrize("case_id", [name for name, side in SIDES.items() if "lacks" in side])
def test_known_limits_are_named(case_id: str) -> None:
    assert judge(ALL[case_id]).unsupported == SIDES[case_id]["lacks"]


def test_a_ruleset_and_a_cart_read_back_give_the_same_receipt() -> None:
    for case in ALL.values():
        if "lacks" not in SIDES.get(case["id"], {}):
            cart, promotions, entitlements = translate(case)
            ruleset = a_ruleset(*promotions)
            again = read_ruleset(json.loads(json.dumps(ruleset.document())), installed_types())
            receipt = evaluate(read_cart(write_cart(cart)), again, entitlements).receipt()
            assert evaluate(cart, ruleset, entitlements).receipt() == receipt, case["id"]


@pytest.mark.parametrize(
    "promotion",
    [
        a_promotion(percent="10", stop_further_on_line=True),
        a_promotion(percent="10", scope="order_and_shipping"),
        a_promotion(percent="10", scope="shipping", applies_to={"skus": ["a"]}),
        a_promotion("loyalty_bonus", points={"balance": 300, "step": 100, "amount_per_point": "0.01"}),
        a_promotion("gift_with_purchase"),
        a_promotion("fixed_amount_discount", scope="shipping"),
        a_promotion("fixed_amount_discount"),
        a_promotion("percentage_discount", scope="shipping"),
        a_promotion(percent="10", colour="blue"),
        a_promotion(percent="10", applies_to={"brands": ["x"]}),
        a_promotion(percent="10", eligibility={"moon_phase": "full"}),
        a_promotion(percent="10", eligibility={"min_category_amount": {"skus": ["a"], "min_amount": "1", "max": "2"}}),
        a_promotion(percent="10", limits={"usage_limit_per_day": 1}),
        a_promotion(percent="10", schedule={"weekday": "monday"}),
        a_promotion(percent="10", code="X", auto_apply=True),
        a_promotion(percent="10", eligibility={"min_purchase_amount": "9.999"}),
        a_promotion("bundle_deal", components=[{"quantity": 2}], bundle_price="5.00", percent="5"),
    ],
    ids=range(17),
)
def test_what_has_no_word_here_is_unsupported(promotion: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedError):
        translate(a_case(promotion))


def test_an_unknown_key_of_a_cart_or_an_expectation_is_unsupported() -> None:
    assert judge(a_case(gift_wrap=True) | {"expect": {}}).unsupported == "cart.gift_wrap"
    assert judge(a_case() | {"expect": {"tax_total": "0.00"}}).unsupported == "expect.tax_total"


def test_a_category_is_not_an_sku_of_the_same_name() -> None:
    lines = [("shirt", "10.00", 1, []), ("x", "20.00", 1, ["shirt"])]
    assert off(a_promotion(percent="10", applies_to={"categories": ["shirt"]}), lines=lines) == {"p1": 200}
    assert off(a_promotion(percent="10", applies_to={"skus": ["shirt"]}), lines=lines) == {"p1": 100}


def test_among_several_promotions_priority_decides_alone() -> None:
    percent = a_promotion(percent="20", scope="order", priority=2)
    amount = a_promotion("fixed_amount_discount", id="p2", amount="1.00", scope="unit", priority=1)
    assert off(percent, amount) == {"p1": 500, "p2": 300}
    assert off(percent, amount | {"priority": 3}) == {"p2": 300, "p1": 440}


def test_ties_of_priority_go_by_the_list() -> None:
    percent = a_promotion(id="z", percent="20")
    amount = a_promotion("fixed_amount_discount", id="a", amount="5.00")
    assert off(percent, amount) == {"z": 500, "a": 500}
    assert off(amount, percent) == {"a": 500, "z": 400}


def test_an_exclusive_one_is_alone_or_not_at_all() -> None:
    alone = a_promotion(id="alone", percent="20", exclusive=True)
    assert off(alone, a_promotion(percent="10")) == {"alone": 500}
    assert off(alone, a_promotion(percent="30")) == {"p1": 750}


def test_buyers_and_rewards_may_be_chosen_in_any_way() -> None:
    lines = [("a", "10.00", 4), ("b", "4.00", 1, ["x"]), ("c", "6.00", 2, ["x"]), ("d", "5.00", 1, ["x"])]
    get = {"categories": ["x"], "excluded_skus": ["c"]}
    rules: dict[str, Any] = {
        "buy_quantity": 2,
        "get_quantity": 1,
        "get_percent_off": "100",
        "buy": {"unit_price_min": "10.00"},
    }
    assert off(a_promotion("buy_x_get_y", get=get, **rules), lines=lines) == {"p1": 900}
    assert off(a_promotion("buy_x_get_y", get=get, max_applications=1, **rules), lines=lines) == {"p1": 500}
    cheapest = a_promotion("buy_x_get_y", get=get, max_applications=1, get_selection="cheapest", **rules)
    assert off(cheapest, lines=lines) == {"p1": 400}


def test_a_unit_price_is_the_price_of_each_unit_of_a_bundle() -> None:
    rules: dict[str, Any] = {"components": [{"skus": ["a"], "quantity": 1}, {"quantity": 1}], "unit_price": "4.00"}
    assert off(a_promotion("bundle_deal", **rules)) == {"p1": 1200}


def test_a_ladder_from_nothing_gives_nothing_below_its_lowest_step() -> None:
    ladder: dict[str, Any] = {
        "percent": "0",
        "tiers": [{"min_amount": "20.00", "percent": "10"}],
        "applies_to": {"skus": ["a"]},
    }
    assert off(a_promotion(**ladder)) == {"p1": 200}
    assert off(a_promotion(**ladder), lines=[("a", "10.00", 1), ("b", "90.00", 1)]) == {}


@pytest.mark.parametrize(
    "promotion",
    [
        a_promotion(percent="0"),
        a_promotion("fixed_amount_discount", amount="0.00", scope="unit"),
        a_promotion("fixed_amount_discount", amount="0.00", scope="shipping"),
        a_promotion("buy_x_get_y", buy_quantity=1, get_quantity=1, get_percent_off="0"),
        a_promotion("bundle_deal", components=[{"quantity": 1}], amount_off="0.00"),
    ],
    ids=range(5),
)
def test_nothing_off_is_nothing_off(promotion: dict[str, Any]) -> None:
    evaluation = priced(promotion)
    assert (evaluation.amount_due, evaluation.reasons["p1"].code) == (2500, "nothing_to_discount")


def test_an_amount_may_be_as_large_as_the_minimum() -> None:
    promotion = a_promotion(
        "fixed_amount_discount", amount="25.00", eligibility={"min_purchase_amount_exclusive": "24.99"}
    )
    assert off(promotion) == {"p1": 2500}
    assert off(promotion, lines=[("a", "24.99", 1)]) == {}


def test_of_two_bounds_the_narrower_one_counts() -> None:
    bounds = {"min_purchase_amount": "20.00", "min_purchase_amount_exclusive": "25.00"}
    assert off(a_promotion(percent="10", eligibility=bounds)) == {}
    assert off(a_promotion(percent="10", eligibility=bounds | {"min_purchase_amount_exclusive": "10.00"})) == {
        "p1": 250
    }


def test_a_minimum_quantity_counts_the_whole_cart() -> None:
    assert off(a_promotion(percent="10", applies_to={"skus": ["b"]}, eligibility={"min_quantity": 3})) == {"p1": 50}


def test_what_is_required_of_skus_and_of_categories_is_both_required() -> None:
    wanted = {"requires_skus_any": ["a"], "requires_categories_any": ["x"]}
    assert off(a_promotion(percent="10", eligibility=wanted)) == {}
    assert off(a_promotion(percent="10", eligibility=wanted), lines=[("a", "10.00", 1, ["x"])]) == {"p1": 100}


def test_a_region_is_no_country_of_the_same_name() -> None:
    customer = {"id": "c1", "country": "US", "region": "CA"}
    assert off(a_promotion(percent="10", eligibility={"countries_any": ["CA"]}), customer=customer) == {}
    assert off(a_promotion(percent="10", eligibility={"countries_any": ["US"]}), customer=customer) == {"p1": 250}


def test_a_guest_whose_uses_are_counted_is_known_by_a_key() -> None:
    limited = {"usage_limit_per_customer": 1}
    assert off(a_promotion(percent="10", limits=limited | {"customer_usage_count": 0})) == {"p1": 250}
    assert priced(a_promotion(percent="10", limits=limited)).reasons["p1"].code == "customer_required"


def test_an_end_without_a_time_is_the_whole_day() -> None:
    promotion = a_promotion(percent="10", schedule={"start": "2024-06-01", "end": "2024-06-15"})
    assert off(promotion, now="2024-06-15T23:59:59Z") == {"p1": 250}
    assert off(promotion, now="2024-06-16T00:00:00Z") == {}


def test_a_bonus_for_a_tier_may_be_off_the_order_each_unit_or_shipping() -> None:
    cart = {"customer": {"id": "c1", "loyalty_tier": "gold"}, "shipping": [{"id": "s1", "price": "8.00"}]}
    for scope, amount in (("order", 300), ("unit", 900), ("shipping", 300)):
        bonus = a_promotion("loyalty_bonus", amount="3.00", scope=scope, tiers_any=["gold"])
        assert off(bonus, **cart) == {"p1": amount}
        assert off(bonus | {"params": bonus["params"] | {"tiers_any": ["silver"]}}, **cart) == {}


def test_a_target_price_of_shipping_and_an_amount_off_each_parcel() -> None:
    shipping = [{"id": "s1", "method": "post", "price": "8.00"}, {"id": "s2", "method": "air", "price": "2.00"}]
    target = a_promotion("fixed_amount_discount", amount="0.00", set_price="3.00", scope="shipping")
    assert off(target, shipping=shipping) == {"p1": 500}
    each = a_promotion("fixed_amount_discount", amount="3.00", scope="shipping", per_shipment=True)
    assert off(each, shipping=shipping) == {"p1": 500}
    assert off(each | {"params": each["params"] | {"methods": ["post"]}}, shipping=shipping) == {"p1": 300}


def test_the_command_fails_on_a_universal_case_and_says_what_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = a_case(a_promotion(percent="10")) | {"expect": {"grand_total": "22.00"}}
    (tmp_path / "acme.json").write_text(json.dumps([wrong]))
    assert main(tmp_path) == 1
    assert "x (universal) fail: grand_total 22.00, here 22.50" in capsys.readouterr().out
    (tmp_path / "acme.json").write_text(json.dumps([wrong | {"universal": False}]))
    assert main(tmp_path) == 0


def test_the_command_goes_on_after_a_case_that_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "acme.json").write_text(json.dumps([{"id": "y", "universal": True}]))
    assert main(tmp_path) == 1
    assert "y (universal) fail: KeyError: 'currency'" in capsys.readouterr().out


def test_a_folder_without_cases_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="holds no cases"):
        main(tmp_path)

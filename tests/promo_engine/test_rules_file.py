"""Rules that a person wrote: what is usual is filled in, and each field that is wrong is named."""

import json
from typing import Any

import pytest

from promo_engine import DocumentError, Ruleset, canonical_json, evaluate, read_json, read_rules_file
from promo_engine.testing import a_cart, a_ruleset, installed_types, percent_off, types_with
from tests.promo_engine.sample_conditions import Plugin, Variety

TEA = {"id": "tea", "type": "percentage_discount", "rules": {"discount_value": 10}}


def read(*promotions: Any, **settings: Any) -> Ruleset:
    document = {"currency": "USD", "promotions": list(promotions), **settings}
    return read_rules_file(document, installed_types())


def test_an_id_a_type_and_rules_make_a_promotion() -> None:
    evaluation = evaluate(a_cart(("TEA", 1000)), read(TEA))
    assert [(one.promotion_id, one.promotion.name, one.amount) for one in evaluation.applied] == [("tea", "tea", 100)]


def test_one_with_a_code_waits_for_it() -> None:
    ruleset = read(TEA | {"code": "TEA10"})
    assert evaluate(a_cart(("TEA", 1000)), ruleset).amount_due == 1000
    assert evaluate(a_cart(("TEA", 1000), codes=["tea10"]), ruleset).amount_due == 900


def test_a_promotion_may_have_its_own_currency() -> None:
    yen, shells = TEA | {"id": "yen", "currency": "JPY"}, TEA | {"id": "shells", "currency": "SHELLS", "exponent": 4}
    promotions = read(TEA, yen, shells).promotions
    assert [promotions[one].currency.exponent for one in ("tea", "yen", "shells")] == [2, 0, 4]


def test_what_is_written_out_is_what_would_be_filled_in() -> None:
    document = read(TEA).document()
    del document["revision"]
    again = read_rules_file(json.loads(canonical_json(document)), installed_types())
    assert again.revision == read(TEA).revision


def test_what_a_server_wrote_is_read_as_it_is() -> None:
    ruleset = a_ruleset(percent_off(20), time_zone="Europe/Berlin")
    assert read_rules_file(ruleset.document(), installed_types()).revision == ruleset.revision


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rounding": "down"}, "revision: is not the revision of this content; leave it out of rules that you write"),
        ({"promotions": [{"id": "tea"}]}, "is not what a server writes"),
        ({"rounding": "up"}, "is not what a server writes"),
        ({"colour": "red"}, "colour: is not a known field"),
    ],
)
def test_what_a_server_wrote_must_not_be_changed(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read_rules_file(a_ruleset(percent_off(20)).document() | change, installed_types())


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"id": 7}, "id: must be a string, not a number"),
    ({"type": "percent_off"}, "type: no plugin supplies 'percent_off'; the types that are there: bundle_deal, "),
    ({"rules": []}, "rules: must be an object, not a list"),
    ({"rules": {"discount_value": 101}}, "rules.discount_value: Discount percentage cannot exceed 100%"),
    (
        {"rules": {"discount_value": 1, "min_qty": 1}},
        "rules.min_qty: is not a known field; did you mean 'min_quantity'",
    ),
    ({"currency": "USDD"}, "currency: must be an ISO 4217 code such as USD, not 'USDD'"),
    ({"start": "tomorrow"}, "start: must be an ISO 8601 instant with an offset, as 2026-11-22T09:00:00Z"),
    ({"start": "2026-11-22T00:00:00Z", "end": "2026-11-21T00:00:00Z"}, "end: must not be before the start"),
    ({"days": ["sun"]}, "days[0]: must be one of monday, "),
    ({"hours": ["8", "20"]}, 'hours: must be two clock times such as ["08:00", "20:00"]'),
    ({"hours": ["08:00Z", "20:00Z"]}, "hours: must be two clock times"),
    ({"hours": 8}, "hours: must be two clock times"),
    ({"code": ""}, "code: must have 1 to 255 characters, not 0"),
    ({"auto_apply": "yes"}, "auto_apply: must be true or false, not a string"),
    ({"stackable": 1}, "stackable: must be true or false, not a number"),
    ({"exclusion_group": 5}, "exclusion_group: must be a string, not a number"),
    ({"priority": 0.5}, "priority: must be a whole number from -1000000 to 1000000, not a float"),
    ({"status": "draft"}, "status: must be one of active, paused"),
    ({"eligibility": {"segment": ["vip"]}}, "eligibility.segment: is not a known field; did you mean 'segments'?"),
    ({"eligibility": {"segments": "vip"}}, "eligibility.segments: must be a list of strings, not a string"),
    ({"eligibility": {"item_minimums": [{"amount": 5}]}}, "eligibility.item_minimums[0].items: is required"),
    ({"limits": {"total": 0}}, "limits.total: must be a whole number from 1 to 1000000, not 0"),
    ({"display": {"message": 5}}, "display.message: must be a string, not a number"),
    ({"campaign_id": None}, "campaign_id: must be a string, not null"),
    ({"colour": "red"}, "colour: is not a known field"),
]


@pytest.mark.parametrize(("change", "said"), WRONG, ids=range(len(WRONG)))
def test_a_wrong_field_of_a_promotion_is_named_with_what_would_be_right(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read(TEA, TEA | {"id": "other"} | change)
    assert str(refused.value).startswith(f"promotions[1].{said}")


MINOR = "amounts in a rules file are whole minor units"
FIXED, PERCENT = "fixed_amount_discount", "percentage_discount"
DECIMALS: list[tuple[str, str, str]] = [
    (FIXED, '"rules": {"discount_value": 5.00}', f"rules.discount_value: {MINOR}: 5.00 EUR is 500, not 5.00"),
    (FIXED, '"rules": {"discount_value": 4.99}', f"rules.discount_value: {MINOR}: 4.99 EUR is 499, not 4.99"),
    (FIXED, '"rules": {"discount_value": 5e2}', f"rules.discount_value: {MINOR}: 500 EUR is 50000, not 5E+2"),
    (FIXED, '"rules": {"discount_value": "5.00"}', f'rules.discount_value: {MINOR}: 5.00 EUR is 500, not "5.00"'),
    (FIXED, '"rules": {"discount_value": "five"}', "rules.discount_value: must be a number, not a string"),
    (FIXED, '"rules": {"discount_value": 4.995}', f"rules.discount_value: {MINOR}, not a number with decimals"),
    (
        FIXED,
        f'"rules": {{"discount_value": 0.{"0" * 99}}}',
        f"rules.discount_value: {MINOR}, not a number with decimals",
    ),
    (
        FIXED,
        '"currency": "JPY", "rules": {"discount_value": 500.0}',
        f"rules.discount_value: {MINOR}: 500.0 JPY is 500, not 500.0",
    ),
    (
        FIXED,
        '"rules": {"discount_value": 500, "min_purchase_amount": 50.00}',
        f"rules.min_purchase_amount: {MINOR}: 50.00 EUR is 5000, not 50.00",
    ),
    (
        FIXED,
        '"rules": {"discount_value": 500, "amounts": {"KWD": 1.500}}',
        f"rules.amounts.KWD: {MINOR}: 1.500 KWD is 1500, not 1.500",
    ),
    (
        FIXED,
        '"rules": {"discount_value": 500, "amounts": {"GBP": {"discount_value": 4.00}}}',
        f"rules.amounts.GBP.discount_value: {MINOR}: 4.00 GBP is 400, not 4.00",
    ),
    (
        PERCENT,
        '"rules": {"discount_value": 5, "tiers": [{"min_amount": 50.00, "discount_value": 10}]}',
        f"rules.tiers[0].min_amount: {MINOR}: 50.00 EUR is 5000, not 50.00",
    ),
    (
        "loyalty_bonus",
        '"rules": {"discount_amount": 500, "tier_values": {"gold": 7.50}}',
        f"rules.tier_values.gold: {MINOR}: 7.50 EUR is 750, not 7.50",
    ),
    (
        PERCENT,
        '"rules": {"discount_value": 5}, "eligibility": {"item_minimums": [{"items": ["TEA"], "amount": 20.00}]}',
        f"eligibility.item_minimums[0].amount: {MINOR}: 20.00 EUR is 2000, not 20.00",
    ),
    (
        PERCENT,
        '"rules": {"discount_value": 5}, "eligibility": '
        '{"item_minimums": [{"items": ["TEA"], "amount": 2000, "amounts": {"GBP": {"amount": 18.00}}}]}',
        f"eligibility.item_minimums[0].amounts.GBP.amount: {MINOR}: 18.00 GBP is 1800, not 18.00",
    ),
    (
        PERCENT,
        '"rules": {"discount_value": 5}, "eligibility": {"conditions": {"variety": {"kinds": 2, "worth": 3.00}}}',
        f"eligibility.conditions.variety.worth: {MINOR}: 3.00 EUR is 300, not 3.00",
    ),
]


@pytest.mark.parametrize(("promotion_type", "fields", "said"), DECIMALS, ids=range(len(DECIMALS)))
def test_an_amount_with_decimals_is_refused_with_what_it_is_in_minor_units(
    promotion_type: str, fields: str, said: str
) -> None:
    text = f'{{"currency": "EUR", "promotions": [{{"id": "five", "type": "{promotion_type}", {fields}}}]}}'
    with pytest.raises(DocumentError) as refused:
        read_rules_file(read_json(text.encode()), types_with(Plugin(Variety())))
    assert str(refused.value) == f"promotions[0].{said}"


def test_a_percentage_may_have_decimals() -> None:
    rules = read_json(b'{"discount_value": 12.50, "tiers": [{"min_amount": 5000, "discount_value": 17.5}]}')
    ruleset = read(TEA | {"rules": rules})
    assert [evaluate(a_cart(("TEA", price)), ruleset).items_discount for price in (1000, 5000)] == [125, 875]


FROM_THE_API: list[tuple[dict[str, Any], str]] = [
    ({"promotion_code": "TEA10"}, ".promotion_code: is not a known field; in a rules file it is 'code'"),
    ({"schedule": {}}, ".schedule: is not a known field; in a rules file it is 'start' and 'end' and 'days' and"),
    (
        {"eligibility": {"loyalty_tier_requirements": ["gold"]}},
        ".eligibility.loyalty_tier_requirements: is not a known field; in a rules file it is 'tiers'",
    ),
    (
        {"eligibility": {"item_minimums": [{"items": ["TEA"], "min_amount": 5}]}},
        ".eligibility.item_minimums[0].min_amount: is not a known field; in a rules file it is 'amount'",
    ),
    (
        {"limits": {"total_usage_limit": 5, "daily_usage_limit": 1}},
        ".limits: has names of the API; in a rules file total_usage_limit is 'total', daily_usage_limit is 'daily'",
    ),
    ({"min_quantity": 5}, ".min_quantity: is not a known field"),
]


@pytest.mark.parametrize(("change", "said"), FROM_THE_API, ids=range(len(FROM_THE_API)))
def test_a_name_of_the_api_is_told_with_the_one_that_a_rules_file_has(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read(TEA | change)
    assert str(refused.value).startswith(f"promotions[0]{said}")


def test_a_promotion_written_for_the_api_is_told_all_of_its_names_and_the_unit() -> None:
    sent = {"promotion_name": "Tea", "promotion_type": "percentage_discount", "description": "", "discount_rules": {}}
    with pytest.raises(DocumentError) as refused:
        read(sent)
    assert str(refused.value) == (
        "promotions[0]: has names of the API; in a rules file promotion_name is 'name', promotion_type is 'type', "
        "discount_rules is 'rules', and amounts are whole minor units"
    )


def test_a_file_for_promo_promotions_apply_is_no_rules_file() -> None:
    with pytest.raises(DocumentError, match="campaigns: is not a known field; in a rules file it is 'promotions'"):
        read_rules_file({"campaigns": []}, installed_types())


def test_what_is_required_and_misspelt_is_told_with_both_names() -> None:
    with pytest.raises(DocumentError) as refused:
        read(TEA | {"rules": {"discount_valeu": 10}})
    required, unknown = str(refused.value).split("; ", 1)
    assert required == "promotions[0].rules.discount_value: is required"
    assert unknown == "discount_valeu: is not a known field; did you mean 'discount_value'?"


@pytest.mark.parametrize("beside", [{}, {"exponent": 2}], ids=["nothing", "an exponent"])
def test_a_promotion_without_a_currency_of_its_own_needs_one_beside(beside: dict[str, Any]) -> None:
    with pytest.raises(DocumentError, match=r"promotions\[0\].currency: is required, here or once beside"):
        read_rules_file({"promotions": [TEA | beside]}, installed_types())


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"currency": "EURO", "promotions": [TEA]}, "^currency: must be an ISO 4217 code such as USD, not 'EURO'"),
        ({"time_zone": "Mars/Base"}, "time_zone: must be an IANA name such as Europe/Berlin"),
        ({"time_zone": 7}, "time_zone: must be an IANA name"),
        ({"rounding": "up"}, "rounding: must be one of half_up, half_even, down"),
        ({"combination": "all"}, "combination: must be one of best_for_customer, by_priority"),
        ({"company_id": None}, "company_id: must be a string, not null"),
        ({"promotions": {}}, "promotions: must be a list, not an object"),
        ({"promotions": ["tea"]}, r"promotions\[0\]: must be an object, not a string"),
        ({"promotions": [TEA, TEA]}, "promotions: two have the id tea"),
        ({"promotion": []}, "promotion: is not a known field; did you mean 'promotions'"),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read(**settings)


@pytest.mark.parametrize("document", [[TEA], {}, {"promotions": [TEA]}, None], ids=str)
def test_what_holds_no_rules_is_refused(document: object) -> None:
    with pytest.raises(DocumentError):
        read_rules_file(document, installed_types())

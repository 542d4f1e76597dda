"""Every validation rule of seed 003 at its bounds, said by raw HTTP and by the SDK."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from promo_contracts import write_json
from tests.contract.speakers import WAYS, Api, a_promotion, an_api
from tests.databases import Databases

Fields = dict[str, Any]

NAME, TYPE, RULES = "INVALID_PROMOTION_NAME", "INVALID_PROMOTION_TYPE", "INVALID_DISCOUNT_RULES"
LIMITS, CODE, ELIGIBILITY = "INVALID_USAGE_LIMITS", "INVALID_PROMOTION_CODE", "INVALID_ELIGIBILITY"
SCHEDULE, FIELD = "INVALID_SCHEDULE", "INVALID_FIELD"

START, END = "2026-11-22T00:00:00Z", "2026-12-22T00:00:00Z"


def percent(value: Any, **rules: Any) -> Fields:
    return {"discount_rules": {"discount_value": value} | rules}


def fixed(value: Any, **rules: Any) -> Fields:
    return percent(value, **rules) | {"promotion_type": "fixed_amount_discount"}


def limits(**fields: Any) -> Fields:
    return {"usage_limits": fields}


def hours(**fields: Any) -> Fields:
    return {"schedule": {"start_date": START, "end_date": END, "time_restrictions": fields}}


ACCEPTED: dict[str, Fields] = {
    "a name of 100 characters": {"promotion_name": "x" * 100},
    "a name of one character": {"promotion_name": "%"},
    "a family of several characters": {"promotion_name": "👨‍👩‍👧 家族 10%"},
    "an empty description": {"description": ""},
    "0.01 %": percent(Decimal("0.01")),
    "100 %": percent(100),
    "12.5 %": percent(Decimal("12.5")),
    "one cent": fixed(Decimal("0.01")),
    "a minimum of one cent more": fixed(5, min_purchase_amount=Decimal("5.01")),
    "a minimum below an amount off each unit": fixed(5, per="unit", min_purchase_amount=1),
    "a minimum below a percentage": percent(20, min_purchase_amount=10),
    "a code of 4": {"promotion_code": "AB12"},
    "a code of 20": {"promotion_code": "A" * 20},
    "a code in lower case": {"promotion_code": "spring5"},
    "a total of one": limits(total_usage_limit=1),
    "as many for each customer as there are": limits(total_usage_limit=3, per_customer_limit=3),
    "more in a day than there are": limits(total_usage_limit=3, daily_usage_limit=4),
    "a limit for each customer alone": limits(per_customer_limit=3),
    "a draft": {"status": "draft"},
}

REFUSED: dict[str, tuple[Fields, str, str]] = {
    "no name": ({"promotion_name": None}, NAME, "promotion_name"),
    "an empty name": ({"promotion_name": ""}, NAME, "promotion_name"),
    "a name of spaces": ({"promotion_name": " \u00a0\t "}, NAME, "promotion_name"),
    "a name of nothing to see": ({"promotion_name": "\u200b\u200d"}, NAME, "promotion_name"),
    "a name of 101 characters": ({"promotion_name": "x" * 101}, NAME, "promotion_name"),
    "a name of two lines": ({"promotion_name": "Spring\nSale"}, NAME, "promotion_name"),
    "a name with a NUL": ({"promotion_name": "Spring\0"}, NAME, "promotion_name"),
    "no description": ({"description": None}, FIELD, "description"),
    "a description of 2001 characters": ({"description": "x" * 2001}, FIELD, "description"),
    "no type": ({"promotion_type": None}, TYPE, "promotion_type"),
    "an unknown type": ({"promotion_type": "bogo"}, TYPE, "promotion_type"),
    "no rules": ({"discount_rules": None}, RULES, "discount_rules"),
    "no value": ({"discount_rules": {}}, RULES, "discount_rules.discount_value"),
    "100.01 %": (percent(Decimal("100.01")), RULES, "discount_rules.discount_value"),
    "a hair above 100 %": (percent(Decimal("100.000000000000000001")), RULES, "discount_rules.discount_value"),
    "0.009 %": (percent(Decimal("0.009")), RULES, "discount_rules.discount_value"),
    "0 %": (percent(0), RULES, "discount_rules.discount_value"),
    "-5 %": (percent(-5), RULES, "discount_rules.discount_value"),
    "a percentage as text": (percent("20"), RULES, "discount_rules.discount_value"),
    "a percentage as a flag": (percent(True), RULES, "discount_rules.discount_value"),
    "nothing off": (fixed(0), RULES, "discount_rules.discount_value"),
    "less than nothing off": (fixed(-1), RULES, "discount_rules.discount_value"),
    "a tenth of a cent": (fixed(Decimal("0.001")), RULES, "discount_rules.discount_value"),
    "a cap of a tenth of a cent": (
        percent(20, max_discount_amount=Decimal("9.999")),
        RULES,
        "discount_rules.max_discount_amount",
    ),
    "a minimum that is the discount": (fixed(5, min_purchase_amount=5), RULES, "discount_rules.min_purchase_amount"),
    "a minimum below the discount": (
        fixed(5, min_purchase_amount=Decimal("4.99")),
        RULES,
        "discount_rules.min_purchase_amount",
    ),
    "a category as an object": (
        percent(20, applicable_categories=["tea", {}]),
        RULES,
        "discount_rules.applicable_categories[1]",
    ),
    "an item as a number": (percent(20, excluded_items=[7]), RULES, "discount_rules.excluded_items[0]"),
    "an unknown rule": (percent(20, min_purchase=5), RULES, "discount_rules.min_purchase"),
    "no schedule": ({"schedule": None}, SCHEDULE, "schedule"),
    "no end": ({"schedule": {"start_date": START}}, SCHEDULE, "schedule.end_date"),
    "an unknown part of a schedule": (
        {"schedule": {"start_date": START, "end_date": END, "start": START}},
        SCHEDULE,
        "schedule.start",
    ),
    "an unknown restriction": (hours(days=["monday"]), SCHEDULE, "schedule.time_restrictions.days"),
    "an unknown hour": (
        hours(hours_of_day={"start": "08:00", "end": "20:00", "until": "21:00"}),
        SCHEDULE,
        "schedule.time_restrictions.hours_of_day.until",
    ),
    "a total of 0": (limits(total_usage_limit=0), LIMITS, "usage_limits.total_usage_limit"),
    "a total of -1": (limits(total_usage_limit=-1), LIMITS, "usage_limits.total_usage_limit"),
    "a total of 1.5": (limits(total_usage_limit=Decimal("1.5")), LIMITS, "usage_limits.total_usage_limit"),
    "a total as text": (limits(total_usage_limit="3"), LIMITS, "usage_limits.total_usage_limit"),
    "a total as a flag": (limits(total_usage_limit=True), LIMITS, "usage_limits.total_usage_limit"),
    "0 for each customer": (limits(per_customer_limit=0), LIMITS, "usage_limits.per_customer_limit"),
    "0 a day": (limits(daily_usage_limit=0), LIMITS, "usage_limits.daily_usage_limit"),
    "more for each customer than there are": (
        limits(total_usage_limit=3, per_customer_limit=4),
        LIMITS,
        "usage_limits.per_customer_limit",
    ),
    "an unknown limit": (limits(total_limit=3), LIMITS, "usage_limits.total_limit"),
    "a code of 3": ({"promotion_code": "AB1"}, CODE, "promotion_code"),
    "a code of 21": ({"promotion_code": "A" * 21}, CODE, "promotion_code"),
    "no code, but an empty one": ({"promotion_code": ""}, CODE, "promotion_code"),
    "a code with a dash": ({"promotion_code": "SAVE-20"}, CODE, "promotion_code"),
    "a code with an accent": ({"promotion_code": "CAFÉ20"}, CODE, "promotion_code"),
    "a code with digits of another script": ({"promotion_code": "SAVE\u0662\u0660"}, CODE, "promotion_code"),
    "a code with a line's end": ({"promotion_code": "SAVE20\n"}, CODE, "promotion_code"),
    "a profane code": ({"promotion_code": "SH1T20"}, CODE, "promotion_code"),
    "a reserved code": ({"promotion_code": "Null"}, CODE, "promotion_code"),
    "an unknown criterion": (
        {"eligibility_criteria": {"segments": []}},
        ELIGIBILITY,
        "eligibility_criteria.segments",
    ),
    "a segment as an object": (
        {"eligibility_criteria": {"customer_segments": [{}]}},
        ELIGIBILITY,
        "eligibility_criteria.customer_segments[0]",
    ),
    "an unknown setting": ({"display_settings": {"banner": "x"}}, FIELD, "display_settings.banner"),
    "a status that is the clock's": ({"status": "active"}, FIELD, "status"),
}


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def api(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Api]:
    way, kind = request.param
    with databases.fresh(kind, tmp_path_factory.mktemp("api")) as name, an_api(name, way) as api:
        yield api


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with an_api(tmp_path_factory.mktemp("api") / "p.db") as api:
        yield api


@pytest.mark.parametrize("fields", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_lawful_is_created(api: Api, fields: Fields) -> None:
    campaign = api.campaign()
    said = api.create(campaign, **fields)
    assert (said.status, said.code) == (201, None)
    assert api.stored(campaign) == [said.body["promotion_name"]]


@pytest.mark.parametrize(("fields", "code", "field"), REFUSED.values(), ids=REFUSED)
def test_what_breaks_a_rule_is_named_and_not_stored(api: Api, fields: Fields, code: str, field: str) -> None:
    campaign = api.campaign()
    said = api.create(campaign, **fields)
    assert (said.status or 422, said.code, said.fields) == (422, code, (field,))
    assert said.body.keys() == {"error", "message", "code", "errors"}
    assert api.stored(campaign) == []


JSON: dict[str, Any] = {"flag": True, "whole": 1, "fraction": Decimal("1.5"), "text": "x-", "list": [], "object": {}}
KINDS: dict[str, tuple[str, set[str]]] = {
    "promotion_name": (NAME, {"text"}),
    "promotion_type": (TYPE, set()),
    "description": (FIELD, {"text"}),
    "promotion_code": (CODE, set()),
    "discount_rules": (RULES, {"object"}),
    "eligibility_criteria": (ELIGIBILITY, {"object"}),
    "usage_limits": (LIMITS, {"object"}),
    "schedule": (SCHEDULE, {"object"}),
    "display_settings": (FIELD, {"object"}),
    "auto_apply": (FIELD, {"flag"}),
    "stackable": (FIELD, {"flag"}),
    "status": (FIELD, set()),
}
WRONG_KINDS = [(field, code, kind) for field, (code, right) in KINDS.items() for kind in JSON.keys() - right]


@pytest.mark.parametrize(("field", "code", "kind"), sorted(WRONG_KINDS))
def test_a_field_of_another_kind_of_json_is_named(api: Api, field: str, code: str, kind: str) -> None:
    campaign = api.campaign()
    said = api.create(campaign, **{field: JSON[kind]})
    assert (said.status or 422, said.code, said.fields) == (422, code, (field,))
    assert api.stored(campaign) == []


@pytest.mark.parametrize("field", sorted(KINDS.keys() - {"promotion_code", "status"}))
def test_null_is_no_value_for_a_field_that_must_have_one(raw: Api, field: str) -> None:
    campaign = raw.campaign()
    said = raw.raw.post(f"/campaigns/{campaign.id}/promotions", write_json(a_promotion(**{field: None})))
    assert (said.status, said.fields) == (422, (field,))


def test_a_code_is_a_duplicate_in_any_case(api: Api) -> None:
    campaign = api.campaign()
    api.create(campaign, promotion_code="AUTUMN20")
    said = api.create(campaign, promotion_name="Another", promotion_code="autumn20")
    assert (said.status, said.code, said.fields) == (409, "DUPLICATE_PROMOTION_CODE", ())
    assert api.stored(campaign) == ["Spring Fresh 20% Off"]


def test_a_name_is_a_duplicate_with_other_spaces_around_it_and_free_in_another_campaign(api: Api) -> None:
    campaign = api.campaign()
    assert api.create(campaign, promotion_name=" Spring ").body["promotion_name"] == "Spring"
    said = api.create(campaign, promotion_name="Spring")
    assert (said.status, said.code) == (409, "DUPLICATE_PROMOTION_NAME")
    assert api.create(campaign, promotion_name="spring").status == 201
    assert api.create(api.campaign(), promotion_name="Spring").status == 201


@pytest.mark.parametrize(("currency", "value"), [("JPY", Decimal("0.5")), ("KWD", Decimal("0.0005"))])
def test_decimals_are_those_of_the_campaigns_currency(api: Api, currency: str, value: Decimal) -> None:
    campaign = api.campaign(currency=currency)
    said = api.create(campaign, **fixed(value))
    assert (said.code, said.fields) == (RULES, ("discount_rules.discount_value",))
    assert api.create(campaign, **fixed(500)).status == 201


def test_an_unknown_type_is_told_those_that_are_there(api: Api) -> None:
    said = api.create(api.campaign(), promotion_type="bogo")
    for one in api.sdk.client.promotion_types().promotion_types:
        assert one.name in said.body["message"]


@pytest.mark.parametrize(
    ("fields", "nearest"),
    [
        (percent(20, min_purchase_amont=5), "min_purchase_amount"),
        (limits(total_limit=3), "total_usage_limit"),
        ({"eligibility_criteria": {"segments": []}}, "customer_segments"),
        ({"display_settings": {"banner": "x"}}, "banner_text"),
        (hours(day_of_week=["monday"]), "days_of_week"),
    ],
)
def test_an_unknown_field_is_told_the_nearest_known_one(api: Api, fields: Fields, nearest: str) -> None:
    said = api.create(api.campaign(), **fields)
    assert f"did you mean '{nearest}'?" in said.body["errors"][0]["message"]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"auto_apply": 1}, RULES),
        ({"promotion_code": "A", "eligibility_criteria": 1}, RULES),
        ({"promotion_code": "SH1T", "schedule": {"start_date": END, "end_date": START}}, RULES),
        ({"promotion_name": ""} | limits(total_usage_limit=1, per_customer_limit=2), NAME),
    ],
)
def test_of_several_wrong_fields_all_are_told_and_the_first_of_the_seeds_rules_leads(
    raw: Api, fields: Fields, code: str
) -> None:
    campaign = raw.campaign()
    said = raw.create(campaign, **{"discount_rules": {"discount_value": 150}} | fields)
    assert (said.status, said.code) == (422, code)
    assert {name.partition(".")[0] for name in said.fields} == {"discount_rules", *fields}
    assert raw.stored(campaign) == []

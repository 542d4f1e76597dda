"""``promo promotions apply``: a file of campaigns and promotions, all of it or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from promo_contracts.company.queries import CampaignQuery, PromotionQuery
from promo_server.services.campaigns import change_campaign_status, list_campaigns
from promo_server.services.promotion_lists import list_promotions
from tests.databases import ON_SQLITE
from tests.promo_server.cli.conftest import Run, Shop, promotion


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "promotions.json"


def write(file: Path, *theirs: dict[str, Any], **fields: Any) -> Path:
    """Write a file of one campaign."""
    file.write_text(json.dumps({"campaigns": [{"name": "Spring", "promotions": theirs} | fields]}))
    return file


def counts(output: str) -> str:
    return output.splitlines()[-1]


def stored(shop: Shop) -> list[Any]:
    return list_promotions(shop.context, shop.holder, None, PromotionQuery(sort="name")).promotions


def test_what_is_not_there_is_created_and_then_unchanged(shop: Shop, run: Run, file: Path) -> None:
    write(file, promotion(), promotion(promotion_name="Tea", promotion_code="TEATIME"))
    assert run("promotions", "apply", "shop", file) == (
        0,
        "created    Spring\ncreated    Spring / Spring Fresh\ncreated    Spring / Tea\n"
        "3 created, 0 changed, 0 unchanged.\n",
    )
    before = stored(shop)
    assert counts(run("promotions", "apply", "shop", file)[1]) == "0 created, 0 changed, 3 unchanged."
    assert stored(shop) == before
    assert [one.created_by for one in before] == ["operator", "operator"]


def test_what_differs_is_changed_and_what_the_file_does_not_name_stays(shop: Shop, run: Run, file: Path) -> None:
    shop.promote(usage_limits={"total_usage_limit": 5}, stackable=True)
    limited = {"promotion_name": "Spring Fresh", "usage_limits": {"daily_usage_limit": 2}}
    write(file, limited, description="All of spring", status="inactive")
    output = run("promotions", "apply", "shop", file)[1]
    assert output == "changed    Spring\nchanged    Spring / Spring Fresh\n0 created, 2 changed, 0 unchanged.\n"
    (changed,) = stored(shop)
    limits = changed.usage_limits
    assert (limits.total_usage_limit, limits.daily_usage_limit, changed.stackable) == (5, 2, True)
    assert changed.status == "paused"
    assert counts(run("promotions", "apply", "shop", file)[1]) == "0 created, 0 changed, 2 unchanged."


def test_a_dry_run_says_what_would_be_done_and_stores_nothing(shop: Shop, run: Run, file: Path) -> None:
    shop.promote()
    write(file, promotion(description="new"), promotion(promotion_name="Tea", promotion_code="TEATIME"))
    before = stored(shop)
    said = counts(run("promotions", "apply", "shop", file, "--dry-run")[1])
    assert said == "1 created, 1 changed, 1 unchanged; a dry run: nothing was stored."
    assert stored(shop) == before


def test_all_problems_are_printed_by_their_path_and_nothing_is_stored(shop: Shop, run: Run, file: Path) -> None:
    shop.promote()
    spring = {"name": "Spring", "promotions": [promotion(description="new"), promotion(promotion_name="Tea")]}
    wrong = promotion(promotion_code="OTHER", discount_rules={"discount_value": 120}, stackable="yes")
    autumn = {"name": "Autumn", "currency": "XXX", "promotions": [wrong]}
    file.write_text(json.dumps({"campaigns": [spring, autumn]}))
    before = stored(shop)
    code, output = run("promotions", "apply", "shop", file)
    assert code == 1
    assert output.splitlines() == [
        f"Error: {file}: nothing was stored; 4 problems:",
        "  campaigns[0].promotions[1]: The promotion code 'SPRING20' is already in use",
        "  campaigns[1].currency: must be an ISO 4217 code such as USD, not 'XXX'",
        "  campaigns[1].promotions[0].stackable: must be true or false",
        "  campaigns[1].promotions[0].discount_rules.discount_value: Discount percentage cannot exceed 100%",
    ]
    assert stored(shop) == before
    campaigns = list_campaigns(shop.context, shop.holder, CampaignQuery()).campaigns
    assert [one.name for one in campaigns] == ["Spring"]


@ON_SQLITE
def test_a_running_promotion_keeps_what_it_gives(shop: Shop, run: Run, file: Path) -> None:
    shop.promote()
    write(file, promotion(discount_rules={"discount_value": 30}))
    said = "campaigns[0].promotions[0]: The promotion is active: discount_rules cannot change while it is; pause it"
    assert said in run("promotions", "apply", "shop", file)[1]


@ON_SQLITE
def test_a_draft_stays_one_and_null_takes_a_field_away(shop: Shop, run: Run, file: Path) -> None:
    draft = promotion(status="draft", usage_limits={"total_usage_limit": 5})
    run("promotions", "apply", "shop", write(file, draft))
    assert counts(run("promotions", "apply", "shop", file)[1]) == "0 created, 0 changed, 2 unchanged."
    without = draft | {"usage_limits": {"total_usage_limit": None}}
    assert "changed    Spring / Spring Fresh" in run("promotions", "apply", "shop", write(file, without))[1]
    (one,) = stored(shop)
    assert (one.status, one.usage_limits.total_usage_limit) == ("draft", None)


@ON_SQLITE
def test_an_archived_campaign_is_left_as_it_is(shop: Shop, run: Run, file: Path) -> None:
    shop.promote()
    (campaign,) = list_campaigns(shop.context, shop.holder, CampaignQuery()).campaigns
    change_campaign_status(shop.context, shop.holder, campaign.id, "archived")
    code, output = run("promotions", "apply", "shop", write(file, promotion()))
    assert (code, output.splitlines()[1:]) == (
        1,
        ["  campaigns[0]: The campaign is archived and does not change any more: create a new one."],
    )


@ON_SQLITE
def test_toml_says_the_same_as_json(shop: Shop, run: Run, tmp_path: Path) -> None:
    days = promotion()["schedule"]
    file = tmp_path / "spring.toml"
    file.write_text(f"""
        [[campaigns]]
        name = "Spring"

        [[campaigns.promotions]]
        promotion_name = "Spring Fresh"
        promotion_type = "percentage_discount"
        description = ""
        promotion_code = "SPRING20"
        discount_rules = {{discount_value = 12.5}}
        schedule = {{start_date = {days["start_date"]}, end_date = {days["end_date"]}T23:00:00Z}}
    """)
    assert counts(run("promotions", "apply", "shop", file)[1]) == "2 created, 0 changed, 0 unchanged."
    assert counts(run("promotions", "apply", "shop", file)[1]) == "0 created, 0 changed, 2 unchanged."
    (one,) = stored(shop)
    assert str(one.discount_rules["discount_value"]) == "12.5"


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("f.json", "{", 2, "not JSON"),
        ("f.json", '{"campaigns": 1}', 1, "campaigns: must be a list"),
        ("f.json", '{"campaign": []}', 1, "campaign: is not a known field; did you mean 'campaigns'?"),
        ("f.json", '{"campaigns": [{"promotions": {}}]}', 1, "campaigns[0].promotions: must be a list"),
        ("f.json", '{"campaigns": [{}]}', 1, "campaigns[0].name: is required"),
        ("f.json", '{"campaigns": [{"name": "a", "nam": 1}]}', 1, "campaigns[0].nam: is not a known field"),
        ("f.json", '{"campaigns": [{"name": "a\\u0000"}]}', 1, "campaigns[0].name: must"),
        (
            "f.json",
            '{"campaigns": [{"name": "a"}, {"name": " a "}]}',
            1,
            "[1].name: stands there already: campaigns[0]",
        ),
        ("f.toml", "a = ", 2, "not TOML that can be sent: Invalid value"),
        ("f.toml", "a = nan", 2, "not TOML that can be sent"),
    ],
)
def test_a_file_that_cannot_be_is_said_in_a_sentence(
    shop: Shop, run: Run, tmp_path: Path, name: str, text: str, code: int, said: str
) -> None:
    (tmp_path / name).write_text(text)
    ended, output = run("promotions", "apply", "shop", tmp_path / name)
    assert (ended, said in output, "Traceback" in output) == (code, True, False), output


@ON_SQLITE
def test_codes_are_judged_by_the_operators_words(shop: Shop, run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "denied").write_text("spring\n")
    code, output = run("promotions", "apply", "shop", write(file, promotion()), "--denied-words", tmp_path / "denied")
    assert (code, "campaigns[0].promotions[0].promotion_code" in output) == (1, True)
    assert "no such company" in run("promotions", "apply", "nobody", file)[1]

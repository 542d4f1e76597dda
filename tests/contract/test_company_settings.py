"""What a company decided once is how its carts are priced over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from tests.contract.speakers import an_api


def priced(folder: Path, price: int, *values: int, **settings: Any) -> tuple[list[int], dict[str, Any]]:
    """Return what automatic percentages take off, the first alone and of higher priority, and the ruleset."""
    with an_api(folder / "p.db", **settings) as api:
        campaign = api.campaign()
        for i, value in enumerate(values):
            api.create(
                campaign,
                promotion_name=f"P{i}",
                discount_rules={"discount_value": value},
                display_settings={"priority_level": -i},
                auto_apply=True,
                stackable=i > 0,
            )
        cart = {"currency": "USD", "lines": [{"id": "l1", "unit_price": price}]}
        ruleset = api.sdk.client.evaluations.ruleset()
        assert ruleset is not None
        return [one["discount"] for one in api.sdk.client.evaluations.evaluate(cart)["applied"]], dict(ruleset.document)


@pytest.mark.parametrize(("combination", "expected"), [("best_for_customer", [1000, 900]), ("by_priority", [1500])])
def test_a_company_says_how_promotions_combine(tmp_path: Path, combination: str, expected: list[int]) -> None:
    applied, ruleset = priced(tmp_path, 10_000, 15, 10, 10, combination=combination)
    assert (applied, ruleset["combination"]) == (expected, combination)


@pytest.mark.parametrize(("rounding", "expected"), [("half_up", 3), ("half_even", 2), ("down", 2)])
def test_a_company_says_how_discounts_are_rounded(tmp_path: Path, rounding: str, expected: int) -> None:
    applied, ruleset = priced(tmp_path, 25, 10, rounding=rounding)  # 10 % of 0.25
    assert (applied, ruleset["rounding"]) == ([expected], rounding)

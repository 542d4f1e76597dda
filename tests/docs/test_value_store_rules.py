"""The page of the rule language: its recipes are rules, and it names every function."""

import re
from pathlib import Path

import pytest

from promo_server.expressions.functions import FUNCTIONS
from tests.promo_server.orders import line, priced, promo

PAGE = (Path(__file__).parents[2] / "docs/value-store-rules.md").read_text()
RECIPES = {
    name: rule.replace(r"\|", "|") for name, rule in re.findall(r"^\| ([^|`]+) \| `(.+)` \|$", PAGE, re.MULTILINE)
}
LINES = [line(6000, 2, tags=["shoes"]), line(500, tags=["socks"])]


@pytest.mark.parametrize(
    ("name", "discount"),
    [("half off each line", 6250), ("5.00 off the order", 500)],
)
def test_a_recipe_of_a_value_rule_gives_what_it_says(name: str, discount: int) -> None:
    assert priced(LINES, promo("p", RECIPES[name])).totals.discount == discount


@pytest.mark.parametrize(
    ("name", "discount"),
    [
        ("orders from 100.00", 400),
        ("lines with a tag", 200),
        ("one promotion per line", 200),
        ("one promotion per order", 200),
    ],
)
def test_a_recipe_of_a_redemption_rule_lets_two_promotions_do_what_it_says(name: str, discount: int) -> None:
    twice = [promo(which, "100", RECIPES[name]) for which in "ab"]
    assert priced(LINES, *twice).totals.discount == discount


def test_all_recipes_are_tried() -> None:
    assert len(RECIPES) == 6


def test_the_page_names_every_function() -> None:
    table = PAGE[PAGE.index("| functions |") :]
    assert set(re.findall(r"`(\w+)`", table[: table.index("\n\n")])) == set(FUNCTIONS)

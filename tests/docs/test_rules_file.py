"""The tables that say what a field is called in a rules file and on the company API have every field there is."""

import re
from dataclasses import fields

from promo_contracts.company import models
from promo_engine import Eligibility, ItemMinimum, Limits
from promo_engine.api_names import API_NAMES
from promo_engine.promotion_document import write_promotion
from promo_engine.testing import percent_off
from tests.docs.test_blocks import ROOT

Row = tuple[tuple[str, ...], tuple[str, ...]]


def rows(page: str, header: str) -> list[Row]:
    """Return the names in the first two columns of each row of a table."""
    _, _, table = (ROOT / "docs" / page).read_text().partition(f"{header}\n")
    body = table.partition("\n\n")[0].splitlines()[1:]
    cells = [line.split("|")[1:3] for line in body]
    return [(names(one), names(other)) for one, other in cells]


def names(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`(\w+)`", cell))


PROMOTION = [(api, file) for file, api in rows("evaluate.md", "| field | on the API | if not given |")]
ELIGIBILITY = rows("promotions.md", "| field | in a rules file | the cart must | otherwise the reason is |")


def all_of(table: list[Row], column: int) -> set[str]:
    return {name for row in table for name in row[column]}


def test_every_field_of_a_rules_file_is_there() -> None:
    limits, minimum = ({one.name for one in fields(part)} for part in (Limits, ItemMinimum))
    assert all_of(PROMOTION, 1) == {*write_promotion(percent_off(10)), *limits}
    assert all_of(ELIGIBILITY, 1) == {*(one.name for one in fields(Eligibility)), *minimum}


def test_every_field_of_the_api_is_there() -> None:
    of_the_api_alone = {"description", "restored_on_return"}
    promotion = {*models.PromotionCreate.model_fields, *models.UsageLimits.model_fields}
    assert all_of(PROMOTION, 0) == promotion - of_the_api_alone
    assert all_of(ELIGIBILITY, 0) == {*models.Eligibility.model_fields, *models.ItemMinimum.model_fields}


def test_who_writes_the_name_of_the_api_is_told_what_the_tables_say() -> None:
    told: dict[str, tuple[str, ...]] = {"campaigns": ("promotions",)}
    for theirs, ours in filter(all, [*PROMOTION, *ELIGIBILITY]):
        parts = [ours] if len(theirs) == 1 else [(one,) for one in ours]
        told |= {one: part for one, part in zip(theirs, parts, strict=True) if part != (one,)}
    assert told == API_NAMES

"""The published samples of the rule language."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promo_contracts import read_json
from promo_server.expressions import parse_rule

DATA = Path(__file__).parents[2] / "data"
VECTORS: dict[str, Any] = {one["id"]: one for one in read_json((DATA / "seed_vectors_lightrail.json").read_bytes())}
SAMPLES: list[tuple[str, str]] = VECTORS["lightrail-41"]["request"]["expressions"]


@pytest.mark.parametrize(("source", "expected"), SAMPLES)
def test_a_sample_gives_what_was_published(source: str, expected: str) -> None:
    found = parse_rule(source).evaluate({})
    if expected == "NaN":
        assert isinstance(found, Decimal)
        assert found.is_nan()
    else:
        assert found == parse_rule(expected).evaluate({})
        assert type(found) is type(parse_rule(expected).evaluate({}))

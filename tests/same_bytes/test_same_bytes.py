"""Some carts by every way to a price; ``python3 dev.py same-bytes`` takes 10,000."""

from pathlib import Path

import pytest

from tests.same_bytes.__main__ import compare
from tests.same_bytes.ways import Ways

CARTS = 80
TYPES = (
    *("percentage_discount", "fixed_amount_discount", "buy_x_get_y"),
    *("free_shipping", "bundle_deal", "loyalty_bonus"),
)


def test_every_way_to_a_price_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = compare(CARTS, tmp_path)
    printed = capsys.readouterr().out
    assert code == 0, printed
    assert [one for one in (*TYPES, "(limit_customer)", f"{CARTS} carts") if one not in printed] == []


def test_a_difference_is_found_and_its_cart_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Ways.price
    monkeypatch.setattr(Ways, "price", lambda ways, seed: honest(ways, seed) | {"points": 1 if seed == 2 else 0})
    assert compare(9, tmp_path) == 1
    assert "differs by the API" in capsys.readouterr().out
